"""From LLVM IR to object files, part by part, on several cores.

A module is cut into parts in the order of its functions, by their text alone, so the code is the
same whatever the number of cores. Parts know each other only by the names of their functions. A
part may be begun as soon as its functions are written, while others still are.

Every part has a context of its own, which is all that LLVM asks of threads; llvmlite would let one
in at a time, so code generation, nearly all of the time, is called past its lock
(`llvm.emit_object`).
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lamina.base import config
from lamina.executors.native import llvm
from lamina.executors.native.machine import Machine

LINES = 500  # of IR in a part, at least; LLVM takes some 15 ms for them
SWITCH = 5e-4  # seconds until a thread that is back from LLVM may use Python again
_HEAD = re.compile(r"define (?:internal )?(?P<signature>[^@]*@(?P<name>[\w.$]+)\([^)]*\))")
_DECLARATION = re.compile(r"^declare [^@\n]*@(?P<name>[\w.$]+)\(.*\n?", re.MULTILINE)
_NAME = re.compile(r"@([\w.$]+)")


class Compilation:
    """A `with` block in which parts are compiled.

    Args:
        machine: the processor.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._found: dict[str, bytes | Exception | None] = {}  # None for what is not done
        self._waiting: list[str] = []
        self._helpers: list[threading.Thread] = []

    def __enter__(self) -> Compilation:
        llvm.reduce_loops(False)
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        return self

    def __exit__(self, *error: object) -> None:
        self._waiting.clear()
        self._wait()
        sys.setswitchinterval(self._interval)
        llvm.reduce_loops(True)

    def begin(self, part: str) -> None:
        """Have a part compiled in another thread, if there may be one."""
        if part in self._found:
            return
        self._found[part] = None
        self._waiting.append(part)
        working = [thread for thread in self._helpers if thread.is_alive()]
        if len(working) < config.num_threads() - 1:
            with contextlib.suppress(RuntimeError):  # the system gives no more threads
                helper = threading.Thread(target=self._work, daemon=True)
                helper.start()
                working.append(helper)
        self._helpers = working

    def objects(self, parts: Sequence[str]) -> list[bytes]:
        """The object files of parts, to be linked together.

        Raises:
            RuntimeError: the IR of one is malformed.
        """
        for part in parts:
            self.begin(part)
        self._work()
        self._wait()
        files = []
        for part in parts:
            code = self._found[part]
            if isinstance(code, Exception):
                raise code
            assert code is not None  # nobody is at work any more
            files.append(code)
        return files

    def _wait(self) -> None:
        for thread in self._helpers:
            thread.join()

    def _work(self) -> None:
        while True:
            try:
                part = self._waiting.pop(0)
            except IndexError:  # nothing is left
                return
            try:
                self._found[part] = _compile(part, self._machine)
            except Exception as error:
                self._found[part] = error


class Parts:
    """The parts of a module whose functions come one after the other.

    Args:
        declarations: name -> the line that makes a function of other modules known; what a function
            calls must be there, or have come itself, before its part is complete.
    """

    def __init__(self, declarations: Mapping[str, str]) -> None:
        self._declarations = declarations
        self._own: dict[str, str] = {}  # the same, of the functions that came
        self._functions: list[str] = []
        self._names: set[str] = set()  # of these
        self._lines = 0

    def add(self, functions: Iterable[str]) -> Iterator[str]:
        """The parts that are complete with some more functions."""
        for function in functions:
            head = _HEAD.match(function)
            assert head is not None, function
            self._own[head["name"]] = f"declare {head['signature']}"
            self._names.add(head["name"])
            self._functions.append(function.rstrip("\n"))
            self._lines += function.count("\n")
            if self._lines >= LINES:
                yield self._part()

    def rest(self) -> Iterator[str]:
        """What is left in the end, as a last part."""
        if self._functions:
            yield self._part()

    def _part(self) -> str:
        text = "\n".join(self._functions).replace("define internal ", "define hidden ")
        called = [n for n in dict.fromkeys(_NAME.findall(text)) if n not in self._names]
        lines = [self._own.get(n) or self._declarations.get(n) for n in called]
        self._functions, self._names, self._lines = [], set(), 0
        return "\n".join([*filter(None, lines), text, ""])


def split(ir_text: str) -> list[str]:
    r"""A module as parts of about `LINES` lines each.

    Functions that are called from another part are visible to the linker.

    Example:
        >>> len(split("define void @f() {\n  ret void\n}"))
        1
    """
    functions, rest = _functions(ir_text)
    declared = {d["name"]: d[0].rstrip("\n") for d in _DECLARATION.finditer(rest)}
    something_else = _DECLARATION.sub("", rest).strip()
    if not functions or something_else or not all(map(_HEAD.match, functions)):
        return [ir_text]
    parts = Parts(declared)
    return [*parts.add(functions), *parts.rest()]


def _functions(ir_text: str) -> tuple[list[str], str]:
    """The functions of a module, and what stands between them."""
    functions, rest = [], []
    *pieces, end = ir_text.split("\n}\n")
    for piece in pieces:
        before, start, function = piece.partition("define ")
        rest.append(before)
        functions.append(f"{start}{function}\n}}")
    return functions, "".join([*rest, end])


def _compile(ir_text: str, machine: Machine) -> bytes:
    binding = llvm.binding()
    with (
        contextlib.closing(binding.create_context()) as context,
        binding.parse_assembly(ir_text, context) as module,
    ):
        module.verify()
        return llvm.emit_object(machine.target_machine(), module)
