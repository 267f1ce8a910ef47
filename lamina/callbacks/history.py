"""The figures of every epoch, as numbers, a table and curves."""

from __future__ import annotations

import html
from typing import Any

from lamina.base.errors import missing_extra
from lamina.callbacks.callback import Callback, Logs


class History(Callback):
    """Keeps what every epoch reported; `fit` returns it.

    Attributes:
        history: dict of metric name -> list of floats, one for each epoch; those of validation
            under "val_…".
        epoch: list of the epochs' numbers, counted from 0.
    Example:
        >>> history = History()
        >>> history.on_train_begin()
        >>> history.on_epoch_end(0, {"loss": 0.5})
        >>> history.history
        {'loss': [0.5]}
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs = None) -> None:
        """Start counting epochs."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Keep an epoch's figures."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self

    def get_state(self) -> dict[str, Any]:
        """All figures so far."""
        return {"epoch": list(self.epoch), "history": {k: list(v) for k, v in self.history.items()}}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on behind the figures of an earlier run."""
        self.epoch = list(state["epoch"])
        self.history = {name: list(values) for name, values in state["history"].items()}

    def plot(self, metrics: list[str] | None = None) -> Any:
        """Curves over the epochs, training and validation of a metric side by side.

        Args:
            metrics: names to draw, without "val_"; None for all.
        Returns:
            matplotlib.figure.Figure.
        Raises:
            MissingExtraError: matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise missing_extra("matplotlib", "plot", "History.plot") from None

        names = metrics or self._metrics()
        figure = Figure(figsize=(4.5 * max(len(names), 1), 3.2), layout="constrained")
        panels = figure.subplots(1, max(len(names), 1), squeeze=False)[0]
        for axes, name in zip(panels, names, strict=False):
            for key, label in ((name, "training"), (f"val_{name}", "validation")):
                values = self.history.get(key, [])
                # Validation may run in some epochs only, the last ones then.
                epochs = [e + 1 for e in self.epoch[len(self.epoch) - len(values) :]]
                if values and len(epochs) == len(values):
                    axes.plot(epochs, values, label=label, marker="." if len(values) == 1 else None)
            axes.set(title=name, xlabel="epoch")
            axes.grid(alpha=0.3)
            axes.legend()
        return figure

    def _metrics(self) -> list[str]:
        """The metrics' names without "val_", the loss first."""
        names = dict.fromkeys(name.removeprefix("val_") for name in self.history)
        return sorted(names, key=lambda name: name != "loss")

    def _repr_html_(self) -> str:
        """A table for notebooks: each metric's first, lowest, highest and last value."""
        rows = []
        for name, values in self.history.items():
            if not values or not all(isinstance(v, (int, float)) for v in values):
                continue
            figures = (values[0], min(values), max(values), values[-1])
            cells = "".join(f"<td>{value:.5g}</td>" for value in figures)
            rows.append(f"<tr><th>{html.escape(name)}</th>{cells}</tr>")
        head = "".join(f"<th>{title}</th>" for title in ("", "first", "lowest", "highest", "last"))
        count = f"{len(self.epoch)} epoch{'' if len(self.epoch) == 1 else 's'}"
        return f"<table><caption>{count}</caption><tr>{head}</tr>{''.join(rows)}</table>"
