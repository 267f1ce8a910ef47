"""What one call at a time needs: the tables that the code reads, local memory, its errors.

An executable has as many frames as there have been calls at the same moment, so calls from several
threads, or from a signal handler in the middle of a call, do not meet. A frame is free again when
its call is over. Addresses are all that a call puts into the tables; the rest is prepared for each
batch size.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.base import config, dtypes
from lamina.executors.native import pool
from lamina.executors.native.blueprint import Blueprint
from lamina.executors.native.layout import Layout
from lamina.executors.native.memory import Pair, address, aligned_empty
from lamina.executors.native.storage import element_bytes
from lamina.executors.native.words import BATCH, HEADER, MASTER, SOURCE, STATUS
from lamina.executors.reference.executable import ReferenceExecutable
from lamina.ir import dims
from lamina.ir.dims import is_dynamic, shape_at
from lamina.ir.program import Program, Tensor

_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int64)
_JOB_NANOSECONDS = 500_000  # a call of less work does not wake the helpers
_KEPT = 8  # batch sizes whose tables are kept
_KEPT_BYTES = 64 * 2**20  # new values of more than this are not kept for their memory
_BYTES = np.dtype("uint8")


def _nothing() -> None:
    """In the place of a reference to an array, where none is known."""


@dataclass
class Shared:
    """What all frames of an executable read.

    Attributes:
        program: as the user wrote it.
        updates: output number -> number of the input whose new value it is.
        leaves: how many of the last inputs are data.
        blueprint: how to run it.
        run: the machine code, of the master table's address and the number of steps.
        constants: buffer -> its value.
        calls: what runs in the reference executor, by number.
        slots: for each word of the kernels' tables, which of `Tables.values` it holds.
    """

    program: Program
    updates: Mapping[int, int]
    leaves: int
    blueprint: Blueprint
    run: Callable[[int, int], None]
    constants: Mapping[int, np.ndarray]
    calls: Sequence[ReferenceExecutable]
    slots: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.blueprint.buffers)
        places = {BATCH: 0, STATUS: 1, MASTER: 2, **{SOURCE - i: 3 + i for i in range(self.leaves)}}
        slots = [s if s >= 0 else count + places[s] for s in self.blueprint.slots]
        self.slots = np.array(slots, "int64")


class Tables:
    """The tables for a batch size.

    Args:
        shared: of the executable.
        layout: the plan.
        batch: the batch size.
        threads: for how many the plan is.
        status: the address of the status word.
        callback: the address of the function for nodes that run in the reference executor.
    Attributes:
        values: addresses of inputs, outputs and the other buffers; then the batch size, two more
            addresses and those of the whole arrays of data.
        plain: (number, shape, dtype) of every output that is no new value of an input.
    """

    def __init__(
        self, shared: Shared, layout: Layout, batch: int, threads: int, status: int, callback: int
    ) -> None:
        self.layout, self.threads = layout, threads
        self.values = np.zeros(len(shared.blueprint.buffers) + 3 + shared.leaves, "int64")
        self._slots = shared.slots
        self.master = np.zeros(len(HEADER) + len(self._slots), "int64")
        self._filled = self.master[len(HEADER) :]
        self.address = address(self.master)
        for i, array in shared.constants.items():
            self.values[i] = address(array)
        special = len(shared.blueprint.buffers)
        self.values[special : special + 3] = batch, status, self.address
        for name, word in (
            ("batch", batch), ("status", status), ("callback", callback),
            ("plan", address(layout.plan)),
        ):  # fmt: skip
            self.master[HEADER[name]] = word
        self.sources = special + 3
        self.plain = [
            (o, shape_at(t.shape, batch), dtypes.to_numpy(t.dtype))
            for o, t in enumerate(shared.program.outputs)
            if o not in shared.updates
        ]
        self._scratch: np.ndarray | None = None

    def fill(self, addresses: list[int]) -> None:
        """Put the addresses of inputs and outputs in place."""
        values = self.values
        values[: len(addresses)] = addresses
        values.take(self._slots, None, self._filled, "clip")

    def scratch(self, shared: Shared, batch: int) -> dict[int, int]:
        """Memory for data and for outputs that nobody wants: buffer -> address."""
        buffers = shared.blueprint.buffers
        inputs = len(shared.program.inputs)
        wanted = [*range(inputs - shared.leaves, inputs), *(inputs + o for o, _, _ in self.plain)]
        sizes = [buffers[i].bytes_at(batch) for i in wanted]
        if self._scratch is None:
            self._scratch = aligned_empty((max(1024, sum(sizes)),), _BYTES)
        start, found = address(self._scratch), {}
        for i, size in zip(wanted, sizes, strict=True):
            found[i] = start
            start += size
        return found


class Frame:
    """Everything that a call changes.

    Args:
        shared: of the executable.
    Attributes:
        status: 0, or what compiled code reported in the last call.
        error: what a node in the reference executor raised in the last call.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        program, updates = shared.program, shared.updates
        self._status = ctypes.c_int64()
        self.error: BaseException | None = None
        self._callback = _CALLBACK(self._call_out) if shared.calls else None
        self._arena = np.empty(0, "uint8")
        self._tables: dict[int, Tables] = {}
        self._current: Tables | None = None
        self._batch = 1
        self._seen: list[Callable[[], Any]] = [_nothing] * len(program.inputs)
        self._addresses = [0] * (len(program.inputs) + len(program.outputs))
        self._pairs = _new_pairs(program, updates)
        # Inputs by how their addresses are found.
        self._replaced = [(updates[o], pair) for o, pair in self._pairs.items()]
        variables = set(range(len(program.inputs) - shared.leaves))
        self._fixed = sorted(variables - set(updates.values()))
        others = set(range(len(program.inputs))) - set(self._fixed)
        self._other = sorted(others - {i for i, _ in self._replaced})

    @property
    def status(self) -> int:
        """0, or what compiled code reported in the last call."""
        return self._status.value

    # --- tables ---

    def tables(self, batch: int) -> Tables:
        """The tables for a batch size and the present number of threads."""
        found = self._tables.get(batch)
        if found is None or (found.layout.shared and found.threads != config.num_threads()):
            found = self._new_tables(batch)
        return found

    def _new_tables(self, batch: int) -> Tables:
        shared, threads = self._shared, config.num_threads()
        layout = Layout(shared.blueprint, batch, threads)
        if self._arena.size < layout.size:
            self._arena = aligned_empty((max(1024, layout.size),), _BYTES)
            self._tables.clear()  # they lead to the memory that was too small
        callback = 0
        if self._callback is not None:
            callback = ctypes.cast(self._callback, ctypes.c_void_p).value or 0
        status = ctypes.addressof(self._status)
        new = Tables(shared, layout, batch, threads, status, callback)
        new.values[layout.local] = layout.offsets + address(self._arena)
        while len(self._tables) >= _KEPT:
            del self._tables[next(iter(self._tables))]
        self._tables[batch] = new
        return new

    # --- calls ---

    def call(self, inputs: Sequence[np.ndarray], batch: int) -> list[np.ndarray]:
        """Run once; see `NativeExecutable`."""
        tables = self.tables(batch)
        addresses, first = self._addresses, len(inputs)
        copies: list[np.ndarray] = []  # alive until the end
        for i in self._fixed:
            array = inputs[i]
            if self._seen[i]() is not array:
                addresses[i] = _address(array, copies)
                # A copy's address holds for this call only.
                self._seen[i] = weakref.ref(array) if array.flags.c_contiguous else _nothing
        for i, pair in self._replaced:
            array = inputs[i]
            addresses[i] = pair.place if pair.array is array else _address(array, copies)
        for i in self._other:
            addresses[i] = _address(inputs[i], copies)
        outputs: list[Any] = [None] * (len(addresses) - first)
        for o in self._shared.updates:
            outputs[o], addresses[first + o] = self._new_value(o, batch)
        for o, shape, dtype in tables.plain:
            outputs[o] = array = np.empty(shape, dtype)
            addresses[first + o] = address(array)
        self._begin(tables, batch)
        tables.fill(addresses)
        tables.master[_ROWS] = 0
        self._run(tables, 1, 1)
        return outputs

    def steps(
        self,
        values: Sequence[np.ndarray],
        arrays: Sequence[np.ndarray],
        rows: np.ndarray,
        size: int,
        count: int,
    ) -> list[np.ndarray]:
        """Run several steps; see `NativeExecutable.run_steps`."""
        shared, tables = self._shared, self.tables(size)
        inputs, updates = len(shared.program.inputs), shared.updates
        given = [np.ascontiguousarray(v) for v in values]
        addresses = [*map(address, given), *[0] * (len(self._addresses) - len(given))]
        new = {}
        for o in updates:
            new[o], addresses[inputs + o] = self._new_value(o, size)
        for buffer, place in tables.scratch(shared, size).items():
            addresses[buffer] = place
        for i, array in enumerate(arrays):
            tables.values[tables.sources + i] = address(array)
        self._begin(tables, size)
        master = tables.master
        master[_ROWS] = 1
        master[HEADER["order"]] = address(rows)
        master[HEADER["stride"]] = size * rows.itemsize
        tables.fill(addresses)
        self._run(tables, 1, count)
        if count > 1 and not self.status:
            for o, i in updates.items():  # from now on, new values are written over old ones
                addresses[i] = addresses[inputs + o]
            tables.fill(addresses)
            self._run(tables, count - 1, count)
        return list(new.values())

    def _new_value(self, output: int, batch: int) -> tuple[np.ndarray, int]:
        """An array for the new value of an input, and its address."""
        pair = self._pairs.get(output)
        if pair is not None:
            return pair.next()
        tensor = self._shared.program.outputs[output]
        array = aligned_empty(shape_at(tensor.shape, batch), dtypes.to_numpy(tensor.dtype))
        return array, address(array)

    def _begin(self, tables: Tables, batch: int) -> None:
        self._status.value = 0
        self.error = None
        self._current, self._batch = tables, batch

    def _run(self, tables: Tables, count: int, of: int) -> None:
        """Run the driver; with helpers, if there is work for them."""
        master = tables.master
        if not tables.layout.shared or of * tables.layout.nanoseconds < _JOB_NANOSECONDS:
            master[_POOL] = 0
            self._shared.run(tables.address, count)
            return
        with pool.job() as place:
            master[_POOL] = place
            self._shared.run(tables.address, count)

    # --- nodes that run in the reference executor ---

    def _call_out(self, number: int) -> None:
        try:
            outside = self._shared.blueprint.calls[number]
            reference = self._shared.calls[number]
            program, batch = reference.program, self._batch
            pairs = zip(program.inputs, outside.operands, strict=True)
            operands = [self._view(t, buffer, batch) for t, buffer in pairs]
            results = reference(operands, batch)
            for tensor, buffer, result in zip(
                program.outputs, outside.outputs, results, strict=True
            ):
                if buffer >= 0:
                    self._view(tensor, buffer, batch)[...] = result
        except BaseException as error:  # compiled code goes on to where it looks at the status
            self.error = error
            self._status.value = -1

    def _view(self, tensor: Tensor, buffer: int, batch: int) -> np.ndarray:
        """A buffer as an array."""
        assert self._current is not None
        shape, dtype = shape_at(tensor.shape, batch), dtypes.to_numpy(tensor.dtype)
        count = int(np.prod(shape))
        place = int(self._current.values[buffer])
        memory = (ctypes.c_char * max(1, count * dtype.itemsize)).from_address(place)
        return np.ndarray(shape, dtype, memoryview(memory))


def _new_pairs(program: Program, updates: Mapping[int, int]) -> dict[int, Pair]:
    """Memory for new values, for each output that is one."""
    new = {o: program.outputs[o] for o in updates}
    if any(is_dynamic(t.shape) for t in new.values()):
        return {}
    sizes = [dims.at(t.size, 1) * element_bytes(t.dtype) for t in new.values()]
    if sum(sizes) > _KEPT_BYTES:
        return {}
    return {o: Pair(shape_at(t.shape, 1), dtypes.to_numpy(t.dtype)) for o, t in new.items()}


def _address(array: np.ndarray, copies: list[np.ndarray]) -> int:
    """Where an array begins, or a copy of it without gaps, which is added to `copies`."""
    if not array.flags.c_contiguous:
        array = np.ascontiguousarray(array)
        copies.append(array)
    return address(array)


_ROWS, _POOL = HEADER["rows"], HEADER["pool"]
