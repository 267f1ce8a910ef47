"""What is known about one call of a layer: which arguments are tensors, and their shapes.

`build` and `compute_output_shape` take shapes: one argument gets the shape of the first tensor,
several are matched by name ("query_shape" for the argument `query`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import tree
from lamina.base.errors import ArgumentError
from lamina.ir.program import Tensor
from lamina.ops.symbolic import KerasTensor, declared_shape


def is_tensor_like(x: Any, allow_none: bool = False) -> bool:
    """Whether a value is an array, a traced tensor or a symbolic tensor."""
    return isinstance(x, (np.ndarray, Tensor, KerasTensor)) or (allow_none and x is None)


class CallSpec:
    """The arguments of one call.

    Attributes:
        user_arguments: name -> value, as the caller gave them.
        arguments: name -> value, defaults filled in.
        tensors: name -> value, for arguments that are tensors or structures of them.
        first: the value of the first argument.
    """

    def __init__(self, signature: inspect.Signature, args: tuple, kwargs: dict) -> None:
        kwargs = dict(kwargs)
        context = {}
        if "training" in kwargs and "training" not in signature.parameters:
            context["training"] = kwargs.pop("training")
        bound = signature.bind(*args, **kwargs)
        self.user_arguments = {**context, **bound.arguments}
        bound.apply_defaults()
        self.arguments: dict[str, Any] = dict(bound.arguments)
        self.tensors: dict[str, Any] = {}
        for name, value in self.arguments.items():
            if is_tensor_like(value):
                self.tensors[name] = value
            elif tree.is_nested(value) and len(value) > 0:
                leaves = tree.flatten(value)
                if all(is_tensor_like(v, allow_none=True) for v in leaves):
                    self.tensors[name] = value
                elif any(is_tensor_like(v) for v in leaves):
                    raise ArgumentError(
                        "In a nested call() argument, you cannot mix tensors and non-tensors. "
                        f"Received invalid mixed argument: {name}={value}"
                    )
        self.first = next(iter(self.arguments.values()), None)

    @property
    def eager(self) -> bool:
        """Whether no argument is symbolic."""
        leaves = tree.flatten(self.tensors)
        return not any(isinstance(v, KerasTensor) for v in leaves)

    def shapes(self) -> dict[str, Any]:
        """argument + "_shape" -> shape, for the arguments that are tensors."""
        return {
            f"{name}_shape": tree.map_structure(_shape, value)
            for name, value in self.tensors.items()
            if name not in ("mask", "args", "kwargs")
        }

    def shapes_for(self, method: Callable, class_name: str) -> dict[str, Any]:
        """The arguments with which to call `build` or `compute_output_shape`.

        Raises:
            ArgumentError: several arguments whose names do not match those of `call`.
        """
        shapes = self.shapes()
        kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        names = [n for n, p in inspect.signature(method).parameters.items() if p.kind not in kinds]
        if len(names) == 1:
            return {names[0]: next(iter(shapes.values()), None)}
        return {
            name: shapes[name]
            for name in names
            if _checked(name, method.__name__, class_name, self.arguments) in shapes
        }


def _checked(name: str, method: str, class_name: str, arguments: dict[str, Any]) -> str:
    start = (
        f"For a `{method}()` method with more than one argument, all arguments should have a "
        f"`_shape` suffix and match an argument from `call()`. E.g. `{method}(self, foo_shape, "
        f"bar_shape)`. For layer '{class_name}', received `{method}()` argument `{name}`, "
    )
    if not name.endswith("_shape"):
        raise ArgumentError(f"{start}which does not end in `_shape`.")
    if name.removesuffix("_shape") not in arguments:
        missing = name.removesuffix("_shape")
        raise ArgumentError(f"{start}but `call()` does not have argument `{missing}`.")
    return name


def _shape(x: Any) -> Any:
    if x is None:
        return None
    return declared_shape(x.shape)
