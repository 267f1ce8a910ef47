"""Scoring a table model on rows that have the target: all at once, or piece by piece.

Of a file too large for memory only truth and predictions are kept, a few bytes a row.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.cli.predict_stream import Oddities, count_oddities, tell_oddities
from lamina.cli.training import scores_lines
from lamina.tables.errors import TableError

if TYPE_CHECKING:
    import polars as pl


@dataclass
class _Answered:
    """Rows and what the model said of them.

    Attributes:
        y: (rows,) or (rows, labels) truth.
        outputs: predictions, as `TableModel.outputs` gives them.
        unknown: rows without a target.
        odd: what was odd about cells.
    """

    y: np.ndarray
    outputs: np.ndarray
    unknown: int
    odd: Oddities


def evaluate_table(
    model: Any, path: Path, data: str, reading: dict[str, Any], as_json: bool
) -> None:
    """Print how good a model is.

    Args:
        model: a `TableModel`.
        path: of its file.
        data: path of the table, or "-".
        reading: further arguments of `read_table`.
        as_json: print one JSON object and nothing else.
    Raises:
        TableError: no row has a target, or none can be predicted.
    """
    from lamina.tables.scoring import scores

    answered = _answered(model, data, reading)
    target, threshold = model.schema.target, model.schema.threshold
    found = scores(answered.y, answered.outputs, target, threshold)
    if as_json:
        print(json.dumps({"model": str(path), "data": data, **found}, ensure_ascii=False))
        return
    if answered.unknown:
        print(f"{answered.unknown:,} rows without a target were left out", file=sys.stderr)
    tell_oddities(answered.odd)
    print("\n".join(scores_lines(found, {})))


def _answered(model: Any, data: str, reading: dict[str, Any]) -> _Answered:
    from lamina.tables.targets import encode_target, known_rows

    target = model.schema.target
    truths, answers, rows, unknown, odd = [], [], 0, 0, Oddities()
    for frame in _frames(model, data, reading):
        known = known_rows(frame, target)
        rows, unknown = rows + len(known), unknown + int((~known).sum())
        frame = frame.filter(known)
        if not frame.height:
            continue
        outputs, notes = model.outputs(frame)
        predicted = np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1)
        truths.append(encode_target(frame.filter(predicted), target))
        answers.append(outputs[predicted])
        odd.update(count_oddities(notes))
    if rows == unknown:
        named = ", ".join(map(repr, target.names))
        raise TableError(f"No row of {data!r} has a target {named}.", "give rows to score against")
    y, outputs = np.concatenate(truths), np.concatenate(answers)
    if not len(y):
        needed = f"{model.schema.series.lags} rows before those to be scored"
        raise TableError(f"Too few earlier values for any row of {data!r}.", f"give the {needed}")
    return _Answered(y, outputs, unknown, odd)


def _frames(model: Any, data: str, reading: dict[str, Any]) -> Iterator[pl.DataFrame]:
    """The rows; those of a series all at once, as they belong together.

    Of a dataset they are its test rows.
    """
    from lamina.datasets import named
    from lamina.tables.pieces import open_pieces
    from lamina.tables.reading import read_table
    from lamina.tables.streaming import is_streamed

    if data in named.TABLES:
        yield read_table(named.load_table(data)[1]).frame
    elif model.schema.series is None and is_streamed(data, None):
        yield from open_pieces(Path(data).expanduser(), **reading)
    else:
        yield read_table(data, **reading).frame
