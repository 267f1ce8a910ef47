"""The processor that code is generated for: its vectors, its registers, its instructions.

Everything that depends on the processor asks here. `chosen` is this machine's processor unless
`LAMINA_CPU` names an older x86 one, whose code runs here too; that is how all vector widths are
tested on one machine.
"""

from __future__ import annotations

import functools
import os
import platform
from dataclasses import dataclass
from typing import Any

from lamina.base.errors import ArgumentError, message, near
from lamina.executors.native import llvm
from lamina.executors.native.writer import BYTES

OPTIMIZATION_LEVEL = 2  # of instruction selection; lower is far slower code, higher gains nothing

_AVX512 = {"avx512f", "avx512bw", "avx512dq", "avx512vl"}
_AVX2 = {"avx2", "fma"}
_V2 = {"sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "cx16"}
_V3 = _V2 | _AVX2 | {"avx", "bmi", "bmi2", "f16c", "lzcnt", "movbe"}

# What LAMINA_CPU may name -> what this processor must have to run that one's code.
X86_CPUS = {
    "x86-64": {"sse2"},
    "x86-64-v2": _V2,
    "nehalem": _V2,
    "x86-64-v3": _V3,
    "haswell": _V3,
    "x86-64-v4": _V3 | _AVX512 | {"avx512cd"},
    "skylake-avx512": _V3 | _AVX512 | {"avx512cd"},
}


@dataclass(frozen=True)
class Machine:
    """A processor as code generation sees it.

    Attributes:
        cpu: LLVM's name of it.
        features: LLVM's text of what it has ("+avx2,-sse4a"); empty for what the name implies.
        triple: LLVM's name of processor family and system; None for this process's.
        vector_bytes: bytes in a vector register.
        registers: how many vector registers.
        has_fma: whether a * b + c takes one instruction and one rounding.
        reciprocals: whether there are estimates of reciprocals (AVX-512's, of 14 bits) that are
            much faster than division.
        batch: how many rows a batch has that code is made for, about.
    """

    cpu: str
    features: str = ""
    triple: str | None = None
    vector_bytes: int = 16
    registers: int = 16
    has_fma: bool = False
    reciprocals: bool = False
    batch: int = 32

    def lanes(self, dtype: str) -> int:
        """How many elements of a dtype fill a vector register."""
        return max(1, self.vector_bytes // BYTES[dtype])

    def target_machine(self) -> Any:
        """A new code generator of LLVM for it."""
        binding = llvm.binding()
        target = binding.Target.from_triple(self.triple or llvm.process_triple())
        return target.create_target_machine(
            cpu=self.cpu,
            features=self.features,
            opt=OPTIMIZATION_LEVEL,
            reloc="default",
            codemodel="jitdefault",
        )

    def __str__(self) -> str:
        vectors = f"{self.registers} registers of {self.vector_bytes * 8} bits"
        return f"{self.cpu}, {vectors}, {'with' if self.has_fma else 'without'} FMA"


def chosen() -> Machine:
    """The processor to generate code for: `LAMINA_CPU`, else this machine's.

    Raises:
        ArgumentError: `LAMINA_CPU` names an unknown processor, or one whose code cannot run here.
    """
    name = os.environ.get("LAMINA_CPU")
    return named(name) if name else host()


@functools.cache
def host() -> Machine:
    """The processor of this machine."""
    features = _host_features()
    text = ",".join(f"{'+' if has else '-'}{name}" for name, has in sorted(features.items()))
    has = {name for name, present in features.items() if present}
    return _described(llvm.binding().get_host_cpu_name(), text, has)


def named(name: str) -> Machine:
    """An x86 processor whose code this machine can run.

    Args:
        name: a key of `X86_CPUS`.
    Raises:
        ArgumentError: the name is unknown, or this machine lacks something that the code needs.
    """
    if name not in X86_CPUS:
        raise ArgumentError(
            message(
                f"Unknown processor in LAMINA_CPU. {near(name, X86_CPUS)}".strip(),
                received=repr(name),
                required="one of " + ", ".join(X86_CPUS),
                fix="unset LAMINA_CPU to compile for this machine's processor",
            )
        )
    has = {feature for feature, present in _host_features().items() if present}
    lacking = X86_CPUS[name] - has
    if lacking or not _is_x86():
        raise ArgumentError(
            message(
                "Code for the processor in LAMINA_CPU cannot run on this machine.",
                received=repr(name),
                required=(
                    "a machine with " + ", ".join(sorted(lacking))
                    if _is_x86()
                    else f"an x86-64 machine; this is {platform.machine()}"
                ),
                fix="unset LAMINA_CPU to compile for this machine's processor",
            )
        )
    return _described(name, "", X86_CPUS[name])


def _described(cpu: str, features: str, has: set[str]) -> Machine:
    if _is_x86() and has >= _AVX512 | _AVX2:
        return Machine(cpu, features, None, 64, 32, True, not cpu.startswith("znver"))
    if _is_x86() and has >= _AVX2:
        return Machine(cpu, features, None, 32, 16, True)
    if platform.machine().lower() in ("aarch64", "arm64"):
        return Machine(cpu, features, None, 16, 32, True)
    return Machine(cpu, features, None, 16, 16, False)


@functools.cache
def _host_features() -> dict[str, bool]:
    try:
        return dict(llvm.binding().get_host_cpu_features())
    except RuntimeError:  # LLVM cannot tell on this system: only what every such processor has
        return {"sse2": _is_x86()}


def _is_x86() -> bool:
    return platform.machine().lower() in ("x86_64", "amd64")
