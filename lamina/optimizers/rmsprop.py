"""Steps divided by a running root mean square of the gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class RMSprop(Optimizer):
    """Gradient descent with each element's step divided by its recent gradients' size.

    v = rho * v + (1 - rho) * g^2
    step = learning_rate * g / sqrt(v + epsilon)

    With `centered`, a running mean of g is squared and taken off v; with `momentum`, the steps
    themselves are accumulated.

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        rho: float, how much of the old mean square is kept.
        momentum: float, 0.0 for none.
        epsilon: float > 0, against division by zero.
        centered: bool, whether to divide by an estimate of the variance.
        {shared arguments}
    Source: Hinton, Tieleman (2012), Coursera lecture 6e; `centered`: Graves (2013),
        arXiv:1308.0850.
    Example:
        >>> weight = Variable([1.0])
        >>> RMSprop(learning_rate=0.1).apply([ops.array([1.0])], [weight])
        >>> round(float(weight.numpy()[0]), 4)
        0.6838
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the mean squares, momenta and means; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self._velocities = self.add_optimizer_variables(var_list, "velocity")
        self._momentums: list[Variable] = []
        if self.momentum > 0:
            self._momentums = self.add_optimizer_variables(var_list, "momentum")
        self._average_gradients: list[Variable] = []
        if self.centered:
            self._average_gradients = self.add_optimizer_variables(var_list, "average_gradient")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        index = self._get_variable_index(variable)
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        velocity = self._velocities[index]
        self._average(velocity, ops.square(gradient))
        spread = velocity
        if self.centered:
            mean = self._average_gradients[index]
            self._average(mean, gradient)
            spread = ops.subtract(velocity, ops.square(mean))
        root = ops.sqrt(ops.add(spread, self.epsilon))
        step = ops.divide(ops.multiply(rate, gradient), root)
        if self.momentum > 0:
            momentum = self._momentums[index]
            self.assign(momentum, ops.add(ops.multiply(self.momentum, momentum), step))
            step = momentum
        self.assign_sub(variable, step)

    def _average(self, mean: Variable, value: Any) -> None:
        kept = ops.multiply(self.rho, mean)
        self.assign(mean, ops.add(kept, ops.multiply(1 - self.rho, value)))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
