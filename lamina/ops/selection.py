"""Choosing by conditions, unique elements, and Python functions over elements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError
from lamina.ops.convert import as_tensor, dtype_of, promote
from lamina.ops.elementwise import where
from lamina.ops.numpy_only import on_arrays
from lamina.ops.registration import op


@op
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """From several tensors, element by element, the first whose condition holds.

    Args:
        condlist: list of bool tensors.
        choicelist: list of tensors, one for each condition.
        default: what stands where no condition holds.
    Returns:
        Tensor of the broadcast shape, in the common dtype.
    Raises:
        ArgumentError: the lists are empty or differ in length.
    """
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ArgumentError(
            "condlist and choicelist must be lists of the same length >= 1. Received: "
            f"len(condlist)={len(condlist)}, len(choicelist)={len(choicelist)}"
        )
    *choices, result = promote(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        result = where(condition, choice, result)
    return result


@op
def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The elements that occur, each once (arrays only).

    Args:
        x: tensor.
        sorted: whether they rise; else they keep the order of their first occurrence.
        return_index: whether to return the place of each first occurrence.
        return_inverse: whether to return for each element of x its place among the unique ones.
        return_counts: whether to return how often each occurs.
        axis: int: slices along this axis are the elements; None: x is flattened.
        size: length of the result: cut off, or filled up with `fill_value`.
        fill_value: default the least of the elements.
    Returns:
        The unique elements, or a tuple of them and what was asked for, in the order of the
        arguments.
    """
    x = as_tensor(x)
    wanted = [True, return_index, return_inverse, return_counts]

    def compute(x: np.ndarray) -> Any:
        results = list(np.unique(x, True, True, True, axis=axis, equal_nan=False))
        if not sorted:
            _by_first_occurrence(results, axis or 0)
        results = [r if i == 0 else r.astype("int32") for i, r in enumerate(results)]
        if size is not None:
            fill = results[0].min(initial=0) if results[0].size == 0 else results[0].min()
            fill = fill if fill_value is None else fill_value
            results[0] = _resized(results[0], size, axis or 0, fill)
            results[1] = _resized(results[1], size, 0, results[1][0] if results[1].size else 0)
            results[3] = _resized(results[3], size, 0, 0)
        kept = tuple(r for r, w in zip(results, wanted, strict=True) if w)
        return kept if len(kept) > 1 else kept[0]

    def spec(x: Any) -> list:
        values = [size] if axis is None else list(x.shape)
        values[axis or 0] = size
        inverse = x.shape if axis is None else (x.shape[axis],)
        shapes = [values, (size,), inverse, (size,)]
        return [
            (s, dtype_of(x) if i == 0 else "int32")
            for i, (s, w) in enumerate(zip(shapes, wanted, strict=True))
            if w
        ]

    return on_arrays("unique", compute, spec, x)


def _by_first_occurrence(results: list[np.ndarray], axis: int) -> None:
    values, index, inverse, counts = results
    order = np.argsort(index)
    places = np.empty_like(order)
    places[order] = np.arange(order.size)
    results[:] = [np.take(values, order, axis), index[order], places[inverse], counts[order]]


def _resized(x: np.ndarray, size: int, axis: int, fill_value: Any) -> np.ndarray:
    x = np.take(x, np.arange(min(size, x.shape[axis])), axis)
    widths = [(0, 0)] * x.ndim
    widths[axis] = (0, size - x.shape[axis])
    return np.pad(x, widths, constant_values=fill_value)


@op
def ndim(x: Any) -> int:
    """The number of axes, an int."""
    return as_tensor(x).ndim


@op
def size(x: Any) -> Any:
    """The number of elements, an int (a `Dim` while a batch is traced)."""
    total: Any = 1
    for length in as_tensor(x).shape:
        total = total * length
    return total


@op
def get_item(x: Any, key: Any) -> Any:
    """x[key]."""
    from_key = as_tensor(x)
    return from_key[key]


def vectorize(
    pyfunc: Callable[..., Any],
    *,
    excluded: Iterable[Any] | None = None,
    signature: str | None = None,
) -> Callable[..., Any]:
    """A function of single elements as one of whole tensors.

    Args:
        pyfunc: takes scalars (or, with a signature, tensors of its core axes).
        excluded: places and names of arguments that are passed as they are.
        signature: core axes as NumPy writes them, for example "(n),(n)->()".
    Returns:
        A function that broadcasts its arguments.
    """
    if not callable(pyfunc):
        raise ArgumentError(
            "Expected argument `pyfunc` to be a callable. "
            f"Received: pyfunc={pyfunc} of type {type(pyfunc)}"
        )

    def call(*args: Any, **kwargs: Any) -> Any:
        given = [a if i in left_out else np.asarray(as_tensor(a)) for i, a in enumerate(args)]
        result = run(*given, **kwargs)
        return tuple(map(np.asarray, result)) if isinstance(result, tuple) else np.asarray(result)

    left_out = set(excluded or ())
    run = np.vectorize(pyfunc, excluded=left_out or None, signature=signature)
    return call
