"""A function made from symbolic tensors: the graph between its inputs and its outputs.

The order of nodes and operations is Keras's, because saved files and lists of weights depend on it:
operations by falling depth (the longest way to an output), equal ones in the order of a depth-first
walk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, message
from lamina.ops.operation import Node, Operation
from lamina.ops.symbolic import KerasTensor


def node_of(tensor: KerasTensor) -> Node:
    """The call that made a symbolic tensor."""
    history = getattr(tensor, "_keras_history", None)
    if history is None:
        raise ArgumentError(
            message(
                f"The symbolic tensor {tensor!r} was not made by a layer or an op.",
                fix="begin with lamina.Input(shape)",
            )
        )
    return history.operation._inbound_nodes[history.node_index]


class Graph:
    """The nodes between inputs and outputs.

    Attributes:
        nodes: the set of nodes.
        nodes_by_depth: lists of nodes, the deepest first.
        operations: the operations in Keras's order.
    """

    def __init__(self, inputs: list[KerasTensor], outputs: list[KerasTensor]) -> None:
        ordered, first_seen = _walk(inputs, outputs)
        present = set(ordered)
        node_depth: dict[Node, int] = {}
        operation_depth: dict[Operation, int] = {}
        for node in reversed(ordered):
            depth = max(node_depth.setdefault(node, 0), operation_depth.get(node.operation, 0))
            operation_depth[node.operation] = node_depth[node] = depth
            for parent in node.parent_nodes:
                if parent in present:
                    node_depth[parent] = max(depth + 1, node_depth.get(parent, 0))
        for tensor in inputs:  # inputs that no output needs
            node = node_of(tensor)
            if node.operation not in operation_depth and node.is_input:
                operation_depth[node.operation] = node_depth[node] = 0
                first_seen[node.operation] = -1
        self.nodes = set(node_depth)
        by_depth: dict[int, list[Node]] = defaultdict(list)
        for node, depth in node_depth.items():
            by_depth[depth].append(node)
        self.nodes_by_depth = [by_depth[d] for d in sorted(by_depth, reverse=True)]
        self.operations = sorted(
            operation_depth, key=lambda o: (-operation_depth[o], first_seen[o])
        )
        self._check_connected(inputs)
        self._check_names()

    def _check_connected(self, inputs: list[KerasTensor]) -> None:
        known = {id(t) for t in inputs}
        reached: list[str] = []
        for nodes in self.nodes_by_depth:
            for node in nodes:
                for tensor in node.input_tensors:
                    if id(tensor) not in known:
                        raise ArgumentError(
                            f"Graph disconnected: cannot find parent for tensor {tensor} at "
                            f"operation '{node.operation.name}'. The following previous operations "
                            f"were accessed without issue: {reached}"
                        )
                reached.append(node.operation.name)
                known.update(id(t) for t in node.outputs)

    def _check_names(self) -> None:
        names = [o.name for o in self.operations]
        for name in names:
            if names.count(name) != 1:
                raise ArgumentError(
                    f'The name "{name}" is used {names.count(name)} times in the model. All '
                    "operation names should be unique."
                )


def _walk(
    inputs: list[KerasTensor], outputs: list[KerasTensor]
) -> tuple[list[Node], dict[Operation, int]]:
    """Nodes in an order in which they can run, and when each operation was first met.

    Depth first from each output, without recursion.
    """
    given = {id(t) for t in inputs}
    finished: set[Node] = set()
    open_nodes: set[Node] = set()
    ordered: list[Node] = []
    first_seen: dict[Operation, int] = {}
    for output in outputs:
        stack: list[tuple[KerasTensor, bool]] = [(output, False)]
        while stack:
            tensor, leaving = stack.pop()
            node = node_of(tensor)
            if leaving:
                finished.add(node)
                open_nodes.discard(node)
                ordered.append(node)
                continue
            if node in finished:
                continue
            if not node.is_input and id(tensor) in given:
                finished.add(node)
                continue
            if node in open_nodes:
                raise ArgumentError(
                    f"Tensor {tensor} from operation '{node.operation.name}' is part of a cycle."
                )
            first_seen.setdefault(node.operation, len(first_seen))
            open_nodes.add(node)
            stack.append((tensor, True))
            stack.extend((t, False) for t in reversed(node.input_tensors))
    return ordered, first_seen


class Function(Operation):
    """A function defined by symbolic inputs and outputs.

    Args:
        inputs: symbolic tensor, or a nested structure of them.
        outputs: symbolic tensors computed from the inputs.
        name: made up if None.
    Raises:
        ArgumentError: no inputs or outputs, or an output that does not depend on the inputs.
    Example:
        >>> import lamina, numpy as np
        >>> x = lamina.Input((2,))
        >>> Function(x, x * 2.0)(np.ones((1, 2), "float32")).tolist()
        [[2.0, 2.0]]
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        super().__init__(name=name)
        self._inputs_struct = tree.map_structure(lambda x: x, inputs)
        self._outputs_struct = tree.map_structure(lambda x: x, outputs)
        self._inputs = tree.flatten(inputs)
        self._outputs = tree.flatten(outputs)
        for what, tensors in (("inputs", self._inputs), ("outputs", self._outputs)):
            if not tensors:
                raise ArgumentError(
                    f"`{what}` argument cannot be empty. Received: inputs={inputs}, "
                    f"outputs={outputs}"
                )
        self._graph = Graph(self._inputs, self._outputs)
        computed = {id(t) for t in self._inputs}
        for nodes in self._graph.nodes_by_depth:
            for node in nodes:
                if not node.is_input and all(id(t) in computed for t in node.input_tensors):
                    computed.update(id(t) for t in node.outputs)
        for path, tensor in tree.flatten_with_path(self._outputs_struct):
            if id(tensor) not in computed:
                where = ".".join(map(str, path))
                missing = [
                    t.name
                    for nodes in self._graph.nodes_by_depth
                    for node in nodes
                    if node.is_input
                    for t in node.outputs
                    if id(t) not in computed
                ]
                raise ArgumentError(
                    message(
                        f"Output with path `{where}` is not connected to `inputs`",
                        received=f"inputs {[t.name for t in self._inputs]}",
                        required=f"also the inputs that it depends on: {missing[:5]}"
                        if missing
                        else None,
                    )
                )

    @property
    def operations(self) -> list[Operation]:
        """The operations of the graph."""
        return list(self._graph.operations)

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs, flat."""
        return self._inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs, flat."""
        return self._outputs

    def call(self, inputs: Any) -> Any:
        """The outputs for new inputs."""
        self._assert_input_compatibility(inputs)
        return self._run_through_graph(inputs)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The symbolic outputs for symbolic inputs."""
        self._assert_input_compatibility(inputs)
        pairs = zip(tree.flatten(inputs), self._inputs, strict=True)
        if all(x.shape == own.shape for x, own in pairs):
            return tree.map_structure(lambda t: KerasTensor(t.shape, t.dtype), self._outputs_struct)
        return self._run_through_graph(inputs, lambda operation: operation.compute_output_spec)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for shapes of the inputs."""
        dtypes = iter([t.dtype for t in self._inputs])
        symbols = tree.map_shape_structure(lambda s: KerasTensor(s, next(dtypes)), input_shape)
        return tree.map_structure(lambda t: t.shape, self.compute_output_spec(symbols))

    def _run_through_graph(
        self, inputs: Any, operation_fn: Callable[[Operation], Callable] = lambda o: o
    ) -> Any:
        """Call every operation on values in the place of the symbolic tensors."""
        values: dict[int, Any] = dict(
            zip(map(id, self._inputs), tree.flatten(inputs), strict=False)
        )
        for nodes in self._graph.nodes_by_depth:
            for node in nodes:
                if node.is_input or any(id(t) not in values for t in node.input_tensors):
                    continue
                args, kwargs = node.fill(values)
                results = operation_fn(node.operation)(*args, **kwargs)
                values.update(zip(map(id, node.outputs), tree.flatten(results), strict=False))
        return tree.pack_sequence_as(self._outputs_struct, [values[id(t)] for t in self._outputs])

    def _assert_input_compatibility(self, inputs: Any) -> None:
        try:
            tree.assert_same_structure(inputs, self._inputs_struct)
        except ValueError:
            raise ArgumentError(
                "Function was called with an invalid input structure. Expected input structure: "
                f"{self._inputs_struct}\nReceived input structure: {inputs}"
            ) from None
        for x, own in zip(tree.flatten(inputs), self._inputs, strict=True):
            fits = len(x.shape) == len(own.shape) and all(
                a is None or b is None or hasattr(a, "coefficients") or a == b
                for a, b in zip(x.shape, own.shape, strict=True)
            )
            if not fits:
                raise ArgumentError(
                    f"{type(self).__name__} was passed incompatible inputs. For input "
                    f"'{own.name}', expected shape {own.shape}, but received instead a tensor with "
                    f"shape {tuple(x.shape)}."
                )
