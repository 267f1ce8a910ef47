"""Adam's mean square of a matrix kept as one row and one column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Adafactor(Optimizer):
    """Adaptive steps with memory for rows and columns only, measured against the weights' size.

    With g2 = g^2 + epsilon_1 and b = 1 - t^beta_2_decay, for a matrix:
    r = b * r + (1 - b) * mean of g2 over columns;  c = b * c + (1 - b) * mean of g2 over rows
    v = r c / mean of r;  u = g / sqrt(v);  u = u / max(1, rms(u) / clip_threshold)
    w = w - max(epsilon_2, rms(w)) * min(learning_rate, 1 / sqrt(t)) * u

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        beta_2_decay: float < 0, how the averages get longer with time.
        epsilon_1: float > 0, added to the squared gradient.
        epsilon_2: float > 0, the least size that weights count with.
        clip_threshold: float > 0, the greatest root mean square of a step before scaling.
        relative_step: bool, whether a learning rate that is a number is limited to 1 / sqrt(t).
        {shared arguments}
    Source: Shazeer, Stern (2018), arXiv:1804.04235.
    Example:
        >>> weight = Variable([1.0])
        >>> Adafactor(learning_rate=0.5).apply([ops.array([1.0])], [weight])
        >>> weight.numpy().tolist()
        [0.5]
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the rows, columns and mean squares; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self._r: list[Variable | None] = []
        self._c: list[Variable | None] = []
        self._v: list[Any] = []
        for variable in var_list:
            row, column = self._factors(variable)
            self._r.append(row)
            self._c.append(column)
            skipped = self._overwrite_variable_with_gradient(variable)
            self._v.append(
                None if skipped else self.add_variable_from_reference(variable, "velocity")
            )

    def _factors(self, variable: Variable) -> tuple[Variable | None, Variable | None]:
        """The variables for a matrix's row and column; placeholders, as in files, for a vector."""
        shape = tuple(variable.shape)
        if len(shape) < 2:
            pair = [Variable(0, name=variable.name, trainable=False) for _ in range(2)]
            for placeholder in pair:
                self._track_variable(placeholder)
            return pair[0], pair[1]
        if self._overwrite_variable_with_gradient(variable):
            return None, None
        return (
            self.add_variable(shape[:-1], dtype=variable.dtype, name=variable.name),
            self.add_variable((*shape[:-2], shape[-1]), dtype=variable.dtype, name=variable.name),
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        dtype = variable.dtype
        gradient = ops.cast(gradient, dtype)
        step = self._step_number(dtype)
        # The limit holds with a schedule and without `relative_step` too, as in Keras.
        rate = ops.minimum(ops.cast(learning_rate, dtype), ops.divide(1, ops.sqrt(step)))
        kept = ops.subtract(1, ops.power(step, self.beta_2_decay))
        v = self._mean_square(ops.add(ops.square(gradient), self.epsilon_1), variable, kept)
        update = ops.divide(gradient, ops.sqrt(v))
        excess = ops.maximum(1.0, ops.divide(_rms(update), self.clip_threshold))
        size = ops.multiply(ops.maximum(self.epsilon_2, _rms(variable)), rate)
        self.assign_sub(variable, ops.multiply(ops.divide(size, excess), update))

    def _mean_square(self, square: Any, variable: Variable, kept: Any) -> Any:
        index = self._get_variable_index(variable)
        r, c, v = self._r[index], self._c[index], self._v[index]
        if len(variable.shape) < 2:
            self._average(v, square, kept)
        else:
            self._average(r, ops.mean(square, axis=-1), kept)
            self._average(c, ops.mean(square, axis=-2), kept)
            relative = ops.divide(r, ops.mean(r, axis=-1, keepdims=True))
            self.assign(v, ops.multiply(ops.expand_dims(relative, -1), ops.expand_dims(c, -2)))
        return v

    def _average(self, mean: Any, value: Any, kept: Any) -> None:
        new = ops.multiply(ops.subtract(1, kept), value)
        self.assign(mean, ops.add(ops.multiply(kept, mean), new))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "beta_2_decay": self.beta_2_decay,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "relative_step": self.relative_step,
        }


def _rms(x: Any) -> Any:
    return ops.sqrt(ops.mean(ops.square(x)))
