"""What a sample is, and how its numbers are made."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH
from lamina.ir.program import Program


@dataclass(frozen=True)
class Sample:
    """One way to apply a primitive.

    Attributes:
        label: what is particular about it.
        operands: arrays; floats are float64.
        attributes: static parameters; may hold BATCH where `batch` names an operand.
        batch: positions of the operands whose axis 0 is the batch.
        smooth: whether central differences approach the gradient rule here.
        second: whether that also holds for second derivatives (False at ties).
    """

    label: str
    operands: tuple[np.ndarray, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    batch: tuple[int, ...] = ()
    smooth: bool = True
    second: bool = True

    @property
    def rows(self) -> int:
        """The batch size that the operands have."""
        return self.operands[self.batch[0]].shape[0] if self.batch else 0


def numbers(label: str, shape: Iterable[int], low: float = -2.0, high: float = 2.0) -> np.ndarray:
    """Floats that differ from each other, the same for the same label in every run."""
    shape = tuple(shape)
    rng = np.random.default_rng(zlib.crc32(f"{label}{shape}".encode()))
    return rng.permutation(np.linspace(low, high, int(np.prod(shape)) + 2)[1:-1]).reshape(shape)


def strided(x: np.ndarray) -> np.ndarray:
    """The same numbers in memory that is neither contiguous nor in order."""
    big = np.zeros((*x.shape[:-1], 2 * x.shape[-1]))
    view = big[..., ::-2].swapaxes(0, -1).copy().swapaxes(0, -1)
    view[...] = x
    assert x.size < 2 or not view.flags.c_contiguous
    return view


def whole(*values: int, dtype: str = "int32") -> np.ndarray:
    return np.array(values, dtype)


def body(function: Callable[..., list], *types: tuple[tuple, str]) -> Program:
    """A loop's body from a function of its input tensors."""
    with Builder(None, "body") as builder:
        outputs = function(*[builder.input(shape, dtype) for shape, dtype in types])
        return builder.finish(outputs)


__all__ = ["BATCH", "Sample", "body", "numbers", "strided", "whole"]
