"""Adam with weight decay beside the gradient instead of in it."""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.optimizers.adam import Adam
from lamina.optimizers.optimizer import LearningRate
from lamina.optimizers.shared_arguments import with_shared_arguments


@with_shared_arguments
class AdamW(Adam):
    """Adam with decoupled weight decay.

    Before Adam's step, w = w - learning_rate * weight_decay * w.

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        weight_decay: float, the fraction of each weight, times the learning rate, that is taken off
            before each update.
        beta_1: float, how much of the old mean is kept.
        beta_2: float, how much of the old mean square is kept.
        epsilon: float > 0, against division by zero.
        amsgrad: bool, whether to divide by the greatest mean square so far.
        {shared arguments}
    Raises:
        ArgumentError: `weight_decay` is None, or another argument cannot be used.
    Source: Loshchilov, Hutter (2017), arXiv:1711.05101.
    Example:
        >>> AdamW().weight_decay
        0.004
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )
        if self.weight_decay is None:
            raise ArgumentError(
                message(
                    "Argument `weight_decay` must be a float. Received: weight_decay=None",
                    fix="use Adam for no weight decay",
                )
            )
