"""Products, convolutions and pooling in NumPy.

A convolution is a matrix product over a view of all windows; its input gradient multiplies back to
windows and adds them up where they overlap.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.executors.reference.shaping import lowest

Pairs = tuple[tuple[int, int], ...]


def _dot(x: np.ndarray, y: np.ndarray, contract: Any, batch: Any) -> np.ndarray:
    free_x = [i for i in range(x.ndim) if i not in contract[0] + batch[0]]
    free_y = [j for j in range(y.ndim) if j not in contract[1] + batch[1]]
    batch_shape = [x.shape[i] for i in batch[0]]
    inner = [x.shape[i] for i in contract[0]]
    shape_x = [x.shape[i] for i in free_x]
    shape_y = [y.shape[j] for j in free_y]
    count, rows, columns = math.prod(inner), math.prod(shape_x), math.prod(shape_y)
    left = x.transpose([*batch[0], *free_x, *contract[0]]).reshape([*batch_shape, rows, count])
    right = y.transpose([*batch[1], *contract[1], *free_y])
    right = right.reshape([*batch_shape, count, columns])
    product = _matmul(left, right)
    return product.reshape([*batch_shape, *shape_x, *shape_y])


def _matmul(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    dtype = left.dtype
    if dtype.itemsize <= 2 and dtype.kind not in "iub":
        return np.matmul(left.astype("float32"), right.astype("float32")).astype(dtype)
    return np.matmul(left, right)


def _padded(x: np.ndarray, padding: Pairs, value: Any = 0) -> np.ndarray:
    if not any(map(any, padding)):
        return x
    return np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=value)


def windows(
    x: np.ndarray, size: tuple, strides: tuple, padding: Pairs, dilation: tuple, value: Any = 0
) -> np.ndarray:
    """A view (batch, output space…, window…, channels) of all windows of a padded input."""
    x = _padded(x, padding, value)
    reach = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
    space = [
        max(0, (n - r) // s + 1) for n, r, s in zip(x.shape[1:-1], reach, strides, strict=True)
    ]
    steps = x.strides[1:-1]
    return np.lib.stride_tricks.as_strided(
        x,
        (x.shape[0], *space, *size, x.shape[-1]),
        (
            x.strides[0],
            *(b * s for b, s in zip(steps, strides, strict=True)),
            *(b * d for b, d in zip(steps, dilation, strict=True)),
            x.strides[-1],
        ),
        writeable=False,
    )


def fold(
    parts: np.ndarray, shape: tuple, strides: tuple, padding: Pairs, dilation: tuple
) -> np.ndarray:
    """The transpose of `windows`: add every window's elements at their places in the input."""
    rank = len(strides)
    full = [n + lo + hi for n, (lo, hi) in zip(shape[1:-1], padding, strict=True)]
    out = np.zeros((shape[0], *full, shape[-1]), parts.dtype)
    space, size = parts.shape[1 : 1 + rank], parts.shape[1 + rank : 1 + 2 * rank]
    for place in itertools.product(*map(range, size)):
        at = tuple(
            slice(p * d, p * d + s * (n - 1) + 1 if n else p * d, s)
            for p, d, s, n in zip(place, dilation, strides, space, strict=True)
        )
        out[(slice(None), *at)] += parts[(slice(None),) * (1 + rank) + place]
    crop = tuple(slice(lo, lo + n) for n, (lo, _) in zip(shape[1:-1], padding, strict=True))
    return out[(slice(None), *crop)]


def _columns(x: np.ndarray, size: tuple, groups: int, how: dict) -> tuple[np.ndarray, tuple]:
    """Windows as matrices (groups, batch * output space, window * channels of a group)."""
    view = windows(x, size, how["strides"], how["padding"], how["dilation"])
    rank = len(size)
    outer = view.shape[: 1 + rank]
    grouped = view.reshape(*view.shape[:-1], groups, view.shape[-1] // groups)
    grouped = np.moveaxis(grouped, -2, 0)
    return grouped.reshape(
        groups, math.prod(outer), math.prod(grouped.shape[1 + len(outer) :])
    ), outer


def _kernel_matrix(kernel: np.ndarray, groups: int) -> np.ndarray:
    """(groups, window * channels of a group, filters of a group)."""
    per_group = kernel.shape[-1] // groups
    inner = math.prod(kernel.shape[:-1])
    return np.moveaxis(kernel.reshape(inner, groups, per_group), 1, 0)


def _conv(x: np.ndarray, kernel: np.ndarray, groups: int, **how: Any) -> np.ndarray:
    columns, outer = _columns(x, kernel.shape[:-2], groups, how)
    product = _matmul(columns, _kernel_matrix(kernel, groups))
    return np.moveaxis(product, 0, 1).reshape(*outer, kernel.shape[-1])


def _by_group(g: np.ndarray, groups: int) -> np.ndarray:
    """(groups, batch * space, filters of a group)."""
    rows = math.prod(g.shape[:-1])
    return np.moveaxis(g.reshape(rows, groups, g.shape[-1] // groups), 1, 0)


def _conv_input_gradient(
    g: np.ndarray, kernel: np.ndarray, shape: tuple, groups: int, **how: Any
) -> np.ndarray:
    parts = _matmul(_by_group(g, groups), _kernel_matrix(kernel, groups).swapaxes(1, 2))
    parts = parts.reshape(groups, *g.shape[:-1], *kernel.shape[:-2], shape[-1] // groups)
    parts = np.moveaxis(parts, 0, -2)
    parts = parts.reshape(*parts.shape[:-2], shape[-1])
    return fold(parts, shape, how["strides"], how["padding"], how["dilation"])


def _conv_kernel_gradient(
    x: np.ndarray, g: np.ndarray, shape: tuple, groups: int, **how: Any
) -> np.ndarray:
    columns, _ = _columns(x, shape[:-2], groups, how)
    product = _matmul(columns.swapaxes(1, 2), _by_group(g, groups))
    return np.moveaxis(product, 0, 1).reshape(shape)


def _pool_windows(x: np.ndarray, window: tuple, strides: tuple, padding: Pairs, value: Any) -> Any:
    """(batch, output space…, elements of the window, channels)."""
    view = windows(x, window, strides, padding, (1,) * len(window), value)
    outer = view.shape[: 1 + len(window)]
    return view.reshape(*outer, math.prod(window), x.shape[-1])


def _winners(x: np.ndarray, how: dict) -> np.ndarray:
    """The place of each window's first maximum, kept as an axis of size 1."""
    flat = _pool_windows(x, value=lowest(x.dtype), **how)
    return np.argmax(flat, axis=-2)[..., None, :]


def _pool_max(x: np.ndarray, **how: Any) -> np.ndarray:
    return np.max(_pool_windows(x, value=lowest(x.dtype), **how), axis=-2)


def _pool_select(x: np.ndarray, t: np.ndarray, **how: Any) -> np.ndarray:
    picked = np.take_along_axis(_pool_windows(t, value=0, **how), _winners(x, how), axis=-2)
    return picked[..., 0, :]


def _pool_scatter(x: np.ndarray, g: np.ndarray, **how: Any) -> np.ndarray:
    count = math.prod(how["window"])
    parts = np.zeros((*g.shape[:-1], count, g.shape[-1]), g.dtype)
    np.put_along_axis(parts, _winners(x, how), g[..., None, :], axis=-2)
    parts = parts.reshape(*g.shape[:-1], *how["window"], g.shape[-1])
    ones = (1,) * len(how["window"])
    return fold(parts, x.shape, how["strides"], how["padding"], ones)


def _pool_sum(x: np.ndarray, **how: Any) -> np.ndarray:
    return np.sum(_pool_windows(x, value=0, **how), axis=-2, dtype=x.dtype)


def _pool_spread(
    g: np.ndarray, shape: tuple, window: tuple, strides: tuple, padding: Pairs
) -> np.ndarray:
    ones = (1,) * len(window)
    parts = g.reshape(*g.shape[:-1], *ones, g.shape[-1])
    parts = np.broadcast_to(parts, (*g.shape[:-1], *window, g.shape[-1]))
    return fold(parts, shape, strides, padding, ones)


CONTRACTION: dict[str, Callable[..., Any]] = {
    "dot": _dot,
    "conv": _conv,
    "conv_input_gradient": _conv_input_gradient,
    "conv_kernel_gradient": _conv_kernel_gradient,
    "pool_max": _pool_max,
    "pool_select": _pool_select,
    "pool_scatter": _pool_scatter,
    "pool_sum": _pool_sum,
    "pool_spread": _pool_spread,
}
