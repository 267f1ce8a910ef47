"""Samples of products, convolutions and pooling."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from primitive_samples.base import BATCH, Sample, numbers, strided, whole


def _dot(label: str, x: tuple, y: tuple, contract: tuple, together: tuple, **more: Any) -> Sample:
    operands = (numbers(label + "x", x), numbers(label + "y", y))
    return Sample(label, operands, {"contract": contract, "batch": together}, **more)


_NOBATCH = ((), ())
_DOTS = [
    _dot("matrices", (3, 4), (4, 2), ((1,), (0,)), _NOBATCH, batch=(0,)),
    _dot("transposed", (4, 3), (2, 4), ((0,), (1,)), _NOBATCH),
    _dot("rows", (3, 2), (3, 4), ((0,), (0,)), _NOBATCH, batch=(0, 1)),
    _dot("outer", (3,), (4,), _NOBATCH, _NOBATCH, batch=(0,)),
    _dot("inner", (4,), (4,), ((0,), (0,)), _NOBATCH),
    _dot("two axes crossed", (3, 2, 4), (4, 5, 2), ((1, 2), (2, 0)), _NOBATCH, batch=(0,)),
    _dot("batch first", (3, 2, 4), (3, 4, 2), ((2,), (1,)), ((0,), (0,)), batch=(0, 1)),
    _dot("batch elsewhere", (2, 3, 4), (4, 2, 5), ((2,), (0,)), ((0,), (1,))),
    _dot("two batches", (3, 2, 4), (2, 3, 4), ((2,), (2,)), ((0, 1), (1, 0))),
    _dot("everything", (2, 3, 4, 2), (4, 2, 3, 2), ((2, 1), (0, 2)), ((3,), (1,))),
    _dot("nothing to sum", (3, 0), (0, 2), ((1,), (0,)), _NOBATCH),
    _dot("no rows", (0, 3), (3, 2), ((1,), (0,)), _NOBATCH),
    Sample(
        "strided",
        (strided(numbers("dx", (3, 4))), strided(numbers("dy", (4, 2)))),
        {"contract": ((1,), (0,)), "batch": _NOBATCH},
    ),
    Sample(
        "int",
        (whole(1, 2, 3), whole(4, 5, 6)),
        {"contract": ((0,), (0,)), "batch": _NOBATCH},
    ),
]

# (input space, channels, window, filters, strides, padding, dilation, groups)
_CONVOLUTIONS = {
    "1-D": ((5,), 2, (3,), 2, (1,), ((0, 0),), (1,), 1),
    "uneven padding": ((5,), 1, (2,), 2, (1,), ((0, 1),), (1,), 1),
    "last column unused": ((6,), 2, (3,), 1, (2,), ((0, 0),), (1,), 1),
    "dilated": ((7,), 1, (3,), 2, (1,), ((1, 2),), (2,), 1),
    "stride over the window": ((7,), 1, (2,), 1, (3,), ((0, 0),), (1,), 1),
    "2-D": ((4, 5), 2, (2, 3), 2, (2, 1), ((0, 1), (1, 1)), (1, 1), 1),
    "groups": ((4,), 4, (2,), 6, (1,), ((0, 0),), (1,), 2),
    "depthwise": ((3, 3), 2, (2, 2), 4, (1, 1), ((0, 1), (0, 1)), (1, 1), 2),
    "3-D": ((3, 2, 2), 1, (2, 2, 1), 2, (1, 1, 1), ((0, 0), (1, 0), (0, 0)), (1, 1, 1), 1),
    "does not fit": ((2,), 1, (3,), 1, (1,), ((0, 0),), (1,), 1),
}


def _size(n: int, k: int, s: int, p: tuple[int, int], d: int) -> int:
    return max(0, (n + sum(p) - d * (k - 1) - 1) // s + 1)


def _conv(kind: str) -> list[Sample]:
    samples = []
    for label, (space, channels, window, filters, s, p, d, groups) in _CONVOLUTIONS.items():
        x = numbers(label, (2, *space, channels))
        kernel = numbers(label + "k", (*window, channels // groups, filters))
        out = tuple(itertools.starmap(_size, zip(space, window, s, p, d, strict=True)))
        g = numbers(label + "g", (2, *out, filters))
        how: dict[str, Any] = {"strides": s, "padding": p, "dilation": d, "groups": groups}
        if kind == "conv":
            samples.append(Sample(label, (x, kernel), how, batch=(0,)))
        elif kind == "conv_input_gradient":
            how["shape"] = (BATCH, *x.shape[1:])
            samples.append(Sample(label, (g, kernel), how, batch=(0,)))
        else:
            how["shape"] = kernel.shape
            samples.append(Sample(label, (x, g), how, batch=(0, 1)))
    return samples


# (input space, window, strides, padding)
_POOLS = {
    "1-D": ((6,), (2,), (2,), ((0, 0),)),
    "overlapping": ((5,), (3,), (1,), ((0, 0),)),
    "padded": ((5,), (2,), (2,), ((0, 1),)),
    "2-D": ((3, 4), (2, 2), (1, 2), ((1, 0), (0, 0))),
    "gaps": ((7,), (2,), (3,), ((0, 0),)),
}


def _pool(kind: str) -> list[Sample]:
    samples = []
    for label, (space, window, s, p) in _POOLS.items():
        x, t = numbers(label, (2, *space, 2)), numbers(label + "t", (2, *space, 2))
        sizes = zip(space, window, s, p, (1,) * len(space), strict=True)
        g = numbers(label + "g", (2, *itertools.starmap(_size, sizes), 2))
        how: dict[str, Any] = {"window": window, "strides": s, "padding": p}
        operands = {"pool_select": (x, t), "pool_scatter": (x, g), "pool_spread": (g,)}
        given = operands.get(kind, (x,))
        if kind == "pool_spread":
            how["shape"] = (BATCH, *x.shape[1:])
        samples.append(Sample(label, given, how, batch=tuple(range(len(given)))))
    return samples


_POOL = {"window": (2,), "strides": (2,), "padding": ((0, 0),)}
CONTRACTION_SAMPLES: dict[str, list[Sample]] = {
    "dot": _DOTS,
    **{n: _conv(n) for n in ("conv", "conv_input_gradient", "conv_kernel_gradient")},
    **{n: _pool(n) for n in ("pool_max", "pool_select", "pool_scatter", "pool_sum", "pool_spread")},
}
CONTRACTION_SAMPLES["pool_max"] += [
    Sample("tie", (np.ones((1, 4, 1)),), _POOL, smooth=False),
    Sample("nan", (np.array([1, np.nan, 2, 3.0]).reshape(1, 4, 1),), _POOL, smooth=False),
    Sample("int", (whole(1, 4, -3, -2).reshape(1, 4, 1),), _POOL),
]
