"""A fresh start within one process."""

from __future__ import annotations

import gc

from lamina.base.naming import reset_names


def clear_session(free_memory: bool = True) -> None:
    """Let automatic names start again at "dense", and free what nobody holds any more.

    Args:
        free_memory: whether unreachable models are collected at once.
    Example:
        >>> from lamina import layers
        >>> clear_session(); layers.Dense(1).name
        'dense'
    """
    reset_names()
    if free_memory:
        gc.collect()
