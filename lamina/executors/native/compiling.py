"""From LLVM IR to object files, on several cores.

A module is cut into parts that know each other only by the names of their functions. The cut goes
by the text alone, so the code is the same whatever the number of cores. Every part has a context
of its own, which is all that LLVM asks of threads; llvmlite would let one in at a time, so code
generation, nearly all of the time, is called past its lock (`llvm.emit_object`).
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Sequence

from lamina.base import config
from lamina.executors.native import llvm
from lamina.executors.native.machine import Machine

LINES = 800  # of IR in a part, about; LLVM takes some 50 ms for them
_FUNCTION = re.compile(
    r"^define (?:internal )?(?P<signature>[^@]*@(?P<name>[\w.$]+)\([^)]*\)).*?^}\n?",
    re.MULTILINE | re.DOTALL,
)
_NAME = re.compile(r"@([\w.$]+)")


def compile_parts(ir_text: str, machine: Machine) -> list[bytes]:
    """The object files of a module.

    Args:
        ir_text: the module, in final form.
        machine: the processor.
    Returns:
        One or more, to be linked together.
    Raises:
        RuntimeError: the IR is malformed.
    """
    parts = split(ir_text)
    objects = [b""] * len(parts)
    errors: list[Exception] = []
    left = list(enumerate(parts))

    def work() -> None:
        while not errors:
            try:
                i, part = left.pop(0)
            except IndexError:  # nothing is left
                return
            try:
                objects[i] = _compile(part, machine)
            except Exception as error:
                errors.append(error)

    _share(work, min(len(parts), config.num_threads()) - 1)
    if errors:
        raise errors[0]
    return objects


def split(ir_text: str) -> list[str]:
    """A module as several, of about `LINES` lines each.

    Functions that are called from another part are visible to the linker.

    Example:
        >>> len(split("define void @f() { ret void }"))
        1
    """
    functions = list(_FUNCTION.finditer(ir_text))
    count = round(ir_text.count("\n") / LINES)
    if count < 2 or len(functions) < 2:
        return [ir_text]
    rest = _FUNCTION.sub("", ir_text)
    signatures = {function["name"]: function["signature"] for function in functions}
    parts: list[list[re.Match[str]]] = [[] for _ in range(count)]
    lines = [0] * count
    for function in sorted(functions, key=_length, reverse=True):
        least = lines.index(min(lines))
        parts[least].append(function)
        lines[least] += _length(function)
    return [_part(rest, part, signatures) for part in parts if part]


def _length(function: re.Match[str]) -> int:
    return function[0].count("\n")


def _part(rest: str, functions: Sequence[re.Match[str]], signatures: dict[str, str]) -> str:
    text = "".join(f[0] for f in functions).replace("define internal ", "define hidden ")
    own = {function["name"] for function in functions}
    called = dict.fromkeys(_NAME.findall(text))
    declared = [f"declare {signatures[n]}\n" for n in called if n in signatures and n not in own]
    return "".join([rest, *declared, text])


def _compile(ir_text: str, machine: Machine) -> bytes:
    binding = llvm.binding()
    with (
        contextlib.closing(binding.create_context()) as context,
        binding.parse_assembly(ir_text, context) as module,
    ):
        module.verify()
        return llvm.emit_object(machine.target_machine(), module)


def _share(work: Callable[[], None], helpers: int) -> None:
    """Do work here and in other threads, and wait for all of them."""
    threads = [threading.Thread(target=work, daemon=True) for _ in range(helpers)]
    started = []
    try:
        for thread in threads:
            with contextlib.suppress(RuntimeError):  # the system gives no more threads
                thread.start()
                started.append(thread)
        work()
    finally:
        for thread in started:
            thread.join()
