"""The perceptron: a weighted sum, a bias, a threshold, an output of 0 or 1.

This file decides what goes in and what comes out; how the weights are learned is in `rule`.
"""

import math
from collections.abc import Sequence

import numpy as np

from lamina.base.errors import ArgumentError, NotBuiltError, ShapeError, message
from lamina.perceptron.rule import Learning, format_number, format_vector, learn


class Perceptron:
    """A neuron that answers 1 if its weighted sum is above a threshold, and else 0.

    S = x1*w1 + ... + xd*wd + bias;  output = 1 if S > threshold else 0

    Args:
        weights: floats (d,), one per input. Default None: zeros, made by `fit`.
        bias: float, added to the sum. Default 0.
        threshold: float, what the sum must exceed; `fit` leaves it as it is. Default 0.
        learning_rate: float > 0, how far one update moves the weights. Default 1.
    Raises:
        ArgumentError: a number is not finite, or `learning_rate` is not positive.
    Source: Rosenblatt (1958), The perceptron: a probabilistic model.
    Example:
        >>> coffee = Perceptron(weights=(0.5, 0.7, 0.6), bias=2, threshold=6)
        >>> coffee.predict((2, 3, 1))
        0
        >>> print(coffee.explain((2, 3, 1)))
        S = 2*0.5 + 3*0.7 + 1*0.6 + 2 = 5.7
        5.7 <= 6 (threshold), so the output is 0
        >>> gate = Perceptron()
        >>> learning = gate.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
        >>> learning.converged, gate.predict([[0, 1], [1, 1]])
        (True, array([0, 1]))
    """

    def __init__(
        self,
        weights: Sequence[float] | np.ndarray | None = None,
        bias: float = 0.0,
        threshold: float = 0.0,
        learning_rate: float = 1.0,
    ) -> None:
        self.weights = None if weights is None else _numbers(weights, "weights", ndim=1)
        self.bias = float(_numbers(bias, "bias", ndim=0))
        self.threshold = float(_numbers(threshold, "threshold", ndim=0))
        self.learning_rate = float(_numbers(learning_rate, "learning_rate", ndim=0))
        if self.learning_rate <= 0:
            raise ArgumentError(
                message("`learning_rate` must be positive.", received=repr(learning_rate))
            )

    def weighted_sum(self, x: object) -> float | np.ndarray:
        """The sum S before the threshold.

        Args:
            x: numbers (d,) for one row or (rows, d).
        Returns:
            float for one row, else floats (rows,).
        Raises:
            ShapeError: a row has another length than `weights`.
            NotBuiltError: there are no weights yet.
        """
        rows = self._rows(x)
        total = rows @ self._known_weights() + self.bias
        return float(total) if rows.ndim == 1 else total

    def predict(self, x: object) -> int | np.ndarray:
        """The output, 1 where the weighted sum exceeds the threshold and 0 elsewhere.

        Args:
            x: numbers (d,) for one row or (rows, d).
        Returns:
            int for one row, else int64 (rows,).
        Raises:
            ShapeError: a row has another length than `weights`.
            NotBuiltError: there are no weights yet.
        """
        fires = self.weighted_sum(x) > self.threshold
        return fires.astype(np.int64) if isinstance(fires, np.ndarray) else int(fires)

    def explain(self, x: object) -> str:
        """One row's way to its output, written out with its numbers.

        Args:
            x: numbers (d,).
        Returns:
            Two lines: the sum with every term, and the comparison with the threshold.
        Raises:
            ShapeError: `x` is not one row of the right length.
        """
        row = self._rows(x)
        if row.ndim != 1:
            raise ShapeError(message("`explain` takes one row.", received=row.shape))
        pairs = zip(row, self._known_weights(), strict=True)
        terms = [f"{format_number(value)}*{format_number(weight)}" for value, weight in pairs]
        total, output = self.weighted_sum(row), self.predict(row)
        return (
            f"S = {' + '.join([*terms, format_number(self.bias)])} = {format_number(total)}\n"
            f"{format_number(total)} {'>' if output else '<='} {format_number(self.threshold)} "
            f"(threshold), so the output is {output}"
        )

    def fit(self, x: object, y: object, epochs: int = 100) -> Learning:
        """Learn weights and bias with Rosenblatt's rule, row after row.

        After a wrong output, w <- w + learning_rate * error * x and b <- b + learning_rate * error,
        where error = target - output. Learning stops when every row comes out right, when the
        weights begin to repeat themselves, or after `epochs` passes.

        Args:
            x: numbers (rows, d).
            y: (rows,) of 0 or 1.
            epochs: int >= 1, the most passes over the rows. Default 100.
        Returns:
            What happened: every update, whether it converged, and if not, why.
        Raises:
            ShapeError: `x` and `y` do not fit together or to the weights.
            ArgumentError: a number is not finite, a target is neither 0 nor 1, `epochs` < 1.
        """
        rows, targets = _training_data(x, y)
        if not isinstance(epochs, (int, np.integer)) or epochs < 1:
            raise ArgumentError(message("`epochs` must be an int >= 1.", received=repr(epochs)))
        if self.weights is None:
            self.weights = np.zeros(rows.shape[1])
        self._rows(rows)
        learning = learn(
            rows, targets, self.weights, self.bias, self.threshold, self.learning_rate, epochs
        )
        self.weights, self.bias = learning.weights, learning.bias
        return learning

    def _rows(self, x: object) -> np.ndarray:
        rows = _numbers(x, "x")
        weights = self._known_weights()
        if rows.ndim not in (1, 2) or rows.shape[-1] != len(weights):
            raise ShapeError(
                message(
                    f"Perceptron with {len(weights)} weights, argument `x`: one number per weight.",
                    received=rows.shape,
                    required=f"({len(weights)},) or (rows, {len(weights)})",
                )
            )
        return rows

    def _known_weights(self) -> np.ndarray:
        if self.weights is None:
            raise NotBuiltError(
                message(
                    "This Perceptron has no weights yet.",
                    fix="call `fit` first, or give `weights` when you make it.",
                )
            )
        return self.weights

    def __repr__(self) -> str:
        weights = "None" if self.weights is None else format_vector(self.weights)
        return (
            f"Perceptron(weights={weights}, bias={format_number(self.bias)}, "
            f"threshold={format_number(self.threshold)})"
        )


def _numbers(value: object, name: str, ndim: int | None = None) -> np.ndarray:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as cause:
        raise ArgumentError(message(f"`{name}` must be numbers.", received=str(cause))) from cause
    if ndim is not None and array.ndim != ndim:
        required = "one number" if ndim == 0 else "a row of numbers"
        raise ShapeError(message(f"`{name}` must be {required}.", received=array.shape))
    if not np.isfinite(array).all():
        count = math.prod(array.shape) - int(np.isfinite(array).sum())
        raise ArgumentError(
            message(f"`{name}` must be finite.", received=f"{count} values are NaN or infinite")
        )
    return array


def _training_data(x: object, y: object) -> tuple[np.ndarray, np.ndarray]:
    rows, targets = _numbers(x, "x"), _numbers(y, "y")
    if rows.ndim != 2 or targets.shape != rows.shape[:1] or not rows.size:
        raise ShapeError(
            message(
                "`x` and `y` do not fit together.",
                received=f"x {rows.shape}, y {targets.shape}",
                required="x (rows, d) with rows and d >= 1, y (rows,)",
            )
        )
    strange = np.unique(targets[(targets != 0) & (targets != 1)])
    if len(strange):
        raise ArgumentError(
            message("`y` must hold 0 and 1 only.", received=f"also {strange[:5].tolist()}")
        )
    return rows, targets.astype(np.int64)
