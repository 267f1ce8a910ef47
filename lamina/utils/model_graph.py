"""A model as boxes and arrows: what is drawn, and in which rows.

Drawing is the part of `model_pictures.py`.

Only the public model API and the recorded calls of functional models are read, so any object with
Keras's `layers`, `_inbound_nodes` and `_keras_history` can be shown.
"""

from dataclasses import dataclass, field
from typing import Any

from lamina.base import tree
from lamina.base.errors import NotBuiltError, message


@dataclass(frozen=True)
class Box:
    """A layer.

    Attributes:
        title: the heading.
        lines: text below it.
    """

    title: str
    lines: tuple[str, ...] = ()


@dataclass
class ModelGraph:
    """Boxes, and arrows between them.

    Attributes:
        boxes: box of each key, in the order in which data flow.
        arrows: pairs of keys (from, to), each once.
        rankdir: "TB" draws downwards, "LR" to the right.
        dpi: dots per inch of pixel images.
    """

    boxes: dict[int, Box] = field(default_factory=dict)
    arrows: list[tuple[int, int]] = field(default_factory=list)
    rankdir: str = "TB"
    dpi: int = 200

    def connect(self, source: int, destination: int) -> None:
        """Add an arrow unless it is there."""
        if (source, destination) not in self.arrows:
            self.arrows.append((source, destination))

    def levels(self) -> dict[int, int]:
        """The row of each box: the first one below everything that it reads."""
        level = dict.fromkeys(self.boxes, 0)
        for _ in self.boxes:
            moved = False
            for source, destination in self.arrows:
                if level[destination] <= level[source]:
                    level[destination], moved = level[source] + 1, True
            if not moved:
                break
        return level

    def rows(self) -> tuple[list[list], list[list]]:
        """What stands in each row, and the way of each arrow.

        Returns:
            Rows of keys, each near the middle of what it reads; an arrow that passes a row has a
            place there, whose key is a tuple (source, destination, row). And for each arrow the
            keys it passes, from its source to its destination.
        """
        level = self.levels()
        rows: list[list] = [[] for _ in range(max(level.values(), default=-1) + 1)]
        for key in self.boxes:
            rows[level[key]].append(key)
        ways = []
        for source, destination in self.arrows:
            between = range(level[source] + 1, level[destination])
            passed = [(source, destination, i) for i in between]
            for waypoint in passed:
                rows[waypoint[2]].append(waypoint)
            ways.append([source, *passed, destination])
        steps = [pair for way in ways for pair in zip(way, way[1:], strict=False)]
        place = {key: float(i) for row in rows[:1] for i, key in enumerate(row)}
        for row in rows[1:]:
            for i, key in enumerate(row):
                read = [place[source] for source, end in steps if end == key]
                place[key] = sum(read) / len(read) if read else float(i)
            row.sort(key=place.__getitem__)
            for i in range(1, len(row)):
                place[row[i]] = max(place[row[i]], place[row[i - 1]] + 1)
        return rows, ways

    def to_string(self) -> str:
        """The graph in the DOT language of Graphviz."""
        names = {key: f"layer{i}" for i, key in enumerate(self.boxes)}
        lines = [f'digraph model {{ rankdir="{self.rankdir}"; node [shape=box];']
        for key, box in self.boxes.items():
            label = "\\n".join((box.title, *box.lines)).replace('"', '\\"')
            lines.append(f'  {names[key]} [label="{label}"];')
        lines += [f"  {names[a]} -> {names[b]};" for a, b in self.arrows]
        return "\n".join([*lines, "}"])


@dataclass(frozen=True)
class Detail:
    """What each box says beside the layer's class."""

    shapes: bool = False
    dtype: bool = False
    names: bool = False
    activations: bool = False
    trainable: bool = False


def graph_of(model: Any, detail: Detail, expand_nested: bool = False) -> ModelGraph:
    """The boxes and arrows of a model.

    Args:
        model: built model. A functional or sequential one is shown layer by layer, any other as one
            box.
        detail: what each box says.
        expand_nested: show the layers of models inside the model.
    Returns:
        The graph.
    Raises:
        NotBuiltError: the model has no weights yet.
    """
    if not getattr(model, "built", True):
        raise NotBuiltError(
            message(
                "This model has not yet been built.",
                received=f"model {getattr(model, 'name', '')!r}",
                fix="give it an Input, call build(), or call it on a batch of data",
            )
        )
    graph = ModelGraph()
    _add(graph, model, detail, expand_nested)
    return graph


def is_functional(model: Any) -> bool:
    """Whether a model records how its layers are connected."""
    return hasattr(model, "operations") and bool(getattr(model, "outputs", None))


def is_sequential(model: Any) -> bool:
    """Whether a model is a stack of layers."""
    return any(c.__name__ == "Sequential" for c in type(model).__mro__)


def _add(graph: ModelGraph, model: Any, detail: Detail, expand: bool) -> tuple[list, list]:
    """Add a model's layers; returns the keys where data come in and where they go out."""
    if is_sequential(model):
        return _add_stack(graph, model, detail, expand)
    if is_functional(model):
        return _add_network(graph, model, detail, expand)
    graph.boxes[id(model)] = describe(model, detail)
    return [id(model)], [id(model)]


def _add_layer(graph: ModelGraph, layer: Any, detail: Detail, expand: bool) -> tuple[list, list]:
    if expand and (is_sequential(layer) or is_functional(layer)):
        return _add(graph, layer, detail, expand)
    graph.boxes[id(layer)] = describe(layer, detail)
    return [id(layer)], [id(layer)]


def _add_stack(graph: ModelGraph, model: Any, detail: Detail, expand: bool) -> tuple[list, list]:
    first: list = []
    last: list = []
    for layer in model.layers:
        entry, leave = _add_layer(graph, layer, detail, expand)
        first = first or entry
        for source in last:
            for destination in entry:
                graph.connect(source, destination)
        last = leave
    return first, last


def _add_network(graph: ModelGraph, model: Any, detail: Detail, expand: bool) -> tuple[list, list]:
    ends = {id(op): _add_layer(graph, op, detail, expand) for op in model.operations}
    calls = calls_behind(tree.flatten(model.outputs), model.inputs)
    for operation, node in reversed(calls):
        for position, tensor in enumerate(tree.flatten(node.input_tensors)):
            source = tensor._keras_history
            graph.connect(
                _pick(ends[id(source[0])][1], source[2]),
                _pick(ends[id(operation)][0], position),
            )
    inputs = [t._keras_history[0] for t in tree.flatten(model.inputs)]
    outputs = [t._keras_history for t in tree.flatten(model.outputs)]
    return (
        [ends[id(operation)][0][0] for operation in inputs],
        [_pick(ends[id(history[0])][1], history[2]) for history in outputs],
    )


def _pick(keys: list, position: int) -> int:
    """The key at a position; a layer shown as one box has only one."""
    return keys[min(position, len(keys) - 1)]


def describe(layer: Any, detail: Detail) -> Box:
    """The box of a layer.

    Args:
        layer: a layer, model or recorded operation.
        detail: what to say.
    Returns:
        The box. A shape or dtype that is not known is "?".
    """
    kind = type(layer).__name__
    lines = []
    activation = getattr(layer, "activation", None)
    if detail.activations and activation is not None:
        name = getattr(activation, "name", None) or getattr(activation, "__name__", str(activation))
        lines.append(f"Activation: {name}")
    if detail.shapes and kind != "InputLayer":
        lines.append(f"Input shape: {_attribute(layer, 'input', 'shape')}")
    if detail.shapes:
        lines.append(f"Output shape: {_attribute(layer, 'output', 'shape')}")
    if detail.dtype:
        lines.append(f"Output dtype: {_attribute(layer, 'output', 'dtype')}")
    if detail.trainable and getattr(layer, "weights", None):
        lines.append("Trainable" if layer.trainable else "Non-trainable")
    return Box(f"{layer.name} ({kind})" if detail.names else kind, tuple(lines))


def _attribute(layer: Any, side: str, attribute: str) -> str:
    try:
        tensors = getattr(layer, side)
    except (AttributeError, ValueError):
        return "?"
    values = [getattr(t, attribute, "?") for t in tree.flatten(tensors)]
    return ", ".join(str(v) for v in values) or "?"


def calls_behind(tensors: list, stop_at: Any = ()) -> list[tuple[Any, Any]]:
    """The recorded calls that symbolic tensors are computed by, each once, last ones first.

    Args:
        tensors: symbolic tensors.
        stop_at: structure of tensors whose own making is left out.
    Returns:
        Pairs (operation, node); a node has `input_tensors` and `output_tensors`.
    """
    calls = []
    seen = {id(t) for t in tree.flatten(stop_at)}
    waiting = list(tensors)
    while waiting:
        tensor = waiting.pop(0)
        operation, index, _ = getattr(tensor, "_keras_history", None) or (None, 0, 0)
        nodes = getattr(operation, "_inbound_nodes", None)
        if id(tensor) in seen or not nodes:
            continue
        node = nodes[index]
        seen.update(id(t) for t in tree.flatten(node.output_tensors))
        if not node.is_input:
            calls.append((operation, node))
            waiting += tree.flatten(node.input_tensors)
    return calls


def get_source_inputs(tensor: Any) -> list:
    """The input tensors that a symbolic tensor is computed from.

    Args:
        tensor: output of a layer in a functional model.
    Returns:
        List of input tensors, each once.
    """
    calls = calls_behind([tensor])
    made = {id(t) for _, node in calls for t in tree.flatten(node.output_tensors)}
    read = [t for _, node in calls for t in tree.flatten(node.input_tensors)] or [tensor]
    return list({id(t): t for t in read if id(t) not in made}.values())
