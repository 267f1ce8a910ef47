"""The progress bar of `fit`: what a line says. Where and how it is drawn is in `screens.py`."""

import math
import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.utils.screens import Line, choose_screen

_GREEN, _GRAY, _BOLD, _PLAIN = "\x1b[32m", "\x1b[37m", "\x1b[1m", "\x1b[0m"


class Progbar:
    """Progress of a known or unknown number of steps, with running values.

    In a terminal one line is redrawn in place, as Keras draws it; in a notebook a bar; in a log or
    a pipe each finished bar is one plain line without control characters.

    Args:
        target: number of steps, None if unknown.
        width: characters of the bar.
        verbose: 0 nothing, 1 as described, 2 one plain line at the end.
        interval: seconds between two drawings at least; 0 writes every update, in a log too.
        stateful_metrics: names of values shown as they are; the others are averaged over the steps.
        stateless_metrics: names of values averaged over the steps; the others are shown as they
            are.
        unit_name: what is counted, for "2ms/step".
    Raises:
        ArgumentError: both `stateful_metrics` and `stateless_metrics` are given.
    Example:
        >>> bar = Progbar(2, verbose=2)
        >>> bar.add(1, [("loss", 2.0)])
        >>> bar.average("loss")
        2.0
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ArgumentError(
                message(
                    "Only one of `stateful_metrics` or `stateless_metrics` can be provided.",
                    fix="name either the values shown as they are or the values averaged",
                )
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self._stateful = None if stateful_metrics is None else set(stateful_metrics)
        self._stateless = None if stateless_metrics is None else set(stateless_metrics)
        self._screen = choose_screen(verbose)
        self._values: dict[str, tuple[float, float]] = {}
        self._seen = 0
        self._start = self._last_drawn = time.perf_counter()
        self._first_step_end: float | None = None

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Show that a number of steps is done.

        Args:
            current: steps done so far.
            values: pairs (name, value of the last step).
            finalize: whether this is the last update. None: whether `current` reached `target`.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._note(name, float(np.mean(value)), max(current - self._seen, 1), finalize)
        self._seen = current
        now = time.perf_counter()
        per_step = self._time_per_step(current, now)
        live = self._screen is not None and (self._screen.live or self.interval <= 0)
        due = finalize or now - self._last_drawn >= self.interval
        if due and self._screen is not None and (finalize or live):
            self._screen.show(self._line(current, now, per_step, finalize), sys.stdout)
            self._last_drawn = now

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Show that `n` more steps are done.

        Args:
            n: int.
            values: pairs (name, value of the last step).
        """
        self.update(self._seen + n, values)

    def average(self, name: str) -> float:
        """The number shown for a value."""
        total, weight = self._values[name]
        return total / max(1, weight)

    def _is_averaged(self, name: str) -> bool:
        if self._stateless is not None:
            return name in self._stateless
        return name not in (self._stateful or ())

    def _note(self, name: str, value: float, steps: int, finalize: bool) -> None:
        if finalize or not self._is_averaged(name):
            self._values[name] = (value, 1)
            return
        total, weight = self._values.get(name, (0.0, 0))
        self._values[name] = (total + value * steps, weight + steps)

    def _time_per_step(self, current: int, now: float) -> float:
        """Seconds for a step; the first, which compiles, counts only while it is the only one."""
        if not current:
            return 0.0
        if self._first_step_end is not None and current > 1:
            return (now - self._first_step_end) / (current - 1)
        if current == 1:
            self._first_step_end = now
        return (now - self._start) / current

    def _line(self, current: int, now: float, per_step: float, finalize: bool) -> Line:
        target = self.target or 0
        known = target > 0
        count = f"{current:7d}/Unknown"
        bar = colored = ""
        if known:
            count = f"{current:{int(math.log10(target)) + 1}d}/{target}"
            done = min(self.width, int(self.width * current / target))
            parts = "━" * done, "━" * (self.width - done)
            bar = " " + "".join(parts)
            colored = f" {_GREEN * bool(done)}{parts[0]}{_PLAIN}{_GRAY}{parts[1]}{_PLAIN}"
        clock = f"{now - self._start:.0f}s"
        if known and not finalize:
            clock = remaining(per_step * (target - current))
        tail = f" {per_unit(per_step, self.unit_name)}"
        tail += "".join(f" - {name}: {number(self.average(name))}" for name in self._values)
        return Line(
            plain=f"{count}{bar} {clock}{tail}",
            colored=f"{_BOLD}{count}{_PLAIN}{colored} {_BOLD}{clock}{_PLAIN}{tail}",
            bare=f"{count} - {clock} -{tail}",
            done=current,
            target=target or None,
            last=finalize,
        )


def number(value: float) -> str:
    """A value as progress lines show it: four decimals, or an exponent for tiny ones."""
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def remaining(seconds: float) -> str:
    """A time still to go, as 12s, 3:04 or 1:02:03."""
    whole = int(seconds)
    if whole > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole > 60 else f"{whole}s"


def per_unit(seconds: float, unit: str) -> str:
    """The time of one step in the unit that keeps the number readable."""
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/{unit}"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/{unit}"
    return f"{seconds * 1e6:.0f}us/{unit}"
