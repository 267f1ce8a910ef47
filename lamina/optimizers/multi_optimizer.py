"""Different optimizers for different variables of one model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from lamina.base import families
from lamina.base.errors import ArgumentError, message
from lamina.optimizers.loss_scale_optimizer import LossScaleOptimizer
from lamina.optimizers.optimizer import Optimizer
from lamina.runtime.variable import Variable


class MultiOptimizer(Optimizer):
    """An optimizer that hands each variable to the optimizer a map chooses for it.

    Args:
        optimizer_map: an `OptimizerMap`, or any callable from a variable to an optimizer.
        loss_scale_factor: float or None, set on all of them.
        name: str or None, the first part of the paths of its own variables.
    Raises:
        ArgumentError: when built, if the map gives no optimizer, or one that holds others.
    Example:
        >>> from lamina import ops
        >>> from lamina.optimizers import SGD, OptimizerMap
        >>> kernel, bias = Variable([1.0], name="kernel"), Variable([1.0], name="bias")
        >>> both = MultiOptimizer(OptimizerMap(SGD(0.5), {"bias": SGD(0.25)}))
        >>> both.apply([ops.ones(1), ops.ones(1)], [kernel, bias])
        >>> kernel.numpy().tolist(), bias.numpy().tolist()
        ([0.5], [0.75])
    """

    _inner_optimizers: list[Optimizer]

    def __init__(
        self,
        optimizer_map: Callable[[Variable], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        self.__dict__["_inner_optimizers"] = []
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._optimizer_map = optimizer_map
        if hasattr(optimizer_map, "values"):
            for optimizer in optimizer_map.values():
                self._position(optimizer)
        default = getattr(optimizer_map, "default_optimizer", None)
        if default is not None:
            self._position(default)

    def _position(self, optimizer: Optimizer) -> int:
        """Where an optimizer stands among those known; a new one is added."""
        for i, known in enumerate(self._inner_optimizers):
            if known is optimizer:
                return i
        optimizer.loss_scale_factor = self.loss_scale_factor
        self._inner_optimizers.append(optimizer)
        return len(self._inner_optimizers) - 1

    def build(self, var_list: Sequence[Variable]) -> None:
        """Choose the optimizers and build each with its variables."""
        if self.built:
            return
        self._var_to_optimizer_idx: dict[int, int] = {}
        for variable in var_list:
            optimizer = _checked(self._optimizer_map(variable), variable)
            self._var_to_optimizer_idx[self._var_key(variable)] = self._position(optimizer)
        for optimizer, variables in zip(
            self._inner_optimizers, self._shared_out(var_list, var_list), strict=True
        ):
            if variables:
                optimizer.build(variables)
        super().build(var_list)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Copies and unpickled optimizers know their variables by new identities."""
        old = list(state.get("_var_to_optimizer_idx", {}).values())
        super().__setstate__(state)
        if old:
            keys = map(self._var_key, self._trainable_variables)
            self.__dict__["_var_to_optimizer_idx"] = dict(zip(keys, old, strict=True))

    def _shared_out(self, items: Sequence[Any], variables: Sequence[Variable]) -> list[list[Any]]:
        """One list of items for each optimizer, by the variables that go with the items."""
        shares: list[list[Any]] = [[] for _ in self._inner_optimizers]
        for item, variable in zip(items, variables, strict=True):
            shares[self._var_to_optimizer_idx[self._var_key(variable)]].append(item)
        return shares

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers that share the variables."""
        return self._inner_optimizers

    @property
    def variables(self) -> list[Variable]:
        """Its own variables, then those of each optimizer."""
        inner = [v for optimizer in self._inner_optimizers for v in optimizer.variables]
        return self._variables + inner

    @property
    def learning_rate(self) -> NoReturn:
        """There is not one learning rate here, but one for each optimizer."""
        raise AttributeError(
            "Learning rate cannot be accessed on a MultiOptimizer. Access the learning rate on the "
            "individual sub-optimizers instead."
        )

    @learning_rate.setter
    def learning_rate(self, value: Any) -> NoReturn:
        raise AttributeError(
            "Learning rate cannot be set on a MultiOptimizer. Set the learning rate on the "
            "individual sub-optimizers instead."
        )

    @property
    def loss_scale_factor(self) -> float | None:
        """The factor of the loss, the same for all optimizers."""
        return self._loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, value: float | None) -> None:
        self._loss_scale_factor = value
        for optimizer in self._inner_optimizers:
            optimizer.loss_scale_factor = value

    @property
    def iterations(self) -> Variable:
        """The number of steps done, as an int scalar."""
        return self._iterations

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Hand each gradient to its variable's optimizer.

        Args:
            grads: one tensor, or None, for each variable.
            trainable_variables: the variables; the first call with them builds the optimizer.
        Raises:
            ArgumentError: as `Optimizer.apply`.
        """
        if len(grads) == 0:
            return
        gradients, variables = self._matched(grads, trainable_variables)
        pairs = list(zip(gradients, variables, strict=True))
        for optimizer, share in zip(
            self._inner_optimizers, self._shared_out(pairs, variables), strict=True
        ):
            if share:
                optimizer.apply([g for g, _ in share], [v for _, v in share])
        self._iterations.assign_add(1)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """What each optimizer does once after training."""
        for optimizer, variables in zip(
            self._inner_optimizers, self._shared_out(var_list, var_list), strict=True
        ):
            if variables:
                optimizer.finalize_variable_values(variables)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain values."""
        return {
            "optimizer_map": families.serialize(self._optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> MultiOptimizer:
        """An optimizer from what `get_config` gave, without its state."""
        chosen = families.deserialize(config["optimizer_map"], custom_objects)
        return cls(**{**config, "optimizer_map": chosen})


def _checked(optimizer: Any, variable: Variable) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise ArgumentError(
            message(
                f"Optimizer for variable '{variable.path}' is not an Optimizer instance.",
                received=repr(optimizer),
            )
        )
    if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
        raise ArgumentError(f"{type(optimizer).__name__} cannot be used inside an MultiOptimizer.")
    return optimizer
