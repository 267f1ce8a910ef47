"""Adam that needs no schedule: gradients at a blend of the fast weights and their mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.optimizers.moments import decay_power, move_towards
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class ScheduleFreeAdamW(Optimizer):
    """Adam without a learning-rate schedule.

    z are the fast weights, x their mean over all steps, and y, the model's, lie between:
    z = z - learning_rate * g / (sqrt(v / (1 - beta_2^t)) + epsilon)
    x = (1 - 1 / t) * x + z / t
    y = (1 - beta_1) * z + beta_1 * x

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        beta_1: float in (0, 1], how near y is to the mean.
        beta_2: float, how much of the old mean square is kept.
        epsilon: float > 0, against division by zero.
        warmup_steps: int, over how many steps the learning rate rises from zero.
        {shared arguments}
    Source: Defazio et al. (2024), arXiv:2405.15682.
    Example:
        >>> weight = Variable([1.0])
        >>> ScheduleFreeAdamW(learning_rate=0.5).apply([ops.array([1.0])], [weight])
        >>> round(float(weight.numpy()[0]), 4)
        0.5
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
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
        self.warmup_steps = warmup_steps

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the fast weights, which start as the model's, and the mean squares."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )
        for fast, variable in zip(self._momentums, var_list, strict=True):
            if fast is not None:
                self.assign(fast, variable)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        gradient = ops.cast(gradient, dtype)
        # Scalars, the same for all variables:
        step, rate = self._step_number(dtype), ops.cast(learning_rate, dtype)
        if self.warmup_steps > 0:
            rate = ops.multiply(rate, ops.minimum(ops.divide(step, self.warmup_steps), 1.0))
        started = ops.subtract(1, decay_power(self.beta_2, step, dtype))
        newest = ops.divide(1.0, step)

        fast, velocity = self._momentums[index], self._velocities[index]
        mean = ops.subtract(variable, ops.multiply(1 - self.beta_1, fast))
        mean = ops.divide(mean, self.beta_1)
        move_towards(velocity, ops.square(gradient), 1 - self.beta_2)
        root = ops.add(ops.sqrt(ops.divide(velocity, started)), self.epsilon)
        self.assign_sub(fast, ops.divide(ops.multiply(rate, gradient), root))
        mean = ops.add(ops.multiply(ops.subtract(1, newest), mean), ops.multiply(newest, fast))
        self.assign(
            variable,
            ops.add(ops.multiply(1 - self.beta_1, fast), ops.multiply(self.beta_1, mean)),
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "warmup_steps": self.warmup_steps,
        }
