"""Running compiled programs: found on disk or built, then called from any number of threads.

A program that was compiled before, with the same code of this package on the same kind of
processor, is read from disk together with its blueprint; neither fusion nor LLVM run then.
"""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.executors.native import blueprint as blueprints
from lamina.executors.native import machine as machines
from lamina.executors.native import objects
from lamina.executors.native.blueprint import Blueprint, all_nodes
from lamina.executors.native.frame import Frame, Shared
from lamina.executors.native.objects import Loaded
from lamina.executors.native.program_key import node_key, program_key
from lamina.executors.native.show import STAGES, shown
from lamina.executors.native.storage import has_rows
from lamina.executors.reference import compile_program as compile_reference
from lamina.executors.reference.executable import ReferenceExecutable
from lamina.ir.dims import Dim
from lamina.ir.program import Node, Program, Tensor

_FUNCTIONS = frozenset({"run"})  # what the code of a program exports
FEW_ROWS = 256  # batches up to here have code of their own, if the program sums over the batch
MANY_ROWS = 2048  # what the code for larger ones is made for
_REMEMBERED = 256  # blueprints kept in this process, by key
_BLUEPRINTS: OrderedDict[str, Blueprint] = OrderedDict()


class NativeExecutable:
    """A program as machine code.

    Calls may overlap: from several threads, from a signal handler, in a forked child. A call leaves
    its inputs as they are, also where it gives a new value of one, and if it raises, nothing has
    changed.

    Args:
        program: what to run.
        updates: output number -> number of the input whose new value it is.
        leaves: how many of the last inputs are data, whose rows `run_steps` picks.
        blueprint: how to run the code.
        code: the machine code.
        nodes: those that the blueprint numbers, if it needs any.
        for_few: whether there is better code for many rows.
    """

    fresh_outputs = True  # nobody else holds the arrays that a call returns

    def __init__(
        self,
        program: Program,
        updates: Mapping[int, int],
        leaves: int,
        blueprint: Blueprint,
        code: Loaded,
        nodes: Sequence[Node],
        for_few: bool,
    ) -> None:
        self.program = program
        self.updates = dict(updates)
        self._leaves, self._for_few = leaves, for_few
        self._many: NativeExecutable | None = None
        constants = {
            i: np.ascontiguousarray(nodes[o.node].attributes["value"])
            for i, o in blueprint.constants.items()
        }
        calls = [_reference(nodes[o.node]) for o in blueprint.calls]
        run = code.function("run", ctypes.c_void_p, ctypes.c_int64)
        self._shared = Shared(program, self.updates, leaves, blueprint, run, constants, calls)
        self._idle = [Frame(self._shared)]
        self._whole: ReferenceExecutable | None = None
        sources = [
            (i, axis, *size.coefficients)
            for i, tensor in enumerate(program.inputs)
            for axis, size in enumerate(tensor.shape)
            if isinstance(size, Dim) and len(size.coefficients) == 2
        ]
        self._batch_source = sources[0] if sources else None
        self._picks_rows = all(map(has_rows, program.inputs[len(program.inputs) - leaves :]))
        self._is_empty = any(
            not isinstance(size, Dim) and size == 0 for t in program.inputs for size in t.shape
        )

    def batch_size(self, inputs: Sequence[np.ndarray]) -> int:
        """The batch size that a call's inputs have; 1 where no input depends on it."""
        if self._batch_source is None:
            return 1
        i, axis, constant, slope = self._batch_source
        return (inputs[i].shape[axis] - constant) // slope

    def _frame(self) -> Frame:
        """A frame that no other call uses; whoever does not give it back has lost it."""
        try:
            return self._idle.pop()
        except IndexError:
            return Frame(self._shared)

    def __call__(self, inputs: Sequence[np.ndarray], batch: int | None = None) -> list[np.ndarray]:
        """Run the program once.

        Args:
            inputs: one array for each input.
            batch: the batch size, if the inputs do not tell it.
        Returns:
            One array for each output; the memory of new values may be used again two calls later,
            if nobody holds them then.
        """
        if batch is None:
            batch = self.batch_size(inputs)
        if batch < 1 or self._is_empty:
            return [np.array(r) for r in self._reference()(inputs, batch)]
        if self._for_few and batch > FEW_ROWS:
            return self._for_many()(inputs, batch)
        frame = self._frame()
        outputs = frame.call(inputs, batch)
        status, error = frame.status, frame.error
        frame.error = None
        self._idle.append(frame)
        if status:
            if error is None:
                self._reference()(inputs, batch)  # which says what is wrong
            self._raise(status, error)
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
            The new values of the updated inputs, in the order of the outputs that give them; None
            if the arrays are of a kind for which steps must be run one by one.
        """
        if self._for_few and size > FEW_ROWS:
            return self._for_many().run_steps(values, arrays, order, size, first, count)
        rows = np.ascontiguousarray(order[first * size : (first + count) * size])
        usable = all(a.ndim and a.flags.c_contiguous and a.size for a in arrays)
        if (
            not usable
            or not self._picks_rows
            or self._is_empty
            or len(rows) != size * count
            or not count
        ):
            return None
        for array, tensor in zip(arrays, self.program.inputs[len(values) :], strict=True):
            _check_rows(rows, array, tensor)
        frame = self._frame()
        new = frame.steps(values, arrays, rows, size, count)
        status, error = frame.status, frame.error
        frame.error = None
        self._idle.append(frame)
        if status:
            if error is None:
                self._explain(values, arrays, rows, size, count)
            self._raise(status, error)
        return new

    def _for_many(self) -> NativeExecutable:
        """The same program for batches of many rows, compiled when the first one comes."""
        if self._many is None:
            self._many = compile_program(self.program, self.updates, self._leaves, MANY_ROWS)
        return self._many

    def _reference(self) -> ReferenceExecutable:
        if self._whole is None:
            self._whole = compile_reference(self.program)
        return self._whole

    def _explain(self, values: Sequence, arrays: Any, rows: Any, size: int, count: int) -> None:
        """Raise the error of the step that went wrong."""
        for i in range(count):
            part = rows[i * size : (i + 1) * size]
            self._reference()([*values, *[np.take(a, part, axis=0) for a in arrays]])

    def _raise(self, status: int, error: BaseException | None) -> None:
        if error is not None:
            raise error
        raise RuntimeError(f"{self.program.name}: compiled code reported {status}.")


def _reference(node: Node) -> ReferenceExecutable:
    """A node by itself in the reference executor."""
    inputs = list(dict.fromkeys(node.operands))
    return compile_reference(Program(inputs, [node], list(node.outputs), node.primitive))


def _check_rows(rows: np.ndarray, array: np.ndarray, tensor: Tensor) -> None:
    assert array.shape[1:] == tensor.shape[1:] and dtypes.name_of(array.dtype) == tensor.dtype
    if rows.size and (rows.min() < 0 or rows.max() >= len(array)):
        raise IndexError(f"row {int(rows.max())} of {len(array)}")


def compile_program(
    program: Program, updates: Mapping[int, int] | None = None, leaves: int = 0, rows: int = 0
) -> NativeExecutable:
    """Make a program ready to run: as it was compiled before, or anew.

    Args:
        program: what to run.
        updates: output number -> number of the input whose new value it is.
        leaves: how many of the last inputs are data, whose rows `run_steps` picks.
        rows: how many rows batches will have, about; any number will do.
    """
    updates = updates or {}
    machine, for_few = machines.chosen(), _sums_over_batch(program)
    if for_few and rows > FEW_ROWS:
        machine, for_few = replace(machine, batch=MANY_ROWS), False
    key = program_key(program, updates, leaves, machine)
    if key is not None and not any(map(shown, STAGES)):
        found = _stored(program, updates, key, machine)
        if found is not None:
            return NativeExecutable(program, updates, leaves, *found, for_few)
    from lamina.executors.native.building import build  # heavy, and often not needed

    built = build(program, updates, leaves, machine)
    if key is not None:
        _remember(key, built.blueprint)
        blueprints.write(key, built.blueprint)
    parts = built.blueprint, built.code, built.nodes
    return NativeExecutable(program, updates, leaves, *parts, for_few)


def _sums_over_batch(program: Program) -> bool:
    """Whether a product's depth is the batch, as in the gradients of weights."""
    return any(
        isinstance(node.operands[0].shape[axis], Dim)
        for node in all_nodes(program)
        if node.primitive == "dot"
        for axis in node.attributes["contract"][0]
    )


def _stored(
    program: Program, updates: Mapping[int, int], key: str, machine: machines.Machine
) -> tuple[Blueprint, Loaded, list[Node]] | None:
    """What was kept of an earlier compilation, if all of it is there."""
    blueprint = _BLUEPRINTS.get(key) or blueprints.read(key)
    if blueprint is None:
        return None
    nodes: list[Node] = []
    needed = [*blueprint.constants.values(), *blueprint.calls]
    if needed:
        nodes = all_nodes(program)
        if any(o.node >= len(nodes) for o in needed):
            from lamina.executors.native.prepared import prepared  # rarely needed

            nodes += all_nodes(prepared(program, updates))
        if not all(o.node < len(nodes) and o.digest == node_key(nodes[o.node]) for o in needed):
            return None
    code = objects.load_stored(blueprint.code, program.name, _FUNCTIONS, machine)
    if code is None:
        return None
    _remember(key, blueprint)
    return blueprint, code, nodes


def _remember(key: str, blueprint: Blueprint) -> None:
    _BLUEPRINTS[key] = blueprint
    while len(_BLUEPRINTS) > _REMEMBERED:
        _BLUEPRINTS.popitem(last=False)
