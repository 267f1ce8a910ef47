"""A penalty for rows or columns of a matrix that are not at right angles."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.regularizers.regularizer import Regularizer, checked_factor


class OrthogonalRegularizer(Regularizer):
    """factor * the mean of |cos| over all pairs of rows (or columns).

    Args:
        factor: float >= 0.
        mode: "rows" or "columns".
    Raises:
        ArgumentError: an unknown mode.
    Example:
        >>> float(OrthogonalRegularizer(1.0)([[1.0, 0.0], [0.0, 2.0]]))
        0.0
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = checked_factor(factor, "factor")
        if mode not in ("rows", "columns"):
            raise ArgumentError(
                message(
                    "Invalid value for argument `mode`. Expected one of "
                    f'{{"rows", "columns"}}. Received: mode={mode}'
                )
            )
        self.mode = mode

    def __call__(self, inputs: Any) -> Any:
        """The penalty of a matrix, a scalar."""
        inputs = ops.convert_to_tensor(inputs)
        if inputs.ndim != 2:
            raise ShapeError(
                message(
                    "Inputs to OrthogonalRegularizer must have rank 2. Received: "
                    f"inputs.shape={tuple(inputs.shape)}"
                )
            )
        vectors = inputs if self.mode == "rows" else ops.transpose(inputs)
        vectors = ops.normalize(vectors, axis=1)
        count = vectors.shape[0]
        cosines = ops.matmul(vectors, ops.transpose(vectors))
        off_diagonal = ops.multiply(cosines, 1.0 - ops.eye(count, dtype=inputs.dtype))
        pairs = count * (count - 1.0) / 2.0
        return ops.sum(ops.absolute(off_diagonal)) * (0.5 * self.factor / pairs)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"factor": self.factor, "mode": self.mode}
