"""LLVM IR as text, written one instruction at a time in single-assignment form.

A `Function` knows the loop each value belongs to. A pure instruction is placed in the outermost
loop where its operands exist, and an equal one is not written twice there, so code that computes
addresses and constants "in place" comes out with everything invariant moved before the loops. No
optimizer has to run afterwards; only instruction selection and register allocation do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

LLVM_TYPES = {
    "bool": "i1",
    "int8": "i8",
    "uint8": "i8",
    "int16": "i16",
    "uint16": "i16",
    "int32": "i32",
    "uint32": "i32",
    "int64": "i64",
    "uint64": "i64",
    "float32": "float",
    "float64": "double",
    "index": "i64",  # addresses and loop counters
    "pointer": "ptr",
}
BYTES = {"bool": 1, "index": 8, "pointer": 8} | {
    name: np.dtype(name).itemsize for name in LLVM_TYPES if name not in ("bool", "index", "pointer")
}
SUFFIX = {"float": "f32", "double": "f64"}  # in the names of intrinsics; integers keep theirs


class Value(NamedTuple):
    """An operand: a register or a literal.

    Attributes:
        ref: its text, "%7" or "0.0".
        dtype: a key of LLVM_TYPES.
        lanes: 1 for a scalar, else the length of the vector.
        depth: how many loops (and branches) around its definition; literals have 0.
    """

    ref: str
    dtype: str
    lanes: int = 1
    depth: int = 0

    @property
    def type(self) -> str:
        """The LLVM type."""
        element = LLVM_TYPES[self.dtype]
        return element if self.lanes == 1 else f"<{self.lanes} x {element}>"


Index = int | Value


@dataclass(frozen=True)
class Affine:
    """A sum of registers times fixed numbers, plus a fixed number: an index or an offset."""

    terms: tuple[tuple[Value, int], ...] = ()
    constant: int = 0

    @staticmethod
    def of(index: Index | Affine) -> Affine:
        """An index as a sum."""
        if isinstance(index, Affine):
            return index
        return Affine(((index, 1),), 0) if isinstance(index, Value) else Affine((), index)

    def __add__(self, other: Index | Affine) -> Affine:
        other = Affine.of(other)
        terms = dict(self.terms)
        for value, factor in other.terms:
            terms[value] = terms.get(value, 0) + factor
        kept = tuple((v, f) for v, f in terms.items() if f)
        return Affine(kept, self.constant + other.constant)

    def scaled(self, by: int) -> Affine:
        """The sum times a fixed number."""
        if by == 0:
            return Affine()
        return Affine(tuple((v, f * by) for v, f in self.terms), self.constant * by)


class _Scope:
    """The text of one loop body or branch, and what it has already computed."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.lines: list[str] = []
        self.known: dict[str, Value] = {}


class Module:
    """Functions and declarations that are compiled together.

    Args:
        vector_bytes: bytes in a vector register.
        has_fma: whether a * b + c takes one instruction.
        reciprocals: whether estimated reciprocals are there and better than division.
    """

    def __init__(
        self, vector_bytes: int = 64, has_fma: bool = True, reciprocals: bool = False
    ) -> None:
        self.vector_bytes = vector_bytes
        self.has_fma = has_fma
        self.reciprocals = reciprocals
        self.functions: list[str] = []
        self.declarations: dict[str, str] = {}

    def lanes(self, dtype: str) -> int:
        """How many elements of a dtype fill a vector register."""
        return max(1, self.vector_bytes // BYTES[dtype])

    def text(self) -> str:
        """The module as LLVM IR."""
        return "\n".join([*self.declarations.values(), *self.functions, ""])


class Function:
    """One function being written.

    Args:
        module: where it goes when it is finished.
        name: its name.
        arguments: (name, dtype) of each.
        exported: whether Python calls it.
        result: the dtype that it returns, or None.
        quick: whether quick compilation counts for more than quick code.
    """

    def __init__(
        self,
        module: Module,
        name: str,
        arguments: Sequence[tuple[str, str]],
        exported: bool = False,
        result: str | None = None,
        quick: bool = False,
    ) -> None:
        self._attributes = "nounwind noinline optnone" if quick else "nounwind"
        self.module = module
        self.name = name
        self._arguments = list(arguments)
        self._linkage = "" if exported else "internal "
        self._result = LLVM_TYPES[result] if result else "void"
        self._scopes = [_Scope("entry")]
        self._numbers = 0

    # --- writing ---

    @property
    def depth(self) -> int:
        """How many loops and branches are open."""
        return len(self._scopes) - 1

    def argument(self, name: str) -> Value:
        """An argument, by name."""
        dtype = dict(self._arguments)[name]
        return Value(f"%{name}", dtype)

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def pure(self, dtype: str, lanes: int, text: str, *operands: Any) -> Value:
        """An instruction without effects; `text` has a {} for each operand's `ref`.

        It may be moved before loops that its operands do not depend on, so it must not trap.
        """
        depth, parts = 0, []  # a plain loop: most of the time of writing is spent here
        for operand in operands:
            if type(operand) is Value:
                parts.append(operand[0])
                if operand[3] > depth:
                    depth = operand[3]
            else:
                parts.append(operand)
        line = text.format(*parts)
        scope = self._scopes[depth]
        known = scope.known.get(line)
        if known is None:
            known = Value(f"%v{self._number()}", dtype, lanes, depth)
            scope.lines.append(f"  {known.ref} = {line}")
            scope.known[line] = known
        return known

    def effect(self, text: str, *operands: Any) -> None:
        """An instruction that stays where it is and yields nothing."""
        line = text.format(*[o.ref if isinstance(o, Value) else o for o in operands])
        self._scopes[-1].lines.append("  " + line)

    def here(self, dtype: str, lanes: int, text: str, *operands: Any) -> Value:
        """An instruction that stays where it is: loads of memory that changes, calls."""
        result = Value(f"%v{self._number()}", dtype, lanes, self.depth)
        self.effect(f"{result.ref} = {text}", *operands)
        return result

    def finish(self, result: Value | None = None) -> None:
        """End the function and add it to the module."""
        self.effect(f"ret {result.type} {result.ref}" if result else "ret void")
        arguments = ", ".join(f"{LLVM_TYPES[dtype]} %{name}" for name, dtype in self._arguments)
        head = f"define {self._linkage}{self._result} @{self.name}({arguments})"
        head = f"{head} {self._attributes} {{"
        self.module.functions.append("\n".join([head, "entry:", *self._scopes[0].lines, "}"]))

    # --- control ---

    def loop(
        self,
        stop: Index,
        body: Callable[..., Sequence[Value] | None],
        carried: Sequence[Value] = (),
        start: Index = 0,
        step: Index = 1,
        runs: bool = False,
    ) -> list[Value]:
        """for i = start; i < stop; i += step.

        Args:
            stop: where to end.
            body: takes the counter and the carried values, returns their new values.
            carried: values that change from turn to turn.
            start: the first value of the counter.
            step: what is added.
            runs: whether it is known to run at least once.
        Returns:
            The carried values after the last turn.
        """
        if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int):
            if stop <= start:
                return list(carried)
            if start + step >= stop:
                return list(body(start, *carried) or ())
            runs = True
        first, last, by = (self.index(i) for i in (start, stop, step))
        number = self._number()
        scope = _Scope(f"loop{number}")
        self._scopes.append(scope)
        depth = self.depth
        counter = Value(f"%i{number}", "index", 1, depth)
        inside = [Value(f"%c{self._number()}", c.dtype, c.lanes, depth) for c in carried]
        outcome = list(body(counter, *inside) or ())
        self.effect(f"%n{number} = add nsw i64 {counter.ref}, {by.ref}")
        self._scopes.pop()
        parent = self._scopes[-1]
        latch = scope.label  # of the block in which the body ended
        parent.lines.append(f"  br label %head{number}")
        parent.lines.append(f"head{number}:")
        after_turn = [o.ref for o in outcome]
        phis = [(counter, first, f"%n{number}")]
        phis += zip(inside, carried, after_turn, strict=True)
        for value, before, after in phis:
            parent.lines.append(
                f"  {value.ref} = phi {value.type} [{before.ref}, %{parent.label}], "
                f"[{after}, %{latch}]"
            )
        if not runs:
            parent.lines.append(f"  %t{number} = icmp slt i64 {counter.ref}, {last.ref}")
            parent.lines.append(f"  br i1 %t{number}, label %loop{number}, label %exit{number}")
        else:
            parent.lines.append(f"  br label %loop{number}")
        parent.lines.append(f"loop{number}:")
        parent.lines += scope.lines
        if runs:
            parent.lines.append(f"  %t{number} = icmp slt i64 %n{number}, {last.ref}")
            parent.lines.append(f"  br i1 %t{number}, label %head{number}, label %exit{number}")
        else:
            parent.lines.append(f"  br label %head{number}")
        parent.label = f"exit{number}"
        parent.lines.append(f"{parent.label}:")
        return [replace_depth(v, depth - 1) for v in (outcome if runs else inside)]

    @contextmanager
    def when(self, condition: Value) -> Any:
        """Run the block only if a bool holds; pure instructions in it may be moved before it."""
        number = self._number()
        scope = _Scope(f"then{number}")
        self._scopes.append(scope)
        yield
        self._scopes.pop()
        parent = self._scopes[-1]
        parent.lines.append(f"  br i1 {condition.ref}, label %then{number}, label %end{number}")
        parent.lines += [f"then{number}:", *scope.lines, f"  br label %end{number}"]
        parent.label = f"end{number}"
        parent.lines.append(f"{parent.label}:")

    # --- indices and memory ---

    def index(self, index: Index | Affine) -> Value:
        """An index as an operand."""
        if isinstance(index, int):
            return Value(str(index), "index")
        if isinstance(index, Value):
            return index
        total: Index = 0
        for value, factor in sorted(index.terms, key=lambda t: t[0].depth):
            total = self.add(total, self.mul(value, factor))
        return self.index(self.add(total, index.constant))

    def add(self, a: Index, b: Index) -> Index:
        """a + b of indices, folded where known."""
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        if isinstance(b, int) and b == 0:
            return a
        if isinstance(a, int) and a == 0:
            return b
        return self.pure("index", 1, "add nsw i64 {}, {}", self.index(a), self.index(b))

    def mul(self, a: Index, b: Index) -> Index:
        """a * b of indices, folded where known."""
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        for x, y in ((a, b), (b, a)):
            if isinstance(x, int) and x in (0, 1):
                return y if x else 0
        return self.pure("index", 1, "mul nsw i64 {}, {}", self.index(a), self.index(b))

    def minimum(self, a: Index, b: Index) -> Index:
        """The smaller of two indices."""
        if isinstance(a, int) and isinstance(b, int):
            return min(a, b)
        return self.intrinsic("smin", self.index(a), self.index(b))

    def address(self, pointer: Value, offset: Index | Affine, dtype: str) -> Value:
        """pointer + offset elements; the fixed part of the offset is added last."""
        offset = Affine.of(offset)
        element = "i8" if dtype == "bool" else LLVM_TYPES[dtype]
        step = "getelementptr " + element + ", ptr {}, i64 {}"
        for value, factor in sorted(offset.terms, key=lambda t: t[0].depth):
            move = self.index(self.mul(value, factor))
            pointer = self.pure("pointer", 1, step, pointer, move)
        if offset.constant:
            pointer = self.pure("pointer", 1, step, pointer, offset.constant)
        return pointer

    def load(
        self,
        pointer: Value,
        dtype: str,
        lanes: int = 1,
        mask: Value | None = None,
        fixed: bool = False,
    ) -> Value:
        """Read one element or neighbouring ones.

        Args:
            pointer: where.
            dtype: what; a bool takes a byte in memory.
            lanes: how many.
            mask: which; the others read as 0.
            fixed: whether the memory does not change in this function, so the load may move
                before loops.
        """
        stored = "uint8" if dtype == "bool" else dtype
        kind = Value("", stored, lanes).type
        write = self.pure if fixed else self.here
        if mask is None:
            align = BYTES[stored]
            value = write(stored, lanes, f"load {kind}, ptr {{}}, align {align}", pointer)
        else:
            name = f"llvm.masked.load.v{lanes}{_suffix(stored)}.p0"
            bits = f"<{lanes} x i1>"
            self.declare(name, f"{kind} @{name}(ptr, i32, {bits}, {kind})")
            text = (
                f"call {kind} @{name}(ptr {{}}, i32 {BYTES[stored]}, {bits} {{}}, "
                f"{kind} zeroinitializer)"
            )
            value = write(stored, lanes, text, pointer, mask)
        return self.truth(value) if dtype == "bool" else value

    def store(self, value: Value, pointer: Value, mask: Value | None = None) -> None:
        """Write one element or neighbouring ones."""
        if value.dtype == "bool":
            value = self.pure(
                "uint8",
                value.lanes,
                f"zext {value.type} {{}} to {value._replace(dtype='uint8').type}",
                value,
            )
        if mask is None:
            align = BYTES[value.dtype]
            self.effect(f"store {value.type} {{}}, ptr {{}}, align {align}", value, pointer)
        else:
            name = f"llvm.masked.store.v{value.lanes}{_suffix(value.dtype)}.p0"
            bits = f"<{value.lanes} x i1>"
            self.declare(name, f"void @{name}({value.type}, ptr, i32, {bits})")
            self.effect(
                f"call void @{name}({value.type} {{}}, ptr {{}}, i32 {BYTES[value.dtype]}, "
                f"{bits} {{}})",
                value,
                pointer,
                mask,
            )

    def prefetch(self, pointer: Value) -> None:
        """Ask for the line of memory that an address is in, to be written soon."""
        self.declare("llvm.prefetch.p0", "void @llvm.prefetch.p0(ptr, i32, i32, i32)")
        self.effect("call void @llvm.prefetch.p0(ptr {}, i32 1, i32 3, i32 1)", pointer)

    def truth(self, value: Value) -> Value:
        """A byte as a bool."""
        return (
            self.pure("bool", value.lanes, f"icmp ne {value.type} {{}}, zeroinitializer", value)
            if value.lanes > 1
            else self.pure("bool", 1, f"icmp ne {value.type} {{}}, 0", value)
        )

    # --- values ---

    def constant(self, number: Any, dtype: str, lanes: int = 1) -> Value:
        """A literal, the same in all lanes."""
        text = literal(number, dtype)
        if lanes > 1:
            text = f"splat ({LLVM_TYPES[dtype]} {text})"
        return Value(text, dtype, lanes)

    def vector(self, numbers: Sequence[Any], dtype: str) -> Value:
        """A literal with a number for each lane."""
        element = LLVM_TYPES[dtype]
        lanes = ", ".join(f"{element} {literal(n, dtype)}" for n in numbers)
        return Value(f"<{lanes}>", dtype, len(numbers))

    def splat(self, value: Value, lanes: int) -> Value:
        """A scalar in every lane; a vector as it is."""
        if value.lanes == lanes:
            return value
        if not value.ref.startswith("%"):
            return Value(f"splat ({value.type} {value.ref})", value.dtype, lanes)
        kind = value._replace(lanes=lanes).type
        first = self.pure(
            value.dtype, lanes, f"insertelement {kind} poison, {value.type} {{}}, i32 0", value
        )
        return self.pure(
            value.dtype,
            lanes,
            f"shufflevector {kind} {{}}, {kind} poison, <{lanes} x i32> zeroinitializer",
            first,
        )

    def together(self, *values: Value) -> list[Value]:
        """The values with as many lanes as the longest of them."""
        lanes = max(v.lanes for v in values)
        return [self.splat(v, lanes) for v in values]

    def binary(self, instruction: str, a: Value, b: Value) -> Value:
        """An instruction of two operands of one dtype, such as "fadd" or "xor"."""
        a, b = self.together(a, b)
        return self.pure(a.dtype, a.lanes, f"{instruction} {a.type} {{}}, {{}}", a, b)

    def compare(self, predicate: str, a: Value, b: Value) -> Value:
        """A bool; `predicate` is that of fcmp ("olt", "une") or icmp ("slt", "ult", "eq")."""
        a, b = self.together(a, b)
        kind = "fcmp" if a.dtype in ("float32", "float64") else "icmp"
        return self.pure("bool", a.lanes, f"{kind} {predicate} {a.type} {{}}, {{}}", a, b)

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """`a` where the condition holds, else `b`."""
        condition, a, b = self.together(condition, a, b)
        return self.pure(
            a.dtype,
            a.lanes,
            f"select {condition.type} {{}}, {a.type} {{}}, {b.type} {{}}",
            condition,
            a,
            b,
        )

    def convert(self, instruction: str, a: Value, dtype: str) -> Value:
        """A conversion instruction: "sitofp", "zext", "trunc", "bitcast" …"""
        kind = a._replace(dtype=dtype).type
        return self.pure(dtype, a.lanes, f"{instruction} {a.type} {{}} to {kind}", a)

    def intrinsic(self, name: str, *operands: Value) -> Value:
        """`llvm.name` of operands of one type, with the result of that type."""
        operands = tuple(self.together(*operands))
        kind = operands[0].type
        full = f"llvm.{name}.{_type_suffix(operands[0])}"
        self.declare(full, f"{kind} @{full}({', '.join([kind] * len(operands))})")
        arguments = ", ".join(f"{kind} {{}}" for _ in operands)
        return self.pure(
            operands[0].dtype, operands[0].lanes, f"call {kind} @{full}({arguments})", *operands
        )

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a * b + c, in one rounding where the processor can."""
        return self.intrinsic("fma" if self.module.has_fma else "fmuladd", a, b, c)

    def lane(self, value: Value, number: int) -> Value:
        """One lane of a vector."""
        if value.lanes == 1:
            return value
        text = f"extractelement {value.type} {{}}, i32 {number}"
        return self.pure(value.dtype, 1, text, value)

    def fold(self, value: Value, combine: Callable[[Value, Value], Value]) -> Value:
        """All lanes combined into a scalar, halves first, in a fixed order."""
        while value.lanes > 1:
            half = value.lanes // 2
            low, high = (self.shuffle(value, range(start, start + half)) for start in (0, half))
            value = combine(low, high)
        return value

    def shuffle(self, value: Value, places: Sequence[int]) -> Value:
        """Chosen lanes of a vector."""
        if len(places) == 1:
            return self.lane(value, places[0])
        chosen = ", ".join(f"i32 {p}" for p in places)
        mask = f"<{len(places)} x i32> <{chosen}>"
        text = f"shufflevector {value.type} {{}}, {value.type} poison, {mask}"
        return self.pure(value.dtype, len(places), text, value)

    def mix(self, a: Value, b: Value, places: Sequence[int]) -> Value:
        """Chosen lanes of two vectors; those of the second are counted on from the first's."""
        chosen = ", ".join(f"i32 {p}" for p in places)
        text = f"shufflevector {a.type} {{}}, {b.type} {{}}, <{len(places)} x i32> <{chosen}>"
        return self.pure(a.dtype, len(places), text, a, b)

    def declare(self, name: str, signature: str) -> None:
        """Make a function of another module, or an intrinsic, known."""
        self.module.declarations[name] = f"declare {signature}"


def replace_depth(value: Value, depth: int) -> Value:
    """A value as seen from another loop."""
    return value._replace(depth=min(value.depth, depth))


def literal(number: Any, dtype: str) -> str:
    """A number as LLVM writes it; floats as the bits of a double, which every float is."""
    if dtype == "bool":
        return "true" if number else "false"
    if dtype in ("float32", "float64"):
        with np.errstate(all="ignore"):
            exact = np.float64(np.dtype(dtype).type(number))
        return f"0x{exact.view(np.uint64):016X}"
    return str(int(number))


def _suffix(dtype: str) -> str:
    kind = LLVM_TYPES[dtype]
    return SUFFIX.get(kind, kind)


def _type_suffix(value: Value) -> str:
    return _suffix(value.dtype) if value.lanes == 1 else f"v{value.lanes}{_suffix(value.dtype)}"
