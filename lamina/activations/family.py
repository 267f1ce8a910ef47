"""The activations by name: `get`, `serialize`, `deserialize`."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from lamina import activations, ops
from lamina.activations.functions import exponential, gelu, linear, mish, relu
from lamina.base import families
from lamina.base.errors import ArgumentError, message
from lamina.base.families import Family

ACTIVATIONS = Family(
    "activation function",
    [
        *(getattr(ops, name) for name in activations._OPS),
        relu,
        gelu,
        exponential,
        linear,
        mish,
    ],
    aliases={"hard_swish": ops.hard_silu, "swish": ops.silu},
)


def get(identifier: Any) -> Callable[..., Any]:
    """An activation function from any way to name it.

    Args:
        identifier: None (`linear`), a name, a config, a function, or an object that can be called.
    Returns:
        The function.
    Raises:
        ArgumentError: no activation is named so; close names are suggested.
    Example:
        >>> get("tanh").__name__, get(None).__name__
        ('tanh', 'linear')
    """
    return linear if identifier is None else ACTIVATIONS.get(identifier)


def serialize(activation: Any) -> Any:
    """An activation as plain JSON values: its name if it is one of ours, else a config.

    Args:
        activation: a function or an object with a config.
    Returns:
        str or dict.
    Raises:
        ArgumentError: it has neither name nor config.
    Example:
        >>> serialize(get("tanh"))
        'tanh'
    """
    if isinstance(activation, types.FunctionType):
        name = activation.__name__
        if ACTIVATIONS.table.get(name) is activation:
            return name
    config = families.serialize(activation)
    if not isinstance(config, dict) or "config" not in config:
        raise ArgumentError(
            message(
                f"Unknown activation function '{activation}' cannot be serialized.",
                fix="decorate it with @lamina.saving.register_keras_serializable()",
            )
        )
    return config


deserialize = ACTIVATIONS.deserialize
