"""`rearrange`: axes reordered, split and joined as a pattern of names says."""

from __future__ import annotations

import re
from typing import Any

from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.ops.convert import as_tensor
from lamina.ops.registration import op
from lamina.ops.shaping import reshape, transpose

_AXIS = re.compile(r"\(([^()]*)\)|(\w+)")


@op
def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """A tensor with its axes reordered, split and joined.

    Args:
        tensor: tensor.
        pattern: names of the axes before and after, for example "b (h two) c -> two b h c"; names
            in parentheses share an axis.
        **axes_lengths: sizes of names that share an axis; one in each group may be left out.
    Returns:
        Tensor of the same elements.
    Raises:
        ArgumentError: the pattern names other axes after than before.
        ShapeError: the tensor does not fit the pattern.
    Source: Rogozhnikov (2022), "Einops: clear and reliable tensor manipulations".
    Example:
        >>> from lamina import ops
        >>> rearrange(ops.ones((6, 8)), "(h w) c -> w h c", h=2).shape
        (3, 2, 8)
    """
    tensor = as_tensor(tensor)
    before, after = _parse(pattern)
    if len(before) != tensor.ndim:
        raise ShapeError(
            message(
                f"rearrange: the pattern {pattern!r} names {len(before)} axes.",
                received=f"shape {tuple(tensor.shape)}",
            )
        )
    sizes: dict[str, Any] = {}
    for group, size in zip(before, tensor.shape, strict=True):
        sizes.update(_split(group, size, axes_lengths))
    names = [name for group in before for name in group]
    wanted = [name for group in after for name in group]
    if sorted(names) != sorted(wanted) or len(set(names)) != len(names):
        raise ArgumentError(
            message(
                f"rearrange: the pattern {pattern!r} must name each axis once on both sides.",
                received=f"{names} and {wanted}",
            )
        )
    parts = reshape(tensor, tuple(sizes[name] for name in names))
    parts = transpose(parts, tuple(names.index(name) for name in wanted))
    return reshape(parts, tuple(dims.product(tuple(sizes[n] for n in group)) for group in after))


def _parse(pattern: str) -> tuple[list[list[str]], list[list[str]]]:
    """The groups of names before and after the arrow."""
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ArgumentError(
            message(f"rearrange: the pattern {pattern!r} needs one '->'.", fix='"b h c -> b c h"')
        )
    before, after = (
        [(group or name).split() for group, name in _AXIS.findall(side)] for side in sides
    )
    return before, after


def _split(group: list[str], size: Any, known: dict[str, int]) -> dict[str, Any]:
    """The size of each name that shares an axis."""
    if len(group) == 1:
        return {group[0]: size}
    missing = [name for name in group if name not in known]
    product = dims.product(tuple(known[name] for name in group if name in known))
    if len(missing) > 1 or (not missing and not dims.same(product, size)):
        raise ShapeError(
            message(
                f"rearrange: cannot split an axis of size {size} into {' '.join(group)}.",
                received=f"sizes {known}",
                fix=f"give all but one of the sizes, for example {group[0]}=2",
            )
        )
    sizes: dict[str, Any] = {name: known[name] for name in group if name in known}
    if missing:
        sizes[missing[0]] = dims.divide(size, product)
    return sizes
