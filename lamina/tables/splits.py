"""Which rows train, which choose, which judge, decided before anything is learned from them.

Rows that must not be parted, equal ones and those of one group, are blocks (`blocks`). Blocks are
dealt out (`dealing`) so that every part has its share of rows, and of every class or range of the
target; with a time, the earliest rows train and the latest judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.tables import blocks, dealing
from lamina.tables.cells import quoted
from lamina.tables.errors import TableError
from lamina.tables.schema import Target

if TYPE_CHECKING:
    import polars as pl

TRAIN, VALIDATION, TEST = 0, 1, 2
PARTS = ("training", "validation", "test")
FOLDS = 5
FOLDS_BELOW = 1000  # rows from which one validation part is good enough
_RANGES = 20  # of a regression's target, each of which every part gets its share of
_FAR_OFF = 0.1  # how far a part's share of the rows may be from what was asked


@dataclass
class Split:
    """Where every row belongs.

    Attributes:
        part: (rows,) int8: 0 training, 1 validation, 2 test.
        fold: (rows,) int8: the fold of a row outside the test part, -1 inside; None without folds.
        notes: what was done, for people.
    """

    part: np.ndarray
    fold: np.ndarray | None = None
    notes: list[str] = field(default_factory=list)


def split_rows(
    frame: pl.DataFrame,
    y: np.ndarray,
    target: Target,
    *,
    shares: Sequence[float] = (0.70, 0.15, 0.15),
    seed: int = 0,
    time: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    folds: int | None = None,
    past_known: bool = False,
    given: np.ndarray | None = None,
) -> Split:
    """Divide rows into parts.

    Args:
        frame: the rows, all of which have a target.
        y: their target, as `encode_target` gives it.
        target: what is predicted.
        shares: of training, validation and test rows, in any unit; the last two may be 0.
        seed: the same seed and rows give the same split.
        time: (rows,) numbers, for a split in order of time; NaN where unknown.
        groups: (rows,) values; rows of one value stay together.
        folds: how many to deal the rows outside the test part into; 0 for none; None means 5 under
            1,000 rows, unless there is a time.
        past_known: whether every row brings along what came before it, so that rows in order of
            time may have folds as well.
        given: (rows,) whether a row was given apart to test; the others are divided into the other
            two parts. None leaves it to the shares.
    Returns:
        The split.
    Raises:
        TableError: a part would be empty, or no training row has some class.
        ArgumentError: shares or folds that cannot be, or `time` together with groups or folds.
    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"x": range(100), "y": [0, 1] * 50})
        >>> target = Target(("y",), "binary", "", ("0", "1"))
        >>> split = split_rows(frame, frame["y"].to_numpy(), target, folds=0)
        >>> np.bincount(split.part).tolist()
        [70, 15, 15]
    """
    if given is not None:
        return _around(
            given, frame, y, target, shares=shares, seed=seed, time=time, groups=groups,
            folds=folds, past_known=past_known,
        )  # fmt: skip
    wanted = _check_shares(shares)
    _check_options(frame.height, time, groups, folds, past_known)
    strata = _strata(y, target)
    if time is not None:
        split, block = _by_time(np.asarray(time, np.float64), wanted), np.arange(frame.height)
    else:
        split, block = _by_blocks(frame, strata, target, wanted, seed, groups)
    _check_parts(split, y, target, wanted)
    if time is not None and not past_known:
        return split
    if folds is None:
        folds = FOLDS if frame.height < FOLDS_BELOW else 0
    if folds:
        _add_folds(split, block, strata, folds, seed)
    return split


def _around(
    given: np.ndarray,
    frame: pl.DataFrame,
    y: np.ndarray,
    target: Target,
    *,
    shares: Sequence[float],
    time: np.ndarray | None,
    groups: np.ndarray | None,
    **options: Any,
) -> Split:
    """The split of all rows, of which some were given to test; see `split_rows`."""
    part, fold = np.full(len(given), TEST, np.int8), np.full(len(given), -1, np.int8)
    own = ~given
    inner = split_rows(
        frame.filter(own),
        y[own],
        target,
        shares=(shares[0], shares[1], 0.0),
        time=None if time is None else time[own],
        groups=None if groups is None else groups[own],
        **options,
    )
    part[own] = inner.part
    if inner.fold is not None:
        fold[own] = inner.fold
    notes = [*inner.notes, "the test rows were given apart"]
    return Split(part, None if inner.fold is None else fold, notes)


def _check_shares(shares: Sequence[float]) -> np.ndarray:
    wanted = np.asarray(shares, np.float64)
    if wanted.shape != (3,) or not np.isfinite(wanted).all() or wanted.min() < 0 or wanted[0] == 0:
        raise ArgumentError(
            message(
                "`shares` cannot be used.",
                received=shares,
                required="three numbers >= 0 for training, validation, test; the first above 0",
                fix="for example (0.7, 0.15, 0.15)",
            )
        )
    return wanted / wanted.sum()


def _check_options(
    rows: int,
    time: np.ndarray | None,
    groups: np.ndarray | None,
    folds: int | None,
    past_known: bool,
) -> None:
    for name, value in (("time", time), ("groups", groups)):
        if value is not None and np.shape(value) != (rows,):
            raise ArgumentError(
                message(f"`{name}` must have a value per row.", np.shape(value), f"({rows},)")
            )
    if folds is not None and (folds < 0 or folds == 1 or folds > 100):
        raise ArgumentError(message("`folds` must be 0, or 2 to 100.", received=folds))
    if time is not None and (groups is not None or (folds and not past_known)):
        other = "groups" if groups is not None else "folds"
        raise ArgumentError(
            message(
                f"`time` and `{other}` cannot be had together.",
                fix=f"split by time alone, or leave the time out and keep the {other}",
            )
        )


def _by_time(time: np.ndarray, wanted: np.ndarray) -> Split:
    """The earliest rows train; rows of the same moment stay together."""
    known = np.isfinite(time)
    if not known.any():
        raise TableError("No row has a time to split by.", "name another column, or none")
    moments = np.sort(time[known])
    part = np.zeros(len(time), np.int8)
    notes = ["in order of time: the earliest rows train, the latest test"]
    for number in (VALIDATION, TEST):
        if wanted[number:].sum() > 0:
            first = min(round(len(moments) * wanted[:number].sum()), len(moments) - 1)
            part[known & (time >= moments[first])] = number
    if wanted[TEST] == 0:
        part[part == TEST] = VALIDATION
    if not known.all():
        notes.append(f"{(~known).sum():,} rows without a time train")
    return Split(part, notes=notes)


def _strata(y: np.ndarray, target: Target) -> np.ndarray:
    """Numbers of the classes, label combinations, or ranges of the target that rows belong to."""
    if target.task == "multilabel":
        return np.unique(y, axis=0, return_inverse=True)[1].reshape(-1)
    if target.task == "regression":
        edges = np.quantile(y, np.arange(1, _RANGES) / _RANGES)
        return np.searchsorted(edges, y)
    return np.asarray(y)


def _by_blocks(
    frame: pl.DataFrame,
    strata: np.ndarray,
    target: Target,
    wanted: np.ndarray,
    seed: int,
    groups: np.ndarray | None,
) -> tuple[Split, np.ndarray]:
    """The split, and the block of every row."""
    equal = blocks.equal_rows(frame.drop(target.names, strict=False))
    alone = blocks.of_groups(groups) if groups is not None else np.arange(frame.height)
    both = blocks.joined(equal, alone)
    balance = "rows drawn at random"
    if target.task != "multilabel":
        what = "range of the target" if target.task == "regression" else "class"
        balance += f", every {what} in equal shares"
    notes = [balance]
    if groups is not None:
        notes.append(f"{len(np.unique(alone)):,} groups, each in one part only")
    complete = target.task in ("binary", "multiclass")
    part = dealing.deal(both, strata, wanted, seed, complete)
    repeated = frame.height - len(np.unique(equal))
    if repeated and dealing.badness(part, strata, wanted, complete) > _FAR_OFF:
        part, both = dealing.deal(alone, strata, wanted, seed, complete), alone
        notes.append(
            f"careful: so many rows are equal ({repeated:,} of them) that equal rows could "
            "not be kept in one part; scores may flatter"
        )
    elif repeated:
        notes.append(f"rows with equal inputs stay in one part ({repeated:,} repeat another one)")
    return Split(part, notes=notes), both


def _check_parts(split: Split, y: np.ndarray, target: Target, wanted: np.ndarray) -> None:
    counts = np.bincount(split.part, minlength=3)
    for number, name in enumerate(PARTS):
        if wanted[number] > 0 and not counts[number]:
            raise TableError(
                f"The {name} part has no rows: {len(split.part):,} rows were split into "
                f"{counts.tolist()}.",
                "give more rows, more groups or moments, or other shares",
            )
    if target.task in ("binary", "multiclass"):
        for number, name in enumerate(PARTS):
            there = np.bincount(y[split.part == number], minlength=len(target.classes)) > 0
            lacking = [c for c, has in zip(target.classes, there, strict=True) if not has]
            if lacking and number == TRAIN:
                raise TableError(
                    f"No training row has the class {quoted(lacking, 10)}.",
                    "split without time or groups, or leave these classes out",
                )
            if lacking and counts[number]:
                split.notes.append(f"no {name} row has the class {quoted(lacking, 10)}")
    shown = ", ".join(f"{c:,} {n}" for c, n in zip(counts, PARTS, strict=True))
    split.notes.insert(0, f"{shown} rows")


def _add_folds(split: Split, block: np.ndarray, strata: np.ndarray, folds: int, seed: int) -> None:
    inside = split.part != TEST
    count = min(folds, len(np.unique(block[inside])))
    if count < 2:
        split.notes.append("no folds: outside the test part there is only one block of rows")
        return
    wanted = np.full(count, 1 / count)
    split.fold = np.full(len(block), -1, np.int8)
    split.fold[inside] = dealing.deal(block[inside], strata[inside], wanted, seed + 1)
    split.notes.append(f"{count} folds of the {inside.sum():,} rows outside the test part")
