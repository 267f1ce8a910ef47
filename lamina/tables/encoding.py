"""From the cells of a table to the arrays that a network reads, by what training rows taught.

| kind | becomes |
|---|---|
| number | (x - median) / spread, bent gently towards ±6; and whether the cell was empty |
| date | its days as a number; the week, the year and, with times, the day as points on circles |
| category | the number of its level; 0 for levels that are rare or new, 1 for empty cells |
| text | the numbers of its hashed pieces of 1 to 4 characters, with weights; see `texts` |

The spread is half the range between the quartiles, so that outliers neither stretch the scale nor
blow up the input. A feature is twice that of RealMLP (Holzmüller et al. 2024, "Better by Default"),
which divides by the whole range and bends towards ±3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.tables import kinds
from lamina.tables.schema import Column
from lamina.tables.texts import PLACES, text_arrays

if TYPE_CHECKING:
    import polars as pl

OTHER, EMPTY, FIRST = 0, 1, 2  # numbers of levels; a column's own levels begin at FIRST
RARE = 5  # levels with fewer training rows share one place
_BEND = 6.0
_FAR = 1e100  # farther numbers are bent to the same, and their squares would overflow
_YEAR = 365.2425


@dataclass
class Notes:
    """What was odd about cells.

    Attributes:
        unparseable: column -> mask of rows whose cell could not be read and counts as empty.
        unseen: column -> mask of rows with a level that no training row had.
        outside: column -> mask of rows with a number beyond those of the training rows.
        too_few: value of a series -> mask of rows that are not predicted, as too few earlier values
            are known.
        forecast: value of a series -> mask of rows for which some earlier values were predicted.
        gap: moment of a series -> mask of rows before which moments are left out.
    """

    unparseable: dict[str, np.ndarray] = field(default_factory=dict)
    unseen: dict[str, np.ndarray] = field(default_factory=dict)
    outside: dict[str, np.ndarray] = field(default_factory=dict)
    too_few: dict[str, np.ndarray] = field(default_factory=dict)
    forecast: dict[str, np.ndarray] = field(default_factory=dict)
    gap: dict[str, np.ndarray] = field(default_factory=dict)

    def extend(self, other: Notes, at: slice | np.ndarray, rows: int) -> None:
        """Add what was odd about the rows `at`, of `rows` in all."""
        for each in fields(self):
            mine: dict[str, np.ndarray] = getattr(self, each.name)
            for name, mask in getattr(other, each.name).items():
                mine.setdefault(name, np.zeros(rows, bool))[at] = mask


def learn(frame: pl.DataFrame, found: Sequence[kinds.Kind], rare: int = RARE) -> tuple[Column, ...]:
    """What training rows teach about every column.

    Args:
        frame: the training rows.
        found: the columns' kinds.
        rare: levels with fewer rows get no place of their own.
    Returns:
        The columns, ready for `encode`.
    """
    return tuple(_learned(frame, kind, rare) for kind in found)


def _learned(frame: pl.DataFrame, kind: kinds.Kind, rare: int) -> Column:
    plain = Column(kind.name, kind.kind, kind.reason, tuple(kind.missing), format=kind.format)
    if kind.kind == "ignored":
        return plain
    series = frame[kind.name]
    if kind.kind in ("number", "date"):
        return _learned_number(series, plain)
    words = list(kinds.words(series, kind))
    nullable = any(w is None for w in words)
    if kind.kind == "text":
        return replace(plain, nullable=nullable, places=PLACES)
    return replace(plain, nullable=nullable, levels=_levels(words, rare))


def _learned_number(series: pl.Series, plain: Column) -> Column:
    values, _ = (kinds.numbers if plain.kind == "number" else kinds.dates)(series, plain)
    known = values[np.isfinite(values)]
    if not known.size:
        return replace(plain, kind="ignored", reason="no training row has a value")
    center = float(np.median(known))
    return replace(
        plain,
        nullable=known.size < values.size,
        minimum=float(known.min()),
        maximum=float(known.max()),
        center=center,
        scale=_spread(known),
        fill=center,
    )


def _spread(known: np.ndarray) -> float:
    """Half the range between the quartiles; where that is 0, half of the whole range, or 1."""
    low, high = np.percentile(known, (25, 75))
    for width in (high - low, known.max() - known.min()):
        if width > 0 and np.isfinite(width):
            return float(width / 2)
    return 1.0


def _levels(words: Sequence[str | None], rare: int) -> tuple[str, ...]:
    known = np.array([w for w in words if w is not None], dtype=object)
    if not known.size:
        return ()
    values, counts = np.unique(known, return_counts=True)
    kept = [(-c, v) for v, c in zip(values, counts, strict=True) if c >= rare]
    return tuple(v for _, v in sorted(kept))


def encode(
    frame: pl.DataFrame, columns: Sequence[Column], notes: Notes | None = None
) -> dict[str, np.ndarray]:
    """The arrays of a network's inputs.

    Args:
        frame: any rows with these columns.
        columns: what `learn` gave.
        notes: gets what was odd about cells.
    Returns:
        "numbers": (rows, features) float32, if there are any; "categories": (rows, columns) int32,
        likewise; for text number i "pieces_i" (rows, length) int32 and "weights_i" float32; and of
        a series "naive" (rows, 1) float32, its latest values as they are.
    """
    return encode_values(read_values(frame, columns), columns, notes)


def read_values(frame: pl.DataFrame, columns: Sequence[Column]) -> dict[str, Any]:
    """What the cells of a network's columns say, before anything is made of it.

    Args:
        frame: any rows with these columns.
        columns: what `learn` gave.
    Returns:
        Column -> for numbers and dates (rows,) float64 with NaN where there is none and (rows,)
        bool of cells that could not be read; for categories and texts (rows,) words or None.
    """
    read = {"number": kinds.numbers, "date": kinds.dates}
    return {c.name: read.get(c.kind, kinds.words)(frame[c.name], c) for c in columns if c.is_input}


def take_rows(values: Mapping[str, Any], rows: slice | np.ndarray) -> dict[str, Any]:
    """Some of the rows.

    Args:
        values: as `read_values` gives them.
        rows: which.
    """

    def taken(cells: Any) -> Any:
        if isinstance(cells, tuple):
            return tuple(side[rows] for side in cells)
        return cells[rows] if isinstance(rows, slice) else [cells[i] for i in rows]

    return {name: taken(cells) for name, cells in values.items()}


def encode_values(
    values: Mapping[str, Any], columns: Sequence[Column], notes: Notes | None = None
) -> dict[str, np.ndarray]:
    """The arrays of a network's inputs, from what cells say.

    Args:
        values: as `read_values` gives them.
        columns: what `learn` gave.
        notes: gets what was odd about cells.
    Returns:
        As `encode`.
    """
    notes = notes if notes is not None else Notes()
    numbers: list[np.ndarray] = []
    categories: list[np.ndarray] = []
    arrays: dict[str, np.ndarray] = {}
    for column in columns:
        if not column.is_input:
            continue
        cells = values[column.name]
        if column.kind in ("number", "date"):
            known, unparseable = cells
            numbers += _number_features(known, unparseable, column, notes)
            if column.naive:
                latest = np.where(np.isfinite(known), known, column.fill)
                arrays["naive"] = latest[:, None].astype("float32")
        elif column.kind == "category":
            categories.append(_level_numbers(cells, column, notes))
        else:
            number = sum(name.startswith("pieces_") for name in arrays)
            pieces, weights = text_arrays(cells, column.places)
            arrays[f"pieces_{number}"], arrays[f"weights_{number}"] = pieces, weights
    if numbers:
        arrays["numbers"] = np.stack(numbers, 1).astype("float32")
    if categories:
        arrays["categories"] = np.stack(categories, 1).astype("int32")
    return arrays


def _number_features(
    values: np.ndarray, unparseable: np.ndarray, column: Column, notes: Notes
) -> list[np.ndarray]:
    empty = ~np.isfinite(values)
    if unparseable.any():
        notes.unparseable[column.name] = unparseable
    outside = ~empty & ((values < column.minimum) | (values > column.maximum))
    if outside.any():
        notes.outside[column.name] = outside
    values = np.where(empty, column.fill, values)
    with np.errstate(over="ignore"):  # a number near the largest there is
        scaled = (values - column.center) / column.scale
    features = [_bent(np.clip(scaled, -_FAR, _FAR))]
    if column.kind == "date":
        features += _circles(values, column)
    if column.nullable:
        features.append(empty.astype("float64"))
    return features


def _bent(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt(1 + (x / _BEND) ** 2)


def _circles(days: np.ndarray, column: Column) -> list[np.ndarray]:
    """Points on circles: the week, the year, and the day where times are given."""
    periods = [7.0, _YEAR]
    if "%H" in column.format or "%I" in column.format:
        periods.append(1.0)
    turns = [2 * np.pi * (days / period % 1) for period in periods]
    return [wave(turn) for turn in turns for wave in (np.sin, np.cos)]


def _level_numbers(words: Sequence[str | None], column: Column, notes: Notes) -> np.ndarray:
    known = {level: FIRST + i for i, level in enumerate(column.levels)}
    numbers = np.array([EMPTY if w is None else known.get(w, OTHER) for w in words], "int32")
    if column.levels and (numbers == OTHER).any():
        notes.unseen[column.name] = numbers == OTHER
    return numbers


def places_of(column: Column) -> int:
    """How many numbers a category's levels have."""
    return FIRST + len(column.levels)


def number_features(columns: Sequence[Column]) -> int:
    """How many features `encode` makes of numbers and dates."""
    count = 0
    for column in columns:
        if column.kind in ("number", "date"):
            count += 1 + int(column.nullable)
        if column.kind == "date":
            count += 2 * (2 + ("%H" in column.format or "%I" in column.format))
    return count


def linear_features(frame: pl.DataFrame, columns: Sequence[Column]) -> Any:
    """A matrix for a linear model: numbers, a 0 or 1 for every level, weights of text pieces.

    Returns:
        (rows, features) float32 array; a sparse matrix of SciPy if there are texts.
    """
    arrays = encode(frame, columns)
    parts = [arrays["numbers"]] if "numbers" in arrays else []
    for i, column in enumerate([c for c in columns if c.kind == "category"]):
        parts.append(np.eye(places_of(column), dtype="float32")[arrays["categories"][:, i]])
    texts = [c for c in columns if c.kind == "text"]
    if not texts:
        return np.concatenate(parts, axis=1)
    from scipy import sparse

    wide = [sparse.csr_matrix(p) for p in parts]
    for i, column in enumerate(texts):
        pieces, weights = arrays[f"pieces_{i}"], arrays[f"weights_{i}"]
        rows = np.repeat(np.arange(len(pieces)), pieces.shape[1])
        shape = (len(pieces), column.places + 1)
        wide.append(sparse.csr_matrix((weights.ravel(), (rows, pieces.ravel())), shape))
    return sparse.hstack(wide, format="csr")
