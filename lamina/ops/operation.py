"""Operations: what can stand in a functional model, and the record of its calls.

A layer is an operation; so is a function of `lamina.ops` called on symbolic tensors. Each symbolic
call leaves a `Node` that connects the tensors that went in with those that came out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from lamina.base import tree
from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.base.naming import auto_name
from lamina.ops.symbolic import KerasHistory, KerasTensor, any_symbolic, infer_spec
from lamina.saving.operations import filed_as


class Node:
    """One symbolic call of an operation.

    Args:
        operation: what was called.
        args: its positional arguments.
        kwargs: its keyword arguments.
        outputs: what came out, a structure of KerasTensors.
    """

    def __init__(self, operation: Operation, args: tuple, kwargs: dict, outputs: Any) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.input_tensors = [t for t in tree.flatten([args, kwargs]) if isinstance(t, KerasTensor)]
        self.outputs = [t for t in tree.flatten(outputs) if isinstance(t, KerasTensor)]
        index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for tensor in self.input_tensors:
            history = getattr(tensor, "_keras_history", None)
            if history is not None:
                history.operation._outbound_nodes.append(self)
        for position, tensor in enumerate(self.outputs):
            tensor._keras_history = KerasHistory(operation, index, position)

    @property
    def output_tensors(self) -> list[KerasTensor]:
        """The tensors that came out."""
        return self.outputs

    @property
    def is_input(self) -> bool:
        """Whether the node is the entrance of data."""
        return not self.input_tensors

    @property
    def parent_nodes(self) -> list[Node]:
        """The nodes that made the input tensors."""
        parents = []
        for tensor in self.input_tensors:
            history = getattr(tensor, "_keras_history", None)
            if history is not None:
                parents.append(history.operation._inbound_nodes[history.node_index])
        return parents

    def fill(self, values: dict[int, Any]) -> tuple[tuple, dict]:
        """The call's arguments with tensors replaced by `values[id(tensor)]`."""

        def value(x: Any) -> Any:
            return values[id(x)] if isinstance(x, KerasTensor) else x

        return tree.map_structure(value, self.args), tree.map_structure(value, self.kwargs)

    def __repr__(self) -> str:
        return f"<Node operation={self.operation.name}, id={id(self)}>"


class ConfigurationError(ArgumentError, ArgumentTypeError):
    """A config does not suit its class; both a ValueError and a TypeError, as in Keras."""


class Operation:
    """Something that can be called on tensors and on symbolic tensors.

    Args:
        name: a string without "/"; made up if None.
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = auto_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            raise ArgumentError(
                message(
                    "Argument `name` must be a string and cannot contain character `/`.",
                    received=f"name={name} (of type {type(name)})",
                )
            )
        self.name = name
        self._inbound_nodes: list[Node] = []
        self._outbound_nodes: list[Node] = []

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Remember the constructor's arguments, which `get_config` falls back to."""
        instance = super().__new__(cls)
        instance.__dict__["_init_arguments"] = (args, kwargs)
        return instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute, or record a symbolic call."""
        if any_symbolic(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        return self.call(*args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the operation computes; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} does not define `call`.")

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic outputs of a call, with the call recorded."""
        outputs = self.compute_output_spec(*args, **kwargs)
        Node(self, args, kwargs, outputs)
        return outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic outputs of a call, by tracing `call`."""
        return infer_spec(self.call, args, kwargs)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as a dict.

        Raises:
            NotImplementedError: the constructor was given something that is no plain value, so the
                class must define `get_config` itself.
        """
        config: dict[str, Any] = {"name": self.name}
        if not getattr(self.get_config, "_is_default", False):
            return config  # an override adds what it needs
        args, kwargs = self.__dict__.get("_init_arguments", ((), {}))
        cls = type(self)
        signature = inspect.signature(cls.__init__)
        try:
            given = signature.bind(self, *args, **kwargs).arguments
        except TypeError:
            given = {}
        for name, value in list(given.items())[1:]:
            kind = signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_KEYWORD:
                config.update(value)
            elif kind is not inspect.Parameter.VAR_POSITIONAL:
                config[name] = value
        if not all(_is_plain(v) for v in config.values()):
            raise NotImplementedError(
                f"Object {cls.__name__} was created by passing non-serializable argument values in "
                "`__init__()`, and therefore must override `get_config()` in order to be "
                "serializable. Please implement `get_config()`."
            )
        return config

    get_config._is_default = True  # type: ignore[attr-defined]

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An instance from what `get_config` gave.

        Raises:
            ConfigurationError: the constructor does not accept it.
        """
        try:
            return cls(**config)
        except (TypeError, ValueError) as error:
            raise ConfigurationError(
                f"Error when deserializing class '{cls.__name__}' using config={config!s:.500}.\n\n"
                f"Exception encountered: {error}"
            ) from error

    def _single(self, what: str) -> list[Node]:
        if not self._inbound_nodes:
            raise AttributeError(
                f"The layer {self.name} has never been called and thus has no defined {what}."
            )
        return self._inbound_nodes

    @property
    def input(self) -> Any:
        """The symbolic input of the only call."""
        nodes = self._single("input")
        tensors = nodes[0].input_tensors
        return tensors[0] if len(tensors) == 1 else tensors

    @property
    def output(self) -> Any:
        """The symbolic output of the first call."""
        tensors = self._single("output")[0].outputs
        return tensors[0] if len(tensors) == 1 else tensors


class FunctionOperation(Operation):
    """A call of a function of `lamina.ops` inside a functional model.

    As in Keras, some arguments (`axis`, `keepdims`) belong to the operation and its config, the
    others to its calls.

    Args:
        function: the public op.
        name: made up if None.
        **arguments: the arguments that belong to the operation.
    """

    def __init__(
        self, function: Callable[..., Any], name: str | None = None, **arguments: Any
    ) -> None:
        super().__init__(name=name or auto_name(function.__name__))
        self.function = function
        self.arguments = arguments

    @classmethod
    def record(cls, function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        """The symbolic outputs of a call of a public op, with the call recorded."""
        row = filed_as(function.__name__)
        names = row.config_arguments if row is not None else ()
        given = inspect.signature(function).bind(*args, **kwargs)
        own = {n: given.arguments[n] for n in names if _is_plain(given.arguments.get(n, print))}
        given.arguments = {n: v for n, v in given.arguments.items() if n not in own}
        operation = cls(function, **own)
        args, kwargs = _without(given, own)
        return operation.symbolic_call(*args, **kwargs)

    @property
    def function_name(self) -> str:
        """The op's public name."""
        return self.function.__name__

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The op's result for the arguments of a call and the operation's own."""
        args, kwargs = _together(inspect.signature(self.function), self.arguments, args, kwargs)
        return self.function(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """The name and the operation's own arguments."""
        return {"name": self.name, **self.arguments}


def _without(given: inspect.BoundArguments, own: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """What is left of a call's arguments; by name from the first one that was left out."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    gap = False
    for name, parameter in given.signature.parameters.items():
        if name not in given.arguments:
            gap = gap or name not in own
            continue
        value = given.arguments[name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            args.extend(value)
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            kwargs.update(value)
        elif gap or parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            kwargs[name] = value
        else:
            args.append(value)
    return tuple(args), kwargs


def _together(
    signature: inspect.Signature, own: dict[str, Any], args: tuple, kwargs: dict[str, Any]
) -> tuple[tuple, dict[str, Any]]:
    """A call's arguments and the operation's own, put in the function's order."""
    rest, named = list(args), dict(kwargs)
    positional: list[Any] = []
    for name, parameter in signature.parameters.items():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            positional.extend(rest)
            rest = []
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            named.update({name: own[name]} if name in own else {})
        elif parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            if name in own:
                positional.append(own[name])
            elif rest:
                positional.append(rest.pop(0))
            elif name in named or parameter.default is not inspect.Parameter.empty:
                positional.append(named.pop(name, parameter.default))
    return (*positional, *rest), named


def _is_plain(value: Any) -> bool:
    if isinstance(value, (str, int, float, bool, type(None))):
        return True
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return isinstance(value, dict) and all(map(_is_plain, value.values()))
