"""Samples of reductions, running totals and orders: ties, zeros, empty axes, axes of size 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from primitive_samples.base import Sample, numbers, strided, whole

_X = numbers("reduction", (3, 4, 2))


def _axes(empty: bool = True) -> list[Sample]:
    samples = [
        Sample("last", (_X,), {"axes": (2,)}, batch=(0,)),
        Sample("first", (_X,), {"axes": (0,)}),
        Sample("two", (_X,), {"axes": (0, 2)}),
        Sample("all", (_X,), {"axes": (0, 1, 2)}),
        Sample("none", (_X,), {"axes": ()}, batch=(0,)),
        Sample("size 1", (_X[:, :1],), {"axes": (1,)}, batch=(0,)),
        Sample("strided", (strided(_X),), {"axes": (1,)}),
        Sample("int", (whole(3, -1, 2),), {"axes": (0,)}),
        Sample("bool", (np.array([[True, False], [True, True]]),), {"axes": (1,)}),
        Sample("empty rows", (np.zeros((0, 3)),), {"axes": (1,)}),
    ]
    if empty:
        samples.append(Sample("empty axis", (np.zeros((2, 0, 3)),), {"axes": (1,)}, smooth=False))
    return samples


def _zeros(**attributes: Any) -> list[Sample]:
    one, two = np.array([[2.0, 0.0, 3.0, -1.0]]), np.array([[2.0, 0.0, 0.0, -1.0]])
    return [Sample("one zero", (one,), attributes), Sample("two zeros", (two,), attributes)]


_TIE = Sample("tie", (np.array([[1.0, 3.0, 3.0], [2.0, 2.0, -1.0]]),), {"axes": (1,)}, second=False)
_TIED_LOW = Sample("tie", (np.array([[1.0, 1.0, 3.0]]),), {"axes": (1,)}, second=False)
_NAN = Sample("nan", (np.array([[1.0, np.nan], [0.0, 1.0]]),), {"axes": (1,)}, smooth=False)


def _along(**more: Any) -> list[Sample]:
    return [
        Sample("last", (_X,), {"axis": 2, **more}, batch=(0,)),
        Sample("middle", (strided(_X),), {"axis": 1, **more}),
        Sample("first", (_X[:, 0],), {"axis": 0, **more}),
        Sample("size 1", (_X[:, :1],), {"axis": 1, **more}, batch=(0,)),
        Sample("ties", (np.array([2.0, 1.0, 2.0, 1.0]),), {"axis": 0, **more}),
        Sample("int", (whole(3, 1, 3, -2),), {"axis": 0, **more}),
        Sample("empty rows", (np.zeros((0, 3)),), {"axis": 1, **more}),
    ]


REDUCTION_SAMPLES: dict[str, list[Sample]] = {
    "sum": _axes(),
    "prod": [*_axes(), *_zeros(axes=(1,))],
    "reduce_max": [*_axes(), _TIE, _NAN],
    "reduce_min": [*_axes(), _TIED_LOW, _NAN],
    "argmax": _along(),
    "argmin": _along(),
    "argsort": [*_along(descending=False), *_along(descending=True)],
    "cumsum": [*_along(reverse=False), *_along(reverse=True)],
    "cumprod": [
        *_along(reverse=False),
        *_along(reverse=True),
        *_zeros(axis=1, reverse=False),
        *_zeros(axis=1, reverse=True),
    ],
}
