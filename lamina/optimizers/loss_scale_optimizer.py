"""Half-precision training: the loss is scaled up as far as nothing overflows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import initializers, ops
from lamina.base import families
from lamina.base.errors import ArgumentError, message
from lamina.optimizers.accumulation import apply_when
from lamina.optimizers.optimizer import Optimizer
from lamina.runtime.name_scope import name_scope
from lamina.runtime.scopes import outside_scopes
from lamina.runtime.variable import Variable

_NOT_HERE = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class LossScaleOptimizer(Optimizer):
    """An optimizer around another one that scales the loss so that small gradients stay above zero.

    If a gradient is infinite or NaN, the step is left out and the scale is halved. After
    `dynamic_growth_steps` steps without, it is doubled.

    Args:
        inner_optimizer: the optimizer that gets the unscaled gradients.
        initial_scale: float > 0, the scale at the start.
        dynamic_growth_steps: int > 0.
        name: str or None, the first part of the paths of its own variables.
        **kwargs: arguments of other optimizers are refused, with a hint where to set them.
    Raises:
        ArgumentError: an argument belongs to the inner optimizer, or is unknown.
    Source: Micikevicius et al. (2017), arXiv:1710.03740.
    Example:
        >>> from lamina.optimizers import SGD
        >>> weight = Variable([1.0])
        >>> optimizer = LossScaleOptimizer(SGD(0.5), initial_scale=4.0)
        >>> optimizer.apply([ops.array([float("inf")])], [weight])
        >>> weight.numpy().tolist(), float(optimizer.scale_loss(1.0))
        ([1.0], 2.0)
    """

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        _check_unsupported(kwargs)
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        self.inner_optimizer.loss_scale_factor = None  # only one of the two scales

    def build(self, var_list: Sequence[Variable]) -> None:
        """Add the scale and its counter, and build the inner optimizer."""
        if self.built:
            return
        self.step_counter = self.add_variable((), dtype="int", name="step_counter")
        start = initializers.Constant(self.initial_scale)
        self.dynamic_scale = self.add_variable((), start, "float32", name="dynamic_scale")
        self.inner_optimizer.build(var_list)
        super().build(var_list)

    @property
    def variables(self) -> list[Variable]:
        """Its own variables, then those of the inner optimizer."""
        return self._variables + self.inner_optimizer.variables

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Unscale the gradients and let the inner optimizer apply them, if all are finite.

        Args:
            grads: gradients of the scaled loss, one tensor or None for each variable.
            trainable_variables: the variables; the first call with them builds the optimizer.
        Raises:
            ArgumentError: as `Optimizer.apply`.
        """
        if not self.built and trainable_variables is not None:
            with outside_scopes(), name_scope(self.name, caller=self):
                self.build(list(trainable_variables))
        gradients, variables = self._matched(grads, trainable_variables)
        finite, scale = self.check_finite(gradients), self.dynamic_scale.value
        unscaled = [
            g
            if self._overwrite_variable_with_gradient(v)
            else ops.divide(g, ops.cast(scale, g.dtype))
            for g, v in zip(gradients, variables, strict=True)
        ]
        touched = [*self._trainable_variables, *self.inner_optimizer.variables]
        apply_when(finite, lambda: self.inner_optimizer.apply(unscaled, variables), touched)
        self._adapt(finite)

    def _adapt(self, finite: Any) -> None:
        """Double the scale after enough finite steps, halve it after one that is not."""
        enough = ops.equal(self.step_counter, self.dynamic_growth_steps - 1)
        counted = ops.where(enough, 0, ops.add(self.step_counter, 1))
        self.step_counter.assign(ops.where(finite, counted, 0))
        factor = ops.where(finite, ops.where(enough, 2.0, 1.0), 0.5)
        self.dynamic_scale.assign(ops.multiply(self.dynamic_scale, factor))

    def check_finite(self, grads: Sequence[Any]) -> Any:
        """Whether all elements of all gradients are finite; a bool scalar."""
        each = [ops.all(ops.isfinite(g)) for g in grads if g is not None]
        return ops.all(ops.stack(each))

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's learning rate."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        self.inner_optimizer.learning_rate = learning_rate

    @property
    def iterations(self) -> Any:
        """The updates that the inner optimizer has done."""
        return self.inner_optimizer.iterations

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the current scale."""
        return ops.multiply(loss, self.dynamic_scale if self.built else self.initial_scale)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """What the inner optimizer does once after training."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "name": self.name,
            "inner_optimizer": families.serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> LossScaleOptimizer:
        """An optimizer from what `get_config` gave, without its state."""
        inner = families.deserialize(config["inner_optimizer"], custom_objects)
        return cls(**{**config, "inner_optimizer": inner})


def _check_unsupported(arguments: dict[str, Any]) -> None:
    """Refuse what belongs elsewhere; old configs hold such arguments with their default values."""
    if not arguments.pop("dynamic", True):
        raise ArgumentError(
            message(
                "LossScaleOptimizer no longer supports `dynamic=False`.",
                fix="Instead, simply set `loss_scale_factor` directly on the `inner_optimizer`.",
            )
        )
    for name, default in _NOT_HERE.items():
        value = arguments.pop(name, default)
        if value != default:
            raise ArgumentError(
                message(
                    f"LossScaleOptimizer does not support `{name}`.",
                    received=f"{name}={value}",
                    fix=f"Instead, set `{name}` on the `inner_optimizer`.",
                )
            )
    if arguments:
        names = ", ".join(f"`{name}`" for name in arguments)
        raise ArgumentError(f"LossScaleOptimizer does not support arguments: {names}.")
