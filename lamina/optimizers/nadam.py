"""Adam that looks ahead along its momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.base.config import floatx
from lamina.optimizers.moments import decay_power, move_towards
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Nadam(Optimizer):
    """Adam with Nesterov momentum.

    u_t = beta_1 * (1 - 0.5 * 0.96^t) is the momentum of step t; the step uses the mean of the
    gradient as it will be after the next step, corrected by the product of all u so far.

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        beta_1: float, how much of the old mean is kept.
        beta_2: float, how much of the old mean square is kept.
        epsilon: float > 0, against division by zero.
        {shared arguments}
    Source: Dozat (2016), "Incorporating Nesterov Momentum into Adam".
    Example:
        >>> weight = Variable([1.0])
        >>> Nadam(learning_rate=0.1).apply([ops.array([1.0])], [weight])
        >>> round(float(weight.numpy()[0]), 4)
        0.8937
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
        """Add the two means and the product of momenta; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )
        self._u_product = Variable(1.0, dtype=var_list[0].dtype if var_list else floatx())

    def _momentum(self, step: Any, dtype: str) -> Any:
        """u_t, a scalar."""
        half = ops.multiply(0.5, decay_power(0.96, step, dtype))
        return ops.multiply(ops.subtract(1.0, half), self.beta_1)

    def _backend_update_step(
        self, grads: list[Any], trainable_variables: list[Variable], learning_rate: Any
    ) -> None:
        dtype = self._u_product.dtype
        momentum = self._momentum(self._step_number(dtype), dtype)
        self.assign(self._u_product, ops.multiply(self._u_product, momentum))
        super()._backend_update_step(grads, trainable_variables, learning_rate)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        gradient = ops.cast(gradient, dtype)
        # Scalars, the same for all variables:
        step = self._step_number(dtype)
        u, u_next = self._momentum(step, dtype), self._momentum(ops.add(step, 1), dtype)
        product = ops.cast(self._u_product, dtype)
        of_mean = ops.divide(u_next, ops.subtract(1, ops.multiply(product, u_next)))
        of_gradient = ops.divide(ops.subtract(1, u), ops.subtract(1, product))
        started = ops.subtract(1, decay_power(self.beta_2, step, dtype))
        rate = ops.cast(learning_rate, dtype)

        m, v = self._momentums[index], self._velocities[index]
        move_towards(m, gradient, 1 - self.beta_1)
        move_towards(v, ops.square(gradient), 1 - self.beta_2)
        ahead = ops.add(ops.multiply(of_mean, m), ops.multiply(of_gradient, gradient))
        root = ops.add(ops.sqrt(ops.divide(v, started)), self.epsilon)
        self.assign_sub(variable, ops.divide(ops.multiply(ahead, rate), root))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
