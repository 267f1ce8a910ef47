"""A program of one primitive, from one of its samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH, Dim
from lamina.ir.primitives import PRIMITIVES
from lamina.ir.program import Program
from primitive_samples.base import Sample


def bound(value: Any, batch: int) -> Any:
    """An attribute with the batch size put in."""
    if isinstance(value, Dim):
        return value.at(batch)
    return tuple(bound(v, batch) for v in value) if isinstance(value, tuple) else value


def holds_batched_program(sample: Sample) -> bool:
    """Whether an attribute is a program with a dynamic batch."""
    programs = [v for v in sample.attributes.values() if isinstance(v, Program)]
    return any(isinstance(s, Dim) for p in programs for t in p.inputs for s in t.shape)


def build(name: str, sample: Sample, operands: list[np.ndarray], dynamic: bool) -> Program:
    """The program; `dynamic` gives it a dynamic batch where the sample has one."""
    with Builder(None, name) as builder:
        inputs = []
        for i, o in enumerate(operands):
            shape = (BATCH, *o.shape[1:]) if dynamic and i in sample.batch else o.shape
            inputs.append(builder.input(shape, dtypes.name_of(o.dtype)))
        how = sample.attributes
        if not dynamic:
            how = {k: bound(v, sample.rows) for k, v in how.items()}
        outputs = builder.emit(name, *inputs, **how)
        return builder.finish(list(outputs) if PRIMITIVES[name].multiple else [outputs])
