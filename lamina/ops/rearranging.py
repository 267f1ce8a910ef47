"""`rearrange`: reshapes and transpositions written as a pattern of named axes."""

from __future__ import annotations

import re
from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.ir import dims
from lamina.ops.convert import as_tensor
from lamina.ops.registration import op
from lamina.ops.shaping import reshape, transpose

Groups = list[list[str]]


@op
def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """A tensor with its axes reordered, split and merged.

    Args:
        tensor: tensor.
        pattern: for example "b (h w) c -> b c h w"; brackets join axes, "1" is an axis of size 1, "..."
            stands for further axes.
        **axes_lengths: sizes of axes that are split, all but one in each bracket.
    Returns:
        Tensor.
    Raises:
        ArgumentError: the pattern does not fit.
    Example:
        >>> rearrange([[1, 2, 3, 4]], "b (h w) -> h b w", h=2).tolist()
        [[[1, 2]], [[3, 4]]]
    """
    x = as_tensor(tensor)
    left, arrow, right = pattern.partition("->")
    if not arrow:
        raise ArgumentError(message("rearrange: the pattern has no '->'.", repr(pattern)))
    source, target = _groups(left, x.ndim), _groups(right, x.ndim)
    hidden = x.ndim - sum(g != ["..."] for g in source)
    names = [f".{i}" for i in range(hidden)] if ["..."] in source else []
    source, target = _spelled(source, names), _spelled(target, names)
    if len(source) != x.ndim:
        raise ArgumentError(
            message("rearrange: the pattern does not fit.", tuple(x.shape), repr(left.strip()))
        )
    sizes = _axis_sizes(source, tuple(x.shape), axes_lengths)
    flat = [a for g in source for a in g]
    order = [a for g in target for a in g]
    if sorted(flat) != sorted(order):
        raise ArgumentError(
            message("rearrange: both sides must name the same axes.", received=repr(pattern))
        )
    x = transpose(reshape(x, [sizes[a] for a in flat]), [flat.index(a) for a in order])
    return reshape(x, [dims.product(tuple(sizes[a] for a in g)) for g in target])


def _groups(side: str, ndim: int) -> Groups:
    """The axes of one side: a list of names for each axis of the tensor."""
    parts = re.findall(r"\([^()]*\)|\.\.\.|\S+", side)
    return [
        ["..."] if p == "..." else [a for a in p.strip("()").split() if a != "1"] for p in parts
    ]


def _spelled(groups: Groups, names: list[str]) -> Groups:
    """With "..." replaced by names of its own."""
    result: Groups = []
    for group in groups:
        if group == ["..."]:
            result += [[name] for name in names]
        else:
            result.append([n for a in group for n in (names if a == "..." else [a])])
    return result


def _axis_sizes(source: Groups, shape: tuple, given: dict[str, int]) -> dict[str, Any]:
    """The size of every named axis; one in each bracket may be worked out."""
    sizes: dict[str, Any] = dict(given)
    for group, size in zip(source, shape, strict=True):
        unknown = [a for a in group if a not in sizes]
        if len(unknown) > 1:
            raise ArgumentError(
                message(f"rearrange: sizes of {unknown} are needed.", fix=f"give {unknown[0]}=…")
            )
        known = dims.product(tuple(sizes[a] for a in group if a in sizes))
        if unknown:
            sizes[unknown[0]] = size if dims.is_one(known) else dims.divide(size, known)
        elif not dims.same(known, size):
            raise ArgumentError(
                message(f"rearrange: ({' '.join(group)}) has another size.", size, known)
            )
    return sizes
