"""Pictures of models (SVG, PNG, PDF), drawn with matplotlib alone; Graphviz is not needed."""

import os
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, ArgumentTypeError, message, missing_extra, near
from lamina.utils.model_graph import Box, Detail, ModelGraph, graph_of

# Inches; a character at _FONT points is about _CHARACTER wide.
_FONT, _CHARACTER, _LINE = 9, 0.075, 0.2
_PAD, _GAP = 0.12, 0.4
_DARK, _PALE = "#24323f", "#f4f6f8"
_FORMATS = ("png", "svg", "pdf", "jpg", "jpeg", "dot")


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> ModelGraph:
    """A model as a graph of layers.

    Args:
        model: a built model.
        show_shapes: say the shapes of inputs and outputs.
        show_dtype: say the dtype of outputs.
        show_layer_names: say the layers' names.
        rankdir: "TB" for a drawing from top to bottom, "LR" from left to right.
        expand_nested: show the layers of models inside the model.
        dpi: dots per inch of pixel images.
        subgraph: accepted for code written for Keras; changes nothing.
        show_layer_activations: say the activations.
        show_trainable: say whether a layer with weights is trained.
        splines: accepted for code written for Keras; changes nothing.
        **kwargs: none is known.
    Returns:
        The graph; its `to_string()` is DOT text for Graphviz (Keras returns a pydot object).
    Raises:
        NotBuiltError: the model has no weights yet.
        ArgumentError: an unknown `rankdir`.
    """
    del subgraph, splines
    if kwargs.pop("layer_range", None) is not None:
        raise ArgumentError(message("Argument `layer_range` is no longer supported."))
    if kwargs:
        raise ArgumentTypeError(message("Unrecognized keyword arguments.", sorted(kwargs)))
    if rankdir not in ("TB", "LR"):
        raise ArgumentError(message("Unknown `rankdir`.", repr(rankdir), "'TB' or 'LR'"))
    detail = Detail(
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable
    )
    graph = graph_of(model, detail, expand_nested)
    graph.rankdir, graph.dpi = rankdir, dpi
    return graph


def plot_model(
    model: Any,
    to_file: str | os.PathLike = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Any:
    """Draw a model's layers into a file.

    Args:
        model: a built model.
        to_file: the file; its ending chooses "png" (also without an ending), "svg", "pdf", "jpg",
            or "dot" for the text that Graphviz reads.
        show_shapes: say the shapes of inputs and outputs.
        show_dtype: say the dtype of outputs.
        show_layer_names: say the layers' names.
        rankdir: "TB" for a drawing from top to bottom, "LR" from left to right.
        expand_nested: show the layers of models inside the model.
        dpi: dots per inch of pixel images.
        show_layer_activations: say the activations.
        show_trainable: say whether a layer with weights is trained.
        splines: accepted for code written for Keras; changes nothing.
        **kwargs: none is known.
    Returns:
        The picture for a notebook if IPython is installed, else None.
    Raises:
        NotBuiltError: the model has no weights yet.
        ArgumentError: an unknown ending or `rankdir`.
        MissingExtraError: matplotlib is not installed.
    """
    graph = model_to_dot(
        model,
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        rankdir=rankdir,
        expand_nested=expand_nested,
        dpi=dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
        **kwargs,
    )
    file = Path(to_file)
    kind = file.suffix[1:].lower() or "png"
    if kind not in _FORMATS:
        raise ArgumentError(
            message(
                f"`to_file` has the unknown ending {file.suffix!r}.",
                required=", ".join(_FORMATS),
                fix=near(kind, _FORMATS) or None,
            )
        )
    if kind == "dot":
        file.write_text(graph.to_string(), encoding="utf-8")
        return None
    draw(graph, file, kind)
    return _for_notebook(file, kind)


def _for_notebook(file: Path, kind: str) -> Any:
    try:
        from IPython import display
    except ImportError:
        return None
    if kind == "pdf":
        return None
    return (display.SVG if kind == "svg" else display.Image)(filename=str(file))


def draw(graph: ModelGraph, file: Path, kind: str) -> None:
    """Draw a graph into a file.

    Args:
        graph: what to draw.
        file: where to.
        kind: a format that matplotlib writes.
    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise missing_extra("matplotlib", "all", "plot_model") from None
    rows, ways = graph.rows()
    places, width, height = arrange(graph, rows)
    with matplotlib.rc_context({"svg.fonttype": "none", "font.size": _FONT}):
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        for way in ways:
            _arrow(axes, graph.rankdir == "TB", [places[key] for key in way])
        for key, box in graph.boxes.items():
            _box(axes, box, places[key])
        figure.savefig(file, format=kind, dpi=graph.dpi)


def size_of(box: Box) -> tuple[float, float]:
    """Width and height of a box, in inches."""
    longest = max(map(len, (box.title, *box.lines)))
    return longest * _CHARACTER + 2 * _PAD, (1 + len(box.lines)) * _LINE + _PAD


def arrange(graph: ModelGraph, rows: list[list]) -> tuple[dict[Any, tuple], float, float]:
    """Where each box and each waypoint of an arrow lies.

    Args:
        graph: what to draw.
        rows: its rows, as `ModelGraph.rows` gives them.
    Returns:
        Key -> (left, top, width, height); and the width and height of the picture; all in inches.
    """
    down = graph.rankdir == "TB"
    sizes = {k: size_of(graph.boxes[k]) if k in graph.boxes else (0, 0) for r in rows for k in r}
    # "along" is the direction in which data flow, "across" the other one.
    along, across = (1, 0) if down else (0, 1)
    spans = [sum(sizes[k][across] for k in row) + _GAP * (len(row) - 1) for row in rows]
    breadth = max(spans, default=0)
    places, position = {}, _GAP
    for row, span in zip(rows, spans, strict=True):
        depth = max(sizes[k][along] for k in row)
        offset = _GAP + (breadth - span) / 2
        for key in row:
            length = sizes[key][along] if key in graph.boxes else depth
            size = (sizes[key][0], length) if down else (length, sizes[key][1])
            start = position + (depth - length) / 2
            places[key] = (*((offset, start) if down else (start, offset)), *size)
            offset += sizes[key][across] + _GAP
        position += depth + _GAP
    extent = (breadth + 2 * _GAP, max(position, 2 * _GAP))
    width, height = extent if down else extent[::-1]
    return places, width, height


def _box(axes: Any, box: Box, place: tuple) -> None:
    from matplotlib.patches import Rectangle

    left, top, width, height = place
    head = _LINE + _PAD / 2 if box.lines else height
    axes.add_patch(Rectangle((left, top), width, height, facecolor=_PALE, edgecolor=_DARK))
    axes.add_patch(Rectangle((left, top), width, head, facecolor=_DARK, edgecolor=_DARK))
    middle = left + width / 2
    style = {"ha": "center", "va": "center", "parse_math": False}
    axes.text(middle, top + head / 2, box.title, color="white", weight="bold", **style)
    for i, line in enumerate(box.lines):
        axes.text(middle, top + head + (i + 0.5) * _LINE, line, color=_DARK, **style)


def _arrow(axes: Any, down: bool, way: list[tuple]) -> None:
    """A line from box to box through the waypoints between them, with a tip at its end."""
    points = []
    for left, top, width, height in way:
        if down:
            points += [(left + width / 2, top), (left + width / 2, top + height)]
        else:
            points += [(left, top + height / 2), (left + width, top + height / 2)]
    points = points[1:-1]
    axes.plot(*zip(*points, strict=True), color=_DARK, linewidth=1)
    style = {"arrowstyle": "-|>", "color": _DARK, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=points[-1], xytext=points[-2], arrowprops=style)
