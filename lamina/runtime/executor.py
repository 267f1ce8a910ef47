"""Which executor runs programs: chosen here and nowhere else.

`LAMINA_EXECUTOR` or `set_executor` names it; "numpy" is the reference executor.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from lamina.base.errors import ArgumentError, message, near
from lamina.executors.reference import compile_program
from lamina.ir.program import Program

EXECUTORS: dict[str, Callable[[Program], Any]] = {"numpy": compile_program}
_CHOSEN: list[str] = []


def executor_name() -> str:
    """The name of the executor in use."""
    name = _CHOSEN[0] if _CHOSEN else os.environ.get("LAMINA_EXECUTOR", "numpy")
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
    _CHOSEN[:] = [] if name is None else [name]
    executor_name()


def compile_for_executor(program: Program) -> Any:
    """Make a program ready to run on the executor in use."""
    return EXECUTORS[executor_name()](program)
