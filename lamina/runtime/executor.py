"""Which executor runs programs: chosen here and nowhere else.

`LAMINA_EXECUTOR` or `set_executor` names it. "native" compiles to machine code and is the default;
"numpy" is the reference executor, which also stands in where LLVM cannot run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from lamina.base.errors import ArgumentError, message, near
from lamina.executors.reference import compile_program as compile_reference
from lamina.ir.program import Program

_CHOSEN: list[str] = []
_UNAVAILABLE: list[str] = []  # why the native executor cannot run, once that is known


def _reference(
    program: Program, updates: Mapping[int, int] | None = None, leaves: int = 0, rows: int = 0
) -> Any:
    return compile_reference(program)


def _native(
    program: Program, updates: Mapping[int, int] | None = None, leaves: int = 0, rows: int = 0
) -> Any:
    if not _UNAVAILABLE:
        try:
            # Only here: the compiler is not part of what `import lamina` loads.
            from lamina.executors.native.executable import compile_program

            return compile_program(program, updates, leaves, rows)
        except ImportError as error:
            _UNAVAILABLE.append(str(error))
            print(
                f"lamina: LLVM cannot be loaded ({error}); programs run in NumPy, more slowly. "
                "To have them compiled: pip install llvmlite",
                file=sys.stderr,
            )
    return _reference(program, updates, leaves, rows)


EXECUTORS: dict[str, Callable[..., Any]] = {
    "native": _native,
    "numpy": _reference,
}
_DEFAULT = "native"


def executor_name() -> str:
    """The name of the executor in use."""
    name = _CHOSEN[0] if _CHOSEN else os.environ.get("LAMINA_EXECUTOR", _DEFAULT)
    if name not in EXECUTORS:
        raise ArgumentError(
            message(
                f"Unknown executor {name!r}. {near(name, EXECUTORS)}".strip(),
                required=" or ".join(sorted(EXECUTORS)),
                fix="set LAMINA_EXECUTOR or call lamina.config.set_executor",
            )
        )
    return name


def set_executor(name: str | None) -> None:
    """Choose the executor for functions compiled from now on; None returns to the default."""
    before, _CHOSEN[:] = list(_CHOSEN), [] if name is None else [name]
    try:
        executor_name()
    except ArgumentError:
        _CHOSEN[:] = before
        raise


def compile_for_executor(
    program: Program, updates: Mapping[int, int] | None = None, leaves: int = 0, rows: int = 0
) -> Any:
    """Make a program ready to run on the executor in use.

    Args:
        program: what to run.
        updates: output number -> number of the input whose new value it is.
        leaves: how many of the last inputs are data, whose rows may be picked step by step.
        rows: how many rows batches will have, about; any number will do.
    """
    return EXECUTORS[executor_name()](program, updates, leaves, rows)
