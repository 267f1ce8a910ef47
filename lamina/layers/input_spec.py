"""What a layer demands of its inputs, and the check of it."""

from __future__ import annotations

from typing import Any

from lamina.base import dtypes, tree
from lamina.base.errors import ArgumentError, ShapeError, message, near
from lamina.ir.dims import Dim
from lamina.ops.symbolic import standardize_shape


class InputSpec:
    """Demands on one input of a layer.

    Args:
        dtype: dtype's name, or None for any.
        shape: tuple of int and None, None for any.
        ndim: the number of axes.
        max_ndim: the greatest number of axes.
        min_ndim: the smallest number of axes.
        axes: dict axis -> size.
        allow_last_axis_squeeze: whether a last axis of size 1 may be missing or superfluous.
        name: the expected key when inputs come as a dict.
        optional: whether the input may be None.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = None if dtype is None else dtypes.standardize_dtype(dtype)
        self.shape = None if shape is None else standardize_shape(shape)
        self.ndim = ndim if shape is None else len(self.shape or ())
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.name = name
        self.optional = optional
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        try:
            self.axes = {int(k): v for k, v in (axes or {}).items()}
        except (TypeError, ValueError, AttributeError):
            raise TypeError(
                f"Argument `axes` must be a dict with integer keys. Received: axes={axes}"
            ) from None
        limit = self.ndim or self.max_ndim
        if self.axes and limit is not None and max(self.axes) > limit - 1:
            raise ArgumentError(
                f"Axis {max(self.axes)} is greater than the maximum allowed value: {limit - 1}"
            )

    def get_config(self) -> dict[str, Any]:
        """The demands as a dict."""
        keys = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {k: getattr(self, k) for k in keys}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """A spec from `get_config`."""
        return cls(**config)

    def __repr__(self) -> str:
        keys = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        parts = [f"{k}={getattr(self, k)}" for k in keys if getattr(self, k)]
        return f"InputSpec({', '.join(parts)})"


def assert_input_compatibility(input_spec: Any, inputs: Any, layer_name: str) -> None:
    """Raise unless inputs meet a layer's demands.

    Args:
        input_spec: InputSpec, or a structure of them.
        inputs: tensors.
        layer_name: for the message.
    Raises:
        ArgumentError: wrong number or kind of inputs.
        ShapeError: wrong number of axes, or a wrong size.
    """
    specs = tree.flatten(input_spec)
    values = _in_order(specs, inputs, layer_name)
    if len(values) != len(specs):
        names = [s.name for s in specs if s is not None]
        if len(names) == len(specs) and all(names):
            example = ", ".join(f"'{n}': ..." for n in names)
            raise ArgumentError(
                f'Layer "{layer_name}" expects {len(specs)} named input(s) with keys {names}, but '
                f"it received {len(values)} input tensors. Pass inputs as a dict, e.g. "
                f"`layer({{{example}}})`."
            )
        raise ArgumentError(
            f'Layer "{layer_name}" expects {len(specs)} input(s), but it received {len(values)} '
            "input tensors."
        )
    for index, (x, spec) in enumerate(zip(values, specs, strict=True)):
        if spec is None or (x is None and spec.optional):
            continue
        if not hasattr(x, "shape"):
            raise ArgumentError(
                message(
                    f"Inputs to a layer should be tensors. Got '{x!s:.100}' (of type "
                    f"{type(x).__name__}) as input for layer '{layer_name}'.",
                    fix="end the `call` of the layer before with `return`" if x is None else None,
                )
            )
        _check(spec, x, index, layer_name)


def _in_order(specs: list, inputs: Any, layer_name: str) -> list:
    names = [s.name for s in specs if s is not None]
    if isinstance(inputs, dict) and len(names) == len(specs) and all(names):
        for name in names:
            if name not in inputs:
                hint = near(name, [str(k) for k in inputs if k not in names])
                raise ArgumentError(
                    f'Missing data for input "{name}". You passed a data dictionary with keys '
                    f"{list(inputs)!s:.200}. Expected the following keys: {names!s:.200}"
                    + hint.replace("Did you mean", ". Was it misspelt as")
                )
        return [inputs[n] for n in names]
    if isinstance(inputs, dict):
        raise ArgumentError(
            message(
                f"Layer '{layer_name}' expects {len(specs)} input(s) without names.",
                received=f"a dict with the keys {list(inputs)!s:.200}",
                fix="pass the tensor itself",
            )
        )
    return tree.flatten(inputs)


def _check(spec: InputSpec, x: Any, index: int, layer_name: str) -> None:
    shape = tuple(None if isinstance(s, Dim) else s for s in x.shape)
    ndim = len(shape)
    named = f" with name '{spec.name}'" if spec.name else ""
    head = f"Input {index}{named} of layer '{layer_name}' is incompatible with the layer: "
    tail = f" Full shape received: {shape}"
    if spec.ndim is not None and not spec.allow_last_axis_squeeze and ndim != spec.ndim:
        raise ShapeError(f"{head}expected ndim={spec.ndim}, found ndim={ndim}.{tail}")
    if spec.max_ndim is not None and ndim > spec.max_ndim:
        raise ShapeError(f"{head}expected max_ndim={spec.max_ndim}, found ndim={ndim}.{tail}")
    if spec.min_ndim is not None and ndim < spec.min_ndim:
        raise ShapeError(f"{head}expected min_ndim={spec.min_ndim}, found ndim={ndim}.{tail}")
    if spec.dtype is not None and dtypes.standardize_dtype(x.dtype) != spec.dtype:
        raise ArgumentError(f"{head}expected dtype={spec.dtype}, found dtype={x.dtype}")
    for axis, value in spec.axes.items():
        if value is not None and shape[axis] not in (value, None):
            raise ShapeError(
                message(
                    f"{head}expected axis {axis} of input shape to have value {value}, but "
                    f"received input with shape {shape}",
                    required=f"size {value} on axis {axis}, as when the layer was built",
                    fix="pass data of that size, or build a new layer or model for this one",
                )
            )
    if spec.shape is not None:
        wanted = spec.shape
        if spec.allow_last_axis_squeeze:
            shape = shape[:-1] if shape and shape[-1] == 1 else shape
            wanted = wanted[:-1] if wanted and wanted[-1] == 1 else wanted
        for a, b in zip(wanted, shape, strict=False):
            if a is not None and b is not None and a != b:
                raise ShapeError(f"{head}expected shape={spec.shape}, found shape={shape}")
