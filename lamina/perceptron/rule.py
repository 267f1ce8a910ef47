"""Rosenblatt's learning rule, with a record of every step it takes.

The rule finds weights whenever some exist; otherwise it would go on for ever. So it stops when the
weights at the end of a pass have been seen before (from then on everything repeats) or at the
limit, and then asks `separability` for the truth instead of guessing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lamina.perceptron.separability import Separability, separability


@dataclass(frozen=True)
class Update:
    """One correction of the weights.

    Attributes:
        epoch: which pass over the rows, from 1.
        row: index of the row that came out wrong.
        inputs: the row, (d,).
        target: what should have come out.
        output: what came out.
        error: target - output, +1 or -1.
        weights_before: (d,).
        bias_before: float.
        weights: (d,), after the correction.
        bias: float, after the correction.
    """

    epoch: int
    row: int
    inputs: np.ndarray
    target: int
    output: int
    error: int
    weights_before: np.ndarray
    bias_before: float
    weights: np.ndarray
    bias: float

    def __str__(self) -> str:
        return (
            f"epoch {self.epoch}, row {self.row} {format_vector(self.inputs)}: "
            f"output {self.output}, wanted {self.target}, error {self.error:+d}: "
            f"w {format_vector(self.weights_before)} -> {format_vector(self.weights)}, "
            f"b {format_number(self.bias_before)} -> {format_number(self.bias)}"
        )


@dataclass
class Learning:
    """What `Perceptron.fit` did. `str()` of it is the whole log and the outcome.

    Attributes:
        weights: (d,), the last ones.
        bias: float, the last one.
        updates: every correction, in order.
        wrong_rows: for each pass, how many rows came out wrong.
        converged: whether every row comes out right at the end.
        separable: whether any weights can get every row right: True, False, or None if that could
            not be decided.
        reason: how it ended, in words.
    """

    weights: np.ndarray
    bias: float
    updates: list[Update] = field(default_factory=list)
    wrong_rows: list[int] = field(default_factory=list)
    converged: bool = False
    separable: bool | None = None
    reason: str = ""

    @property
    def epochs(self) -> int:
        """How many passes were made."""
        return len(self.wrong_rows)

    def __str__(self) -> str:
        return "\n".join([*map(str, self.updates), self.reason])


def learn(
    rows: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    bias: float,
    threshold: float,
    learning_rate: float,
    epochs: int,
) -> Learning:
    """Run the rule on checked data.

    Args:
        rows: (n, d) float64.
        targets: (n,) of 0 or 1.
        weights: (d,), to start from.
        bias: to start from.
        threshold: fixed.
        learning_rate: factor of every correction.
        epochs: the most passes.
    Returns:
        The record, with the outcome in words.
    """
    record = Learning(weights, bias)
    seen = {(weights.tobytes(), bias)}
    repeats = False
    while not record.converged and not repeats and record.epochs < epochs:
        before = len(record.updates)
        _one_pass(record, rows, targets, threshold, learning_rate)
        record.wrong_rows.append(len(record.updates) - before)
        record.converged = record.wrong_rows[-1] == 0
        state = (record.weights.tobytes(), record.bias)
        repeats = state in seen
        seen.add(state)
    if record.converged:
        record.separable = True
        passes = f"{record.epochs} pass" + ("es" if record.epochs > 1 else "")
        record.reason = (
            f"learned: every row is right after {len(record.updates)} updates in {passes}"
        )
    else:
        _explain_failure(record, separability(rows, targets), repeats)
    return record


def _one_pass(
    record: Learning,
    rows: np.ndarray,
    targets: np.ndarray,
    threshold: float,
    learning_rate: float,
) -> None:
    epoch = record.epochs + 1
    for index, (row, target) in enumerate(zip(rows, targets.tolist(), strict=True)):
        output = int(row @ record.weights + record.bias > threshold)
        error = target - output
        if error:
            weights = record.weights + learning_rate * error * row
            bias = record.bias + learning_rate * error
            record.updates.append(
                Update(
                    epoch, index, row, target, output, error, record.weights, record.bias,
                    weights, bias,
                )
            )  # fmt: skip
            record.weights, record.bias = weights, bias


def _explain_failure(record: Learning, verdict: Separability, repeats: bool) -> None:
    record.separable = verdict.separable
    stop = (
        f"the weights after pass {record.epochs} have occurred before, so the rule would go round "
        "for ever"
        if repeats
        else f"the limit of {record.epochs} passes was reached"
    )
    if verdict.separable is None:
        record.reason = (
            f"not learned: {stop}. Whether the data is linearly separable could not be decided."
        )
    elif verdict.separable:
        assert verdict.weights is not None
        record.reason = (
            f"not learned yet: {stop}, but the data is linearly separable, for example by "
            f"{format_vector(verdict.weights)} . x + {format_number(verdict.bias)} > 0. "
            "Allow more epochs"
            + (" or take other starting weights or another learning rate." if repeats else ".")
        )
    else:
        record.reason = (
            f"not linearly separable: {verdict.reason}, a point that cannot lie on both sides of a "
            f"line. Stopped because {stop}."
        )


def format_number(value: object) -> str:
    """A number in at most six significant digits, without a trailing ".0"."""
    return f"{float(value):.6g}"  # type: ignore[arg-type]


def format_vector(values: Sequence[float] | np.ndarray) -> str:
    """Numbers in brackets, the middle of a long row left out."""
    words = [format_number(value) for value in values]
    if len(words) > 8:
        words = [*words[:4], "...", *words[-2:]]
    return f"({', '.join(words)})"
