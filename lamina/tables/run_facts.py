"""Gathers what the report says about a run, as the plain facts that `lamina.report` describes."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.base import config
from lamina.base.version import VERSION
from lamina.tables.baselines import baselines
from lamina.tables.cells import texts
from lamina.tables.curves import curves
from lamina.tables.fold_scores import fold_scores
from lamina.tables.importance import importance
from lamina.tables.mistakes import worst
from lamina.tables.moments import times
from lamina.tables.schema import Column, Target
from lamina.tables.splits import TEST, TRAIN, VALIDATION, Split

if TYPE_CHECKING:
    from lamina.tables.run import Run

_IMPORTANCE_ROWS = 1000
_LONGEST_CELL = 200
_COURSE_ROWS = 366


def gather(run: Run) -> dict[str, Any]:
    """All facts of a run, its reproduce command still empty.

    Args:
        run: measured.
    Returns:
        A dict as `lamina.report.Facts` describes it.
    """
    prepared, target, seed = run.prepared, run.prepared.target, run.settings.seed
    test = prepared.split.part == TEST
    y, outputs = prepared.y[test], run.test_outputs
    frame, y_valid = run.validation(_IMPORTANCE_ROWS)
    return {
        "title": run.name,
        "created": "",
        "target": target_facts(target),
        "scores": run.scores,
        "baselines": baselines(
            *run.linear(),
            y,
            target,
            seed,
            predicted=outputs,
            threshold=run.threshold,
            naive=None if prepared.naive is None else prepared.naive[test],
        ),
        "warnings": [
            {"kind": "leakage", "column": leak.name, "score": leak.score, "metric": leak.metric}
            for leak in prepared.leaks
        ],
        "data": _data(run),
        "columns": [_column(c, prepared.missing_shares) for c in prepared.columns],
        "split": _split(run),
        "network": _network(run),
        "training": _training(run),
        "curves": curves(y, outputs, target, run.threshold, seed=seed) | _course(run, y, outputs),
        "mistakes": _mistakes(run, y, outputs),
        "importance": importance(
            lambda rows: run.model.outputs(rows)[0],
            frame,
            y_valid,
            target,
            [c.name for c in prepared.columns if c.is_input],
            seed=seed,
        ),
        "reproduce": {"command": "", "versions": versions(), "machine": machine()},
    }


def _data(run: Run) -> dict[str, Any]:
    table = run.prepared.table
    return {
        "source": run.source or run.name,
        "rows": table.rows,
        "columns": table.frame.width,
        "notes": list(table.notes),
        "dropped": [{"reason": r, "rows": n} for r, n in run.prepared.dropped.items()],
        "sha256": _digest(run.source),
    }


def _digest(source: str) -> str:
    import hashlib

    try:
        with open(source, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _column(column: Column, missing: dict[str, float]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "reason": column.reason,
        "missing": missing[column.name],
    }
    if column.kind == "number":
        facts["summary"] = f"{column.minimum:g} – {column.maximum:g}, median {column.center:g}"
    elif column.kind == "date":
        first, last = (np.datetime64("1970-01-01") + np.timedelta64(int(d), "D")
                       for d in (column.minimum, column.maximum))  # fmt: skip
        facts["summary"] = f"{first} – {last}"
    elif column.kind == "category":
        more = f" +{len(column.levels) - 6}" if len(column.levels) > 6 else ""
        facts["summary"] = ", ".join(column.levels[:6]) + more
    return facts


def _split(run: Run) -> dict[str, Any]:
    split, target, settings = run.prepared.split, run.prepared.target, run.settings
    how = "random" if target.task in ("regression", "multilabel") else "stratified"
    by = ""
    if settings.time_column is not None:
        how, by = "chronological", settings.time_column
    elif settings.group_column is not None:
        how, by = "groups", settings.group_column
    train, validation, test = run.prepared.counts
    facts: dict[str, Any] = {
        "train": train,
        "validation": validation,
        "test": test,
        "how": how,
        "seed": settings.seed,
        "notes": list(split.notes),
    }
    if by:
        facts["by"] = by
    folds = fold_scores(run.prepared.y, run.held_out, split, run.model.schema)
    if len(folds) > 1:
        facts["folds"] = folds
    if target.task in ("binary", "multiclass"):
        facts["shares"] = shares(run.prepared.y, split, target)
    return facts


def _network(run: Run) -> dict[str, Any]:
    """One member of the network; all of them have the same form."""
    columns, network = run.prepared.columns, run.model.network
    inputs = []
    for kind in ("number", "date", "category", "text"):
        count = sum(c.kind == kind for c in columns)
        if count:
            inputs.append({"kind": kind, "columns": count, "width": _width(columns, kind)})
    layers = []
    dense = [layer for layer in network.layers if type(layer).__name__ == "EinsumDense"]
    for layer in dense:
        layers.append(
            {
                "skips": layer.name == "linear" and len(dense) > 1,
                "type": layer.name,
                "units": int(np.prod(layer.output.shape[2:])),
                "activation": getattr(layer.activation, "__name__", "") or "",
                "parameters": int(layer.count_params()),
            }
        )
    trainable = sum(int(np.prod(v.shape)) for v in network.trainable_variables)
    facts: dict[str, Any] = {"inputs": inputs, "layers": layers, "parameters": trainable}
    facts |= {"naive": True} if run.prepared.series is not None else {}
    return facts | ({"reason": run.network_reason} if run.network_reason else {})


def _width(columns: tuple[Column, ...], kind: str) -> int:
    from lamina.tables.encoding import number_features, places_of
    from lamina.tables.network import Design

    chosen = [c for c in columns if c.kind == kind]
    if kind in ("number", "date"):
        return number_features(chosen)
    if kind == "category":
        return sum(places_of(c) for c in chosen)
    return Design().text_size * len(chosen)


def _training(run: Run) -> dict[str, Any]:
    s, schema = run.settings, run.model.schema
    return {
        "history": history_facts(run.history),
        "best_epoch": run.best_epoch,
        "seconds": round(run.seconds, 2),
        "settings": {
            "optimizer": "AdamW",
            "learning_rate": s.learning_rate,
            "weight_decay": s.weight_decay,
            "batch_size": s.batch_size,
            "members": s.members,
            "dropout": s.dropout,
        },
        "temperature": schema.temperature,
        "threshold": schema.threshold,
        "threshold_chosen": s.threshold is None and schema.threshold != 0.5,
    }


def _course(run: Run, y: np.ndarray, outputs: np.ndarray) -> dict[str, Any]:
    """Of a series, its latest test rows in order."""
    prepared = run.prepared
    if prepared.series is None:
        return {}
    moment = prepared.series.moment
    test = prepared.frame.filter(prepared.split.part == TEST)
    moments = times(test[moment.name], moment)
    order = np.argsort(moments)[-_COURSE_ROWS:]
    course = {"moments": moments, "true": y, "predicted": outputs}
    plain: dict[str, Any] = {name: values[order].tolist() for name, values in course.items()}
    return {"course": plain | {"dates": moment.kind == "date", "rows": len(y)}}


def _mistakes(run: Run, y: np.ndarray, outputs: np.ndarray) -> list[dict[str, Any]]:
    prepared = run.prepared
    places = np.flatnonzero(prepared.split.part == TEST)
    found = []
    for mistake in worst(y, outputs, prepared.target, run.threshold):
        place = int(places[mistake.pop("position")])
        row = prepared.frame[place]
        told = () if prepared.series is None else prepared.series.names[1:]
        values = {name: texts(row[name])[0] for name in row.columns if name not in told}
        found.append(
            {
                "row": int(prepared.rows[place]) + 1,
                **mistake,
                "values": {n: v if v is None else v[:_LONGEST_CELL] for n, v in values.items()},
            }
        )
    return found


def versions() -> dict[str, str]:
    """Versions of what a run depends on."""
    import polars
    import sklearn

    return {
        "lamina": VERSION,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "polars": polars.__version__,
        "scikit-learn": sklearn.__version__,
    }


def machine() -> str:
    """What it ran on."""
    return f"{platform.system()} {platform.machine()}, {config.num_threads()} threads"


def target_facts(target: Target) -> dict[str, Any]:
    """What is predicted."""
    return {
        "names": list(target.names),
        "task": target.task,
        "reason": target.reason,
        "classes": list(target.classes),
    }


def shares(y: np.ndarray, split: Split, target: Target) -> list[dict[str, Any]]:
    """How many rows of every class are in which part."""
    parts = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    return [
        {
            "class": name,
            **{part: int(((y == i) & (split.part == n)).sum()) for part, n in parts.items()},
        }
        for i, name in enumerate(target.classes)
    ]


def history_facts(history: list[dict[str, float]]) -> list[dict[str, float | None]]:
    """The epochs' figures; None for what is not finite."""
    return [{k: (v if np.isfinite(v) else None) for k, v in row.items()} for row in history]
