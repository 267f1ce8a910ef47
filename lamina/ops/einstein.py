"""Einstein summation, as a chain of the one contraction primitive.

Each letter names an axis. Operands are joined two at a time, the pair with the smallest result
first; a letter that nobody needs any more is summed away.
"""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ir import dims
from lamina.ir.dims import Dim
from lamina.ops.convert import as_tensor, cast_to, dtype_of, promote
from lamina.ops.diagonals import diagonal
from lamina.ops.products import contract
from lamina.ops.reduction import sum
from lamina.ops.registration import op
from lamina.ops.shaping import reshape, transpose

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TYPICAL_BATCH = 64  # what a `Dim` counts when costs are compared


@op
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """A sum of products, written with a letter for each axis.

    Args:
        subscripts: for example "ij,jk->ik"; "..." stands for further axes that broadcast; without
            "->" the letters that occur once are kept, in alphabetical order.
        *operands: one tensor for each term.
        **kwargs: accepted for NumPy's sake.
    Returns:
        Tensor in the operands' common dtype; int8 sums are int32.
    Raises:
        ArgumentError: terms and operands do not fit.
    Example:
        >>> einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).tolist()
        [3.0, 7.0]
    """
    values = promote(*operands)
    if dtype_of(values[0]) == "int8" and all(dtype_of(as_tensor(o)) == "int8" for o in operands):
        values = [cast_to(v, "int32") for v in values]
    terms, output = parse(subscripts, [v.ndim for v in values])
    pending = [_without_repeats(t, v) for t, v in zip(terms, values, strict=True)]
    while len(pending) > 1:
        i, j = _cheapest_pair(pending, output)
        second, first = pending.pop(j), pending.pop(i)
        needed = set(output).union(*(t for t, _ in pending))
        pending.append(_join(first, second, needed))
    term, value = _summed(*pending[0], set(output))
    return transpose(value, [term.index(letter) for letter in output])


def parse(subscripts: str, ndims: list[int]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with every "..." spelled out.

    Args:
        subscripts: as in `einsum`.
        ndims: the operands' numbers of axes.
    Returns:
        (terms, output).
    """
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise ArgumentError(
            message(f"einsum: {len(terms)} terms in {subscripts!r}, {len(ndims)} operands.")
        )
    free = [c for c in _LETTERS if c not in subscripts]
    hidden = [n - len(t) + 3 if "..." in t else 0 for t, n in zip(terms, ndims, strict=True)]
    names = "".join(free[: max(hidden, default=0)])
    spelled = [
        t.replace("...", names[len(names) - h :]) for t, h in zip(terms, hidden, strict=True)
    ]
    for term, n in zip(spelled, ndims, strict=True):
        if len(term) != n:
            raise ArgumentError(
                message(f"einsum: a term of {subscripts!r} does not fit.", f"{n} axes", term)
            )
    joined = "".join(spelled)
    if arrow:
        output = right.replace("...", names)
    else:
        output = names + "".join(
            sorted(c for c in set(joined) - set(names) if joined.count(c) == 1)
        )
    if unknown := set(output) - set(joined):
        raise ArgumentError(message(f"einsum: {sorted(unknown)} stand in the result only."))
    return spelled, output


def _without_repeats(term: str, x: Any) -> tuple[str, Any]:
    """A letter that an operand has twice stands for the diagonal of both axes."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            x = diagonal(x, 0, first, second)
            term = "".join(c for i, c in enumerate(term) if i not in (first, second)) + letter
    return term, x


def _summed(term: str, x: Any, needed: set[str]) -> tuple[str, Any]:
    axes = tuple(i for i, c in enumerate(term) if c not in needed)
    if not axes:
        return term, x
    return "".join(c for c in term if c in needed), cast_to(sum(x, axes), dtype_of(x))


def _join(first: tuple[str, Any], second: tuple[str, Any], needed: set[str]) -> tuple[str, Any]:
    """The product of two operands, summed over the letters that nobody else needs."""
    (a, x), (b, y) = first, second
    a, x, b, y = *_without_ones(a, x, b, y), *_without_ones(b, y, a, x)
    a, x = _summed(a, x, needed | set(b))
    b, y = _summed(b, y, needed | set(a))
    shared = [c for c in a if c in b]
    batch = [c for c in shared if c in needed]
    inner = [c for c in shared if c not in needed]
    for c in shared:
        if not dims.same(x.shape[a.index(c)], y.shape[b.index(c)]):
            raise ShapeError(
                message(
                    f"einsum: the axis {c!r} has two sizes.",
                    received=f"{tuple(x.shape)} for {a!r} and {tuple(y.shape)} for {b!r}",
                )
            )
    axes = [[term.index(c) for c in inner] for term in (a, b)]
    result = contract(x, y, axes, [[term.index(c) for c in batch] for term in (a, b)])
    rest = [c for c in a + b if c not in shared]
    return "".join(batch + rest), result


def _without_ones(a: str, x: Any, b: str, y: Any) -> tuple[str, Any]:
    """The first operand without axes of size 1 that broadcast against the second."""
    ones = [
        i
        for i, c in enumerate(a)
        if c in b and dims.is_one(x.shape[i]) and not dims.is_one(y.shape[b.index(c)])
    ]
    if not ones:
        return a, x
    keep = [i for i in range(len(a)) if i not in ones]
    return "".join(a[i] for i in keep), reshape(x, tuple(x.shape[i] for i in keep))


def _cheapest_pair(pending: list[tuple[str, Any]], output: str) -> tuple[int, int]:
    """The two operands whose product has the fewest elements."""
    if len(pending) == 2:
        return 0, 1
    sizes = {
        c: _TYPICAL_BATCH if isinstance(s, Dim) else s
        for term, x in pending
        for c, s in zip(term, x.shape, strict=True)
    }

    def cost(pair: tuple[int, int]) -> int:
        others = "".join(t for k, (t, _) in enumerate(pending) if k not in pair) + output
        letters = set(pending[pair[0]][0]) | set(pending[pair[1]][0])
        return int(dims.product(tuple(sizes[c] for c in letters if c in others)))

    count = len(pending)
    return min(((i, j) for i in range(count) for j in range(i + 1, count)), key=cost)
