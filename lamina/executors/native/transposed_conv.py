"""The gradient of a convolution's input, as plain convolutions with the kernel turned around.

With stride 1 it is one convolution of the padded gradient. With stride s > 1 the inputs fall into
s classes along each axis that meet different weights: class r only those at r, r + s …, so each
class is a small convolution of the gradient, and the classes are interleaved afterwards. That
costs no multiplication with a zero, as spreading the gradient over a grid of zeros would.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from lamina.executors.native.node_list import NodeList
from lamina.ir.dims import Dim, Shape, Size
from lamina.ir.program import Tensor

Pairs = tuple[tuple[int, int], ...]


def input_gradient(
    nodes: NodeList,
    g: Tensor,
    kernel: Tensor,
    shape: Shape,
    strides: tuple[int, ...],
    padding: Pairs,
    dilation: tuple[int, ...],
    groups: int,
) -> Tensor:
    """What `conv_input_gradient` computes; the arguments are its operands and attributes."""
    sizes, windows = [_known(s) for s in shape[1:-1]], [_known(s) for s in kernel.shape[:-2]]
    low = [p for p, _ in padding]
    if all(w == 1 for w in windows):
        parts = _convolved(nodes, g, kernel, dilation, groups)
        return _spread(nodes, parts, sizes, strides, low)
    if set(strides) != {1} and set(dilation) == {1}:
        return _by_class(nodes, g, kernel, sizes, strides, low, groups)
    reach = [d * (w - 1) for d, w in zip(dilation, windows, strict=True)]
    before = [r - p for r, p in zip(reach, low, strict=True)]
    totals = [n + r for n, r in zip(sizes, reach, strict=True)]
    g = _spread(nodes, g, totals, strides, [-b for b in before])
    return _convolved(nodes, g, kernel, dilation, groups)


def _known(size: Size) -> int:
    assert not isinstance(size, Dim), "the batch is no axis of space"
    return size


def _spread(
    nodes: NodeList, x: Tensor, totals: Sequence[int], strides: Sequence[int], start: Sequence[int]
) -> Tensor:
    """x with its elements `strides` apart, cut out from `start` on and `totals` long."""
    inside = [
        (n - 1) * s + 1 if n else 0
        for n, s in zip(map(_known, x.shape[1:-1]), strides, strict=True)
    ]
    high = [t + p - n for t, p, n in zip(totals, start, inside, strict=True)]
    return nodes.padded(
        x,
        (0, *(-p for p in start), 0),
        (0, *high, 0),
        (0, *(s - 1 for s in strides), 0),
    )


def _convolved(
    nodes: NodeList, g: Tensor, kernel: Tensor, dilation: tuple[int, ...], groups: int
) -> Tensor:
    """g convolved with the kernel turned around, its inputs and filters exchanged."""
    space = kernel.shape[:-2]
    rank = len(space)
    inputs, filters = _known(kernel.shape[-2]), _known(kernel.shape[-1])
    each = filters // groups
    kernel = nodes.reverse(kernel, tuple(range(rank)))
    kernel = nodes.reshape(kernel, (*space, inputs, groups, each))
    kernel = nodes.transpose(kernel, (*range(rank), rank + 2, rank + 1, rank))
    kernel = nodes.reshape(kernel, (*space, each, groups * inputs))
    ones = (1,) * rank
    nothing = ((0, 0),) * rank
    return nodes.emit(
        "conv", g, kernel, strides=ones, padding=nothing, dilation=dilation, groups=groups
    )


def _by_class(
    nodes: NodeList,
    g: Tensor,
    kernel: Tensor,
    sizes: Sequence[int],
    strides: tuple[int, ...],
    low: Sequence[int],
    groups: int,
) -> Tensor:
    """The classes, interleaved; input i is number (i + low) // s of class (i + low) % s."""
    rank = len(sizes)
    first = [p // s for p, s in zip(low, strides, strict=True)]
    counts = [
        (p + n - 1) // s - f + 1 for p, n, s, f in zip(low, sizes, strides, first, strict=True)
    ]
    if 0 in sizes:
        counts = [0 if n == 0 else c for n, c in zip(sizes, counts, strict=True)]
    channels = _known(kernel.shape[-2]) * groups
    parts = {
        residues: _class(nodes, g, kernel, residues, strides, first, counts, groups)
        for residues in itertools.product(*map(range, strides))
    }
    apart: list[Size] = [g.shape[0]]
    for count in counts:
        apart += [count, 1]
    blocks = {r: nodes.reshape(part, (*apart, channels)) for r, part in parts.items()}
    for axis in reversed(range(rank)):
        blocks = {
            r: _joined(nodes, [blocks[*r, i] for i in range(strides[axis])], 2 * axis + 2)
            for r in itertools.product(*map(range, strides[:axis]))
        }
    together = [c * s for c, s in zip(counts, strides, strict=True)]
    whole = nodes.reshape(blocks[()], (g.shape[0], *together, channels))
    start = [p - f * s for p, f, s in zip(low, first, strides, strict=True)]
    stop = [b + n for b, n in zip(start, sizes, strict=True)]
    return nodes.sliced(whole, (0, *start, 0), (g.shape[0], *stop, channels), (1,) * (rank + 2))


def _joined(nodes: NodeList, parts: Sequence[Tensor], axis: int) -> Tensor:
    return parts[0] if len(parts) == 1 else nodes.emit("concat", *parts, axis=axis)


def _class(
    nodes: NodeList,
    g: Tensor,
    kernel: Tensor,
    residues: tuple[int, ...],
    strides: tuple[int, ...],
    first: Sequence[int],
    counts: Sequence[int],
    groups: int,
) -> Tensor:
    """The inputs of one class, from number `first` on, `counts` of them."""
    windows = [_known(s) for s in kernel.shape[:-2]]
    taps = [max(0, -(-(w - r) // s)) for w, r, s in zip(windows, residues, strides, strict=True)]
    rank = len(taps)
    channels = _known(kernel.shape[-2]) * groups
    if 0 in taps:  # no weight meets these inputs
        return nodes.zeros(g, (g.shape[0], *counts, channels))
    part = nodes.sliced(kernel, (*residues, 0, 0), kernel.shape, (*strides, 1, 1))
    totals = [c + t - 1 for c, t in zip(counts, taps, strict=True)]
    start = [f - (t - 1) for f, t in zip(first, taps, strict=True)]
    cut = _spread(nodes, g, totals, (1,) * rank, start)
    return _convolved(nodes, cut, part, (1,) * rank, groups)
