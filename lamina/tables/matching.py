"""Whether a schema and a network belong together: what one makes of rows, the other must read.

Both travel in one file, but a file can be put together by hand. What does not fit is said when the
file is opened, not by an error from the middle of the first prediction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lamina.base.errors import FileFormatError, message
from lamina.tables.encoding import number_features, places_of
from lamina.tables.network import outputs_of
from lamina.tables.schema import Schema
from lamina.tables.texts import LONGEST


def check_match(network: Any, schema: Schema, name: str) -> None:
    """Raise FileFormatError if a network does not read what a schema makes of rows.

    Args:
        network: a `Model`.
        schema: of the rows.
        name: of the file, for messages.
    """
    for find in (_inputs, _output, _places):
        for seen, wanted in find(network, schema):
            if seen != wanted:
                raise mismatch(name, wanted, seen)


def mismatch(name: str, schema: str, network: str) -> FileFormatError:
    """The error for a file whose parts do not fit each other.

    Args:
        name: of the file.
        schema: what it asks for.
        network: what there is.
    """
    return FileFormatError(
        message(
            f"{name}: schema and network do not fit each other.",
            received=f"a network with {network}",
            required=f"one with {schema}, by the schema",
            fix="take the file as training wrote it; a schema serves only its own network",
        )
    )


def _inputs(network: Any, schema: Schema) -> Iterator[tuple[str, str]]:
    """What the network reads and what the schema makes of rows, as text; one pair."""
    given = getattr(network, "input", None)
    seen = {n: _shape(t) for n, t in given.items()} if isinstance(given, dict) else None
    wanted: dict[str, tuple[Any, ...]] = {}
    numbers, categories = number_features(schema.columns), len(schema.of_kind("category"))
    if numbers:
        wanted["numbers"] = (numbers,)
    if categories:
        wanted["categories"] = (categories,)
    if schema.series is not None:
        wanted["naive"] = (1,)
    for i in range(len(schema.of_kind("text"))):
        wanted[f"pieces_{i}"] = wanted[f"weights_{i}"] = (LONGEST,)
    yield _listed(seen), _listed(wanted)


def _output(network: Any, schema: Schema) -> Iterator[tuple[str, str]]:
    target = schema.target
    wanted = f"outputs {(outputs_of(target),)} for task {target.task!r}"
    yield f"outputs {_shape(getattr(network, 'output', None))} for task {target.task!r}", wanted


def _places(network: Any, schema: Schema) -> Iterator[tuple[str, str]]:
    """How many levels and pieces the network knows; networks of other makes are taken as fit."""
    known = {layer.name: layer for layer in network.layers}
    for kind, prefix in (("category", "column_"), ("text", "text_")):
        for number, column in enumerate(schema.of_kind(kind), 1):
            layer = known.get(f"{prefix}{number}")
            seen = getattr(layer, "num_tokens", None) or getattr(layer, "input_dim", None)
            wanted = column.places + 1 if kind == "text" else places_of(column)
            if seen is not None:
                yield f"{seen} places for {column.name!r}", f"{wanted} places for {column.name!r}"


def _shape(tensor: Any) -> tuple[Any, ...] | None:
    shape = getattr(tensor, "shape", None)
    return None if shape is None else tuple(shape)[1:]


def _listed(inputs: dict[str, Any] | None) -> str:
    if inputs is None:
        return "inputs without names"
    return "inputs " + (", ".join(f"{n} {inputs[n]}" for n in sorted(inputs)) or "none")
