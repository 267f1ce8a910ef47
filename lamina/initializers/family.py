"""The initializers by name: `get`, `serialize`, `deserialize`."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.base.dtypes import standardize_dtype
from lamina.base.errors import ShapeError, message
from lamina.base.families import Family
from lamina.initializers.constants import Constant, Identity, Ones, Zeros
from lamina.initializers.distributions import RandomNormal, RandomUniform, TruncatedNormal
from lamina.initializers.initializer import Initializer
from lamina.initializers.rotations import Orthogonal
from lamina.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)
from lamina.initializers.stft_kernel import STFT

INITIALIZERS = Family(
    "initializer",
    [
        Initializer,
        Constant,
        Identity,
        Ones,
        STFT,
        Zeros,
        GlorotNormal,
        GlorotUniform,
        HeNormal,
        HeUniform,
        LecunNormal,
        LecunUniform,
        Orthogonal,
        RandomNormal,
        RandomUniform,
        TruncatedNormal,
        VarianceScaling,
    ],
    aliases={
        "IdentityInitializer": Identity,
        "OrthogonalInitializer": Orthogonal,
        "STFTInitializer": STFT,
        "normal": RandomNormal,
        "one": Ones,
        "uniform": RandomUniform,
        "zero": Zeros,
    },
)
serialize, deserialize = INITIALIZERS.serialize, INITIALIZERS.deserialize


def get(identifier: Any) -> Any:
    """An initializer from any way to name it.

    Args:
        identifier: None, a name, a config, a class, an initializer, a function of (shape, dtype),
            or an array that is to be the value itself.
    Returns:
        The initializer, None for None.
    Raises:
        ArgumentError: no initializer is named so; close names are suggested.
    Example:
        >>> get("zeros")((2,)).tolist()
        [0.0, 0.0]
    """
    if ops.is_tensor(identifier) or isinstance(identifier, np.generic):
        return _Given(identifier)
    return INITIALIZERS.get(identifier)


class _Given(Initializer):
    """An array that is the value itself.

    Args:
        value: array.
    """

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """The array, in the dtype wanted.

        Raises:
            ShapeError: the shape is not the array's.
        """
        if tuple(shape) != tuple(self.value.shape):
            raise ShapeError(
                message(
                    f"Expected `shape` to be {tuple(self.value.shape)} for direct tensor as "
                    "initializer.",
                    received=f"shape={tuple(shape)}",
                )
            )
        return ops.cast(self.value, standardize_dtype(dtype))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"value": self.value}
