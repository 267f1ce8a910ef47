"""From LLVM IR to addresses of functions: look up, compile, link.

Compiled code is looked up in this process, then on disk; only then LLVM is asked. A hit on disk
is linked without parsing any IR. The IR comes in its final form, so LLVM runs no optimizer on it,
only instruction selection and register allocation.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import struct
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from lamina.executors.native import llvm, object_cache, parallel
from lamina.executors.native.compiling import Compilation, split
from lamina.executors.native.machine import OPTIMIZATION_LEVEL, Machine
from lamina.executors.native.show import show

FORMAT = 4  # part of every key; raise it when code of the same IR must be made anew
_LENGTH = struct.Struct("<Q")
_EXPORTED = re.compile(r"^define (?!internal |private )[^@\n]*@([\w.$]+)\(", re.MULTILINE)
_DECLARED = re.compile(r"^declare [^@\n]*@(?!llvm\.)([\w.$]+)\(", re.MULTILINE)

# Around every use of LLVM, and held across forks: no child inherits LLVM, or the lock that llvmlite
# has for itself, in mid-work.
_LOCK = threading.RLock()
_LOADED: weakref.WeakValueDictionary[str, Loaded] = weakref.WeakValueDictionary()
_PARALLEL: list[Loaded] = []  # the functions of `parallel`, never freed
_DISCARDED: list[Any] = []  # engines to be freed when the lock is next held


class Loaded:
    """Machine code in memory; it is freed with this object.

    Whoever calls by `address` must keep this object; what `function` gives keeps it.

    Attributes:
        name: of the program.
        key: under which `load_stored` finds the code again.
    """

    def __init__(self, engine: Any, name: str, key: str, functions: frozenset[str]) -> None:
        self.name = name
        self.key = key
        self._engine = engine
        self._functions = functions
        weakref.finalize(self, _discard, engine).atexit = False  # a process that ends frees it all

    def address(self, function: str) -> int:
        """Where a function begins.

        Args:
            function: the name of an exported function.
        Raises:
            LookupError: the module exports no such function.
        """
        if function not in self._functions:
            raise LookupError(
                f"{self.name} exports {', '.join(sorted(self._functions))}, not {function}"
            )
        with _LOCK:
            return self._engine.get_function_address(function)

    def function(self, name: str, *arguments: Any, result: Any = None) -> Callable[..., Any]:
        """A function for Python to call; Python's lock is released during a call.

        Args:
            name: of an exported function.
            arguments: the ctypes types of its arguments.
            result: the ctypes type of its result; None for none.
        """
        function = ctypes.CFUNCTYPE(result, *arguments)(self.address(name))
        function.code = self  # type: ignore[attr-defined]
        return function


@contextmanager
def compilation(machine: Machine) -> Iterator[Compilation]:
    """A `with` block around the writing of a module, whose parts may be begun before `load`.

    Other threads that want to compile or to fork wait until it is over.
    """
    with _LOCK, Compilation(machine) as begun:
        if not _PARALLEL:
            text = parallel.ir_text(machine.triple)
            if object_cache.read(_key(text, machine)) is None:
                for part in split(text):
                    begun.begin(part)
        yield begun


def load(ir_text: str, name: str, machine: Machine, begun: Compilation | None = None) -> Loaded:
    """Machine code of a module of LLVM IR.

    Modules with the same text share one `Loaded`, so they must not keep state in globals. The
    functions of `parallel` may be called by the code.

    Args:
        ir_text: the module, in final form: single assignment, nothing left to optimize.
        name: of the program, for messages and `LAMINA_SHOW`.
        machine: the processor that runs it.
        begun: the compilation of its parts, where some have begun.
    Returns:
        The code; nothing else keeps it in memory.
    Raises:
        RuntimeError: the IR is malformed, or calls a function that does not exist.
    """
    if parallel.PARALLEL in ir_text:
        load_parallel(machine, begun)
    _show(ir_text, name, machine)
    return _load(ir_text, name, machine, begun)


def load_stored(key: str, name: str, functions: frozenset[str], machine: Machine) -> Loaded | None:
    """Machine code that `load` has made before, in this process or another.

    Args:
        key: its `Loaded.key`.
        name: of the program, for messages.
        functions: the names of the functions it exports.
        machine: the processor.
    Returns:
        The code; None if it is not there any more.
    """
    load_parallel(machine)
    return _found(key, name, functions, machine, lambda: None)


def load_parallel(machine: Machine, begun: Compilation | None = None) -> Loaded:
    """The functions of `parallel`, which from then on can be called by name."""
    with _LOCK:
        if not _PARALLEL:
            loaded = _load(parallel.ir_text(machine.triple), "parallel", machine, begun)
            address = loaded.address(parallel.PARALLEL)
            llvm.binding().add_symbol(parallel.PARALLEL, address)
            _PARALLEL.append(loaded)
        return _PARALLEL[0]


def _load(ir_text: str, name: str, machine: Machine, begun: Compilation | None) -> Loaded:
    key = _key(ir_text, machine)

    def compiled() -> bytes:
        code = _compile(ir_text, name, machine, begun)
        object_cache.write(key, code)
        return code

    loaded = _found(key, name, frozenset(_EXPORTED.findall(ir_text)), machine, compiled)
    assert loaded is not None
    return loaded


def _found(
    key: str,
    name: str,
    functions: frozenset[str],
    machine: Machine,
    make: Callable[[], bytes | None],
) -> Loaded | None:
    """Code from this process, else from disk, else from `make`; None if that gives nothing."""
    with _LOCK:
        _free_discarded()
        loaded = _LOADED.get(key)
        if loaded is None:
            code = object_cache.read(key) or make()
            if code is None:
                return None
            loaded = _LOADED[key] = Loaded(_link(code, machine), name, key, functions)
        return loaded


def _key(ir_text: str, machine: Machine) -> str:
    """A digest of all that decides the machine code."""
    triple = machine.triple or llvm.process_triple()
    parts = (
        str(FORMAT), llvm.version(), triple, machine.cpu, machine.features,
        str(OPTIMIZATION_LEVEL), ir_text,
    )  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _compile(ir_text: str, name: str, machine: Machine, begun: Compilation | None) -> bytes:
    """Object files, each after its length."""
    binding = llvm.binding()
    for function in _DECLARED.findall(ir_text):  # LLVM would end the process while linking
        if binding.address_of_symbol(function) is None:
            raise RuntimeError(f"{name} calls {function}, which does not exist")
    with Compilation(machine) if begun is None else nullcontext(begun) as compilation:
        files = compilation.objects(split(ir_text))
    return b"".join(_LENGTH.pack(len(file)) + file for file in files)


def _link(code: bytes, machine: Machine) -> Any:
    """An engine of LLVM that holds what `_compile` made, ready to run."""
    binding = llvm.binding()
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine.target_machine())
    at = 0
    while at < len(code):
        (length,) = _LENGTH.unpack_from(code, at)
        at += _LENGTH.size
        engine.add_object_file(binding.ObjectFileRef.from_data(code[at : at + length]))
        at += length
    engine.finalize_object()
    return engine


def _discard(engine: Any) -> None:
    # Garbage may be collected at any point, also where waiting for the lock would be for ever.
    _DISCARDED.append(engine)
    if _LOCK.acquire(blocking=False):
        try:
            _free_discarded()
        finally:
            _LOCK.release()


def _free_discarded() -> None:
    while _DISCARDED:
        _DISCARDED.pop().close()


def _show(ir_text: str, name: str, machine: Machine) -> None:
    def assembly() -> str:
        with _LOCK, llvm.binding().parse_assembly(ir_text) as module:
            return machine.target_machine().emit_assembly(module)

    show("llvm", name, lambda: ir_text)
    show("asm", name, assembly)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release
    )
