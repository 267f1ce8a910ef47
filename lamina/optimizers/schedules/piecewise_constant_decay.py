"""The learning rate jumps from one value to the next at given steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.optimizers.schedules.schedule import LearningRateSchedule, scalar


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and including step boundaries[0], then values[1], and so on.

    Args:
        boundaries: increasing numbers of steps.
        values: floats, one more than there are boundaries.
        name: str.
    Raises:
        ArgumentError: the lengths do not fit, or the boundaries do not increase.
    Example:
        >>> rate = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])
        >>> [float(rate(step)) for step in (0, 10, 11, 21)]
        [1.0, 1.0, 0.5, 0.25]
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ArgumentError(
                message(
                    "The length of boundaries should be 1 less than the length of values.",
                    received=f"{len(boundaries)} boundaries {boundaries}, "
                    f"{len(values)} values {values}",
                )
            )
        if any(high < low for low, high in zip(boundaries, boundaries[1:], strict=False)):
            raise ArgumentError(message("The boundaries must increase.", received=boundaries))
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Any:
        """The learning rate of a step; see `LearningRateSchedule`."""
        rate = scalar(self.values[-1])
        pairs = zip(self.boundaries, self.values, strict=False)  # the last value has no boundary
        for boundary, value in reversed(list(pairs)):
            rate = ops.where(ops.less_equal(step, boundary), scalar(value), rate)
        return rate

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}
