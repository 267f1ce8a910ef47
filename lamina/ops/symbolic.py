"""Symbolic tensors of functional models, and what output a function would have for them.

A `KerasTensor` is a shape and a dtype with a memory of how it was made: the operation, and which of
its calls and outputs. Shapes are inferred by tracing the very function that computes, with numbers
put in for unknown sizes; a size that changes when those numbers change is unknown in the result
too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lamina.base import dtypes, tree
from lamina.base.errors import ArgumentError, ArgumentTypeError, LaminaError, message
from lamina.base.naming import auto_name
from lamina.ir.dims import Dim
from lamina.ir.operators import OPERATORS, Placeholder
from lamina.ir.program import Tensor
from lamina.runtime.scopes import Trace, current_trace, outside_scopes
from lamina.runtime.variable import Variable

# Numbers that stand for an unknown batch and for other unknown sizes; divisible by many numbers.
_BATCH_FILL, _OTHER_FILL = 2520, 840
_ATTEMPTS = 60  # how many other numbers to try where these do not fit together
SHAPES = "output shapes"  # the name of programs that are traced for their shapes only


Sizes = dict[tuple[int, int], int]  # (id of a KerasTensor, axis) -> the number tried


class KerasHistory(NamedTuple):
    """How a symbolic tensor was made: the operation, the number of its call, the output's
    number."""

    operation: Any
    node_index: int
    tensor_index: int


class KerasTensor(Placeholder):
    """A symbolic tensor of a functional model.

    Args:
        shape: tuple of int or None.
        dtype: dtype's name.
        sparse: must be False; accepted for Keras's sake.
        ragged: must be False; accepted for Keras's sake.
        ragged_rank: accepted for Keras's sake.
        row_splits_dtype: accepted for Keras's sake.
        record_history: whether operations on it are recorded.
        name: made up if None.
    Example:
        >>> KerasTensor((None, 3)).ndim
        2
    """

    _keras_history: KerasHistory  # set by the call that made it
    __eq__ = object.__eq__  # `tensor in list` works; ops.equal compares elements
    __hash__ = object.__hash__

    def __init__(
        self,
        shape: Any,
        dtype: Any = "float32",
        sparse: bool = False,
        ragged: bool = False,
        ragged_rank: int | None = None,
        row_splits_dtype: str | None = None,
        record_history: bool = True,
        name: str | None = None,
    ) -> None:
        if sparse or ragged:
            raise ArgumentError("Lamina has no sparse or ragged tensors.")
        self._shape = standardize_shape(shape)
        self._dtype = dtypes.standardize_dtype(dtype)
        self.sparse = self.ragged = False
        self.record_history = record_history
        self.name = name or auto_name(type(self).__name__)

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The shape; None where a size is unknown."""
        return self._shape

    @shape.setter
    def shape(self, value: Any) -> None:
        raise AttributeError(
            "The `shape` attribute of KerasTensor is immutable. One should create a new instance."
        )

    @property
    def dtype(self) -> str:
        """The dtype's name."""
        return self._dtype

    @dtype.setter
    def dtype(self, value: Any) -> None:
        raise AttributeError(
            "The `dtype` attribute of KerasTensor is immutable. One should create a new instance."
        )

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._shape)

    @property
    def T(self) -> Any:
        """The tensor with its axes reversed."""
        return OPERATORS["transpose"](self)

    def reshape(self, newshape: Any) -> Any:
        """The tensor with another shape."""
        return OPERATORS["reshape"](self, newshape)

    def squeeze(self, axis: Any = None) -> Any:
        """The tensor without axes of size 1."""
        return OPERATORS["squeeze"](self, axis)

    def _no_value(self, wanted: str) -> ArgumentTypeError:
        return ArgumentTypeError(
            message(
                f"A symbolic KerasTensor has no {wanted}: it stands for a model's future data.",
                received=repr(self),
                fix="use lamina.ops in place of NumPy, or wrap the code in a Layer's `call`",
            )
        )

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise self._no_value("NumPy value")

    def __bool__(self) -> bool:
        raise self._no_value("truth value (it cannot be used as a boolean)")

    def __float__(self) -> float:
        raise self._no_value("float value")

    def __int__(self) -> int:
        raise self._no_value("int value")

    def __iter__(self) -> Any:
        raise self._no_value("elements (Iterating over a symbolic KerasTensor is not supported)")

    def __len__(self) -> int:
        raise self._no_value("length")

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


def standardize_shape(shape: Any) -> tuple[int | None, ...]:
    """A shape as a tuple of int and None.

    Raises:
        ArgumentError: an entry is negative or no integer.
    """
    if isinstance(shape, (int, np.integer)) and not isinstance(shape, bool):
        shape = (shape,)
    if shape is None:
        raise ArgumentError("Undefined shapes are not supported.")
    if not hasattr(shape, "__iter__"):
        raise ArgumentError(f"Cannot convert {shape!r} to a shape.")
    result: list[int | None] = []
    for size in shape:
        if size is None:
            result.append(None)
            continue
        if isinstance(size, (bool, float, str)) or not hasattr(size, "__index__"):
            raise ArgumentError(
                f"Cannot convert {tuple(shape)!r} to a shape. Found invalid entry {size!r} of type "
                f"{type(size)}."
            )
        size = int(size)
        if size < 0:
            raise ArgumentError(
                f"Cannot convert {tuple(shape)!r} to a shape. Negative dimensions are not allowed."
            )
        result.append(size)
    return tuple(result)


def is_keras_tensor(x: Any) -> bool:
    """Whether a value is a symbolic tensor of a functional model."""
    return isinstance(x, KerasTensor)


def any_symbolic(args: tuple, kwargs: dict) -> bool:
    """Whether a KerasTensor stands anywhere in the arguments of a call."""
    for value in args:
        if isinstance(value, KerasTensor):
            return True
        if isinstance(value, (list, tuple, dict)) and _contains_symbolic(value):
            return True
    return bool(kwargs) and any_symbolic(tuple(kwargs.values()), {})


def _contains_symbolic(structure: Any) -> bool:
    return any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(structure))


def infer_spec(fn: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
    """What `fn` returns for symbolic arguments, tensors replaced by KerasTensors.

    Args:
        fn: works on tensors; it is traced, nothing is computed.
        args: its arguments, KerasTensors anywhere among them.
        kwargs: its keyword arguments.
    Returns:
        The structure that `fn` returns.
    """
    leaves = [t for t in tree.flatten([args, kwargs]) if isinstance(t, KerasTensor)]
    if not any(None in t.shape for t in leaves):
        return tree.map_structure(_to_keras_tensor, _abstract(fn, args, kwargs, {}))
    sizes: Sizes = {
        (id(t), axis): _OTHER_FILL if axis else _BATCH_FILL
        for t in leaves
        for axis, size in enumerate(t.shape)
        if size is None
    }
    try:
        first = _abstract(fn, args, kwargs, sizes)
    except ValueError as error:
        first, sizes = _with_sizes_that_fit(fn, args, kwargs, sizes, _without_numbers(error))
    doubled = {k: 2 * n if n in (_BATCH_FILL, _OTHER_FILL) else n for k, n in sizes.items()}
    second = _abstract(fn, args, kwargs, doubled)
    if len(tree.flatten(first)) != len(tree.flatten(second)):
        raise ArgumentError(
            message(
                "The number of outputs depends on a size that is unknown. Cannot infer argument "
                f"`num` from shape {leaves[0].shape}.",
                fix="give the number of outputs, or make the size known",
            )
        )
    return tree.map_structure(_merge, first, second)


def _with_sizes_that_fit(
    fn: Callable[..., Any], args: tuple, kwargs: dict, sizes: Sizes, error: ValueError
) -> tuple[Any, Sizes]:
    """Let unknown sizes broadcast, or equal a number that stands elsewhere in the call.

    Raises:
        ValueError: `error`, if nothing fits.
    """
    leaves = tree.flatten([args, kwargs])

    def numbers(place: tuple[int, int]) -> list[int]:
        """1, and what stands in other tensors and plain arguments."""
        found = {1}
        for leaf in leaves:
            if not isinstance(leaf, KerasTensor):
                found |= {leaf} if type(leaf) is int and 1 < leaf < _OTHER_FILL else set()
            elif id(leaf) != place[0]:
                found |= {n for n in leaf.shape if n is not None and 1 < n < _OTHER_FILL}
        return sorted(found)

    one_or_two = [
        dict(zip(places, values, strict=True))
        for count in (1, 2)
        for places in itertools.combinations(sizes, count)
        for values in itertools.product(*map(numbers, places))
    ]
    broadcasting = {k: 1 for k in sizes if k[1]}
    for change in [broadcasting, *one_or_two][:_ATTEMPTS]:
        changed = {**sizes, **change}
        try:
            return _abstract(fn, args, kwargs, changed), changed
        except ValueError:
            continue
    raise error


def declared_shape(shape: tuple) -> tuple[int | None, ...]:
    """A shape with None for every size that is unknown, or for which a number only stands here.

    Args:
        shape: of a traced tensor or an array.
    """
    trace = current_trace()
    stand_ins: tuple[int, ...] = ()
    if trace is not None and trace.builder.name == SHAPES:
        stand_ins = (_BATCH_FILL, 2 * _BATCH_FILL, _OTHER_FILL, 2 * _OTHER_FILL)
    return tuple(None if isinstance(s, Dim) or s in stand_ins else s for s in shape)


def _without_numbers(error: ValueError) -> ValueError:
    """The error with None in its text where a number stands for an unknown size."""
    if isinstance(error, LaminaError) and error.args:
        text = re.sub(rf"\b({_BATCH_FILL}|{_OTHER_FILL})\b", "None", str(error.args[0]))
        error.args = (text, *error.args[1:])
    return error


class _Spec(NamedTuple):
    shape: tuple
    dtype: str


def _abstract(fn: Callable[..., Any], args: tuple, kwargs: dict, sizes: Sizes) -> Any:
    """Trace `fn` with numbers in the place of None; leaves of type _Leaf hold shapes and dtypes."""
    with outside_scopes(), Trace(SHAPES) as trace:

        def symbol(x: Any) -> Any:
            if not isinstance(x, KerasTensor):
                return x
            shape = tuple(
                s if s is not None else sizes[id(x), axis] for axis, s in enumerate(x.shape)
            )
            return trace.builder.input(shape, x.dtype, x.name)

        result = fn(*tree.map_structure(symbol, args), **tree.map_structure(symbol, kwargs))
        return tree.map_structure(_leaf, result)


class _Leaf:
    """A leaf that tree functions do not enter."""

    def __init__(self, value: Any, spec: _Spec | None) -> None:
        self.value, self.spec = value, spec


def _leaf(value: Any) -> _Leaf:
    if isinstance(value, (Tensor, Variable)):
        shape = tuple(None if isinstance(s, Dim) else s for s in value.shape)
        return _Leaf(None, _Spec(shape, value.dtype))
    if isinstance(value, np.ndarray):
        return _Leaf(None, _Spec(value.shape, dtypes.name_of(value.dtype)))
    return _Leaf(value, None)


def _to_keras_tensor(leaf: _Leaf) -> Any:
    return leaf.value if leaf.spec is None else KerasTensor(*leaf.spec)


def _merge(a: _Leaf, b: _Leaf) -> Any:
    if a.spec is None or b.spec is None:
        return a.value
    shape = tuple(m if m == n else None for m, n in zip(a.spec.shape, b.spec.shape, strict=True))
    return KerasTensor(shape, a.spec.dtype)
