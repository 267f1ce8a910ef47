"""Which optimizer a variable gets, by patterns in the variable's path."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from lamina.base import families
from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.optimizers.loss_scale_optimizer import LossScaleOptimizer
from lamina.optimizers.optimizer import Optimizer
from lamina.runtime.variable import Variable


class OptimizerMap(MutableMapping):
    """Regular expressions for variable paths -> optimizers.

    Args:
        default_optimizer: for paths that no pattern matches as a whole.
        optimizer_map: dict of pattern -> optimizer, or None.
    Raises:
        ArgumentTypeError: an argument is of another type.
    Example:
        >>> from lamina.optimizers import SGD, Adam
        >>> chosen = OptimizerMap(Adam(), {".*/bias": SGD()})
        >>> type(chosen["dense/bias"]).__name__, type(chosen["dense/kernel"]).__name__
        ('SGD', 'Adam')
    """

    def __init__(
        self, default_optimizer: Optimizer, optimizer_map: dict[str, Optimizer] | None = None
    ) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise ArgumentTypeError(
                message(
                    "default_optimizer must be a Keras Optimizer instance.", repr(default_optimizer)
                )
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise ArgumentTypeError(
                message("optimizer_map must be a dictionary.", repr(optimizer_map))
            )
        self._default_optimizer = default_optimizer
        self._optimizer_map = optimizer_map or {}

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer for paths that no pattern matches."""
        return self._default_optimizer

    def __getitem__(self, key: str) -> Optimizer:
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        matching = [p for p in self._optimizer_map if re.fullmatch(p, key)]
        if len(matching) > 1:
            raise ArgumentError(
                message(
                    f"Multiple optimizers assigned to variable {key}.",
                    received=f"it matches {matching}",
                    required="at most one matching pattern",
                )
            )
        return self._optimizer_map[matching[0]] if matching else self._default_optimizer

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if key in self._optimizer_map:
            raise ArgumentError(
                message(
                    f"'{key}' already exists in the OptimizerMap with value "
                    f"{self._optimizer_map[key]}. Please make sure to not use duplicated keys.",
                )
            )
        if not isinstance(key, str):
            raise ArgumentError(message("key must be a string.", repr(key)))
        if not isinstance(optimizer, Optimizer):
            raise ArgumentError(
                message("optimizer must be a Keras Optimizer instance.", repr(optimizer))
            )
        if isinstance(optimizer, LossScaleOptimizer) or hasattr(optimizer, "optimizers"):
            raise ArgumentError(f"optimizer cannot be {type(optimizer).__name__}.")
        self._optimizer_map[key] = optimizer

    def __delitem__(self, key: str) -> None:
        del self._optimizer_map[key]

    def __len__(self) -> int:
        return len(self._optimizer_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self._optimizer_map)

    def __call__(self, variable: Variable) -> Optimizer:
        """The optimizer for a variable."""
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain values."""
        return {
            "default_optimizer": families.serialize(self._default_optimizer),
            "optimizer_map": families.serialize(self._optimizer_map),
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> OptimizerMap:
        """A map from what `get_config` gave."""
        return cls(
            families.deserialize(config["default_optimizer"], custom_objects),
            families.deserialize(config["optimizer_map"], custom_objects),
        )
