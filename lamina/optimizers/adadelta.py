"""Steps in the units of the weights: a running size of steps over one of gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Adadelta(Optimizer):
    """Gradient descent that scales each step by the size of the steps before.

    a = rho * a + (1 - rho) * g^2
    step = sqrt(d + epsilon) / sqrt(a + epsilon) * g
    d = rho * d + (1 - rho) * step^2
    w = w - learning_rate * step

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments; the paper
            has 1.0.
        rho: float, how much of the old mean squares is kept.
        epsilon: float > 0, the start of the steps.
        {shared arguments}
    Source: Zeiler (2012), arXiv:1212.5701.
    Example:
        >>> weight = Variable([1.0])
        >>> Adadelta(learning_rate=1.0).apply([ops.array([1.0])], [weight])
        >>> round(float(weight.numpy()[0]), 4)
        0.9986
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.95,
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
        self.rho = rho
        self.epsilon = epsilon

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the two mean squares; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self._accumulated_grads, self._accumulated_delta_vars = self.add_optimizer_variables(
            var_list, ["accumulated_grad", "accumulated_delta_var"]
        )

    def update_step(self, grad: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        index = self._get_variable_index(variable)
        rate = ops.cast(learning_rate, variable.dtype)
        grad = ops.cast(grad, variable.dtype)
        gradients, steps = self._accumulated_grads[index], self._accumulated_delta_vars[index]
        self._average(gradients, ops.square(grad))
        step = ops.divide(ops.multiply(self._root(steps), grad), self._root(gradients))
        self._average(steps, ops.square(step))
        self.assign_sub(variable, ops.multiply(rate, step))

    def _average(self, mean: Variable, value: Any) -> None:
        kept = ops.multiply(self.rho, mean)
        self.assign(mean, ops.add(kept, ops.multiply(1 - self.rho, value)))

    def _root(self, mean: Variable) -> Any:
        return ops.sqrt(ops.add(mean, self.epsilon))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}
