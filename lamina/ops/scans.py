"""Loops over the slices of tensors: `scan`, `map`, `vectorized_map`, `associative_scan`.

On arrays these are Python loops. While a program is traced a scan becomes one node, differentiated
by a scan in the other direction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.ir import dims
from lamina.ir.dims import Dim
from lamina.ir.program import Tensor
from lamina.ops.bodies import (
    carried,
    emit,
    leaves,
    spec_of,
    trace_body,
    tracing,
    write_back,
)
from lamina.ops.convert import as_tensor, dtype_of
from lamina.ops.reduction import canonical_axis
from lamina.ops.registration import op
from lamina.ops.shaping import concatenate, flip, pad, stack, zeros
from lamina.runtime import scopes
from lamina.runtime.dispatch import apply
from lamina.runtime.scopes import Trace, outside_scopes


@op
def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """Carry a value through the slices of tensors, and keep an output of each step.

    Args:
        f: takes the carried value and a slice of xs, returns the carried value anew (same shapes
            and dtypes) and an output, each a tensor, a nested structure of them, or None.
        init: the carried value at the start.
        xs: tensor or nested structure of tensors that share their first axis; None: slices are
            None.
        length: the number of steps, needed without xs.
        reverse: whether the last slice comes first; outputs keep the places of their slices.
        unroll: accepted for Keras's sake.
    Returns:
        (carried value at the end, outputs joined along a new first axis).
    Raises:
        ArgumentError: lengths differ, or there is none.
    Example:
        >>> total, sums = scan(lambda c, x: (c + x, c + x), 0.0, [1.0, 2.0, 3.0])
        >>> float(total), sums.tolist()
        (6.0, [1.0, 3.0, 6.0])
    """
    if not callable(f):
        raise ArgumentTypeError(message("scan: `f` should be a callable.", type(f).__name__))
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ArgumentError(
            message("`unroll` must be an positive integer or boolean.", f"unroll={unroll}")
        )
    xs = tree.map_structure(lambda x: None if x is None else as_tensor(x), _packed(xs))
    count = _length(xs, length)
    init = tree.map_structure(lambda c: None if c is None else as_tensor(c), init)
    if tracing():
        return _traced_scan(f, init, xs, count, reverse)
    return _plain_scan(f, init, xs, int(count), reverse)


def _packed(xs: Any) -> Any:
    """A plain list of numbers is one tensor, not a structure."""
    if isinstance(xs, list) and xs and all(isinstance(x, (int, float)) for x in xs):
        return as_tensor(xs)
    return xs


def _length(xs: Any, length: int | None) -> Any:
    sizes = [x.shape[0] if x.ndim else None for x in tree.flatten(xs) if x is not None]
    if length is not None:
        sizes.append(int(length))
    if not sizes:
        raise ArgumentError(
            message("scan got no `xs` to scan over and `length` was not provided.", fix="give one")
        )
    first: Any = sizes[0]
    if any(size is None or not dims.same(size, first) for size in sizes):
        raise ArgumentError(
            message(
                "Array inputs to a loop must have the same first dimension, and `length` be that.",
                received=", ".join(str(size) for size in sizes),
            )
        )
    return sizes[0]


def _plain_scan(
    f: Callable[..., Any], init: Any, xs: Any, count: int, reverse: bool
) -> tuple[Any, Any]:
    if count == 0:
        return init, _empty_outputs(f, init, xs)
    steps = range(count - 1, -1, -1) if reverse else range(count)
    carry, kept = init, []
    for i in steps:
        carry, output = f(carry, tree.map_structure(lambda x, i=i: None if x is None else x[i], xs))
        kept.append(output)
    if reverse:
        kept.reverse()
    carry = tree.map_structure(lambda c: None if c is None else as_tensor(c), carry)
    return carry, tree.map_structure(_joined, *kept)


def _joined(*values: Any) -> Any:
    return None if values[0] is None else stack(list(values))


def _empty_outputs(f: Callable[..., Any], init: Any, xs: Any) -> Any:
    """The outputs of no steps: empty, of the shapes that steps would give."""
    with outside_scopes(), Trace("shapes") as trace:

        def symbol(x: Any, drop: int) -> Any:
            return None if x is None else trace.builder.input(x.shape[drop:], dtype_of(x))

        start = tree.map_structure(lambda c: symbol(c, 0), init)
        _, output = f(start, tree.map_structure(lambda x: symbol(x, 1), xs))
        kinds = [None if o is None else spec_of(as_tensor(o)) for o in tree.flatten(output)]
    empty = [None if k is None else zeros((0, *k[0]), k[1]) for k in kinds]
    return tree.pack_sequence_as(output, empty)


def _traced_scan(
    f: Callable[..., Any], init: Any, xs: Any, count: Any, reverse: bool
) -> tuple[Any, Any]:
    start, slices = _present(init), _present(xs)
    specs = [spec_of(c) for c in start]
    specs += [(tuple(x.shape[1:]), dtype_of(x)) for x in slices]
    number = len(start)

    def step(tensors: list[Tensor]) -> tuple[Any, Any]:
        return f(_restored(init, tensors[:number]), _restored(xs, tensors[number:]))

    def finish(result: tuple[Any, Any]) -> list[Any]:
        after = carried(start, _without_none(result[0]), init, "scan")
        return after + _present(result[1])

    body, variables = trace_body("scan_body", step, specs, finish)
    program, constants = body.program(number)
    results = emit(
        "scan",
        *constants,
        *start,
        *(scopes.read(v) for v in variables),
        *slices,
        body=program,
        constants=len(constants),
        carries=number + len(variables),
        length=count,
        reverse=reverse,
    )
    write_back(variables, results[number : number + len(variables)])
    outputs = _restored(body.result[1], list(results[number + len(variables) :]))
    return _restored(init, list(results[:number])), outputs


def _present(structure: Any) -> list[Any]:
    """The leaves that are not None, as tensors."""
    return leaves([leaf for leaf in tree.flatten(structure) if leaf is not None])


def _without_none(structure: Any) -> list[Any]:
    return [leaf for leaf in tree.flatten(structure) if leaf is not None]


def _restored(structure: Any, values: list[Any]) -> Any:
    """The structure with its leaves replaced in order, None staying None."""
    queue = iter(values)
    filled = [None if leaf is None else next(queue) for leaf in tree.flatten(structure)]
    return tree.pack_sequence_as(structure, filled)


@op
def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """Apply a function to each slice along the first axis, one after the other.

    Args:
        f: takes a slice of xs.
        xs: tensor or nested structure of tensors that share their first axis.
    Returns:
        The results joined along a new first axis.
    Example:
        >>> map(lambda x: x * 2, [1, 2, 3]).tolist()
        [2, 4, 6]
    """
    return scan(lambda carry, x: (carry, f(x)), (), xs)[1]


@op
def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """Apply a function to each slice along the first axis; see `map`, which it equals."""
    return scan(lambda carry, x: (carry, function(x)), (), elements)[1]


@op
def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Running results of an associative function, in a number of calls that grows with the
    logarithm.

    Args:
        f: takes two structures like `elems` whose axis has any size, and joins them element by
            element.
        elems: tensor or nested structure of tensors that share the size of `axis`.
        reverse: whether to run from the last element to the first.
        axis: int.
    Returns:
        A structure like `elems`; element i joins elements 0 … i (or i … last).
    Raises:
        ArgumentError: the sizes differ.
    Example:
        >>> associative_scan(lambda a, b: a + b, [1, 2, 3, 4]).tolist()
        [1, 3, 6, 10]
    """
    elems = tree.map_structure(as_tensor, _packed(elems))
    flat = tree.flatten(elems)
    axis = canonical_axis(axis, flat[0].ndim)
    size = flat[0].shape[axis]
    if any(not dims.same(e.shape[axis], size) for e in flat) or isinstance(size, Dim):
        raise ArgumentError(
            message(
                "Array inputs to associative_scan must have the same first dimension.",
                received=f"(saw: {[tuple(e.shape) for e in flat]})",
                required="one known size along `axis`",
            )
        )
    turned = [flip(e, axis) for e in flat] if reverse else flat

    def join(left: list[Any], right: list[Any]) -> list[Any]:
        pack = tree.pack_sequence_as
        return tree.flatten(f(pack(elems, left), pack(elems, right)))

    result = _running(join, turned, axis)
    return tree.pack_sequence_as(elems, [flip(r, axis) for r in result] if reverse else result)


def _cut(x: Any, axis: int, start: int, stop: int, step: int) -> Any:
    low, high, by = [0] * x.ndim, list(x.shape), [1] * x.ndim
    low[axis], high[axis], by[axis] = start, stop, step
    return apply("slice", x, start=tuple(low), stop=tuple(high), step=tuple(by))


def _running(join: Callable[[list, list], list], elems: list[Any], axis: int) -> list[Any]:
    """Join neighbours, run over the pairs, and fill in the elements between."""
    size = elems[0].shape[axis]
    if size < 2:
        return elems
    pairs = join(
        [_cut(e, axis, 0, size - 1, 2) for e in elems], [_cut(e, axis, 1, size, 2) for e in elems]
    )
    odd = _running(join, pairs, axis)
    before = [_cut(o, axis, 0, (size - 1) // 2, 1) for o in odd]
    first = [_cut(e, axis, 0, 1, 1) for e in elems]
    if size > 2:
        between = join(before, [_cut(e, axis, 2, size, 2) for e in elems])
        even = [concatenate([a, b], axis) for a, b in zip(first, between, strict=True)]
    else:
        even = first
    return [_interleaved(a, b, axis) for a, b in zip(even, odd, strict=True)]


def _interleaved(even: Any, odd: Any, axis: int) -> Any:
    """Elements of two tensors in turn; `even` has as many or one more."""
    size, total = odd.shape[axis], even.shape[axis] + odd.shape[axis]
    if even.shape[axis] > size:
        odd = pad(odd, [(0, int(a == axis)) for a in range(odd.ndim)])
    both = stack([even, odd], axis + 1)
    shape = (*even.shape[:axis], 2 * even.shape[axis], *even.shape[axis + 1 :])
    return _cut(apply("reshape", both, shape=shape), axis, 0, total, 1)
