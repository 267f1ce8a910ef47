"""Losses made of a function of targets and predictions, and how their arguments are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from lamina.base import families, tree
from lamina.losses.loss import Loss
from lamina.losses.ranks import squeeze_or_expand_to_same_rank


class LossFunctionWrapper(Loss):
    """A loss that calls a function.

    Args:
        fn: `fn(y_true, y_pred, **kwargs)` gives the loss of each sample.
        reduction: see `Loss`.
        name: the loss's name.
        dtype: see `Loss`.
        **kwargs: further arguments of `fn`.
    Example:
        >>> loss = LossFunctionWrapper(lambda t, p, factor: (p - t) * factor, factor=3.0)
        >>> float(loss([1.0], [2.0]))
        3.0
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The function's value, after the ranks of targets and predictions are matched."""
        pairs = tree.map_structure(squeeze_or_expand_to_same_rank, y_true, y_pred)
        y_true = tree.map_structure_up_to(y_true, lambda pair: pair[0], pairs)
        y_pred = tree.map_structure_up_to(y_pred, lambda pair: pair[1], pairs)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {
            **super().get_config(),
            "fn": families.serialize(self.fn),
            **families.serialize(self._fn_kwargs),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A loss from what `get_config` returned."""
        if "fn" in config:
            config = families.deserialize(config)
        return cls(**config)

    def __repr__(self) -> str:
        return f"<LossFunctionWrapper({self.fn}, kwargs={self._fn_kwargs})>"


class BuiltInLoss(LossFunctionWrapper):
    """A loss of Lamina's own: its function is part of the class, its arguments are attributes.

    Args:
        name: the loss's name.
        reduction: see `Loss`.
        dtype: see `Loss`.
        **kwargs: further arguments of the function; each becomes an attribute and part of the
            config.
    """

    function: ClassVar[Callable[..., Any]]

    def __init__(self, name: str | None, reduction: str | None, dtype: Any, **kwargs: Any) -> None:
        super().__init__(type(self).function, reduction, name, dtype, **kwargs)
        for key, value in kwargs.items():
            setattr(self, key, value)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {**Loss.get_config(self), **self._fn_kwargs}

    def __repr__(self) -> str:
        arguments = "".join(f", {key}={value!r}" for key, value in self._fn_kwargs.items())
        return f"<{type(self).__name__} name={self.name}{arguments}>"


def without_default(config: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """A config without the entries that have their default value.

    Args:
        config: what a `get_config` returned.
        **defaults: entry -> default value.
    Example:
        >>> without_default({"name": "h", "delta": 1.0}, delta=1.0)
        {'name': 'h'}
    """
    return {k: v for k, v in config.items() if k not in defaults or v != defaults[k]}
