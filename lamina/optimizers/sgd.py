"""Gradient descent, plain or with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class SGD(Optimizer):
    """Stochastic gradient descent.

    w = w - learning_rate * g                                       without momentum
    m = momentum * m - learning_rate * g;  w = w + m                with momentum
    m as above;  w = w + momentum * m - learning_rate * g           with `nesterov`

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        momentum: float in [0, 1].
        nesterov: bool, whether the step looks ahead along the momentum.
        {shared arguments}
    Raises:
        ArgumentError: `momentum` is outside [0, 1], or a shared argument cannot be used.
    Source: Polyak (1964); Sutskever et al. (2013), section 2, for `nesterov`.
    Example:
        >>> weight = Variable([1.0])
        >>> SGD(learning_rate=0.5).apply([ops.array([1.0])], [weight])
        >>> weight.numpy().tolist()
        [0.5]
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
        if not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ArgumentError(
                message("`momentum` must be a float between [0, 1].", f"momentum={momentum!r}")
            )
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables: Sequence[Variable]) -> None:
        """Add the momentum; see `Optimizer`."""
        if self.built:
            return
        super().build(variables)
        self.momentums: list[Any] = []
        if self.momentum != 0:
            self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        rate = ops.cast(learning_rate, variable.dtype)
        descent = ops.multiply(ops.cast(gradient, variable.dtype), rate)
        if self.momentum == 0:
            self.assign_sub(variable, descent)
            return
        m = self.momentums[self._get_variable_index(variable)]
        self.assign(m, ops.subtract(ops.multiply(m, self.momentum), descent))
        if self.nesterov:
            self.assign_add(variable, ops.subtract(ops.multiply(m, self.momentum), descent))
        else:
            self.assign_add(variable, m)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
