"""Samples of element-wise primitives: plain, at 0, at ties, empty, broadcast, strided."""

from __future__ import annotations

import numpy as np

from primitive_samples.base import Sample, numbers, strided, whole

# Where each function of one float is defined and smooth.
DOMAINS = {
    **dict.fromkeys("exp expm1 sin cos atan sinh cosh tanh asinh erf logistic".split(), (-2, 2)),
    "log": (0.1, 3),
    "log1p": (-0.9, 3),
    "sqrt": (0.1, 3),
    "tan": (-1.3, 1.3),
    "asin": (-0.9, 0.9),
    "acos": (-0.9, 0.9),
    "atanh": (-0.9, 0.9),
    "acosh": (1.2, 4),
    "erf_inv": (-0.95, 0.95),
    "lgamma": (0.2, 6),
    "neg": (-2, 2),
    "abs": (0.5, 2),
    "sign": (0.5, 2),
    "floor": (0.1, 0.9),
    "ceil": (0.1, 0.9),
    "round": (0.1, 0.4),
    "is_finite": (-2, 2),
    "stop_gradient": (-2, 2),
}
EDGES = {  # further points, where a rule has to decide something or a function is hard
    "abs": ([0.0, -1.5], False),
    "sign": ([0.5, -2.0], True),
    "tanh": ([0.0, 12.0], True),
    "logistic": ([-40.0, 40.0], True),
    "expm1": ([1e-9, 0.0], True),
    "log1p": ([1e-9, 0.0], True),
    "lgamma": ([-0.5, -2.7, 1.0, 2.0, 30.0], True),
    "erf": ([0.46, 0.47, 3.9, 4.1, -5.0], True),
    "erf_inv": ([0.0, 0.98], True),
    "floor": ([-1.5, 2.5], True),
    "round": ([-1.2, 2.7], True),
    "sqrt": ([0.05, 100.0], True),
}


def _unary(name: str, low: float, high: float) -> list[Sample]:
    x = numbers(name, (3, 4), low, high)
    samples = [
        Sample("plain", (x,), batch=(0,)),
        Sample("strided", (strided(x),)),
        Sample("scalar", (np.array((low + high) / 2 + 0.01),)),
        Sample("empty", (np.zeros((0, 3)),)),
    ]
    if name in EDGES:
        points, second = EDGES[name]
        samples.append(Sample("edges", (np.array(points),), second=second))
    return samples


def _pairs(name: str, low: float = 0.5, high: float = 2.0) -> list[Sample]:
    x, y = numbers(name + "x", (3, 4), low, high), numbers(name + "y", (3, 4), low, high + 0.1)
    return [
        Sample("plain", (x, y), batch=(0, 1)),
        Sample("row", (x, y[0]), batch=(0,)),
        Sample("column", (x[:, :1], y[:1])),
        Sample("one with all", (x, np.full((1, 1), 1.3)), batch=(0,)),
        Sample("scalar", (np.array(1.4), y)),
        Sample("strided", (strided(x), y)),
        Sample("empty", (np.zeros((0, 4)), y[:1])),
    ]


def _integers(*values: int, other: tuple[int, ...], dtype: str = "int32") -> Sample:
    return Sample(f"{dtype}", (whole(*values, dtype=dtype), whole(*other, dtype=dtype)))


def _tie(*x: float, other: tuple[float, ...]) -> Sample:
    return Sample("tie", (np.array(x), np.array(other)), second=False)


_WHOLE = [
    _integers(7, -7, 0, 3, other=(2, 2, 5, 1)),
    _integers(7, 200, 0, 3, other=(2, 100, 5, 1), dtype="uint8"),
]
_BITS = [
    _integers(12, 7, 0, 255, other=(10, 1, 3, 4)),
    _integers(2**31, 2**32 - 1, other=(5, 31), dtype="uint32"),
]
_BOOLS = Sample("bool", (np.array([True, False, True]), np.array([True, True, False])))
_NAN = Sample("nan", (np.array([np.nan, 1.0, np.inf]), np.array([1.0, np.nan, 1.0])), smooth=False)

ELEMENTWISE_SAMPLES: dict[str, list[Sample]] = {
    **{name: _unary(name, *domain) for name, domain in DOMAINS.items()},
    "not": [
        Sample("bool", (np.array([True, False]),), batch=(0,)),
        Sample("int", (whole(5, -1, 0),)),
    ],
    **{name: [*_pairs(name), *_WHOLE] for name in ("add", "sub", "mul")},
    "div": [*_pairs("div"), Sample("by 0", (np.array([1.0, 0]), np.zeros(2)), smooth=False)],
    "pow": [
        *_pairs("pow"),
        Sample("base 0", (np.zeros(3), np.array([1.0, 2.0, 3.0])), smooth=False),
        Sample("negative base", (np.array([-1.5, -2.0]), np.array([2.0, 3.0])), smooth=False),
        _integers(2, -3, 0, 7, other=(3, 2, 0, 1)),
        _integers(2, -1, 1, -1, other=(-1, -3, -2, -2)),
    ],
    "maximum": [*_pairs("maximum"), _tie(1.0, 0.0, -2.0, other=(1.0, 0.0, -2.0)), _NAN, *_WHOLE],
    "minimum": [*_pairs("minimum"), _tie(1.0, 0.0, -2.0, other=(1.0, 0.0, -2.0)), _NAN, *_WHOLE],
    "remainder": [
        Sample("plain", (np.array([5.3, -5.3, 0.4]), np.array([2.0, 2.0, -3.0])), batch=(0, 1)),
        _integers(7, -7, 7, -7, other=(3, 3, -3, -3)),
    ],
    "floor_divide": [
        Sample("plain", (np.array([5.3, -5.3, 0.4]), np.array([2.0, 2.0, 3.0])), batch=(0, 1)),
        _integers(7, -7, 7, -7, other=(3, 3, -3, -3)),
    ],
    "atan2": [
        *_pairs("atan2"),
        Sample("all quadrants", (np.array([1.0, -1, 1, -1]), np.array([1.0, 1, -1, -1]))),
    ],
    **{name: [_BOOLS, *_BITS] for name in ("and", "or", "xor")},
    **{name: list(_BITS) for name in ("shift_left", "shift_right")},
    **{
        name: [*_pairs(name), Sample("equal", (np.ones(2), np.ones(2))), _NAN, *_WHOLE, _BOOLS]
        for name in ("eq", "ne", "lt", "le", "gt", "ge")
    },
    "select": [
        Sample(
            "plain",
            (np.array([[True], [False], [True]]), numbers("a", (3, 2)), numbers("b", (2,))),
            batch=(0, 1),
        ),
        Sample("int", (np.array([True, False]), whole(1, 2), whole(3, 4))),
    ],
    "cast": [
        Sample("to itself", (numbers("cast", (3, 2)),), {"dtype": "float64"}, batch=(0,)),
        Sample("to int", (np.array([1.7, -1.7, 0.2]),), {"dtype": "int32"}),
        Sample("to bool", (np.array([0.0, -1.5]),), {"dtype": "bool"}),
        Sample("from int", (whole(1, -2),), {"dtype": "float32"}),
        Sample("from bool", (np.array([True, False]),), {"dtype": "int8"}),
    ],
    "polygamma": [
        Sample("digamma", (np.array([0.3, 1.0, 5.5, 20.0, -0.4]),), {"order": 0}, batch=(0,)),
        Sample("trigamma", (np.array([0.3, 1.0, 5.5, -1.3]),), {"order": 1}),
        Sample("order 2", (np.array([0.6, 2.5, -0.4]),), {"order": 2}),
    ],
}
ELEMENTWISE_SAMPLES["is_finite"].append(Sample("not", (np.array([np.nan, np.inf, 1.0]),)))
for _name in ("neg", "abs", "sign", "floor", "ceil", "round"):
    ELEMENTWISE_SAMPLES[_name].append(Sample("int", (whole(3, -2, 0),)))
