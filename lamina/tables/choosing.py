"""Whether a small table gets hidden layers at all, by the rows that members did not learn from.

Where the truth is nearly linear, a few hundred rows cannot teach hidden layers anything; they only
add noise. So a small table's network is trained twice, with hidden layers and as a linear function.
The one with less loss on held-out rows is kept, of equally good ones the linear one. With folds
every row outside the test part is held out from some members and has a say, and no test row has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.tables.decisions import choose_temperature
from lamina.tables.schema import Target


@dataclass(frozen=True)
class Choice:
    """Which of the two networks was kept.

    Attributes:
        figure: what was compared: "log-loss" or "RMSE".
        deep: that of the network with hidden layers.
        linear: that of the linear one.
    """

    figure: str
    deep: float
    linear: float

    @property
    def is_linear(self) -> bool:
        """Whether the linear one is as good or better."""
        return self.linear <= self.deep

    @property
    def sentence(self) -> str:
        """The choice and its reason."""
        if self.is_linear:
            return (
                f"a linear network: {self.figure} {self.linear:.4g} on held-out rows, "
                f"with hidden layers {self.deep:.4g}"
            )
        return (
            f"hidden layers: {self.figure} {self.deep:.4g} on held-out rows, "
            f"without them {self.linear:.4g}"
        )


def choose(y: np.ndarray, deep: np.ndarray, linear: np.ndarray, target: Target) -> Choice:
    """Compare two networks on rows that neither learned from.

    Args:
        y: of `encode_target`.
        deep: (rows, outputs) scores, or standardised values, with hidden layers; NaN for rows that
            were learned from.
        linear: likewise, without; NaN for the same rows.
        target: what is predicted.
    Example:
        >>> y, scores = np.array([0, 1] * 20), np.array([[-1.0], [1.0]] * 20)
        >>> choose(y, np.zeros((40, 1)), scores, Target(("y",), "binary", "")).is_linear
        True
    """
    means = [held_out_losses(y, outputs, target).mean() for outputs in (deep, linear)]
    if target.task == "regression":
        return Choice("RMSE", *(float(np.sqrt(mean)) for mean in means))
    return Choice("log-loss", *map(float, means))


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
        return np.square(outputs[:, 0] * target.scale + target.center - y)
    if target.task == "binary":
        y = y[:, None]
    z = outputs / choose_temperature(y, outputs)
    if target.task == "multiclass":
        z = z - z.max(axis=1, keepdims=True)
        return np.log(np.exp(z).sum(axis=1)) - np.take_along_axis(z, y[:, None], axis=1)[:, 0]
    return np.logaddexp(0.0, np.where(y == 1, -z, z)).mean(axis=1)
