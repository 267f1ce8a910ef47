"""Nests: a kernel as loops over axes and a list of statements, ready to be written as code.

Statements are what `LAMINA_SHOW=nests` prints. Each has a number; operands are numbers. Inline
nodes are expanded here, equal loads become one, and neighbouring axes that every access walks
through as if they were one are merged into one.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lamina.executors.native.forms import (
    ZERO,
    Form,
    Forms,
    identity,
    is_mover,
    offset,
)
from lamina.executors.native.fusion import POOLS, Fusion, Kernel, operand_forms
from lamina.executors.native.root_division import SHIFTS
from lamina.ir import dims
from lamina.ir.dims import Shape, Size
from lamina.ir.program import Node, Tensor, type_text

_SMALLEST, _LARGEST = SHIFTS
DIVIDE_BY_ROOT = "divide_by_root"  # a / (sqrt(v) + c), as one statement


@dataclass
class Statement:
    """One step at a point of the nest.

    Attributes:
        kind: "load", "number", "counter", "extent", "compute", "reduce" or "store".
        dtype: of its value.
        operands: numbers of the statements that it reads.
        tensor: what a load or store touches.
        form: where, in elements; of a counter, its value.
        primitive, attributes: of "compute" and "reduce".
        value: of a number; of an extent, the size.
        pick: of a load whose place a value decides: (statement, stride, bound, label).
    """

    kind: str
    dtype: str
    operands: tuple[int, ...] = ()
    tensor: Tensor | None = None
    form: Form = ZERO
    primitive: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    value: Any = None
    pick: tuple[int, Size, Size, str] | None = None


@dataclass
class Nest:
    """Loops around statements.

    Attributes:
        axes: the sizes of the loops.
        reduced: the axes that reductions run over, always the innermost loops but for vectors.
        body, tail: numbers of the statements at every point, and at the points that remain.
        statements: all of them.
        batch: how many units of the first loop are one row of the batch; 0 if it is not the batch.
    """

    axes: Shape
    reduced: tuple[int, ...]
    statements: list[Statement]
    body: list[int]
    tail: list[int]
    batch: Size = 0

    @property
    def outer(self) -> tuple[int, ...]:
        """The axes that are not reduced."""
        return tuple(a for a in range(len(self.axes)) if a not in self.reduced)

    def show(self, name: str = "nest") -> str:
        """The nest as text."""
        loops = " ".join(
            f"{'reduce' if a in self.reduced else 'for'} i{a}<{size}"
            for a, size in enumerate(self.axes)
        )
        lines = [f"{name}: {loops}"]
        lines += [f"    {self._text(n)}" for n in self.body]
        lines += [f"  {self._text(n)}" for n in self.tail]
        return "\n".join(lines)

    def _text(self, number: int) -> str:
        s = self.statements[number]
        operands = ", ".join(f"%{o}" for o in s.operands)
        where = ""
        if s.tensor is not None:
            name = s.tensor.name or "buffer"
            where = f" {name} {type_text(s.tensor.shape, s.tensor.dtype)}[{form_text(s.form)}]"
        what = s.primitive or ("" if s.value is None else str(s.value))
        return f"%{number}: {s.dtype} = {s.kind} {what}({operands}){where}"


def form_text(form: Form) -> str:
    """A form as text, such as "128*i0+i1"."""
    parts = [f"i{a}" if dims.same(f, 1) else f"({f})*i{a}" for a, f in form.factors]
    if not dims.same(form.constant, 0) or not parts:
        parts.append(str(form.constant))
    return "+".join(parts)


class Lowering:
    """Turns one kernel into a nest.

    Args:
        fusion: the kernels of the program.
        kernel: one of kind "loop", or the epilogue of a contraction.
    """

    def __init__(self, fusion: Fusion, kernel: Kernel) -> None:
        self.fusion, self.kernel = fusion, kernel
        self.statements: list[Statement] = []
        self._numbers: dict[Any, int] = {}  # what a statement computes -> its number
        self._values: dict[Tensor, int] = {}  # members -> the statement of their value
        self._current: list[int] = []
        self.body: list[int] = []
        self.tail: list[int] = []

    def nest(self) -> Nest:
        """The nest of a kernel of kind "loop"."""
        kernel = self.kernel
        self._current = self.body
        if kernel.place is not None:
            self._current = self.tail
            self._write_part()
        for node in kernel.body:
            self._member(node, kernel.domain, range(len(kernel.domain)))
        for node in kernel.reductions:
            self._reduction(node)
        self._current = self.tail
        self.finish_tail()
        nest = Nest(kernel.domain, kernel.reduced, self.statements, self.body, self.tail)
        nest.batch = 1 if kernel.by_batch else 0
        return merged(nest)

    def start_with(self, tensor: Tensor) -> int:
        """Let a tensor's value come from outside: the accumulator of a contraction."""
        self._current = self.tail
        number = self._append(Statement("given", tensor.dtype))
        self._values[tensor] = number
        if tensor in self.kernel.stores:
            self._store(tensor, identity(tensor.shape))
        return number

    def finish_tail(self) -> None:
        """The statements of the tail."""
        kernel = self.kernel
        for node in kernel.reductions:
            output = node.outputs[0]
            if output in kernel.stores:
                self._store(output, identity(output.shape, kernel.outer))
        for node in kernel.tail:
            self._member(node, kernel.points, kernel.outer)

    # --- statements ---

    def _append(self, statement: Statement) -> int:
        self.statements.append(statement)
        self._current.append(len(self.statements) - 1)
        return len(self.statements) - 1

    def _once(self, key: Any, statement: Statement) -> int:
        """The number of a statement, appended if no equal one is there."""
        key = (key, self._current is self.tail)
        if key not in self._numbers:
            self._numbers[key] = self._append(statement)
        return self._numbers[key]

    def _member(self, node: Node, shape: Shape, axes: Sequence[int]) -> None:
        output = node.outputs[0]
        forms = identity(output.shape, axes)
        self._values[output] = self._compute(node, forms)
        if output in self.kernel.stores:
            self._store(output, forms)

    def _reduction(self, node: Node) -> None:
        operand = self._value(node.operands[0], identity(node.operands[0].shape))
        output = node.outputs[0]
        statement = Statement(
            "reduce", output.dtype, (operand,), primitive=node.primitive, attributes={}
        )
        self._values[output] = self._append(statement)

    def _store(self, tensor: Tensor, forms: Forms) -> None:
        place = offset(tensor.shape, forms)
        number = self._values[tensor]
        self._append(Statement("store", tensor.dtype, (number,), tensor, place))

    def _value(self, tensor: Tensor, forms: Forms) -> int:
        """The statement that gives a tensor's value at forms."""
        if tensor in self._values:
            return self._values[tensor]
        source = self.fusion.producer.get(tensor)
        if source is not None and source in self.fusion.inline:
            if source.primitive == "constant" and source.attributes["value"].size != 1:
                return self._load(tensor, forms)
            return self._compute(source, forms)
        return self._load(tensor, forms)

    def _load(self, tensor: Tensor, forms: Forms) -> int:
        place = offset(tensor.shape, forms)
        memory = self.fusion.root(tensor)
        statement = Statement("load", tensor.dtype, (), memory, place)
        return self._once(("load", memory, place), statement)

    def _compute(self, node: Node, forms: Forms) -> int:
        primitive, how, output = node.primitive, node.attributes, node.outputs[0]
        if primitive == "constant":
            value = how["value"].reshape(())[()]
            key = ("number", output.dtype, value.tobytes())
            return self._once(key, Statement("number", output.dtype, value=value))
        if primitive == "dim_size":
            key = ("extent", output.dtype, how["dim"])
            return self._once(key, Statement("extent", output.dtype, value=how["dim"]))
        if primitive == "iota":
            form = forms[how["axis"]]
            key = ("counter", output.dtype, form)
            return self._once(key, Statement("counter", output.dtype, form=form))
        if primitive == "gather":
            return self._gather(node, forms)
        if primitive in POOLS:
            return self._pool(node, forms)
        operands = tuple(self._value(t, f) for t, f in operand_forms(node, forms))
        if is_mover(node) or primitive == "stop_gradient":
            return operands[0]
        return self._arithmetic(primitive, output.dtype, operands, how)

    def _arithmetic(
        self, primitive: str, dtype: str, operands: tuple[int, ...], how: dict[str, Any]
    ) -> int:
        if primitive == "div" and dtype == "float32":
            primitive, operands = self._quotient(operands)
        statement = Statement("compute", dtype, operands, primitive=primitive, attributes=how)
        return self._once((primitive, dtype, operands, *sorted(how.items())), statement)

    def _quotient(self, operands: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        """A division, or that by sqrt(v) + c, of which there is a faster form."""
        a, below = operands
        total = self.statements[below]
        if total.primitive == "add":
            for root, shift in (total.operands, total.operands[::-1]):
                c, s = self.statements[shift], self.statements[root]
                if (
                    s.primitive == "sqrt"
                    and c.kind == "number"
                    and _SMALLEST <= c.value <= _LARGEST
                ):
                    return DIVIDE_BY_ROOT, (a, s.operands[0], shift)
        return "div", operands

    def _gather(self, node: Node, forms: Forms) -> int:
        (x, around), (indices, inside) = operand_forms(node, forms)
        index = self._value(indices, inside)
        axis = node.attributes["axis"]
        stride = dims.product(x.shape[axis + 1 :])
        memory = self.fusion.root(x)
        place = offset(x.shape, around)
        pick = (index, stride, x.shape[axis], node.attributes.get("label") or "take")
        statement = Statement("load", x.dtype, (), memory, place, pick=pick)
        return self._once(("gather", memory, place, index), statement)

    # --- windows ---

    def _window_loads(self, tensor: Tensor, forms: Forms, how: dict[str, Any]) -> list[int]:
        """The elements of a window, one load each, in row-major order."""
        return [
            self._load(tensor, place)
            for place in window_places(forms, how["window"], how["strides"])
        ]

    def _pool(self, node: Node, forms: Forms) -> int:
        dtype, how = node.outputs[0].dtype, node.attributes
        values = self._window_loads(node.operands[0], forms, how)
        if node.primitive == "pool_select":
            others = self._window_loads(node.operands[1], forms, how)
            best, chosen = values[0], others[0]
            for value, other in zip(values[1:], others[1:], strict=True):
                better = self._beats(value, best)
                kind = node.operands[0].dtype
                best = self._arithmetic("select", kind, (better, value, best), {})
                chosen = self._arithmetic("select", dtype, (better, other, chosen), {})
            return chosen
        combine = "add" if node.primitive == "pool_sum" else "maximum"
        total = values[0]
        for value in values[1:]:
            total = self._arithmetic(combine, dtype, (total, value), {})
        return total

    def _beats(self, value: int, best: int) -> int:
        """Whether a value takes the place of the first maximum; the first NaN is the maximum."""
        greater = self._arithmetic("gt", "bool", (value, best), {})
        if not self.statements[value].dtype.startswith("float"):
            return greater
        nan = self._arithmetic("ne", "bool", (value, value), {})
        number = self._arithmetic("eq", "bool", (best, best), {})
        first_nan = self._arithmetic("and", "bool", (nan, number), {})
        return self._arithmetic("or", "bool", (greater, first_nan), {})

    def _write_part(self) -> None:
        """A part of a concatenation or padding, or what spreads values over windows."""
        kernel = self.kernel
        assert kernel.place is not None
        target, places = kernel.place
        if kernel.node is not None:
            self._spread(kernel.node, target, places)
            return
        assert kernel.fill is not None
        source, value = kernel.fill
        if source is target:
            number = self._append(Statement("number", target.dtype, value=value))
        else:
            number = self._value(source, identity(source.shape))
        place = offset(target.shape, places)
        self._append(Statement("store", target.dtype, (number,), target, place))

    def _spread(self, node: Node, target: Tensor, forms: Forms) -> None:
        """One value a window to its maximum, or to all its places."""
        how = node.attributes
        g = self._load(node.operands[-1], identity(node.operands[-1].shape))
        places = window_places(forms, how["window"], how["strides"])
        if node.primitive == "pool_scatter":
            values = self._window_loads(node.operands[0], forms, how)
            zero = self._append(Statement("number", target.dtype, value=0))
            best = values[0]
            parts = []
            beaten = []
            for value in values[1:]:  # beaten[k]: whether element k+1 takes the lead
                better = self._beats(value, best)
                best = self._arithmetic("select", target.dtype, (better, value, best), {})
                beaten.append(better)
            lost = self._append(Statement("number", "bool", value=False))
            for k in range(len(values) - 1, -1, -1):  # the last to take the lead has won
                leads = (
                    beaten[k - 1] if k else self._append(Statement("number", "bool", value=True))
                )
                free = self._arithmetic("not", "bool", (lost,), {})
                wins = self._arithmetic("and", "bool", (leads, free), {})
                parts.append(self._arithmetic("select", target.dtype, (wins, g, zero), {}))
                lost = self._arithmetic("or", "bool", (lost, leads), {})
            parts.reverse()
        else:
            parts = [g] * len(places)
        for place, value in zip(places, parts, strict=True):
            at = offset(target.shape, place)
            self._append(Statement("store", target.dtype, (value,), target, at))


def window_places(forms: Forms, window: tuple, strides: tuple) -> list[Forms]:
    """Where the elements of a pooling window lie, from the forms of the pooled tensor."""
    first, *space, last = forms
    return [
        (
            first,
            *(f.scaled(s) + Form((), k) for f, s, k in zip(space, strides, place, strict=True)),
            last,
        )
        for place in itertools.product(*map(range, window))
    ]


def merged(nest: Nest) -> Nest:
    """The nest with axes joined that all accesses walk through as one."""
    axis = 0
    while axis + 1 < len(nest.axes):
        if _mergeable(nest, axis):
            nest = _merge(nest, axis)
        else:
            axis += 1
    return nest


def _mergeable(nest: Nest, axis: int) -> bool:
    if (axis in nest.reduced) != (axis + 1 in nest.reduced):
        return False
    inner = nest.axes[axis + 1]
    return all(
        dims.same(s.form.factor(axis), s.form.factor(axis + 1) * inner)
        for s in nest.statements
        if s.kind in ("load", "store", "counter")
    )


def _merge(nest: Nest, axis: int) -> Nest:
    outer, inner = nest.axes[axis], nest.axes[axis + 1]

    def renumbered(form: Form) -> Form:
        kept = [(a if a <= axis else a - 1, f) for a, f in form.factors if a != axis]
        return Form(tuple(sorted(kept)), form.constant)

    statements = [replace(s, form=renumbered(s.form)) for s in nest.statements]
    axes = (*nest.axes[:axis], outer * inner, *nest.axes[axis + 2 :])
    reduced = tuple(sorted({a if a <= axis else a - 1 for a in nest.reduced}))
    batch = nest.batch
    if not dims.same(batch, 0) and axis == nest.outer[0]:
        batch = batch * inner
    return Nest(axes, reduced, statements, nest.body, nest.tail, batch)
