"""Steps divided by the root of the sum of all squared gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import initializers, ops
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Adagrad(Optimizer):
    """Gradient descent whose steps shrink where gradients have been large or frequent.

    a = a + g^2
    w = w - learning_rate * g / sqrt(a + epsilon)

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments; the paper
            has 1.0.
        initial_accumulator_value: float >= 0, where the sum of squares starts.
        epsilon: float > 0, against division by zero.
        {shared arguments}
    Source: Duchi, Hazan, Singer (2011), JMLR 12.
    Example:
        >>> weight = Variable([1.0])
        >>> Adagrad(learning_rate=1.0).apply([ops.array([1.0])], [weight])
        >>> round(float(weight.numpy()[0]), 4)
        0.0465
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
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
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the sums of squares; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        start = initializers.Constant(self.initial_accumulator_value)
        self._accumulators = self.add_optimizer_variables(var_list, "accumulator", start)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        accumulator = self._accumulators[self._get_variable_index(variable)]
        self.assign_add(accumulator, ops.square(gradient))
        root = ops.sqrt(ops.add(accumulator, self.epsilon))
        self.assign_sub(variable, ops.divide(ops.multiply(rate, gradient), root))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }
