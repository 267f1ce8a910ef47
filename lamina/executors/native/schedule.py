"""The schedule: which kernels may run at the same time, and in what order the rest do.

Kernels that neither wait for each other nor share memory form a level, and levels run one after
the other. Kernels whose units are rows of the batch and that read of each other only the very row
they are at belong to one level: a block of rows goes through all of them while it is in the cache,
and no thread waits for another in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lamina.executors.native.contraction import Contraction
from lamina.executors.native.fusion import Fusion, Kernel
from lamina.executors.native.machine import Machine
from lamina.executors.native.nests import Lowering, Nest, Statement
from lamina.executors.native.prepared import own_outputs
from lamina.executors.native.storage import Place, Storage
from lamina.ir import dims
from lamina.ir.dims import Size
from lamina.ir.program import Program, Tensor


class Touch(NamedTuple):
    """How a kernel touches a buffer.

    Attributes:
        writes: whether it writes there.
        aligned: whether each row of the batch touches only its own part.
    """

    writes: bool
    aligned: bool


@dataclass
class Loop:
    """A scan: a section that is run turn by turn.

    Attributes:
        section: the body.
        length: the number of turns.
        reverse: whether the last turn comes first.
        by_batch: whether blocks of rows can go through all turns on their own.
    """

    section: Section
    length: Size
    reverse: bool
    by_batch: bool = False


@dataclass
class Level:
    """What may run at the same time.

    Attributes:
        region: kernels by rows of the batch, in order; one item together.
        others: kernels and scans, an item each.
    """

    region: list[Kernel] = field(default_factory=list)
    others: list[Kernel] = field(default_factory=list)


class Section:
    """A program, or the body of a loop, with everything decided but the code.

    Args:
        program: canonical; every output is made by a node of its own (see `own_outputs`).
        storage: where inputs are already; the rest is added.
        updates: output -> the input in whose place it is written.
        machine: the processor.
    """

    def __init__(
        self,
        program: Program,
        storage: Storage,
        updates: Mapping[Tensor, Tensor],
        machine: Machine,
    ) -> None:
        self.program, self.storage, self.machine = program, storage, machine
        self.fusion = Fusion(program)
        self.nests: dict[Kernel, Nest] = {}
        self.contractions: dict[Kernel, Contraction] = {}
        self.loops: dict[Kernel, Loop] = {}
        self.scratch: dict[Kernel, Tensor] = {}  # for unfinished sums
        for kernel in self.fusion.kernels:
            self._describe(kernel)
        self._place(updates)
        for kernel, loop in self.loops.items():
            self._place_loop(kernel, loop)
        self.levels = self._levels()
        self._note_uses()

    def _describe(self, kernel: Kernel) -> None:
        if kernel.kind == "loop":
            self.nests[kernel] = Lowering(self.fusion, kernel).nest()
        elif kernel.kind == "contraction":
            assert kernel.node is not None
            contraction = Contraction.from_node(kernel.node, self.machine)
            assert contraction is not None
            self.contractions[kernel] = contraction
            if contraction.wants_partial:
                output = kernel.node.outputs[0]
                scratch = Tensor(output.shape, output.dtype, output.builder, None, "unfinished")
                self.scratch[kernel] = scratch
                self.storage.add(scratch, "local")
        elif kernel.kind == "scan":
            self.loops[kernel] = None  # type: ignore[assignment]

    # --- where tensors are ---

    def _place(self, updates: Mapping[Tensor, Tensor]) -> None:
        fusion, storage = self.fusion, self.storage
        for tensor in sorted_stores(fusion):
            if tensor in storage.places and tensor not in updates:
                continue
            if tensor in updates:
                self._place_update(tensor, updates[tensor])
            else:
                storage.add(tensor, "local")
        for kernel in fusion.kernels:
            for tensor in kernel.reads:
                root = fusion.root(tensor)
                source = fusion.producer.get(root)
                if root not in storage.places and source is not None:
                    storage.constant(root, source)
        fusion.kernels = fusion.in_order()

    def _place_update(self, new: Tensor, old: Tensor) -> None:
        """Write a new value over the old one, or copy it there when all have read.

        An output that is the new value of an input has a buffer of its own, which may be the very
        memory of the old value or another.
        """
        fusion, storage = self.fusion, self.storage
        given = [p for p in storage.places.get(new, ()) if storage.buffers[p.buffer].over >= 0]
        place = given[0] if given else storage.places[old][0]
        readers = [k for k in fusion.kernels if any(fusion.root(t) is old for t in k.reads)]
        makers = fusion.makers(new)
        maker = makers[-1]
        in_place = len(makers) == 1 and all(
            self._reads_before_writing(k, old, new) if k is maker else not fusion.waits(k, maker)
            for k in readers
        )
        already = [p for p in storage.places.get(new, ()) if p != place]
        if in_place:
            maker.before.update(k for k in readers if k is not maker)
            storage.places[new] = [place, *already]
            return
        target = old
        if given:
            target = Tensor(old.shape, old.dtype, old.builder, None, old.name)
            storage.places[target] = [place]
            storage.places[new] = already
        if not already:
            storage.add(new, "local")
        copy = fusion.copy(new, target)
        copy.before.update(k for k in readers if k is not copy)
        self._describe(copy)

    def _reads_before_writing(self, kernel: Kernel, old: Tensor, new: Tensor) -> bool:
        """Whether a kernel that makes `new` reads of `old` only the element that it replaces."""
        if kernel.kind == "contraction":
            assert kernel.node is not None
            if any(self.fusion.root(t) is old for t in kernel.node.operands):
                return False
            lowering = Lowering(self.fusion, kernel)
            lowering.start_with(kernel.node.outputs[0])
            lowering.finish_tail()
            statements, body = lowering.statements, []
        elif kernel.kind == "loop":
            statements, body = self.nests[kernel].statements, self.nests[kernel].body
        else:
            return False
        stores = [n for n, s in enumerate(statements) if s.kind == "store" and s.tensor is new]
        loads = [n for n, s in enumerate(statements) if s.kind == "load" and s.tensor is old]
        return all(
            statements[load].pick is None
            and load not in body
            and all(load < n and statements[load].form == statements[n].form for n in stores)
            for load in loads
        )

    def _place_loop(self, kernel: Kernel, _: object) -> None:
        node = kernel.node
        assert node is not None
        how, storage = node.attributes, self.storage
        body = own_outputs(how["body"])
        c, k = how["constants"], how["carries"]
        for i, tensor in enumerate(body.inputs):
            if c <= i < c + k:
                storage.put(tensor, storage.places[node.outputs[i - c]][0])
                continue
            outer = storage.places[self.fusion.root(node.operands[i])][0]
            stride = dims.product(tensor.shape) if i >= c + k else 0
            storage.put(tensor, Place(outer.buffer, stride))
        for tensor, outer_tensor in zip(body.outputs[k:], node.outputs[k:], strict=True):
            place = storage.places[outer_tensor][0]
            storage.put(tensor, Place(place.buffer, dims.product(tensor.shape)))
        updates = dict(zip(body.outputs[:k], body.inputs[c : c + k], strict=True))
        section = Section(body, storage, updates, self.machine)
        loop = Loop(section, how["length"], how["reverse"])
        loop.by_batch = section.is_by_batch()
        self.loops[kernel] = loop

    # --- which may run together ---

    def is_by_batch(self) -> bool:
        """Whether all of it is one region."""
        if len(self.levels) != 1 or self.levels[0].others:
            return False
        touches = [self.touches(k) for k in self.levels[0].region]
        written = {b for t in touches for b, touch in t.items() if touch.writes}
        return all(touch.aligned for t in touches for b, touch in t.items() if b in written)

    def by_batch(self, kernel: Kernel) -> bool:
        """Whether a kernel's units are rows of the batch."""
        if kernel.kind == "loop":
            return not dims.same(self.nests[kernel].batch, 0)
        return kernel.kind == "contraction" and self.contractions[kernel].by_batch

    def touches(self, kernel: Kernel) -> dict[int, Touch]:
        """The buffers that a kernel reads or writes."""
        found: dict[int, Touch] = {}

        def note(tensor: Tensor, writes: bool, aligned: bool) -> None:
            for place in self.storage.places.get(self.fusion.root(tensor), ()):
                buffer = self.storage.memory(place.buffer)
                before = found.get(buffer, Touch(False, True))
                found[buffer] = Touch(before.writes or writes, before.aligned and aligned)
                if not writes:
                    break

        rows = self.by_batch(kernel)
        if kernel.kind == "loop":
            nest = self.nests[kernel]
            for s in nest.statements:
                if s.kind in ("load", "store"):
                    assert s.tensor is not None
                    note(s.tensor, s.kind == "store", rows and _is_aligned(s, nest))
            return found
        if kernel.kind == "contraction":
            self._touch_tile(kernel, note, rows)
            return found
        for tensor in kernel.reads:
            note(tensor, False, False)
        for tensor in kernel.made:
            note(tensor, True, False)
        if kernel in self.loops and self.loops[kernel] is not None:
            for inner in self.loops[kernel].section.fusion.kernels:
                for buffer, touch in self.loops[kernel].section.touches(inner).items():
                    before = found.get(buffer, Touch(False, False))
                    found[buffer] = Touch(before.writes or touch.writes, False)
        return found

    def _touch_tile(self, kernel: Kernel, note: Callable[..., None], rows: bool) -> None:
        node, product = kernel.node, self.contractions[kernel].product
        assert node is not None
        operands = node.operands[::-1] if product.swapped else node.operands
        leading = product.rows[0] if product.rows else product.columns
        steps = (leading.a, leading.b)
        for tensor, step in zip(operands, steps, strict=True):
            aligned = False
            if rows and not dims.same(step, 0):
                turns = dims.divide(leading.extent, node.outputs[0].shape[0])
                aligned = dims.same(step * turns, dims.product(tensor.shape[1:]))
            note(tensor, False, aligned)
        if kernel in self.scratch:
            note(self.scratch[kernel], True, rows)
        lowering = Lowering(self.fusion, kernel)
        lowering.start_with(node.outputs[0])
        lowering.finish_tail()
        row = dims.product(kernel.domain[1:])
        for s in lowering.statements:
            if s.kind in ("load", "store"):
                assert s.tensor is not None
                note(s.tensor, s.kind == "store", rows and dims.same(s.form.factor(0), row))

    def _levels(self) -> list[Level]:
        fusion = self.fusion
        number: dict[Kernel, int] = {}
        touches = {k: self.touches(k) for k in fusion.kernels}
        for kernel in fusion.kernels:
            level = 0
            for other in kernel.before:
                together = (
                    self.by_batch(kernel)
                    and self.by_batch(other)
                    and _keep_to_their_rows(touches[kernel], touches[other])
                )
                level = max(level, number[other] + (not together))
            number[kernel] = level
        levels = [Level() for _ in range(max(number.values(), default=-1) + 1)]
        for kernel in fusion.kernels:
            level_of = levels[number[kernel]]
            (level_of.region if self.by_batch(kernel) else level_of.others).append(kernel)
        return levels

    def _note_uses(self) -> None:
        for number, level in enumerate(self.levels):
            for kernel in (*level.region, *level.others):
                self.note_use(kernel, number)

    def note_use(self, kernel: Kernel, level: int) -> None:
        """Note the lives of the buffers that a kernel touches."""
        for buffer in self.touches(kernel):
            b = self.storage.buffers[buffer]
            b.first, b.last = min(b.first, level), max(b.last, level)

    def show(self) -> str:
        """Kernels by level, as text; the bodies of loops follow."""
        lines = []
        names = self._names()
        for i, level in enumerate(self.levels):
            lines.append(f"level {i}")
            for kernel in (*level.region, *level.others):
                how = "row by row " if kernel in level.region else ""
                lines.append(f"  {how}{kernel.show(names[kernel])}")
        for kernel, loop in self.loops.items():
            lines += [f"body of {names[kernel]}, {loop.length} turns", loop.section.show()]
        return "\n".join(lines)

    def show_nests(self) -> str:
        """The loops and statements of all kernels, as text."""
        lines = []
        for kernel, name in self._names().items():
            if kernel in self.nests:
                lines.append(self.nests[kernel].show(name))
            elif kernel in self.contractions:
                lines.append(self._tail(kernel).show(f"{name}, the tail of its {kernel.kind}"))
        for kernel, loop in self.loops.items():
            lines += [f"body of {self._names()[kernel]}", loop.section.show_nests()]
        return "\n".join(lines)

    def _names(self) -> dict[Kernel, str]:
        return {k: f"kernel {i}" for i, k in enumerate(self.fusion.kernels)}

    def _tail(self, kernel: Kernel) -> Nest:
        assert kernel.node is not None
        lowering = Lowering(self.fusion, kernel)
        lowering.start_with(kernel.node.outputs[0])
        lowering.finish_tail()
        return Nest(kernel.domain, (), lowering.statements, [], lowering.tail)


def _keep_to_their_rows(first: dict[int, Touch], second: dict[int, Touch]) -> bool:
    """Whether two kernels share memory only row by row."""
    for buffer, touch in first.items():
        other = second.get(buffer)
        if other is None or not (touch.writes or other.writes):
            continue
        if not (touch.aligned and other.aligned):
            return False
    return True


def _is_aligned(s: Statement, nest: Nest) -> bool:
    """Whether a load or store of a batch's row stays in that row of its tensor."""
    assert s.tensor is not None
    row = dims.product(s.tensor.shape[1:])
    constant = s.form.constant
    if not dims.same(s.form.factor(nest.outer[0]) * nest.batch, row) or isinstance(row, dims.Dim):
        return False
    return isinstance(constant, int) and 0 <= constant < max(row, 1) and s.pick is None


def sorted_stores(fusion: Fusion) -> list[Tensor]:
    """The tensors in memory, in the order of the kernels that make them."""
    return list(dict.fromkeys(t for k in fusion.kernels for t in k.stores))
