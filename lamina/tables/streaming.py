"""Preparing a table that is too large for memory: one pass over the file, a sample kept.

Which part a row belongs to follows from the row alone (`parts`), so that nothing has to be known of
all rows at once. Columns, target and leaks are learned from the sample's training rows, and the
sample's validation and test rows are those that choose and judge. All training rows train: they
are encoded in a second pass, when it comes to it (`stored`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.base.memory import available_memory
from lamina.tables.errors import TableError
from lamina.tables.parts import Rule, find_rule
from lamina.tables.pieces import Pieces, open_pieces
from lamina.tables.prepared import Prepared, check_names, check_same_columns, decide
from lamina.tables.reading import Table
from lamina.tables.sampling import Sample, Tally
from lamina.tables.schema import Target
from lamina.tables.settings import Settings
from lamina.tables.splits import PARTS, TEST, TRAIN, Split
from lamina.tables.targets import check_names as check_target
from lamina.tables.targets import encode_target, infer_target, known_rows

if TYPE_CHECKING:
    import polars as pl

SAMPLE_ROWS = 300_000
SAMPLE_BYTES = 256 << 20
_SHARE_OF_MEMORY = 10  # reading a file whole takes several times its size
_PACKED = 5  # how much larger a text is than its gzip, roughly
_IN_MEMORY = (".jsonl", ".ndjson", ".json")


@dataclass
class Stream:
    """A table in a file, all of its rows.

    Attributes:
        pieces: of the file.
        rule: where a row belongs.
        rows: how many there are.
        trained: how many of them train; 0 until they were counted.
    """

    pieces: Pieces
    rule: Rule
    rows: int
    trained: int = 0

    def training(self, target: Target) -> Iterator[tuple[pl.DataFrame, int]]:
        """The training rows that have a target, some at a time, and how many others had none."""
        for frame in self.pieces:
            known = known_rows(frame, target)
            chosen = known & (self.rule.parts(frame) == TRAIN)
            yield frame.filter(chosen), int((~known).sum())


def is_streamed(data: Any, wanted: bool | None) -> bool:
    """Whether a table stays in its file.

    Args:
        data: what `read_table` reads.
        wanted: by the settings; None leaves it to the file's size and the memory that is free.
    Raises:
        ArgumentError: it is wanted of a table that is not in a file of text or Parquet.
    """
    if wanted is False:
        return False
    is_path = isinstance(data, str | os.PathLike) and data != "-"
    path = Path(data).expanduser() if is_path else Path()
    kind = Path(path.name.removesuffix(".gz")).suffix.lower()
    possible = is_path and kind not in _IN_MEMORY
    if wanted and not possible:
        raise ArgumentError(
            message(
                "Only a file of text or Parquet can be streamed.",
                received=kind or type(data).__name__,
                fix="write the table as .csv or .parquet, or leave `stream` out",
            )
        )
    if wanted or not possible or not path.is_file():
        return bool(wanted)
    size = path.stat().st_size * (_PACKED if path.suffix == ".gz" else 1)
    return size * _SHARE_OF_MEMORY > available_memory()


def prepare_streamed(data: Any, settings: Settings, test: Table | None = None) -> Prepared:
    """Prepare a table in a file without ever holding all of it.

    Args:
        data: path of the file.
        settings: of the run.
        test: rows to test on; None takes them from the file.
    Returns:
        A sample of the rows, and the stream of all of them.
    Raises:
        TableError: the table cannot be read or learned from.
        ArgumentError: `settings.folds` or `settings.lags` was given.
    """
    for name in ("folds", "lags"):
        if getattr(settings, name):
            raise ArgumentError(f"A table that is streamed has no {name}; leave `{name}` out.")
    if test is not None:
        settings = settings.model_copy(update={"split": (*settings.split[:2], 0.0)})
    pieces = open_pieces(
        Path(data).expanduser(),
        settings.separator,
        settings.encoding,
        settings.header,
        settings.skip_bad_rows,
    )
    (frame, rows), seen, targets = _surveyed(pieces, settings)
    rule = find_rule(frame, settings)
    notes = [*pieces.notes, f"streamed: {seen:,} rows in the file, {frame.height:,} in a sample"]
    table = Table(frame, notes, pieces.name, seen)
    split = Split(rule.parts(frame))
    _check_parts(split, settings, seen > frame.height)
    split.notes.append(rule.note)
    if test is not None:
        frame = _with_test_rows(frame, test.frame, split)
        rows = np.concatenate([rows, np.arange(seen, seen + test.frame.height)])
    target = infer_target(
        frame if targets is None else targets,
        settings.target,
        settings.task,
        merge_rare=settings.merge_rare,
    )
    known = known_rows(frame, target)
    frame, rows, split.part = frame.filter(known), rows[known], split.part[known]
    y = encode_target(frame, target)
    prepared = decide(table, frame, rows, y, target, split, settings, {})
    return replace(prepared, stream=Stream(pieces, rule, seen))


def _with_test_rows(frame: pl.DataFrame, test: pl.DataFrame, split: Split) -> pl.DataFrame:
    """The rows with those to test on below them; the split covers them, too."""
    import polars as pl

    check_same_columns(frame.columns, test.columns)
    split.part = np.concatenate([split.part, np.full(test.height, TEST, np.int8)])
    split.notes.append(f"the {test.height:,} test rows were given apart")
    return pl.concat([frame, test.select(frame.columns)], how="vertical_relaxed")


def _surveyed(
    pieces: Pieces, settings: Settings
) -> tuple[tuple[pl.DataFrame, np.ndarray], int, pl.DataFrame | None]:
    """A sample and its rows' numbers, the number of all rows, and targets (see `Tally`)."""
    sample: Sample | None = None
    tally = Tally(settings.target)
    for frame in pieces:
        if sample is None:
            check_target(frame, settings.target)
            check_names(frame.columns, settings)
            width = max(1, int(frame.estimated_size() / max(frame.height, 1)))
            sample = Sample(min(SAMPLE_ROWS, SAMPLE_BYTES // width), settings.seed)
        sample.add(frame)
        tally.add(frame)
    if sample is None or not sample.seen:
        raise TableError(f"{pieces.path.name!r} has no rows.", "give a table with rows")
    return sample.drawn(), sample.seen, tally.examples()


def _check_parts(split: Split, settings: Settings, is_sample: bool) -> None:
    counts = np.bincount(split.part, minlength=3)
    for number, name in enumerate(PARTS):
        if settings.split[number] > 0 and not counts[number]:
            raise TableError(
                f"The {name} part has no rows: {len(split.part):,} rows were split into "
                f"{counts.tolist()}.",
                "give more different rows or groups, or other shares",
            )
    share = counts[TRAIN] / len(split.part)
    trains = f"{share:.0%} of the rows train" if is_sample else f"{counts[TRAIN]:,} training rows"
    split.notes.append(
        f"{trains}; {counts[1]:,} rows validate and {counts[TEST]:,} test"
        + (", those of the sample" if is_sample else "")
    )
