"""The table that `Model.summary` prints: layers, output shapes, numbers of parameters."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Iterable
from typing import Any

from lamina.base import config, dtypes, tree
from lamina.base.errors import ArgumentError

_UNITS = ("B", "KB", "MB", "GB", "TB")


def count_params(weights: Iterable[Any]) -> int:
    """The number of numbers in some weights."""
    return sum(math.prod(v.shape) for v in weights)


def memory_text(weights: Iterable[Any]) -> str:
    """The memory that some weights take, for example "1.04 MB"."""
    size = float(sum(math.prod(v.shape) * dtypes.to_numpy(v.dtype).itemsize for v in weights))
    for unit in _UNITS[:-1]:
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} {_UNITS[-1]}"


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Any = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
) -> None:
    """Print the summary of a model; arguments as for `Model.summary`."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    if print_fn is None and not config.is_interactive_logging_enabled():
        print_fn = print
    rows = _rows(model, expand_nested, layer_range)
    connected = not _is_sequence(model)
    headers = ["Layer (type)", "Output Shape", "Param #"]
    justify = ["left", "left", "right"]
    ends = positions or ([0.3, 0.56, 0.74, 1.0] if connected else [0.45, 0.80, 1.0])
    length = 108 if connected else 88
    if connected:
        headers.append("Connected to")
        justify.append("left")
    if show_trainable:
        headers.append("Trainable")
        justify.append("center")
        ends = [p * 0.9 for p in ends] + [1.0]
        length += 12
    length = line_length or min(length, shutil.get_terminal_size().columns - 4)
    columns, start = [], 0
    for header, side, end in zip(headers, justify, ends, strict=False):
        width = int(end * length) - start
        if width < 4:
            raise ArgumentError("Insufficient console width to print summary.")
        columns.append(Column(header, justify=side, width=width))  # type: ignore[arg-type]
        start += width
    table = Table(*columns, width=length, show_lines=True)
    for layer, prefix in rows:
        name = escape(f"{prefix}{layer.name}")
        cells = [f"{name} ([color(33)]{escape(type(layer).__name__)}[/])"]
        cells += [_shape_text(layer), _params_text(layer)]
        if connected:
            cells.append(escape(_connections(layer, model)))
        if show_trainable:
            has_weights = bool(getattr(layer, "weights", ()))
            cells.append(("Y" if layer.trainable else "N") if has_weights else "-")
        table.add_row(*cells)
    plain = {"force_terminal": False, "color_system": None} if print_fn else {}
    console = Console(highlight=False, **plain)  # type: ignore[arg-type]
    if print_fn:
        console.begin_capture()
    console.print(f'[bold]Model: "{escape(model.name)}"[/]')
    console.print(table)
    for title, weights in _totals(model):
        text = f"[color(34)]{count_params(weights):,}[/] ({memory_text(weights)})"
        console.print(f"[bold] {title}: [/]{text}")
    if print_fn:
        print_fn(console.end_capture())


def _totals(model: Any) -> list[tuple[str, list]]:
    trainable, fixed = model.trainable_weights, model.non_trainable_weights
    slots = []
    if model.compiled and model.optimizer is not None and model.optimizer.built:
        slots = list(model.optimizer.variables)
    totals = [
        ("Total params", [*trainable, *fixed, *slots]),
        ("Trainable params", trainable),
        ("Non-trainable params", fixed),
    ]
    return [*totals, ("Optimizer params", slots)] if slots else totals


def _operations(model: Any) -> list[Any]:
    graph = getattr(model, "_graph", None)
    return model.layers if graph is None else list(graph.operations)


def _is_sequence(model: Any) -> bool:
    """Whether each operation follows the one before, so that connections need no column."""
    graph = getattr(model, "_graph", None)
    if graph is None:
        return True
    if any(len(n) > 1 or len(n[0].input_tensors) > 1 for n in graph.nodes_by_depth):
        return False
    operations = [n[0].operation for n in graph.nodes_by_depth]
    return len(set(map(id, operations))) == len(operations)


def _rows(model: Any, expand_nested: bool, layer_range: Any) -> list[tuple[Any, str]]:
    operations = _operations(model)
    first, last = _bounds(operations, layer_range)
    rows: list[tuple[Any, str]] = []

    def add(layer: Any, level: int) -> None:
        rows.append((layer, "   " * level + "└ " if level else ""))
        if expand_nested:
            for child in getattr(layer, "layers", None) or ():
                add(child, level + 1)

    for layer in operations[first:last]:
        add(layer, 0)
    return rows


def _bounds(layers: list[Any], layer_range: Any) -> tuple[int, int]:
    """The part of the list between two layers named exactly or by patterns."""
    if layer_range is None:
        return 0, len(layers)
    if len(layer_range) != 2 or not all(isinstance(n, str) for n in layer_range):
        raise ArgumentError(
            "layer_range must be a list or tuple of length 2 and should contain string type only. "
            f"Received: layer_range = {layer_range} of length {len(layer_range)}"
        )
    found = [[i for i, v in enumerate(layers) if re.match(n, v.name)] for n in layer_range]
    if not all(found):
        raise ArgumentError(
            f"Passed layer_names do not match the layer names in the model. Received: {layer_range}"
        )
    low, high = found
    if min(low) > max(high):
        return min(high), max(low) + 1
    return min(low), max(high) + 1


def _shape_text(layer: Any) -> str:
    nodes = layer._inbound_nodes
    if nodes:
        tensors = nodes[-1].outputs
        shapes = [str(t.shape) for t in tensors]
        return shapes[0] if len(shapes) == 1 else ", ".join(shapes)
    shapes_of_build = getattr(layer, "_build_shapes", None)
    if not shapes_of_build:
        return "?"
    try:
        found = layer.compute_output_shape(**shapes_of_build)
    except Exception:
        return "?"
    return str(tree.map_shape_structure(lambda s: s, found))


def _params_text(layer: Any) -> str:
    if not hasattr(layer, "built"):
        return "[color(34)]0[/]"
    if not layer.built:
        return "[color(34)]0[/] (unbuilt)"
    return f"[color(34)]{layer.count_params():,}[/]"


def _connections(layer: Any, model: Any) -> str:
    sources = []
    for node in layer._inbound_nodes:
        if node in model._graph.nodes:
            for tensor in node.input_tensors:
                operation, index, output = tensor._keras_history
                sources.append(f"{operation.name}[{index}][{output}]")
    return ", ".join(sources) or "-"
