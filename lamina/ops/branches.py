"""Branches: `cond` and `switch`.

With a known condition the branch runs and the others do not. While a program is traced the
condition has no
value: all branches become part of the program and the results are chosen element by element.
"""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Sequence
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, message
from lamina.ir import dims
from lamina.ir.program import Tensor, type_text
from lamina.ops.convert import as_tensor, cast_to, dtype_of
from lamina.ops.registration import op
from lamina.runtime import scopes
from lamina.runtime.dispatch import apply
from lamina.runtime.variable import Variable


@op
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """The result of one of two functions.

    Args:
        pred: bool scalar.
        true_fn: takes no arguments; called if `pred` holds.
        false_fn: takes no arguments; its result has the structure, shapes and dtypes of the other.
    Returns:
        The result. While a program is traced both functions are traced; what they assign to
        variables counts only for the one chosen.
    Raises:
        ArgumentError: results differ in structure, shape or dtype.
    Example:
        >>> float(cond(True, lambda: 1.0, lambda: 2.0))
        1.0
    """
    pred = _scalar("cond", pred)
    if not isinstance(pred, Tensor):
        return _as_tensors(true_fn() if bool(pred) else false_fn())
    return _choose([cast_to(pred, "bool")], [true_fn, false_fn])


@op
def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """The result of one of several functions.

    Args:
        index: integer scalar; one out of range counts as the first or the last.
        branches: functions of the operands; their results agree in structure, shape and dtype.
        *operands: what the functions are given.
    Returns:
        The result.
    Raises:
        ArgumentError: results differ in structure, shape or dtype.
    """
    index = _scalar("switch", index)
    if not isinstance(index, Tensor):
        number = builtins.min(builtins.max(int(index), 0), len(branches) - 1)
        return _as_tensors(branches[number](*operands))
    number = cast_to(index, "int32")
    tests = [apply("le", number, as_tensor(i)) for i in range(len(branches) - 1)]
    return _choose(tests, [functools.partial(b, *operands) for b in branches])


def _scalar(name: str, value: Any) -> Any:
    value = as_tensor(value)
    if value.ndim and not builtins.all(dims.is_one(s) for s in value.shape):
        raise ArgumentError(message(f"{name} needs a scalar.", f"shape {tuple(value.shape)}"))
    return apply("reshape", value, shape=()) if value.ndim else value


def _as_tensors(result: Any) -> Any:
    return tree.map_structure(lambda r: None if r is None else as_tensor(r), result)


def _choose(tests: list[Tensor], branches: Sequence[Callable[[], Any]]) -> Any:
    """Trace all branches; take the first whose test holds, else the last."""
    results, writes = [], []
    for branch in branches:
        with scopes.Scope() as scope:
            results.append(_as_tensors(branch()))
        writes.append(scope.values)
    for other in results[1:]:
        _check_alike(results[0], other)
    flat = [tree.flatten(r) for r in results]
    chosen = [_select(tests, values) for values in zip(*flat, strict=True)]
    for variable in dict.fromkeys(v for values in writes for v in values):
        scopes.write(variable, _select(tests, [_after(variable, values) for values in writes]))
    return tree.pack_sequence_as(results[0], chosen)


def _after(variable: Variable, written: dict[Variable, Any]) -> Any:
    return written[variable] if variable in written else scopes.read(variable)


def _select(tests: list[Tensor], values: Sequence[Any]) -> Any:
    if values[0] is None:
        return None
    result = values[-1]
    for test, value in zip(reversed(tests), reversed(values[:-1]), strict=True):
        result = apply("select", test, value, result)
    return result


def _check_alike(first: Any, other: Any) -> None:
    try:
        tree.assert_same_structure(first, other)
        alike = builtins.all(
            (a is None and b is None)
            or (
                a is not None
                and b is not None
                and dims.same_shape(tuple(a.shape), tuple(b.shape))
                and dtype_of(a) == dtype_of(b)
            )
            for a, b in zip(tree.flatten(first), tree.flatten(other), strict=True)
        )
    except (ValueError, TypeError):
        alike = False
    if not alike:
        raise ArgumentError(
            message(
                "`true_fn` and `false_fn`, or the branches of a switch, should return outputs of "
                "the same kind (struct, dtype and shape).",
                received=f"{_describe(first)} and {_describe(other)}",
                fix="cast or reshape one of them",
            )
        )


def _describe(result: Any) -> str:
    kinds = ("None" if r is None else type_text(r.shape, dtype_of(r)) for r in tree.flatten(result))
    return ", ".join(kinds) or "nothing"
