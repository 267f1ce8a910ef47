"""Gradients for people: `grad`, `value_and_grad`, `custom_gradient`.

Inside a trace the derivative's nodes join the program that is being traced, so gradients of
gradients and gradients inside compiled training steps are the same thing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.base import dtypes, tree
from lamina.base.errors import ArgumentError, message
from lamina.ir.builder import Builder, current_builder
from lamina.ir.dims import is_dynamic
from lamina.ir.program import Tensor, type_text
from lamina.runtime.compiled import Traced
from lamina.runtime.scopes import Trace, current_trace
from lamina.runtime.variable import Variable
from lamina.transforms.emit import zeros_like
from lamina.transforms.grad import backward


def gradients(loss: Tensor, sources: Sequence[Tensor]) -> list[Tensor]:
    """Slopes of a traced scalar in tensors of the same program; zeros where it does not depend.

    Args:
        loss: float scalar tensor.
        sources: tensors that the loss was computed from.
    Returns:
        One tensor of each source's shape and dtype.
    """
    builder = loss.builder
    one = builder.constant(1, loss.dtype)
    found = backward(builder, [loss], [one], sources)
    return [zeros_like(s) if f is None else f for s, f in zip(sources, found, strict=True)]


def value_and_grad(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    variables: Sequence[Variable] | None = None,
) -> Callable[..., Any]:
    """A function that gives the value of `fn` and its gradient.

    Args:
        fn: returns a float scalar, or (scalar, anything) with `has_aux`.
        argnums: which positional arguments to differentiate in; each may be a nested structure.
        has_aux: whether `fn` returns further results beside the scalar.
        variables: differentiate in these variables in place of arguments.
    Returns:
        A function of the same arguments that returns (value, gradient); the gradient has the
        structure of the argument (a tuple of them for several), or is a list in the order of
        `variables`.
    Raises:
        ArgumentError: the value is not a float scalar, or an argument is not float.
    Example:
        >>> import numpy as np
        >>> from lamina import ops
        >>> value, slope = value_and_grad(lambda x: ops.sum(x * x))(np.array([1.0, 3.0]))
        >>> float(value), slope.tolist()
        (10.0, [2.0, 6.0])
    """
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @functools.wraps(fn)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if variables is None and max(numbers) >= len(args):
            raise ArgumentError(f"argnums={argnums}, but only {len(args)} positional arguments.")
        chosen = {} if variables is not None else {i: args[i] for i in numbers}
        trace = current_trace()
        if trace is not None:
            return _inside(trace, fn, args, kwargs, chosen, variables, argnums, has_aux)
        with Trace("gradient") as trace:
            arrays = [_to_array(v) for v in tree.flatten(list(chosen.values()))]
            inputs = [
                trace.builder.input(a.shape, dtypes.name_of(a.dtype), "argument") for a in arrays
            ]
            packed = tree.pack_sequence_as(list(chosen.values()), inputs)
            fresh = dict(zip(chosen, packed, strict=True))
            result = _inside(trace, fn, args, kwargs, fresh, variables, argnums, has_aux)
            traced = Traced(trace, inputs, result)
        return traced(arrays)

    return wrapped


def grad(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    variables: Sequence[Variable] | None = None,
) -> Callable[..., Any]:
    """A function that gives the gradient of `fn`; see `value_and_grad`.

    Example:
        >>> import numpy as np
        >>> from lamina import ops
        >>> cube = lambda x: x * x * x
        >>> float(grad(cube)(2.0)), float(grad(grad(cube))(2.0))
        (12.0, 12.0)
    """
    both = value_and_grad(fn, argnums, has_aux, variables)

    @functools.wraps(fn)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        value, slopes = both(*args, **kwargs)
        return (slopes, value[1]) if has_aux else slopes

    return wrapped


def _to_array(value: Any) -> np.ndarray:
    if isinstance(value, Variable):
        value = value.value
    array = np.asarray(value)
    if not isinstance(value, np.ndarray) and array.dtype == np.float64:
        array = array.astype(dtypes.to_numpy(dtypes.standardize_dtype(None)))
    if array.dtype.kind in "iub":
        raise ArgumentError(
            message(
                "Gradients are taken in float arguments.",
                received=type_text(array.shape, dtypes.name_of(array.dtype)),
                fix="pass floats, for example 2.0, or choose other argnums",
            )
        )
    return array


def _inside(
    trace: Trace,
    fn: Callable[..., Any],
    args: tuple,
    kwargs: dict,
    chosen: dict[int, Any],
    variables: Sequence[Variable] | None,
    argnums: int | Sequence[int],
    has_aux: bool,
) -> Any:
    """Value and gradient as nodes of the program of `trace`."""
    builder = trace.builder

    def source(value: Any) -> Tensor:
        """A tensor of its own for a differentiated value: other uses of it do not count."""
        tensor = builder.own(value.value if isinstance(value, Variable) else value)
        return builder.emit("reshape", tensor, shape=tensor.shape)

    if variables is not None:
        sources = []
        for variable in variables:
            tensor = source(variable)
            trace.values[variable] = tensor
            sources.append(tensor)
        before = dict(zip(variables, sources, strict=True))
        result = fn(*args, **kwargs)
        for variable, tensor in before.items():
            if trace.values[variable] is tensor:
                _unmark(trace, variable)
    else:
        wrapped = {i: tree.map_structure(source, value) for i, value in chosen.items()}
        sources = tree.flatten(list(wrapped.values()))
        result = fn(*(wrapped.get(i, a) for i, a in enumerate(args)), **kwargs)
    loss = result[0] if has_aux else result
    slopes = gradients(_checked(builder.own(_read(loss))), sources)
    if variables is not None:
        return result, slopes
    packed = tree.pack_sequence_as(list(chosen.values()), slopes)
    return result, packed[0] if isinstance(argnums, int) else tuple(packed)


def _unmark(trace: Trace, variable: Variable) -> None:
    """Let a variable that was only read have its value at the start again."""
    if variable in trace.inputs:
        trace.values[variable] = trace.inputs[variable]


def _read(value: Any) -> Any:
    return value.value if isinstance(value, Variable) else value


def _checked(loss: Tensor) -> Tensor:
    if loss.shape != () or is_dynamic(loss.shape) or not dtypes.is_float(loss.dtype):
        raise ArgumentError(
            message(
                "The function to differentiate must return a float scalar.",
                received=type_text(loss.shape, loss.dtype),
                fix="reduce it, for example with ops.mean",
            )
        )
    return loss


class CustomGradient:
    """A function with a gradient of its own, made by `custom_gradient`."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.fn = fn
        functools.update_wrapper(self, fn)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs of the function, marked with its gradient where one may be taken."""
        outputs, slope_fn = self.fn(*args, **kwargs)
        trace = current_trace()
        inputs = [_read(a) for a in tree.flatten(args)]
        if trace is None or not any(isinstance(a, Tensor) for a in inputs):
            return outputs
        builder = current_builder()
        assert builder is not None
        owned = [builder.own(_read(o)) for o in tree.flatten(outputs)]
        differentiable = [isinstance(a, Tensor) and dtypes.is_float(a.dtype) for a in inputs]
        sources = [a for a, wanted in zip(inputs, differentiable, strict=True) if wanted]
        with Builder(builder, "custom_gradient") as inner:
            given = [inner.input(o.shape, o.dtype, "upstream") for o in owned]
            slopes = tree.flatten(slope_fn(*given))
            _check_count(self.fn, slopes, inputs)
            chosen = [_read(s) for s, wanted in zip(slopes, differentiable, strict=True) if wanted]
            rule = inner.finish(
                [
                    zeros_like(s) if slope is None else inner.own(slope)
                    for slope, s in zip(chosen, sources, strict=True)
                ]
            )
        marked = builder.emit(
            "custom_gradient",
            *owned,
            *sources,
            *inner.captures,
            outputs=len(owned),
            sources=tuple(range(len(owned), len(owned) + len(sources))),
            rule=rule,
        )
        return tree.pack_sequence_as(outputs, marked) if tree.is_nested(outputs) else marked[0]


def _check_count(fn: Callable[..., Any], slopes: list, inputs: list) -> None:
    if len(slopes) != len(inputs):
        raise ArgumentError(
            message(
                f"The gradient function of {getattr(fn, '__name__', fn)!r} returns one value for "
                "each argument.",
                received=f"{len(slopes)} values for {len(inputs)} arguments",
                fix="return None for arguments without gradient",
            )
        )


def custom_gradient(fn: Callable[..., Any]) -> CustomGradient:
    """Give a function a gradient of its own.

    Args:
        fn: returns (outputs, slope function); the slope function takes the cotangents of the
            outputs and returns those of the arguments, one each.
    Returns:
        A function that returns the outputs.
    Example:
        >>> from lamina import ops
        >>> @custom_gradient
        ... def safe_log(x):
        ...     return ops.log(x), lambda upstream: upstream / ops.maximum(x, 0.5)
        >>> float(grad(safe_log)(0.25))
        2.0
    """
    return CustomGradient(fn)
