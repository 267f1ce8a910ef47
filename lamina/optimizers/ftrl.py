"""Follow the regularised leader: weights that become exactly zero, for sparse linear models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import initializers, ops
from lamina.base.errors import ArgumentError
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Ftrl(Optimizer):
    """Follow the regularised leader, proximal.

    With p = -learning_rate_power and G = g + 2 * l2_shrinkage * w:
    n' = n + g^2
    z = z + G - (n'^p - n^p) / learning_rate * w
    w = (clip(z, -l1, l1) - z) / (n'^p / learning_rate + 2 * l2 + beta / learning_rate);  n = n'

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        learning_rate_power: float <= 0; 0 keeps the learning rate fixed.
        initial_accumulator_value: float >= 0, where n starts.
        l1_regularization_strength: float >= 0.
        l2_regularization_strength: float >= 0, a penalty that holds weights still.
        l2_shrinkage_regularization_strength: float >= 0, a penalty on the weights' size.
        beta: float, as in the paper.
        {shared arguments}
    Raises:
        ArgumentError: a strength is negative, `learning_rate_power` is positive, or a shared
            argument cannot be used.
    Source: McMahan et al. (2013), "Ad Click Prediction: a View from the Trenches".
    Example:
        >>> weight = Variable([1.0])
        >>> Ftrl(learning_rate=0.5).apply([ops.array([1.0])], [weight])
        >>> round(float(weight.numpy()[0]), 4)
        0.2218
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
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
        for argument, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ArgumentError(
                    f"`{argument}` needs to be positive or zero. Received: {argument}={value}."
                )
        if learning_rate_power > 0.0:
            raise ArgumentError(
                "`learning_rate_power` needs to be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}."
            )
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add n and z; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self._accumulators, self._linears = self.add_optimizer_variables(
            var_list,
            ["accumulator", "linear"],
            [initializers.Constant(self.initial_accumulator_value), "zeros"],
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        index = self._get_variable_index(variable)
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        accumulator, linear = self._accumulators[index], self._linears[index]

        total = ops.add(accumulator, ops.square(gradient))
        before, after = self._power(accumulator), self._power(total)
        if self.l2_shrinkage_regularization_strength:
            shrinkage = 2 * self.l2_shrinkage_regularization_strength
            gradient = ops.add(gradient, ops.multiply(shrinkage, variable))
        held = ops.multiply(ops.divide(ops.subtract(after, before), rate), variable)
        self.assign_add(linear, ops.subtract(gradient, held))
        penalty = ops.add(2 * self.l2_regularization_strength, ops.divide(self.beta, rate))
        curvature = ops.add(ops.divide(after, rate), penalty)
        l1 = self.l1_regularization_strength
        self.assign(
            variable, ops.divide(ops.subtract(ops.clip(linear, -l1, l1), linear), curvature)
        )
        self.assign(accumulator, total)

    def _power(self, x: Any) -> Any:
        if self.learning_rate_power == -0.5:
            return ops.sqrt(x)
        return ops.power(x, -self.learning_rate_power)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        shrinkage = self.l2_shrinkage_regularization_strength
        return {
            **super().get_config(),
            "learning_rate_power": self.learning_rate_power,
            "initial_accumulator_value": self.initial_accumulator_value,
            "l1_regularization_strength": self.l1_regularization_strength,
            "l2_regularization_strength": self.l2_regularization_strength,
            "l2_shrinkage_regularization_strength": shrinkage,
            "beta": self.beta,
        }
