"""Random programs: graphs of primitives that fit together, with inputs for any batch size.

Whatever a seed gives is the same in every run. Sizes are small and odd, 1 among them; the batch is
a symbol or a number. Each program is built node by node from the tensors that are there already; a
node that the shape rules refuse is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from random_choices import Chooser

from lamina.base.errors import ConcreteBatchNeeded, DTypeError, ShapeError
from lamina.ir import dims
from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH, Dim, Shape
from lamina.ir.program import Program, Tensor
from lamina.ir.verify import verify
from lamina.transforms.simplify import simplify

SIZES = (1, 1, 2, 3, 4, 5, 7, 8, 16, 17, 33)
FLOATS = ("float32", "float32", "float32", "float64")
INTEGERS = ("int32", "int32", "uint8", "int64")
_REFUSED = (ConcreteBatchNeeded, DTypeError, ShapeError, ValueError)
_BOUNDED = "sin cos tanh atan erf logistic sqrt_abs log1p_abs exp_small asinh expm1_small".split()
_ANY_FLOAT = "neg abs sign floor ceil round".split()
_RARE = (
    "exp expm1 log log1p sqrt tan asin acos sinh cosh acosh atanh lgamma erf_inv polygamma pow "
    "atan2 remainder floor_divide"
).split()
_MOST_ELEMENTS = 40_000  # of one tensor at batch 5
_TYPICAL = 5


@dataclass
class RandomProgram:
    """A program and where its inputs come from.

    Attributes:
        program: simplified and verified.
        updates: output -> the input whose new value it is.
        leaves: how many of the last inputs have rows of the batch.
        seed: what it was made from.
        fixed: the batch size if it is a number.
        special: whether inputs hold NaN, infinities and numbers below the normal range.
    """

    program: Program
    updates: dict[int, int]
    leaves: int
    seed: int
    fixed: int | None
    special: bool

    def inputs(self, batch: int) -> list[np.ndarray]:
        """Arrays for every input."""
        rng = np.random.default_rng([self.seed, batch])
        return [self._array(rng, t, batch) for t in self.program.inputs]

    def _array(self, rng: np.random.Generator, tensor: Tensor, batch: int) -> np.ndarray:
        shape = dims.shape_at(tensor.shape, batch)
        x = random_array(rng, shape, tensor.dtype)
        if self.special and x.dtype.kind == "f" and x.size:
            # A number below the normal range counts as 0, and 0 times infinity is NaN: not both.
            ends = [np.nan, np.inf, -np.inf, 0.0, -0.0, 3e38, -1e30, 1.0]
            ends = [1e-39, -1e-40, 0.0, 2e-38, 1.0] if self.seed % 2 else ends
            places = rng.integers(0, x.size, 1 + x.size // 6)
            x.reshape(-1)[places] = rng.choice(ends, places.size)
        if x.ndim > 1 and rng.random() < 0.15:  # in another order in memory
            x = np.asfortranarray(x)
        return x

    @property
    def batched(self) -> bool:
        """Whether the inputs tell the batch size."""
        return any(dims.is_dynamic(t.shape) for t in self.program.inputs)

    def show(self) -> str:
        """The program as text, with what is needed to make it again."""
        return (
            f"seed {self.seed}, updates {self.updates}, {self.leaves} leaves, "
            f"batch {self.fixed or 'B'}, special {self.special}\n{self.program.show()}"
        )


def is_special(seed: int) -> bool:
    """Whether the inputs of a seed's program hold NaN, infinities and denormals."""
    return seed % 5 == 4


def random_array(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Numbers of a moderate size."""
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.startswith(("int", "uint")):
        return rng.integers(0 if dtype[0] == "u" else -9, 12, shape).astype(dtype)
    return rng.normal(0, 1, shape).astype(dtype)


class Maker(Chooser):
    """Builds one program.

    Args:
        seed: decides everything.
        nodes: about how many to make.
        batch: a number for a fixed batch, or `BATCH`.
    """

    builder: Builder

    def __init__(self, seed: int, nodes: int, batch: Any = BATCH) -> None:
        super().__init__(np.random.default_rng(seed), SIZES)
        self.seed, self.nodes, self.batch = seed, nodes, batch
        self.tensors: list[Tensor] = []

    # --- choices ---

    def shape(self, least: int = 0, most: int = 4) -> Shape:
        ndim = int(self.rng.integers(least, most + 1))
        while True:
            shape = tuple(self.size() for _ in range(ndim))
            if np.prod(shape) <= 3000:
                return shape

    def tensor(self, *dtypes: str, least: int = 0, most: int = 9) -> Tensor | None:
        """One that is there already, rather a recent one."""
        found = [t for t in self.tensors if t.dtype in dtypes and least <= t.ndim <= most]
        if not found:
            return None
        if self.chance(0.6):
            found = found[-4:]
        return self.pick(found)

    def any(self, least: int = 0) -> Tensor | None:
        return self.tensor("float32", "float64", "int32", "int64", "uint8", "bool", least=least)

    def floats(self, least: int = 0, most: int = 9) -> Tensor | None:
        return self.tensor("float32", "float64", least=least, most=most)

    def integers(self, least: int = 0) -> Tensor | None:
        return self.tensor("int32", "int64", "uint8", least=least)

    # --- making ---

    def make(self) -> RandomProgram:
        """The program."""
        with Builder(None, f"fuzz{self.seed}") as builder:
            self.builder = builder
            for _ in range(int(self.rng.integers(1, 5))):
                self.add_input()
            kinds = list(_KINDS)
            weights = np.array([_KINDS[k] for k in kinds], float)
            while len(builder.nodes) < self.nodes:
                kind = str(self.rng.choice(kinds, p=weights / weights.sum()))
                try:
                    made = getattr(self, "_" + kind)()
                except _REFUSED:
                    continue
                for tensor in made if isinstance(made, tuple) else (made,):
                    if tensor is not None and self.fits(tensor):
                        self.tensors.append(tensor)
            outputs = self.outputs()
            program = verify(simplify(verify(builder.finish(outputs))))
        return self.finished(program)

    def fits(self, tensor: Tensor) -> bool:
        return dims.at(tensor.size, _TYPICAL) <= _MOST_ELEMENTS and tensor.ndim <= 6

    def outputs(self) -> list[Tensor]:
        made = [t for t in self.tensors if t.node is not None] or self.tensors
        count = int(self.rng.integers(1, 6))
        outputs = [self.pick(made[-8:]) for _ in range(count)]
        outputs += [self.pick(self.tensors) for _ in range(int(self.rng.integers(0, 2)))]
        return outputs

    def finished(self, program: Program) -> RandomProgram:
        is_batched = [bool(t.ndim) and dims.same(t.shape[0], self.batch) for t in program.inputs]
        batched = [t for t, b in zip(program.inputs, is_batched, strict=True) if b]
        rest = [t for t, b in zip(program.inputs, is_batched, strict=True) if not b]
        program.inputs = rest + batched
        updates: dict[int, int] = {}
        for i, tensor in enumerate(rest):
            fitting = [
                o
                for o, t in enumerate(program.outputs)
                if o not in updates
                and t.dtype == tensor.dtype
                and dims.same_shape(t.shape, tensor.shape)
            ]
            if fitting and self.chance(0.8):
                updates[self.pick(fitting)] = i
        fixed = None if isinstance(self.batch, Dim) else self.batch
        return RandomProgram(
            program, updates, len(batched), self.seed, fixed, is_special(self.seed)
        )

    def add_input(self, shape: Shape | None = None, dtype: str = "") -> Tensor:
        if shape is None:
            shape = self.shape(0, 3)
            if self.chance(0.75):
                shape = (self.batch, *shape)
        dtype = dtype or self.pick((*FLOATS, *FLOATS, *INTEGERS, "bool"))
        tensor = self.builder.input(shape, dtype)
        self.tensors.append(tensor)
        return tensor

    def emit(self, primitive: str, *operands: Any, **how: Any) -> Any:
        return self.builder.emit(primitive, *operands, **how)

    def constant(self, shape: tuple[int, ...], dtype: str) -> Tensor:
        return self.builder.constant(random_array(self.rng, shape, dtype))

    def cast(self, x: Tensor, dtype: str) -> Tensor:
        return x if x.dtype == dtype else self.emit("cast", x, dtype=dtype)

    # --- element-wise ---

    def _unary(self) -> Tensor | None:
        x = self.floats()
        if x is None:
            return None
        name = self.pick((*_BOUNDED, *_BOUNDED, *_ANY_FLOAT))
        if name == "sqrt_abs":
            return self.emit("sqrt", self.emit("abs", x))
        if name == "log1p_abs":
            return self.emit("log1p", self.emit("abs", x))
        if name.endswith("_small"):
            low = self.builder.constant(np.array(3, x.dtype))
            return self.emit(name[:-6], self.emit("minimum", x, low))
        return self.emit(name, x)

    def _rare(self) -> Tensor | None:
        x = self.floats()
        if x is None:
            return None
        name = self.pick(_RARE)
        if name == "polygamma":
            return self.emit(name, x, order=0)
        if name in ("pow", "atan2", "remainder", "floor_divide"):
            y = self.partner(x)
            if name == "pow" and self.chance(0.7):
                y = self.builder.constant(np.array(self.pick((2.0, 3.0, 0.5, -1.0, 1.7)), x.dtype))
                return self.emit(name, self.emit("abs", x), y)
            return self.emit(name, x, y)
        return self.emit(name, x)

    def partner(self, x: Tensor) -> Tensor:
        """A tensor of x's dtype that broadcasts with it."""
        found = []
        for t in self.tensors:
            if t.dtype == x.dtype:
                try:
                    dims.broadcast(t.shape, x.shape)
                except (ConcreteBatchNeeded, ValueError):
                    continue
                found.append(t)
        found = [t for t in found if t is not x] or found
        if found and self.chance(0.75):
            return self.pick(found[-6:])
        shape = tuple(1 if isinstance(s, Dim) or self.chance(0.4) else s for s in x.shape)[
            int(self.rng.integers(0, x.ndim + 1)) :
        ]
        if self.chance(0.5):
            return self.constant(shape, x.dtype)  # type: ignore[arg-type]
        return self.add_input(shape, x.dtype)

    def _binary(self) -> Tensor | None:
        x = self.floats()
        if x is None:
            return None
        y = self.partner(x)
        name = self.pick(("add", "add", "sub", "mul", "mul", "div", "maximum", "minimum"))
        if name == "div" and self.chance(0.6):
            one = self.builder.constant(np.array(1, x.dtype))
            small = self.builder.constant(np.array(self.pick((1e-7, 1e-3)), x.dtype))
            root = self.emit("sqrt", self.emit("abs", y))
            return self.emit("div", x, self.emit("add", root, self.pick((one, small))))
        x, y = (x, y) if self.chance(0.5) else (y, x)
        return self.emit(name, x, y)

    def _integer(self) -> Tensor | None:
        x = self.integers()
        if x is None:
            return None
        names = "add sub mul maximum minimum remainder floor_divide and or xor pow".split()
        name = self.pick(names)
        if name == "pow":
            return self.emit(name, x, self.builder.constant(np.array(2, x.dtype)))
        if self.chance(0.2):
            return self.emit(self.pick(("abs", "neg", "sign", "not")), x)
        return self.emit(name, x, self.partner(x))

    def _bool(self) -> Tensor | None:
        x = self.tensor("bool")
        if x is None:
            return self._compare()
        if self.chance(0.3):
            return self.emit("not", x)
        return self.emit(self.pick(("and", "or", "xor", "eq", "maximum")), x, self.partner(x))

    def _compare(self) -> Tensor | None:
        x = self.any()
        assert x is not None
        if x.dtype.startswith("float") and self.chance(0.2):
            return self.emit("is_finite", x)
        return self.emit(self.pick("eq ne lt le gt ge".split()), x, self.partner(x))

    def _select(self) -> Tensor | None:
        x = self.any()
        condition = self.tensor("bool")
        if x is None or condition is None:
            return None
        return self.emit("select", condition, x, self.partner(x))

    def _cast(self) -> Tensor | None:
        x = self.any()
        assert x is not None
        choices = ("float32", "float32", "float64", "int32", "uint8", "bool", "float16", "int64")
        dtype = self.pick(choices)
        if x.dtype.startswith("float") and dtype in ("uint8", "int64", "int32"):
            low, high = (self.builder.constant(np.array(v, x.dtype)) for v in (0, 100))
            x = self.emit("minimum", self.emit("maximum", x, low), high)
            x = self.emit("select", self.emit("eq", x, x), x, low)
        result = self.emit("cast", x, dtype=dtype)
        if dtype == "float16":
            return self.emit("cast", self.emit("abs", result), dtype="float32")
        return result

    # --- movers ---

    def _reshape(self) -> Tensor | None:
        x = self.any(least=1)
        if x is None:
            return None
        kind = self.pick(("merge", "ones", "squeeze", "split", "flat"))
        shape = list(x.shape)
        if kind == "merge" and x.ndim > 1:
            at = int(self.rng.integers(0, x.ndim - 1))
            shape[at : at + 2] = [shape[at] * shape[at + 1]]
        elif kind == "ones":
            shape.insert(int(self.rng.integers(0, x.ndim + 1)), 1)
        elif kind == "squeeze":
            shape = [s for s in shape if not dims.is_one(s)]
        elif kind == "split":
            at = int(self.rng.integers(0, x.ndim))
            for factor in (2, 3, 4):
                if not isinstance(shape[at], Dim) and shape[at] % factor == 0:
                    shape[at : at + 1] = [shape[at] // factor, factor]
                    break
        elif x.ndim > 1:
            shape = [shape[0], dims.product(tuple(shape[1:]))]
        return self.emit("reshape", x, shape=tuple(shape))

    def _transpose(self) -> Tensor | None:
        x = self.any(least=2)
        if x is None:
            return None
        order = tuple(int(i) for i in self.rng.permutation(x.ndim))
        return self.emit("transpose", x, permutation=order)

    def _slice(self) -> Tensor | None:
        x = self.any(least=1)
        if x is None:
            return None
        start, stop, step = [], [], []
        for size in x.shape:
            first, last, by = 0, size, 1
            if isinstance(size, Dim):
                if self.chance(0.1):
                    first = 1
            elif size > 1 and self.chance(0.5):
                first = int(self.rng.integers(0, size))
                last = int(self.rng.integers(first + 1, size + 1))
                by = int(self.pick((1, 1, 2, 3)))
            start.append(first)
            stop.append(last)
            step.append(by)
        return self.emit("slice", x, start=tuple(start), stop=tuple(stop), step=tuple(step))

    def _reverse(self) -> Tensor | None:
        x = self.any(least=1)
        if x is None:
            return None
        axes = tuple(a for a in range(x.ndim) if self.chance(0.5))
        return self.emit("reverse", x, axes=axes)

    def _broadcast(self) -> Tensor | None:
        x = self.any()
        assert x is not None
        shape = tuple(self.size() if dims.is_one(s) else s for s in x.shape)
        if self.chance(0.4):
            shape = (self.pick((2, 3, self.batch)), *shape)
        return self.emit("broadcast_to", x, shape=shape)

    def _concat(self) -> Tensor | None:
        x = self.any(least=1)
        if x is None:
            return None
        axis = int(self.rng.integers(0, x.ndim))
        rest = [
            t
            for t in self.tensors
            if t.dtype == x.dtype
            and t.ndim == x.ndim
            and all(i == axis or dims.same(a, b) for i, (a, b) in enumerate(zip(t.shape, x.shape)))  # noqa: B905
        ]
        parts = [x, *(self.pick(rest) for _ in range(int(self.rng.integers(0, 3))))]
        if self.chance(0.2):
            parts.append(self.emit("reverse", x, axes=(axis,)))
        return self.emit("concat", *parts, axis=axis)

    def _pad(self) -> Tensor | None:
        x = self.any(least=1)
        if x is None:
            return None
        low, high, interior = (
            tuple(int(self.pick((0, 0, 1, 2))) for _ in x.shape) for _ in range(3)
        )
        interior = tuple(
            0 if isinstance(s, Dim) or self.chance(0.6) else i
            for s, i in zip(x.shape, interior, strict=True)
        )
        value = self.pick((0, 1)) if x.dtype != "bool" else False
        return self.emit("pad", x, low=low, high=high, interior=interior, value=value)

    # --- reductions and places ---

    def _reduce(self) -> Tensor | None:
        x = self.any(least=1)
        if x is None:
            return None
        if x.dtype == "bool":
            x = self.cast(x, "int32")
        axes = tuple(a for a in range(x.ndim) if self.chance(0.5)) or (x.ndim - 1,)
        name = self.pick(("sum", "sum", "sum", "reduce_max", "reduce_min", "prod"))
        if name == "prod" and x.dtype.startswith("float"):
            x = self.emit("cos", x)
        result = self.emit(name, x, axes=axes)
        if self.chance(0.5):  # kept as axes of size 1, as for a mean
            shape = tuple(1 if a in axes else s for a, s in enumerate(x.shape))
            result = self.emit("reshape", result, shape=shape)
            if self.chance(0.6) and result.dtype == x.dtype:
                self.tensors.append(result)
                return self.emit(self.pick(("sub", "mul", "add")), x, result)
        return result

    def _softmax(self) -> Tensor | None:
        x = self.floats(least=1)
        if x is None:
            return None
        axis = int(self.rng.integers(0, x.ndim))
        shape = tuple(1 if a == axis else s for a, s in enumerate(x.shape))

        def kept(name: str, t: Tensor) -> Tensor:
            return self.emit("reshape", self.emit(name, t, axes=(axis,)), shape=shape)

        e = self.emit("exp", self.emit("sub", x, kept("reduce_max", x)))
        return self.emit("div", e, kept("sum", e))

    def _argument(self) -> Tensor | None:
        x = self.any(least=1)
        if x is None or x.dtype == "bool":
            return None
        axis = int(self.rng.integers(0, x.ndim))
        name = self.pick(("argmax", "argmin", "argsort", "cumsum"))
        if name == "argsort":
            return self.emit(name, x, axis=axis, descending=self.chance(0.5))
        if name == "cumsum":
            return self.emit(name, x, axis=axis, reverse=self.chance(0.5))
        return self.emit(name, x, axis=axis)

    def indices(self, size: int) -> Tensor:
        """Integers from 0 to size - 1."""
        x = self.integers()
        if x is None or self.chance(0.3):
            x = self.add_input((self.batch, *self.shape(0, 1)), self.pick(("int32", "uint8")))
        if size > 250:
            x = self.cast(x, "int32")
        return self.emit("remainder", x, self.builder.constant(np.array(size, x.dtype)))

    def _gather(self) -> Tensor | None:
        x = self.any(least=1)
        if x is None:
            return None
        axes = [a for a, s in enumerate(x.shape) if not isinstance(s, Dim)]
        if not axes:
            return None
        axis = self.pick(axes)
        indices = self.indices(x.shape[axis])  # type: ignore[arg-type]
        return self.emit("gather", x, indices, axis=axis)

    def _scatter(self) -> Tensor | None:
        base = self.tensor("float32", "float64", "int32", least=1)
        if base is None or isinstance(base.shape[0], Dim):
            return None
        indices = self.indices(base.shape[0])
        updates = self.partner(base)
        updates = self.emit("broadcast_to", updates, shape=(*indices.shape, *base.shape[1:]))
        mode = self.pick(("add", "add", "set", "max", "min"))
        return self.emit("scatter", base, indices, updates, mode=mode)

    # --- products and windows ---

    def _dot(self) -> Tensor | None:
        x = self.tensor("float32", "float64", "int32", least=1, most=4)
        if x is None:
            return None
        contract = self.pick(range(x.ndim))
        others = [
            (t, j)
            for t in self.tensors
            if t.dtype == x.dtype and 0 < t.ndim < 4
            for j in range(t.ndim)
            if dims.same(t.shape[j], x.shape[contract])
        ]
        if others and self.chance(0.5):
            y, j = self.pick(others)
        elif isinstance(x.shape[contract], Dim):
            return None
        else:
            shape = [x.shape[contract], *(self.size() for _ in range(int(self.rng.integers(0, 3))))]
            j = int(self.rng.integers(0, len(shape)))
            shape[0], shape[j] = shape[j], shape[0]
            y = self.add_input(tuple(shape), x.dtype)
        pairs = [
            (a, b)
            for a in range(x.ndim)
            for b in range(y.ndim)
            if a != contract and b != j and dims.same(x.shape[a], y.shape[b])
        ]
        batch: Any = ((), ())
        more: Any = ((contract,), (j,))
        if pairs and self.chance(0.5):
            a, b = self.pick(pairs)
            if self.chance(0.3):
                more = ((contract, a), (j, b))
            else:
                batch = ((a,), (b,))
        return self.emit("dot", x, y, contract=more, batch=batch)

    def _image(self) -> tuple[Tensor, int]:
        space = int(self.pick((1, 2, 2)))
        found = [
            t
            for t in self.tensors
            if t.ndim == space + 2
            and t.dtype in ("float32", "float64")
            and not any(isinstance(s, Dim) for s in t.shape[1:])
        ]
        if found and self.chance(0.6):
            return self.pick(found), space
        shape = tuple(int(self.pick((4, 5, 6, 8, 9))) for _ in range(space))
        channels = int(self.pick((1, 2, 3, 4, 16)))
        return self.add_input((self.batch, *shape, channels), self.pick(FLOATS)), space

    def _conv(self) -> Any:
        x, space = self._image()
        groups = self.pick([g for g in (1, 1, 1, 2, 4) if x.shape[-1] % g == 0])
        window = tuple(int(self.pick((1, 2, 3))) for _ in range(space))
        filters = groups * int(self.pick((1, 2, 3, 5, 16)))
        kernel = self.add_input((*window, x.shape[-1] // groups, filters), x.dtype)
        how = {
            "strides": tuple(int(self.pick((1, 1, 2, 3))) for _ in range(space)),
            "padding": tuple((int(self.pick((0, 1))), int(self.pick((0, 1, 2)))) for _ in window),
            "dilation": tuple(int(self.pick((1, 1, 1, 2))) for _ in range(space)),
            "groups": groups,
        }
        y = self.emit("conv", x, kernel, **how)
        if any(dims.same(s, 0) for s in y.shape):
            return None
        made = [y]
        if self.chance(0.4) and not is_special(self.seed):  # zeros between meet infinite weights
            g = self.emit("tanh", y)
            made.append(self.emit("conv_input_gradient", g, kernel, shape=x.shape, **how))
        if self.chance(0.4):
            made.append(self.emit("conv_kernel_gradient", x, y, shape=kernel.shape, **how))
        return tuple(made)

    def _pool(self) -> Any:
        x, space = self._image()
        window = tuple(int(self.pick((1, 2, 2, 3))) for _ in range(space))
        strides = tuple(int(self.pick((w, w, 1, 2, 3))) for w in window)
        pads = tuple((0, 0) if self.chance(0.7) else (0, 1) for _ in window)
        how = {"window": window, "strides": strides, "padding": pads}
        kind = self.pick(("max", "sum"))
        y = self.emit(f"pool_{kind}", x, **how)
        if any(dims.same(s, 0) for s in y.shape):
            return None
        if self.chance(0.5):
            return y
        if kind == "sum":
            return y, self.emit("pool_spread", self.emit("tanh", y), shape=x.shape, **how)
        if self.chance(0.3):
            return y, self.emit("pool_select", x, self.emit("neg", x), **how)
        return y, self.emit("pool_scatter", x, self.emit("neg", y), **how)

    # --- loops ---

    def _scan(self) -> Any:
        dtype = self.pick(FLOATS)
        features, units = self.size(), self.size()
        length = self.pick((1, 2, 3, 5, self.batch))
        rows = (self.batch,) if self.chance(0.8) else ()
        sequence = self.add_input((length, *rows, features), dtype)
        carry = self.add_input((*rows, units), dtype)
        w = self.add_input((features, units), dtype)
        u = self.add_input((units, units), dtype)
        counted = self.chance(0.3)
        with Builder(None, "body") as body:
            wi, ui = body.input(w.shape, dtype), body.input(u.shape, dtype)
            h = body.input(carry.shape, dtype)
            count = body.input((), "int32") if counted else None
            x = body.input(sequence.shape[1:], dtype)
            at = len(rows)
            how = {"contract": ((at,), (0,)), "batch": ((), ())}
            total = body.emit("add", body.emit("dot", x, wi, **how), body.emit("dot", h, ui, **how))
            new = body.emit(self.pick(("tanh", "logistic", "sin")), total)
            if self.chance(0.4):
                new = body.emit("add", new, body.emit("mul", h, body.constant(0.5, dtype)))
            stacked = [new]
            if self.chance(0.5):
                stacked = [body.emit("neg", total), h][: int(self.pick((1, 2)))]
            carried = [new]
            if count is not None:
                carried.append(body.emit("add", count, body.constant(1, "int32")))
            program = body.finish([*carried, *stacked])
        operands = [w, u, carry]
        if counted:
            operands.append(self.builder.constant(0, "int32"))
        return self.emit(
            "scan",
            *operands,
            sequence,
            body=program,
            constants=2,
            carries=len(carried),
            length=length,
            reverse=self.chance(0.4),
        )

    def _made_from_nothing(self) -> Tensor:
        kind = self.pick(("iota", "constant", "dim_size"))
        if kind == "iota":
            shape = (self.batch, *self.shape(0, 2)) if self.chance(0.5) else self.shape(1, 2)
            axis = int(self.rng.integers(0, len(shape)))
            return self.emit("iota", shape=shape, axis=axis, dtype=self.pick(("int32", "float32")))
        if kind == "dim_size" and isinstance(self.batch, Dim):
            return self.emit("dim_size", dim=self.batch, dtype=self.pick(("int32", "float32")))
        return self.constant(self.shape(0, 2), self.pick((*FLOATS, *INTEGERS)))  # type: ignore[arg-type]


_KINDS = {
    "unary": 10,
    "binary": 14,
    "rare": 3,
    "integer": 4,
    "bool": 2,
    "compare": 3,
    "select": 4,
    "cast": 3,
    "reshape": 6,
    "transpose": 5,
    "slice": 4,
    "reverse": 2,
    "broadcast": 3,
    "concat": 4,
    "pad": 3,
    "reduce": 9,
    "softmax": 2,
    "argument": 2,
    "gather": 3,
    "scatter": 3,
    "dot": 7,
    "conv": 2,
    "pool": 2,
    "scan": 1,
    "made_from_nothing": 2,
}


def random_program(seed: int) -> RandomProgram:
    """The program of a seed."""
    rng = np.random.default_rng([seed, 1])
    batch = BATCH if rng.random() < 0.75 else int(rng.choice((1, 3, 8, 17)))
    return Maker(seed, int(rng.choice((3, 6, 10, 16, 28))), batch).make()
