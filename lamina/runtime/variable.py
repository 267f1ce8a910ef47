"""Variables: the state of a model, named arrays that keep their shape and dtype.

Weights, optimiser slots, metric sums and random counters are all variables. Inside a compiled
function they are inputs and outputs of the program; see `lamina.runtime.scopes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.base.lazy import load_namespace
from lamina.base.loading import current_loading
from lamina.base.naming import auto_name
from lamina.ir import dims
from lamina.ir.operators import Operators
from lamina.ir.program import Tensor
from lamina.runtime import scopes
from lamina.runtime.autocast import current_autocast
from lamina.runtime.dispatch import apply
from lamina.runtime.name_scope import current_path


class Variable(Operators):
    """An array with a name that keeps its shape and dtype, and can be assigned to.

    Args:
        initializer: the first value (array, number, list), or a callable `(shape, dtype=...)`
            giving it.
        shape: tuple of int, needed with a callable.
        dtype: dtype's name; default: floatx for a callable, else that of the value.
        trainable: whether optimizers change it.
        autocast: whether a layer's compute dtype applies when it is read.
        aggregation: "none", "mean", "sum" or "only_first_replica"; kept, unused on one device.
        synchronization: kept for Keras's sake.
        name: without "/"; made up if None.
    Raises:
        ArgumentError: a callable without shape, a bad name, an unknown aggregation.
    Example:
        >>> v = Variable([1.0, 2.0], name="v")
        >>> v.assign_add([1.0, 1.0]).tolist()
        [2.0, 3.0]
    """

    __array_priority__ = 100

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        layout = kwargs.pop("layout", None)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments of Variable: {sorted(kwargs)}")
        name = name or auto_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            raise ArgumentError(
                message(
                    "Argument `name` must be a string and cannot contain character `/`.",
                    received=f"name={name!r}",
                )
            )
        allowed = ("none", "mean", "sum", "only_first_replica")
        if (aggregation or "none") not in allowed:
            raise ArgumentError(
                message("Invalid value for argument `aggregation`.", repr(aggregation), allowed)
            )
        self._name = name
        parent = current_path()
        self._path = f"{parent}/{name}" if parent else name
        self._trainable = bool(trainable)
        self._autocast = bool(autocast)
        self._aggregation = aggregation or "none"
        self._synchronization = synchronization
        self._layout = layout
        self._regularizer: Callable | None = None
        self._constraint: Callable | None = None
        self._overwrite_with_gradient = False
        self._initializer = initializer if callable(initializer) else None
        with scopes.outside_scopes():
            self._value = self._first_value(initializer, shape, dtype)
        self._shape = tuple(self._value.shape)
        self._dtype = dtypes.name_of(self._value.dtype)

    def _first_value(self, initializer: Any, shape: Any, dtype: Any) -> np.ndarray:
        if isinstance(initializer, str) and dtype != "string":
            initializer = load_namespace("lamina.initializers").get(initializer)
        if callable(initializer):
            if shape is None:
                raise ArgumentError(
                    message(
                        "When creating a Variable from an initializer, the `shape` argument "
                        "should be specified.",
                        received=f"initializer={initializer}, shape=None",
                    )
                )
            size = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
            if any(s is not None and s < 0 for s in size):
                raise ArgumentError(
                    message(f"Variable '{self._path}': a size is negative.", f"shape={size}")
                )
            if any(s is None for s in size):
                raise ArgumentError(
                    message(
                        "Shapes used to initialize variables must be fully-defined (no `None` "
                        "dimensions).",
                        received=f"shape={size} for variable path='{self._path}'",
                    )
                )
            name = dtypes.standardize_dtype(dtype)
            scope = current_loading()
            if scope is not None:  # the value comes from a file
                return scope.placeholder(self, initializer, size, dtypes.to_numpy(name))
            value = initializer(size, dtype=name)
            return np.array(_plain(value), dtype=dtypes.to_numpy(name))
        value = _plain(initializer)
        if dtype is None and not isinstance(initializer, np.ndarray):
            dtype = _dtype_of(initializer, value)
        name = dtypes.standardize_dtype(dtype or dtypes.name_of(value.dtype))
        array = np.array(value, dtype=None if name == "string" else dtypes.to_numpy(name))
        if shape is not None and tuple(shape) != array.shape:
            array = np.broadcast_to(array, tuple(shape)).copy()
        return array

    # --- the value ---

    @property
    def value(self) -> Any:
        """The current value: an array, or a tensor while a program is traced."""
        value = scopes.read(self)
        target = current_autocast()
        if target is not None and self._autocast and dtypes.is_float(self._dtype):
            if self._dtype != target:
                return apply("cast", value, dtype=target)
        return value

    def assign(self, value: Any) -> Any:
        """Replace the value.

        Args:
            value: something of the variable's shape; cast to its dtype.
        Returns:
            The new value.
        Raises:
            ShapeError: the shape differs.
        """
        if isinstance(value, Variable):
            value = value.value
        if not isinstance(value, Tensor):
            value = _plain(value)
        if not dims.same_shape(tuple(value.shape), self._shape):
            raise ShapeError(
                message(
                    "The shape of the target variable and the shape of the target value in "
                    "`variable.assign(value)` must match.",
                    received=f"value.shape={tuple(value.shape)}",
                    required=f"variable.shape={self._shape} of '{self._path}'",
                )
            )
        if (
            dtypes.name_of(value.dtype) != self._dtype
            if _is_array(value)
            else (value.dtype != self._dtype)
        ):
            value = apply("cast", value, dtype=self._dtype)
        scopes.write(self, value)
        return value

    def assign_add(self, value: Any) -> Any:
        """Add to the value; see `assign`."""
        return self.assign(self + value)

    def assign_sub(self, value: Any) -> Any:
        """Subtract from the value; see `assign`."""
        return self.assign(self - value)

    def _set(self, value: np.ndarray) -> None:
        """Keep a copy of an array as the value: the caller may go on to write into its own."""
        self._value = np.array(value)

    def numpy(self) -> np.ndarray:
        """A copy of the value as a NumPy array."""
        return np.array(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        value = self.value
        if isinstance(value, Tensor):
            raise value._no_value("a NumPy array")
        return np.array(value, dtype=dtype, copy=True if copy is None else copy)

    def _scalar(self) -> Any:
        value = self.value
        if value.ndim != 0:
            raise TypeError(
                f"Only scalar arrays can be converted to Python scalars. Got: shape={self._shape}"
            )
        return value

    def __float__(self) -> float:
        return float(self._scalar())

    def __int__(self) -> int:
        return int(self._scalar())

    def __bool__(self) -> bool:
        return bool(self.value)

    # --- what is known about it ---

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return self._shape

    @property
    def dtype(self) -> str:
        """The name of the dtype that it is read in."""
        target = current_autocast()
        if target is not None and self._autocast and dtypes.is_float(self._dtype):
            return target
        return self._dtype

    @property
    def ndim(self) -> int:
        """The number of its dimensions."""
        return len(self._shape)

    @property
    def size(self) -> int:
        """The number of its elements."""
        return int(np.prod(self._shape))

    @property
    def name(self) -> str:
        """Its own name."""
        return self._name

    @property
    def path(self) -> str:
        """Its name behind those of the scopes that it was made in."""
        return self._path

    @property
    def trainable(self) -> bool:
        """Whether optimizers change it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def initializer(self) -> Callable | None:
        """The callable that made the first value, if any."""
        return self._initializer

    @property
    def autocast(self) -> bool:
        """Whether a layer's compute dtype applies when it is read."""
        return self._autocast

    @property
    def aggregation(self) -> str:
        """How replicas would be joined."""
        return self._aggregation

    @property
    def synchronization(self) -> str | None:
        """Kept for Keras's sake."""
        return self._synchronization

    @property
    def overwrite_with_gradient(self) -> bool:
        """Whether the optimizer replaces the value by the gradient."""
        return self._overwrite_with_gradient

    @overwrite_with_gradient.setter
    def overwrite_with_gradient(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise TypeError(f"`overwrite_with_gradient` must be a boolean. Received: {value}")
        self._overwrite_with_gradient = value

    @property
    def regularizer(self) -> Callable | None:
        """What gives a penalty for the value, or None."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value: Callable | None) -> None:
        self._check_callable("regularizer", value)
        self._regularizer = value

    @property
    def constraint(self) -> Callable | None:
        """What maps the value to an allowed one after each update, or None."""
        return self._constraint

    @constraint.setter
    def constraint(self, value: Callable | None) -> None:
        self._check_callable("constraint", value)
        self._constraint = value

    def _check_callable(self, what: str, value: Any) -> None:
        if value is not None and not callable(value):
            raise ArgumentError(
                message(f"Invalid value for attribute `{what}`.", repr(value), "a callable or None")
            )

    def __repr__(self) -> str:
        value = f", value={self._value}" if not scopes.in_stateless_scope() else ""
        return f"<Variable path={self._path}, shape={self._shape}, dtype={self._dtype}{value}>"


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _plain(value: Any) -> np.ndarray:
    """A value as an array, whatever array type it came in."""
    if isinstance(value, Variable):
        value = value.value
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value)


def _dtype_of(original: Any, value: np.ndarray) -> str:
    """Python numbers take the default dtypes; everything else keeps its own."""
    if isinstance(original, (Variable, np.generic)) or hasattr(original, "dtype"):
        return dtypes.name_of(value.dtype)
    if value.dtype.kind == "f":
        return dtypes.standardize_dtype(None)
    if value.dtype.kind == "i":
        return "int32"
    return dtypes.name_of(value.dtype)
