"""The arguments that all optimizers share, described once and put into each class's docstring."""

from __future__ import annotations

from typing import TypeVar

_MARK = "        {shared arguments}\n"

_SHARED = """\
        weight_decay: float or None, the fraction of each weight, times the learning rate, that is
            taken off before each update.
        clipnorm: float or None, the longest a single variable's gradient may be; longer ones are
            scaled down.
        clipvalue: float or None, the greatest absolute value of a gradient's element.
        global_clipnorm: float or None, the longest all gradients together may be. At most one of
            the three limits can be set.
        use_ema: bool, whether to keep an exponential moving average of the weights.
        ema_momentum: float in [0, 1]: average = ema_momentum * average + (1 - ema_momentum) *
            weight.
        ema_overwrite_frequency: int or None, after how many updates the weights are replaced by
            their average; None: only at the end of `fit`.
        loss_scale_factor: float or None; the loss is multiplied by it before differentiation and
            the gradients are divided by it, against underflow in half precision.
        gradient_accumulation_steps: int >= 2 or None, of how many steps the gradients are averaged
            before one update. Schedules count steps, `iterations` counts updates.
        name: str or None, the first part of the paths of the optimizer's variables.
        **kwargs: only for files of older versions; anything unknown is an error.
"""

T = TypeVar("T", bound=type)


def with_shared_arguments(cls: T) -> T:
    """Fill the mark in a class's docstring with the shared arguments.

    Args:
        cls: an optimizer whose docstring has the line "{shared arguments}" among its Args.
    Returns:
        The class itself.
    """
    if cls.__doc__:  # `python -OO` drops docstrings
        cls.__doc__ = cls.__doc__.replace(_MARK, _SHARED)
    return cls
