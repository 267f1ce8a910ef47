"""From one loss per sample to the number that is minimised: weights, masks, sums and means."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message, near
from lamina.ir import dims
from lamina.losses.ranks import squeeze_or_expand_to_same_rank

MEANS = ("sum_over_batch_size", "mean")
REDUCTIONS = (*MEANS, "mean_with_sample_weight", "sum", "none", None)


def standardize_reduction(reduction: str | None) -> str | None:
    """The reduction itself if it is known.

    Args:
        reduction: one of `REDUCTIONS`.
    Raises:
        ArgumentError: it is not.
    """
    if isinstance(reduction, (str, type(None))) and reduction in REDUCTIONS:
        return reduction
    raise ArgumentError(
        message(
            "Invalid value for argument `reduction`.",
            received=repr(reduction),
            required="one of " + ", ".join(map(repr, REDUCTIONS)),
            fix=near(reduction, filter(None, REDUCTIONS)) or None,
        )
    )


def element_count(x: Any, dtype: Any) -> Any:
    """The number of a tensor's elements, as a scalar tensor; the batch may be dynamic."""
    return ops.convert_to_tensor(dims.product(tuple(x.shape)), dtype=dtype)


def reduce_values(
    values: Any, sample_weight: Any = None, reduction: str | None = "sum_over_batch_size"
) -> Any:
    """Sum or average losses that weights are already part of.

    Args:
        values: tensor of losses, one for each sample or place.
        sample_weight: the weights; "mean_with_sample_weight" divides by their sum.
        reduction: see `Loss`.
    Returns:
        A scalar tensor, or `values` for None and "none". No samples give 0.
    Numerics: half precision is summed and divided in float32.
    """
    if reduction in (None, "none") or len(values.shape) == 0:
        return values
    dtype = values.dtype
    wide = "float32" if dtype in ("float16", "bfloat16") else dtype
    total = ops.sum(ops.cast(values, wide))
    if reduction != "sum":
        if reduction == "mean_with_sample_weight" and sample_weight is not None:
            divisor = ops.sum(ops.cast(sample_weight, wide))
        else:
            divisor = element_count(values, wide)
        total = ops.divide_no_nan(total, divisor)
    return ops.cast(total, dtype)


def reduce_weighted_values(
    values: Any,
    sample_weight: Any = None,
    mask: Any = None,
    reduction: str | None = "sum_over_batch_size",
    dtype: Any = None,
) -> Any:
    """Weight losses, leave out masked ones, and sum or average what remains.

    Args:
        values: tensor of losses.
        sample_weight: tensor that broadcasts against `values`, or None.
        mask: bool tensor, False for places that do not count; or None.
        reduction: see `Loss`.
        dtype: dtype that everything is converted to; default: that of `values`.
    Returns:
        A scalar tensor, or one of the shape of `values` for None and "none".
    Example:
        >>> float(reduce_weighted_values([1.0, 3.0], sample_weight=[1.0, 0.0]))
        0.5
    """
    reduction = standardize_reduction(reduction)
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
    if mask is not None:
        mask = ops.convert_to_tensor(mask, dtype="bool")
    sample_weight = apply_mask(sample_weight, mask, values.dtype, reduction)
    if sample_weight is not None:
        sample_weight = ops.cast(sample_weight, values.dtype)
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        values = ops.multiply(values, sample_weight)
    return reduce_values(values, sample_weight, reduction)


def apply_mask(sample_weight: Any, mask: Any, dtype: Any, reduction: str | None) -> Any:
    """Merge a mask into sample weights.

    Under a mean the places that count are weighted by total / counted, so that dividing by the
    number of all places gives the mean over the counted ones.

    Args:
        sample_weight: tensor or None.
        mask: tensor, true where a place counts; or None.
        dtype: dtype of the result.
        reduction: see `Loss`.
    Returns:
        Weights, or None if there are neither weights nor a mask.
    """
    if mask is None:
        return sample_weight
    weights = ops.cast(mask, dtype)
    if reduction in MEANS:
        weights = ops.multiply(
            weights, ops.divide_no_nan(element_count(mask, dtype), ops.sum(weights))
        )
    if sample_weight is None:
        return weights
    sample_weight = ops.cast(sample_weight, dtype)
    weights, sample_weight = squeeze_or_expand_to_same_rank(weights, sample_weight)
    return ops.multiply(sample_weight, weights)
