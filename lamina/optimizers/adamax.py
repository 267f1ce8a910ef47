"""Adam with the greatest gradient in place of the mean square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.optimizers.moments import decay_power, move_towards
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Adamax(Optimizer):
    """Adam in the infinity norm.

    m = beta_1 * m + (1 - beta_1) * g
    u = max(beta_2 * u, |g|)
    w = w - learning_rate * m / ((1 - beta_1^t) * (u + epsilon))

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        beta_1: float, how much of the old mean is kept.
        beta_2: float, how fast the greatest gradient is forgotten.
        epsilon: float > 0, against division by zero.
        {shared arguments}
    Source: Kingma, Ba (2014), arXiv:1412.6980, section 7.
    Example:
        >>> weight = Variable([1.0])
        >>> Adamax(learning_rate=0.1).apply([ops.array([1.0])], [weight])
        >>> round(float(weight.numpy()[0]), 4)
        0.9
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the mean and the norm; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self._m, self._u = self.add_optimizer_variables(var_list, ["momentum", "norm"])

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        gradient = ops.cast(gradient, dtype)
        started = ops.subtract(1, decay_power(self.beta_1, self._step_number(dtype), dtype))
        rate = ops.divide(ops.cast(learning_rate, dtype), started)
        m, u = self._m[index], self._u[index]
        move_towards(m, gradient, 1 - self.beta_1)
        self.assign(u, ops.maximum(ops.multiply(self.beta_2, u), ops.absolute(gradient)))
        step = ops.divide(ops.multiply(rate, m), ops.add(u, self.epsilon))
        self.assign_sub(variable, step)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
