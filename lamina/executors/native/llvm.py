"""The one place that imports llvmlite, at the first compilation and not before."""

import ctypes
import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

_HAVE_LSR = range(15, 23)  # the versions of LLVM that are known to have the option


@functools.cache
def binding() -> ModuleType:
    """llvmlite's interface to LLVM, ready to generate code for this machine.

    Raises:
        ImportError: llvmlite is not installed.
        OSError: its library cannot be loaded.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@functools.cache
def version() -> str:
    """LLVM's version and llvmlite's, which together decide what code comes out."""
    import llvmlite

    return ".".join(map(str, binding().llvm_version_info)) + f"-llvmlite-{llvmlite.__version__}"


@functools.cache
def process_triple() -> str:
    """LLVM's name of the processor family and the system of this process."""
    return binding().get_process_triple()


def reduce_loops(on: bool) -> None:
    """Whether LLVM reworks how addresses in loops are computed (loop strength reduction).

    It takes a quarter of all time to compile and gains nothing for code whose addresses are as they
    should be. It is a setting of the whole process, so it must be on for others.
    """
    if binding().llvm_version_info[0] in _HAVE_LSR:  # an unknown option would end the process
        binding().set_option("", f"-disable-lsr={'false' if on else 'true'}")


def emit_object(target_machine: Any, module: Any) -> bytes:
    """Machine code of a module, made while other threads may make some of other contexts.

    Raises:
        RuntimeError: LLVM cannot generate code for it.
    """
    emit = _unlocked_emit()
    if emit is None:
        return target_machine.emit_object(module)
    ffi = binding().ffi
    with ffi.OutputString() as reason:
        buffer = emit(target_machine, module, 1, reason)
        if not buffer:
            raise RuntimeError(str(reason))
    try:
        start = ffi.lib.LLVMPY_GetBufferStart(buffer)
        return ctypes.string_at(start, ffi.lib.LLVMPY_GetBufferSize(buffer))
    finally:
        ffi.lib.LLVMPY_DisposeMemoryBuffer(buffer)


@functools.cache
def _unlocked_emit() -> Callable[..., Any] | None:
    """The function of llvmlite's library that `emit_object` calls, without the lock around it.

    None where a version of llvmlite has it otherwise.
    """
    try:
        lib = binding().ffi.lib
        locked = lib.LLVMPY_TargetMachineEmitToMemory
        free = ctypes.CDLL(lib._name).LLVMPY_TargetMachineEmitToMemory
        free.argtypes, free.restype = locked.argtypes, locked.restype
    except (AttributeError, OSError):
        return None
    return free
