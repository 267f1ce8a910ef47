"""What an ONNX graph is while it is written: nodes, named values, constants.

Rules append to a `Graph` through `add` and get back the name of the value. A loop's body is a graph
inside another one; it may read the outer graph's values by name, so all constants, and all sizes
computed from the batch, stand in the outermost graph. Nothing here needs the package onnx.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.ir.dims import Dim, Shape, Size
from lamina.ir.program import Tensor

_SHARED_SIZE = 16  # constants up to this many elements are shared when equal


@dataclass
class OnnxNode:
    """One node: an operator, the names it reads and makes, and its attributes.

    An attribute may be a `Graph`, the body of a loop.
    """

    operator: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]
    name: str


@dataclass
class Value:
    """A typed value at the edge of a graph."""

    name: str
    shape: Shape
    dtype: str


@dataclass
class Graph:
    """One graph; the outermost one, or the body of a loop.

    Attributes:
        outer: the graph around it.
        inputs: what a caller gives.
        outputs: what a caller gets.
        nodes: in an order in which they can run.
        names: tensor of the program -> name of its value here.
        constants: name -> array; those of the outermost graph serve all.
        place: path of the layer that is being translated.
        batch_source: the input and the axis whose size is the batch.
    """

    outer: Graph | None = None
    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)
    nodes: list[OnnxNode] = field(default_factory=list)
    names: dict[Tensor, str] = field(default_factory=dict)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    place: str = ""
    batch_source: tuple[str, int] | None = None
    _taken: dict[str, int] = field(default_factory=dict)
    _shared: dict[tuple, str] = field(default_factory=dict)
    _sizes: dict[Dim, str] = field(default_factory=dict)

    @property
    def root(self) -> Graph:
        """The outermost graph."""
        graph = self
        while graph.outer is not None:
            graph = graph.outer
        return graph

    def unique(self, wish: str) -> str:
        """A name that no other value or node has: the wish, or the wish with a number."""
        taken = self.root._taken
        name = wish
        while name in taken:
            taken[wish] += 1
            name = f"{wish}_{taken[wish]}"
        taken[name] = 0
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Append a node with one output; the output's name."""
        return self.add_several(operator, inputs, 1, attributes)[0]

    def add_several(
        self, operator: str, inputs: Any, outputs: int, attributes: dict[str, Any]
    ) -> list[str]:
        """Append a node; the names of its outputs."""
        name = self.unique(f"{self.place}/{operator}" if self.place else operator)
        made = [name] if outputs == 1 else [self.unique(f"{name}:{i}") for i in range(outputs)]
        self.nodes.append(OnnxNode(operator, list(inputs), made, attributes, name))
        return made

    def rename(self, x: str, name: str) -> None:
        """Give a value a second name, one that was reserved with `unique`."""
        self.nodes.append(OnnxNode("Identity", [x], [name], {}, self.unique("Identity")))

    def constant(self, value: Any, dtype: str = "", wish: str = "constant") -> str:
        """A known array; small equal ones are shared."""
        array = np.asarray(value, dtypes.to_numpy(dtype) if dtype else None)
        root = self.root
        key = None
        if array.size <= _SHARED_SIZE and wish == "constant":
            key = (array.dtype.name, array.shape, array.tobytes())
            if key in root._shared:
                return root._shared[key]
        name = self.unique(wish)
        root.constants[name] = array
        if key is not None:
            root._shared[key] = name
        return name

    def cast(self, x: str, dtype: str) -> str:
        """The value in another dtype."""
        return self.add("Cast", x, to=dtype)

    def reshape(self, x: str, shape: Shape) -> str:
        """The value in another shape, of which one size may depend on the batch unknown to us."""
        dynamic = [i for i, size in enumerate(shape) if isinstance(size, Dim)]
        if len(dynamic) == 1 and all(isinstance(s, Dim) or s > 0 for s in shape):
            sizes = self.integers([-1 if isinstance(s, Dim) else s for s in shape])
            return self.add("Reshape", x, sizes)
        return self.add("Reshape", x, self.sizes(shape), allowzero=1)

    def expand(self, x: str, shape: Shape) -> str:
        """The value repeated along axes of size 1, to a shape."""
        return self.add("Expand", x, self.sizes(shape))

    def transpose(self, x: str, permutation: Any) -> str:
        """The value with its axes in another order."""
        order = list(permutation)
        return x if order == sorted(order) else self.add("Transpose", x, perm=order)

    def integers(self, values: Any) -> str:
        """A constant vector of int64."""
        return self.constant(np.array(list(values), "int64").reshape(-1))

    def sizes(self, shape: Any) -> str:
        """A vector of int64 with the sizes of a shape."""
        if not any(isinstance(size, Dim) for size in shape):
            return self.integers(shape)
        parts = [self.size(size) for size in shape]
        return parts[0] if len(parts) == 1 else self.root._outside("Concat", *parts, axis=0)

    def size(self, size: Size) -> str:
        """A vector of int64 with one element, a size."""
        if not isinstance(size, Dim):
            return self.integers([size])
        root = self.root
        if size not in root._sizes:
            root._sizes[size] = root._polynomial(size)
        return root._sizes[size]

    def _polynomial(self, size: Dim) -> str:
        """Horner's scheme in the batch size."""
        *lower, highest = size.coefficients
        batch = self._batch()
        value = "" if highest == 1 else self.integers([highest])
        for coefficient in reversed(lower):
            value = self._outside("Mul", value, batch) if value else batch
            if coefficient:
                value = self._outside("Add", value, self.integers([coefficient]))
        if min(size.coefficients) < 0:
            value = self._outside("Max", value, self.integers([0]))
        return value

    def _batch(self) -> str:
        assert self.batch_source is not None, "a size depends on the batch, and no input does"
        name, axis = self.batch_source
        key = Dim((0, 1))
        if key not in self._sizes:
            self._sizes[key] = self._outside("Shape", name, start=axis, end=axis + 1)
        return self._sizes[key]

    def _outside(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node of the outermost graph that belongs to no layer."""
        before, self.place = self.place, "batch"
        name = self.add(operator, *inputs, **attributes)
        self.place = before
        return name
