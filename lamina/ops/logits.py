"""Probabilities that remember the logits they were made from.

While a step is compiled, a cross-entropy of a softmax's or sigmoid's output is computed from the
logits, as Keras on TensorFlow does: probabilities near 0 or 1 have lost the digits that the loss
and its slope need. Arrays do not remember; there the probabilities are used as they are.
"""

from __future__ import annotations

from typing import Any

from lamina.ir.program import Tensor


def remember_logits(result: Any, function: str, logits: Any, axes: tuple[int, ...] = ()) -> Any:
    """Note on a traced result that it is a function of logits; the result."""
    if isinstance(result, Tensor) and isinstance(logits, Tensor):
        result._keras_logits = (function, axes, logits)
    return result


def logits_behind(output: Any, function: str, axes: tuple[int, ...] = ()) -> Any:
    """The logits from which a function made an output over these axes, or None."""
    noted = output._keras_logits if isinstance(output, Tensor) else None
    if noted is None or noted[:2] != (function, axes):
        return None
    return noted[2]
