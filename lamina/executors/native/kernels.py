"""Kernels as functions: `void kernel(ptr table, i64 begin, i64 end, i64 turn)`.

The table holds the batch size, the address of the status word and the addresses of the buffers
that the kernel touches; [begin, end) is a range of its units; `turn` counts the turns of the loop
whose body it belongs to. Two kernels with the same text are one function: only their tables differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lamina.executors.native.compiling import Parts
from lamina.executors.native.contraction import Contraction, emit
from lamina.executors.native.elementwise import ELEMENTWISE
from lamina.executors.native.epilogue import (
    ARGUMENTS as TAIL_ARGUMENTS,
)
from lamina.executors.native.epilogue import (
    INLINE_STATEMENTS,
    Deferred,
    Finished,
    Inline,
    Tail,
    write_tail,
)
from lamina.executors.native.forms import Form, identity, offset
from lamina.executors.native.fusion import Fusion, Kernel
from lamina.executors.native.loops import NestWriter, Point, Scene
from lamina.executors.native.machine import Machine
from lamina.executors.native.nests import Lowering, Nest, Statement
from lamina.executors.native.storage import Storage
from lamina.executors.native.transposition import transposed_axes
from lamina.executors.native.words import BATCH, STATUS
from lamina.executors.native.writer import Affine, Function, Index, Module, Value
from lamina.ir import dims
from lamina.ir.dims import Dim, Size
from lamina.ir.program import Tensor

ARGUMENTS = [("table", "pointer"), ("begin", "index"), ("end", "index"), ("turn", "index")]
_NANOSECONDS_PER_STATEMENT = 0.05  # of one element; a rough measure to share work by
_NANOSECONDS_PER_FLOP = 0.025


@dataclass
class Code:
    """A kernel that has been written.

    Attributes:
        kernel: what it computes.
        name: of its function.
        slots: what its table holds: BATCH, STATUS, or the number of a buffer.
        units: how many units there are.
        by_batch: whether a unit is a row of the batch.
        work: operations in all, roughly.
        weight: nanoseconds for each.
    """

    kernel: Kernel
    name: str
    slots: list[int]
    units: Size
    by_batch: bool
    work: Size = 1
    weight: float = _NANOSECONDS_PER_STATEMENT


@dataclass
class Library:
    """The functions of a program, those with equal text once.

    Attributes:
        module: where they are written.
        machine: what they are written for.
        begin: takes the IR of parts of the module that can be compiled already.
        messages: (label, bound) of places out of range that code may report.
    """

    module: Module
    machine: Machine
    begin: Callable[[str], None] = lambda part: None
    messages: list[tuple[str, str]] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _parts: Parts = field(init=False)
    _told: int = 0  # functions that `_parts` knows

    def __post_init__(self) -> None:
        self._parts = Parts(self.module.declarations)

    def begin_parts(self) -> None:
        """Begin to compile what has been written, as far as it fills parts."""
        functions = self.module.functions[self._told :]
        self._told += len(functions)
        for part in self._parts.add(functions):
            self.begin(part)

    def finish(self) -> str:
        """Begin to compile the rest; the IR of the whole module."""
        self.begin_parts()
        for part in self._parts.rest():
            self.begin(part)
        return self.module.text()

    def number(self, label: str, bound: Size) -> int:
        """How an index out of range is reported."""
        message = (label, str(bound))
        if message not in self.messages:
            self.messages.append(message)
        return self.messages.index(message) + 1

    def keep(self, f: Function) -> str:
        """The name of the last function written, which is dropped if an equal one exists."""
        text = self.module.functions[-1].replace(f"@{f.name}(", "@(", 1)
        if text in self._names:
            self.module.functions.pop()
            return self._names[text]
        self._names[text] = f.name
        return f.name


def size_value(f: Function, size: Size, word: Callable[[], Value]) -> Index:
    """The value of a size where `word` gives the address of the batch size."""
    if not isinstance(size, Dim):
        return size
    batch = f.load(word(), "index", fixed=True)
    total: Index = 0
    for coefficient in reversed(size.coefficients):
        total = f.add(f.mul(total, batch), coefficient)
    if min(size.coefficients) < 0 < size.coefficients[-1]:  # else a step backwards
        total = f.intrinsic("smax", f.index(total), f.index(0))
    return total


class KernelWriter:
    """Writes one kernel.

    Args:
        library: where the function goes.
        fusion: the kernels of the program.
        storage: where tensors are.
        kernel: what to write.
        nest: its nest, for a kernel of kind "loop".
        contraction: for a kernel of this kind.
        scratch: memory for unfinished sums of a contraction, or None.
        name: of the function.
    """

    def __init__(
        self,
        library: Library,
        fusion: Fusion,
        storage: Storage,
        kernel: Kernel,
        nest: Nest | None,
        contraction: Contraction | None,
        scratch: Tensor | None,
        name: str,
    ) -> None:
        self.contraction, self.scratch = contraction, scratch
        self.library, self.fusion, self.storage = library, fusion, storage
        self.kernel, self.nest = kernel, nest
        quick = nest is not None and not nest.axes  # a few numbers
        self.f = Function(library.module, name, ARGUMENTS, quick=quick)
        self.slots = [BATCH, STATUS]
        self.scene = self._new_scene()

    def write(self) -> Code:
        """The function, in the library."""
        kind = self.kernel.kind
        weight = _NANOSECONDS_PER_STATEMENT
        if kind == "contraction":
            units, by_batch, work = self._contraction()
            weight = _NANOSECONDS_PER_FLOP
        elif kind == "scatter":
            units, by_batch, work = self._scatter()
        else:
            units, by_batch, work = self._loops()
        self.f.finish()
        name = self.library.keep(self.f)
        return Code(self.kernel, name, self.slots, units, by_batch, work, weight)

    # --- what code refers to ---

    def _new_scene(self) -> Scene:
        number = self.library.number
        return Scene(self.f, self.memory, self._copies, self.sizes, self._status(), number)

    def _slot(self, what: int) -> Value:
        f = self.f
        if what not in self.slots:
            self.slots.append(what)
        return f.address(f.argument("table"), self.slots.index(what), "index")

    def _status(self) -> Value:
        return self.f.load(self._slot(STATUS), "pointer", fixed=True)

    def memory(self, tensor: Tensor, copy: int = 0) -> Value:
        """The address of a tensor."""
        f = self.f
        place = self.storage.places[self.fusion.root(tensor)][copy]
        address = f.load(self._slot(place.buffer), "pointer", fixed=True)
        if dims.same(place.stride, 0):
            return address
        step = f.mul(f.argument("turn"), self.sizes(place.stride))
        return f.address(address, Affine.of(step), tensor.dtype)

    def _copies(self, tensor: Tensor) -> int:
        return len(self.storage.places[self.fusion.root(tensor)])

    def sizes(self, size: Size) -> Index:
        """The value of a size."""
        return size_value(self.f, size, lambda: self._slot(BATCH))

    # --- the kinds of kernels ---

    def _loops(self) -> tuple[Size, bool, Size]:
        nest, f = self.nest, self.f
        assert nest is not None
        begin: Index = f.argument("begin")
        end: Index = f.argument("end")
        by_batch = not dims.same(nest.batch, 0)
        if by_batch:
            rows = self.sizes(nest.batch)
            begin, end = f.mul(begin, rows), f.mul(end, rows)
        first: Size = nest.axes[nest.outer[0]] if nest.outer else 1
        if dims.same(first, 0) or (isinstance(first, Dim) and min(first.coefficients) < 0):
            # There may be no unit at all, but a kernel is always called.
            end = f.minimum(end, self.sizes(first))
        NestWriter(self.scene, nest, begin, end).write()
        swapped = transposed_axes(nest)
        if swapped is not None and nest.outer[0] in swapped and not by_batch:
            first = 1
        work = dims.product(nest.axes) * len(nest.body) + len(nest.tail) * dims.product(
            tuple(nest.axes[a] for a in nest.outer)
        )
        units: Size = dims.BATCH if by_batch else first
        return units, by_batch, work

    def _contraction(self) -> tuple[Size, bool, Size]:
        kernel, f, node = self.kernel, self.f, self.kernel.node
        contraction = self.contraction
        assert node is not None and contraction is not None
        lowering = Lowering(self.fusion, kernel)
        given = lowering.start_with(node.outputs[0])
        lowering.finish_tail()
        nest = Nest(kernel.domain, (), lowering.statements, [], lowering.tail)
        whole = offset(kernel.domain, identity(kernel.domain))

        def tail(vectors: Sequence[Finished]) -> None:
            points = [TilePoint(self.scene, nest, whole, v, given) for v in vectors]
            for number in lowering.tail:
                for point in points:
                    point.run([number])

        computed = sum(s.kind == "compute" for s in lowering.statements)
        late = computed > INLINE_STATEMENTS and contraction.gathers
        if computed > INLINE_STATEMENTS and not late:
            name = self._tail_function(node.outputs[0].dtype, tail, contraction.most_vectors)
            handler: Deferred | Inline = Deferred(f, name, node.outputs[0].dtype)
        else:
            handler = Inline(tail)
        a, b = (self.memory(t) for t in node.operands)
        begin, end = f.argument("begin"), f.argument("end")
        partial = None if self.scratch is None else self.memory(self.scratch)
        emit(
            f,
            contraction,
            a,
            b,
            begin,
            end,
            self.sizes,
            handler.finish,
            partial,
            handler.end_tile,
            late,
            self._read_beside(lowering.statements, whole, node.outputs[0].dtype),
        )
        work = contraction.units * contraction.flops
        return contraction.units, contraction.by_batch, work

    def _read_beside(self, statements: Sequence[Statement], whole: Form, dtype: str) -> list[Value]:
        """The addresses of tensors of a dtype that a tail reads like the result itself."""
        read = (s.tensor for s in statements if s.kind == "load" and s.form == whole)
        return [self.memory(t) for t in dict.fromkeys(read) if t is not None and t.dtype == dtype]

    def _tail_function(self, dtype: str, tail: Tail, longest: int) -> str:
        """A function that runs a long tail for a list of vectors; its name."""
        f, scene = self.f, self.scene
        self.f = Function(self.library.module, f.name + "_tail", TAIL_ARGUMENTS)
        self.scene = self._new_scene()
        write_tail(self.f, dtype, self.f.module.lanes(dtype), tail, longest)
        self.f.finish()
        name = self.library.keep(self.f)
        self.f, self.scene = f, scene
        return name

    def _scatter(self) -> tuple[Size, bool, Size]:
        """Updates are put in place one after the other; units are vectors of columns."""
        f, node = self.f, self.kernel.node
        assert node is not None
        base, indices, updates = node.operands
        output = node.outputs[0]
        inner = dims.product(base.shape[1:])
        lanes = f.module.lanes(output.dtype if output.dtype != "bool" else "int8")
        out, places, new = (self.memory(t) for t in (output, indices, updates))
        width = self.sizes(inner)
        begin = f.minimum(f.mul(f.argument("begin"), lanes), width)
        stop = f.minimum(f.mul(f.argument("end"), lanes), width)
        mode = {"add": "add", "max": "maximum", "min": "minimum"}.get(node.attributes["mode"])
        checker = Point(self.scene, Nest((), (), [], [], []), {}, None, 1, None, {})

        def one(row: Index) -> None:
            index = f.load(f.address(places, row, indices.dtype), indices.dtype)
            index = checker.checked(index, base.shape[0], "scatter")
            target = f.address(out, f.mul(index, width), output.dtype)
            source = f.address(new, f.mul(row, width), output.dtype)

            def put(column: Index, count: int) -> None:
                at = f.address(target, column, output.dtype)
                value = f.load(f.address(source, column, output.dtype), output.dtype, count)
                if mode is not None:
                    value = ELEMENTWISE[mode](f, f.load(at, output.dtype, count), value)
                f.store(value, at)

            length = f.index(f.add(stop, f.mul(begin, -1)))
            whole = f.add(begin, f.binary("and", length, f.index(-lanes)))
            f.loop(whole, lambda c: put(c, lanes), start=begin, step=lanes)
            f.loop(stop, lambda c: put(c, 1), start=whole)

        f.loop(self.sizes(indices.size), one)
        units: Size = inner if isinstance(inner, Dim) else -(-inner // lanes)
        return units, False, indices.size * lanes


class TilePoint(Point):
    """The tail of a contraction at a vector of its result.

    Args:
        scene, nest: as for any point.
        whole: the form of a tensor that is read like the result itself.
        vector: of the result.
        given: the number of the statement that stands for its value.
    """

    def __init__(self, scene: Scene, nest: Nest, whole: Form, vector: Finished, given: int) -> None:
        value = vector.value
        super().__init__(scene, nest, {}, None, value.lanes, vector.mask, {given: value})
        self.whole, self.at, self.column = whole, vector.offset, vector.column

    def place(self, form: Form) -> Affine:
        """A form with the counters put in."""
        if not form.factors:
            return Affine.of(self.scene.sizes(form.constant))
        return self.at if form == self.whole else self.column

    def _step(self, form: Form) -> Index:
        return 1 if form.factors and self.lanes > 1 else 0
