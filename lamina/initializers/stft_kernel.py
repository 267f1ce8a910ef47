"""The kernel of a convolution that computes a short-time Fourier transform."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.base.dtypes import standardize_dtype, to_numpy
from lamina.base.errors import ArgumentError, ShapeError, message, missing_extra, near
from lamina.initializers.initializer import Initializer

# Sums of cosines a0 - a1 cos(x) + a2 cos(2x) …, by name.
_COSINES = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "boxcar": (1.0,),
    "ones": (1.0,),
    "rect": (1.0,),
}


class STFT(Initializer):
    """Cosines ("real") or sines ("imag") of rising frequency, weighted by a window.

    Args:
        side: "real" or "imag".
        window: name of a window ("hann", "hamming", "blackman", "boxcar", or one that SciPy
            knows), an array (frame length,), or None.
        scaling: "density", "spectrum" or None.
        periodic: whether the window is periodic; else it is symmetric.
    Raises:
        ArgumentError: an unknown side, scaling or window.
    Example:
        >>> STFT()((20, 1, 11)).shape
        (20, 1, 11)
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        if side not in ("real", "imag"):
            raise ArgumentError(message(f"side should be 'real' or 'imag', not {side}"))
        if isinstance(window, str):
            _window(window, 1, periodic)
        if scaling not in (None, "density", "spectrum"):
            raise ArgumentError(
                message(
                    "Scaling is invalid, it must be `None`, 'density' or 'spectrum'.",
                    received=f"scaling={scaling}",
                )
            )
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """The kernel.

        Args:
            shape: (frame length, input channels, frequencies).
            dtype: default floatx.
        Returns:
            Tensor (frame length, 1, frequencies).
        Raises:
            ShapeError: a window given as an array has another length.
        """
        frame_length, _, count = shape
        frequency = np.arange(count) / ((count - 1) * 2)
        angle = -2 * math.pi * np.arange(frame_length)[:, None] * frequency
        kernel = np.cos(angle) if self.side == "real" else np.sin(angle)
        if self.window is not None:
            weights = self._weights(frame_length)
            scale = 1.0
            if self.scaling == "density":
                scale = np.sqrt(np.sum(weights**2))
            elif self.scaling == "spectrum":
                scale = np.sum(np.abs(weights))
            kernel = kernel * weights[:, None] / scale
        return kernel[:, None, :].astype(to_numpy(standardize_dtype(dtype)))

    def _weights(self, length: int) -> np.ndarray:
        if isinstance(self.window, str):
            return _window(self.window, length, self.periodic)
        weights = np.asarray(self.window, "float64")
        if weights.shape != (length,):
            raise ShapeError(
                message(
                    "The shape of `window` must be equal to [frame_length].",
                    received=f"window shape={weights.shape}",
                    required=(length,),
                )
            )
        return weights

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "side": self.side,
            "window": self.window,
            "periodic": self.periodic,
            "scaling": self.scaling,
        }


def _window(name: str, length: int, periodic: bool) -> np.ndarray:
    """A window by its name, float64 (length,)."""
    if name in _COSINES:
        if length == 1:
            return np.ones(1)
        angle = 2 * math.pi * np.arange(length) / (length if periodic else length - 1)
        terms = (a * (-1) ** k * np.cos(k * angle) for k, a in enumerate(_COSINES[name]))
        return np.sum(list(terms), axis=0)
    try:
        from scipy import signal
    except ImportError:
        raise missing_extra("scipy", "tables", f"The window {name!r}") from None
    try:
        return signal.get_window(name, length, periodic)
    except ValueError:
        raise ArgumentError(
            message(f"Unknown window type {name!r}. {near(name, _COSINES)}".rstrip())
        ) from None
