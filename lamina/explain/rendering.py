"""A row's trace as text and as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lamina.explain.row_trace import LayerTrace, RowTrace

_SHOWN = 8  # numbers of a vector before the rest is left out


def _numbers(values: np.ndarray | None, digits: int) -> str:
    if values is None:
        return "-"
    flat = np.asarray(values).reshape(-1)
    shown = ", ".join(f"{v:.{digits}g}" for v in flat[:_SHOWN])
    more = f", … ({flat.size} numbers)" if flat.size > _SHOWN else ""
    return f"[{shown}{more}]"


def _lines(layer: LayerTrace, digits: int) -> list[tuple[str, str]]:
    rows = [("input", _numbers(layer.inputs, digits))]
    if layer.weighted_sum is not None:
        rows.append(("z = sum of w*x + b", _numbers(layer.weighted_sum, digits)))
        rows.append((f"a = {layer.activation or 'linear'}(z)", _numbers(layer.outputs, digits)))
    else:
        rows.append(("output", _numbers(layer.outputs, digits)))
    rows.append(("dL/da", _numbers(layer.d_outputs, digits)))
    if layer.weighted_sum is not None:
        if layer.slope is not None:
            rows.append(("da/dz", _numbers(layer.slope, digits)))
        rows.append(("dL/dz", _numbers(layer.d_weighted_sum, digits)))
    for name, gradient in layer.gradients.items():
        rows.append((f"dL/d {name} {gradient.shape}", _numbers(gradient, digits)))
        if name in layer.updated:
            rows.append((f"{name} before", _numbers(layer.weights[name], digits)))
            rows.append((f"{name} after one step", _numbers(layer.updated[name], digits)))
    return rows


def _head(row: RowTrace, digits: int) -> list[tuple[str, str]]:
    return [
        ("x", _numbers(row.inputs, digits)),
        ("prediction", _numbers(row.prediction, digits)),
        ("target", _numbers(row.target, digits)),
        (f"loss ({row.loss_name})", f"{row.loss:.{digits + 2}g}"),
    ]


def row_as_text(row: RowTrace, digits: int) -> str:
    """The report for a terminal."""
    blocks = [("One row", _head(row, digits))]
    blocks += [(f"{v.name} ({v.kind})", _lines(v, digits)) for v in row.layers]
    lines = []
    for title, rows in blocks:
        lines.append(title)
        lines += [f"  {name:<24} {value}" for name, value in rows]
    return "\n".join(lines)


_STYLE = (
    "border-collapse:collapse;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"
)


def row_as_html(row: RowTrace, digits: int) -> str:
    """The report for a browser: tables, nothing that runs."""
    blocks = [("One row", _head(row, digits))]
    blocks += [(f"{v.name} ({v.kind})", _lines(v, digits)) for v in row.layers]
    parts = []
    for title, rows in blocks:
        cells = "".join(
            f'<tr><th scope="row" style="text-align:left;padding:2px 14px 2px 0;font-weight:500">'
            f'{escape(name)}</th><td style="padding:2px 0">{escape(value)}</td></tr>'
            for name, value in rows
        )
        parts.append(
            f'<h4 style="margin:14px 0 4px">{escape(title)}</h4>'
            f'<table style="{_STYLE}">{cells}</table>'
        )
    return f'<div class="lamina-trace">{"".join(parts)}</div>'
