"""The base of all initializers."""

from __future__ import annotations

from typing import Any


class Initializer:
    """A function from a shape to the first values of a weight, with a config.

    A subclass defines `__call__`, and `get_config` if its constructor takes arguments.
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """The values.

        Args:
            shape: tuple of int.
            dtype: default floatx.
        Returns:
            Tensor of this shape.
        """
        raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An initializer from what `get_config` gave."""
        return cls(**config)

    def clone(self) -> Any:
        """Another initializer of the same config."""
        return type(self).from_config(self.get_config())
