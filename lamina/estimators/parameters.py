"""What the parameters of an estimator may be, one row for each, and the check before training.

scikit-learn wants a constructor that only stores its arguments, so a wrong value is found here,
when `fit` begins, and named together with what would have been right.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lamina import activations, optimizers
from lamina.base.errors import ArgumentError, message, near

DTYPES = ("float32", "float64")


def _is_whole(value: Any, least: int) -> bool:
    is_bool = isinstance(value, (bool, np.bool_))
    return isinstance(value, numbers.Integral) and not is_bool and int(value) >= least


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def _is_layer_sizes(value: Any) -> bool:
    if isinstance(value, (list, tuple, np.ndarray)):
        return all(_is_whole(size, 1) for size in value)
    return _is_whole(value, 1)


def _is_class_weight(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_number(weight) and 0 <= weight < np.inf for weight in value.values())
    return value is None or value == "balanced"


Rule = tuple[Callable[[Any], bool], str]
RULES: dict[str, Rule] = {
    "hidden_layer_sizes": (_is_layer_sizes, "ints >= 1, one for each hidden layer"),
    "activation": (
        lambda v: v is None or isinstance(v, str) or callable(v),
        "the name of an activation, a function, or None",
    ),
    "dropout": (lambda v: _is_number(v) and 0 <= v < 1, "a number from 0 up to, not with, 1"),
    "optimizer": (
        lambda v: isinstance(v, (str, optimizers.Optimizer)),
        "the name of an optimizer, or an Optimizer",
    ),
    "learning_rate": (
        lambda v: (
            (_is_number(v) and 0 < v < np.inf)
            or isinstance(v, optimizers.schedules.LearningRateSchedule)
        ),
        "a number > 0, or a LearningRateSchedule",
    ),
    "l2": (lambda v: _is_number(v) and 0 <= v < np.inf, "a number >= 0"),
    "batch_size": (
        lambda v: v is None or (isinstance(v, str) and v == "all") or _is_whole(v, 1),
        "an int >= 1, or None or 'all' for all rows at once",
    ),
    "epochs": (lambda v: _is_whole(v, 1), "an int >= 1"),
    "early_stopping": (lambda v: isinstance(v, (bool, np.bool_)), "True or False"),
    "validation_fraction": (lambda v: _is_number(v) and 0 < v < 1, "a number between 0 and 1"),
    "patience": (lambda v: _is_whole(v, 0), "an int >= 0"),
    "class_weight": (_is_class_weight, "None, 'balanced', or a dict of class -> number >= 0"),
    "dtype": (lambda v: isinstance(v, str) and v in DTYPES, "'float32' or 'float64'"),
    "warm_start": (lambda v: isinstance(v, (bool, np.bool_)), "True or False"),
    "verbose": (lambda v: isinstance(v, (bool, np.bool_)) or _is_whole(v, 0), "0, 1 or 2"),
    "build": (lambda v: v is None or callable(v), "a function (meta, **keywords), or None"),
}
_NAMES: dict[str, Callable[[], list[str]]] = {
    "activation": lambda: [n for n in activations.__all__ if n.islower()],
    "optimizer": lambda: [n.lower() for n in optimizers.__all__],
}


def check_parameters(parameters: Mapping[str, Any], estimator: str) -> None:
    """Refuse parameters that cannot be used.

    Args:
        parameters: name -> value; `random_state` is checked where it is used.
        estimator: the name of the estimator's class, for messages.
    Raises:
        ArgumentError: the first value that does not fit its rule.
    Example:
        >>> check_parameters({"epochs": 0}, "LaminaClassifier")
        Traceback (most recent call last):
        ...
        lamina.base.errors.ArgumentError: LaminaClassifier: `epochs` cannot be used.
          received: 0
          required: an int >= 1
    """
    for name, value in parameters.items():
        accepts, required = RULES.get(name, (lambda _: True, ""))
        if not accepts(value):
            raise ArgumentError(
                message(f"{estimator}: `{name}` cannot be used.", repr(value)[:80], required)
            )
        if name in _NAMES and isinstance(value, str):
            _check_name(estimator, name, value)


def _check_name(estimator: str, name: str, value: str) -> None:
    """Refuse an unknown name of an activation or optimizer, with the close ones."""
    family = activations if name == "activation" else optimizers
    try:
        family.get(value)
    except ValueError:
        known = _NAMES[name]()
        raise ArgumentError(
            message(
                f"{estimator}: unknown {name} {value!r}. {near(value, known)}".rstrip(),
                required=RULES[name][1],
            )
        ) from None
