"""Primitives that move elements, reduce, index, and factor matrices, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, message

_SINGLE = np.dtype("float32")


def _iota(shape: tuple[int, ...], axis: int, dtype: str) -> np.ndarray:
    line = np.arange(shape[axis], dtype=dtypes.to_numpy(dtype))
    ones = [1] * len(shape)
    ones[axis] = -1
    return np.broadcast_to(line.reshape(ones), shape)


def _pad(x: np.ndarray, low: tuple, high: tuple, interior: tuple, value: Any) -> np.ndarray:
    shape = [
        size + max(size - 1, 0) * between + before + after
        for size, before, after, between in zip(x.shape, low, high, interior, strict=True)
    ]
    out = np.full(shape, value, x.dtype)
    inside = tuple(
        slice(before, before + max(size - 1, 0) * (between + 1) + (size > 0), between + 1)
        for size, before, between in zip(x.shape, low, interior, strict=True)
    )
    out[inside] = x
    return out


def _slice(x: np.ndarray, start: tuple, stop: tuple, step: tuple) -> np.ndarray:
    return x[tuple(map(slice, start, stop, step))]


def _concat(*operands: np.ndarray, axis: int) -> np.ndarray:
    return np.concatenate(operands, axis)


def _accumulator(dtype: np.dtype) -> np.dtype:
    """Sums of half precision accumulate in float32; every other dtype in itself."""
    return _SINGLE if dtype.itemsize <= 2 and dtype.kind not in "iub" else dtype


def _in_single(fn: Callable) -> Callable[..., np.ndarray]:
    def run(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        wide = _accumulator(x.dtype)
        result = fn(x, axis=axes, dtype=wide)
        return result if wide is x.dtype else result.astype(x.dtype)

    return run


def _extreme(fn: Callable, worst: Callable[[np.dtype], Any]) -> Callable[..., np.ndarray]:
    """Maximum or minimum; of no elements at all, the least or greatest value of the dtype."""

    def run(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        if x.size == 0:
            return fn(x, axis=axes, initial=worst(x.dtype))
        return fn(x, axis=axes)

    return run


def lowest(dtype: np.dtype) -> Any:
    """The least value of a dtype: -inf, the least integer, or False."""
    if dtype.kind == "b":
        return False
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


def highest(dtype: np.dtype) -> Any:
    """The greatest value of a dtype."""
    if dtype.kind == "b":
        return True
    return np.iinfo(dtype).max if dtype.kind in "iu" else np.inf


def _running(fn: Callable) -> Callable[..., np.ndarray]:
    def run(x: np.ndarray, axis: int, reverse: bool) -> np.ndarray:
        wide = _accumulator(x.dtype)
        if reverse:
            return np.flip(fn(np.flip(x, axis), axis=axis, dtype=wide), axis).astype(x.dtype)
        return fn(x, axis=axis, dtype=wide).astype(x.dtype, copy=False)

    return run


def _argsort(x: np.ndarray, axis: int, descending: bool) -> np.ndarray:
    if not descending:
        return np.argsort(x, axis=axis, kind="stable").astype("int32")
    order = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - order, axis).astype("int32")


def _arg(fn: Callable) -> Callable[..., np.ndarray]:
    return lambda x, axis: np.asarray(fn(x, axis=axis)).astype("int32")


def _check_range(what: str, indices: np.ndarray, size: int) -> None:
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        worst = indices.max() if indices.max() >= size else indices.min()
        raise ArgumentError(
            message(
                f"{what}: an index is out of range.",
                received=int(worst),
                required=f"0 <= index < {size}",
            )
        )


def _gather(x: np.ndarray, indices: np.ndarray, axis: int, label: str = "") -> np.ndarray:
    _check_range(label or "take", indices, x.shape[axis])
    return np.take(x, indices, axis)


_SCATTER = {"add": np.add.at, "max": np.maximum.at, "min": np.minimum.at}


def _scatter(base: np.ndarray, indices: np.ndarray, updates: np.ndarray, mode: str) -> np.ndarray:
    _check_range("scatter", indices, base.shape[0])
    out = base.copy()
    if mode == "set":
        out[indices] = updates
    else:
        _SCATTER[mode](out, indices, updates)
    return out


def _wide(fn: Callable) -> Callable[..., np.ndarray]:
    """LAPACK knows float32 and float64 only."""

    def run(*operands: np.ndarray) -> np.ndarray:
        dtype = operands[0].dtype
        if dtype.kind == "c" or dtype.itemsize >= 4:
            return fn(*operands)
        return fn(*(o.astype("float32") for o in operands)).astype(dtype)

    return run


SHAPING: dict[str, Callable[..., Any]] = {
    "constant": lambda value: value,
    "iota": _iota,
    "dim_size": lambda dim, dtype: np.asarray(dim, dtypes.to_numpy(dtype)),
    "reshape": lambda x, shape: np.reshape(x, shape),
    "transpose": lambda x, permutation: np.transpose(x, permutation),
    "broadcast_to": lambda x, shape: np.broadcast_to(x, shape),
    "concat": _concat,
    "pad": _pad,
    "slice": _slice,
    "reverse": lambda x, axes: np.flip(x, axes),
    "sum": _in_single(np.sum),
    "prod": _in_single(np.prod),
    "reduce_max": _extreme(np.max, lowest),
    "reduce_min": _extreme(np.min, highest),
    "argmax": _arg(np.argmax),
    "argmin": _arg(np.argmin),
    "argsort": _argsort,
    "cumsum": _running(np.cumsum),
    "cumprod": _running(np.cumprod),
    "gather": _gather,
    "scatter": _scatter,
    "inverse": _wide(np.linalg.inv),
    "cholesky": _wide(np.linalg.cholesky),
    "solve": _wide(np.linalg.solve),
    "determinant": _wide(np.linalg.det),
}
