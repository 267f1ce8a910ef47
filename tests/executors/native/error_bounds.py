"""How far two right executors may differ: a program run in NumPy with a bound for every element.

Each value comes with the largest difference that roundings can have caused: what its operands'
bounds become through the node, and the node's own rounding (4 ulp for transcendental functions, a
bound for the order of summation in sums and products, nothing for what is exact in IEEE
arithmetic). Where a rounding may have decided a comparison the bound is infinite, so the place is
not compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.executors.reference.executable import REFERENCE, bind
from lamina.ir.dims import Dim
from lamina.ir.program import Node, Program, Tensor, is_batch_dependent

ULPS = 4
_EXACT = set(
    "neg abs not add sub mul maximum minimum sqrt sign floor ceil round remainder floor_divide "
    "and or xor shift_left shift_right eq ne lt le gt ge is_finite select cast "
    "stop_gradient".split()
)
_MOVERS = set(
    "reshape transpose broadcast_to slice reverse concat pool_sum pool_spread pool_max".split()
)
_ORDER = {"eq", "ne", "lt", "le", "gt", "ge", "sign", "floor", "ceil", "round", "floor_divide"}
_WAVES = {"sin", "cos"}
Pair = tuple[np.ndarray, np.ndarray]  # a value and its bound, float64


def run_with_bounds(program: Program, inputs: list[np.ndarray], batch: int) -> list[Pair]:
    """The outputs of a program, each with the bound of its elements."""
    known: dict[Tensor, Pair] = {
        t: (a, _flushed(a)) for t, a in zip(program.inputs, inputs, strict=True)
    }
    with np.errstate(all="ignore"):
        for node in program.nodes:
            operands = [known[o] for o in node.operands]
            how = {k: v for k, v in node.attributes.items() if not is_batch_dependent(v)}
            later = {k: v for k, v in node.attributes.items() if is_batch_dependent(v)}
            known.update(
                zip(
                    node.outputs,
                    _outputs(node, operands, how | bind(later, batch), batch),
                    strict=True,
                )
            )
    return [known[o] for o in program.outputs]


def _outputs(node: Node, operands: list[Pair], how: dict[str, Any], batch: int) -> list[Pair]:
    if node.primitive == "constant":
        value = node.attributes["value"]
        return [(value, _flushed(value))]
    if node.primitive == "scan":
        return _scan(operands, how, batch)
    values = [v for v, _ in operands]
    result = np.asarray(REFERENCE[node.primitive](*values, **how))
    return [(result, _bound(node.primitive, operands, result, how))]


def _scan(operands: list[Pair], how: dict[str, Any], batch: int) -> list[Pair]:
    body, c, k = how["body"], how["constants"], how["carries"]
    carried, rows = operands[c : c + k], []
    turns = range(how["length"])
    for t in reversed(turns) if how["reverse"] else turns:
        slices = [(v[t], e[t]) for v, e in operands[c + k :]]
        inside = [*operands[:c], *carried, *slices]
        results = _from(body, inside, batch)
        carried = results[:k]
        rows.append(results[k:])
    if how["reverse"]:
        rows.reverse()
    stacked = [
        (np.stack([r[i][0] for r in rows]), np.stack([r[i][1] for r in rows]))
        for i in range(len(body.outputs) - k)
    ]
    return [*carried, *stacked]


def _from(body: Program, inside: list[Pair], batch: int) -> list[Pair]:
    known = dict(zip(body.inputs, inside, strict=True))
    for node in body.nodes:
        operands = [known[o] for o in node.operands]
        how = {k: v for k, v in node.attributes.items() if not is_batch_dependent(v)}
        later = {k: v for k, v in node.attributes.items() if is_batch_dependent(v)}
        found = _outputs(node, operands, how | bind(later, batch), batch)
        known.update(zip(node.outputs, found, strict=True))
    return [known[o] for o in body.outputs]


# --- bounds ---


def _unit(dtype: np.dtype) -> float:
    """The largest relative error of one rounding."""
    return float(np.finfo(dtype).eps) / 2 if dtypes.is_float(dtypes.name_of(dtype)) else 0.0


def _tiny(dtype: np.dtype) -> float:
    return float(np.finfo(dtype).tiny)


def _flushed(x: np.ndarray) -> np.ndarray:
    """Bounds of numbers as given: 0, or all of a number below the normal range."""
    bound = np.zeros(x.shape)
    if x.dtype.kind == "f":
        wide = np.abs(x.astype("float64"))
        bound = np.where((wide > 0) & (wide < _tiny(x.dtype)), wide, 0.0)
    return bound


def _apart(a: Any, b: Any) -> np.ndarray:
    """How far numbers are apart: equal ones and two NaNs are not, a NaN and a number infinitely."""
    a, b = np.asarray(a).astype("float64"), np.asarray(b).astype("float64")
    both = np.isnan(a) & np.isnan(b)
    with np.errstate(all="ignore"):
        distance = np.where((a == b) | both, 0.0, np.abs(a - b))
    return np.where(np.isnan(distance), np.inf, distance)


def _bound(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> np.ndarray:
    rule = _RULES.get(primitive)
    if primitive in _MOVERS:
        bound = REFERENCE[primitive](*[e for _, e in operands], **how)
    elif rule is not None:
        bound = rule(primitive, operands, result, how)
    else:
        bound = _elementwise(primitive, operands, result, how)
    bound = np.broadcast_to(np.asarray(bound, "float64"), result.shape)
    bound = np.where(np.isnan(bound), np.inf, np.maximum(bound, 0.0))
    if result.dtype.kind != "f":
        return np.where(bound > 0, np.inf, 0.0)
    size = np.abs(result.astype("float64"))
    if primitive in ("pool_sum", "pool_spread"):
        total = REFERENCE[primitive](*[_finite(v) for v, _ in operands], **how)
        bound = bound + 2 * np.prod(how["window"]) * _unit(result.dtype) * total
        bound = bound + _overflow(result.dtype, total)
    elif primitive not in _EXACT and primitive not in _MOVERS and rule is None:
        bound = bound + 2 * ULPS * _unit(result.dtype) * size
    elif primitive in _EXACT:  # another rounding of what comes with an error
        bound = bound + np.where(bound > 0, 2 * _unit(result.dtype) * size, 0.0)
    if primitive == "lgamma":  # near its zeros
        bound = bound + 64 * _unit(result.dtype) * np.maximum(size, 1.0)
    flushed = primitive not in _MOVERS and (size > 0) & (size <= 4 * _tiny(result.dtype))
    bound = np.where(flushed, bound + 4 * _tiny(result.dtype), bound)
    high = float(np.finfo(result.dtype).max)
    bound = np.where((size + bound > high) & (bound > 0), np.inf, bound)
    return np.where(np.isnan(bound), np.inf, bound)


def _wide(x: np.ndarray) -> np.ndarray:
    return x.astype("float64") if x.dtype.kind == "f" else x


def _elementwise(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    """What the function does to its operands moved by their bounds, one at a time."""
    total = np.zeros(result.shape)
    values = [_wide(v) for v, _ in operands]
    apply = REFERENCE[primitive]
    middle = apply(*values, **how)
    for k, (value, error) in enumerate(operands):
        if not error.any():
            continue
        lost = np.broadcast_to(np.isinf(error), result.shape)
        if value.dtype.kind != "f":
            total = np.where(lost, np.inf, total)
            continue
        if primitive in _WAVES:  # no steeper than 1, and between the ends they go up and down
            moved = np.minimum(error, 2.0)
        else:
            sides = [apply(*values[:k], v, *values[k + 1 :], **how) for v in _sides(value, error)]
            moved = np.maximum.reduce([_apart(side, middle) for side in sides])
        total = total + np.where(lost, np.inf, 2 * moved)
        if primitive in _ORDER:
            total = np.where(moved > 0, np.inf, total)
    if primitive in ("maximum", "minimum"):  # NumPy leaves open which zero they choose
        x, y = np.broadcast_arrays(values[0], values[1])
        zeros = (x == 0) & (y == 0) & (np.signbit(x) != np.signbit(y)) if x.dtype.kind == "f" else 0
        total = total + np.where(zeros, _tiny(np.dtype("float32")), 0.0)
    return total


def _sides(value: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, ...]:
    """The ends of an interval, and the number in it that is nearest to 0, where poles are."""
    wide = value.astype("float64")
    error = np.where(np.isinf(error), 0.0, error)
    low, high = wide - error, wide + error
    return low, high, np.clip(0.0, low, high)


def _compare(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    (x, ex), (y, ey) = operands
    error = ex + ey
    close = _apart(x, y) <= error
    return np.where((error > 0) & (close | np.isinf(error)), np.inf, 0.0)


def _mul(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    (x, ex), (y, ey) = operands
    x, y = np.abs(_wide(x)), np.abs(_wide(y))
    total = np.where(ey > 0, x * ey, 0) + np.where(ex > 0, y * ex, 0)
    return total + np.where((ex > 0) & (ey > 0), ex * ey, 0)


def _select(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    (condition, unsure), (x, ex), (y, ey) = operands
    chosen = np.where(condition, ex, ey)
    return np.where(unsure > 0, np.inf, chosen)


def _fill(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    return REFERENCE["pad"](operands[0][1], **{**how, "value": 0.0})


def _nothing(*_: Any) -> Any:
    return 0.0


def _sum(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    ((x, error),) = operands
    axes = how.get("axes", (how.get("axis"),))
    count = int(np.prod([x.shape[a] for a in axes]))
    size = _finite(x)
    if primitive == "sum":
        parts, errors = size.sum(axes), error.sum(axes)
    else:
        parts, errors = (REFERENCE[primitive](a, **how) for a in (size, error))
    rounding = 2 * max(count - 1, 0) * _unit(x.dtype) * parts
    return errors + rounding + _overflow(x.dtype, parts)


def _overflow(dtype: np.dtype, parts: np.ndarray) -> np.ndarray:
    """Nothing is known of a sum whose finite parts could overflow on the way."""
    if dtype.kind != "f":
        return np.zeros(parts.shape)
    return np.where(parts > np.finfo(dtype).max / 2, np.inf, 0.0)


def _finite(x: np.ndarray) -> np.ndarray:
    """The sizes of numbers, without infinities and NaNs: those travel the same in any order."""
    size = np.abs(_wide(x))
    return np.where(np.isfinite(size), size, 0.0) if size.dtype.kind == "f" else size


def _prod(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    ((x, error),) = operands
    axes = how.get("axes", (how.get("axis"),))
    count = int(np.prod([x.shape[a] for a in axes]))
    size = np.abs(_wide(x))
    spread = (size + error).prod(axes) - size.prod(axes)
    return spread * 2 + 4 * count * _unit(x.dtype) * np.abs(result.astype("float64"))


def _extreme(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    ((x, error),) = operands
    worst = error.max(how["axes"], initial=0.0)
    zeros = np.where(result == 0, _tiny(np.dtype("float32")), 0.0) if x.dtype.kind == "f" else 0
    return worst + zeros


def _place(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    ((x, error),) = operands
    return np.where(error.max(how["axis"], initial=0.0) > 0, np.inf, 0.0)


def _order(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    return np.full(result.shape, np.inf if operands[0][1].any() else 0.0)


def _gather(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    (_, error), (indices, unsure) = operands
    total = np.take(error, indices, how["axis"])
    return total + (np.inf if unsure.any() else 0.0)


def _scatter(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    (base, error), (indices, unsure), (updates, moved) = operands
    if unsure.any():
        return np.full(result.shape, np.inf)
    total = REFERENCE["scatter"](error, indices, moved, mode="add")
    if how["mode"] == "add":
        parts = REFERENCE["scatter"](_finite(base), indices, _finite(updates), mode="add")
        total = total + 2 * indices.size * _unit(base.dtype) * parts + _overflow(base.dtype, parts)
    return total


def _product(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    apply = REFERENCE[primitive]
    (x, ex), (y, ey) = operands
    count = max(1, _terms(primitive, operands, result, how))
    size_x, size_y = _finite(x), _finite(y)
    if x.dtype.kind != "f":
        return np.inf if ex.any() or ey.any() else 0.0
    parts = apply(size_x, size_y, **how)
    total = (2 * count + 4) * _unit(x.dtype) * parts + _overflow(x.dtype, parts)
    total = total + count * _tiny(x.dtype)  # unfinished sums below the normal range count as 0
    if ex.any() or ey.any():
        total = total + 2 * (apply(size_x + ex, size_y + ey, **how) - parts)
    return total


def _terms(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> int:
    """At most how many products one element is a sum of."""
    x, y = operands[0][0], operands[1][0]
    if primitive == "dot":
        return int(np.prod([x.shape[a] for a in how["contract"][0]]))
    if primitive == "conv_kernel_gradient":
        return int(np.prod(y.shape[:-1]))
    return int(np.prod(y.shape[:-1]))


def _pool_choice(primitive: str, operands: list[Pair], result: np.ndarray, how: Any) -> Any:
    (x, error), (t, moved) = operands
    unsure = np.inf if error.any() else 0.0
    total = REFERENCE[primitive](x, _finite(t), **how)
    carried = REFERENCE[primitive](x, moved, **how)
    count = int(np.prod(how["window"]))
    return carried + unsure + 2 * count * _unit(x.dtype) * total + _overflow(x.dtype, total)


_RULES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), _compare),
    "mul": _mul,
    "select": _select,
    "pad": _fill,
    "iota": _nothing,
    "dim_size": _nothing,
    "sum": _sum,
    "cumsum": _sum,
    "prod": _prod,
    "reduce_max": _extreme,
    "reduce_min": _extreme,
    "argmax": _place,
    "argmin": _place,
    "argsort": _order,
    "gather": _gather,
    "scatter": _scatter,
    **dict.fromkeys(("dot", "conv", "conv_input_gradient", "conv_kernel_gradient"), _product),
    "pool_select": _pool_choice,
    "pool_scatter": _pool_choice,
}


def assert_close(got: np.ndarray, want: Pair, note: str) -> None:
    """Compare a result with the expected one, element by element.

    Args:
        got: what an executor gave.
        want: the reference's value and its bound.
        note: what a failure prints.
    """
    value, bound = want
    assert got.shape == value.shape and got.dtype == value.dtype, note
    distance = _apart(got, value)
    wrong = ~(distance <= bound)
    if wrong.any():
        at = tuple(np.argwhere(wrong)[0])
        raise AssertionError(
            f"{note}\n{int(wrong.sum())} of {wrong.size} differ, first at {tuple(map(int, at))}: "
            f"{got[at]!r}, not {value[at]!r}; {distance[at]:.3g} apart, {bound[at]:.3g} allowed"
        )


def batch_of(size: Any, batch: int) -> int:
    """A size for a batch size."""
    return size.at(batch) if isinstance(size, Dim) else size
