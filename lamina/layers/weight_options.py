"""The arguments `kernel_initializer`, `bias_regularizer`, `gamma_constraint` and their like.

A layer hands them over once, and they serve three times: as attributes of the layer, as arguments
of `add_weight`, and in the config.
"""

from __future__ import annotations

from typing import Any

from lamina import constraints, initializers, regularizers

_FAMILIES: dict[str, Any] = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}


def _family(option: str) -> Any:
    return _FAMILIES[option.rpartition("_")[2]]


def set_options(layer: Any, **options: Any) -> None:
    """Give a layer attributes such as `kernel_initializer`, names and configs made objects.

    Args:
        layer: the layer.
        **options: each named after a weight and "initializer", "regularizer" or "constraint".
    """
    for option, value in options.items():
        setattr(layer, option, _family(option).get(value))


def options_of(layer: Any, weight: str) -> dict[str, Any]:
    """The arguments of `add_weight` for a weight, from the layer's attributes.

    Args:
        layer: a layer that `set_options` was used on.
        weight: "kernel", "bias" …
    Returns:
        dict with "name" and those of "initializer", "regularizer", "constraint" that there are.
    """
    found = {
        kind: getattr(layer, f"{weight}_{kind}")
        for kind in _FAMILIES
        if hasattr(layer, f"{weight}_{kind}")
    }
    return {"name": weight, **found}


def options_config(layer: Any, *weights: str) -> dict[str, Any]:
    """The options of weights as plain JSON values, for `get_config`."""
    return {
        f"{weight}_{kind}": family.serialize(getattr(layer, f"{weight}_{kind}"))
        for weight in weights
        for kind, family in _FAMILIES.items()
        if hasattr(layer, f"{weight}_{kind}")
    }
