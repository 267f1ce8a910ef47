"""What an einsum equation says about a dense layer: the shapes of kernel, bias and output."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from lamina.base.errors import ArgumentError, ShapeError, message

_FORM = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


class EinsumShapes(NamedTuple):
    """The shapes, and which axes of the kernel count as inputs and as outputs."""

    kernel: tuple[int, ...]
    bias: tuple[int, ...] | None
    output: tuple[int | None, ...]
    input_axes: list[int]
    output_axes: list[int]


def analyze(
    equation: str, bias_axes: str | None, input_shape: Any, output_shape: Any
) -> EinsumShapes:
    """The shapes that an equation asks for.

    Args:
        equation: "ab,bc->ac", with "..." before or after the letters of input and output if wanted.
        bias_axes: letters of the output along which there is a bias, or None.
        input_shape: tuple with the batch.
        output_shape: tuple without the batch and what "..." stands for; None for the input's size.
    Raises:
        ArgumentError: the equation has another form or a letter that occurs nowhere else.
        ShapeError: input and output differ at a letter they share.
    """
    left, inputs, weights, outputs = _parsed(equation)
    hidden = len(input_shape) - len(
        inputs
    )  # axes that "..." stands for, the batch included on the left
    shape = [input_shape[0], *output_shape]
    if hidden > 0 and left:
        shape[1:1] = input_shape[1:hidden]
    elif hidden > 0:
        shape += input_shape[len(inputs) :]
    start = hidden if left else 0
    input_size = {letter: input_shape[i + start] for i, letter in enumerate(inputs)}
    output_at = {letter: i + start for i, letter in enumerate(outputs)}
    for letter, i in output_at.items():
        if shape[i] is None:
            shape[i] = input_size.get(letter)
    _check(inputs, weights, outputs, input_size, {k: shape[i] for k, i in output_at.items()})
    kernel, input_axes, output_axes = [], [], []
    for axis, letter in enumerate(weights):
        if letter in output_at:
            kernel.append(shape[output_at[letter]])
            output_axes.append(axis)
        else:
            kernel.append(input_size[letter])
            input_axes.append(axis)
    bias = None
    if bias_axes is not None:
        sizes = {letter: shape[i] for letter, i in output_at.items()}
        bias = _bias_shape(bias_axes, outputs, sizes) + ((1,) * hidden if not left else ())
    return EinsumShapes(tuple(kernel), bias, tuple(shape), input_axes, output_axes)


def _parsed(equation: str) -> tuple[bool, str, str, str]:
    found = _FORM.fullmatch(equation.replace(" ", ""))
    if found:
        before, inputs, after, weights, before_out, outputs, after_out = found.groups()
        sides = (bool(before), bool(after)), (bool(before_out), bool(after_out))
        if sides[0] == sides[1] and sides[0] != (True, True):
            if not after or len(inputs) > 1:
                return bool(before), inputs, weights, outputs
    raise ArgumentError(
        message(
            f"Invalid einsum equation '{equation}'. Equations must be in the form "
            "[X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]...."
        )
    )


def _check(
    inputs: str, weights: str, outputs: str, input_size: dict[str, Any], output_size: dict[str, Any]
) -> None:
    for letter in inputs:
        wanted, size = output_size.get(letter), input_size[letter]
        if wanted is not None and wanted != size:
            raise ShapeError(
                message(
                    f"Input shape and output shape do not match at shared dimension '{letter}'. "
                    f"Input shape is {size}, and output shape is {wanted}."
                )
            )
    for letter in outputs:
        if letter not in inputs and letter not in weights:
            raise ArgumentError(
                message(
                    f"Dimension '{letter}' was specified in the output '{outputs}' but has no "
                    f"corresponding dim in the input spec '{inputs}' or weight spec '{weights}'"
                )
            )
    for letter in weights:
        if letter not in inputs and letter not in outputs:
            raise ArgumentError(
                message(
                    f"Weight dimension '{letter}' did not have a match in either the input spec "
                    f"'{inputs}' or the output spec '{outputs}'. For this layer, the weight must "
                    "be fully specified."
                )
            )


def _bias_shape(bias_axes: str, outputs: str, sizes: dict[str, Any]) -> tuple[int, ...]:
    """1 on axes without a bias, and nothing for those before the first one with a bias."""
    for letter in bias_axes:
        if letter not in outputs:
            raise ArgumentError(
                message(
                    f"Bias dimension '{letter}' was requested, but is not part of the output spec "
                    f"'{outputs}'"
                )
            )
    first = min(outputs.index(letter) for letter in bias_axes)
    return tuple(sizes[letter] if letter in bias_axes else 1 for letter in outputs[first:])
