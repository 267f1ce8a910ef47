"""The dynamic batch dimension: `Dim`, a polynomial in the batch size B with integer coefficients.

Every other dimension is an int. Polynomials are closed under what shapes do (B*T when time is
merged into the batch, 2*B when two batches are joined, B-1 for `x[1:]`), so shape rules stay exact.
Whatever needs the number itself raises ConcreteBatchNeeded, and the runtime traces again with the
batch size fixed.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np

from lamina.base.errors import ConcreteBatchNeeded
from lamina.ir.operators import Operators


class Dim:
    """A dimension that depends on the batch size.

    Args:
        coefficients: (c0, c1, c2 …) for c0 + c1*B + c2*B**2 …, the last one not zero, at least two.
    """

    __slots__ = ("coefficients",)
    __array_ufunc__ = None  # NumPy leaves `array * dim` to Dim

    def __init__(self, coefficients: tuple[int, ...]) -> None:
        self.coefficients = coefficients

    def at(self, batch: int) -> int:
        """The value for a batch size; never below 0, as `x[1:]` of no rows has no rows."""
        return max(0, sum(c * batch**power for power, c in enumerate(self.coefficients)))

    def solve(self, size: int) -> int:
        """The batch size that gives this dimension a value; for linear dimensions only."""
        constant, slope = self.coefficients
        return (size - constant) // slope

    def __add__(self, other: Any) -> Any:
        if not _is_size(other):
            return NotImplemented
        pairs = zip_longest(self.coefficients, _coefficients(other), fillvalue=0)
        return _make(tuple(a + b for a, b in pairs))

    __radd__ = __add__

    def __neg__(self) -> Size:
        return _make(tuple(-c for c in self.coefficients))

    def __sub__(self, other: Any) -> Any:
        return self + (-other) if _is_size(other) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other if _is_size(other) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        if not _is_size(other):
            return NotImplemented
        theirs = _coefficients(other)
        product = [0] * (len(self.coefficients) + len(theirs) - 1)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(theirs):
                product[i + j] += a * b
        return _make(tuple(product))

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        return divide(self, other) if _is_size(other) else NotImplemented

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Dim):
            return self.coefficients == other.coefficients
        if isinstance(other, (int, np.integer)):
            raise ConcreteBatchNeeded(f"is the dimension {self} equal to {other}?")
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(("Dim", self.coefficients))

    def _undecided(self, *_: object) -> bool:
        raise ConcreteBatchNeeded(f"the value of the dimension {self} was asked for")

    __lt__ = __le__ = __gt__ = __ge__ = _undecided
    __mod__ = __rmod__ = __rfloordiv__ = __truediv__ = __rtruediv__ = __pow__ = _undecided
    __int__ = __index__ = __float__ = __bool__ = _undecided

    def __repr__(self) -> str:
        terms = []
        for power, c in enumerate(self.coefficients):
            if c:
                symbol = "" if power == 0 else "B" if power == 1 else f"B^{power}"
                factor = str(c) if power == 0 else "" if c == 1 else "-" if c == -1 else f"{c}*"
                terms.append(factor + symbol)
        return "+".join(reversed(terms)).replace("+-", "-")


Size = int | Dim
Shape = tuple[Size, ...]
BATCH = Dim((0, 1))


def _is_size(other: Any) -> bool:
    """Whether Dim can compute with `other`; tensors do it themselves, the rest needs a number."""
    if isinstance(other, (Dim, int, np.integer)):
        return True
    if isinstance(other, Operators):
        return False
    raise ConcreteBatchNeeded(f"arithmetic of a dimension with {type(other).__name__}")


def _coefficients(size: Size) -> tuple[int, ...]:
    return size.coefficients if isinstance(size, Dim) else (int(size),)


def _make(coefficients: tuple[int, ...]) -> Size:
    while len(coefficients) > 1 and coefficients[-1] == 0:
        coefficients = coefficients[:-1]
    return coefficients[0] if len(coefficients) == 1 else Dim(coefficients)


def same(a: Size, b: Size) -> bool:
    """Whether two sizes are known to be equal; never raises."""
    return _coefficients(a) == _coefficients(b)


def same_shape(a: Shape, b: Shape) -> bool:
    """Whether two shapes are known to be equal; never raises."""
    return len(a) == len(b) and all(map(same, a, b))


def is_one(size: Size) -> bool:
    """Whether a size is the number 1."""
    return not isinstance(size, Dim) and size == 1


def product(shape: Shape) -> Size:
    """The number of elements of a shape."""
    total: Size = 1
    for size in shape:
        total = total * size
    return total


def divide(a: Size, b: Size) -> Size:
    """a / b where that is exact; polynomial long division.

    Raises:
        ConcreteBatchNeeded: the division leaves a rest or cannot be decided.
    """
    if not isinstance(a, Dim) and not isinstance(b, Dim):
        if b == 0 or a % b:
            raise ConcreteBatchNeeded(f"{a} / {b}")
        return a // b
    if not isinstance(b, Dim) and b == 0:
        raise ConcreteBatchNeeded(f"({a}) / 0")
    rest, divisor = list(_coefficients(a)), _coefficients(b)
    quotient = [0] * max(1, len(rest) - len(divisor) + 1)
    while len(rest) >= len(divisor) and any(rest):
        factor, remainder = divmod(rest[-1], divisor[-1])
        if remainder:
            break
        shift = len(rest) - len(divisor)
        quotient[shift] = factor
        for i, c in enumerate(divisor):
            rest[shift + i] -= factor * c
        rest.pop()
    if any(rest):
        raise ConcreteBatchNeeded(f"({a}) / ({b})")
    return _make(tuple(quotient))


def at(size: Size, batch: int) -> int:
    """A size's value for a batch size."""
    return size.at(batch) if isinstance(size, Dim) else size


def shape_at(shape: Shape, batch: int) -> tuple[int, ...]:
    """A shape for a batch size."""
    return tuple(at(size, batch) for size in shape)


def is_dynamic(shape: Shape) -> bool:
    """Whether a shape depends on the batch size."""
    return any(isinstance(size, Dim) for size in shape)


def broadcast(*shapes: Shape) -> Shape:
    """The shape that several shapes broadcast to, by NumPy's rules.

    Raises:
        ConcreteBatchNeeded: the batch size meets another size than 1, so the answer depends on it.
        ValueError: the shapes do not broadcast.
    """
    ndim = max(map(len, shapes))
    result: list[Size] = []
    for axis in range(ndim):
        size: Size = 1
        for shape in shapes:
            position = axis - ndim + len(shape)
            if position < 0 or is_one(shape[position]) or same(shape[position], size):
                continue
            if not is_one(size):
                if isinstance(size, Dim) or isinstance(shape[position], Dim):
                    raise ConcreteBatchNeeded(f"{size} meets {shape[position]}")
                raise ValueError("shapes do not broadcast: " + ", ".join(map(str, shapes)))
            size = shape[position]
        result.append(size)
    return tuple(result)
