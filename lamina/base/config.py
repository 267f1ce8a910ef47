"""Process-wide settings: default float type, epsilon, image layout, and the like.

Plain module state behind getters and setters, as Keras has it. What an executor or a user may set
by environment variable is read when it is asked for, never at import.
"""

import operator
import os
from pathlib import Path
from typing import Any, SupportsIndex

from lamina.base.cpus import available_cpus
from lamina.base.errors import ArgumentError, message

_SETTINGS: dict[str, Any] = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "interactive_logging": True,
    "traceback_filtering": True,
    "flash_attention": None,
    "max_epochs": None,
    "max_steps_per_epoch": None,
    "num_threads": None,
}
_MOST_DEFAULT_THREADS = 16  # more gain nothing in networks of the size meant for a CPU
_MOST_THREADS = 1024
_FLOATS = ("bfloat16", "float16", "float32", "float64")


def floatx() -> str:
    """The default float dtype of weights and inputs, "float32" unless set otherwise."""
    return _SETTINGS["floatx"]


def set_floatx(value: str) -> None:
    """Set the default float dtype.

    Args:
        value: "bfloat16", "float16", "float32" or "float64".
    Raises:
        ArgumentError: for any other value.
    """
    if value not in _FLOATS:
        raise ArgumentError(
            message("Unknown value for set_floatx.", repr(value), "one of " + ", ".join(_FLOATS))
        )
    _SETTINGS["floatx"] = str(value)


def epsilon() -> float:
    """The small number added where a division or a logarithm could fail, 1e-7 unless set."""
    return _SETTINGS["epsilon"]


def set_epsilon(value: float) -> None:
    """Set the number that `epsilon` returns.

    Args:
        value: float > 0.
    """
    _SETTINGS["epsilon"] = value


def image_data_format() -> str:
    """The default image layout: "channels_last" (rows, columns, channels) or "channels_first"."""
    return _SETTINGS["image_data_format"]


def set_image_data_format(value: str) -> None:
    """Set the default image layout.

    Args:
        value: "channels_last" or "channels_first".
    Raises:
        ArgumentError: for any other value.
    """
    accepted = ("channels_last", "channels_first")
    if value not in accepted:
        raise ArgumentError(
            message("Unknown image data format.", repr(value), f"one of {accepted}")
        )
    _SETTINGS["image_data_format"] = str(value)


def standardize_data_format(value: str | None) -> str:
    """The layout named by an argument, or the default for None.

    Args:
        value: None, "channels_last" or "channels_first".
    Returns:
        The layout's name.
    Raises:
        ArgumentError: for any other value.
    """
    if value is None:
        return image_data_format()
    name = str(value).lower()
    if name not in ("channels_last", "channels_first"):
        raise ArgumentError(
            message(
                "The `data_format` argument must be one of ('channels_first', 'channels_last').",
                received=repr(value),
            )
        )
    return name


def enable_interactive_logging() -> None:
    """Write progress to standard output, the default."""
    _SETTINGS["interactive_logging"] = True


def disable_interactive_logging() -> None:
    """Write progress to the logger "lamina" instead of standard output."""
    _SETTINGS["interactive_logging"] = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress goes to standard output rather than to the logger "lamina"."""
    return _SETTINGS["interactive_logging"]


def enable_traceback_filtering() -> None:
    """Leave the library's own frames out of error traces, the default."""
    _SETTINGS["traceback_filtering"] = True


def disable_traceback_filtering() -> None:
    """Keep the library's own frames in error traces."""
    _SETTINGS["traceback_filtering"] = False


def is_traceback_filtering_enabled() -> bool:
    """Whether the library's own frames are left out of error traces."""
    return _SETTINGS["traceback_filtering"]


def enable_flash_attention() -> None:
    """Accepted for Keras's sake: there is one algorithm for attention."""
    _SETTINGS["flash_attention"] = None


def disable_flash_attention() -> None:
    """Accepted for Keras's sake: there is one algorithm for attention."""
    _SETTINGS["flash_attention"] = False


def is_flash_attention_enabled() -> bool | None:
    """False after `disable_flash_attention`, else None (left to the engine)."""
    return _SETTINGS["flash_attention"]


def max_epochs() -> int | None:
    """The most epochs that `fit` runs whatever it is asked for; None for no limit."""
    return _limit("max_epochs", "KERAS_MAX_EPOCHS")


def set_max_epochs(max_epochs: int | None) -> None:
    """Limit the epochs of every `fit`, for a quick trial of a long script.

    Args:
        max_epochs: int >= 1, or None for no limit.
    """
    _SETTINGS["max_epochs"] = max_epochs


def max_steps_per_epoch() -> int | None:
    """The most batches in an epoch, of `evaluate` and `predict` too; None for no limit."""
    return _limit("max_steps_per_epoch", "KERAS_MAX_STEPS_PER_EPOCH")


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limit the batches of every epoch, for a quick trial of a long script.

    Args:
        max_steps_per_epoch: int >= 1, or None for no limit.
    """
    _SETTINGS["max_steps_per_epoch"] = max_steps_per_epoch


def _limit(name: str, variable: str) -> int | None:
    """A limit that was set, else that of an environment variable, else None."""
    if _SETTINGS[name] is not None:
        return _SETTINGS[name]
    value = os.environ.get(variable)
    return int(value) if value else None


def num_threads() -> int:
    """How many threads share the work of a compiled program; the results do not depend on it.

    What `set_num_threads` said, else `LAMINA_NUM_THREADS`, else `OMP_NUM_THREADS` (which joblib
    sets in its workers), else the processors that this process may use, at most 16.

    Returns:
        An int >= 1.
    Raises:
        ArgumentError: `LAMINA_NUM_THREADS` is not an int from 1 to 1024.
    """
    if _SETTINGS["num_threads"] is not None:
        return _SETTINGS["num_threads"]
    text = os.environ.get("LAMINA_NUM_THREADS")
    if text:
        return _thread_count(int(text) if text.strip().isdecimal() else text, "LAMINA_NUM_THREADS")
    limit = os.environ.get("OMP_NUM_THREADS", "")
    cpus = min(available_cpus(), _MOST_DEFAULT_THREADS)
    return min(int(limit), cpus) if limit.isdecimal() and int(limit) > 0 else cpus


def set_num_threads(num_threads: int | None) -> None:
    """Set how many threads share the work of a compiled program.

    Args:
        num_threads: int from 1 to 1024, or None for the default.
    Raises:
        ArgumentError: for any other value.
    Example:
        >>> set_num_threads(1)
        >>> num_threads()
        1
        >>> set_num_threads(None)
    """
    if num_threads is not None:
        num_threads = _thread_count(num_threads, "set_num_threads")
    _SETTINGS["num_threads"] = num_threads


def _thread_count(value: Any, where: str) -> int:
    if type(value) is int:
        valid = 1 <= value <= _MOST_THREADS
    elif isinstance(value, bool) or not isinstance(value, SupportsIndex):
        valid = False
    else:
        valid = 1 <= operator.index(value) <= _MOST_THREADS
    if not valid:
        raise ArgumentError(
            message(
                f"Not a number of threads, in {where}.",
                received=repr(value),
                required=f"an int from 1 to {_MOST_THREADS}",
            )
        )
    return operator.index(value)


def data_folder() -> Path | None:
    """The folder in which datasets are looked up first: `LAMINA_DATA`, or None if it is not set."""
    value = os.environ.get("LAMINA_DATA")
    return Path(value) if value else None


def cache_folder() -> Path:
    """The folder for what can be made or fetched again: `LAMINA_CACHE`, else ~/.cache/lamina."""
    value = os.environ.get("LAMINA_CACHE")
    return Path(value) if value else Path.home() / ".cache" / "lamina"
