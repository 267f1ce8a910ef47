"""The network as a drawing: what goes in, through which layers, what comes out.

A layer is a bar whose width follows the logarithm of its units; bands between the bars show that
all of one is read by all of the next. Layers without weights are thin bars. The drawing is inline
SVG written here, so every name in it is escaped.
"""

from __future__ import annotations

import math
from typing import Any

from lamina.report.facts import Facts
from lamina.report.formats import clipped, number
from lamina.report.markup import Html, tag
from lamina.report.words import Words

WIDTH = 340
MOST = 14
_GAP, _HIGH, _LOW = 22, 38, 20


def draw_network(facts: Facts, words: Words) -> Html:
    """Draw the network of a run.

    Args:
        facts: `network` and `target` are read.
        words: of the page.
    Returns:
        Inline SVG, 340 units wide. Of more than 14 layers the middle ones are left out.
    """
    network = facts["network"]
    layers = [layer for layer in network["layers"] if not layer.get("skips")]
    skipping = [layer for layer in network["layers"] if layer.get("skips")]
    bars = [_input(part, words) for part in network["inputs"]]
    left_out = len(layers) - MOST
    for k, layer in enumerate(layers):
        if left_out > 0 and MOST // 2 <= k < MOST // 2 + left_out:
            if k == MOST // 2:
                bars.append({"title": words("layers_left_out", count=left_out), "units": 0})
            continue
        bars.append(_layer(layer, words, last=k == len(layers) - 1))
    inputs = len(network["inputs"])
    drawn, y = _inputs_side_by_side(bars[:inputs])
    top, previous = y, WIDTH - 20.0
    for bar in bars[inputs:]:
        high, wide = _height(bar), _width(bar["units"])
        drawn.append(_band(y, previous, y + _GAP, wide))
        drawn.append(_bar(bar, (WIDTH - wide) / 2, y + _GAP, wide, high))
        previous, y = wide, y + _GAP + high
    if skipping:
        drawn.append(_skip(skipping, words, top, y - _HIGH / 2, (WIDTH + previous) / 2))
    drawn.append(_answer(facts, words, y))
    height = y + 46
    label = words("network_label", parameters=number(network["parameters"]))
    # Bands lie under the bars.
    drawn.sort(key=lambda part: not part.startswith("<path"))
    return tag(
        "svg",
        drawn,
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        class_="network",
        aria_label=label,
    )


def _input(part: dict[str, Any], words: Words) -> dict[str, Any]:
    first = part.get("shape") or words("n_columns", count=number(part["columns"]))
    return {
        "title": words("kind_" + part["kind"]),
        "lines": [first, words("n_values", count=number(part["width"]))],
        "units": part["width"],
        "class": "input",
    }


def _layer(layer: dict[str, Any], words: Words, last: bool) -> dict[str, Any]:
    name = layer["type"]
    if layer["parameters"] and layer["units"]:
        name += f" {number(layer['units'])}"
    if layer["activation"] not in ("", "linear"):
        name += f" · {layer['activation']}"
    weights = ""
    if layer["parameters"]:
        weights = words("n_weights", count=number(layer["parameters"]))
    return {
        "title": name,
        "weights": weights,
        "units": layer["units"],
        "class": "output" if last else ("dense" if weights else "plain"),
    }


def _height(bar: dict[str, Any]) -> int:
    return _HIGH if bar.get("weights") else _LOW


def _width(units: int) -> float:
    return min(WIDTH - 20.0, 150 + 18 * math.log2(max(1, units)))


def _inputs_side_by_side(bars: list[dict[str, Any]]) -> tuple[list[Html], float]:
    """A box per kind of column, and where they end."""
    drawn, high, gap = [], 62, 8
    wide = (WIDTH - 20 - gap * (len(bars) - 1)) / max(1, len(bars))
    for k, bar in enumerate(bars):
        x = 10 + k * (wide + gap)
        drawn.append(
            tag("rect", x=f"{x:.1f}", y=4, width=f"{wide:.1f}", height=high, rx=9, class_="input")
        )
        middle = f"{x + wide / 2:.1f}"
        drawn.append(_words(bar["title"], middle, 24, "name"))
        drawn += [_words(line, middle, 40 + 15 * i, "small") for i, line in enumerate(bar["lines"])]
    return drawn, 4.0 + high


def _band(y0: float, wide0: float, y1: float, wide1: float) -> Html:
    left0, left1 = (WIDTH - wide0) / 2 + 6, (WIDTH - wide1) / 2 + 6
    right0, right1 = WIDTH - left0, WIDTH - left1
    points = f"M{left0:.1f} {y0}L{right0:.1f} {y0}L{right1:.1f} {y1}L{left1:.1f} {y1}Z"
    return tag("path", d=points, class_="band")


def _bar(bar: dict[str, Any], x: float, y: float, wide: float, high: int) -> Html:
    box = tag(
        "rect",
        x=f"{x:.1f}",
        y=y,
        width=f"{wide:.1f}",
        height=high,
        rx=min(9, high // 2),
        class_=bar.get("class", "plain"),
    )
    parts = [box]
    if bar.get("weights"):
        parts.append(_words(bar["title"], WIDTH / 2, y + 17, "name"))
        parts.append(_words(bar["weights"], WIDTH / 2, y + 31, "small"))
    else:
        parts.append(_words(bar["title"], WIDTH / 2, y + 14, "small"))
    return tag("g", parts)


def _skip(layers: list[dict[str, Any]], words: Words, top: float, y: float, right: float) -> Html:
    """A line past the other layers, from the inputs into the right end of the output."""
    x = WIDTH - 14
    line = f"M{x} {top}V{y - 8}q0 8 -8 8H{right + 3:.1f}m4 -4l-4 4l4 4"
    names = ", ".join(layer["type"] for layer in layers)
    weights = words("n_weights", count=number(sum(layer["parameters"] for layer in layers)))
    middle = (top + y) / 2
    turned = _words(f"{names} · {weights}", x + 5, middle, "small")
    return tag(
        "g",
        tag("path", d=line, class_="arrow"),
        tag("g", turned, transform=f"rotate(90 {x + 5} {middle})"),
    )


def _answer(facts: Facts, words: Words, y: float) -> Html:
    target = facts["target"]
    named = ", ".join(target["names"])
    classes = len(target["classes"])
    task = "change" if facts["network"].get("naive") else target["task"]
    detail = words("answer_" + task, classes=number(classes))
    arrow = tag("path", d=f"M{WIDTH / 2} {y + 3}v8m-4 -4l4 4l4 -4", class_="arrow")
    return tag(
        "g",
        arrow,
        _words(named, WIDTH / 2, y + 25, "name"),
        _words(detail, WIDTH / 2, y + 40, "small"),
    )


def _words(content: str, x: float | str, y: float, class_: str) -> Html:
    return tag("text", clipped(content), x=x, y=y, text_anchor="middle", class_=class_)
