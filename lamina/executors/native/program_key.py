"""The key under which a compiled program is found again: a digest of all that decides its code.

That is the program itself (primitives, operands, attributes with the bytes of their arrays, shapes,
dtypes), which outputs update which inputs, the processor, LLVM's version, and the source files of
this package, known by their sizes and times.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lamina.executors.native import llvm
from lamina.executors.native.machine import Machine
from lamina.ir.dims import Dim
from lamina.ir.program import Node, Program, Tensor

_PLAIN = (type(None), bool, int, float, complex, str, bytes)


class _Unknown(Exception):
    """An attribute of a kind that has no text."""


def program_key(
    program: Program, updates: Mapping[int, int], leaves: int, machine: Machine
) -> str | None:
    """The key of a program as it is compiled for a processor.

    Args:
        program: what to run.
        updates: output number -> number of the input whose new value it is.
        leaves: how many of the last inputs are data.
        machine: the processor.
    Returns:
        64 hexadecimal digits; None if the program contains something that has no key.
    """
    try:
        text = _program_text(program)
    except _Unknown:
        return None
    parts = (_sources(), llvm.version(), repr(machine), repr(sorted(updates.items())), str(leaves))
    return hashlib.sha256("\0".join((*parts, text)).encode()).hexdigest()


def node_key(node: Node) -> str:
    """A digest of a node by itself: its primitive, attributes, and the types of its tensors."""
    types = [_type_text(t) for t in (*node.operands, *node.outputs)]
    try:
        text = f"{node.primitive}{types}{_attributes_text(node)}"
    except _Unknown:
        return ""  # its program has no key either
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def _sources() -> str:
    """The files of this package by name, size and time; code of another version never fits."""
    entries = [
        f"{e.name} {e.stat().st_size} {e.stat().st_mtime_ns}"
        for e in os.scandir(Path(__file__).parent)
        if e.name.endswith(".py")
    ]
    return "\n".join(sorted(entries))


def _program_text(program: Program) -> str:
    numbers: dict[Tensor, int] = {}
    lines = []
    for tensor in program.inputs:
        numbers[tensor] = len(numbers)
        lines.append(_type_text(tensor))
    for node in program.nodes:
        operands = [numbers[o] for o in node.operands]
        for output in node.outputs:
            numbers[output] = len(numbers)
        types = [_type_text(o) for o in node.outputs]
        lines.append(f"{node.primitive}{operands}{types}{_attributes_text(node)}")
    lines.append(str([numbers[o] for o in program.outputs]))
    return "\n".join(lines)


def _type_text(tensor: Tensor) -> str:
    return f"{tensor.dtype}{tensor.shape}"


def _attributes_text(node: Node) -> str:
    return "".join(f" {k}={_text(v)}" for k, v in node.attributes.items())


def _text(value: Any) -> str:
    """A value as text that no other value has."""
    kind = type(value)
    if kind in _PLAIN or kind is Dim:
        return repr(value)
    if kind is tuple or kind is list:
        return f"{kind.__name__}({','.join(map(_text, value))})"
    if kind is np.ndarray and not value.dtype.hasobject:
        digest = hashlib.sha256(value.tobytes()).hexdigest()
        return f"array({value.dtype.str},{value.dtype.name},{value.shape},{digest})"
    if isinstance(value, (np.number, np.bool_)):
        return f"scalar({value.dtype.name},{value.tobytes().hex()})"
    if isinstance(value, np.dtype):
        return f"dtype({value.name})"
    if kind is Program:
        return f"{{{_program_text(value)}}}"
    raise _Unknown(kind.__name__)
