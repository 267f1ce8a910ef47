"""Numbers sorted into bins."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.base import config as settings
from lamina.base.errors import ArgumentError, message
from lamina.layers.layer import Layer
from lamina.layers.preprocessing import quantile_summary
from lamina.layers.preprocessing.batches import batches_of
from lamina.layers.preprocessing.encoding import encode, encoded_shape, refuse_sparse
from lamina.ops.symbolic import KerasTensor

_MODES = ("int", "one_hot", "multi_hot", "count")


class Discretization(Layer):
    """Sort numbers into bins and give the bin's number, or a vector made of it.

    Args:
        bin_boundaries: list of float in increasing order; bin i reaches from boundary i - 1
            (included) to boundary i.
        num_bins: int; `adapt` then chooses boundaries so that the bins hold equally many numbers.
        epsilon: float in (0, 1), how exactly `adapt` counts.
        output_mode: "int", or as in `CategoryEncoding`: "one_hot", "multi_hot", "count".
        sparse: must be False.
        dtype: dtype policy; the numbers themselves are compared in floatx.
        name: made up if None.
    Call arguments:
        inputs: tensor of numbers.
    Returns:
        int32 tensor of the input's shape, or float vectors of the number of bins.
    Raises:
        ArgumentError: not exactly one of boundaries and bins, or a call before `adapt`.
    Example:
        >>> import numpy as np
        >>> Discretization(bin_boundaries=[0.0, 1.0])(np.array([-1.0, 0.5, 1.0])).tolist()
        [0, 1, 2]
    """

    summary: Any  # of the numbers counted by `adapt`

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if output_mode not in _MODES:
            raise ArgumentError(
                message(f"Unknown output_mode: {output_mode!r}", required=f"one of {_MODES}")
            )
        if num_bins is not None and num_bins < 0:
            raise ArgumentError(
                message(
                    "`num_bins` must be greater than or equal to 0. "
                    f"Received: `num_bins={num_bins}`"
                )
            )
        if num_bins is not None and bin_boundaries is not None:
            raise ArgumentError(
                message(
                    "Both `num_bins` and `bin_boundaries` should not be set.",
                    received=f"num_bins={num_bins}, bin_boundaries={bin_boundaries}",
                )
            )
        if num_bins is None and bin_boundaries is None:
            raise ArgumentError(message("You need to set either `num_bins` or `bin_boundaries`."))
        self.bin_boundaries = bin_boundaries
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.output_mode = output_mode
        self.sparse = refuse_sparse(sparse)
        self._allow_non_tensor_positional_args = True
        self.reset_state()
        self.built = True

    @property
    def input_dtype(self) -> str:
        """The dtype in which numbers are compared, whatever the layer's own."""
        return settings.floatx()

    @property
    def output_dtype(self) -> str:
        """The dtype of the output."""
        return "int32" if self.output_mode == "int" else self.compute_dtype

    # --- choosing boundaries ---

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Choose the boundaries after data.

        Args:
            data: array, or iterable of batches.
            steps: batches to look at; None for all.
        Raises:
            ArgumentError: the layer was given boundaries.
        """
        if self.num_bins is None:
            raise ArgumentError(
                message(
                    "Cannot adapt a Discretization layer that has been initialized with "
                    "`bin_boundaries`, use `num_bins` instead."
                )
            )
        self.reset_state()
        for i, batch in enumerate(batches_of(data)):
            if steps is not None and i >= steps:
                break
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Count further numbers."""
        summary = quantile_summary.summarize(np.asarray(data, "float32"), self.epsilon)
        self.summary = quantile_summary.merged(summary, self.summary, self.epsilon)

    def finalize_state(self) -> None:
        """Choose the boundaries after the numbers counted so far."""
        if self.num_bins is not None:
            self.bin_boundaries = quantile_summary.boundaries(self.summary, self.num_bins)

    def reset_state(self) -> None:
        """Forget the numbers counted so far."""
        self.summary = quantile_summary.empty()

    # --- sorting into bins ---

    def call(self, inputs: Any) -> Any:
        """The bins' numbers, or vectors made of them."""
        if self.bin_boundaries is None:
            raise ArgumentError(
                message(
                    "You need to either pass the `bin_boundaries` argument at construction time or "
                    "call `adapt(dataset)` before you can start using the `Discretization` layer."
                )
            )
        edges = list(self.bin_boundaries)
        bins = ops.digitize(inputs, edges)
        return encode(bins, self.output_mode, len(edges) + 1, self.output_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape, or that of the vectors."""
        edges = self.bin_boundaries
        depth = self.num_bins if edges is None else len(edges) + 1
        return encoded_shape(input_shape, self.output_mode, depth)

    def compute_output_spec(self, inputs: Any) -> Any:
        """A symbolic tensor of `compute_output_shape`."""
        return KerasTensor(self.compute_output_shape(inputs.shape), self.output_dtype)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, and the boundaries found by `adapt`."""
        edges = self.bin_boundaries
        return {
            "bin_boundaries": None if edges is None else list(edges),
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self.dtype,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Discretization:
        """A layer from `get_config`."""
        config = dict(config)
        adapted = config.get("num_bins") is not None
        edges = config.pop("bin_boundaries", None) if adapted else None
        layer = cls(**config)
        if edges is not None:
            layer.bin_boundaries = edges
        return layer
