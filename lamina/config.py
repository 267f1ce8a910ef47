"""Settings of the process: Keras 3's `keras.config`, and the choice of executor.

The settings themselves live in `lamina.base.config`, `lamina.dtype_policies` and
`lamina.runtime.executor`; here they are public.
"""

import contextlib
import warnings
from collections.abc import Iterator

from lamina.base.config import (
    cache_folder,
    data_folder,
    disable_flash_attention,
    disable_interactive_logging,
    disable_traceback_filtering,
    enable_flash_attention,
    enable_interactive_logging,
    enable_traceback_filtering,
    epsilon,
    floatx,
    image_data_format,
    is_flash_attention_enabled,
    is_interactive_logging_enabled,
    is_traceback_filtering_enabled,
    max_epochs,
    max_steps_per_epoch,
    num_threads,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    set_max_epochs,
    set_max_steps_per_epoch,
    set_num_threads,
    standardize_data_format,
)
from lamina.base.errors import ArgumentError, message
from lamina.base.version import VERSION
from lamina.dtype_policies.policy import dtype_policy, set_dtype_policy
from lamina.runtime.executor import executor_name as executor
from lamina.runtime.executor import set_executor


def backend() -> str:
    """The name of the engine, "lamina"; which executor it uses is told by `executor`."""
    return "lamina"


def set_backend(backend: str) -> None:
    """Accept "lamina"; there is no other backend.

    Args:
        backend: the name wanted.
    Raises:
        ArgumentError: any other name.
    """
    if backend != "lamina":
        raise ArgumentError(
            message(
                f"Lamina has no backend {backend!r}: it runs on an engine of its own.",
                fix="remove the call; choose an executor with lamina.config.set_executor",
            )
        )


def is_nnx_enabled() -> bool:
    """Whether Flax NNX is in use: never."""
    return False


def enable_unsafe_deserialization() -> None:
    """Accepted for scripts written for Keras; there is no unsafe mode to enable.

    Lamina never runs code that comes from a file.
    """
    warnings.warn(
        "enable_unsafe_deserialization() has no effect: Lamina never runs code from a file. "
        "Pass the function of a Lambda layer as custom_objects={'layer name': function}.",
        stacklevel=2,
    )


def version() -> str:
    """The version of Lamina."""
    return VERSION


@contextlib.contextmanager
def device(device_name: str) -> Iterator[None]:
    """Accept the device that there is, the CPU, for a `with` block.

    Args:
        device_name: "cpu" or "cpu:0".
    Raises:
        ArgumentError: another device.
    Example:
        >>> with device("cpu:0"):
        ...     pass
    """
    if str(device_name).lower().partition(":")[0] != "cpu":
        raise ArgumentError(
            message(
                f"There is no device {device_name!r}: programs run on the CPU.",
                required="'cpu' or 'cpu:0'",
                fix="remove the `with lamina.device(...)` line",
            )
        )
    yield


__all__ = [
    "backend",
    "cache_folder",
    "data_folder",
    "device",
    "disable_flash_attention",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_flash_attention",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "enable_unsafe_deserialization",
    "epsilon",
    "executor",
    "floatx",
    "image_data_format",
    "is_flash_attention_enabled",
    "is_interactive_logging_enabled",
    "is_nnx_enabled",
    "is_traceback_filtering_enabled",
    "max_epochs",
    "max_steps_per_epoch",
    "num_threads",
    "set_backend",
    "set_dtype_policy",
    "set_epsilon",
    "set_executor",
    "set_floatx",
    "set_image_data_format",
    "set_max_epochs",
    "set_max_steps_per_epoch",
    "set_num_threads",
    "standardize_data_format",
    "version",
]
