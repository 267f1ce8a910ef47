"""What can be chosen about a training run on a table, with defaults that suit most.

The same names serve `lamina.tables.train`, the command line and config.toml. A config is checked by
pydantic before anything is read: unknown keys and impossible values end in one message each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lamina.base.errors import ArgumentError, missing_extra, near

try:
    from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
except ImportError:
    raise missing_extra("pydantic", "tables", "lamina.tables") from None

if TYPE_CHECKING:
    from collections.abc import Sequence


MANY_ROWS = 10_000
LAYERS = (128, 128)
SMOOTHING = 0.1


class Settings(BaseModel):
    """Everything that decides a run, but for the rows themselves.

    Attributes:
        target: names of the target columns.
        task: "regression", "binary", "multiclass", "multilabel"; None is found out.
        types: column -> kind, where the kind found is wrong: "number", "category", "text",
            "ignored", "date:%d/%m/%Y".
        drop: columns to leave out.
        separator, encoding, header, skip_bad_rows: how to read text; see `read_table`.
        missing: further cells that mean "nothing here".
        stream: whether rows stay in the file and stream by; None lets them where they would fill
            much of the memory.
        split: shares of training, validation and test rows.
        folds: of cross-validation; None means 5 under 1,000 rows, else 0.
        time_column: the split is in order of this column.
        group_column: rows of one group stay together.
        lags: how many earlier values of the target are columns, too, where it is a series in time;
            0 for none. None finds out whether it is one, see `finding_series`.
        relative: whether a series is learned in changes of its logarithm, in per cent so to speak.
            None looks whether its swings grow with its level.
        merge_rare: make one class of classes with fewer than 3 rows.
        strict: a column that tells the target by itself is an error, not a warning.
        class_weight: "balanced" lets every class weigh the same in training; "none".
        threshold: probability from which the positive class is predicted; None is chosen on
            validation rows where the rarer class has less than a fifth of them, else 0.5.
        layers: units of each hidden layer, () for a linear network. None is (128, 128), but with
            folds a linear network where held-out rows are predicted as well without them.
        members: networks side by side, whose mean predicts. None here and in the next fields
            is chosen by the number of rows, see `resolved`.
        dropout: share of a hidden layer's outputs dropped in training.
        epochs: the most passes over the training rows.
        patience: stop after so many passes without a lower validation loss.
        batch_size: rows in a step.
        learning_rate, weight_decay: of AdamW.
        smoothing: share of a class label spread over all classes. None is 0.1, but 0 where held-out
            rows are predicted better by it; that is tried with folds if no layers are given.
        time_limit: seconds after which training stops; None for no limit.
        seed: of everything random.
        language: of the report: "en" or "ko".
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    target: tuple[str, ...] = Field(min_length=1)
    task: str | None = None
    types: dict[str, str] = {}
    drop: tuple[str, ...] = ()
    separator: str | None = None
    encoding: str | None = None
    header: bool | None = None
    skip_bad_rows: bool = False
    missing: tuple[str, ...] = ()
    stream: bool | None = None
    split: tuple[float, float, float] = (0.70, 0.15, 0.15)
    folds: int | None = Field(None, ge=0, le=20)
    time_column: str | None = None
    group_column: str | None = None
    lags: int | None = Field(None, ge=0, le=1000)
    relative: bool | None = None
    merge_rare: bool = False
    strict: bool = False
    class_weight: Literal["none", "balanced"] = "none"
    threshold: float | None = Field(None, gt=0, lt=1)
    layers: tuple[int, ...] | None = None
    members: int | None = Field(None, ge=1, le=64)
    dropout: float | None = Field(None, ge=0, lt=1)
    epochs: int = Field(200, ge=1)
    patience: int | None = Field(None, ge=1)
    batch_size: int | None = Field(None, ge=1)
    learning_rate: float | None = Field(None, gt=0)
    weight_decay: float = Field(0.02, ge=0)
    smoothing: float | None = Field(None, ge=0, lt=1)
    time_limit: float | None = Field(None, gt=0)
    seed: int = Field(0, ge=0, le=2**32 - 1)
    language: Literal["en", "ko"] = "en"

    @field_validator("target", "drop", "missing", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("layers")
    @classmethod
    def _positive(cls, value: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if any(not 1 <= units <= 4096 for units in value or ()):
            raise ValueError("give layers of 1 to 4096 units each")
        return value


def make_settings(values: Mapping[str, Any], kind: Any = Settings) -> Any:
    """Settings from plain values.

    Args:
        values: name -> value; what is absent has its default.
        kind: the class of settings.
    Returns:
        One of that class.
    Raises:
        ArgumentError: an unknown name, with the nearest known one, or an impossible value.
    Example:
        >>> make_settings({"target": "survived", "layers": [64]}).layers
        (64,)
    """
    unknown = [name for name in values if name not in kind.model_fields]
    if unknown:
        hint = near(unknown[0], kind.model_fields)
        raise ArgumentError(f"unknown setting {unknown[0]!r}. {hint}".rstrip())
    try:
        return kind(**values)
    except ValidationError as error:
        raise ArgumentError("; ".join(map(_problem, error.errors()))) from None


def resolved(settings: Settings, rows: int, has_texts: bool = False) -> Settings:
    """The settings with everything chosen that goes by the number of rows.

    Few rows: many members and long patience, since passes are quick and noise is large. Many rows,
    or texts: few members, since each is good by itself, and larger steps. The batch is a power of
    two that makes some twenty steps a pass or more.

    Args:
        settings: as given.
        rows: that are learned from.
        has_texts: whether a column is a text.
    Example:
        >>> resolved(make_settings({"target": "y"}), 500).members
        10
    """
    few = rows < MANY_ROWS and not has_texts
    chosen = {
        "layers": LAYERS,
        "members": 10 if few else 4,
        "patience": 16 if few else 6,
        "dropout": 0.2 if few else 0.1,
        "learning_rate": _rate(settings, few),
        "smoothing": SMOOTHING,
        "batch_size": min(256, max(32, 1 << int(math.log2(max(rows, 1) / 20 + 1)))),
    }
    absent = {name: v for name, v in chosen.items() if getattr(settings, name) is None}
    return settings.model_copy(update=absent)


def _rate(settings: Settings, few: bool) -> float:
    """Small where hidden layers would learn few rows by heart; a linear function cannot."""
    if not few:
        return 2e-3
    return 2e-2 if settings.layers == () else 5e-4


def _problem(error: Any) -> str:
    name = ".".join(map(str, error["loc"])) or "settings"
    if error["type"] == "missing":
        return f"{name} is needed"
    told = error["msg"].removeprefix("Value error, ")
    return f"{name} = {error['input']!r:.80}: {told[:1].lower()}{told[1:]}"


def changed(settings: Settings) -> dict[str, Any]:
    """The values that differ from the defaults, in the order of the fields."""
    return settings.model_dump(mode="json", exclude_defaults=True)


def to_toml(settings: BaseModel, data: str) -> str:
    """All values, resolved, as config.toml; what is None is left out.

    Args:
        settings: of the run.
        data: where the rows are.
    """
    import json

    plain = {"data": data, **settings.model_dump(mode="json", exclude_none=True)}
    tables = {name: value for name, value in plain.items() if isinstance(value, dict)}
    lines = [
        f"{n} = {json.dumps(v, ensure_ascii=False)}" for n, v in plain.items() if n not in tables
    ]
    for name, table in tables.items():
        if table:
            lines += ["", f"[{name}]"]
            lines += [f"{json.dumps(k)} = {json.dumps(v)}" for k, v in table.items()]
    return "\n".join(lines) + "\n"


def read_toml(path: str | Path) -> dict[str, Any]:
    """The values of a config.toml, "data" among them if it is there.

    Raises:
        ArgumentError: the file cannot be read, or is not TOML.
    """
    import tomllib

    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ArgumentError(f"cannot read the config {str(path)!r}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ArgumentError(f"the config {str(path)!r} is not TOML: {error}") from None


def known_names() -> Sequence[str]:
    """The names of all settings."""
    return list(Settings.model_fields)
