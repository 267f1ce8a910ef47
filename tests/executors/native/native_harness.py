"""Compiles loops that apply one element-wise function to arrays, many in one module."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from lamina.executors.native.elementwise import ELEMENTWISE
from lamina.executors.native.writer import Function, Module, Value

IS_X86 = llvm.get_process_triple().startswith("x86_64")
PLAIN = "x86-64" if IS_X86 else "generic"  # a processor without fused multiply-add


@dataclass(frozen=True)
class Loop:
    """What to apply to which operands.

    Attributes:
        function: a primitive's name, or what writes the instructions.
        dtypes: of the operands.
        result: the dtype that comes out.
        lanes: of the vectors.
        numbers: operand number -> a literal in its place.
        singles: operands that are scalars, from arrays of one element.
        attributes: of the primitive.
    """

    function: str | Callable[..., Value]
    dtypes: Sequence[str]
    result: str
    lanes: int = 1
    numbers: dict[int, Any] = field(default_factory=dict)
    singles: Sequence[int] = ()
    attributes: dict[str, Any] = field(default_factory=dict)

    def write(self, module: Module, name: str) -> None:
        names = [f"x{i}" for i in range(len(self.dtypes))]
        arguments = [*((n, "pointer") for n in names), ("y", "pointer"), ("n", "index")]
        f = Function(module, name, arguments, exported=True)
        is_name = isinstance(self.function, str)
        apply = ELEMENTWISE[self.function] if is_name else self.function

        def operand(k: int, i: Value) -> Value:
            dtype = self.dtypes[k]
            if k in self.numbers:
                return f.constant(self.numbers[k], dtype)
            if k in self.singles:
                return f.load(f.argument(names[k]), dtype)
            return f.load(f.address(f.argument(names[k]), i, dtype), dtype, self.lanes)

        def body(i: Value) -> None:
            operands = [operand(k, i) for k in range(len(names))]
            value = apply(f, *operands, **self.attributes)
            assert value.dtype == self.result, f"{self.function}: {value.dtype}"
            value = f.splat(value, self.lanes)
            f.store(value, f.address(f.argument("y"), i, self.result))

        f.loop(f.argument("n"), body, step=self.lanes)
        f.finish()


def compiled(loops: Sequence[Loop], cpu: str | None = None) -> list[Callable[..., np.ndarray]]:
    """The loops as functions of arrays; `cpu` None is this machine's."""
    module = Module(has_fma=_has_fma() if cpu is None else cpu != PLAIN)
    for i, loop in enumerate(loops):
        loop.write(module, f"run{i}")
    parsed = llvm.parse_assembly(module.text())
    parsed.verify()
    engine = llvm.create_mcjit_compiler(parsed, _target_machine(cpu))
    engine.finalize_object()

    def runner(i: int, loop: Loop) -> Callable[..., np.ndarray]:
        address = engine.get_function_address(f"run{i}")
        pointers = len(loop.dtypes) + 1
        run = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * pointers, ctypes.c_int64)(address)

        def call(*arrays: np.ndarray) -> np.ndarray:
            size = max(a.size for a in arrays)
            whole = -(-size // loop.lanes) * loop.lanes
            padded = [np.resize(a, whole if a.size > 1 else 1) for a in arrays]
            out = np.empty(whole, loop.result)
            run(*(a.ctypes.data for a in (*padded, out)), whole)
            return out[:size]

        call.engine = engine  # type: ignore[attr-defined]
        return call

    return [runner(i, loop) for i, loop in enumerate(loops)]


@cache
def _has_fma() -> bool:
    return not IS_X86 or bool(llvm.get_host_cpu_features().get("fma"))


def _target_machine(cpu: str | None) -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=cpu or llvm.get_host_cpu_name(),
        features="" if cpu else llvm.get_host_cpu_features().flatten(),
        opt=2,
        codemodel="jitdefault",
    )
