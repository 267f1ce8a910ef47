"""Numbers below the normal range count as 0 in compiled code.

Momentum that decays and gradients that vanish end up there, where x86 processors take some hundred
cycles for one operation. The mode belongs to a thread, so whoever runs compiled code sets it and
puts it back. It makes no difference to numbers above 1e-37.
"""

from __future__ import annotations

import platform

from lamina.executors.native.writer import Function, Value

_X86_BITS = 0x8040  # flush to zero, denormals are zero
_ARM_BIT = 1 << 24


def flush(f: Function) -> Value | None:
    """Switch the mode on; what `restore` needs. None where the processor is unknown."""
    family = platform.machine().lower()
    if family in ("x86_64", "amd64"):
        f.declare("llvm.x86.sse.stmxcsr", "void @llvm.x86.sse.stmxcsr(ptr)")
        f.declare("llvm.x86.sse.ldmxcsr", "void @llvm.x86.sse.ldmxcsr(ptr)")
        saved = f.here("pointer", 1, "alloca i32, i32 2")
        f.effect("call void @llvm.x86.sse.stmxcsr(ptr {})", saved)
        word = f.load(saved, "int32")
        flushing = f.address(saved, 1, "int32")
        f.store(f.binary("or", word, f.constant(_X86_BITS, "int32")), flushing)
        f.effect("call void @llvm.x86.sse.ldmxcsr(ptr {})", flushing)
        return saved
    if family in ("aarch64", "arm64"):
        f.declare("llvm.aarch64.get.fpcr", "i64 @llvm.aarch64.get.fpcr()")
        f.declare("llvm.aarch64.set.fpcr", "void @llvm.aarch64.set.fpcr(i64)")
        saved = f.here("int64", 1, "call i64 @llvm.aarch64.get.fpcr()")
        changed = f.binary("or", saved, f.constant(_ARM_BIT, "int64"))
        f.effect("call void @llvm.aarch64.set.fpcr(i64 {})", changed)
        return saved
    return None


def restore(f: Function, saved: Value | None) -> None:
    """Put the mode back as it was."""
    if saved is None:
        return
    if saved.dtype == "pointer":
        f.effect("call void @llvm.x86.sse.ldmxcsr(ptr {})", saved)
    else:
        f.effect("call void @llvm.aarch64.set.fpcr(i64 {})", saved)
