"""Shows how training goes, on stderr: a bar in a terminal, one plain line per epoch elsewhere.

It also keeps what each epoch reported, so that an interrupted run still has its history.
"""

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lamina.callbacks import Callback


class EpochProgress(Callback):
    """Reports every epoch and keeps its figures in `rows`.

    Args:
        epochs: how many there will be at most.
        quiet: keep the figures, show nothing.
    """

    def __init__(self, epochs: int, quiet: bool) -> None:
        super().__init__()
        self.epochs = epochs
        self.quiet = quiet
        self.rows: list[dict[str, float]] = []
        self._bar: Progress | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the bar, if there is a terminal to draw it in."""
        if not self.quiet and sys.stderr.isatty():
            self._bar = Progress(
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.fields[figures]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task("training", total=self.epochs, figures="")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep and show the figures of an epoch."""
        figures = {name: float(value) for name, value in (logs or {}).items()}
        self.rows.append({"epoch": epoch + 1, **figures})
        if self._bar is not None:
            watched = {n: v for n, v in figures.items() if n.startswith("val_")} or figures
            self._bar.update(self._task, completed=epoch + 1, figures=_figures_text(watched))
        elif not self.quiet:
            text = f"epoch {epoch + 1}/{self.epochs}  {_figures_text(figures)}"
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away; training may also have ended by Ctrl-C."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _figures_text(figures: dict[str, float]) -> str:
    return "  ".join(f"{name} {_figure_text(name, value)}" for name, value in figures.items())


def _figure_text(name: str, value: float) -> str:
    return f"{value:.2g}" if name == "learning_rate" else f"{value:.4f}"
