"""Where a variable's value is looked up: in the variable itself, or in a scope that stands for it.

Scopes nest. A `Trace` is the scope of a program under construction: reading a variable makes it an
input of the program, assigning to it makes the new value an output. A `StatelessScope` maps
variables to values that the caller gives, and collects what is assigned. Without a scope, values
live in the variables.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lamina.base.errors import ArgumentError, message
from lamina.ir.builder import Builder, suspended
from lamina.ir.program import Tensor

if TYPE_CHECKING:
    from lamina.runtime.variable import Variable

_LOCAL = threading.local()


def _stack() -> list[Scope]:
    stack = getattr(_LOCAL, "stack", None)
    if stack is None:
        stack = _LOCAL.stack = []
    return stack


class Scope:
    """Values that stand for variables inside a `with` block."""

    def __init__(self) -> None:
        self.values: dict[Variable, Any] = {}

    def __enter__(self) -> Any:
        _stack().append(self)
        return self

    def __exit__(self, *_: Any) -> None:
        _stack().pop()


class Trace(Scope):
    """The scope of a program under construction.

    Attributes:
        builder: collects the nodes; active inside the block.
        inputs: variable -> the input tensor that holds its value at the start.
    """

    def __init__(self, name: str = "program", nested: bool = False) -> None:
        super().__init__()
        outer = current_trace()
        self.nested = nested and outer is not None
        self.builder: Builder = Builder(outer.builder if self.nested and outer else None, name)
        self.inputs: dict[Variable, Tensor] = {}

    def __enter__(self) -> Trace:
        super().__enter__()
        self.builder.__enter__()
        return self

    def __exit__(self, *_: Any) -> None:
        self.builder.__exit__()
        super().__exit__()

    def written(self) -> list[Variable]:
        """The variables whose value differs from the one at the start, in order of first use."""
        return [v for v, value in self.values.items() if value is not self.inputs.get(v)]


class StatelessScope(Scope):
    """Read variables from a given mapping; collect assignments instead of performing them.

    Args:
        state_mapping: pairs (variable, value), or None.
        collect_losses: accepted for Keras's sake.
        initialize_variables: accepted for Keras's sake.
    Example:
        >>> import lamina
        >>> v = lamina.Variable(1.0)
        >>> with StatelessScope([(v, lamina.ops.array(5.0))]) as scope:
        ...     _ = v.assign(v + 1)
        >>> float(scope.get_current_value(v)), float(v.value)
        (6.0, 1.0)
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Variable, Any]] | None = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ) -> None:
        super().__init__()
        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self.losses: list[Any] = []
        for variable, value in state_mapping or ():
            if not hasattr(variable, "assign"):
                raise ArgumentError(
                    message(
                        "Invalid reference variable in `state_mapping`: all keys must be "
                        "`Variable` instances.",
                        received=type(variable).__name__,
                    )
                )
            self.add_update((variable, value))

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Set the value that stands for a variable."""
        variable, value = update
        self.values[variable] = value

    def get_current_value(self, ref: Variable) -> Any:
        """The value that stands for a variable, None if it has none here."""
        return self.values.get(ref)


class SymbolicScope(StatelessScope):
    """Marks that shapes are being inferred; accepted for Keras's sake."""


class outside_scopes:
    """Inside this block nothing is traced and variables hold their own values."""

    def __enter__(self) -> None:
        self._scopes = _stack()
        _LOCAL.stack = []
        self._builders = suspended()
        self._builders.__enter__()

    def __exit__(self, *_: Any) -> None:
        self._builders.__exit__()
        _LOCAL.stack = self._scopes


def current_trace() -> Trace | None:
    """The innermost trace, or None."""
    for scope in reversed(_stack()):
        if isinstance(scope, Trace):
            return scope
    return None


def in_stateless_scope() -> bool:
    """Whether variables are read from a scope and not from themselves."""
    return bool(_stack())


def read(variable: Variable) -> Any:
    """The value of a variable here and now."""
    stack = getattr(_LOCAL, "stack", None)
    if not stack:
        return variable._value
    for scope in reversed(stack):
        if variable in scope.values:
            return scope.values[variable]
        if isinstance(scope, Trace) and not scope.nested:
            tensor = scope.builder.input(variable.shape, variable._dtype, variable.path)
            scope.inputs[variable] = scope.values[variable] = tensor
            return tensor
    return variable._value


def write(variable: Variable, value: Any) -> None:
    """Give a variable a new value, here and now."""
    stack = getattr(_LOCAL, "stack", None)
    if stack:
        stack[-1].values[variable] = value
    else:
        variable._set(value)
