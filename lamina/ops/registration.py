"""The decorator that makes a function a public op.

An op works on arrays at once, on traced tensors by adding nodes, and on symbolic tensors by
recording an operation. Only the last needs anything said, and it is said here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from lamina.ops.operation import FunctionOperation
from lamina.ops.symbolic import any_symbolic

F = TypeVar("F", bound=Callable[..., Any])
OPS: dict[str, Callable[..., Any]] = {}  # name -> public op
IMAGE_OPS: dict[str, Callable[..., Any]] = {}  # the same for `ops.image`, a namespace of its own


def op(function: F) -> F:
    """Register a public op; a call with symbolic tensors becomes an operation of a functional
    model.

    Args:
        function: plain Python over primitives and other ops.
    Returns:
        The function to be called by users and by other ops.
    """
    return _register(function, OPS)


def image_op(function: F) -> F:
    """Register an op of `ops.image`; see `op`."""
    return _register(function, IMAGE_OPS)


def _register(function: F, table: dict[str, Callable[..., Any]]) -> F:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if any_symbolic(args, kwargs):
            return FunctionOperation.record(wrapper, args, kwargs)
        return function(*args, **kwargs)

    table[function.__name__] = wrapper
    return cast(F, wrapper)
