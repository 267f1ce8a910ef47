"""Complex numbers: their parts, conjugates, angles, and the reinterpretation of pairs and of
bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ShapeError, message
from lamina.ops.convert import as_tensor, cast_to, dtype_of, to_float
from lamina.ops.elementwise import add, arctan2, equal, less, multiply, subtract, where
from lamina.ops.indexing import getitem
from lamina.ops.numpy_only import on_arrays
from lamina.ops.registration import op
from lamina.ops.shaping import stack, zeros_like

_PARTS = {"complex64": "float32", "complex128": "float64"}


@op
def real(x: Any) -> Any:
    """The real part; real tensors are returned as they are."""
    x = as_tensor(x)
    return cast_to(x, _PARTS[dtype_of(x)]) if dtypes.is_complex(dtype_of(x)) else x


@op
def imag(x: Any) -> Any:
    """The imaginary part; 0 for real tensors."""
    x = as_tensor(x)
    if not dtypes.is_complex(dtype_of(x)):
        return zeros_like(x)
    return cast_to(multiply(x, -1j), _PARTS[dtype_of(x)])


def to_complex(re: Any, im: Any) -> Any:
    """A complex tensor from its parts."""
    name = "complex128" if dtype_of(re) == "float64" else "complex64"
    return add(cast_to(re, name), multiply(cast_to(im, name), 1j))


@op
def conjugate(x: Any) -> Any:
    """The complex conjugate; real tensors are returned as they are."""
    x = as_tensor(x)
    if not dtypes.is_complex(dtype_of(x)):
        return x
    return subtract(multiply(2, cast_to(real(x), dtype_of(x))), x)


@op
def conj(x: Any) -> Any:
    """The complex conjugate; the same as `conjugate`."""
    return conjugate(x)


@op
def angle(x: Any) -> Any:
    """The angle in the complex plane, in radians; of real numbers 0 or π."""
    x = as_tensor(x)
    if dtypes.is_complex(dtype_of(x)):
        return arctan2(imag(x), real(x))
    x = to_float(x)
    side = where(less(x, 0), math.pi, 0.0)
    return where(equal(x, x), cast_to(side, dtype_of(x)), x)


@op
def isreal(x: Any) -> Any:
    """Whether each element's imaginary part is 0."""
    x = as_tensor(x)
    return equal(imag(x), 0)


@op
def view_as_complex(x: Any) -> Any:
    """Pairs along the last axis as complex numbers: (..., 2) -> (...).

    Raises:
        ShapeError: the last axis does not have size 2.
    """
    x = as_tensor(x)
    if len(x.shape) < 1 or x.shape[-1] != 2:
        raise ShapeError(
            message(
                "Last dimension of input must be size 2 (real and imaginary).",
                received=f"shape {tuple(x.shape)}",
            )
        )
    return to_complex(getitem(x, (..., 0)), getitem(x, (..., 1)))


@op
def view_as_real(x: Any) -> Any:
    """Complex numbers as pairs along a new last axis: (...) -> (..., 2)."""
    x = as_tensor(x)
    return stack([real(x), imag(x)], axis=-1)


@op
def view(x: Any, dtype: Any = None) -> Any:
    """The bits of a tensor read as another dtype (arrays only).

    Args:
        x: tensor; its last axis grows or shrinks if the dtypes' sizes differ.
        dtype: the dtype to read.
    Returns:
        Tensor on the same bits.
    """
    x = as_tensor(x)
    name = dtype_of(x) if dtype is None else dtypes.standardize_dtype(dtype)
    target = dtypes.to_numpy(name)
    old, new = dtypes.to_numpy(dtype_of(x)).itemsize, target.itemsize
    shape = tuple(x.shape)
    if old != new:
        if not shape or (shape[-1] * old) % new:
            raise ShapeError(
                message(f"The last axis of {shape} {dtype_of(x)} cannot be viewed as {name}.")
            )
        shape = (*shape[:-1], shape[-1] * old // new)

    def compute(x: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(x).view(target)

    return on_arrays("view", compute, lambda _: [(shape, name)], x)
