"""Samples of primitives that move elements, and of linear algebra."""

from __future__ import annotations

import numpy as np

from primitive_samples.base import BATCH, Sample, numbers, strided, whole

_X = numbers("shaping", (3, 4, 2))
_NONE = (0, 0, 0)


def _slice(label: str, x: np.ndarray, start: tuple, stop: tuple, step: tuple, **more) -> Sample:
    return Sample(label, (x,), {"start": start, "stop": stop, "step": step}, **more)


def _pad(label: str, x: np.ndarray, low: tuple, high: tuple, interior: tuple, **more) -> Sample:
    how = {"low": low, "high": high, "interior": interior, "value": 0.5}
    return Sample(label, (x,), how, **more)


_WELL = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.4], [0.5, -0.4, 5.0]])  # positive definite
_STACK = np.stack([_WELL, _WELL + np.eye(3)])

SHAPING_SAMPLES: dict[str, list[Sample]] = {
    "constant": [
        Sample("float", (), {"value": numbers("constant", (2, 3))}),
        Sample("int", (), {"value": whole(1, 2, 3)}),
    ],
    "iota": [
        Sample("first", (), {"shape": (3, 2), "axis": 0, "dtype": "int32"}),
        Sample("last", (), {"shape": (3, 2), "axis": 1, "dtype": "float64"}),
        Sample("empty", (), {"shape": (0, 2), "axis": 1, "dtype": "int32"}),
    ],
    "dim_size": [Sample("number", (), {"dim": 5, "dtype": "int32"})],
    "reshape": [
        Sample("flat", (_X,), {"shape": (BATCH, 8)}, batch=(0,)),
        Sample("merged", (_X,), {"shape": (BATCH * 4, 2)}, batch=(0,)),
        Sample("strided", (strided(_X),), {"shape": (2, 12)}),
        Sample("to scalar", (np.ones((1, 1)),), {"shape": ()}),
        Sample("empty", (np.zeros((0, 3)),), {"shape": (3, 0)}),
    ],
    "transpose": [
        Sample("swap", (_X,), {"permutation": (0, 2, 1)}, batch=(0,)),
        Sample("turn", (_X,), {"permutation": (1, 2, 0)}, batch=(0,)),
        Sample("scalar", (np.array(1.5),), {"permutation": ()}),
    ],
    "broadcast_to": [
        Sample("front", (_X[0, 0],), {"shape": (3, 2)}),
        Sample("batch", (_X[:, :1],), {"shape": (BATCH, 4, 2)}, batch=(0,)),
        Sample("scalar", (np.array(1.5),), {"shape": (2, 3)}),
        Sample("to empty", (np.ones((1, 2)),), {"shape": (0, 2)}),
    ],
    "concat": [
        Sample("last", (_X, _X[..., :1] + 9), {"axis": 2}, batch=(0, 1)),
        Sample("rows", (_X, _X[:2] * 3), {"axis": 0}),
        Sample("one", (_X,), {"axis": 1}, batch=(0,)),
        Sample("with an empty one", (_X, np.zeros((3, 0, 2)), _X), {"axis": 1}),
    ],
    "pad": [
        _pad("around", _X, (0, 1, 0), (0, 2, 1), _NONE, batch=(0,)),
        _pad("between", _X, (0, 0, 1), (0, 0, 0), (0, 2, 1), batch=(0,)),
        _pad("rows", _X, (1, 0, 0), (2, 0, 0), (1, 0, 0)),
        _pad("empty", np.zeros((0, 2)), (1, 0), (1, 1), (3, 1)),
        _pad("int", whole(1, 2), (1,), (0,), (1,)),
    ],
    "slice": [
        _slice("inside", _X, (0, 1, 0), (BATCH, 3, 1), (1, 1, 1), batch=(0,)),
        _slice("not the first row", _X, (1, 0, 0), (BATCH, 4, 2), (1, 1, 1), batch=(0,)),
        _slice("steps", _X, (0, 0, 1), (3, 4, 2), (2, 3, 1)),
        _slice("steps that do not reach the end", numbers("s", (8,)), (1,), (8,), (3,)),
        _slice("nothing", _X, (0, 2, 0), (3, 2, 2), (1, 1, 1)),
        _slice("nothing in steps", _X, (0, 2, 0), (3, 2, 2), (1, 3, 1)),
        _slice("bool", np.array([True, False]), (1,), (2,), (1,)),
    ],
    "reverse": [
        Sample("one", (_X,), {"axes": (1,)}, batch=(0,)),
        Sample("two", (_X,), {"axes": (0, 2)}, batch=(0,)),
        Sample("none", (_X,), {"axes": ()}),
    ],
    "inverse": [Sample("one", (_WELL,)), Sample("stack", (_STACK,), batch=(0,))],
    "cholesky": [
        Sample("one", (_WELL,), smooth=False),
        Sample("stack", (_STACK,), batch=(0,), smooth=False),
    ],
    "solve": [
        Sample("one", (_WELL, numbers("b", (3, 2)))),
        Sample("stack", (_STACK, numbers("b", (2, 3, 1))), batch=(0, 1)),
    ],
    "determinant": [Sample("one", (_WELL,)), Sample("stack", (_STACK,), batch=(0,))],
}
