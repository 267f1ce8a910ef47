"""Automatic casting: inside a layer, float variables are read in the layer's compute dtype."""

from __future__ import annotations

import threading
from typing import Any

from lamina.base import dtypes
from lamina.base.errors import ArgumentError

_LOCAL = threading.local()


class AutocastScope:
    """Inside a `with` block, float variables are read in `dtype`; None leaves them as they are."""

    def __init__(self, dtype: str | None) -> None:
        if dtype is not None:
            dtype = dtypes.standardize_dtype(dtype)
            if not dtypes.is_float(dtype):
                raise ArgumentError(
                    "`AutocastScope` can only be used with a floating-point target dtype, "
                    f"such as 'float16'. Received: dtype={dtype}"
                )
        self.dtype = dtype

    def __enter__(self) -> AutocastScope:
        self._before = current_autocast()
        _LOCAL.dtype = self.dtype
        return self

    def __exit__(self, *_: Any) -> None:
        _LOCAL.dtype = self._before


def current_autocast() -> str | None:
    """The dtype that float variables are read in, None for their own."""
    return getattr(_LOCAL, "dtype", None)
