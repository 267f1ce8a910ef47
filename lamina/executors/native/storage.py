"""Storage: which buffer every tensor in memory lives in.

A buffer is an array of the caller (input, output), a constant, or a local one. The new value of a
variable may be written over the old one, since every reader of the old one comes before or reads
just the element that is about to be written; where that is not so, it is copied over at the end.
Whether a run writes over it, or to other memory, is up to the caller. Local buffers whose lives do
not overlap share memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lamina.base import dtypes
from lamina.ir import dims
from lamina.ir.dims import Dim, Size
from lamina.ir.program import Node, Tensor

ALIGNMENT = 64


@dataclass
class Buffer:
    """One array.

    Attributes:
        kind: "input", "output", "constant" or "local".
        dtype, size: of its elements, and how many.
        number: which input or output.
        source: the node of a constant.
        over: of the new value of a variable: the buffer of the old one.
        first, last: the levels of the schedule between which a local one is in use.
    """

    kind: str
    dtype: str
    size: Size
    number: int = -1
    source: Node | None = None
    over: int = -1
    first: int = 1 << 30
    last: int = -1

    def bytes_at(self, batch: int) -> int:
        """How large it is for a batch size, rounded up to whole cache lines."""
        exact = dims.at(self.size, batch) * element_bytes(self.dtype)
        return -(-max(exact, 1) // ALIGNMENT) * ALIGNMENT


@dataclass(frozen=True)
class Place:
    """Where a tensor is: a buffer, and how far it moves on with each turn of a loop."""

    buffer: int
    stride: Size = 0


@dataclass
class Storage:
    """The buffers of a program and of the bodies of its loops.

    Attributes:
        buffers: all of them.
        places: tensor -> where it is; a tensor that several outputs want is written to each.
    """

    buffers: list[Buffer] = field(default_factory=list)
    places: dict[Tensor, list[Place]] = field(default_factory=dict)

    def add(self, tensor: Tensor, kind: str, number: int = -1) -> int:
        """A new buffer for a tensor."""
        self.buffers.append(Buffer(kind, tensor.dtype, tensor.size, number))
        self.places.setdefault(tensor, []).append(Place(len(self.buffers) - 1))
        return len(self.buffers) - 1

    def constant(self, tensor: Tensor, source: Node) -> None:
        """A buffer for a constant."""
        number = self.add(tensor, "constant")
        self.buffers[number].source = source

    def memory(self, buffer: int) -> int:
        """The buffer by which memory goes that two buffers may share."""
        over = self.buffers[buffer].over
        return buffer if over < 0 else over

    def put(self, tensor: Tensor, place: Place) -> None:
        """Let a tensor be at a place that exists already."""
        self.places.setdefault(tensor, []).append(place)

    def use(self, tensor: Tensor, level: int) -> None:
        """Note that a level of the schedule touches a tensor."""
        for place in self.places.get(tensor, ()):
            buffer = self.buffers[place.buffer]
            buffer.first, buffer.last = min(buffer.first, level), max(buffer.last, level)

    def shares(self) -> list[list[int]]:
        """Local buffers in groups that share memory because their lives do not overlap."""
        groups: list[list[int]] = []
        order = [i for i, b in enumerate(self.buffers) if b.kind == "local"]
        order.sort(key=lambda i: -self.buffers[i].bytes_at(64))
        for number in order:
            b = self.buffers[number]
            for group in groups:
                others = [self.buffers[i] for i in group]
                if all(o.last < b.first or b.last < o.first for o in others):
                    group.append(number)
                    break
            else:
                groups.append([number])
        return groups


def has_rows(tensor: Tensor) -> bool:
    """Whether batches can be picked from an array: it has rows, all of one known size."""
    return bool(tensor.shape) and not any(isinstance(s, Dim) for s in tensor.shape[1:])


def element_bytes(dtype: str) -> int:
    """Bytes of one element in memory."""
    return dtypes.to_numpy(dtype).itemsize
