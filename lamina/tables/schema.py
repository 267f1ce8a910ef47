"""What a table model knows about its rows: every column's kind and what was learned of it.

A schema is plain data. It travels as JSON in the model's file, and reading it back checks every
field, so that a damaged or hostile file ends in an error, never in a strange prediction. What is
learned is learned from training rows only.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from lamina.base.errors import FileFormatError

FORMAT = 2  # 2 brought series
KINDS = ("number", "category", "date", "text", "ignored")
TASKS = ("regression", "binary", "multiclass", "multilabel")


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        name: in the header.
        kind: "number", "category", "date", "text" or "ignored".
        reason: why it is that, for people.
        missing: cells that mean "nothing here", beside empty ones.
        nullable: whether training rows had empty cells.
        format: of a date, as `datetime.strptime` has it; "" for the other kinds.
        minimum, maximum: of a number, or of a date in days since 1970-01-01.
        center, scale: what is subtracted from a number, then divided by.
        fill: a number's value where the cell is empty: the median.
        levels: of a category, commonest first; others share one place.
        places: of a text's hashed pieces.
        naive: whether its number is what the network adds its answer to: the naive forecast of a
            series, its latest value.
    """

    name: str
    kind: str
    reason: str
    missing: tuple[str, ...] = ()
    nullable: bool = False
    format: str = ""
    minimum: float = 0.0
    maximum: float = 0.0
    center: float = 0.0
    scale: float = 1.0
    fill: float = 0.0
    levels: tuple[str, ...] = ()
    places: int = 0
    naive: bool = False

    @property
    def is_input(self) -> bool:
        """Whether the network reads it."""
        return self.kind != "ignored"


@dataclass(frozen=True)
class Target:
    """What is predicted.

    Attributes:
        names: of the columns; several only for "multilabel".
        task: "regression", "binary", "multiclass" or "multilabel".
        reason: why it is that task.
        classes: by class number; of "binary", the second is the positive one; for "multilabel" the
            names of the columns; empty for "regression".
        center, scale: of a regression: y = center + scale * output.
        log: whether that is the logarithm of y.
    """

    names: tuple[str, ...]
    task: str
    reason: str
    classes: tuple[str, ...] = ()
    center: float = 0.0
    scale: float = 1.0
    log: bool = False

    def standardised(self, y: np.ndarray) -> np.ndarray:
        """Values of a regression as the network gives them."""
        return ((np.log(y) if self.log else y) - self.center) / self.scale

    def in_units(self, outputs: np.ndarray) -> np.ndarray:
        """What the network gives as values of a regression."""
        values = outputs * self.scale + self.center
        return np.exp(values) if self.log else values


@dataclass(frozen=True)
class Series:
    """A target that is one series of values in time, whose earlier values are columns, too.

    Attributes:
        moment: the column that says when: a date, or a number.
        value: the target as a column: a number, empty where it is not known yet.
        lags: how many earlier values a row is told.
        gap: the longest time between a value and the next one.
        relative: whether changes are those of logarithms, and the target's logarithm is learned.
        moments, values: the latest `lags` of the series, oldest first; dates are days since
            1970-01-01.
    """

    moment: Column
    value: Column
    lags: int
    gap: float
    relative: bool
    moments: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns made of earlier values: the latest, and its changes since older ones."""
        name = self.value.name
        changes = (f"{name}[t-1]-{name}[t-{k}]" for k in range(2, self.lags + 1))
        return (f"{name}[t-1]", *changes)


@dataclass(frozen=True)
class Schema:
    """Columns, target, and how outputs become decisions.

    Attributes:
        columns: all columns but the target, in the order of the header.
        target: what is predicted.
        temperature: what scores are divided by before they become probabilities.
        threshold: probability from which the positive class is predicted.
        figures: what the run found, for whoever opens the file: name -> number or text.
        series: what is known of the target's earlier values, if it is a series.
    """

    columns: tuple[Column, ...]
    target: Target
    temperature: float = 1.0
    threshold: float = 0.5
    figures: dict[str, Any] = field(default_factory=dict)
    series: Series | None = None

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that the network reads."""
        return tuple(c for c in self.columns if c.is_input)

    @property
    def asked(self) -> tuple[Column, ...]:
        """The columns that rows are to have.

        Those that the network reads, but of a series the moment and the value, which may be
        empty, in place of what is made of earlier values.
        """
        if self.series is None:
            return self.inputs
        made = {*self.series.names, self.series.moment.name}
        others = (c for c in self.inputs if c.name not in made)
        return (self.series.moment, *others, self.series.value)

    @property
    def needed(self) -> tuple[Column, ...]:
        """Those of `asked` without which no row can be predicted."""
        return self.asked if self.series is None else self.asked[:-1]

    def of_kind(self, *kinds: str) -> tuple[Column, ...]:
        """The columns of some kinds."""
        return tuple(c for c in self.columns if c.kind in kinds)

    def to_json(self) -> bytes:
        """As it travels in a file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False).encode()

    @staticmethod
    def from_json(content: Any, name: str) -> Schema:
        """A schema read back.

        Args:
            content: what `json.loads` gave.
            name: of the file, for messages.
        Raises:
            FileFormatError: it is not a schema, or one of a newer version.
        """
        try:
            check_format(content, FORMAT)
            columns = tuple(_column(c) for c in content["columns"])
            target = _target(content["target"])
            schema = Schema(
                columns,
                target,
                _number(content["temperature"], above=0.0),
                _number(content["threshold"]),
                dict(content["figures"]),
                _series(content.get("series"), columns, target),
            )
            _unique([c.name for c in columns] + list(target.names))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileFormatError(f"{name}: the table's schema cannot be used: {error}") from None
        return schema


def check_format(content: Any, newest: int) -> None:
    """Raise ValueError if a schema has a format that this version does not read."""
    version = content["format"]
    if type(version) is not int or not 1 <= version <= newest:
        raise ValueError(f"format {version!r}; this version reads up to {newest}")


def _column(content: dict[str, Any]) -> Column:
    numbers = ("minimum", "maximum", "center", "fill")
    column = Column(
        name=_text(content["name"]),
        kind=_one_of(content["kind"], KINDS),
        reason=_text(content["reason"]),
        missing=_texts(content["missing"]),
        nullable=bool(content["nullable"]),
        format=_text(content["format"]),
        scale=_number(content["scale"], above=0.0),
        levels=_texts(content["levels"]),
        places=_count(content["places"]),
        naive=bool(content.get("naive", False)),
        **{n: _number(content[n]) for n in numbers},
    )
    _unique(column.levels)
    return column


def _target(content: dict[str, Any]) -> Target:
    target = Target(
        names=_texts(content["names"]),
        task=_one_of(content["task"], TASKS),
        reason=_text(content["reason"]),
        classes=_texts(content["classes"]),
        center=_number(content["center"]),
        scale=_number(content["scale"], above=0.0),
        log=bool(content.get("log", False)),
    )
    _unique(target.classes)
    least = {"regression": 0, "binary": 2, "multiclass": 2, "multilabel": 1}[target.task]
    if len(target.classes) < least or not target.names:
        raise ValueError(f"a target of task {target.task!r} with classes {target.classes!r:.100}")
    return target


def _series(
    content: dict[str, Any] | None, columns: Sequence[Column], target: Target
) -> Series | None:
    naive = [c.name for c in columns if c.naive]
    if content is None:
        if naive:
            raise ValueError(f"a column {naive[0]!r} of earlier values without a series")
        return None
    series = Series(
        _column(content["moment"]),
        _column(content["value"]),
        _count(content["lags"]),
        _number(content["gap"], above=0.0),
        bool(content["relative"]),
        tuple(map(_number, content["moments"])),
        tuple(map(_number, content["values"])),
    )
    if series.moment.kind not in ("date", "number") or series.value.kind != "number":
        raise ValueError("a series of other kinds than moments and numbers")
    if not series.lags == len(series.moments) == len(series.values) > 0:
        raise ValueError("a series with another number of values than it says")
    if list(series.moments) != sorted(set(series.moments)):
        raise ValueError("a series whose moments are not in order")
    numbers = {c.name for c in columns if c.kind == "number"}
    if naive != [series.names[0]] or not numbers.issuperset(series.names):
        raise ValueError("a series without the columns of its earlier values")
    if series.relative != target.log or (target.log and min(series.values) <= 0):
        raise ValueError("a series of logarithms whose values or target have none")
    if target.task != "regression" or target.names != (series.value.name,):
        raise ValueError("a series of another column than the target")
    return series


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text was expected, not {value!r:.60}")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(_text(v) for v in values)


def _one_of(value: Any, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"{value!r:.60} is none of {', '.join(known)}")
    return value


def _number(value: Any, above: float = -math.inf) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"a finite number was expected, not {value!r:.60}")
    if value <= above:
        raise ValueError(f"a number above {above:g} was expected, not {value!r}")
    return float(value)


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 1 << 20:
        raise ValueError(f"a count was expected, not {value!r:.60}")
    return value


def _unique(names: Sequence[str]) -> None:
    if len(set(names)) != len(names):
        raise ValueError("a name comes twice")
