"""What of a model is exported: its inference, under the names of its inputs and outputs.

The program is written by `lamina/export`, its arguments are found by `export_signature.py`; the
formats of Keras that need another framework are refused here.
"""

from __future__ import annotations

import os
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, ConcreteBatchNeeded, message, near
from lamina.export.inference import Inference, trace_inference
from lamina.export.onnx_file import check_opset, load_onnx, write_onnx
from lamina.export.translation import to_graph
from lamina.ir.dims import Shape
from lamina.models.export_signature import (
    call_arguments,
    graph_of,
    names_of_leaves,
    traced_type,
)

_OTHERS = {  # Keras's further formats -> who can write them
    "tf_saved_model": "TensorFlow",
    "openvino": "OpenVINO, from an ONNX file too",
    "litert": "TensorFlow",
    "torch": "PyTorch",
}


def export_model(
    model: Any,
    filepath: str | os.PathLike,
    format: str,
    verbose: bool | None,
    input_signature: Any,
    options: dict[str, Any],
) -> None:
    """Do what `Model.export` says."""
    _check_format(format)
    version = options.pop("opset_version", None)
    if options:
        raise ArgumentError(
            message(
                f"export: unknown argument '{next(iter(options))}'.",
                required="opset_version, if anything",
            )
        )
    opset = check_opset(load_onnx(), version)
    arguments = call_arguments(model, input_signature)
    specs = tree.flatten(arguments)
    inference, output_names = _traced(model, arguments, [traced_type(model, s) for s in specs])
    graph = to_graph(
        inference.program,
        [(v.path, v.numpy()) for v in inference.variables],
        [spec.name for spec in specs],
        output_names,
        inference.places,
    )
    write_onnx(graph, filepath, model.name, opset)
    if verbose is None or verbose:
        print(f"ONNX file: {filepath}")


def _check_format(format: str) -> None:
    if format == "onnx":
        return
    if format in _OTHERS:
        raise ArgumentError(
            message(
                f"format={format!r} is written by {_OTHERS[format]}, not by Lamina.",
                required="format='onnx'",
                fix="model.export(path, format='onnx'); or save a .keras file and export it with "
                "Keras",
            )
        )
    raise ArgumentError(
        message(
            f"export: Unrecognized format={format!r}. {near(format, ['onnx', *_OTHERS])}".rstrip(),
            required="format='onnx'",
        )
    )


def _traced(
    model: Any, arguments: list[Any], types: list[tuple[Shape, str]]
) -> tuple[Inference, list[str]]:
    """The program of a call without training, and the names of its outputs."""
    how = {"training": False} if model._call_has_training_arg else {}
    results: list[Any] = []

    def call(tensors: list[Any]) -> Any:
        results.append(model(*tree.pack_sequence_as(arguments, tensors), **how))
        return results[0]

    try:
        inference = trace_inference(call, types, model.name)
    except ConcreteBatchNeeded as error:
        raise ArgumentError(
            message(
                f"'{model.name}' needs the batch size as a number: {error}.",
                fix="fix it, here to 32: input_signature=[lamina.InputSpec(shape=(32, ...), "
                "dtype='float32')]",
            )
        ) from None
    finally:
        model._clear_losses()
    return inference, _output_names(model, results[0])


def _output_names(model: Any, result: Any) -> list[str]:
    graph = graph_of(model)
    if graph is not None:
        return list(graph.output_names)
    return names_of_leaves(result, "output")
