"""Matrices move by the orthogonal matrix nearest to their momentum; everything else by Adam."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.base.errors import ShapeError, message
from lamina.optimizers.moments import corrected_rate, move_towards
from lamina.optimizers.optimizer import LearningRate, Optimizer
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.runtime.variable import Variable


@with_shared_arguments
class Muon(Optimizer):
    """Momentum orthogonalised by Newton-Schulz iteration.

    m = momentum * m + g
    w = w - learning_rate * rms_rate * sqrt(max(rows, columns)) * orthogonal(g + momentum * m)

    This is for matrices inside the network. Variables of other ranks, embeddings and excluded
    layers are updated as by AdamW.

    Args:
        learning_rate: float, a `LearningRateSchedule`, or a callable without arguments.
        adam_beta_1: float, Adam's `beta_1`.
        adam_beta_2: float, Adam's `beta_2`.
        adam_weight_decay: float or None, the weight decay of variables that Adam updates.
        epsilon: float > 0, Adam's `epsilon`.
        {shared arguments}
        exclude_layers: list of regular expressions or None; where one is found in a variable's
            path, Adam updates it.
        exclude_embeddings: bool, whether Adam updates variables with "embedding" in their path.
        muon_a: float, the iteration's coefficient of X.
        muon_b: float, that of X X' X.
        muon_c: float, that of X X' X X' X.
        adam_lr_ratio: float, Adam's learning rate over this one.
        momentum: float.
        ns_steps: int, how many iterations.
        nesterov: bool, whether the step looks ahead along the momentum.
        rms_rate: float or None, the root mean square that a step's elements should have; None
            leaves the orthogonal matrix unscaled.
    Source: Jordan et al. (2024), kellerjordan.github.io/posts/muon; Liu et al. (2025),
        arXiv:2502.16982, for `rms_rate`.
    Example:
        >>> weight = Variable([[0.0, 0.0], [0.0, 0.0]])
        >>> Muon(learning_rate=1.0).apply([ops.array([[2.0, 0.0], [0.0, 2.0]])], [weight])
        >>> round(float(-weight.numpy()[0, 0]), 1)
        0.3
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.775,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
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
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = exclude_layers or []
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def _should_use_adamw(self, variable: Variable) -> bool:
        if len(variable.shape) != 2:
            return True
        if self.exclude_embeddings and "embedding" in variable.path.lower():
            return True
        return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the momenta, and Adam's mean squares; see `Optimizer`."""
        if self.built:
            return
        super().build(var_list)
        self.momentums: list[Variable | None] = []
        self.adam_velocities: list[Variable | None] = []
        for variable in var_list:
            skipped = self._overwrite_variable_with_gradient(variable)
            adam = not skipped and self._should_use_adamw(variable)
            self.momentums.append(
                None if skipped else self.add_variable_from_reference(variable, "momentum")
            )
            self.adam_velocities.append(
                self.add_variable_from_reference(variable, "velocity") if adam else None
            )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; see `Optimizer`."""
        index = self._get_variable_index(variable)
        gradient = ops.cast(gradient, variable.dtype)
        rate = ops.cast(learning_rate, variable.dtype)
        m, v = self.momentums[index], self.adam_velocities[index]
        if v is None:
            self._muon_step(gradient, variable, rate, m)
        else:
            self._adam_step(gradient, variable, ops.multiply(rate, self.adam_lr_ratio), m, v)

    def _muon_step(self, gradient: Any, variable: Variable, rate: Any, m: Any) -> None:
        self.assign(m, ops.add(gradient, ops.multiply(self.momentum, m)))
        ahead = ops.add(gradient, ops.multiply(self.momentum, m)) if self.nesterov else m
        update = self.zeropower_via_newtonschulz5(ahead, self.ns_steps)
        self.assign_sub(
            variable, ops.multiply(ops.multiply(rate, self._step_size(variable.shape)), update)
        )

    def _adam_step(self, gradient: Any, variable: Variable, rate: Any, m: Any, v: Any) -> None:
        dtype, step = variable.dtype, self._step_number(variable.dtype)
        rate = corrected_rate(rate, self.adam_beta_1, self.adam_beta_2, step, dtype)
        move_towards(m, gradient, 1 - self.adam_beta_1)
        move_towards(v, ops.square(gradient), 1 - self.adam_beta_2)
        root = ops.add(ops.sqrt(v), self.epsilon)
        self.assign_sub(variable, ops.divide(ops.multiply(m, rate), root))

    def _step_size(self, shape: Sequence[int]) -> float:
        """The factor that gives a matrix's step a root mean square of `rms_rate`."""
        return 1.0 if self.rms_rate is None else max(shape[0], shape[1]) ** 0.5 * self.rms_rate

    def lr_adjust(self, x: Any) -> Any:
        """A matrix's step scaled to a root mean square of `rms_rate`."""
        return x if self.rms_rate is None else ops.multiply(x, self._step_size(x.shape))

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """Nearly the orthogonal matrix nearest to x, by iterating an odd polynomial of degree five.

        Args:
            x: float tensor (..., rows, columns).
            steps: int, how many iterations.
        Returns:
            Tensor of the same shape; its singular values are between about 0.7 and 1.2.
        Raises:
            ShapeError: x has fewer than two axes.
        """
        shape = ops.shape(x)
        if len(shape) < 2:
            raise ShapeError(
                message(
                    "Expected gradient or momentum to have at least 2 dimensions.",
                    received=f"shape={shape}",
                )
            )
        tall = shape[-2] > shape[-1]
        x = ops.swapaxes(x, -2, -1) if tall else ops.convert_to_tensor(x)
        norm = ops.sqrt(ops.sum(ops.square(x), axis=(-2, -1), keepdims=True))
        x = ops.divide(x, ops.add(norm, 1e-7))
        for _ in range(steps):
            square = ops.matmul(x, ops.swapaxes(x, -2, -1))
            fourth = ops.matmul(ops.multiply(self.muon_c, square), square)
            factor = ops.add(ops.multiply(self.muon_b, square), fourth)
            x = ops.add(ops.multiply(self.muon_a, x), ops.matmul(factor, x))
        return ops.swapaxes(x, -2, -1) if tall else x

    def _apply_weight_decay(self, variables: Sequence[Variable]) -> None:
        for variable in variables:
            adam = self._should_use_adamw(variable)
            fraction = self.adam_weight_decay if adam else self.weight_decay
            if fraction is not None and self._use_weight_decay(variable):
                self._decay(variable, ops.multiply(self.learning_rate, fraction))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            **super().get_config(),
            "adam_beta_1": self.adam_beta_1,
            "adam_beta_2": self.adam_beta_2,
            "epsilon": self.epsilon,
            "exclude_layers": self.exclude_layers,
            "muon_a": self.muon_a,
            "muon_b": self.muon_b,
            "muon_c": self.muon_c,
            "adam_lr_ratio": self.adam_lr_ratio,
            "momentum": self.momentum,
            "ns_steps": self.ns_steps,
            "nesterov": self.nesterov,
            "exclude_embeddings": self.exclude_embeddings,
            "adam_weight_decay": self.adam_weight_decay,
            "rms_rate": self.rms_rate,
        }
