"""Adam with each layer's step scaled to the size of its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.optimizers.moments import decay_power, move_towards
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Lamb(Optimizer):
    """Layer-wise adaptive moments for large batches.

    r = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon), with Adam's m and v
    w = w - learning_rate * |w| / |r| * r

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        beta_1: float, how much of the old mean is kept.
        beta_2: float, how much of the old mean square is kept.
        epsilon: float > 0, against division by zero.
        {shared arguments}
    Source: You et al. (2019), arXiv:1904.00962.
    Example:
        >>> weight = Variable([2.0])
        >>> Lamb(learning_rate=0.5).apply([ops.array([1.0])], [weight])
        >>> round(float(weight.numpy()[0]), 4)
        1.0
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
        """Add the two means; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        index, dtype = self._get_variable_index(variable), variable.dtype
        gradient = ops.cast(gradient, dtype)
        step = self._step_number(dtype)
        started_1 = ops.subtract(1, decay_power(self.beta_1, step, dtype))
        started_2 = ops.subtract(1, decay_power(self.beta_2, step, dtype))
        m, v = self._momentums[index], self._velocities[index]
        move_towards(m, gradient, 1 - self.beta_1)
        move_towards(v, ops.square(gradient), 1 - self.beta_2)
        root = ops.add(ops.sqrt(ops.divide(v, started_2)), self.epsilon)
        update = ops.divide(ops.divide(m, started_1), root)
        weight_norm, update_norm = _norm(variable), _norm(update)
        both = ops.logical_and(ops.greater(weight_norm, 0), ops.greater(update_norm, 0))
        ratio = ops.where(both, ops.divide(weight_norm, update_norm), 1.0)
        rate = ops.multiply(ratio, ops.cast(learning_rate, dtype))
        self.assign_sub(variable, ops.multiply(rate, update))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


def _norm(x: Any) -> Any:
    return ops.sqrt(ops.sum(ops.square(x)))
