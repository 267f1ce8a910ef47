"""Code for nests: which axis the vectors lie along, the loops, and what happens at each point.

The last axis that most accesses walk through with step 1 is taken in vectors; what is left over at
its end is done with a mask, or one by one where the processor has no masks. Reductions keep their
running values in registers; lanes are combined at the end, in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.base import dtypes
from lamina.executors.native.elementwise import ELEMENTWISE
from lamina.executors.native.forms import Form
from lamina.executors.native.nests import DIVIDE_BY_ROOT, Nest, Statement
from lamina.executors.native.root_division import divide_by_root
from lamina.executors.native.transposition import transposed_axes, write_transposed
from lamina.executors.native.writer import BYTES, Affine, Function, Index, Value
from lamina.executors.reference.shaping import highest, lowest
from lamina.ir import dims
from lamina.ir.dims import Size
from lamina.ir.program import Tensor

_LONG = 80  # statements; a longer body is written once, always with a mask
_SQUARE = 8  # at most, the side of a block that is transposed: larger ones take long to compile
Sizes = Callable[[Size], Index]


class Scene:
    """What code at a point can refer to.

    Args:
        f: the function being written.
        memory: the address of a tensor, of its first place or another.
        copies: in how many places a tensor is kept.
        sizes: the value of a size that may depend on the batch.
        status: the address of a word that reports a place out of range.
        number: how a place out of range is reported, one more than the index of its message.
    """

    def __init__(
        self,
        f: Function,
        memory: Callable[..., Value],
        copies: Callable[[Tensor], int],
        sizes: Sizes,
        status: Value,
        number: Callable[[str, Size], int],
    ) -> None:
        self.f = f
        self.memory = memory
        self.copies = copies
        self.sizes = sizes
        self.status = status
        self.number = number


class Point:
    """The statements of a nest at one place, for one element or a vector of them.

    Args:
        scene: what the code refers to.
        nest: the statements.
        places: axis -> its counter.
        vector: the axis that lanes lie along, if there are several.
        lanes: how many.
        mask: which lanes count; None for all.
        values: what statements gave already, by their number.
    """

    def __init__(
        self,
        scene: Scene,
        nest: Nest,
        places: dict[int, Affine],
        vector: int | None,
        lanes: int,
        mask: Value | None,
        values: dict[int, Value],
    ) -> None:
        self.scene, self.f, self.nest = scene, scene.f, nest
        self.places, self.vector = places, vector
        self.lanes, self.mask = lanes, mask
        self.values = values
        self._written = {s.tensor for s in nest.statements if s.kind == "store"}

    def run(self, numbers: Sequence[int]) -> None:
        """Write the code of some statements."""
        for number in numbers:
            statement = self.nest.statements[number]
            if number not in self.values:
                value = getattr(self, "_" + statement.kind)(statement)
                if value is not None:
                    self.values[number] = value

    def place(self, form: Form) -> Affine:
        """A form with the counters put in."""
        total = Affine.of(self.scene.sizes(form.constant))
        for axis, factor in form.factors:
            counter, by = self.places[axis], self.scene.sizes(factor)
            if isinstance(by, int):
                total = total + counter.scaled(by)
            else:
                total = total + self.f.mul(self.f.index(counter), by)
        return total

    def _step(self, form: Form) -> Index:
        """The distance in memory between lanes."""
        if self.lanes == 1 or self.vector is None:
            return 0
        return self.scene.sizes(form.factor(self.vector))

    def _lane_offsets(self, step: Index) -> Value:
        lanes = self.f.vector(range(self.lanes), "index")
        return self.f.binary("mul", lanes, self.f.splat(self.f.index(step), self.lanes))

    def _load(self, s: Statement) -> Value:
        f, tensor = self.f, s.tensor
        assert tensor is not None
        fixed = tensor not in self._written
        step, place = self._step(s.form), self.place(s.form)
        memory = self.scene.memory(tensor)
        if s.pick is not None:
            number, stride, bound, label = s.pick
            index = self.checked(self.values[number], bound, label)
            by = f.index(self.scene.sizes(stride))
            if index.lanes > 1:
                offsets = f.binary("mul", index, f.splat(by, index.lanes))
                if step != 0:
                    offsets = f.binary("add", offsets, self._lane_offsets(step))
                return self._gathered(f.address(memory, place, s.dtype), offsets, s.dtype)
            place = place + f.mul(index, self.scene.sizes(stride))
        address = f.address(memory, place, s.dtype)
        if step == 0:
            return f.load(address, s.dtype, fixed=fixed)
        if step == 1:
            return f.load(address, s.dtype, self.lanes, self.mask, fixed=fixed)
        return self._gathered(address, self._lane_offsets(step), s.dtype)

    def checked(self, index: Value, bound: Size, label: str) -> Value:
        """An index that is in range for certain; what was out of range is reported."""
        f = self.f
        if index.dtype not in ("int64", "uint64"):
            signed = index.dtype.startswith("int")
            index = f.convert("sext" if signed else "zext", index, "index")
        index = index._replace(dtype="index")
        limit = f.index(self.scene.sizes(bound))
        inside = f.compare("ult", index, limit)
        bad = f.binary("xor", inside, f.constant(True, "bool"))
        if index.lanes > 1:
            if self.mask is not None:
                bad = f.binary("and", bad, self.mask)
            bad = f.fold(bad, lambda a, b: f.binary("or", a, b))
        with f.when(bad):
            report = self.scene.number(label, bound)
            f.store(f.index(report), self.scene.status)
        return f.select(inside, index, f.splat(f.index(0), index.lanes))

    def _gathered(self, base: Value, offsets: Value, dtype: str) -> Value:
        """Elements at base + offsets, one for each lane."""
        f, stored = self.f, "uint8" if dtype == "bool" else dtype
        result = f.constant(0, stored, self.lanes)
        for lane in range(self.lanes):
            place = f.lane(offsets, lane)
            if self.mask is not None:  # lanes that do not count read the first element
                place = f.select(f.lane(self.mask, lane), place, f.index(0))
            element = f.load(f.address(base, place, stored), stored)
            text = f"insertelement {result.type} {{}}, {element.type} {{}}, i32 {lane}"
            result = f.pure(stored, self.lanes, text, result, element)
        return f.truth(result) if dtype == "bool" else result

    def _number(self, s: Statement) -> Value:
        return self.f.constant(s.value, s.dtype)

    def _extent(self, s: Statement) -> Value:
        return self._as(self.f.index(self.scene.sizes(s.value)), s.dtype)

    def _counter(self, s: Statement) -> Value:
        f = self.f
        value = f.index(self.place(s.form))
        step = self._step(s.form)
        if step != 0:
            value = f.binary("add", f.splat(value, self.lanes), self._lane_offsets(step))
        return self._as(value, s.dtype)

    def _as(self, value: Value, dtype: str) -> Value:
        """An index as a number of some dtype."""
        if dtype.startswith("float"):
            return self.f.convert("sitofp", value, dtype)
        if BYTES[dtype] == 8:
            return value._replace(dtype=dtype)
        return self.f.convert("trunc", value, dtype)

    def _compute(self, s: Statement) -> Value:
        operands = [self.values[o] for o in s.operands]
        if s.primitive == DIVIDE_BY_ROOT:
            return divide_by_root(self.f, *operands)
        return ELEMENTWISE[s.primitive](self.f, *operands, **s.attributes)

    def _store(self, s: Statement) -> None:
        assert s.tensor is not None
        for copy in range(self.scene.copies(s.tensor)):
            memory = self.scene.memory(s.tensor, copy)
            self._store_at(self.f.address(memory, self.place(s.form), s.dtype), s)

    def _store_at(self, address: Value, s: Statement) -> None:
        f, value, step = self.f, self.values[s.operands[0]], self._step(s.form)
        if self.lanes == 1 or step == 0:
            f.store(f.lane(value, 0), address)
        elif step == 1:
            f.store(f.splat(value, self.lanes), address, self.mask)
        else:
            value, offsets = f.splat(value, self.lanes), self._lane_offsets(step)
            for lane in range(self.lanes):
                at = f.address(address, f.lane(offsets, lane), s.dtype)
                if self.mask is None:
                    f.store(f.lane(value, lane), at)
                else:
                    with f.when(f.lane(self.mask, lane)):
                        f.store(f.lane(value, lane), at)

    def _given(self, _: Statement) -> None:
        raise AssertionError("a given value must be in `values`")


class NestWriter:
    """Writes the code of one nest.

    Args:
        scene: what the code refers to.
        nest: what to write.
        begin, end: the range of the first outer axis.
    """

    def __init__(self, scene: Scene, nest: Nest, begin: Index, end: Index) -> None:
        self.scene, self.f, self.nest = scene, scene.f, nest
        self.begin, self.end = begin, end
        self.reductions = [(n, s) for n, s in enumerate(nest.statements) if s.kind == "reduce"]
        self.vector = self._vector_axis()
        self.lanes = self._lane_count()
        self.masks = self.f.module.vector_bytes >= 32

    def _vector_axis(self) -> int | None:
        nest = self.nest
        outer, best = nest.outer, None
        candidates = [axes[-1] for axes in (nest.reduced, outer) if axes]
        for axis in candidates:
            score = 0
            for s in nest.statements:
                if s.kind in ("load", "store"):
                    factor = s.form.factor(axis)
                    one = isinstance(factor, int) and factor == 1
                    weight = 2 if s.kind == "store" else 1
                    score += weight if one else 0 if dims.same(factor, 0) else -2 * weight
            if best is None or score > best[0]:
                best = (score, axis)
        return None if best is None else best[1]

    def _lane_count(self) -> int:
        sizes = [BYTES[s.dtype] for s in self.nest.statements if s.dtype in BYTES]
        module = self.f.module
        wide = sizes and all(size == 8 for size in sizes)
        return module.lanes("float64" if wide else "float32")

    def write(self) -> None:
        """The loops and all that is in them."""
        order = [a for a in self.nest.outer if a != self.vector]
        swapped = transposed_axes(self.nest)
        if swapped is not None and not self._is_first(swapped):
            order = [a for a in self.nest.outer if a not in swapped]
            self._transpose(order, {}, swapped)
            return
        self._outer_loops(order, {})

    def _is_first(self, axes: tuple[int, int]) -> bool:
        return self.nest.outer[0] in axes and not dims.same(self.nest.batch, 0)

    def _transpose(
        self, order: list[int], places: dict[int, Affine], axes: tuple[int, int]
    ) -> None:
        """A copy with two axes swapped; if one of them is the first, all of it is one unit."""
        if order:
            axis, *rest = order
            start, stop = self._range(axis)

            def body(counter: Index) -> None:
                self._transpose(rest, {**places, axis: Affine.of(counter)}, axes)

            self.f.loop(stop, body, start=start)
            return
        f, scene = self.f, self.scene
        load, store = sorted(self.nest.statements, key=lambda s: s.kind)
        assert load.tensor is not None and store.tensor is not None
        source, target = load.tensor, store.tensor

        def at(statement: Statement, here: dict[int, Affine], memory: Value) -> Value:
            point = Point(scene, self.nest, {**places, **here}, None, 1, None, {})
            return f.address(memory, point.place(statement.form), statement.dtype)

        extents = tuple(self.nest.axes[a] for a in axes)
        write_transposed(
            f,
            load,
            axes,
            extents,  # type: ignore[arg-type]
            min(f.module.lanes(load.dtype), _SQUARE),
            lambda here: at(load, here, scene.memory(source)),
            lambda here: [
                at(store, here, scene.memory(target, copy)) for copy in range(scene.copies(target))
            ],
        )

    def _range(self, axis: int) -> tuple[Index, Index]:
        if self.nest.outer and axis == self.nest.outer[0]:
            return self.begin, self.end
        return 0, self.scene.sizes(self.nest.axes[axis])

    def _outer_loops(self, order: list[int], places: dict[int, Affine]) -> None:
        if not order:
            self._inside(places)
            return
        axis, *rest = order
        start, stop = self._range(axis)

        def body(counter: Index) -> None:
            self._outer_loops(rest, {**places, axis: Affine.of(counter)})

        self.f.loop(stop, body, start=start)

    def _inside(self, places: dict[int, Affine]) -> None:
        vector = self.vector
        if vector is None or vector in self.nest.reduced:
            self._cell(places, 1, None)
            return

        def body(index: Affine, lanes: int, mask: Value | None) -> Sequence[Value]:
            self._cell({**places, vector: index}, lanes, mask)
            return ()

        self._vector_loop(*self._range(vector), body, ())

    def _vector_loop(
        self,
        start: Index,
        stop: Index,
        body: Callable[..., Sequence[Value]],
        carried: Sequence[Value],
    ) -> list[Value]:
        """An axis in vectors; what is left over with a mask or one by one."""
        f, lanes = self.f, self.lanes
        length_known = stop - start if isinstance(start, int) and isinstance(stop, int) else None
        if length_known is not None and length_known % lanes == 0:
            full_end: Index = stop
        elif self.masks and len(self.nest.statements) > _LONG:
            full_end = start
        elif length_known is not None:
            full_end = f.add(start, length_known // lanes * lanes)
        else:
            length = f.index(f.add(stop, f.mul(start, -1)))
            whole = f.binary("and", length, f.index(-lanes))
            full_end = f.add(start, whole)

        def full(counter: Index, *values: Value) -> Sequence[Value]:
            return body(Affine.of(counter), lanes, None, *values)

        def masked(counter: Index, *values: Value) -> Sequence[Value]:
            left = f.index(f.add(stop, f.mul(counter, -1)))
            if isinstance(counter, int) and isinstance(stop, int):
                mask = f.vector([i < stop - counter for i in range(lanes)], "bool")
            else:
                small = f.convert("trunc", left, "int32")
                mask = f.compare("slt", f.vector(range(lanes), "int32"), small)
            return body(Affine.of(counter), lanes, mask, *values)

        def single(counter: Index, *values: Value) -> Sequence[Value]:
            return body(Affine.of(counter), 1, None, *values)

        if full_end != start:
            carried = f.loop(full_end, full, carried, start, lanes)
        if length_known is not None and full_end == stop:
            return list(carried)
        if self.masks:
            return f.loop(stop, masked, carried, full_end, lanes)
        if carried and carried[0].lanes > 1:
            return self._lane_by_lane(full_end, stop, single, carried)
        return f.loop(stop, single, carried, full_end, 1)

    def _lane_by_lane(
        self, start: Index, stop: Index, single: Callable, carried: Sequence[Value]
    ) -> list[Value]:
        """Left-over elements of a reduction: they join the first lane."""
        f = self.f
        firsts = [f.lane(c, 0) for c in carried]
        firsts = f.loop(stop, single, firsts, start, 1)
        result = []
        for vector, first in zip(carried, firsts, strict=True):
            text = f"insertelement {vector.type} {{}}, {first.type} {{}}, i32 0"
            result.append(f.pure(vector.dtype, vector.lanes, text, vector, first))
        return result

    # --- one point of the outer axes ---

    def _cell(self, places: dict[int, Affine], lanes: int, mask: Value | None) -> None:
        values: dict[int, Value] = {}
        if self.nest.reduced:
            values = self._reduce(places, lanes, mask)
        point = Point(self.scene, self.nest, places, self.vector, lanes, mask, values)
        point.run(self.nest.tail)

    def _reduce(
        self, places: dict[int, Affine], lanes: int, mask: Value | None
    ) -> dict[int, Value]:
        """The results of the reductions, by the numbers of their statements."""
        f = self.f
        along = self.vector in self.nest.reduced
        width = self.lanes if along else lanes
        order = [a for a in self.nest.reduced if not (along and a == self.vector)]
        start = [v for _, s in self.reductions for v in self._start(s, width)]

        def loops(axes: list[int], here: dict[int, Affine], carried: list[Value]) -> list[Value]:
            if axes:
                axis, *rest = axes

                def body(counter: Index, *inside: Value) -> Sequence[Value]:
                    return loops(rest, {**here, axis: Affine.of(counter)}, list(inside))

                return f.loop(self.scene.sizes(self.nest.axes[axis]), body, carried)
            if not along:
                return self._accumulate(here, lanes, mask, carried)
            vector = self.vector
            assert vector is not None

            def vectors(
                index: Affine, count: int, part: Value | None, *inside: Value
            ) -> Sequence[Value]:
                return self._accumulate({**here, vector: index}, count, part, list(inside))

            return self._vector_loop(*self._range(vector), vectors, carried)

        totals = loops(order, places, start)
        values, position = {}, 0
        for number, s in self.reductions:
            count = len(self._start(s, 1))
            parts = totals[position : position + count]
            position += count
            values[number] = self._folded(s, parts, 1 if along else lanes)
        return values

    def _accumulate(
        self, places: dict[int, Affine], lanes: int, mask: Value | None, carried: list[Value]
    ) -> list[Value]:
        """One more point of the reduced axes."""
        f = self.f
        point = Point(self.scene, self.nest, places, self.vector, lanes, mask, {})
        point.run([n for n in self.nest.body if self.nest.statements[n].kind != "reduce"])
        along = self.vector in self.nest.reduced
        result, position = [], 0
        for _, s in self.reductions:
            value = point.values[s.operands[0]]
            value = f.splat(value, lanes)
            if s.primitive in ("argmax", "argmin"):
                best, where = carried[position : position + 2]
                position += 2
                index = f.index(places[self.nest.reduced[-1]])
                here = f.convert("trunc", index, "int32")
                if along and lanes > 1:
                    here = f.binary("add", f.splat(here, lanes), f.vector(range(lanes), "int32"))
                better = self._better(s, value, best)
                if mask is not None and along:
                    better = f.binary("and", better, mask)
                result += [f.select(better, value, best), f.select(better, here, where)]
                continue
            total = carried[position]
            position += 1
            if mask is not None and along:
                neutral = f.constant(_neutral(s), value.dtype, lanes)
                value = f.select(mask, value, neutral)
            result.append(_combine(f, s.primitive, total, value))
        return result

    def _start(self, s: Statement, lanes: int) -> list[Value]:
        f = self.f
        dtype = self.nest.statements[s.operands[0]].dtype
        if s.primitive in ("argmax", "argmin"):
            return [f.constant(_neutral(s, dtype), dtype, lanes), f.constant(0, "int32", lanes)]
        return [f.constant(_neutral(s), s.dtype, lanes)]

    def _better(self, s: Statement, value: Value, best: Value) -> Value:
        """Whether a value takes the place of the first extreme one; the first NaN is extreme."""
        f = self.f
        better = ELEMENTWISE["gt" if s.primitive == "argmax" else "lt"](f, value, best)
        if value.dtype.startswith("float"):
            nan = f.compare("uno", value, value)
            number = f.compare("ord", best, best)
            better = f.binary("or", better, f.binary("and", nan, number))
        return better

    def _folded(self, s: Statement, parts: list[Value], lanes: int) -> Value:
        """A running value with its lanes combined, if they lie along a reduced axis."""
        f = self.f
        if s.primitive not in ("argmax", "argmin"):
            if lanes > 1 or parts[0].lanes == 1:
                return parts[0]
            return f.fold(parts[0], lambda a, b: _combine(f, s.primitive, a, b))
        best, where = parts
        while lanes == 1 and best.lanes > 1:
            half = best.lanes // 2
            low, high = range(half), range(half, best.lanes)
            b1, b2 = f.shuffle(best, low), f.shuffle(best, high)
            w1, w2 = f.shuffle(where, low), f.shuffle(where, high)
            second = self._better(s, b2, b1)
            first = self._better(s, b1, b2)
            tie = f.binary("xor", f.binary("or", first, second), f.constant(True, "bool"))
            earlier = f.binary("and", tie, f.compare("slt", w2, w1))
            second = f.binary("or", second, earlier)
            best, where = f.select(second, b2, b1), f.select(second, w2, w1)
        return where


def _neutral(s: Statement, dtype: str | None = None) -> Any:
    """What changes nothing when it is combined."""
    if s.primitive in ("sum", "prod"):
        return 0 if s.primitive == "sum" else 1
    kind = dtypes.to_numpy(dtype or s.dtype)
    return lowest(kind) if s.primitive in ("reduce_max", "argmax") else highest(kind)


def _combine(f: Function, primitive: str, a: Value, b: Value) -> Value:
    name = {"sum": "add", "prod": "mul", "reduce_max": "maximum", "reduce_min": "minimum"}
    return ELEMENTWISE[name[primitive]](f, a, b)
