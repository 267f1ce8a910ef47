"""Which network a small table gets, by the rows that members did not learn from.

Where the truth is nearly linear, a few hundred rows cannot teach hidden layers anything; they only
add noise. Where classes hardly overlap, smoothed labels blur what is clear, and elsewhere they keep
few rows from being learned by heart. So a small table's network is trained as a linear function,
with hidden layers, and with these on labels as they are. The one with the least loss on held-out
rows is kept, of equally good ones the first in that order. With folds every row outside the test
part is held out from some members and has a say, and no test row has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.tables.decisions import choose_temperature
from lamina.tables.schema import Target

LINEAR = "a linear network"
SMOOTHED = "hidden layers"
SHARP = "hidden layers, labels not smoothed"


@dataclass(frozen=True)
class Choice:
    """Which of some networks was kept.

    Attributes:
        figure: what was compared: "log-loss" or "RMSE".
        losses: that of each network, by its name; of equal ones the first is kept.
    """

    figure: str
    losses: dict[str, float]

    @property
    def kept(self) -> str:
        """The name of the one with the least loss."""
        return min(self.losses, key=self.losses.__getitem__)

    @property
    def sentence(self) -> str:
        """The choice and its reason."""
        first = f"{self.kept}: {self.figure} {self.losses[self.kept]:.4g} on held-out rows"
        others = [f"{name}: {x:.4g}" for name, x in self.losses.items() if name != self.kept]
        return "; ".join([first, *others])


def choose(y: np.ndarray, held_out: dict[str, np.ndarray], target: Target) -> Choice:
    """Compare networks on rows that none of them learned from.

    Args:
        y: of `encode_target`.
        held_out: name of a network -> (rows, outputs) scores, or standardised values; NaN for rows
            that were learned from, the same for all.
        target: what is predicted.
    Example:
        >>> y, scores = np.array([0, 1] * 20), np.array([[-1.0], [1.0]] * 20)
        >>> networks = {LINEAR: scores, SMOOTHED: np.zeros((40, 1))}
        >>> choose(y, networks, Target(("y",), "binary", "")).kept
        'a linear network'
    """
    means = {n: float(held_out_losses(y, z, target).mean()) for n, z in held_out.items()}
    if target.task == "regression":
        return Choice("RMSE", {name: float(np.sqrt(mean)) for name, mean in means.items()})
    return Choice("log-loss", means)


def held_out_losses(y: np.ndarray, outputs: np.ndarray, target: Target) -> np.ndarray:
    """The squared errors, or the log-losses at the temperature that suits best.

    Args:
        y: of `encode_target`.
        outputs: (rows, outputs); rows with a NaN do not count.
        target: what is predicted.
    Returns:
        (held-out rows,); of several labels their mean.
    Example:
        >>> held_out_losses(np.array([0, 1]), np.zeros((2, 1)), Target(("y",), "binary", ""))
        array([0.69314718, 0.69314718])
    """
    held = np.isfinite(outputs).all(axis=1)
    y, outputs = y[held], outputs[held]
    if target.task == "regression":
        return np.square(target.in_units(outputs[:, 0]) - y)
    if target.task == "binary":
        y = y[:, None]
    z = outputs / choose_temperature(y, outputs)
    if target.task == "multiclass":
        z = z - z.max(axis=1, keepdims=True)
        return np.log(np.exp(z).sum(axis=1)) - np.take_along_axis(z, y[:, None], axis=1)[:, 0]
    return np.logaddexp(0.0, np.where(y == 1, -z, z)).mean(axis=1)
