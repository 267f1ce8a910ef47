"""Images read at other places: free coordinates, affine and perspective maps, elastic
distortion."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError
from lamina.base.lazy import load_namespace
from lamina.ir import dims
from lamina.ops.convert import as_tensor, cast_to, dtype_of, scalar, to_float
from lamina.ops.elementwise import (
    absolute,
    add,
    clip,
    divide,
    floor,
    floor_divide,
    greater_equal,
    less,
    logical_and,
    mod,
    multiply,
    sign,
    subtract,
    where,
)
from lamina.ops.image_checks import Batch
from lamina.ops.image_filters import gaussian_blur
from lamina.ops.indexing import getitem
from lamina.ops.matrices import solve
from lamina.ops.registration import image_op
from lamina.ops.shaping import (
    broadcast_to,
    concatenate,
    expand_dims,
    ones_like,
    reshape,
    stack,
    zeros_like,
)
from lamina.runtime.dispatch import apply

_ORDERS = {"nearest": 0, "bilinear": 1}
_FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


def _check(interpolation: str, fill_mode: str) -> None:
    if interpolation not in _ORDERS:
        raise ArgumentError(
            "Invalid value for argument `interpolation`. Expected of one "
            f"{set(_ORDERS)}. Received: interpolation={interpolation}"
        )
    if fill_mode not in _FILL_MODES:
        raise ArgumentError(
            "Invalid value for argument `fill_mode`. Expected of one "
            f"{set(_FILL_MODES)}. Received: fill_mode={fill_mode}"
        )


def _inside(index: Any, size: int, fill_mode: str) -> Any:
    """A whole place moved into [0, size)."""
    if fill_mode == "wrap":
        return mod(index, size)
    if fill_mode == "mirror":  # the border is not repeated: period 2 (size - 1)
        return _mirrored(index, size)
    if fill_mode == "reflect":  # the border is repeated: period 2 size
        doubled = _mirrored(add(multiply(index, 2), 1), 2 * size + 1)
        return floor_divide(subtract(doubled, 1), 2)
    return clip(index, 0, size - 1)


def _mirrored(index: Any, size: int) -> Any:
    last = size - 1
    if last == 0:
        return multiply(index, 0)
    return absolute(subtract(mod(add(index, last), 2 * last), last))


def sample(x: Any, places: Sequence[Any], order: int, fill_mode: str, fill_value: float) -> Any:
    """Values of images between their pixels.

    Args:
        x: tensor (batch, space…, channels).
        places: a float tensor (batch, ...) of coordinates for each spatial axis.
        order: 0: the nearest pixel; 1: linear between pixels.
        fill_mode: what lies outside: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: the constant.
    Returns:
        Tensor (batch, ..., channels) of x's dtype.
    """
    dtype = dtype_of(x)
    work = to_float(x)
    space = x.shape[1:-1]
    flat = reshape(work, (dims.product(tuple(x.shape[:-1])), x.shape[-1]))
    shape = tuple(places[0].shape)
    first = apply("iota", shape=shape, axis=0, dtype="int32")
    corners = [_corners(p, order) for p in places]
    total: Any = None
    for corner in itertools.product(*corners):
        index, weight, valid = first, None, None
        for (place, share), size in zip(corner, space, strict=True):
            fits = logical_and(greater_equal(place, 0), less(place, size))
            valid = fits if valid is None else logical_and(valid, fits)
            index = add(multiply(index, size), _inside(place, size, fill_mode))
            if share is not None:
                weight = share if weight is None else multiply(weight, share)
        value = apply("gather", flat, index, axis=0)
        if fill_mode == "constant":
            value = where(expand_dims(valid, -1), value, scalar(fill_value, dtype_of(work)))
        if weight is not None:
            value = multiply(value, cast_to(expand_dims(weight, -1), dtype_of(work)))
        total = value if total is None else add(total, value)
    if dtypes.is_int(dtype):
        total = _rounded(total)
    return cast_to(total, dtype)


def _corners(place: Any, order: int) -> list[tuple[Any, Any]]:
    """The whole places around a coordinate, with their weights (None for 1)."""
    if order == 0:
        return [(cast_to(_rounded(place), "int32"), None)]
    low = floor(place)
    share = subtract(place, low)
    low = cast_to(low, "int32")
    return [(low, subtract(1, share)), (add(low, 1), share)]


def _rounded(x: Any) -> Any:
    """Halves away from 0."""
    return multiply(sign(x), floor(add(absolute(x), 0.5)))


@image_op
def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> Any:
    """Values of a tensor at coordinates that need not be whole.

    Args:
        inputs: tensor with k axes.
        coordinates: float tensor (k, ...).
        order: 0: the nearest element; 1: linear between elements.
        fill_mode: what lies outside: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: the constant.
    Returns:
        Tensor of the coordinates' shape without its first axis.
    Raises:
        ArgumentError: an argument does not fit.
    """
    x, coordinates = as_tensor(inputs), to_float(coordinates)
    if coordinates.shape[0] != x.ndim:
        raise ArgumentError(
            "First dim of `coordinates` must be the same as the rank of `inputs`. Received inputs "
            f"with shape: {tuple(x.shape)} and coordinate leading dim of {coordinates.shape[0]}"
        )
    if coordinates.ndim < 2:
        raise ArgumentError(
            "Invalid coordinates rank: expected at least rank 2. Received input with shape: "
            f"{tuple(coordinates.shape)}"
        )
    if fill_mode not in _FILL_MODES:
        raise ArgumentError(
            "Invalid value for argument `fill_mode`. Expected one of "
            f"{set(_FILL_MODES)}. Received: fill_mode={fill_mode}"
        )
    if order not in (0, 1):
        raise ArgumentError(
            f"Invalid value for argument `order`. Expected one of [0, 1]. Received: order={order}"
        )
    places = [expand_dims(getitem(coordinates, i), 0) for i in range(x.ndim)]
    values = sample(reshape(x, (1, *x.shape, 1)), places, order, fill_mode, fill_value)
    return reshape(values, tuple(coordinates.shape[1:]))


def _grid(x: Any) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of all pixels, (height, width) each."""
    rows, columns = np.indices(x.shape[1:3]).astype("float32")
    return rows, columns


def _column(x: Any, i: int) -> Any:
    """Entry i of each row of a table, as (batch, 1, 1)."""
    return getitem(x, (slice(None), slice(i, i + 1), None))


@image_op
def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Any:
    """Images turned, sheared, enlarged and moved.

    Args:
        images: tensor (batch, height, width, channels) or one image.
        transform: tensor (batch, 8) or (8,): a0, a1, a2, b0, b1, b2 (and two zeros); the result at
            (x, y) is the input at (a0 x + a1 y + a2, b0 x + b1 y + b2).
        interpolation: "nearest" or "bilinear".
        fill_mode: what lies outside: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: the constant.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor of the shape of `images`.
    """
    _check(interpolation, fill_mode)
    batch = Batch(images, data_format)
    transform = to_float(transform)
    if transform.ndim not in (1, 2):
        raise ArgumentError(
            "Invalid transform rank: expected rank 1 (single transform) or rank 2 (batch of "
            f"transforms). Received input with shape: transform.shape={tuple(transform.shape)}"
        )
    if transform.ndim == 1:
        transform = expand_dims(transform, 0)
    x = batch.value
    y_out, x_out = _grid(x)
    a0, a1, a2, b0, b1, b2 = (_column(transform, i) for i in range(6))
    shape = tuple(x.shape[:3])
    places = [
        broadcast_to(add(add(multiply(p, x_out), multiply(q, y_out)), r), shape)
        for p, q, r in ((b0, b1, b2), (a0, a1, a2))
    ]
    return batch.restore(sample(x, places, _ORDERS[interpolation], fill_mode, fill_value))


def _homography(start: Any, end: Any) -> Any:
    """The eight numbers of the map that takes each end point to its start point, (batch, 8)."""
    (x0, y0), (x1, y1) = ((getitem(p, (..., 0)), getitem(p, (..., 1))) for p in (start, end))
    zero, one = zeros_like(x1), ones_like(x1)
    first = [x1, y1, one, zero, zero, zero, -x0 * x1, -x0 * y1]
    second = [zero, zero, zero, x1, y1, one, -y0 * x1, -y0 * y1]
    matrix = concatenate([stack(first, -1), stack(second, -1)], 1)
    return solve(matrix, concatenate([x0, y0], -1))


@image_op
def perspective_transform(
    images: Any,
    start_points: Any,
    end_points: Any,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Any:
    """Images as seen from elsewhere: four points come to lie at four others.

    Args:
        images: tensor (batch, height, width, channels) or one image.
        start_points: tensor (batch, 4, 2) or (4, 2): x and y of the points in the input.
        end_points: likewise, in the result.
        interpolation: "nearest" or "bilinear".
        fill_value: what lies outside.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor of the shape of `images`.
    """
    _check(interpolation, "constant")
    batch = Batch(images, data_format)
    points = [cast_to(as_tensor(p), "float32") for p in (start_points, end_points)]
    for name, p in zip(("start_points", "end_points"), points, strict=True):
        if p.ndim not in (2, 3) or tuple(p.shape[-2:]) != (4, 2):
            raise ArgumentError(
                f"Invalid {name} shape: expected (4,2) for a single image or (N,4,2) for a batch. "
                f"Received shape: {tuple(p.shape)}"
            )
    if points[0].ndim != points[1].ndim:
        raise ArgumentError(
            "start_points and end_points must have the same shape. Received start_points.shape="
            f"{tuple(points[0].shape)}, end_points.shape={tuple(points[1].shape)}"
        )
    points = [expand_dims(p, 0) if p.ndim == 2 else p for p in points]
    numbers = _homography(*points)
    h = [_column(numbers, i) for i in range(8)]
    x = batch.value
    y_out, x_out = _grid(x)
    below = add(add(multiply(h[6], x_out), multiply(h[7], y_out)), 1.0)
    shape = tuple(x.shape[:3])
    places = [
        broadcast_to(
            divide(add(add(multiply(h[i], x_out), multiply(h[i + 1], y_out)), h[i + 2]), below),
            shape,
        )
        for i in (3, 0)
    ]
    return batch.restore(sample(x, places, _ORDERS[interpolation], "constant", fill_value))


@image_op
def elastic_transform(
    images: Any,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> Any:
    """Images distorted at random, neighbouring pixels alike.

    Args:
        images: tensor (batch, height, width, channels) or one image.
        alpha: how far pixels move.
        sigma: how alike neighbours move: the width of the blur in pixels.
        interpolation: "nearest" or "bilinear".
        fill_mode: what lies outside: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: the constant.
        seed: int or SeedGenerator.
        data_format: "channels_last" or "channels_first"; default the configured one.
    Returns:
        Tensor of the shape of `images`.
    Source: Simard, Steinkraus, Platt (2003), "Best practices for convolutional neural networks".
    """
    _check(interpolation, fill_mode)
    batch = Batch(images, data_format)
    x = batch.value
    random = load_namespace("lamina.random")
    sigma = float(np.asarray(as_tensor(sigma)))
    reach = int(6 * sigma) | 1
    dtype = dtype_of(x) if dtypes.is_float(dtype_of(x)) else dtypes.standardize_dtype(None)
    shape = tuple(x.shape[:3])
    moves = random.normal((*shape, 2), dtype=dtype, seed=seed)
    moves = gaussian_blur(multiply(moves, sigma), (reach, reach), (sigma, sigma), "channels_last")
    places = [
        add(grid.astype(dtypes.to_numpy(dtype)), multiply(getitem(moves, (..., i)), alpha))
        for i, grid in enumerate(_grid(x))
    ]
    return batch.restore(sample(x, places, _ORDERS[interpolation], fill_mode, fill_value))
