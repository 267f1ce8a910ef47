"""The options of `lamina train` for tables: what typer is told, and how words become settings.

A flag wins over `--set`, that over the config file, that over the default.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, message, near


def gather_choices(
    flags: Mapping[str, Any], assignments: Sequence[str], config: Path | None
) -> dict[str, Any]:
    """The choices of a command line, "data" among them if the config names it.

    Args:
        flags: setting -> value; None for a flag that was not given.
        assignments: the texts of `--set`, such as "epochs=50".
        config: a config.toml, or None.
    Raises:
        ArgumentError: an assignment that is none, or a config that cannot be read.
    Example:
        >>> gather_choices({"seed": 3, "epochs": None}, ["epochs=9", "layers=[64]"], None)
        {'epochs': 9, 'layers': [64], 'seed': 3}
    """
    choices: dict[str, Any] = _of_config(config) if config is not None else {}
    for text in assignments:
        name, mark, value = text.partition("=")
        table, dot, key = name.strip().partition(".")
        if not mark or not table:
            raise ArgumentError(f"--set takes NAME=VALUE, not {text!r}")
        if dot:
            held = choices.get(table)
            choices[table] = {**(held if isinstance(held, dict) else {}), key: _value(value)}
        else:
            choices[table] = _value(value)
    choices.update({name: value for name, value in flags.items() if value is not None})
    return choices


def _of_config(path: Path) -> dict[str, Any]:
    """The values of a config, whose names are checked here, where its file can be told."""
    from lamina.images.settings import ImageSettings
    from lamina.tables.settings import known_names, read_toml

    values = read_toml(path)
    known = ["data", *known_names(), *ImageSettings.model_fields]
    for name in values:
        if name not in known:
            raise ArgumentError(
                message(
                    f"{str(path)!r} has an unknown setting {name!r}. {near(name, known)}".rstrip(),
                    fix="lamina init TABLE --target COLUMN writes a config with all settings",
                )
            )
    if not isinstance(values.get("data", ""), str):
        raise ArgumentError(f"{str(path)!r}: data = {values['data']!r:.80} is no path of a table")
    return values


def _value(text: str) -> Any:
    """JSON where it is, else text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def reading(sep: str | None, encoding: str | None, no_header: bool) -> dict[str, Any]:
    """How to read a text file, as `read_table` and settings have it."""
    separator = "\t" if sep == "tab" else sep
    header = False if no_header else None
    return {"separator": separator, "encoding": encoding, "header": header}


def names(texts: Sequence[str] | None) -> list[str] | None:
    """Names that were given one by one or with commas."""
    if not texts:
        return None
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


def kinds(texts: Sequence[str] | None) -> dict[str, str] | None:
    """The texts of `--types`, such as "zip=category,day=date:%d/%m/%Y".

    Raises:
        ArgumentError: a part that is no COLUMN=KIND.
    """
    if not texts:
        return None
    found = {}
    for part in (part for text in texts for part in text.split(",")):
        name, mark, kind = part.partition("=")
        if not mark or not name.strip() or not kind.strip():
            raise ArgumentError(f"--types takes COLUMN=KIND, not {part!r}")
        found[name.strip()] = kind.strip()
    return found


def numbers(text: str | None, option: str) -> list[int] | None:
    """Whole numbers with commas between them, such as "64,32"."""
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ArgumentError(f"{option} takes numbers such as 64,32, not {text!r}") from None


def shares(text: str | None) -> list[float] | None:
    """Shares such as "70/15/15"."""
    if text is None:
        return None
    try:
        parts = [float(part) for part in text.replace(",", "/").split("/")]
        if len(parts) != 3 or not 0 < sum(parts) < math.inf or min(parts) < 0:
            raise ValueError
    except ValueError:
        raise ArgumentError(f"--split takes shares such as 70/15/15, not {text!r}") from None
    return [part / sum(parts) for part in parts]
