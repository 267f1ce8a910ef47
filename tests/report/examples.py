"""Facts of real data, for looking at reports: `python tests/report/examples.py FOLDER`.

scikit-learn's network stands in for Lamina's, so that the report's tests need no training loop.
"""

from __future__ import annotations

import copy
import functools
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor

from lamina.report.facts import Facts
from lamina.report.page import write_report
from lamina.tables.baselines import baselines
from lamina.tables.curves import curves
from lamina.tables.importance import importance
from lamina.tables.mistakes import worst
from lamina.tables.schema import Target
from lamina.tables.scoring import scores

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
TABLES = {
    "titanic": ("survived", "binary", ["pclass", "sex", "age", "sibsp", "fare", "embarked"]),
    "penguins": (
        "species",
        "multiclass",
        ["island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "sex"],
    ),
    "mpg": (
        "mpg",
        "regression",
        ["cylinders", "displacement", "horsepower", "weight", "acceleration", "origin"],
    ),
}


class Encoder:
    """Numbers standardised, empty cells at the median, texts as one column per level."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.numbers = {
            c: (frame[c].median(), frame[c].std())
            for c in frame.columns
            if frame[c].dtype.is_numeric()
        }
        self.levels = {
            c: sorted(frame[c].drop_nulls().unique())
            for c in frame.columns
            if c not in self.numbers
        }

    def __call__(self, frame: pl.DataFrame) -> np.ndarray:
        parts = [(frame[c].fill_null(m).to_numpy() - m) / s for c, (m, s) in self.numbers.items()]
        for c, levels in self.levels.items():
            cells = frame[c].fill_null("").to_numpy()
            parts += [(cells == level).astype(float) for level in levels]
        return np.stack(parts, axis=1)


@functools.cache
def _made(name: str) -> Facts:
    column, task, inputs = TABLES[name]
    frame = pl.read_csv(DATA / f"{name}.csv").drop_nulls(column)
    if task == "regression":
        target, y = Target((column,), task, "numbers with many values"), frame[column].to_numpy()
    else:
        answers = frame[column].cast(pl.String)
        classes = tuple(sorted(answers.unique()))
        target = Target((column,), task, f"{len(classes)} distinct values", classes)
        y = np.array([classes.index(a) for a in answers])
    rows = np.arange(len(y))
    stratify = None if task == "regression" else y
    rest, test = train_test_split(rows, test_size=0.15, random_state=0, stratify=stratify)
    stratify = None if task == "regression" else y[rest]
    train, valid = train_test_split(rest, test_size=0.18, random_state=0, stratify=stratify)
    encode = Encoder(frame[train].select(inputs))
    x = encode(frame.select(inputs))
    model, history = _fitted(task, x, y, train, valid)

    def predict(part: pl.DataFrame) -> np.ndarray:
        values = encode(part.select(inputs))
        return model.predict(values) if task == "regression" else model.predict_proba(values)

    predicted = predict(frame[test])
    if task == "binary":
        predicted = predicted[:, 1]
    found = worst(y[test], predicted, target)
    return {
        "title": name,
        "created": "2026-03-01 09:30",
        "target": {
            "names": [column],
            "task": task,
            "reason": target.reason,
            "classes": list(target.classes),
        },
        "scores": scores(y[test], predicted, target),
        "baselines": baselines(x[train], y[train], x[test], y[test], target, predicted=predicted),
        "warnings": [],
        "data": {
            "source": f"data/{name}.csv",
            "rows": len(y),
            "columns": len(frame.columns),
            "notes": ["read as UTF-8", "cells are separated by commas", "row 1 is the header"],
            "dropped": [{"reason": "no target", "rows": 0}],
            "sha256": "5e3c1f0b" * 8,
        },
        "columns": _columns(frame, train, column, inputs),
        "split": _split(task, y, target, train, valid, test),
        "network": _network(frame, encode, model, task, len(target.classes)),
        "training": {
            "history": history,
            "best_epoch": min(history, key=lambda row: row["val_loss"])["epoch"],
            "seconds": 3.2,
            "settings": {"optimizer": "Adam", "learning_rate": 0.003, "batch_size": 32},
            "temperature": 1.0,
            "threshold": 0.5,
            "threshold_chosen": False,
        },
        "curves": curves(y[test], predicted, target),
        "mistakes": [
            {
                "row": int(test[m["position"]]) + 1,
                "true": m["true"],
                "predicted": m["predicted"],
                "probability": m["probability"],
                "error": m["error"],
                "values": {
                    c: None if (v := frame[c][int(test[m["position"]])]) is None else str(v)
                    for c in inputs
                },
            }
            for m in found
        ],
        "reproduce": {
            "command": f"lamina train data/{name}.csv --target {column} --seed 0",
            "versions": {"lamina": "0.4.0", "python": "3.12.3", "numpy": np.__version__},
            "machine": "Linux x86_64, 2 threads",
        },
        "importance": importance(
            (lambda part: predict(part)[:, 1]) if task == "binary" else predict,
            frame[valid],
            y[valid],
            target,
            inputs,
        ),
    }


def _fitted(
    task: str, x: np.ndarray, y: np.ndarray, train: np.ndarray, valid: np.ndarray
) -> tuple[Any, list[dict[str, Any]]]:
    """A network fitted epoch by epoch, the best one kept, and its losses."""
    kind = MLPRegressor if task == "regression" else MLPClassifier
    model = kind(
        hidden_layer_sizes=(32, 16), learning_rate_init=0.003, batch_size=32, random_state=0
    )
    best, history = (np.inf, model), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for epoch in range(1, 16):
            classes = {} if task == "regression" else {"classes": np.unique(y)}
            model.partial_fit(x[train], y[train], **classes)
            row: dict[str, Any] = {"epoch": epoch}
            for prefix, part in (("", train), ("val_", valid)):
                if task == "regression":
                    row[prefix + "loss"] = float(np.mean((model.predict(x[part]) - y[part]) ** 2))
                    row[prefix + "rmse"] = row[prefix + "loss"] ** 0.5
                else:
                    p = model.predict_proba(x[part])
                    given = p[np.arange(len(part)), y[part]]
                    row[prefix + "loss"] = float(-np.log(np.maximum(given, 1e-9)).mean())
                    row[prefix + "accuracy"] = float((p.argmax(axis=1) == y[part]).mean())
            history.append(row)
            if row["val_loss"] < best[0]:
                best = (row["val_loss"], copy.deepcopy(model))
    return best[1], history


def _columns(
    frame: pl.DataFrame, train: np.ndarray, target: str, inputs: list[str]
) -> list[dict[str, Any]]:
    found = []
    for name in frame.columns:
        if name == target:
            continue
        cells = frame[train][name]
        if name not in inputs:
            kind, reason = "ignored", "left out by --drop"
        elif cells.dtype.is_numeric():
            kind, reason = "number", f"all cells are numbers, {cells.n_unique()} distinct"
        else:
            kind, reason = "category", f"{cells.drop_nulls().n_unique()} distinct texts"
        summary = ", ".join(map(str, cells.drop_nulls().unique(maintain_order=True)[:4]))
        found.append(
            {
                "name": name,
                "kind": kind,
                "reason": reason,
                "missing": cells.null_count() / len(cells),
                "summary": summary,
            }
        )
    return found


def _split(task: str, y: np.ndarray, target: Target, *parts: np.ndarray) -> dict[str, Any]:
    names = ("train", "validation", "test")
    facts: dict[str, Any] = {n: len(p) for n, p in zip(names, parts, strict=True)}
    facts |= {"how": "stratified", "seed": 0, "notes": ["4 duplicate rows were kept on one side"]}
    if task == "regression":
        return facts | {"how": "random", "folds": [2.9, 3.4, 2.7, 3.1, 3.6]}
    facts["folds"] = [0.79, 0.82, 0.81, 0.84, 0.78]
    facts["shares"] = [
        {"class": c} | {n: int((y[p] == k).sum()) for n, p in zip(names, parts, strict=True)}
        for k, c in enumerate(target.classes)
    ]
    return facts


def _network(
    frame: pl.DataFrame, encode: Encoder, model: Any, task: str, classes: int
) -> dict[str, Any]:
    width = sum(map(len, encode.levels.values()))
    numbers = len(encode.numbers)
    inputs = [
        {"kind": "number", "columns": numbers, "width": numbers},
        {"kind": "category", "columns": len(encode.levels), "width": width},
    ]
    last = {"regression": (1, ""), "binary": (1, "sigmoid"), "multiclass": (classes, "softmax")}
    layers, before = [], numbers + width
    for units in (32, 16):
        size = (before + 1) * units
        layers.append({"type": "Dense", "units": units, "activation": "relu", "parameters": size})
        layers.append({"type": "Dropout", "units": units, "activation": "", "parameters": 0})
        before = units
    units, activation = last[task]
    size = (before + 1) * units
    layers.append({"type": "Dense", "units": units, "activation": activation, "parameters": size})
    return {
        "inputs": inputs,
        "layers": layers,
        "parameters": sum(layer["parameters"] for layer in layers),
    }


def facts(name: str) -> Facts:
    """Facts that the caller may change."""
    return copy.deepcopy(_made(name))


def leaky() -> Facts:
    """Titanic with the column that is the target again."""
    found = facts("titanic")
    found["warnings"] = [
        {"kind": "leakage", "column": "alive", "score": 1.0, "metric": "balanced_accuracy"},
        {"kind": "note", "text": "12 cells of `age` could not be read as numbers."},
    ]
    return found


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        for language in ("en", "ko"):
            made = leaky() if name == "titanic" else facts(name)
            write_report(folder / f"{name}-{language}.html", made, language)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
