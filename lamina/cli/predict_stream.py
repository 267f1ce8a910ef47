"""Predicting a file that is too large for memory: read, predicted and written piece by piece."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lamina.base.errors import ArgumentError

if TYPE_CHECKING:
    import polars as pl

    from lamina.tables.encoding import Notes

Oddities = Counter[tuple[str, str]]  # (column, what was odd) -> cells


def predict_stream(
    model: Any, data: str, reading: dict[str, Any], out: str, strict: bool, as_json: bool
) -> None:
    """Predict the rows of a file and write them with their predictions.

    Args:
        model: a `TableModel`.
        data: path of the table.
        reading: further arguments of `read_table`.
        out: a .csv or .jsonl file to write, or "-".
        strict: whether an odd cell is an error.
        as_json: print one JSON object and nothing else.
    Raises:
        ArgumentError: a form of output that cannot be written piece by piece, or a model of a
            series, to whose rows all of those before them belong.
    """
    from lamina.base.atomic import atomic_write

    ending = ".csv" if out == "-" else Path(out).suffix
    if ending not in (".csv", ".jsonl") or (as_json and out == "-"):
        raise ArgumentError(
            f"{data!r} is predicted piece by piece: give --out a file that ends in .csv or .jsonl."
        )
    if model.schema.series is not None:
        raise ArgumentError(
            f"{data!r} is too large for memory, and rows of a series are predicted together; give "
            "those to be predicted and the ones before them."
        )
    odd: Oddities = Counter()
    frames = _predicted(model, data, reading, strict, odd)
    if out == "-":
        _write(frames, sys.stdout.buffer, ending)
    else:
        with atomic_write(out) as temporary, open(temporary, "wb") as file:
            rows = _write(frames, file, ending)
    if as_json:
        print(json.dumps({"out": out, "rows": rows}, ensure_ascii=False))
    else:
        tell_oddities(odd)


def _predicted(
    model: Any, data: str, reading: dict[str, Any], strict: bool, odd: Oddities
) -> Iterator[pl.DataFrame]:
    from lamina.tables.model import refuse_oddities
    from lamina.tables.pieces import open_pieces
    from lamina.tables.predictions import prediction_frame

    first = 0
    for frame in open_pieces(Path(data).expanduser(), **reading):
        outputs, notes = model.outputs(frame)
        if strict:
            refuse_oddities(notes, first)
        odd.update(count_oddities(notes))
        yield prediction_frame(frame, outputs, notes, model.schema)
        first += frame.height


def _write(frames: Iterator[pl.DataFrame], file: IO[bytes], ending: str) -> int:
    """Write all frames, the names of a CSV once; how many rows there were."""
    rows = 0
    for number, frame in enumerate(frames):
        if ending == ".csv":
            frame.write_csv(file, include_header=not number)
        else:
            frame.write_ndjson(file)
        rows += frame.height
    return rows


def count_oddities(notes: Notes) -> Oddities:
    """How many cells of each column were odd, and how."""
    return Counter(
        {
            (name, text): int(mask.sum())
            for text, masks in (
                ("taken as empty, as what is there cannot be read", notes.unparseable),
                ("with a level that training rows did not have, or too rarely", notes.unseen),
                ("beyond the values of training rows", notes.outside),
                ("not predicted, as too few earlier values are known", notes.too_few),
                ("after a gap, before which values are taken as the latest", notes.gap),
                ("predicted from predictions of earlier ones", notes.forecast),
            )
            for name, mask in masks.items()
        }
    )


def tell_oddities(odd: Oddities) -> None:
    """Say on the standard error what was odd."""
    for (name, text), count in odd.items():
        cells = "cell" if count == 1 else "cells"
        print(f"lamina: {name}: {count:,} {cells} {text}", file=sys.stderr)
