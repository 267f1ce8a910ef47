"""Python functions compiled to programs, one for each form of their arguments.

A function is traced once for each structure, dtype and shape of its arguments; the first axis of
every array is the batch, and one program serves all batch sizes. If the function's Python code
needs the batch size as a number, it is traced again with that number fixed.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.base import dtypes, tree
from lamina.base.errors import ArgumentError, ConcreteBatchNeeded, ShapeError, message
from lamina.ir.dims import BATCH, Dim
from lamina.ir.program import Program, Tensor
from lamina.ir.verify import verify
from lamina.runtime.dispatch import apply
from lamina.runtime.executor import compile_for_executor
from lamina.runtime.scopes import Trace
from lamina.runtime.variable import Variable
from lamina.transforms.simplify import simplify

# One function is traced at a time: its Python code may change layers that threads share.
_TRACING = [threading.RLock()]


def _begin_anew() -> None:
    _TRACING[0] = threading.RLock()  # in a child, whoever held it is gone


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def tracing_lock() -> threading.RLock:
    """What whoever traces holds meanwhile."""
    return _TRACING[0]


class Traced:
    """One program made from a function, and what connects it to variables and results.

    Attributes:
        program: inputs are the values of `variables`, then the arrays of a call; outputs are the
            new values of `written`, then the tensors among the results.
    """

    def __init__(self, trace: Trace, leaves: Sequence[Tensor], result: Any, rows: int = 0) -> None:
        self.variables = list(trace.inputs)
        self.written = trace.written()
        results = tree.flatten(result)
        self._result = result
        self._is_one = isinstance(result, Tensor)
        self._is_tensor = [isinstance(r, Tensor) for r in results]
        self._fixed = results
        outputs = [trace.values[v] for v in self.written]
        outputs += [r for r in results if isinstance(r, Tensor)]
        program = trace.builder.finish(outputs)
        program.inputs = [*trace.inputs.values(), *leaves]
        self.program: Program = verify(simplify(verify(program)))
        place = {v: i for i, v in enumerate(self.variables)}
        updates = {o: place[v] for o, v in enumerate(self.written) if v in place}
        self._all_updates = len(updates) == len(self.written)
        self.executable = compile_for_executor(self.program, updates, len(leaves), rows)
        trace.builder.forget()

    def __call__(self, arrays: Sequence[np.ndarray]) -> Any:
        """Run once; assign what was written; the function's result."""
        given = [v._value for v in self.variables]
        given += arrays
        outputs = self.executable(given)
        if self.executable.fresh_outputs:
            self._assign(outputs)
            return self._filled(outputs[len(self.written) :])
        held = {id(a) for a in given}
        held.update([id(a.base) for a in given if a.base is not None])
        for variable, value in zip(self.written, outputs, strict=False):
            shared = id(value) in held or value.base is not None or not value.flags.writeable
            variable._value = value.copy() if shared else value
            held.add(id(value))
        return self._filled([_own(o, held) for o in outputs[len(self.written) :]])

    def _assign(self, new: Sequence[np.ndarray]) -> None:
        """Take new values that nobody else holds as they are."""
        try:
            for variable, value in zip(self.written, new, strict=False):
                variable._value = value
        except BaseException:  # an interrupt in between: all of them are assigned, or none
            for variable, value in zip(self.written, new, strict=False):
                variable._value = value
            raise

    def _filled(self, tensors: list[np.ndarray]) -> Any:
        """The function's result, with arrays in the places of tensors."""
        if self._is_one:
            return tensors[0]
        values = iter(tensors)
        filled = [
            next(values) if is_tensor else fixed.copy() if _is_array(fixed) else fixed
            for is_tensor, fixed in zip(self._is_tensor, self._fixed, strict=True)
        ]
        return tree.pack_sequence_as(self._result, filled)

    def run_steps(
        self, arrays: Sequence[np.ndarray], order: np.ndarray, size: int, first: int, count: int
    ) -> None:
        """Run `count` batches; only the variables' new values are kept.

        Args:
            arrays: whole arrays; a batch is made of their rows.
            order: int64 row numbers; batch i takes order[i*size : (i+1)*size].
            size: rows in a batch; the last batch may have fewer.
            first: number of the first batch.
            count: how many batches.
        """
        if self.executable.fresh_outputs and self._all_updates:
            values = [v._value for v in self.variables]
            new = self.executable.run_steps(values, arrays, order, size, first, count)
            if new is not None:
                self._assign(new)
                return
        for i in range(first, first + count):
            rows = order[i * size : (i + 1) * size]
            self([np.take(a, rows, axis=0) for a in arrays])


class CompiledFunction:
    """A function of nested arrays that runs as a program, called from any number of threads.

    Args:
        function: takes nested structures; its array leaves share their first axis, the batch.
        name: for printing.
        cache_size: how many programs to keep; the least recently used goes first.
        always: trace anew at every call, with the batch size fixed, for debugging.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        cache_size: int = 64,
        always: bool = False,
    ) -> None:
        self.function = function
        self.name = name
        self.cache_size = cache_size
        self.always = always
        self._cache: OrderedDict[tuple, Traced] = OrderedDict()
        self._needs_fixed_batch: set[tuple] = set()

    def __call__(self, *args: Any) -> Any:
        """Run the program for arguments of this form, traced if it is the first of them."""
        arrays: list[np.ndarray] = []
        form = _form(args, arrays)
        if len(arrays) > 1:
            self._check_rows(arrays)
        traced = None if self.always else self._lookup((form, None))
        if traced is None:
            traced = self.specialize(args)
        return traced(arrays)

    @property
    def has_programs(self) -> bool:
        """Whether the function was traced before."""
        return bool(self._cache)

    def _check_rows(self, arrays: list[np.ndarray]) -> None:
        if len({a.shape[0] for a in arrays if a.ndim}) > 1:
            raise ArgumentError(
                message(
                    f"{self.name}: the arrays have different numbers of rows.",
                    received=", ".join(str(a.shape) for a in arrays),
                    required="the same first size, the batch, in all of them",
                )
            )

    def specialize(self, args: Any, batch: int | None = None) -> Traced:
        """The program for arguments of this form.

        Args:
            args: the arguments; arrays may be whole data sets, only dtype and shape count.
            batch: rows in a batch, if not the length of the arrays.
        """
        arrays: list[np.ndarray] = []
        form = _form(args, arrays)
        if batch is None:
            batch = next((a.shape[0] for a in arrays if a.ndim), 0)
        with tracing_lock():
            if self.always:
                return self._trace(args, batch, batch)
            if form not in self._needs_fixed_batch:
                found = self._lookup((form, None))
                if found is not None:
                    return found
                try:
                    return self._remember((form, None), self._trace(args, BATCH, batch))
                except (ConcreteBatchNeeded, ShapeError):  # a batch may have to meet a fixed size
                    pass
            found = self._lookup((form, batch))
            if found is None:
                found = self._remember((form, batch), self._trace(args, batch, batch))
                self._needs_fixed_batch.add(form)
            return found

    def _lookup(self, key: tuple) -> Traced | None:
        found = self._cache.get(key)
        if found is not None:
            with contextlib.suppress(KeyError):  # another thread may have dropped it
                self._cache.move_to_end(key)
        return found

    def _remember(self, key: tuple, traced: Traced) -> Traced:
        self._cache[key] = traced
        while len(self._cache) > self.cache_size:
            self._cache.popitem(last=False)
        return traced

    def _trace(self, args: Any, batch: Any, rows: int) -> Traced:
        with Trace(self.name) as trace:
            symbols = [_input(trace, leaf, batch) for leaf in tree.flatten(args)]
            result = self.function(*tree.pack_sequence_as(args, symbols))
            inputs = [s for s in symbols if isinstance(s, Tensor)]
            result = tree.map_structure(_as_result, result)
            return Traced(trace, inputs, result, rows)


def _own(value: np.ndarray, held: set[int]) -> np.ndarray:
    """A result that the caller may write to: copied if it is an input, a variable or a constant."""
    if id(value) in held or id(value.base) in held or not value.flags.writeable:
        return value.copy()
    return value


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray)


def _input(trace: Trace, leaf: Any, batch: Any) -> Any:
    if not isinstance(leaf, np.ndarray):
        return leaf
    shape = (batch, *leaf.shape[1:]) if leaf.ndim else ()
    return trace.builder.input(shape, dtypes.name_of(leaf.dtype), "data")


def _as_result(value: Any) -> Any:
    if isinstance(value, Dim):
        return apply("dim_size", dim=value, dtype="int32")
    return value.value if isinstance(value, Variable) else value


def _form(structure: Any, arrays: list[np.ndarray]) -> Any:
    """A hashable image of a structure without the numbers in its arrays, which are collected."""
    if isinstance(structure, np.ndarray):
        arrays.append(structure)
        return (structure.dtype, structure.ndim, structure.shape[1:])
    if isinstance(structure, (list, tuple)):
        return (type(structure), *[_form(child, arrays) for child in structure])
    if isinstance(structure, dict):
        forms = [_form(child, arrays) for child in tree.children(structure)]
        return (dict, *structure, *forms)
    kind = type(structure)
    return (kind, structure if kind.__hash__ is not None else _Same(structure))


class _Same:
    """A key equal only for the same object, which it keeps alive so that no other takes its id."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)
