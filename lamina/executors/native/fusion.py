"""Fusion: which nodes of a program share one nest of loops, a kernel.

A kernel runs over a domain of points. Its body computes at every point, its reductions combine
points along some axes, its tail computes at the points that are left. A product or convolution is
a kernel too, whose results the tail takes over while they are in registers. Nodes that only move
elements belong to no kernel: whoever reads them reads their operand in another order.

A node joins the latest kernel that makes one of its operands, if it reads it point by point and
nothing that it reads waits for that kernel; else it opens a kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

from lamina.executors.native.affine import affine
from lamina.executors.native.elementwise import native_elementwise
from lamina.executors.native.forms import (
    Form,
    Forms,
    broadcast,
    counter,
    identity,
    is_mover,
    is_squeeze,
    moved,
    offset,
    squeezed,
)
from lamina.executors.native.writer import LLVM_TYPES
from lamina.ir import dims
from lamina.ir.dims import Shape
from lamina.ir.primitives.elementwise import ELEMENTWISE
from lamina.ir.program import Node, Program, Tensor

REDUCTIONS = ("sum", "prod", "reduce_max", "reduce_min", "argmax", "argmin")
CONTRACTIONS = ("dot", "conv", "conv_kernel_gradient")
POOLS = ("pool_max", "pool_sum", "pool_select")
_ELEMENTWISE = {p.name for p in ELEMENTWISE}
_CHEAP = {"neg", "mul", "add", "sub", "select", "cast", "abs", "eq", "le", "lt", "gt", "ge", "div"}
_CHEAP_CHAIN = 6  # so many cheap nodes are rather computed again than stored


class Kernel:
    """Nodes that run in one nest of loops.

    Attributes:
        kind: "loop", "contraction", or the primitive of a node that runs in its own way: "scan",
            "scatter", "pool_scatter", "pool_spread", "call" (out to the reference).
        node: the node that a kernel of another kind than "loop" is made for.
        domain: the sizes of the axes of the body.
        reduced: the axes of the domain that the reductions combine.
        body, reductions, tail: the nodes, in order.
        place: for a kernel that writes a part of a tensor: that tensor and the forms of the part.
        reads: what it reads from memory.
        stores: what it writes to memory.
        before: the kernels that it must run after.
    """

    def __init__(self, kind: str, domain: Shape = (), node: Node | None = None) -> None:
        self.kind = kind
        self.node = node
        self.domain = domain
        self.reduced: tuple[int, ...] = ()
        self.body: list[Node] = []
        self.reductions: list[Node] = []
        self.tail: list[Node] = []
        self.place: tuple[Tensor, Forms] | None = None
        self.fill: tuple[Tensor, object] | None = None
        self.reads: dict[Tensor, None] = {}
        self.stores: dict[Tensor, None] = {}
        self.before: set[Kernel] = set()

    @property
    def outer(self) -> tuple[int, ...]:
        """The axes of the domain that remain after the reductions."""
        return tuple(a for a in range(len(self.domain)) if a not in self.reduced)

    @property
    def points(self) -> Shape:
        """The sizes of the outer axes."""
        return tuple(self.domain[a] for a in self.outer)

    @property
    def by_batch(self) -> bool:
        """Whether its first outer axis is the batch."""
        return bool(self.points) and dims.same(self.points[0], dims.BATCH)

    @property
    def nodes(self) -> list[Node]:
        """All nodes."""
        anchor = [self.node] if self.node is not None else []
        return [*anchor, *self.body, *self.reductions, *self.tail]

    @property
    def made(self) -> list[Tensor]:
        """What its nodes compute."""
        if self.place is not None:
            return [self.place[0]]
        return [o for n in self.nodes for o in n.outputs]

    def show(self, name: str = "kernel") -> str:
        """The kernel as text."""
        sizes = ",".join(str(s) for s in self.domain)
        parts = [f"{name}: {self.kind} over [{sizes}]"]
        if self.reduced:
            parts[0] += f" reducing {self.reduced}"
        for title, nodes in (("body", self.body), ("reduce", self.reductions), ("tail", self.tail)):
            if nodes:
                parts.append(f"  {title}: " + " ".join(n.primitive for n in nodes))
        if self.node is not None:
            parts[0] += f" of {self.node.primitive}"
        return "\n".join(parts)


class Fusion:
    """The kernels of a program.

    Args:
        program: canonical and simplified.
    Attributes:
        kernels: in an order in which they can run.
        inline: the nodes that are computed wherever they are read.
        maker: tensor -> the kernel that computes it.
        stored: the tensors that are in memory: read by other kernels, or outputs.
        alias: tensor -> the tensor whose memory it shares, for reshapes.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.producer = {o: n for n in program.nodes for o in n.outputs}
        self.kernels: list[Kernel] = []
        self.inline: set[Node] = set()
        self.maker: dict[Tensor, Kernel] = {}
        self.parts: dict[Tensor, list[Kernel]] = {}  # those that write a part of a tensor
        self.alias: dict[Tensor, Tensor] = {}
        self._users: dict[Tensor, list[Node]] = {}
        for node in program.nodes:
            for operand in node.operands:
                self._users.setdefault(operand, []).append(node)
        self._needs_memory = self._tensors_in_memory()
        for node in program.nodes:
            self._add(node)
        self._find_stores()
        self.kernels = self.in_order()

    # --- what every node becomes ---

    def _tensors_in_memory(self) -> set[Tensor]:
        """Tensors that somebody reads in a way that needs them in memory."""
        found = set(self.program.outputs)
        for node in self.program.nodes:
            if node.primitive == "gather" and is_native(node):
                found.add(node.operands[0])
            elif node.primitive == "reshape" and is_native(node) and not is_squeeze(node):
                found.add(node.operands[0])
            elif not self._is_pointwise(node) and not (
                is_native(node) and node.primitive in (*REDUCTIONS, "concat", "pad")
            ):
                found.update(set(node.operands) - set(copied_operands(node)))
        return found

    def _is_pointwise(self, node: Node) -> bool:
        if not is_native(node):
            return False
        return (
            node.primitive in _ELEMENTWISE
            or is_mover(node)
            or node.primitive in ("iota", "dim_size", "constant", "gather", "reshape")
        )

    def _add(self, node: Node) -> None:
        primitive, output = node.primitive, node.outputs[0]
        if not is_native(node):
            self._open(Kernel("call", (), node))
        elif primitive == "constant":
            self.inline.add(node)
        elif primitive == "reshape" and not is_squeeze(node):
            self.alias[output] = node.operands[0]
        elif primitive in ("iota", "dim_size") or is_mover(node) or self._is_recomputed(node):
            if output in self._needs_memory:
                self._join_or_open(node)
            else:
                self.inline.add(node)
        elif primitive in REDUCTIONS:
            self._reduce(node)
        elif primitive in ("concat", "pad"):
            self._assemble(node)
        elif primitive in _ELEMENTWISE or primitive == "gather" or primitive in POOLS:
            self._join_or_open(node)
        elif primitive in CONTRACTIONS:
            self._open(Kernel("contraction", squeezed(output.shape), node))
        elif primitive in ("pool_scatter", "pool_spread"):
            self._spread(node)
        elif primitive == "scatter":
            self._scatter(node)
        elif primitive == "scan":
            self._scan(node)
        else:
            self._open(Kernel(primitive, (), node))

    def _is_recomputed(self, node: Node) -> bool:
        """Whether a node is so cheap that each of its readers computes it."""
        if node.primitive not in _ELEMENTWISE or node.outputs[0] in self._needs_memory:
            return False
        if node.outputs[0].shape == () and all(self._is_known(o) for o in node.operands):
            return True
        users = self._users.get(node.outputs[0], [])
        return (
            bool(users)
            and all(self._reduces_batch(user) for user in users)
            and self._chain(node) <= _CHEAP_CHAIN
        )

    def _is_known(self, tensor: Tensor) -> bool:
        """Whether a scalar follows from constants and the batch size alone."""
        node = self.producer.get(tensor)
        return node is not None and node in self.inline and tensor.shape == ()

    def _reduces_batch(self, node: Node) -> bool:
        if node.primitive not in REDUCTIONS or is_mover(node):
            return False
        axes = node.attributes.get("axes", (node.attributes.get("axis"),))
        shape = node.operands[0].shape
        return len(squeezed(shape)) > 1 and any(dims.same(shape[a], dims.BATCH) for a in axes)

    def _chain(self, node: Node) -> int:
        """How many nodes are computed to have a value; more than allowed if one is dear."""
        if node.primitive not in _CHEAP:
            return _CHEAP_CHAIN + 1
        total = 1
        for operand in node.operands:
            source = self.producer.get(operand)
            if source in self.inline and source.primitive in _ELEMENTWISE:
                total += self._chain(source)
        return total

    # --- joining ---

    def sources(self, node: Node, forms: Forms) -> Iterator[tuple[Tensor, Forms]]:
        """What a node reads that is not inline, and where, when its result is at `forms`."""
        pending = list(operand_forms(node, forms))
        while pending:
            tensor, place = pending.pop()
            source = self.producer.get(tensor)
            if source is None or source not in self.inline:
                yield tensor, place
            elif source.primitive not in ("constant", "iota", "dim_size"):
                pending += operand_forms(source, place)
            elif source.primitive == "constant" and source.attributes["value"].size > 1:
                yield tensor, place

    def root(self, tensor: Tensor) -> Tensor:
        """The tensor whose memory a tensor shares."""
        while tensor in self.alias:
            tensor = self.alias[tensor]
        return tensor

    def makers(self, tensor: Tensor) -> list[Kernel]:
        """The kernels that write a tensor."""
        tensor = self.root(tensor)
        if tensor in self.parts:
            return self.parts[tensor]
        return [self.maker[tensor]] if tensor in self.maker else []

    def _open(self, kernel: Kernel) -> Kernel:
        self.kernels.append(kernel)
        if kernel.node is not None:
            for tensor in kernel.node.outputs:
                self.maker[tensor] = kernel
            copied = set(copied_operands(kernel.node))
            for tensor in kernel.node.operands:
                if tensor not in copied:
                    self._read(kernel, tensor)
        return kernel

    def _read(self, kernel: Kernel, tensor: Tensor) -> None:
        if kernel not in (makers := self.makers(tensor)):
            kernel.reads[tensor] = None
            kernel.before.update(makers)

    def _include(self, kernel: Kernel, node: Node, part: list[Node], forms: Forms) -> None:
        part.append(node)
        for tensor in (*loaded_operands(node), *(t for t, _ in self.sources(node, forms))):
            self._read(kernel, tensor)
        for tensor in node.outputs:
            self.maker[tensor] = kernel

    def _join_or_open(self, node: Node) -> None:
        shape = squeezed(node.outputs[0].shape)
        forms = identity(node.outputs[0].shape)
        read = list(self.sources(node, forms))
        loaded = {k for t in loaded_operands(node) for k in self.makers(t)}
        for kernel in self._candidates(read):
            if kernel in loaded:
                continue
            if self._joins_tail(kernel, node, shape, read):
                self._include(kernel, node, kernel.tail, forms)
                return
            if self._joins_body(kernel, node, shape, read):
                self._include(kernel, node, kernel.body, forms)
                return
        kernel = self._open(Kernel("loop", shape))
        self._include(kernel, node, kernel.tail, forms)

    def _candidates(self, read: list[tuple[Tensor, Forms]]) -> list[Kernel]:
        """The kernels that make what is read, the latest first; then those that also read it."""
        makers = {k for t, _ in read for k in self.makers(t)}
        tensors = {t for t, _ in read if t.shape}
        able = [
            k
            for k in reversed(self.kernels)
            if k.kind in ("loop", "contraction") and k.place is None
        ]
        siblings = [k for k in able if k not in makers and not tensors.isdisjoint(k.reads)]
        return [k for k in able if k in makers] + siblings

    def _joins_tail(
        self, kernel: Kernel, node: Node, shape: Shape, read: list[tuple[Tensor, Forms]]
    ) -> bool:
        if not dims.same_shape(kernel.points, shape):
            return False
        if kernel.kind == "contraction" and (node.primitive == "gather" or node.primitive in POOLS):
            return False
        members = {o for n in (*kernel.reductions, *kernel.tail) for o in n.outputs}
        if kernel.node is not None:
            members.update(kernel.node.outputs)
        if kernel.kind == "contraction" and not all(
            fits_contraction(kernel, t, f) for t, f in read if t not in members
        ):
            return False
        return self._may_join(kernel, members, read)

    def _joins_body(
        self, kernel: Kernel, node: Node, shape: Shape, read: list[tuple[Tensor, Forms]]
    ) -> bool:
        if not kernel.reduced or not dims.same_shape(kernel.domain, shape):
            return False
        if dims.same(kernel.domain[0], dims.BATCH) and 0 in kernel.reduced:
            return False
        return self._may_join(kernel, {o for n in kernel.body for o in n.outputs}, read)

    def _may_join(
        self, kernel: Kernel, members: set[Tensor], read: list[tuple[Tensor, Forms]]
    ) -> bool:
        """Whether all reads are of members at the same point, or of what does not wait for it."""
        for tensor, forms in read:
            makers = self.makers(tensor)
            if kernel in makers:
                if tensor not in members or not is_same_point(tensor, forms):
                    return False
            elif any(self.waits(maker, kernel) for maker in makers):
                return False
        return True

    def waits(self, kernel: Kernel, other: Kernel) -> bool:
        """Whether a kernel runs after another."""
        pending, seen = [kernel], {kernel}
        while pending:
            current = pending.pop()
            if current is other:
                return True
            new = current.before - seen
            seen |= new
            pending += new
        return False

    # --- reductions, and tensors put together from parts ---

    def _reduce(self, node: Node) -> None:
        operand = node.operands[0]
        domain = squeezed(operand.shape)
        axes = node.attributes.get("axes", (node.attributes.get("axis"),))
        numbers = [i for i, s in enumerate(operand.shape) if not dims.is_one(s)]
        reduced = tuple(numbers.index(a) for a in sorted(axes) if a in numbers)
        read = list(self._sources_of(operand, identity(operand.shape)))
        over_batch = 0 in reduced and dims.same(domain[0], dims.BATCH)
        for kernel in self._reduction_candidates(read, domain, reduced, over_batch):
            level = kernel.body if kernel.reduced else kernel.tail
            members = {o for n in level for o in n.outputs}
            if kernel.kind == "loop" and self._may_join(kernel, members, read):
                if not kernel.reduced:
                    kernel.body, kernel.tail = kernel.tail, []
                    kernel.reduced = reduced
                break
        else:
            kernel = self._open(Kernel("loop", domain))
            kernel.reduced = reduced
        kernel.reductions.append(node)
        for tensor, _ in read:
            self._read(kernel, tensor)
        self.maker[node.outputs[0]] = kernel

    def _reduction_candidates(
        self, read: list, domain: Shape, reduced: tuple[int, ...], over_batch: bool
    ) -> Iterator[Kernel]:
        tensors = {t for t, _ in read}
        for kernel in reversed(self.kernels):
            if kernel.kind != "loop" or kernel.place is not None:
                continue
            if not dims.same_shape(kernel.domain, domain):
                continue
            makes = any(kernel in self.makers(t) for t in tensors)
            if kernel.reduced == reduced and (makes or tensors & set(kernel.reads)):
                yield kernel
            elif not kernel.reduced and makes and not over_batch:
                yield kernel

    def _sources_of(self, tensor: Tensor, forms: Forms) -> Iterator[tuple[Tensor, Forms]]:
        source = self.producer.get(tensor)
        if source is None or source not in self.inline:
            yield tensor, forms
        elif source.primitive == "constant":
            if source.attributes["value"].size > 1:
                yield tensor, forms
        else:
            yield from self.sources(source, forms)

    def _assemble(self, node: Node) -> None:
        """A concatenation or padding: each operand is written to its part of the result."""
        output, how = node.outputs[0], node.attributes
        parts: list[Kernel] = []
        starts: list[tuple] = []
        if node.primitive == "pad":
            parts.append(self._fill(output, how["value"]))
            starts, steps = [how["low"]], tuple(i + 1 for i in how["interior"])
        else:
            steps, start = (1,) * len(output.shape), 0
            for operand in node.operands:
                places: list = [0] * len(output.shape)
                places[how["axis"]] = start
                starts.append(tuple(places))
                start = start + operand.shape[how["axis"]]
        for operand, low in zip(node.operands, starts, strict=True):
            forms = tuple(
                f.scaled(s) + Form((), first)
                for f, s, first in zip(identity(operand.shape), steps, low, strict=True)
            )
            kernel = self._copy(operand, output, forms)
            kernel.before.update(parts[:1] if node.primitive == "pad" else ())
            parts.append(kernel)
        self.parts[output] = parts

    def _copy(self, tensor: Tensor, target: Tensor, forms: Forms) -> Kernel:
        """A kernel that writes a tensor to a part of another."""
        kernel = self._open(Kernel("loop", squeezed(tensor.shape)))
        kernel.place, kernel.fill = (target, forms), (tensor, None)
        for source, _ in self._sources_of(tensor, identity(tensor.shape)):
            self._read(kernel, source)
        return kernel

    def copy(self, tensor: Tensor, target: Tensor) -> Kernel:
        """A kernel that writes a tensor over another of its shape, once that has been read."""
        kernel = self._copy(tensor, target, identity(target.shape))
        kernel.stores = {target: None}
        return kernel

    def _fill(self, target: Tensor, value: object) -> Kernel:
        """A kernel that writes one number everywhere."""
        kernel = self._open(Kernel("loop", squeezed(target.shape)))
        kernel.place, kernel.fill = (target, identity(target.shape)), (target, value)
        return kernel

    def _spread(self, node: Node) -> None:
        """What writes to all places of windows that do not overlap; the rest is 0."""
        output, g, how = node.outputs[0], node.operands[-1], node.attributes
        sizes = zip(output.shape[1:-1], g.shape[1:-1], how["window"], strict=True)
        parts = []
        if any(size != n * w for size, n, w in sizes):
            parts.append(self._fill(output, 0))
        kernel = self._open(Kernel("loop", squeezed(g.shape), node))
        kernel.place = (output, identity(g.shape))
        kernel.before.update(parts)
        self.parts[output] = [*parts, kernel]

    def _scatter(self, node: Node) -> None:
        """A copy of the base, to which the updates are then added, one after the other."""
        base, output = node.operands[0], node.outputs[0]
        copy = self._copy(base, output, identity(base.shape))
        kernel = self._open(Kernel("scatter", (), node))
        kernel.place = (output, identity(output.shape))
        kernel.before.add(copy)
        self.parts[output] = [copy, kernel]

    def _scan(self, node: Node) -> None:
        """A loop; what it carries starts as a copy in the place where it ends."""
        kernel = Kernel("scan", (), node)
        for initial, final in zip(copied_operands(node), node.outputs, strict=False):
            copy = self._copy(initial, final, identity(final.shape))
            kernel.before.add(copy)
            self.parts[final] = [copy, kernel]
        self._open(kernel)

    # --- what goes to memory, and the order ---

    def _find_stores(self) -> None:
        read = {self.root(t) for k in self.kernels for t in k.reads}
        read.update(self.root(t) for t in self.program.outputs)
        read.update(t for k in self.kernels if k.kind == "scan" for t in k.made)
        for kernel in self.kernels:
            kernel.stores = dict.fromkeys(t for t in kernel.made if t in read)
        self.stored = {t for k in self.kernels for t in k.stores}

    def in_order(self) -> list[Kernel]:
        """The kernels, each after those it waits for, otherwise as they came."""
        done: set[Kernel] = set()
        result: list[Kernel] = []
        for first in self.kernels:
            stack = [first]
            while stack:
                kernel = stack[-1]
                waiting = [k for k in self.kernels if k in kernel.before and k not in done]
                if kernel in done or not waiting:
                    stack.pop()
                    if kernel not in done:
                        done.add(kernel)
                        result.append(kernel)
                else:
                    stack += waiting[::-1]
        return result

    def show(self) -> str:
        """The kernels as text."""
        return "\n".join(k.show(f"kernel {i}") for i, k in enumerate(self.kernels))


def copied_operands(node: Node) -> tuple[Tensor, ...]:
    """The operands that are copied first to where a compiled node will change them."""
    how = node.attributes
    if not is_native(node):
        return ()
    if node.primitive == "scan":
        return node.operands[how["constants"] : how["constants"] + how["carries"]]
    return node.operands[:1] if node.primitive == "scatter" else ()


def loaded_operands(node: Node) -> tuple[Tensor, ...]:
    """The operands that a node reads at places of its own, so that they must be in memory."""
    if node.primitive == "gather":
        return node.operands[:1]
    return node.operands if node.primitive in POOLS else ()


def operand_forms(node: Node, forms: Forms) -> list[tuple[Tensor, Forms]]:
    """The operands of a node, and where each is read when the result is at `forms`."""
    if is_mover(node):
        return [(node.operands[0], moved(node, forms))]
    if node.primitive == "gather":  # the table is read at places that only a run knows
        x, indices = node.operands
        axis = node.attributes["axis"]
        inside = forms[axis : axis + indices.ndim]
        around = (*forms[:axis], Form(), *forms[axis + indices.ndim :])
        return [(x, around), (indices, inside)]
    if node.primitive in POOLS:
        return [(o, forms) for o in node.operands]
    return [(o, broadcast(o.shape, forms)) for o in node.operands]


def is_same_point(tensor: Tensor, forms: Forms) -> bool:
    """Whether the forms read a tensor at the very point of the nest."""
    expected = 0
    for size, form in zip(tensor.shape, forms, strict=True):
        if dims.is_one(size):
            continue
        if not (dims.same(form.constant, 0) and len(form.factors) == 1):
            return False
        ((axis, factor),) = form.factors
        if axis != expected or not dims.same(factor, 1):
            return False
        expected += 1
    return True


def fits_contraction(kernel: Kernel, tensor: Tensor, forms: Forms) -> bool:
    """Whether a tail can read a tensor while it has a tile: all of it, a row of it, or a number."""
    domain, place = kernel.domain, offset(tensor.shape, forms)
    if not dims.same(place.constant, 0):
        return False
    whole = offset(domain, identity(domain))
    if place == whole or not place.factors:
        return True
    return place == column_form(kernel)


def column_form(kernel: Kernel) -> Form | None:
    """How a tensor with a contraction's columns only is read, such as a bias."""
    assert kernel.node is not None
    product, shape = affine(kernel.node), kernel.node.outputs[0].shape
    axes = product.columns.axes if product is not None else ()
    if not axes or axes != tuple(range(len(shape) - len(axes), len(shape))):
        return None
    numbers = [i for i, size in enumerate(shape) if not dims.is_one(size)]
    forms = tuple(counter(numbers.index(a)) if a in numbers else Form() for a in axes)
    return offset(tuple(shape[a] for a in axes), forms)


def is_native(node: Node) -> bool:
    """Whether a node is compiled; the others are called out to the reference executor."""
    tensors = [*node.operands, *node.outputs]
    if any(t.dtype not in LLVM_TYPES for t in tensors):
        return False
    primitive = node.primitive
    if primitive in _ELEMENTWISE:
        return native_elementwise(primitive, [t.dtype for t in tensors], node.attributes)
    if primitive in REDUCTIONS:
        shape = node.operands[0].shape
        place = node.attributes.get("axis")
        single = place is not None and dims.is_one(shape[place])
        return not single and not any(dims.same(s, 0) for s in shape)
    if primitive in CONTRACTIONS:
        return affine(node) is not None
    if primitive == "scan":
        return all(is_native(n) and n.primitive != "scan" for n in node.attributes["body"].nodes)
    if primitive in POOLS:
        return not any(map(any, node.attributes["padding"]))
    if primitive == "pool_scatter" or primitive == "pool_spread":
        how = node.attributes
        return not any(map(any, how["padding"])) and all(
            s >= w for s, w in zip(how["strides"], how["window"], strict=True)
        )
    return primitive in (
        "constant",
        "iota",
        "dim_size",
        "reshape",
        "transpose",
        "broadcast_to",
        "concat",
        "pad",
        "slice",
        "reverse",
        "gather",
        "scatter",
    )
