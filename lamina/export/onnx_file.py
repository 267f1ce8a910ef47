"""The ONNX file: a graph as a message of the package onnx, checked, then written atomically.

This is the only file that imports onnx.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from lamina.base.atomic import atomic_write
from lamina.base.errors import ArgumentError, message, missing_extra
from lamina.base.version import VERSION
from lamina.export.graph import Graph, OnnxNode, Value
from lamina.ir.dims import Dim

OPSET = 18  # the first with all operators used here; ONNX Runtime reads it since 1.14 (2023)
_LARGEST = 2**31 - 2**20  # bytes of a protobuf message, less what is no weight


def load_onnx() -> Any:
    """The package onnx.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise missing_extra("onnx", "onnx", "Export to ONNX") from None
    return onnx


def check_opset(onnx: Any, version: Any) -> int:
    """The opset to write, `OPSET` for None.

    Raises:
        ArgumentError: no such version, or one that lacks operators used here.
    """
    if version is None:
        return OPSET
    newest = onnx.defs.onnx_opset_version()
    if isinstance(version, bool) or not isinstance(version, int) or not OPSET <= version <= newest:
        raise ArgumentError(
            message("`opset_version` cannot be written.", version, f"an int, {OPSET} to {newest}")
        )
    return version


def write_onnx(graph: Graph, path: str | os.PathLike, name: str, opset: int) -> None:
    """Write a graph as an ONNX file.

    Args:
        graph: the outermost graph.
        path: the file to create or replace.
        name: of the graph, for those who look into it.
        opset: the version of ONNX's operators.
    Raises:
        ArgumentError: the weights take 2 GB or more.
        OSError: the file cannot be written; an old one stays as it was.
    """
    onnx = load_onnx()
    size = sum(array.nbytes for array in graph.constants.values())
    if size >= _LARGEST:
        raise ArgumentError(
            message("An ONNX file holds less than 2 GB.", received=f"{size:,} bytes of weights")
        )
    helper = onnx.helper
    identifier = helper.make_opsetid("", opset)
    model = helper.make_model(
        _graph(onnx, graph, name),
        opset_imports=[identifier],
        ir_version=helper.find_min_ir_version_for([identifier]),
        producer_name="lamina",
        producer_version=VERSION,
    )
    onnx.checker.check_model(model)
    with atomic_write(path) as temporary:
        temporary.write_bytes(model.SerializeToString())


def _graph(onnx: Any, graph: Graph, name: str) -> Any:
    return onnx.helper.make_graph(
        [_node(onnx, node) for node in graph.nodes],
        name,
        [_value(onnx, value) for value in graph.inputs],
        [_value(onnx, value) for value in graph.outputs],
        [_weight(onnx, name, array) for name, array in graph.constants.items()],
    )


def _weight(onnx: Any, name: str, array: np.ndarray) -> Any:
    return onnx.numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)


def _node(onnx: Any, node: OnnxNode) -> Any:
    attributes = {key: _attribute(onnx, node, key, v) for key, v in node.attributes.items()}
    return onnx.helper.make_node(
        node.operator, node.inputs, node.outputs, name=node.name, **attributes
    )


def _attribute(onnx: Any, node: OnnxNode, key: str, value: Any) -> Any:
    if isinstance(value, Graph):
        return _graph(onnx, value, node.name)
    return _type(onnx, value) if key == "to" else value


def _type(onnx: Any, dtype: str) -> int:
    return onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


def _value(onnx: Any, value: Value) -> Any:
    shape = [_symbol(size) if isinstance(size, Dim) else size for size in value.shape]
    return onnx.helper.make_tensor_value_info(value.name, _type(onnx, value.dtype), shape)


def _symbol(size: Dim) -> str:
    """The name of a dimension: "batch", or a formula of it."""
    return str(size).replace("B", "batch")
