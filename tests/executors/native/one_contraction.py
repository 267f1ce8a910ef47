"""One contraction as a compiled function on NumPy arrays, for tests and measurements."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.executors.native.canonical import canonical
from lamina.executors.native.contraction import Contraction, emit
from lamina.executors.native.machine import Machine
from lamina.executors.native.objects import load
from lamina.executors.native.writer import Affine, Function, Index, Module, Value
from lamina.executors.reference.executable import PRIMITIVE_FUNCTIONS, bind
from lamina.ir import dims
from lamina.ir.builder import Builder
from lamina.ir.dims import Dim, Size
from lamina.ir.program import Node, Program

CONTRACTIONS = ("dot", "conv", "conv_kernel_gradient")
CANARY = -777.0
START = 0.5  # what C holds before the sums are added to it
_SIGNATURE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


def program(primitive: str, dtype: str, *shapes: tuple, **attributes: Any) -> Program:
    """A program of one node."""
    builder = Builder()
    inputs = [builder.input(shape, dtype) for shape in shapes]
    return builder.finish([builder.emit(primitive, *inputs, **attributes)])


class OneContraction:
    """A dot, conv or conv_kernel_gradient node, compiled.

    Args:
        node: canonical.
        machine: the processor.
        adds: whether the result is added to what C holds.
        late: whether finished rows are asked for in a loop, where that can be.
    """

    def __init__(self, node: Node, machine: Machine, adds: bool = True, late: bool = False) -> None:
        found = Contraction.from_node(node, machine)
        assert found is not None, f"{node} is not affine"
        self.c, self.node = found, node
        self.ir = _ir(found, machine, adds, late)
        self._loaded = load(self.ir, "contraction", machine)
        self.function = _SIGNATURE(self._loaded.address("kernel"))

    def units(self, batch: int) -> int:
        return dims.at(self.c.units, batch)

    def prepared(self, *operands: np.ndarray, batch: int) -> tuple[np.ndarray, Callable]:
        """The result's memory, and a function (begin, end) that computes a range of units."""
        dtype = operands[0].dtype
        arrays = [np.ascontiguousarray(x) for x in operands]
        size = int(np.prod(dims.shape_at(self.node.output.shape, batch)))
        memory = np.full(size + 64, CANARY, dtype)
        memory[:size] = START
        partial = np.full(size + 64, np.nan, dtype)
        everything = [*arrays, memory, partial, np.array([batch], np.int64)]
        table = (ctypes.c_void_p * len(everything))(*[x.ctypes.data for x in everything])
        address = ctypes.addressof(table)

        def run(begin: int, end: int, keep: object = (table, everything)) -> None:
            self.function(address, begin, end)

        return memory, run

    def __call__(
        self, *operands: np.ndarray, batch: int, edges: Sequence[int] | None = None
    ) -> np.ndarray:
        """The result, computed in ranges of units between `edges`."""
        memory, run = self.prepared(*operands, batch=batch)
        edges = (0, self.units(batch)) if edges is None else edges
        for begin, end in zip(edges, edges[1:], strict=False):
            run(begin, end)
        shape = dims.shape_at(self.node.output.shape, batch)
        size = int(np.prod(shape))
        assert (memory[size:] == CANARY).all(), "wrote beyond the end"
        return memory[:size].reshape(shape)


class NativeContractions:
    """A program whose contractions are compiled and whose other nodes NumPy computes.

    Args:
        given: any program without loops; it is made canonical.
        machine: the processor.
        late: see `OneContraction`.
    """

    def __init__(self, given: Program, machine: Machine, late: bool = False) -> None:
        self.program = canonical(given)
        self.compiled = {
            node: OneContraction(node, machine, late=late)
            for node in self.program.nodes
            if node.primitive in CONTRACTIONS
        }

    def __call__(self, inputs: Sequence[np.ndarray], batch: int, pieces: int = 1) -> np.ndarray:
        """The output of the program, with each contraction cut into so many ranges of units."""
        values = dict(zip(self.program.inputs, inputs, strict=True))
        for node in self.program.nodes:
            operands = [values[o] for o in node.operands]
            if node.primitive == "constant":
                values[node.output] = node.attributes["value"]
            elif node in self.compiled:
                one = self.compiled[node]
                units = one.units(batch)
                edges = [units * i // pieces for i in range(pieces + 1)]
                result = one(*operands, batch=batch, edges=edges)
                values[node.output] = result - result.dtype.type(START)
            else:
                function = PRIMITIVE_FUNCTIONS[node.primitive]
                values[node.output] = function(*operands, **bind(node.attributes, batch))
        (output,) = self.program.outputs
        return values[output]


def _ir(c: Contraction, machine: Machine, adds: bool, late: bool) -> str:
    module = Module(machine.vector_bytes, machine.has_fma)
    arguments = [("table", "pointer"), ("begin", "index"), ("end", "index")]
    f = Function(module, "kernel", arguments, exported=True)
    table = f.argument("table")

    def slot(number: int) -> Value:
        return f.load(f.address(table, number, "pointer"), "pointer", fixed=True)

    a, b, out, partial, numbers = (slot(i) for i in range(5))
    batch = f.load(numbers, "index", fixed=True)

    def sizes(size: Size) -> Index:
        if not isinstance(size, Dim):
            return size
        total: Index = 0
        for coefficient in reversed(size.coefficients):
            total = f.add(f.mul(total, batch), coefficient)
        return total

    def finish(
        offset: Affine, point: tuple[Affine, ...], column: Affine, mask: Value | None, total: Value
    ) -> None:
        again = column  # the offset once more, from the point and the column
        for axis, index in zip(c.rows, point, strict=True):
            if not set(axis.axes) & set(c.columns.axes):
                again = again + Affine.of(f.mul(f.index(index), sizes(axis.c)))
        address = f.address(out, offset if adds else again, total.dtype)
        if adds:
            before = f.load(f.address(out, again, total.dtype), total.dtype, total.lanes, mask)
            total = f.binary("fadd", before, total)
        f.store(total, address, mask)

    begin, end = f.argument("begin"), f.argument("end")
    emit(f, c, a, b, begin, end, sizes, finish, partial, late=late)
    f.finish()
    return module.text()
