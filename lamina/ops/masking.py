"""Masks that travel with tensors: which time steps are real and which are padding.

Traced and symbolic tensors carry their mask as an attribute. A NumPy array cannot, so its mask
stands in a table that forgets the array when it is freed.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

_MASKS: dict[int, tuple[weakref.ref, Any]] = {}


def get_keras_mask(x: Any) -> Any:
    """The mask that travels with a tensor, or None."""
    if isinstance(x, np.ndarray):
        found = _MASKS.get(id(x))
        return found[1] if found is not None and found[0]() is x else None
    return getattr(x, "_keras_mask", None)


def set_keras_mask(x: Any, mask: Any) -> None:
    """Let a mask travel with a tensor; None takes it away."""
    if not isinstance(x, np.ndarray):
        x._keras_mask = mask
        return
    key = id(x)
    if mask is None:
        _MASKS.pop(key, None)
        return
    _MASKS[key] = (weakref.ref(x, lambda _: _MASKS.pop(key, None)), mask)
