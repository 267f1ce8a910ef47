"""Index forms: where a nest of loops reads a tensor, as linear functions of its loop counters.

Broadcasting, transposing, slicing, reversing and inserting axes of size 1 only change the form with
which an operand is read, so they never move data. Axes of size 1 do not count: two tensors agree
"point by point" when the other axes do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lamina.ir import dims
from lamina.ir.dims import Shape, Size
from lamina.ir.program import Node


@dataclass(frozen=True, eq=False)
class Form:
    """sum(factor * counter) + constant.

    Attributes:
        factors: (axis of the nest, factor) for the axes with a factor other than 0.
        constant: what is added.
    """

    factors: tuple[tuple[int, Size], ...] = ()
    constant: Size = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple:
        """Sizes by their text: those of the batch do not compare with numbers."""
        return tuple((a, str(f)) for a, f in self.factors), str(self.constant)

    def __add__(self, other: Form) -> Form:
        total: dict[int, Size] = dict(self.factors)
        for axis, factor in other.factors:
            total[axis] = total.get(axis, 0) + factor
        kept = tuple(sorted((a, f) for a, f in total.items() if not dims.same(f, 0)))
        return Form(kept, self.constant + other.constant)

    def scaled(self, by: Size) -> Form:
        """The form times a size."""
        if dims.same(by, 0):
            return ZERO
        return Form(tuple((a, f * by) for a, f in self.factors), self.constant * by)

    def factor(self, axis: int) -> Size:
        """The factor of one counter."""
        return dict(self.factors).get(axis, 0)


ZERO = Form()
Forms = tuple[Form, ...]


def counter(axis: int) -> Form:
    """The counter of one axis itself."""
    return Form(((axis, 1),))


def squeezed(shape: Shape) -> Shape:
    """A shape without its axes of size 1."""
    return tuple(s for s in shape if not dims.is_one(s))


def identity(shape: Shape, axes: Sequence[int] | None = None) -> Forms:
    """The forms that read a tensor of a nest's own shape at the nest's own point.

    Args:
        shape: the tensor's shape, which may have axes of size 1 more.
        axes: the nest's axes that its other axes correspond to; all in order by default.
    """
    numbers = iter(range(len(shape)) if axes is None else axes)
    return tuple(ZERO if dims.is_one(s) else counter(next(numbers)) for s in shape)


def offset(shape: Shape, forms: Forms) -> Form:
    """The place in memory, in elements, of a dense tensor read with forms."""
    total, stride = ZERO, 1
    for size, form in zip(reversed(shape), reversed(forms), strict=True):
        total = total + form.scaled(stride)
        stride = stride * size
    return total


def broadcast(operand: Shape, forms: Forms) -> Forms:
    """The forms of an operand that is broadcast to a result read with `forms`."""
    extra = len(forms) - len(operand)
    return tuple(
        ZERO if dims.is_one(size) else form
        for size, form in zip(operand, forms[extra:], strict=True)
    )


def is_squeeze(node: Node) -> bool:
    """Whether a reshape only adds or drops axes of size 1."""
    before, after = squeezed(node.operands[0].shape), squeezed(node.outputs[0].shape)
    return dims.same_shape(before, after)


def moved(node: Node, forms: Forms) -> Forms:
    """The forms of the operand of a node that only moves elements, from those of its result."""
    how, shape = node.attributes, node.operands[0].shape
    if node.primitive == "broadcast_to":
        return broadcast(shape, forms)
    if node.primitive == "transpose":
        places = dict(zip(how["permutation"], forms, strict=True))
        return tuple(places[i] for i in range(len(shape)))
    if node.primitive == "slice":
        return tuple(
            form.scaled(step) + Form((), start)
            for form, start, step in zip(forms, how["start"], how["step"], strict=True)
        )
    if node.primitive == "reverse":
        return tuple(
            form.scaled(-1) + Form((), size - 1) if axis in how["axes"] else form
            for axis, (size, form) in enumerate(zip(shape, forms, strict=True))
        )
    if node.primitive == "reshape":
        kept = iter(
            form
            for size, form in zip(node.outputs[0].shape, forms, strict=True)
            if not dims.is_one(size)
        )
        return tuple(ZERO if dims.is_one(size) else next(kept) for size in shape)
    axes = how["axes"]  # a reduction over axes of size 1
    rest = iter(forms)
    return tuple(ZERO if axis in axes else next(rest) for axis in range(len(shape)))


def is_mover(node: Node) -> bool:
    """Whether a node is read through, by `moved`."""
    if node.primitive == "reshape":
        return is_squeeze(node)
    if node.primitive in ("sum", "prod", "reduce_max", "reduce_min"):
        return all(dims.is_one(node.operands[0].shape[a]) for a in node.attributes["axes"])
    return node.primitive in ("broadcast_to", "transpose", "slice", "reverse")
