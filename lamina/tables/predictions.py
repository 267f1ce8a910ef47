"""Predictions as a table: the rows as they came, what is predicted, how sure, what was odd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.tables.encoding import Notes
from lamina.tables.schema import Schema

if TYPE_CHECKING:
    import polars as pl


def prediction_frame(
    frame: pl.DataFrame, outputs: np.ndarray, notes: Notes, schema: Schema
) -> pl.DataFrame:
    """The rows with their predictions.

    Args:
        frame: the rows.
        outputs: as `TableModel.outputs` gives them.
        notes: what was odd about cells.
        schema: of the model.
    Returns:
        All columns of the rows, then those of the prediction; an older column of the same name
        is replaced.
    """
    import polars as pl

    target = schema.target
    new: dict[str, Any] = {}
    if target.task == "regression":
        new["prediction"] = pl.Series(outputs).fill_nan(None)
    elif target.task == "multilabel":
        for i, name in enumerate(target.classes):
            new[f"prediction_{name}"] = (outputs[:, i] >= schema.threshold).astype(np.int64)
            new[f"p_{name}"] = outputs[:, i]
    else:
        if target.task == "binary":
            answers = (outputs >= schema.threshold).astype(int)
            outputs = np.stack([1 - outputs, outputs], axis=1)
        else:
            answers = outputs.argmax(axis=1)
        new["prediction"] = [target.classes[i] for i in answers]
        new |= {f"p_{name}": outputs[:, i] for i, name in enumerate(target.classes)}
    new["warnings"] = _texts(notes, frame.height)
    return frame.with_columns(pl.Series(name, values) for name, values in new.items())


def row_warnings(notes: Notes) -> dict[int, list[str]]:
    """What was odd, row by row: row -> sentences."""
    found: dict[int, list[str]] = {}
    for masks, text in (
        (notes.unparseable, "cannot be read and counts as empty"),
        (notes.unseen, "is a level that training rows did not have, or too rarely"),
        (notes.outside, "is beyond the values of the training rows"),
        (notes.too_few, "has too few earlier values, so that nothing is predicted"),
        (notes.gap, "leaves out moments; the values before the gap are taken as the latest"),
        (notes.forecast, "of earlier rows is not known; predictions stand for it"),
    ):
        for name, mask in masks.items():
            for row in np.flatnonzero(mask):
                found.setdefault(int(row), []).append(f"{name} {text}")
    return found


def _texts(notes: Notes, rows: int) -> list[str]:
    texts = [""] * rows
    for row, sentences in row_warnings(notes).items():
        texts[row] = "; ".join(sentences)
    return texts
