"""What the network said of rows, as plain values for JSON: no NaN, no infinity."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.tables.encoding import Notes
from lamina.tables.predictions import row_warnings
from lamina.tables.schema import Schema

_NOT_FINITE = "the network gave no finite number"
_DIGITS = 7  # of a float32


def answers(
    outputs: np.ndarray, notes: Notes, warnings: list[list[str]], schema: Schema
) -> list[dict[str, Any]]:
    """One prediction per row.

    Args:
        outputs: as `TableModel.outputs` gives them.
        notes: what encoding found odd.
        warnings: what reading found odd, per row.
        schema: of the model.
    Returns:
        Dicts of "prediction", "probabilities" (of classes and labels) and "warnings".
    """
    odd = row_warnings(notes)
    explained = np.any([np.zeros(len(outputs), bool), *notes.too_few.values()], axis=0)
    found = []
    for i, row in enumerate(np.asarray(outputs, "float64")):
        said = [*warnings[i], *odd.get(i, [])]
        if np.isfinite(row).all():
            found.append({**_prediction(row, schema), "warnings": said})
        else:
            said += [] if explained[i] else [_NOT_FINITE]
            found.append({"prediction": None, "warnings": said})
    return found


def _prediction(row: np.ndarray, schema: Schema) -> dict[str, Any]:
    target = schema.target
    if target.task == "regression":
        return {"prediction": _short(row)}
    if target.task == "multilabel":
        answer: Any = {
            name: int(p >= schema.threshold) for name, p in zip(target.classes, row, strict=True)
        }
    elif target.task == "binary":
        answer = target.classes[int(row >= schema.threshold)]
        row = np.array([1 - row, row])
    else:
        answer = target.classes[int(row.argmax())]
    shares = {name: _short(p) for name, p in zip(target.classes, row, strict=True)}
    return {"prediction": answer, "probabilities": shares}


def _short(value: Any) -> float:
    """The number in as few digits as a float32 has."""
    return float(f"{value:.{_DIGITS}g}")
