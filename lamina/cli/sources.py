"""What is trained on: a table, a folder of pictures, or a dataset by its name."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, message, near
from lamina.datasets import named


def source_of(
    data: str | None, choices: Mapping[str, Any], as_json: bool
) -> tuple[str, dict[str, Any]]:
    """Where rows or pictures are, and the choices besides; a dataset has a target of its own.

    Args:
        data: what was given; None takes it from the choices.
        choices: settings by name, and "data".
        as_json: whether nothing but one JSON object may be printed.
    Returns:
        A path, "-" or the name of a dataset, "" if none was given; and the choices without "data".
    Raises:
        ArgumentError: a word that names neither a file nor a dataset.
    """
    others = {name: value for name, value in choices.items() if name != "data"}
    data = data or choices.get("data") or ""
    if data:
        _check_name(data, bool(others.get("target")), as_json)
    if data in named.TABLES:
        others.setdefault("target", named.TABLES[data])
    return data, others


def are_pictures(data: str) -> bool:
    """Whether a folder of pictures is meant, or a dataset of them."""
    if named.is_named(data):
        return data in named.PICTURES
    return data != "-" and Path(data).is_dir()


def _check_name(data: str, has_target: bool, as_json: bool) -> None:
    """Refuse a word that names neither a file nor a dataset; say so if it names both.

    Args:
        data: what was given to train on.
        has_target: whether a column was named, so that a file must be meant.
        as_json: whether nothing but one JSON object may be printed.
    Raises:
        ArgumentError: it names neither.
    """
    exists = data == "-" or Path(data).exists()
    if named.is_named(data):
        if exists and not as_json:
            print(f"{data} means the dataset; ./{data} means what is here", file=sys.stderr)
    elif not (exists or has_target or "." in data):
        raise ArgumentError(
            message(
                f"unknown dataset {data!r}. {near(data, named.NAMES)}".rstrip(),
                fix=f"choose one of {', '.join(named.NAMES)}; or give the path of a table",
            )
        )
