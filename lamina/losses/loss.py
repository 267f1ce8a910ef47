"""`Loss`, the base of all loss classes: convert, compute per sample, weight, mask, reduce."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.base import config, dtypes, tree
from lamina.base.errors import ArgumentError, message
from lamina.base.naming import auto_name
from lamina.losses.reduction import reduce_weighted_values, standardize_reduction
from lamina.ops.masking import get_keras_mask


def compute_dtype(dtype: Any) -> str:
    """The dtype that losses and metrics compute in.

    Args:
        dtype: None (floatx), a dtype, a dtype policy, or a policy's name such as "mixed_float16".
    Returns:
        The dtype's name.
    """
    if dtype is None:
        return config.floatx()
    dtype = getattr(dtype, "compute_dtype", dtype)
    if isinstance(dtype, str):
        dtype = dtype.removeprefix("mixed_")
    return dtypes.standardize_dtype(dtype)


def _map_tensors(function: Callable[[Any], Any], x: Any) -> Any:
    """A function applied to the tensors of a structure; nested lists of numbers are one tensor."""
    if isinstance(x, (list, tuple)) and all(
        isinstance(leaf, (bool, int, float, np.generic)) for leaf in tree.flatten(x)
    ):
        return function(x)
    return tree.map_structure(function, x)


class Loss:
    """Base class of losses; a subclass says in `call` what the loss of each sample is.

    Args:
        name: the loss's name; made from the class's name if None.
        reduction: how the samples' losses become one number. "sum_over_batch_size" and "mean"
            divide their sum by their number, "mean_with_sample_weight" by the sum of the weights;
            "sum" adds them up; "none" and None keep them apart.
        dtype: dtype or dtype policy that the loss is computed in; default floatx.
    Call arguments:
        y_true: targets: tensor or nested tensors, (batch, ...).
        y_pred: predictions, of the same structure.
        sample_weight: None, or tensor that broadcasts against the samples' losses.
    Returns:
        A scalar tensor, or (batch, ...) without a reduction.
    Raises:
        ArgumentError: `reduction` is unknown.
    Numerics: no samples, or weights that are all zero, give 0. A mask that travels with `y_pred`
        leaves places out; a mean is then taken over the places left.
    Example:
        >>> class Distance(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return ops.max(ops.abs(y_true - y_pred), axis=-1)
        >>> float(Distance()([[0.0, 1.0]], [[0.5, 3.0]]))
        2.0
    """

    _integer_targets = False  # whether integer targets stay integers

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        self.name = name or auto_name(type(self).__name__)
        self.reduction = standardize_reduction(reduction)
        self._dtype = compute_dtype(dtype)

    @property
    def dtype(self) -> str:
        """The name of the dtype that the loss is computed in."""
        return self._dtype

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss; see the class."""
        in_mask = get_keras_mask(y_pred)
        y_pred = _map_tensors(self._convert, y_pred)
        targets = self._convert_target if self._integer_targets else self._convert
        losses = self.call(_map_tensors(targets, y_true), y_pred)
        if losses is None:
            raise ArgumentError(
                message(
                    f"The loss '{self.name}' returned None.",
                    fix="end its function with `return` and the loss of each sample",
                )
            )
        out_mask = get_keras_mask(losses)
        if in_mask is not None and out_mask is not None:
            mask = ops.logical_and(in_mask, out_mask)
        else:
            mask = out_mask if in_mask is None else in_mask
        return reduce_weighted_values(losses, sample_weight, mask, self.reduction, self.dtype)

    def _convert(self, x: Any) -> Any:
        return ops.convert_to_tensor(x, dtype=self.dtype)

    def _convert_target(self, x: Any) -> Any:
        x = ops.convert_to_tensor(x)
        return x if dtypes.is_int(x.dtype) else ops.cast(x, self.dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample; to be written by subclasses.

        Args:
            y_true: targets, in the loss's dtype.
            y_pred: predictions, in the loss's dtype.
        Returns:
            Tensor, usually (batch,).
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement `call`.")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A loss from what `get_config` returned."""
        return cls(**config)

    def _obj_type(self) -> str:
        return "Loss"
