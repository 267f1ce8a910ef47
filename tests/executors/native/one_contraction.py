"""One contraction as a compiled function on NumPy arrays, for tests and measurements."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np

from lamina.executors.native.contraction import Contraction, emit
from lamina.executors.native.machine import Machine
from lamina.executors.native.objects import load
from lamina.executors.native.writer import Affine, Function, Index, Module, Value
from lamina.ir import dims
from lamina.ir.dims import Dim, Size
from lamina.ir.program import Node

_SIGNATURE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
CANARY = -777.0


class OneContraction:
    """A dot, conv or conv_kernel_gradient node, compiled.

    Args:
        node: canonical.
        machine: the processor.
        in_place: whether the result is added to what C holds, as an optimizer's update would be.
        blocks: whether a buffer for unfinished sums is given.
    """

    def __init__(
        self, node: Node, machine: Machine, in_place: bool = False, blocks: bool = True
    ) -> None:
        found = Contraction.from_node(node, machine)
        assert found is not None, f"{node} is not affine"
        self.c, self.node = found, node
        self.blocks = blocks and found.wants_partial
        self.ir = _ir(found, machine, in_place, self.blocks)
        self._loaded = load(self.ir, "contraction", machine)
        self.function = _SIGNATURE(self._loaded.address("kernel"))

    def units(self, batch: int) -> int:
        return dims.at(self.c.units, batch)

    def prepared(self, *operands: np.ndarray, batch: int = 1) -> tuple[np.ndarray, Callable]:
        """The result's memory, and a function (begin, end) that computes a range of units."""
        dtype = operands[0].dtype
        arrays = [np.ascontiguousarray(x) for x in operands]
        shape = dims.shape_at(self.node.output.shape, batch)
        size = int(np.prod(shape))
        memory = np.full(size + 64, CANARY, dtype)
        memory[:size] = 0.5
        partial = np.full(size + 64, np.nan, dtype)
        sizes = np.array([batch], np.int64)
        everything = [*arrays, memory, partial, sizes]
        table = (ctypes.c_void_p * 5)(*[x.ctypes.data for x in everything])
        address = ctypes.addressof(table)

        def run(begin: int, end: int, keep: object = (table, everything)) -> None:
            self.function(address, begin, end)

        return memory, run

    def __call__(
        self, *operands: np.ndarray, batch: int = 1, cuts: tuple[int, ...] = ()
    ) -> np.ndarray:
        """The result, computed in ranges of units between `cuts`."""
        memory, run = self.prepared(*operands, batch=batch)
        edges = [0, *cuts, self.units(batch)]
        for begin, end in zip(edges, edges[1:], strict=False):
            run(begin, end)
        shape = dims.shape_at(self.node.output.shape, batch)
        size = int(np.prod(shape))
        assert (memory[size:] == CANARY).all(), "wrote beyond the end"
        return memory[:size].reshape(shape)


def _ir(c: Contraction, machine: Machine, in_place: bool, blocks: bool) -> str:
    module = Module(machine.vector_bytes, machine.has_fma)
    f = Function(
        module, "kernel", [("table", "pointer"), ("begin", "index"), ("end", "index")], True
    )
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
        # The offset must be what the point and the column say.
        again = c.columns.extent and column
        assert isinstance(again, Affine) and len(point) == len(c.rows)
        address = f.address(out, offset, total.dtype)
        if in_place:
            before = f.load(address, total.dtype, total.lanes, mask)
            total = f.binary("fadd", before, total)
        f.store(total, address, mask)

    begin, end = f.argument("begin"), f.argument("end")
    emit(f, c, a, b, begin, end, sizes, finish, partial if blocks else None)
    f.finish()
    return module.text()
