"""Steps of one size in the direction of the gradient's sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Lion(Optimizer):
    """Evolved sign momentum.

    w = w - learning_rate * sign(beta_1 * m + (1 - beta_1) * g)
    m = beta_2 * m + (1 - beta_2) * g

    All elements move by the learning rate, which is therefore 3 to 10 times smaller than Adam's.

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        beta_1: float in (0, 1], the mean's weight in the sign.
        beta_2: float, how much of the old mean is kept.
        {shared arguments}
    Raises:
        ArgumentError: `beta_1` is outside (0, 1], or a shared argument cannot be used.
    Source: Chen et al. (2023), arXiv:2302.06675.
    Example:
        >>> weight = Variable([1.0])
        >>> Lion(learning_rate=0.25).apply([ops.array([3.0])], [weight])
        >>> weight.numpy().tolist()
        [0.75]
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        weight_decay: float | None = None,
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
        if not 0 < beta_1 <= 1:
            raise ArgumentError(
                "Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer "
                f"degenerates to SignSGD. Received: beta_1={beta_1}."
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the mean; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self._momentums = self.add_optimizer_variables(var_list, "momentum")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        m = self._momentums[self._get_variable_index(variable)]
        direction = ops.sign(_blend(m, gradient, self.beta_1))
        self.assign_sub(variable, ops.multiply(rate, direction))
        self.assign(m, _blend(m, gradient, self.beta_2))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}


def _blend(mean: Variable, gradient: Any, beta: float) -> Any:
    """beta * mean + (1 - beta) * gradient, with 1 - beta taken in the variable's precision."""
    share = ops.convert_to_tensor(beta, mean.dtype)
    return ops.add(ops.multiply(mean, share), ops.multiply(gradient, ops.subtract(1.0, share)))
