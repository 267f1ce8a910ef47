"""Into arrays and back: conversion, casting, promotion. The ground of all other ops."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.ir.dims import Dim
from lamina.ir.program import Tensor
from lamina.ops.registration import op
from lamina.ops.symbolic import KerasTensor
from lamina.runtime.dispatch import apply
from lamina.runtime.variable import Variable, _plain


def is_tensor(x: Any) -> bool:
    """Whether a value is an array or a traced tensor."""
    return isinstance(x, (np.ndarray, Tensor))


def as_tensor(x: Any) -> Any:
    """A value as an array or tensor; dtypes stay, Python numbers take the default dtypes."""
    if type(x) is np.ndarray or isinstance(x, Tensor):
        return x
    return convert_to_tensor(x)


def _to_array(x: Any, dtype: str | None) -> Any:
    if isinstance(x, Variable):
        return x.value
    if isinstance(x, Dim):
        return apply("dim_size", dim=x, dtype=dtype or "int32")
    if isinstance(x, (list, tuple)) and any(
        isinstance(v, (Tensor, Dim, Variable)) for v in _walk(x)
    ):
        return _stack_nested(x, dtype)
    if hasattr(x, "detach") or hasattr(x, "__array__") or hasattr(x, "numpy"):
        return _plain(x.numpy() if not hasattr(x, "__array__") and hasattr(x, "numpy") else x)
    array = np.asarray(x)
    if array.dtype == object:
        raise ArgumentTypeError(
            message(
                "Cannot make an array: the value holds objects or rows of different lengths.",
                received=type(x).__name__,
                required="numbers in a rectangular nested list",
            )
        )
    if dtype is None and array.dtype.kind in "fi":
        kind = float if array.dtype.kind == "f" else int
        limit = 2**31
        if kind is int and array.size and (array.max() >= limit or array.min() < -limit):
            return array
        array = array.astype(dtypes.to_numpy(dtypes.standardize_dtype(kind)))
    return array


def _walk(x: Any) -> Any:
    for v in x:
        if isinstance(v, (list, tuple)):
            yield from _walk(v)
        else:
            yield v


def _stack_nested(x: Any, dtype: str | None) -> Any:
    """A list that holds tensors, as one tensor."""
    parts = [as_tensor(v) for v in x]
    common = dtype or dtypes.result_type(*(dtype_of(p) for p in parts))
    parts = [cast_to(p, common) for p in parts]
    parts = [apply("reshape", p, shape=(1, *p.shape)) for p in parts]
    return apply("concat", *parts, axis=0)


def dtype_of(x: Any) -> str:
    """The dtype's name of an array, tensor, variable or Python number."""
    if isinstance(x, np.ndarray):
        return dtypes.name_of(x.dtype)
    if hasattr(x, "dtype"):
        return dtypes.standardize_dtype(x.dtype)
    return dtypes.name_of(as_tensor(x).dtype)


def cast_to(x: Any, dtype: str) -> Any:
    """An array or tensor in a dtype; itself if it has it already."""
    if dtype_of(x) == dtype:
        return x
    return apply("cast", x, dtype=dtype)


def scalar(value: Any, dtype: str) -> Any:
    """A Python number, or a size that depends on the batch, as a scalar of a dtype."""
    if isinstance(value, Dim):
        return apply("dim_size", dim=value, dtype=dtype)
    return np.asarray(value, dtypes.to_numpy(dtype))


def _weak(x: Any) -> Any:
    """What an operand counts as in promotion: Python numbers adapt, everything else has its
    dtype."""
    if type(x) in (bool, int, float, complex):
        return type(x)
    if isinstance(x, Dim):
        return int
    return dtype_of(x)


def promote(*values: Any, to_float: bool = False) -> list[Any]:
    """Operands in their common dtype.

    Args:
        *values: arrays, tensors, variables or Python numbers.
        to_float: whether integers become the default float.
    Returns:
        Arrays or tensors of one dtype.
    """
    first = values[0]
    if type(first) is np.ndarray and first.dtype.kind == "f":  # the usual case, without detours
        for value in values:
            if type(value) is not np.ndarray or value.dtype is not first.dtype:
                break
        else:
            return list(values)
    dtype = dtypes.result_type(*[_weak(v) for v in values])
    if to_float:
        dtype = float_dtype(dtype)
    return [
        cast_to(v if is_tensor(v) else _to_array(v, dtype), dtype)
        if not isinstance(v, (int, float))
        else np.asarray(v, dtypes.to_numpy(dtype))
        for v in values
    ]


def float_dtype(dtype: str) -> str:
    """The dtype that a float function gives: the default float for integers, int64 included."""
    if dtypes.is_float(dtype) or dtypes.is_complex(dtype):
        return dtype
    return dtypes.result_type(dtype, float)


def to_float(x: Any) -> Any:
    """A value as an array or tensor of a float dtype."""
    if type(x) is np.ndarray and x.dtype.kind == "f":
        return x
    x = as_tensor(x)
    return cast_to(x, float_dtype(dtype_of(x)))


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Any:
    """A value as an array (or a traced tensor, if it is one).

    Args:
        x: array, variable, number, nested list, or another library's tensor.
        dtype: dtype of the result; default: the value's own, floatx and int32 for Python numbers.
        sparse: accepted for Keras's sake.
        ragged: accepted for Keras's sake.
    Returns:
        np.ndarray, or a tensor while a program is traced.
    Example:
        >>> convert_to_tensor([1.0, 2.0]).dtype
        dtype('float32')
    """
    if isinstance(x, KerasTensor):
        return x if dtype is None else cast(x, dtype)
    name = None if dtype is None else dtypes.standardize_dtype(dtype)
    if not is_tensor(x):
        x = _to_array(x, name)
    return x if name is None or name == "string" else cast_to(x, name)


def convert_to_numpy(x: Any) -> np.ndarray:
    """A value as a NumPy array.

    Raises:
        ArgumentError: it is symbolic.
        ArgumentTypeError: it is being traced.
    """
    if isinstance(x, KerasTensor):
        raise ArgumentError(str(x._no_value("NumPy value")))
    return np.asarray(x) if not hasattr(x, "detach") else _plain(x)


@op
def cast(x: Any, dtype: Any) -> Any:
    """A tensor in another dtype.

    Args:
        x: tensor of any shape.
        dtype: the dtype wanted.
    Returns:
        Tensor of the same shape; floats are truncated towards 0 when cast to integers.
    Example:
        >>> cast([1.7, -1.7], "int32").tolist()
        [1, -1]
    """
    return cast_to(as_tensor(x), dtypes.standardize_dtype(dtype))


def shape(x: Any) -> tuple:
    """The shape of a tensor: ints, a `Dim` for the batch while traced, None where symbolic.

    Args:
        x: tensor, variable or symbolic tensor.
    Returns:
        tuple.
    """
    if hasattr(x, "shape"):
        return tuple(x.shape)
    return tuple(as_tensor(x).shape)


def dtype(x: Any) -> str:
    """The dtype's name of a tensor, variable or symbolic tensor."""
    return dtypes.standardize_dtype(x.dtype)
