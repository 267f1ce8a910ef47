"""The base of all optimizers: from gradients to new values of the variables.

One call of `apply` does, in this order: filter, unscale, average over steps, clip, decay, update,
keep the moving average, constrain, count. A subclass adds its own variables in `build` and says in
`update_step` how one gradient changes one variable. Everything works on arrays and on traced
tensors alike; inside `fit` it is part of the compiled training step, so no Python branch may depend
on a value. Scalars that all variables share are written where they are used; the compiler computes
equal ones once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.base import families
from lamina.base.config import floatx
from lamina.base.errors import (
    ArgumentError,
    ArgumentTypeError,
    NotBuiltError,
    ShapeError,
    message,
    near,
)
from lamina.base.naming import auto_name
from lamina.ir import dims
from lamina.optimizers import accumulation, averaging, clipping
from lamina.optimizers.schedules.schedule import LearningRateSchedule
from lamina.optimizers.shared_arguments import with_shared_arguments
from lamina.optimizers.state import OptimizerState
from lamina.optimizers.weight_decay import DecayedVariables
from lamina.runtime.name_scope import name_scope
from lamina.runtime.scopes import StatelessScope, outside_scopes
from lamina.runtime.variable import Variable

LearningRate = float | LearningRateSchedule | Callable[[], Any]
Matched = tuple[list[Any], list[Variable]]

_ARGUMENTS = (
    "learning_rate weight_decay clipnorm clipvalue global_clipnorm use_ema ema_momentum "
    "ema_overwrite_frequency loss_scale_factor gradient_accumulation_steps name"
).split()


@with_shared_arguments
class Optimizer(OptimizerState):
    """Base of all optimizers.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule`, or a callable without arguments.
        {shared arguments}
    Raises:
        ArgumentError: an argument is unknown or has a value that cannot be used.
    Example:
        >>> class SignDescent(Optimizer):
        ...     def update_step(self, gradient, variable, learning_rate):
        ...         self.assign_sub(variable, learning_rate * ops.sign(gradient))
        >>> weight = Variable([1.0, 2.0])
        >>> SignDescent(learning_rate=0.5).apply([ops.array([3.0, -3.0])], [weight])
        >>> weight.numpy().tolist()
        [0.5, 2.5]
    """

    def __init__(
        self,
        learning_rate: LearningRate,
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
        self._start_state()
        _check_unknown(type(self), kwargs)
        _check_limits(clipnorm, clipvalue, global_clipnorm)
        _check_accumulation(gradient_accumulation_steps)
        if use_ema:
            _check_average(ema_momentum, ema_overwrite_frequency)
        self.name = auto_name(type(self).__name__) if name is None else name
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.global_clipnorm = global_clipnorm
        self.clipvalue = clipvalue
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.built = False
        self._decayed = DecayedVariables()
        self._iterations = self._own_scalar(0, "iteration", "int")
        self._learning_rate: Any = learning_rate
        if not callable(learning_rate):
            value = _checked_rate(learning_rate)
            self._learning_rate = self._own_scalar(value, "learning_rate", floatx())

    def _own_scalar(self, value: float, name: str, dtype: str) -> Variable:
        with name_scope(self.name, caller=self):
            return Variable(
                value, name=name, dtype=dtype, trainable=False, aggregation="only_first_replica"
            )

    # --- what a subclass gives ---

    def build(self, variables: Sequence[Variable]) -> None:
        """Add the optimizer's variables; a subclass calls this before adding its own.

        Args:
            variables: the model's trainable variables.
        """
        if self.use_ema:
            self._model_variables_moving_average = self.add_optimizer_variables(
                variables, "average"
            )
        self._track_trainable(variables)
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = [
                self.add_variable_from_reference(v, "gradient_accumulator") for v in variables
            ]
        self.built = True

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable; every subclass gives this.

        Args:
            gradient: float tensor of the variable's shape.
            variable: the model's variable, changed through `assign`.
            learning_rate: float scalar.
        """
        raise NotImplementedError(
            f"Optimizer '{type(self).__name__}' must override "
            "`update_step(self, gradient, variable, learning_rate)`."
        )

    def assign(self, variable: Variable, value: Any) -> None:
        """Give a variable a new value."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a variable."""
        variable.assign_sub(value)

    def _step_number(self, dtype: str) -> Any:
        """The number of this update, starting at 1, as a float scalar."""
        return ops.cast(ops.add(self.iterations, 1), dtype)

    # --- one step ---

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Change variables by their gradients.

        Args:
            grads_and_vars: pairs (gradient, variable); the first call builds the optimizer.
        Returns:
            The variable that counts the steps.
        """
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._iterations

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Change variables by their gradients.

        Args:
            grads: one tensor, or None, for each variable.
            trainable_variables: the variables; default: those that the optimizer was built with.
                The first call with them builds it.
        Raises:
            NotBuiltError: no variables are given and the optimizer is not built.
            ArgumentError: lengths differ, a variable is unknown, or there is no gradient at all.
            ShapeError: a gradient does not have its variable's shape.
        """
        if len(grads) == 0:
            return
        gradients, variables = self._matched(grads, trainable_variables)
        gradients, variables = self._overwrite_directly(gradients, variables)
        if gradients:
            if self.loss_scale_factor is not None:
                gradients = [ops.divide(g, self.loss_scale_factor) for g in gradients]
            self._backend_apply_gradients(gradients, variables)
            for variable in variables:
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable))
        self._iterations.assign_add(1)

    def _matched(self, grads: Sequence[Any], variables: Sequence[Variable] | None) -> Matched:
        """Gradients that exist, and their variables; builds the optimizer if need be."""
        if variables is None:
            if not self.built:
                raise NotBuiltError(
                    message(
                        "When passing `grads` without `variables`, the optimizer must already be "
                        "built on a list of variables.",
                        fix="call `optimizer.build(trainable_variables)` first",
                    )
                )
            variables = self._trainable_variables
        elif not self.built:
            with outside_scopes(), name_scope(self.name, caller=self):
                self.build(list(variables))
            self.built = True
        if len(grads) != len(variables):
            raise ArgumentError(
                message(
                    f"Optimizer '{self.name}': `grads` must have one gradient (or None) for each "
                    "trainable variable.",
                    received=f"{len(grads)} gradients",
                    required=f"{len(variables)} gradients",
                )
            )
        self._check_variables_are_known(variables)
        return _existing(grads, variables)

    def _check_variables_are_known(self, variables: Sequence[Variable]) -> None:
        for variable in variables:
            if self._var_key(variable) not in self._trainable_variables_indices:
                raise ArgumentError(
                    message(
                        f"Unknown variable: '{variable.path}'. This optimizer can only be called "
                        "for the variables it was originally built with.",
                        received=f"a variable of shape {tuple(variable.shape)}",
                        required="one of "
                        + ", ".join(repr(v.path) for v in self._trainable_variables[:5]),
                        fix="make a new optimizer for a new set of variables",
                    )
                )

    def _overwrite_directly(self, gradients: list[Any], variables: list[Variable]) -> Matched:
        """Variables marked so take their gradient as their value; the others are left to update."""
        left: list[tuple[Any, Variable]] = []
        for gradient, variable in zip(gradients, variables, strict=True):
            if not self._overwrite_variable_with_gradient(variable):
                left.append((gradient, variable))
            elif self.gradient_accumulation_steps:
                running = self._accumulated_gradients[self._get_variable_index(variable)]
                accumulation.overwrite_with_greatest(
                    variable, gradient, running, self._is_update_step()
                )
            else:
                variable.assign(gradient)
        return [g for g, _ in left], [v for _, v in left]

    def _is_update_step(self) -> Any:
        steps = self.gradient_accumulation_steps
        return ops.equal(ops.mod(ops.add(self._iterations, 1), steps), 0)

    def _backend_apply_gradients(
        self, grads: list[Any], trainable_variables: list[Variable]
    ) -> None:
        """Update variables, over several steps if so set, and their moving average."""

        def update(gradients: list[Any]) -> None:
            gradients = self._clip_gradients(gradients)
            self._apply_weight_decay(trainable_variables)
            self._backend_update_step(gradients, trainable_variables, self.learning_rate)

        if self.gradient_accumulation_steps:
            indices = map(self._get_variable_index, trainable_variables)
            accumulation.apply_averaged(
                grads,
                [self._accumulated_gradients[i] for i in indices],
                self._is_update_step(),
                self.gradient_accumulation_steps,
                update,
                [*trainable_variables, *self.variables],
            )
        else:
            update(grads)
        if self.use_ema:
            variables, averages = self._trainable_variables, self._model_variables_moving_average
            averaging.update_averages(variables, averages, self.ema_momentum, self.iterations)
            if self.ema_overwrite_frequency:
                frequency = self.ema_overwrite_frequency
                averaging.overwrite_every(variables, averages, frequency, self.iterations)

    def _backend_update_step(
        self, grads: list[Any], trainable_variables: list[Variable], learning_rate: Any
    ) -> None:
        """Update all variables; a subclass extends it for what is done once for all of them."""
        for gradient, variable in zip(grads, trainable_variables, strict=True):
            self.update_step(gradient, variable, learning_rate)

    def _clip_gradients(self, grads: Sequence[Any]) -> list[Any]:
        if self.clipnorm and self.clipnorm > 0:
            return [None if g is None else clipping.clip_by_norm(g, self.clipnorm) for g in grads]
        if self.global_clipnorm and self.global_clipnorm > 0:
            return clipping.clip_by_global_norm(grads, self.global_clipnorm)
        if self.clipvalue and self.clipvalue > 0:
            return clipping.clip_by_value(grads, self.clipvalue)
        return list(grads)

    def stateless_apply(
        self,
        optimizer_variables: Sequence[Any],
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list[Any], list[Any]]:
        """`apply` on values: nothing is changed, the new values are returned.

        Args:
            optimizer_variables: values in the order of `variables`.
            grads: gradients.
            trainable_variables: values in the order that the optimizer was built with.
        Returns:
            The new values of the model's variables, and of the optimizer's.
        Raises:
            NotBuiltError: the optimizer is not built.
            ArgumentError: lengths differ.
        """
        if not self.built:
            raise NotBuiltError(
                message(
                    f"To call `stateless_apply`, {type(self).__name__} must be built (i.e. its "
                    "variables must have been created).",
                    fix="call `optimizer.build(trainable_variables)` first",
                )
            )
        for argument, values, variables in (
            ("optimizer_variables", optimizer_variables, self.variables),
            ("trainable_variables", trainable_variables, self._trainable_variables),
        ):
            if len(values) != len(variables):
                raise ArgumentError(
                    message(
                        f"Argument `{argument}` must be a list of tensors corresponding 1:1 to the "
                        f"variables of {type(self).__name__}.",
                        received=f"{len(values)} tensors",
                        required=f"{len(variables)} tensors",
                    )
                )
        own, weights = self.variables, self._trainable_variables
        mapping = [
            *zip(weights, trainable_variables, strict=True),
            *zip(own, optimizer_variables, strict=True),
        ]
        with StatelessScope(state_mapping=mapping) as scope:
            self.apply(grads)
        return (
            [scope.get_current_value(v) for v in weights],
            [scope.get_current_value(v) for v in own],
        )

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`, if there is one."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """What is done once after training: the averages take the place of the weights.

        Args:
            var_list: the model's trainable variables.
        """
        if self.use_ema:
            averaging.overwrite(var_list, self._model_variables_moving_average)

    # --- learning rate and weight decay ---

    @property
    def iterations(self) -> Any:
        """The number of updates done, as an int scalar."""
        if self.gradient_accumulation_steps:
            return ops.floor_divide(self._iterations, self.gradient_accumulation_steps)
        return self._iterations

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the current step: a variable, or what the schedule gives."""
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self._iterations)
        if callable(self._learning_rate):
            return self._learning_rate()
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        before = self._learning_rate
        if callable(learning_rate):
            self._learning_rate = learning_rate
            if isinstance(before, Variable):
                self._untrack_variable(before)
        elif isinstance(before, Variable):
            before.assign(_checked_rate(learning_rate))
        else:
            raise ArgumentTypeError(
                message(
                    "This optimizer was created with a `LearningRateSchedule` object or a function "
                    "as its `learning_rate`, hence its learning rate is not settable.",
                    received=repr(learning_rate),
                    fix="create the optimizer with a float `learning_rate`, or set a schedule",
                )
            )

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Variable] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Take variables out of weight decay; to be called before the first step.

        Args:
            var_list: variables.
            var_names: regular expressions; found in a variable's name, they exclude it.
        """
        self._decayed = DecayedVariables(var_list or (), var_names or ())

    def _use_weight_decay(self, variable: Variable) -> bool:
        return variable in self._decayed

    def _apply_weight_decay(self, variables: Sequence[Variable]) -> None:
        if self.weight_decay is None:
            return
        fraction = ops.multiply(self.learning_rate, self.weight_decay)
        for variable in variables:
            if self._use_weight_decay(variable):
                self._decay(variable, fraction)

    def _decay(self, variable: Variable, fraction: Any) -> None:
        variable.assign_sub(ops.multiply(variable, ops.cast(fraction, variable.dtype)))

    # --- config ---

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain values."""
        rate = self._learning_rate
        return {
            "name": self.name,
            "learning_rate": (
                float(rate.numpy()) if isinstance(rate, Variable) else families.serialize(rate)
            ),
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Optimizer:
        """An optimizer from what `get_config` gave, without its state."""
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config = {**config, "learning_rate": families.deserialize(rate, custom_objects)}
        return cls(**config)


def _existing(grads: Sequence[Any], variables: Sequence[Variable]) -> Matched:
    """The gradients that are not None, with their variables; a warning names the others."""
    pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
    if not pairs:
        raise ArgumentError(
            message(
                "No gradients provided for any variable.",
                received=f"None for all {len(variables)} variables",
                fix="check that the loss depends on the model's trainable variables",
            )
        )
    missing = [v.path for g, v in zip(grads, variables, strict=True) if g is None]
    if missing:
        warnings.warn(
            f"Gradients do not exist for variables {missing} when minimizing the loss. If using "
            "`model.compile()`, did you forget to provide a `loss` argument?",
            stacklevel=3,
        )
    gradients = [ops.convert_to_tensor(g) for g, _ in pairs]
    for gradient, (_, variable) in zip(gradients, pairs, strict=True):
        if not dims.same_shape(tuple(gradient.shape), tuple(variable.shape)):
            raise ShapeError(
                message(
                    f"The gradient of '{variable.path}' does not have the variable's shape.",
                    received=tuple(gradient.shape),
                    required=tuple(variable.shape),
                )
            )
    return gradients, [v for _, v in pairs]


def _check_unknown(cls: type, unknown: dict[str, Any]) -> None:
    if unknown.pop("decay", None) is not None:
        warnings.warn("Argument `decay` is no longer supported and will be ignored.", stacklevel=4)
    if not unknown:
        return
    code = cls.__init__.__code__  # type: ignore[misc]
    known = {*_ARGUMENTS, *code.co_varnames[1 : code.co_argcount]}
    aliases = {"lr": "learning_rate", "l_rate": "learning_rate"}
    hints = [
        f"Did you mean '{aliases[name]}'?" if name in aliases else near(name, known)
        for name in unknown
    ]
    raise ArgumentError(
        message(
            f"{cls.__name__}: Argument(s) not recognized: {unknown}. {' '.join(hints)}".rstrip(),
            required=", ".join(sorted(known)),
        )
    )


def _check_limits(
    clipnorm: float | None, clipvalue: float | None, global_clipnorm: float | None
) -> None:
    if sum(a is not None for a in (clipnorm, clipvalue, global_clipnorm)) > 1:
        raise ArgumentError(
            message(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set.",
                received=f"clipnorm={clipnorm}, clipvalue={clipvalue}, "
                f"global_clipnorm={global_clipnorm}",
            )
        )
    limits = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
    for name, limit in limits.items():
        if limit is not None and not limit >= 0:
            raise ArgumentError(message(f"`{name}` cannot be used.", limit, "a number >= 0"))


def _check_accumulation(steps: int | None) -> None:
    if steps and not steps >= 2:
        raise ArgumentError(
            message(
                "`gradient_accumulation_steps` must be an integer >= 2.",
                received=f"gradient_accumulation_steps={steps}",
            )
        )


def _check_average(momentum: float, frequency: int | None) -> None:
    if not 0 <= momentum <= 1:
        raise ArgumentError(
            message(
                "`ema_momentum` must be in the range [0, 1].", received=f"ema_momentum={momentum}"
            )
        )
    if frequency and (not isinstance(frequency, int) or frequency < 1):
        raise ArgumentError(
            message(
                "`ema_overwrite_frequency` must be an integer >= 1 or None.",
                received=f"ema_overwrite_frequency={frequency}",
            )
        )


def _checked_rate(value: Any) -> Any:
    """A learning rate that is no schedule: a number, not negative, or a traced value."""
    if isinstance(value, (bool, str)) or value is None:
        raise ArgumentError(
            message(
                "Argument `learning_rate` should be float, or an instance of LearningRateSchedule, "
                "or a callable (that takes no argument and returns the learning rate).",
                received=f"learning_rate={value!r}",
            )
        )
    if isinstance(value, (int, float, np.number)) and not value >= 0:
        raise ArgumentError(
            message(
                "`learning_rate` must not be negative: the loss would be maximised.",
                received=f"learning_rate={value}",
                required="a float >= 0, usually between 1e-5 and 1",
            )
        )
    return value
