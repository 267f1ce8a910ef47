"""What this processor can do at most: multiply-adds a second, and bytes a second from memory.

Multiply-adds are measured by a loop of independent ones in registers (through llvmlite, where it is
installed) and by NumPy's matrix product; the better figure counts. Bytes are those that a copy of
an array too large for any cache reads and writes.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from peers import is_installed

CHAINS = 12  # multiply-adds under way at once: enough to hide the latency of one
TURNS = 4_000_000
MEGABYTES = 256


def best(call: Callable[[], object], rounds: int) -> float:
    """The least seconds of a call."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return min(taken)


def loop_text(lanes: int) -> str:
    """LLVM IR of a function that does CHAINS vector multiply-adds `n` times."""
    vector = f"<{lanes} x float>"
    phis, steps = [], []
    for i in range(CHAINS):
        phis.append(f"  %a{i} = phi {vector} [ zeroinitializer, %entry ], [ %b{i}, %turn ]")
        call = f"call {vector} @llvm.fma.v{lanes}f32({vector} %x, {vector} %y, {vector} %a{i})"
        steps.append(f"  %b{i} = {call}")
    sums = [f"  %s0 = fadd {vector} %b0, zeroinitializer"]
    sums += [f"  %s{i} = fadd {vector} %s{i - 1}, %b{i}" for i in range(1, CHAINS)]
    return "\n".join(
        [
            f"declare {vector} @llvm.fma.v{lanes}f32({vector}, {vector}, {vector})",
            "define void @turns(i64 %n, ptr %p) {",
            "entry:",
            f"  %x = load {vector}, ptr %p, align 4",
            f"  %y = load {vector}, ptr %p, align 4",
            "  br label %turn",
            "turn:",
            "  %i = phi i64 [ 0, %entry ], [ %j, %turn ]",
            *phis,
            *steps,
            "  %j = add i64 %i, 1",
            "  %more = icmp ult i64 %j, %n",
            "  br i1 %more, label %turn, label %end",
            "end:",
            *sums,
            f"  store {vector} %s{CHAINS - 1}, ptr %p, align 4",
            "  ret void",
            "}",
        ]
    )


def loop_rate(threads: int, rounds: int) -> float | None:
    """Floating-point operations a second of the loop on several threads, or None."""
    if not is_installed("llvmlite"):
        return None
    from llvmlite import binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    lanes = 16 if features.get("avx512f") else 8 if features.get("avx2") else 4
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=2
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(loop_text(lanes)), target)
    engine.finalize_object()
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p)
    turns = kind(engine.get_function_address("turns"))
    places = [np.zeros(lanes, "float32") for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        # ctypes releases the interpreter's lock, so the threads run side by side
        seconds = best(
            lambda: list(pool.map(lambda p: turns(TURNS, p.ctypes.data), places)), rounds
        )
    return 2 * lanes * CHAINS * TURNS * threads / seconds


def product_rate(threads: int, rounds: int, size: int = 1024) -> float:
    """Floating-point operations a second of NumPy's matrix product."""
    from threadpoolctl import threadpool_limits

    a = np.ones((size, size), "float32")
    out = np.empty_like(a)
    with threadpool_limits(threads):
        return 2 * size**3 / best(lambda: np.matmul(a, a, out), rounds)


def copy_rate(threads: int, rounds: int) -> float:
    """Bytes a second read and written by copying."""
    parts = [np.ones(MEGABYTES * 2**20 // 4 // threads, "float32") for _ in range(threads)]
    copies = [np.empty_like(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        seconds = best(lambda: list(pool.map(np.copyto, copies, parts)), rounds)
    return 2 * sum(part.nbytes for part in parts) / seconds


def measure(threads: int, rounds: int = 10) -> dict[str, float]:
    """{"flops": ..., "product": ..., "bytes": ...}, all a second."""
    product = product_rate(threads, rounds)
    loop = loop_rate(threads, rounds)
    return {
        "flops": max(product, loop or 0.0),
        "product": product,
        "bytes": copy_rate(threads, rounds),
    }
