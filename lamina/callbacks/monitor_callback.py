"""Watching one metric: what counts as better."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message
from lamina.callbacks.callback import Callback


class MonitorCallback(Callback):
    """Base of callbacks that watch a metric.

    Args:
        monitor: the metric's name in the logs.
        mode: "min", "max", or "auto" to go by the metric.
        baseline: the best value so far, or None.
        min_delta: by how much a value must be better to count as better.
    Example:
        >>> watch = MonitorCallback("val_loss", min_delta=0.1)
        >>> watch._set_monitor_op()
        >>> bool(watch._is_improvement(0.5, 0.55)), bool(watch._is_improvement(0.4, 0.55))
        (False, True)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        baseline: float | None = None,
        min_delta: float = 0,
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} mode '{mode}' is unknown, fallback to auto mode.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self.monitor_op: Callable[[Any, Any], Any] | None = None

    def _set_monitor_op(self) -> None:
        """Decide on `ops.less` or `ops.greater`; `min_delta` gets the sign that fits."""
        name = self.monitor.removeprefix("val_")
        if self.mode == "auto":
            self.monitor_op = self._direction(name)
        else:
            self.monitor_op = ops.less if self.mode == "min" else ops.greater
        if self.monitor_op is None:
            raise ArgumentError(
                message(
                    f"{type(self).__name__} callback received monitor={self.monitor}, but it "
                    "cannot be determined whether that metric should be maximized or minimized.",
                    fix="pass mode='max' for a metric that should grow, such as accuracy, or "
                    "mode='min' for one that should fall",
                )
            )
        if self.monitor_op is ops.less:
            self.min_delta = -self.min_delta

    def _direction(self, name: str) -> Callable[[Any, Any], Any] | None:
        metrics: list[Any] = []
        for metric in getattr(self.model, "metrics", None) or []:
            metrics += getattr(metric, "metrics", None) or [metric]
        for metric in metrics:
            if metric.name == name and hasattr(metric, "_direction"):
                return ops.greater if metric._direction == "up" else ops.less
        return ops.less if name == "loss" else None

    def _is_improvement(self, monitor_value: Any, reference_value: Any) -> Any:
        """Whether a value is better than another by more than `min_delta`."""
        if reference_value is None:
            return True
        if self.monitor_op is None:
            self._set_monitor_op()
        assert self.monitor_op is not None
        return self.monitor_op(monitor_value - self.min_delta, reference_value)
