"""Samples of indexing, loops and functions with a gradient of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.builder import current_builder
from lamina.transforms.emit import add, emit, mul
from primitive_samples.base import BATCH, Sample, body, numbers, strided, whole

_X = numbers("indexing", (3, 4, 2))


def _gather(label: str, x: np.ndarray, indices: np.ndarray, axis: int, **more: Any) -> Sample:
    return Sample(label, (x, indices), {"axis": axis}, **more)


def _scatter(label: str, base: tuple, indices: np.ndarray, mode: str, **more: Any) -> Sample:
    operands = (numbers(label, base), indices, numbers(mode, (*indices.shape, *base[1:]), -3, 3))
    return Sample(label, operands, {"mode": mode}, **more)


def _scatters(mode: str) -> list[Sample]:
    return [
        _scatter("rows", (4, 2), whole(2, 0), mode),
        _scatter("repeated", (4, 2), whole(1, 3, 1, 1), mode),
        _scatter("matrix of places", (4,), whole(1, 2, 2, 0).reshape(2, 2), mode),
        _scatter("one place", (3, 2), np.array(1), mode),
        _scatter("nowhere", (3, 2), np.zeros((0,), "int32"), mode),
        _scatter("batch", (4, 2), whole(1, 3, 1), mode, batch=(1, 2)),
    ]


def _tie(mode: str) -> Sample:
    operands = (np.array([1.0, 5.0]), whole(0), np.array([1.0]))
    return Sample("tie", operands, {"mode": mode}, second=False)


INDEXING_SAMPLES: dict[str, list[Sample]] = {
    "gather": [
        _gather("rows", _X, whole(2, 0, 2), 0),
        _gather("columns", _X, whole(1, 1, 3), 1, batch=(0,)),
        _gather("last", strided(_X), whole(1), 2),
        _gather("matrix of places", _X, whole(0, 1, 2, 3).reshape(2, 2), 1),
        _gather("one place", _X, np.array(1), 1),
        _gather("nowhere", _X, np.zeros((0,), "int64"), 0),
        _gather("embedding", numbers("table", (5, 2)), whole(4, 0, 4), 0, batch=(1,)),
        _gather("int", whole(5, 6, 7), whole(2, 1), 0),
    ],
    "scatter": [s for mode in ("add", "set", "max", "min") for s in _scatters(mode)]
    + [_tie("max"), _tie("min")],
}

_ROW = ((2,), "float64")


def _scan(
    label: str, operands: tuple, program: Any, constants: int, carries: int, **more
) -> Sample:
    length = more.pop("length", 4)
    how = {"body": program, "constants": constants, "carries": carries, "length": length}
    reverse = more.pop("reverse", False)
    return Sample(label, operands, {**how, "reverse": reverse}, **more)


def _recurrent(w, h, x):
    new = emit("tanh", add(mul(w, h), x))
    return [new, mul(new, x)]


def _counting(h, n, x):
    rest = emit("cast", n, dtype="float64")
    return [add(mul(h, 0.5), mul(x, rest)), add(n, 1), n]


def _product(x):
    return [mul(x, x), emit("exp", x)]


def _nested(h, x):
    inner = body(lambda c, s: [mul(c, s)], ((), "float64"), ((), "float64"))
    how = {"constants": 0, "carries": 1, "length": 2, "reverse": True, "body": inner}
    (total,) = emit("scan", current_builder().constant(1.0, "float64"), x, **how)
    return [add(mul(h, 0.7), total)]


_W, _H, _S = numbers("w", (2,)), numbers("h", (2,)), numbers("s", (4, 2))
_BATCHED = ((BATCH, 2), "float64")


def _while() -> list[Sample]:
    condition = body(lambda limit, i, x: [emit("lt", i, limit)], *[((), "int32")] * 2, _ROW)
    step = body(lambda w, i, x: [add(i, 1), mul(x, w)], _ROW, ((), "int32"), _ROW)
    counts = {"condition_constants": 1, "body_constants": 1}
    how = {"condition": condition, "body": step, **counts}
    three, none = np.array(3, "int32"), np.array(0, "int32")
    return [
        Sample("three times", (three, _W, none, _H), how, smooth=False),
        Sample("never", (none, _W, none, _H), how, smooth=False),
    ]


CONTROL_SAMPLES: dict[str, list[Sample]] = {
    "scan": [
        _scan("recurrent", (_W, _H, _S), body(_recurrent, _ROW, _ROW, _ROW), 1, 1),
        _scan("reverse", (_W, _H, _S), body(_recurrent, _ROW, _ROW, _ROW), 1, 1, reverse=True),
        _scan(
            "integer carry",
            (_H, np.array(1, "int32"), _S),
            body(_counting, _ROW, ((), "int32"), _ROW),
            0,
            2,
        ),
        _scan("no carry", (_S,), body(_product, _ROW), 0, 0),
        _scan("no step", (_W, _H, _S[:0]), body(_recurrent, _ROW, _ROW, _ROW), 1, 1, length=0),
        _scan("nested", (np.array(0.3), _S), body(_nested, ((), "float64"), _ROW), 0, 1),
        _scan(
            "batch",
            (_W, numbers("hb", (3, 2)), _S),
            body(_recurrent, _ROW, _BATCHED, _ROW),
            1,
            1,
            batch=(1,),
        ),
    ],
    "while": _while(),
    "custom_gradient": [
        Sample(
            "true rule",
            (_H * _H, _H, 2 * _H),
            {"outputs": 1, "sources": (1,), "rule": body(lambda g, x: [mul(g, x)], _ROW, _ROW)},
            smooth=False,
        )
    ],
}
