"""The arguments with which an exported model is called: structure, shapes, dtypes, names.

They are what a graph declares, what a model was built for, or what the user says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, ArgumentTypeError, NotBuiltError, message
from lamina.ir.dims import BATCH, Shape
from lamina.layers.input_spec import InputSpec
from lamina.ops.symbolic import KerasTensor


def names_of_leaves(structure: Any, kind: str) -> list[str]:
    """Names from the keys of dicts, else from the number: "output_0"."""
    names = []
    for number, (path, _) in enumerate(tree.flatten_with_path(structure)):
        key = path[-1] if path else number
        names.append(key if isinstance(key, str) else f"{kind}_{number}")
    return names


def graph_of(model: Any) -> Any:
    """The functional model that a model is or holds, or None."""
    if hasattr(model, "_inputs_struct"):
        return model
    return getattr(model, "_functional", None)


def call_arguments(model: Any, signature: Any) -> list[Any]:
    """An InputSpec with shape, dtype and name for each tensor among the arguments of a call."""
    graph = graph_of(model)
    if graph is not None:
        declared = tree.flatten(graph._inputs_struct)
        given = declared if signature is None else tree.flatten(signature)
        if len(given) != len(declared):
            raise ArgumentError(
                message(
                    "`input_signature` has another number of inputs than the model.",
                    received=len(given),
                    required=", ".join(f"{t.name} {t.shape}" for t in declared),
                )
            )
        specs = [_spec(g, d.name) for g, d in zip(given, declared, strict=True)]
        return [tree.pack_sequence_as(graph._inputs_struct, specs)]
    if signature is None:
        signature = _built_for(model)
    elif not isinstance(signature, (list, tuple)):
        signature = [signature]
    names = names_of_leaves(signature, "input")
    leaves = zip(tree.flatten(signature), names, strict=True)
    return tree.pack_sequence_as(list(signature), [_spec(leaf, name) for leaf, name in leaves])


def _built_for(model: Any) -> list[Any]:
    """Symbolic tensors like those that the model was first called on."""
    if not model.built or not model._build_shapes:
        raise NotBuiltError(
            message(
                f"'{model.name}' cannot be exported yet: the shapes of its inputs are not known.",
                fix="call it on data once, or pass input_signature=[lamina.InputSpec(shape=(None, "
                "4), dtype='float32')]",
            )
        )

    def symbol(shape: Any) -> KerasTensor:
        return KerasTensor(shape, model.input_dtype)

    return [tree.map_shape_structure(symbol, shape) for shape in model._build_shapes.values()]


def _spec(given: Any, name: str) -> InputSpec:
    """What an element of a signature says; only an InputSpec can fix the batch."""
    if isinstance(given, InputSpec):
        shape: Any = given.shape
        name = given.name or name
    elif hasattr(given, "shape") and hasattr(given, "dtype"):
        shape = (None, *given.shape[1:]) if len(given.shape) else ()
    else:
        raise ArgumentTypeError(
            message(
                "`input_signature` holds something that is no InputSpec, KerasTensor or array.",
                received=f"{given!r:.80} (of type {type(given).__name__})",
                fix="input_signature=[lamina.InputSpec(shape=(None, 4), dtype='float32')]",
            )
        )
    if shape is None or given.dtype is None:
        raise ArgumentError(
            message(f"The signature of '{name}' needs `shape` and `dtype`.", f"{given!r:.80}")
        )
    return InputSpec(shape=tuple(shape), dtype=given.dtype, name=name)


def traced_type(model: Any, spec: InputSpec) -> tuple[Shape, str]:
    """Shape and dtype of a traced input; its first axis is the batch unless it has a number."""
    shape: Sequence[int | None] = spec.shape or ()
    if None in shape[1:]:
        raise ArgumentError(
            message(
                f"'{model.name}' cannot be exported: an axis other than the batch has no size.",
                received=f"input '{spec.name}' {tuple(shape)}",
                fix="fix the size, here to 20: input_signature=[lamina.InputSpec(shape=(None, 20), "
                f"dtype='{spec.dtype}')]",
            )
        )
    dtype = spec.dtype
    assert dtype is not None
    return tuple(BATCH if size is None else size for size in shape), dtype
