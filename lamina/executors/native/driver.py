"""The driver: the function that Python calls, which runs steps, levels and loops.

`run(ptr master, i64 count)` runs a program `count` times. The master table holds, as 64-bit words,
what changes from call to call: addresses, the batch size, and the plan, which says into how many
tasks the work of every level is cut. A level's function maps task numbers to ranges of units of its
kernels, so one call of `lamina_parallel` serves kernels of any kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamina.executors.native import denormals
from lamina.executors.native.fusion import Kernel
from lamina.executors.native.kernels import Code, KernelWriter, Library, size_value
from lamina.executors.native.parallel import PARALLEL
from lamina.executors.native.schedule import Loop, Section
from lamina.executors.native.storage import element_bytes, has_rows
from lamina.executors.native.words import (
    HEADER,
    ITEM_WORDS,
    LEVEL_WORDS,
    MASTER,
    SOURCE,
)
from lamina.executors.native.writer import Affine, Function, Index, Value
from lamina.ir import dims
from lamina.ir.dims import Dim, Size
from lamina.ir.program import Node, Tensor


@dataclass
class Item:
    """Kernels that go through ranges of units together.

    Attributes:
        codes: in order.
        turns: of the loop around them: (length, reverse), if they are the body of one.
    """

    codes: list[Code]
    turns: tuple[Size, bool] | None = None

    @property
    def units(self) -> Size:
        """How many units there are."""
        return self.codes[0].units


@dataclass
class Plan:
    """Where the plan of a level lies, and what it is about."""

    offset: int
    items: list[Item]


class Driver:
    """Writes the functions around the kernels.

    Args:
        library: where functions go.
        section: the whole program.
        leaves: the inputs whose rows may be picked from larger arrays, by position.
    Attributes:
        tables: the slots of the kernels' tables, one after the other.
        plans: the levels' plans.
        calls: nodes that run outside, in the reference executor, by number.
    """

    def __init__(self, library: Library, section: Section, leaves: Sequence[Tensor]) -> None:
        self.library = library
        self.section = section
        self.leaves = leaves
        self.tables: list[int] = []
        self.plans: list[Plan] = []
        self.calls: list[Node] = []
        self._count = 0
        self._words = 0
        self._places: dict[int, int] = {}  # of a Code, by id -> its table in the master
        self.write()

    def write(self) -> None:
        """The function `run` and all that it calls."""
        f = Function(
            self.library.module,
            "run",
            [("master", "pointer"), ("count", "index")],
            exported=True,
            quick=True,
        )
        master = f.argument("master")
        levels = [self._level(self.section, i) for i in range(len(self.section.levels))]
        rows = self._rows()

        def step(_: Index) -> None:
            with f.when(self._flag(f, master, "rows")):
                if rows is not None:
                    self._run_level(f, master, *rows)
                order = f.load(self._word(f, master, "order"), "index")
                stride = f.load(self._word(f, master, "stride"), "index")
                f.store(f.binary("add", order, stride), self._word(f, master, "order"))
            for level in levels:
                level(f, master)

        f.loop(f.argument("count"), step)
        f.finish()

    # --- words of the master table ---

    def _word(self, f: Function, master: Value, name: str) -> Value:
        return f.address(master, HEADER[name], "index")

    def _flag(self, f: Function, master: Value, name: str) -> Value:
        return f.compare("ne", f.load(self._word(f, master, name), "index"), f.index(0))

    def _size(self, f: Function, master: Value, size: Size) -> Index:
        return size_value(f, size, lambda: self._word(f, master, "batch"))

    def _going(self, f: Function, master: Value) -> Value:
        """Whether nothing has gone wrong."""
        status = f.load(self._word(f, master, "status"), "pointer")
        return f.compare("eq", f.load(status, "index"), f.index(0))

    # --- levels ---

    def _level(self, section: Section, number: int) -> Callable[[Function, Value], None]:
        """What writes the call of a level."""
        level = section.levels[number]
        items, serial = [], []
        if level.region:
            items.append(Item([self._code(section, k) for k in level.region]))
        for kernel in level.others:
            if kernel.kind == "call":
                serial.append(self._call(kernel))
            elif kernel.kind == "scan":
                loop = section.loops[kernel]
                if loop.by_batch:
                    region = loop.section.levels[0].region
                    codes = [self._code(loop.section, k) for k in region]
                    items.append(Item(codes, (loop.length, loop.reverse)))
                else:
                    serial.append(self._loop(loop))
            else:
                items.append(Item([self._code(section, kernel)]))
        function = self._tasks(items) if items else None

        def write(f: Function, master: Value) -> None:
            if function is not None:
                self._run_level(f, master, *function)
            for call in serial:
                call(f, master)

        return write

    def _code(self, section: Section, kernel: Kernel) -> Code:
        self._count += 1
        writer = KernelWriter(
            self.library,
            section.fusion,
            section.storage,
            kernel,
            section.nests.get(kernel),
            section.contractions.get(kernel),
            section.scratch.get(kernel),
            f"kernel{self._count}",
        )
        code = writer.write()
        self.library.begin_parts()
        self._lay(code)
        return code

    def _lay(self, code: Code) -> None:
        self._places[id(code)] = len(HEADER) + len(self.tables)
        self.tables += code.slots

    def _tasks(self, items: list[Item]) -> tuple[str, int]:
        """A level's function of a range of tasks; its name, and where its plan lies."""
        self._count += 1
        offset = self._words
        self._words += LEVEL_WORDS + ITEM_WORDS * len(items)
        self.plans.append(Plan(offset, items))
        name = f"level{self._count}"
        f = Function(
            self.library.module,
            name,
            [("master", "pointer"), ("begin", "index"), ("end", "index")],
            quick=True,
        )
        master = f.argument("master")
        mode = denormals.flush(f)
        plan = f.load(self._word(f, master, "plan"), "pointer", fixed=True)
        turn = f.load(self._word(f, master, "turn"), "index", fixed=True)
        stretch = f.load(f.address(plan, offset + 2, "index"), "index", fixed=True)

        def task(number: Index) -> None:
            share = f.binary("udiv", f.index(number), stretch)
            inside = f.binary("sub", f.index(number), f.binary("mul", share, stretch))
            for i, item in enumerate(items):
                at = offset + LEVEL_WORDS + ITEM_WORDS * i
                words = [
                    f.load(f.address(plan, at + k, "index"), "index", fixed=True)
                    for k in range(ITEM_WORDS)
                ]
                first, count, grain, units = words
                own = f.binary("sub", inside, first)
                begin = f.binary("mul", f.binary("add", f.binary("mul", share, count), own), grain)
                is_here = f.compare("ult", own, count)
                with f.when(f.binary("and", is_here, f.compare("ult", begin, units))):
                    end = f.index(f.minimum(f.binary("add", begin, grain), units))
                    self._run_item(f, master, item, begin, end, turn)

        f.loop(f.argument("end"), task, start=f.argument("begin"))
        denormals.restore(f, mode)
        f.finish()
        return name, offset

    def _run_item(
        self, f: Function, master: Value, item: Item, begin: Value, end: Value, turn: Value
    ) -> None:
        def once(number: Value) -> None:
            for code in item.codes:
                table = f.address(master, self._places[id(code)], "index")
                f.effect(
                    f"call void @{code.name}(ptr {{}}, i64 {{}}, i64 {{}}, i64 {{}})",
                    table,
                    begin,
                    end,
                    number,
                )

        if item.turns is None:
            once(turn)
            return
        size, reverse = item.turns
        length = self._size(f, master, size)

        def body(counter: Index) -> None:
            once(_turn(f, counter, length, reverse))

        f.loop(length, body)

    def _run_level(self, f: Function, master: Value, name: str, offset: int) -> None:
        """Run a level's tasks, alone or with the pool."""
        plan = f.load(self._word(f, master, "plan"), "pointer", fixed=True)
        tasks = f.load(f.address(plan, offset, "index"), "index", fixed=True)
        alone = f.load(f.address(plan, offset + 1, "index"), "index", fixed=True)
        solo = f.compare("ne", alone, f.index(0))
        going = self._going(f, master)
        f.declare(PARALLEL, f"void @{PARALLEL}(ptr, ptr, ptr, i64, i64)")
        with f.when(f.binary("and", going, solo)):
            f.effect(f"call void @{name}(ptr {{}}, i64 0, i64 {{}})", master, tasks)
        with f.when(f.binary("and", going, f.binary("xor", solo, f.constant(True, "bool")))):
            pool = f.load(self._word(f, master, "pool"), "pointer")
            f.effect(
                f"call void @{PARALLEL}(ptr {{}}, ptr @{name}, ptr {{}}, i64 {{}}, i64 1)",
                pool,
                master,
                tasks,
            )

    # --- what is not a kernel ---

    def _loop(self, loop: Loop) -> Callable[[Function, Value], None]:
        """A scan whose turns are run one after the other by the leader."""
        section = loop.section
        levels = [self._level(section, i) for i in range(len(section.levels))]

        def write(f: Function, master: Value) -> None:
            length = self._size(f, master, loop.length)

            def body(counter: Index) -> None:
                turn = _turn(f, counter, length, loop.reverse)
                f.store(turn, self._word(f, master, "turn"))
                for level in levels:
                    level(f, master)

            f.loop(length, body)

        return write

    def _call(self, kernel: Kernel) -> Callable[[Function, Value], None]:
        """A node that the reference executor runs."""
        assert kernel.node is not None
        self.calls.append(kernel.node)
        number = len(self.calls) - 1

        def write(f: Function, master: Value) -> None:
            with f.when(self._going(f, master)):
                callback = f.load(self._word(f, master, "callback"), "pointer")
                f.effect(f"call void {{}}(i64 {number})", callback)

        return write

    def _rows(self) -> tuple[str, int] | None:
        """The level that picks the rows of a batch, in the order that `order` gives."""
        if not self.leaves or not all(has_rows(tensor) for tensor in self.leaves):
            return None
        codes = [self._row_copy(tensor, i) for i, tensor in enumerate(self.leaves)]
        return self._tasks([Item(codes)])

    def _row_copy(self, tensor: Tensor, number: int) -> Code:
        """Slots: the order, the whole array, the batch. The order's slot moves with each step."""
        self._count += 1
        f = Function(
            self.library.module,
            f"rows{self._count}",
            [("table", "pointer"), ("begin", "index"), ("end", "index"), ("turn", "index")],
            quick=True,
        )
        size = dims.product(tensor.shape[1:])
        assert not isinstance(size, Dim)
        length = size * element_bytes(tensor.dtype)
        table = f.argument("table")
        master = f.load(f.address(table, 0, "index"), "pointer", fixed=True)
        order = f.load(self._word(f, master, "order"), "pointer", fixed=True)
        source = f.load(f.address(table, 1, "index"), "pointer", fixed=True)
        target = f.load(f.address(table, 2, "index"), "pointer", fixed=True)
        f.declare("llvm.memcpy.p0.p0.i64", "void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")

        def one(row: Index) -> None:
            index = f.load(f.address(order, row, "index"), "index")
            f.effect(
                f"call void @llvm.memcpy.p0.p0.i64(ptr {{}}, ptr {{}}, i64 {length}, i1 false)",
                f.address(target, Affine.of(row).scaled(length), "int8"),
                f.address(source, Affine.of(index).scaled(length), "int8"),
            )

        f.loop(f.argument("end"), one, start=f.argument("begin"))
        f.finish()
        name = self.library.keep(f)
        slots = [MASTER, SOURCE - number, self._batch_buffer(tensor)]
        code = Code(Kernel("rows"), name, slots, tensor.shape[0], True, tensor.shape[0] * length)
        self._lay(code)
        return code

    def _batch_buffer(self, tensor: Tensor) -> int:
        return self.section.storage.places[tensor][0].buffer


def _turn(f: Function, counter: Index, length: Index, reverse: bool) -> Value:
    if not reverse:
        return f.index(counter)
    return f.index(f.add(f.add(length, -1), f.mul(counter, -1)))
