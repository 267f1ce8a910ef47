"""Running compiled programs: buffers, tables and plans for a batch size, and the call itself.

What depends on the batch size alone (where local buffers lie, into how many tasks each level is
cut) is worked out when a size is met and kept for the next call. A call fills in the addresses of
the caller's arrays and runs the driver, without Python's lock.
"""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.base import config, dtypes
from lamina.executors.native import machine as machines
from lamina.executors.native import objects, pool
from lamina.executors.native.canonical import canonical
from lamina.executors.native.driver import (
    HEADER,
    ITEM_WORDS,
    LEVEL_WORDS,
    MASTER,
    SOURCE,
    Driver,
    Item,
)
from lamina.executors.native.kernels import BATCH, STATUS, Library
from lamina.executors.native.rewrites import rewritten, without_invariants
from lamina.executors.native.schedule import Section, own_outputs
from lamina.executors.native.show import show
from lamina.executors.native.storage import ALIGNMENT, Storage, element_bytes
from lamina.executors.native.writer import Module
from lamina.executors.reference import compile_program as compile_reference
from lamina.executors.reference.executable import ReferenceExecutable
from lamina.ir import dims
from lamina.ir.dims import Dim, shape_at
from lamina.ir.program import Node, Program, Tensor

_RUN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int64)
_SOLO_NANOSECONDS = 20_000  # less work than this is not shared
_JOB_NANOSECONDS = 500_000  # a call of less work does not wake the helpers
_TASK_NANOSECONDS = 100_000  # about how much work a task has, where there is plenty
_BLOCK_BYTES = 256 * 1024  # what a block of rows may touch, to stay in the cache
_ROWS = 8  # blocks of rows are multiples of this, as tiles of products are
_KEPT = 8  # batch sizes whose plans are kept


class NativeExecutable:
    """A program as machine code.

    Args:
        program: what to run.
        updates: output number -> number of the input whose new value it is.
        leaves: how many of the last inputs are data, whose rows `run_steps` picks.
    """

    fresh_outputs = True  # nobody else holds the arrays that a call returns

    def __init__(self, program: Program, updates: Mapping[int, int], leaves: int) -> None:
        self.program = program
        self.updates = dict(updates)
        self._leaves = leaves
        ready = own_outputs(without_invariants(canonical(rewritten(program))))
        storage = self._storage = Storage()
        for i, tensor in enumerate(ready.inputs):
            storage.add(tensor, "input", i)
        for i, tensor in enumerate(ready.outputs):
            if i not in self.updates:
                storage.add(tensor, "output", i)
        machine = machines.chosen()
        section = Section(
            ready,
            storage,
            {ready.outputs[o]: ready.inputs[i] for o, i in self.updates.items()},
            machine,
        )
        show("fusion", program.name, section.show())
        show("nests", program.name, "\n".join(n.show() for n in section.nests.values()))
        module = Module(machine.vector_bytes, machine.has_fma, machine.reciprocals)
        library = Library(module, machine)
        data = ready.inputs[len(ready.inputs) - leaves :] if leaves else []
        self._driver = Driver(library, section, data)
        self._machine = machine
        self._code = objects.load(library.module.text(), program.name, machine)
        self._run = _RUN(self._code.address("run"))
        self._prepare()

    # --- tables ---

    def _prepare(self) -> None:
        """Everything that does not depend on a call."""
        buffers = self._storage.buffers
        self._shares = self._storage.shares()
        self._input_of = {b.number: i for i, b in enumerate(buffers) if b.kind == "input"}
        self._output_of = {b.number: i for i, b in enumerate(buffers) if b.kind == "output"}
        self._constants = {
            i: _aligned_copy(b.value) for i, b in enumerate(buffers) if b.value is not None
        }
        slots = self._driver.tables
        self._status = np.zeros(1, "int64")
        self._master = np.zeros(len(HEADER) + len(slots), "int64")
        # What slots refer to: buffers first, then the special ones.
        special = {BATCH: 0, STATUS: 1, MASTER: 2}
        special.update({SOURCE - i: 3 + i for i in range(self._leaves)})
        count = len(buffers)
        self._values = np.zeros(count + len(special), "int64")
        self._index = np.array([s if s >= 0 else count + special[s] for s in slots], "int64")
        self._special = count
        self._values[count + special[STATUS]] = self._status.ctypes.data
        self._values[count + special[MASTER]] = self._master.ctypes.data
        for i, array in self._constants.items():
            self._values[i] = array.ctypes.data
        self._callback = _CALLBACK(self._call_out)
        self._master[HEADER["status"]] = self._status.ctypes.data
        self._master[HEADER["callback"]] = ctypes.cast(self._callback, ctypes.c_void_p).value
        self._layouts: OrderedDict[tuple[int, int], _Layout] = OrderedDict()
        self._arena = np.empty(0, "uint8")
        self._error: BaseException | None = None
        self._references: dict[Node, ReferenceExecutable] = {}
        self._whole: ReferenceExecutable | None = None
        self._batch_sources = [
            (i, axis, size)
            for i, tensor in enumerate(self.program.inputs)
            for axis, size in enumerate(tensor.shape)
            if isinstance(size, Dim) and len(size.coefficients) == 2
        ][:1]

    def batch_size(self, inputs: Sequence[np.ndarray]) -> int:
        """The batch size that a call's inputs have; 1 where no input depends on it."""
        for i, axis, size in self._batch_sources:
            return size.solve(inputs[i].shape[axis])
        return 1

    def _layout(self, batch: int) -> _Layout:
        """The plan for a batch size and the present number of threads."""
        key = (batch, config.num_threads())
        found = self._layouts.get(key)
        if found is None:
            found = _Layout(self, *key)
            self._layouts[key] = found
            while len(self._layouts) > _KEPT:
                self._layouts.popitem(last=False)
        return found

    def _set_tables(self, layout: _Layout, batch: int) -> None:
        """Put addresses of local buffers, the plan and the batch size in place."""
        if self._arena.size < layout.size + ALIGNMENT:
            self._arena = np.empty(layout.size + ALIGNMENT, "uint8")
        start = self._arena.ctypes.data
        start += -start % ALIGNMENT
        self._values[layout.local] = layout.offsets + start
        self._values[self._special] = batch
        self._master[HEADER["batch"]] = batch
        self._master[HEADER["plan"]] = layout.plan.ctypes.data

    # --- calls ---

    def __call__(self, inputs: Sequence[np.ndarray], batch: int | None = None) -> list[np.ndarray]:
        """Run the program once.

        Args:
            inputs: one array for each input.
            batch: the batch size, if the inputs do not tell it.
        Returns:
            One array for each output.
        """
        if batch is None:
            batch = self.batch_size(inputs)
        if batch < 1 or any(a.size == 0 for a in inputs):
            return [np.array(r) for r in self._reference()(inputs, batch)]
        given = [a if a.flags.c_contiguous else np.ascontiguousarray(a) for a in inputs]
        layout = self._layout(batch)
        outputs: list[np.ndarray] = []
        values = self._values
        for i, array in enumerate(given):
            values[self._input_of[i]] = array.ctypes.data
        for o, tensor in enumerate(self.program.outputs):
            if o in self.updates:
                array = _aligned_copy(given[self.updates[o]])
                values[self._input_of[self.updates[o]]] = array.ctypes.data
            else:
                shape = shape_at(tensor.shape, batch)
                array = np.empty(shape, dtypes.to_numpy(tensor.dtype))
                values[self._output_of[o]] = array.ctypes.data
            outputs.append(array)
        self._master[HEADER["rows"]] = 0
        self._set_tables(layout, batch)
        self._start(1, layout)
        if self._status[0]:
            self._reference()(inputs, batch)  # which says what is wrong
            self._raise()
        return outputs

    def run_steps(
        self,
        values: Sequence[np.ndarray],
        arrays: Sequence[np.ndarray],
        order: np.ndarray,
        size: int,
        first: int,
        count: int,
    ) -> list[np.ndarray] | None:
        """Run the program on `count` batches, updated inputs going from each to the next.

        Args:
            values: the inputs before the data.
            arrays: whole arrays; a batch is made of their rows.
            order: int64 row numbers; batch i takes order[i*size : (i+1)*size].
            size: rows in a batch.
            first: number of the first batch.
            count: how many batches.
        Returns:
            The new values of the updated inputs, in the order of the outputs that give them.
        """
        rows = order[first * size : (first + count) * size]
        usable = all(a.ndim and a.flags.c_contiguous and a.size for a in arrays)
        usable = usable and len(rows) == size * count
        if not usable or any(v.size == 0 for v in values):
            return None
        layout = self._layout(size)
        given = [a if a.flags.c_contiguous else np.ascontiguousarray(a) for a in values]
        table = self._values
        for i, array in enumerate(given):
            table[self._input_of[i]] = array.ctypes.data
        updated = {i: _aligned_copy(given[i]) for i in self.updates.values()}
        for i, array in updated.items():
            table[self._input_of[i]] = array.ctypes.data
        scratch = [np.empty(0)]
        for o, tensor in enumerate(self.program.outputs):
            if o not in self.updates:
                shape = shape_at(tensor.shape, size)
                scratch.append(np.empty(shape, dtypes.to_numpy(tensor.dtype)))
                table[self._output_of[o]] = scratch[-1].ctypes.data
        for i, array in enumerate(arrays):
            tensor = self.program.inputs[len(values) + i]
            batch_array = np.empty((size, *array.shape[1:]), array.dtype)
            scratch.append(batch_array)
            table[self._input_of[len(values) + i]] = batch_array.ctypes.data
            table[self._special + 3 + i] = array.ctypes.data
            _check_rows(rows, array, tensor)
        rows = np.ascontiguousarray(rows)
        self._master[HEADER["rows"]] = 1
        self._master[HEADER["order"]] = rows.ctypes.data
        self._master[HEADER["stride"]] = size * rows.itemsize
        self._set_tables(layout, size)
        self._start(count, layout)
        if self._status[0]:
            self._explain(given, arrays, rows, size, count)
        return [updated[i] for i in self.updates.values()]

    def _start(self, count: int, layout: _Layout) -> None:
        """Fill the kernels' tables and run the driver; with helpers, if there is work for them."""
        self._status[0] = 0
        self._error = None
        np.take(self._values, self._index, out=self._master[len(HEADER) :])
        if count * layout.nanoseconds < _JOB_NANOSECONDS:
            self._master[HEADER["pool"]] = 0
            self._run(self._master.ctypes.data, count)
            return
        with pool.job() as address:
            self._master[HEADER["pool"]] = address
            self._run(self._master.ctypes.data, count)

    def _reference(self) -> ReferenceExecutable:
        if self._whole is None:
            self._whole = compile_reference(self.program)
        return self._whole

    def _explain(self, values: list, arrays: Any, rows: Any, size: int, count: int) -> None:
        """Raise the error of the step that went wrong."""
        if self._error is None:
            for i in range(count):
                part = rows[i * size : (i + 1) * size]
                self._reference()([*values, *[np.take(a, part, axis=0) for a in arrays]])
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error
        raise RuntimeError(f"{self.program.name}: compiled code reported {int(self._status[0])}.")

    # --- nodes that run in the reference executor ---

    def _call_out(self, number: int) -> None:
        try:
            node = self._driver.calls[number]
            batch = int(self._master[HEADER["batch"]])
            if node not in self._references:
                inputs = list(dict.fromkeys(node.operands))
                one = Program(inputs, [node], list(node.outputs), node.primitive)
                self._references[node] = compile_reference(one)
            reference = self._references[node]
            operands = [self._view(t, batch) for t in reference.program.inputs]
            for tensor, result in zip(node.outputs, reference(operands, batch), strict=True):
                if tensor in self._storage.places:
                    self._view(tensor, batch)[...] = result
        except BaseException as error:
            self._error = error
            self._status[0] = -1

    def _view(self, tensor: Tensor, batch: int) -> np.ndarray:
        """A tensor in memory as an array."""
        root = self._driver.section.fusion.root(tensor)
        address = int(self._values[self._storage.places[root][0].buffer])
        shape = shape_at(tensor.shape, batch)
        dtype = dtypes.to_numpy(tensor.dtype)
        length = max(1, int(np.prod(shape)) * dtype.itemsize)
        memory = (ctypes.c_char * length).from_address(address)
        return np.frombuffer(memory, dtype, int(np.prod(shape))).reshape(shape)


class _Layout:
    """Where local buffers lie and how work is cut, for a batch size and a number of threads."""

    def __init__(self, executable: NativeExecutable, batch: int, threads: int) -> None:
        buffers = executable._storage.buffers
        local, offsets, size = [], [], 0
        for group in executable._shares:
            local += group
            offsets += [size] * len(group)
            size += max(buffers[i].bytes_at(batch) for i in group)
            size += ALIGNMENT * 5  # so that equal buffers do not start at equal addresses mod 4096
        self.local = np.array(local, "int64")
        self.offsets = np.array(offsets, "int64")
        self.size = size
        words: list[int] = []
        self.nanoseconds = 0.0  # that a step takes one thread, roughly
        for plan in executable._driver.plans:
            self.nanoseconds += sum(item.cost_at(batch) for item in plan.items)
            words += _level_words(plan.items, executable, batch, threads)
        self.plan = np.array(words or [0], "int64")


def _level_words(
    items: list[Item], executable: NativeExecutable, batch: int, threads: int
) -> list[int]:
    """One level of the plan."""
    costs = [item.cost_at(batch) for item in items]
    alone = threads == 1 or sum(costs) < _SOLO_NANOSECONDS
    words, first = [], 0
    for item, cost in zip(items, costs, strict=True):
        units = max(1, dims.at(item.units, batch))
        grain = units
        if not alone:
            tasks = max(threads if cost > _SOLO_NANOSECONDS / 4 else 1, cost // _TASK_NANOSECONDS)
            grain = max(1, int(units // tasks + (units % tasks > 0)))
        if item.codes[0].by_batch:
            grain = min(grain, _block(item, executable, batch))
            grain = min(units, -(-grain // _ROWS) * _ROWS)
        grain = max(grain, -(-units // 4096))
        count = -(-units // grain)
        words += [first, count, grain, units]
        first += count
    assert len(words) == ITEM_WORDS * len(items)
    head = [first, int(alone or first == 1)]
    assert len(head) == LEVEL_WORDS
    return head + words


def _block(item: Item, executable: NativeExecutable, batch: int) -> int:
    """How many rows go through a region together."""
    buffers = executable._storage.buffers
    touched = {s for code in item.codes for s in code.slots if s >= 0}
    per_row = fixed = 0
    for number in touched:
        b = buffers[number]
        size = dims.at(b.size, batch) * element_bytes(b.dtype)
        if isinstance(b.size, Dim):
            per_row += size // batch
        else:
            fixed += size
    if fixed > 2 * _BLOCK_BYTES:  # weights that a block would read anew from far away
        return batch
    return max(1, _BLOCK_BYTES // max(per_row, 1))


def _aligned_copy(array: np.ndarray) -> np.ndarray:
    """A copy that begins at a multiple of a cache line."""
    memory = np.empty(array.nbytes + ALIGNMENT, "uint8")
    start = -memory.ctypes.data % ALIGNMENT
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def _check_rows(rows: np.ndarray, array: np.ndarray, tensor: Tensor) -> None:
    assert array.shape[1:] == tensor.shape[1:] and dtypes.name_of(array.dtype) == tensor.dtype
    if rows.size and (rows.min() < 0 or rows.max() >= len(array)):
        raise IndexError(f"row {int(rows.max())} of {len(array)}")


def compile_program(
    program: Program, updates: Mapping[int, int] | None = None, leaves: int = 0
) -> NativeExecutable:
    """Make a program ready to run."""
    return NativeExecutable(program, updates or {}, leaves)
