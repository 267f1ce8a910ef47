"""Labels that cannot belong to a loss, found before training starts and explained.

Looks at whole arrays on the host, once, and never changes them. Only clear cases are refused, and
only for Lamina's own losses: what a user's loss makes of its targets is its own affair.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.losses.loss import Loss
from lamina.losses.wrapper import LossFunctionWrapper

_SPARSE = frozenset({"sparse_categorical_crossentropy", "categorical_generalized_cross_entropy"})
_BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
_ONE_HOT = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
_ELEMENTWISE = frozenset(
    {
        "categorical_hinge",
        "cosine_similarity",
        "hinge",
        "huber",
        "kl_divergence",
        "log_cosh",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_error",
        "mean_squared_logarithmic_error",
        "poisson",
        "squared_hinge",
    }
)


def check_targets(loss: Any, y_true: np.ndarray, y_pred_shape: Any) -> None:
    """Refuse targets that a loss cannot mean.

    Args:
        loss: a loss function, a `Loss`, or None.
        y_true: all targets of one output, (samples, ...).
        y_pred_shape: that output's shape, (None or an int, ...).
    Raises:
        ArgumentError: a label is out of range, or of another kind than the loss expects.
        ShapeError: the targets' shape does not fit the output's.
    Example:
        >>> from lamina.losses import sparse_categorical_crossentropy
        >>> check_targets(sparse_categorical_crossentropy, np.array([0, 2, 1]), (None, 3))
    """
    function = getattr(loss, "fn", loss)
    name = getattr(function, "__name__", "")
    if not str(getattr(function, "__module__", "")).startswith("lamina.losses."):
        return
    if isinstance(loss, Loss) and type(loss).call is not LossFunctionWrapper.call:
        return  # a user's class
    settings = getattr(loss, "_fn_kwargs", {})
    y_true, shape = np.asarray(y_true), tuple(y_pred_shape)
    if y_true.ndim == 0 or y_true.dtype.kind not in "biuf":
        return
    if name in _SPARSE:
        _check_class_numbers(name, y_true, shape, settings)
    elif name in _ONE_HOT:
        _check_one_hot(name, y_true, shape)
        _check_shape(name, y_true, shape)
    elif name in _BINARY:
        _check_shape(name, y_true, shape)
        _check_yes_or_no(name, y_true)
    elif name in _ELEMENTWISE:
        _check_shape(name, y_true, shape)


def check_weights(loss: Any, weights: np.ndarray, y_pred_shape: Any) -> None:
    """Refuse sample weights that do not fit a loss.

    Args:
        loss: a loss function or a `Loss`.
        weights: weights of one output's samples, (samples, ...).
        y_pred_shape: that output's shape, (None or an int, ...).
    Raises:
        ShapeError: the weights' shape is that of neither the samples nor their steps.
    """
    function = getattr(loss, "fn", loss)
    if not str(getattr(function, "__module__", "")).startswith("lamina.losses."):
        return
    given, wanted = weights.shape[1:], tuple(y_pred_shape)[1:-1]
    if given in ((), (1,)) or (len(given) == len(wanted) + 1 and given[-1] == 1):
        return
    if len(given) <= len(wanted) and all(
        w is None or g in (1, w) for g, w in zip(given, wanted, strict=False)
    ):
        return
    raise ShapeError(
        message(
            "Argument `sample_weight`: the shape does not fit the output's.",
            received=f"sample_weight: {weights.shape}, output: {_text(tuple(y_pred_shape))}",
            required=f"(batch,){f' or {_text((None, *wanted))}' if wanted else ''}",
        )
    )


def _check_class_numbers(
    name: str, y_true: np.ndarray, shape: tuple, settings: dict[str, Any]
) -> None:
    axis = settings.get("axis", -1) % len(shape)
    classes = shape[axis]
    wanted = (*shape[:axis], *shape[axis + 1 :])
    if classes is None:
        return
    if y_true.ndim == len(shape) and y_true.shape[axis] == 1:
        y_true = np.squeeze(y_true, axis)
    elif y_true.ndim == len(shape) and classes > 1 and y_true.shape[axis] == classes:
        raise ShapeError(
            message(
                f"Argument `y` of {name}: y has shape {y_true.shape}: it looks one-hot.",
                received=f"{y_true.shape} {y_true.dtype}",
                required=f"class numbers, {_text(wanted)}",
                fix="use the loss categorical_crossentropy, or np.argmax(y, axis=-1)",
            )
        )
    if not _fits(y_true.shape, wanted):
        raise ShapeError(
            message(
                f"Argument `y` of {name}: the shape does not fit the output's.",
                received=f"y: {y_true.shape}, output: {_text(shape)}",
                required=f"class numbers, {_text(wanted)} or {_text((*wanted, 1))}",
            )
        )
    counted = np.ones(y_true.shape, bool)
    if settings.get("ignore_class") is not None:
        counted = y_true != settings["ignore_class"]
    if y_true.dtype.kind == "f":
        bad = counted & np.isfinite(y_true) & (y_true != np.floor(y_true))
        _raise_at(
            bad, y_true, name, "is not a whole number", "class numbers 0, 1, 2 …",
            "for numbers as targets use a loss such as mean_squared_error",
        )  # fmt: skip
    bad = counted & ((y_true < 0) | (y_true >= classes))
    _raise_at(
        bad, y_true, name, f"is none of the {classes} classes", f"labels from 0 to {classes - 1}",
        _range_fix(y_true[counted], classes),
    )  # fmt: skip


def _range_fix(labels: np.ndarray, classes: int) -> str:
    """What most likely went wrong with labels out of range."""
    least, most = int(labels.min()), int(labels.max())
    if least >= 1 and most == classes:
        return "labels seem to start at 1: pass y - 1"
    if least >= 0:
        return f"give the last layer units={most + 1}, or correct the labels"
    return f"map the labels to 0 … {classes - 1}, or name one to skip: ignore_class={least}"


def _check_one_hot(name: str, y_true: np.ndarray, shape: tuple) -> None:
    classes = shape[-1]
    if classes is None or classes < 2:
        return
    numbers = y_true.ndim == len(shape) - 1 or (y_true.ndim == len(shape) and y_true.shape[-1] == 1)
    if numbers and np.all(np.floor(y_true) == y_true):
        raise ShapeError(
            message(
                f"Argument `y` of {name}: y has shape {y_true.shape}: it looks like class numbers.",
                received=f"{y_true.shape} {y_true.dtype}",
                required=f"one-hot rows, {_text(shape)}",
                fix="use the loss sparse_categorical_crossentropy, or "
                f"utils.to_categorical(y, {classes})",
            )
        )


def _check_yes_or_no(name: str, y_true: np.ndarray) -> None:
    if y_true.dtype.kind == "b":
        return
    least, most = y_true.min(initial=0), y_true.max(initial=0)
    if least >= 0 and most <= 1:
        return
    if least == -1 and most <= 1:
        fix = "for labels -1 and 1 pass (y + 1) / 2, or use the loss hinge"
    elif least >= 0 and np.all(np.floor(y_true) == y_true):
        fix = (
            f"for {int(most) + 1} classes give the last layer units={int(most) + 1} and "
            "activation='softmax', and use the loss sparse_categorical_crossentropy"
        )
    else:
        fix = "for numbers as targets use a loss such as mean_squared_error"
    bad = (y_true < 0) | (y_true > 1)
    _raise_at(bad, y_true, name, "is neither 0 nor 1", "labels 0 and 1, or between", fix)


def _check_shape(name: str, y_true: np.ndarray, shape: tuple) -> None:
    given = y_true.shape
    if len(given) == len(shape) + 1 and given[-1] == 1:
        given = given[:-1]
    elif len(given) == len(shape) - 1 and shape[-1] == 1:
        given = (*given, 1)
    if _fits(given, shape):
        return
    raise ShapeError(
        message(
            f"Argument `y` of {name}: the shape does not fit the output's.",
            received=f"y: {y_true.shape}, output: {_text(shape)}",
            required=f"y: {_text(shape)}",
            fix=f"give the last layer units={y_true.shape[-1]}, or reshape y"
            if len(given) == len(shape)
            else "reshape y",
        )
    )


def _fits(given: tuple, wanted: tuple) -> bool:
    """Whether a shape of targets fits an output's, the first axis (samples) left out.

    Sizes of 1 are no exception: (32, 1) against (32, 3) would broadcast, and train nonsense.
    """
    return len(given) == len(wanted) and all(
        w is None or g == w for g, w in zip(given[1:], wanted[1:], strict=True)
    )


def _raise_at(
    bad: np.ndarray, y_true: np.ndarray, name: str, problem: str, required: str, fix: str
) -> None:
    """An error that names the first offending row and value, if there is one."""
    if not bad.any():
        return
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    where = f"row {place[0]}" + (
        f", place {place[1:]}" if place[1:] and bad.size > len(bad) else ""
    )
    others = int(bad.sum()) - 1
    raise ArgumentError(
        message(
            f"Argument `y` of {name}: {where} is {y_true[place].item()!r}, which {problem}.",
            received=f"{y_true.shape} {y_true.dtype}"
            + (f", {others:,} more like it" if others else ""),
            required=required,
            fix=fix,
        )
    )


def _text(shape: tuple) -> str:
    """A shape with "batch" for its first size and "any" for unknown ones."""
    sizes = ["batch", *("any" if s is None else str(s) for s in shape[1:])]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
