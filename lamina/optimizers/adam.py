"""Running means of the gradient and of its square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.optimizers.moments import corrected_rate, move_towards
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Adam(Optimizer):
    """Adaptive moment estimation.

    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g^2
    w = w - learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        beta_1: float, how much of the old mean is kept.
        beta_2: float, how much of the old mean square is kept.
        epsilon: float > 0, against division by zero; the paper's "epsilon hat".
        amsgrad: bool, whether to divide by the greatest v so far.
        {shared arguments}
    Source: Kingma, Ba (2014), arXiv:1412.6980; Reddi et al. (2018), arXiv:1904.09237, for
        `amsgrad`.
    Example:
        >>> weight = Variable([1.0])
        >>> Adam(learning_rate=0.1).apply([ops.array([1.0])], [weight])
        >>> round(float(weight.numpy()[0]), 4)
        0.9
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        self.amsgrad = amsgrad

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the two means; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(var_list, "velocity_hat")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        gradient = ops.cast(gradient, dtype)
        rate = corrected_rate(
            ops.cast(learning_rate, dtype),
            self.beta_1,
            self.beta_2,
            self._step_number(dtype),
            dtype,
        )
        m, v = self._momentums[index], self._velocities[index]
        move_towards(m, gradient, 1 - self.beta_1)
        move_towards(v, ops.square(gradient), 1 - self.beta_2)
        if self.amsgrad:
            greatest = self._velocity_hats[index]
            self.assign(greatest, ops.maximum(greatest, v))
            v = greatest
        root = ops.add(ops.sqrt(v), self.epsilon)
        self.assign_sub(variable, ops.divide(ops.multiply(m, rate), root))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }
