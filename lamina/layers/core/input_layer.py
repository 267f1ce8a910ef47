"""The entrance of a model: a symbolic tensor of a declared shape and dtype."""

from __future__ import annotations

import warnings
from typing import Any

from lamina.base import dtypes
from lamina.base.errors import ArgumentError
from lamina.layers.layer import Layer
from lamina.ops.operation import Node
from lamina.ops.symbolic import KerasTensor, standardize_shape


class InputLayer(Layer):
    """The layer behind `Input`.

    Args:
        shape: tuple of int and None, without the batch.
        batch_size: int, or None for any.
        dtype: dtype of the data; floatx by default.
        sparse: must not be True.
        ragged: must not be True.
        batch_shape: the shape with the batch, in place of `shape` and `batch_size`.
        input_tensor: an existing symbolic tensor to wrap.
        optional: whether None may be given.
        name: made up if None.
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name)
        shape = _renamed(kwargs, "input_shape", "shape", shape)
        batch_shape = _renamed(kwargs, "batch_input_shape", "batch_shape", batch_shape)
        if input_tensor is not None:
            dense = {"sparse": sparse, "ragged": ragged}
            _check_same(input_tensor, shape, batch_size, batch_shape, dtype, **dense)
            batch_shape, dtype = input_tensor.shape, input_tensor.dtype
        else:
            _check_dense(sparse=sparse, ragged=ragged)
            batch_shape = _full_shape(shape, batch_size, batch_shape)
        self._batch_shape = standardize_shape(batch_shape)
        self._dtype = dtypes.standardize_dtype(dtype)
        self.optional = bool(optional)
        self.sparse = self.ragged = False
        if input_tensor is None:
            input_tensor = KerasTensor(self._batch_shape, self._dtype, name=name or self.name)
        self._input_tensor = input_tensor
        Node(self, (), {}, input_tensor)
        self.built = True

    def call(self) -> None:
        """None: an input layer computes nothing."""

    @property
    def batch_shape(self) -> tuple:
        """The shape with the batch."""
        return self._batch_shape

    @property
    def dtype(self) -> str:
        """The dtype of the data."""
        return self._dtype

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": False,
            "ragged": False,
            "optional": self.optional,
            "name": self.name,
        }


def _full_shape(shape: Any, batch_size: Any, batch_shape: Any) -> tuple:
    if shape is not None and batch_shape is not None:
        raise ArgumentError("You cannot pass both `shape` and `batch_shape` at the same time.")
    if batch_size is not None and batch_shape is not None:
        raise ArgumentError("You cannot pass both `batch_size` and `batch_shape` at the same time.")
    if shape is None and batch_shape is None:
        raise ArgumentError("You must pass a `shape` argument.")
    if shape is not None:
        return (batch_size, *standardize_shape(shape))
    return standardize_shape(batch_shape)


def _renamed(kwargs: dict[str, Any], old: str, new: str, value: Any) -> Any:
    """The value of an argument that Keras 2 named otherwise."""
    if kwargs.get(old) is None:
        return value
    warnings.warn(f"Argument `{old}` is deprecated. Use `{new}` instead.", stacklevel=3)
    return kwargs.pop(old)


def _check_dense(**kinds: Any) -> None:
    for name, value in kinds.items():
        if value:
            raise ArgumentError(f"`{name}=True` is not supported: Lamina has dense tensors only.")


def _check_same(
    tensor: Any, shape: Any, batch_size: Any, batch_shape: Any, dtype: Any, **kinds: Any
) -> None:
    if not isinstance(tensor, KerasTensor):
        raise ArgumentError(
            "Argument `input_tensor` must be a KerasTensor. Received invalid type: "
            f"input_tensor={tensor} (of type {type(tensor)})"
        )
    wrong = {
        "batch_size": batch_size is not None and (tensor.ndim < 1 or tensor.shape[0] != batch_size),
        "shape": shape is not None and tuple(shape) != tensor.shape[1:],
        "batch_shape": batch_shape is not None and tuple(batch_shape) != tensor.shape,
        "dtype": dtype is not None and tensor.dtype != dtypes.standardize_dtype(dtype),
        **kinds,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise ArgumentError(
                "When providing the `input_tensor` argument, you cannot provide an incompatible "
                f"`{name}` argument."
            )


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic tensor from which to build a functional model.

    Args:
        shape: tuple of int and None, without the batch.
        batch_size: int, or None for any.
        dtype: dtype of the data; floatx by default.
        sparse: must not be True.
        ragged: must not be True.
        batch_shape: the shape with the batch, in place of `shape` and `batch_size`.
        name: also the key under which data for it may be given in a dict.
        tensor: an existing symbolic tensor to wrap.
        optional: whether None may be given.
    Returns:
        KerasTensor.
    Example:
        >>> Input((28, 28)).shape
        (None, 28, 28)
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
    )
    return layer.output
