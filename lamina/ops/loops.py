"""Loops that end by a condition or after a number of steps: `while_loop` and `fori_loop`.

On arrays these are Python loops. While a program is traced they become one node; a `fori_loop`
with known bounds becomes a scan, which can be differentiated, a `while_loop` cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import tree
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
from lamina.ops.convert import as_tensor, cast_to
from lamina.ops.reduction import all as every
from lamina.ops.registration import op
from lamina.ops.scans import scan
from lamina.ops.shaping import arange
from lamina.runtime import scopes
from lamina.runtime.dispatch import apply


@op
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Repeat a body as long as a condition holds.

    Args:
        cond: takes the loop variables, returns a bool scalar.
        body: takes the loop variables, returns them anew, with the same shapes and dtypes.
        loop_vars: one value, or a list or tuple of them; each may be a nested structure.
        maximum_iterations: int, the most repetitions; None for no limit.
    Returns:
        The loop variables at the end: a tuple, or one value.
    Raises:
        ShapeError: a loop variable changes its shape or dtype while a program is traced.
    Example:
        >>> int(while_loop(lambda i: i < 5, lambda i: i + 2, 0))
        6
    """
    several = isinstance(loop_vars, (list, tuple))
    start = tuple(loop_vars) if several else (loop_vars,)

    def step(values: tuple) -> tuple:
        result = body(*values)
        return tuple(result) if several else (result,)

    run = _traced_while if tracing() else _plain_while
    end = run(lambda values: cond(*values), step, start, maximum_iterations)
    return end if several else end[0]


def _plain_while(
    cond: Callable[[tuple], Any], step: Callable[[tuple], tuple], values: tuple, limit: int | None
) -> tuple:
    values = tree.map_structure(as_tensor, values)
    count = 0
    while (limit is None or count < limit) and bool(np.all(cond(values))):
        values = step(values)
        count += 1
    return tree.map_structure(as_tensor, values)


def _traced_while(
    cond: Callable[[tuple], Any], step: Callable[[tuple], tuple], values: tuple, limit: int | None
) -> tuple:
    start = leaves(values)
    zero = [] if limit is None else [np.asarray(0, "int32")]
    specs = [spec_of(v) for v in (*start, *zero)]
    count = len(start)

    def pack(tensors: list[Tensor]) -> tuple:
        return tree.pack_sequence_as(values, tensors[:count])

    def next_values(tensors: list[Tensor]) -> list[Any]:
        after = carried(start, step(pack(tensors)), values, "while_loop")
        return after + [t + 1 for t in tensors[count:]]

    def goes_on(tensors: list[Tensor]) -> list[Any]:
        test = every(as_tensor(cond(pack(tensors))))
        for counter in tensors[count:]:
            test = apply("and", test, apply("lt", counter, np.asarray(limit, "int32")))
        return [test]

    body, variables = trace_body("while_body", next_values, specs, list)
    test, found = trace_body("while_condition", goes_on, specs, list, variables)
    if len(found) > len(variables):  # the condition assigns variables too: the body must carry them
        body, variables = trace_body("while_body", next_values, specs, list, found)
    test.after = []  # a condition gives its answer only
    body_program, body_constants = body.program(len(specs))
    condition, condition_constants = test.program(len(specs))
    results = emit(
        "while",
        *condition_constants,
        *body_constants,
        *start,
        *zero,
        *(scopes.read(v) for v in variables),
        condition=condition,
        body=body_program,
        condition_constants=len(condition_constants),
        body_constants=len(body_constants),
    )
    write_back(variables, results[len(specs) :])
    return pack(list(results))


@op
def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """Repeat a body for i = lower … upper - 1.

    Args:
        lower: integer.
        upper: integer.
        body_fun: takes i and the value, returns the value anew, with the same shapes and dtypes.
        init_val: the value at the start, a tensor or a nested structure of them.
    Returns:
        The value at the end.
    Example:
        >>> int(fori_loop(0, 4, lambda i, total: total + i, 0))
        6
    """
    if isinstance(lower, Tensor) or isinstance(upper, Tensor):
        return _dynamic_fori(lower, upper, body_fun, init_val)
    if tracing():
        numbers = arange(_size(lower), _size(upper), dtype="int32")
        return scan(lambda value, i: (body_fun(i, value), None), init_val, numbers)[0]
    value = tree.map_structure(as_tensor, init_val)
    for i in range(int(lower), int(upper)):
        value = body_fun(np.asarray(i, "int32"), value)
    return tree.map_structure(as_tensor, value)


def _size(bound: Any) -> Any:
    return bound if isinstance(bound, Dim) else int(bound)


def _dynamic_fori(
    lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any
) -> Any:
    """A loop whose bounds are known only when the program runs."""
    first, last = cast_to(as_tensor(lower), "int32"), cast_to(as_tensor(upper), "int32")
    _, value = while_loop(
        lambda i, value: apply("lt", i, last),
        lambda i, value: (apply("add", i, as_tensor(1)), body_fun(i, value)),
        (first, init_val),
    )
    return value
