"""The few names of `keras.backend` that are public in Keras 3: dtypes, settings, sessions."""

from lamina.base.config import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from lamina.base.dtypes import is_float as is_float_dtype
from lamina.base.dtypes import is_int as is_int_dtype
from lamina.base.dtypes import result_type, standardize_dtype
from lamina.ops import is_keras_tensor

__all__ = [
    "backend",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_float_dtype",
    "is_int_dtype",
    "is_keras_tensor",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]


def backend() -> str:
    """The name of the engine: always "lamina"."""
    return "lamina"
