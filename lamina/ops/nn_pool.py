"""Pooling: the greatest or mean element of each window, and forms that fix the output's size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.config import standardize_data_format
from lamina.base.errors import ShapeError, message
from lamina.ir.dims import Dim
from lamina.ops.convert import as_tensor, dtype_of, to_float
from lamina.ops.elementwise import divide
from lamina.ops.reduction import reduce
from lamina.ops.registration import op
from lamina.ops.windows import check_spatial, in_layout, padding_pairs, per_axis
from lamina.runtime.dispatch import apply


def _window(x: Any, pool_size: Any, strides: Any, padding: str) -> dict[str, Any]:
    """Attributes of a pooling primitive for a channels-last tensor."""
    rank = x.ndim - 2
    window = per_axis(pool_size, rank, "pool_size")
    steps = window if strides is None else per_axis(strides, rank, "strides")
    pairs = padding_pairs(padding, x.shape[1:-1], window, steps, (1,) * rank)
    return {"window": window, "strides": steps, "padding": pairs}


@op
def max_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The greatest element of each window.

    Args:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
        pool_size: int or one for each spatial axis.
        strides: int, one for each spatial axis, or None for `pool_size`.
        padding: "valid" or "same"; padding never wins.
        data_format: "channels_last" or "channels_first"; default: the configured one.
    Returns:
        Tensor in the layout and dtype of `inputs`.
    Numerics: the gradient goes to the first maximum of a window.
    Example:
        >>> max_pool([[[1.0], [5.0], [2.0], [3.0]]], 2)[0, :, 0].tolist()
        [5.0, 3.0]
    """
    data_format = standardize_data_format(data_format)
    inputs = as_tensor(inputs)
    check_spatial("max_pool", inputs)

    def run(x: Any) -> Any:
        return apply("pool_max", x, **_window(x, pool_size, strides, padding))

    return in_layout(run, inputs, data_format)


@op
def average_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The mean of each window's elements; arguments as in `max_pool`, padding does not count."""
    data_format = standardize_data_format(data_format)
    inputs = to_float(inputs)
    check_spatial("average_pool", inputs)

    def run(x: Any) -> Any:
        how = _window(x, pool_size, strides, padding)
        return divide(apply("pool_sum", x, **how), _window_counts(x, how))

    return in_layout(run, inputs, data_format)


def _window_counts(x: Any, how: dict[str, Any]) -> np.ndarray:
    """How many elements of the input each window holds, (1, space…, 1)."""
    counts = np.ones((1,) * x.ndim, dtypes.to_numpy(dtype_of(x)))
    axes = zip(x.shape[1:-1], *how.values(), strict=True)
    for axis, (size, k, step, (low, high)) in enumerate(axes, start=1):
        starts = np.arange(0, max(size + low + high - k + 1, 0), step) - low
        inside = np.minimum(starts + k, size) - np.maximum(starts, 0)
        shape = [-1 if a == axis else 1 for a in range(x.ndim)]
        counts = counts * inside.reshape(shape).astype(counts.dtype)
    return counts


@op
def adaptive_max_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    """The greatest elements of windows that divide each spatial axis into `output_size` parts.

    Args:
        inputs: tensor (batch, space…, channels), or (batch, channels, space…).
        output_size: int or one for each spatial axis.
        data_format: "channels_last" or "channels_first"; default: the configured one.
    Returns:
        Tensor in the layout of `inputs`; part i of an axis covers floor(i n / m) to ceil((i + 1) n
        / m).
    """

    def pool(windows: Any, inside: np.ndarray, axis: int) -> Any:
        return reduce("reduce_max", windows, (axis,), False)

    return _adaptive("adaptive_max_pool", as_tensor(inputs), output_size, data_format, pool)


@op
def adaptive_average_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    """The means of windows that divide each spatial axis; arguments as in `adaptive_max_pool`."""

    def pool(windows: Any, inside: np.ndarray, axis: int) -> Any:
        dtype = dtypes.to_numpy(dtype_of(windows))
        tail = (1,) * (windows.ndim - axis - 1)
        kept = apply("select", inside.reshape(*inside.shape, *tail), windows, np.zeros((), dtype))
        counts = inside.sum(axis=1).astype(dtype).reshape(-1, *tail)
        return divide(reduce("sum", kept, (axis,), False), counts)

    return _adaptive("adaptive_average_pool", to_float(inputs), output_size, data_format, pool)


def _adaptive(
    name: str,
    inputs: Any,
    output_size: Any,
    data_format: str | None,
    pool: Callable[[Any, np.ndarray, int], Any],
) -> Any:
    """Pool one spatial axis after the other: gather the windows, then join each."""
    rank = check_spatial(name, inputs)
    parts = per_axis(output_size, rank, "output_size")

    def run(x: Any) -> Any:
        for axis, count in enumerate(parts, start=1):
            places, inside = _parts(name, x.shape[axis], count)
            x = pool(apply("gather", x, places, axis=axis), inside, axis + 1)
        return x

    return in_layout(run, inputs, standardize_data_format(data_format))


def _parts(name: str, size: Any, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of each window's elements (count, longest), and which of them are inside it."""
    if isinstance(size, Dim) or count < 1:
        raise ShapeError(message(f"{name}: `output_size` must be at least 1.", count))
    number = np.arange(count)
    starts = number * size // count
    stops = -(-(number + 1) * size // count)
    places = starts[:, None] + np.arange((stops - starts).max())
    inside = places < stops[:, None]
    return np.minimum(places, stops[:, None] - 1).astype("int32"), inside
