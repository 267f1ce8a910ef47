"""Compiled products and convolutions on one thread, against NumPy and against the peak.

    python benchmarks/contraction.py [seconds per case, 2 by default] [text that labels contain]

The peak is that of a loop of nothing but multiply-adds. All runs of a case take turns. Times
and shares are of the best turn, ratios are medians over the turns.
"""

from __future__ import annotations

import ctypes
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "executors" / "native"))
from one_contraction import OneContraction, program

from lamina.executors.native.canonical import canonical
from lamina.executors.native.machine import chosen
from lamina.executors.native.objects import load
from lamina.executors.native.writer import Function, Module
from lamina.executors.reference.blas import one_thread
from lamina.executors.reference.contraction import CONTRACTION
from lamina.ir import dims
from lamina.ir.dims import BATCH as B
from lamina.ir.program import Node

_NONE = ((), ())
_FORWARD = {"contract": ((1,), (0,)), "batch": _NONE}
_GRADIENT = {"contract": ((0,), (0,)), "batch": _NONE}


def _convolutions(
    label: str, batch: int, size: int, channels: int, window: int, filters: int, stride: int = 1
) -> list[tuple]:
    """Forward, and both gradients as the compiler sees them."""
    how = {"strides": (stride,) * 2, "padding": ((0, 0),) * 2, "dilation": (1, 1), "groups": 1}
    x, kernel = (B, size, size, channels), (window, window, channels, filters)
    out = (size - window) // stride + 1
    g, wide = (B, out, out, filters), (B, out + window - 1, out + window - 1, filters)
    cases = [
        (f"{label} forward", "conv", (x, kernel), how, batch),
        (
            f"{label} kernel gradient",
            "conv_kernel_gradient",
            (x, g),
            how | {"shape": kernel},
            batch,
        ),
    ]
    if stride == 1 and channels > 1:
        turned = (window, window, filters, channels)
        cases.append((f"{label} input gradient", "conv", (wide, turned), how, batch))
    return cases


# label, primitive, shapes, attributes, batch
CASES = [
    ("dense 32 x 784 x 128", "dot", ((B, 784), (784, 128)), _FORWARD, 32),
    ("dense 32 x 128 x 64", "dot", ((B, 128), (128, 64)), _FORWARD, 32),
    ("dense 32 x 64 x 128", "dot", ((B, 64), (64, 128)), _FORWARD, 32),
    ("dense 32 x 64 x 10", "dot", ((B, 64), (64, 10)), _FORWARD, 32),
    ("dense 128 x 784 x 128", "dot", ((B, 784), (784, 128)), _FORWARD, 128),
    ("gradient 784 x 32 x 128", "dot", ((B, 784), (B, 128)), _GRADIENT, 32),
    ("gradient 128 x 32 x 64", "dot", ((B, 128), (B, 64)), _GRADIENT, 32),
    ("gradient 784 x 128 x 128", "dot", ((B, 784), (B, 128)), _GRADIENT, 128),
    ("large 256 x 784 x 1024", "dot", ((B, 784), (784, 1024)), _FORWARD, 256),
    ("large 256 x 1024 x 1024", "dot", ((B, 1024), (1024, 1024)), _FORWARD, 256),
    ("large 32 x 1024 x 1024", "dot", ((B, 1024), (1024, 1024)), _FORWARD, 32),
    ("large gradient 1024 x 256 x 1024", "dot", ((B, 1024), (B, 1024)), _GRADIENT, 256),
    ("large 1024 x 1024 x 1024", "dot", ((B, 1024), (1024, 1024)), _FORWARD, 1024),
    *_convolutions("conv 28x28x1 -> 32, 3x3", 32, 28, 1, 3, 32),
    *_convolutions("conv 13x13x32 -> 64, 3x3", 32, 13, 32, 3, 64),
    *_convolutions("conv 16x16x32 -> 64, 3x3", 16, 16, 32, 3, 64),
    *_convolutions("conv 29x29x32 -> 64, 3x3, stride 2", 16, 29, 32, 3, 64, 2),
    *_convolutions("conv 18x18x64 -> 128, 5x5", 8, 18, 64, 5, 128),
    *_convolutions("conv 7x7x256 -> 256, 3x3", 8, 9, 256, 3, 256),
]


def _peak() -> tuple[Callable[[], None], float, Any]:
    """A loop of multiply-adds, how many operations it does, and what keeps it alive."""
    machine = chosen()
    module = Module(machine.vector_bytes, machine.has_fma)
    f = Function(module, "peak", [("p", "pointer"), ("n", "index")], exported=True)
    lanes, chains, turns = machine.lanes("float32"), 12, 10_000
    x = f.load(f.argument("p"), "float32", lanes, fixed=True)
    start = [f.constant(i, "float32", lanes) for i in range(chains)]
    sums = f.loop(f.argument("n"), lambda _, *c: [f.fma(x, x, value) for value in c], carried=start)
    total = sums[0]
    for value in sums[1:]:
        total = f.binary("fadd", total, value)
    f.store(total, f.argument("p"))
    f.finish()
    loaded = load(module.text(), "peak", machine)
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(loaded.address("peak"))
    memory = np.zeros(lanes, "float32")
    address = memory.ctypes.data
    return lambda: run(address, turns), 2.0 * turns * chains * lanes, (loaded, memory)


def _aligned(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    size = int(np.prod(shape))
    memory = np.empty(size * 4 + 64, np.uint8)
    start = -memory.ctypes.data % 64
    x = memory[start : start + size * 4].view("float32").reshape(shape)
    x[...] = rng.standard_normal(shape)
    return x


def _numpy(node: Node, operands: list[np.ndarray]) -> Callable[[], Any]:
    x, y = operands
    if node.primitive == "dot":
        left = x if node.attributes["contract"][0] == (1,) else x.T
        out = np.empty((left.shape[0], y.shape[1]), "float32")
        return lambda: np.matmul(left, y, out=out)
    return lambda: CONTRACTION[node.primitive](x, y, **node.attributes)


def _best_of(function: Callable[[], Any], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        begin = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - begin)
    return best


def measure(case: tuple, seconds: float) -> str:
    """A line of the table."""
    label, primitive, shapes, how, batch = case
    rng = np.random.default_rng(0)
    nodes = canonical(program(primitive, "float32", *shapes, **how)).nodes
    started = time.thread_time()
    one = OneContraction(nodes[-1], chosen(), adds=False)
    compiled = time.thread_time() - started
    operands = [
        _aligned(dims.shape_at(operand.shape, batch), rng) for operand in nodes[-1].operands
    ]
    _, run = one.prepared(*operands, batch=batch)
    units = one.units(batch)
    peak, peak_operations, _keep = _peak()
    runs = {
        "call": lambda: run(0, 0),
        "native": lambda: run(0, units),
        "numpy": _numpy(nodes[-1], operands),
        "peak": peak,
    }
    rounds: list[dict[str, float]] = []
    stop = time.perf_counter() + seconds
    with one_thread():
        while time.perf_counter() < stop or len(rounds) < 3:
            rounds.append({name: _best_of(function) for name, function in runs.items()})
    best = {name: min(r[name] for r in rounds) for name in runs}
    elements = dims.at(dims.product(one.node.output.shape), batch)
    operations = 2.0 * elements * dims.at(one.c.product.length, batch)
    rate = operations / (best["native"] - best["call"])
    share = rate / (peak_operations / (best["peak"] - best["call"]))
    ratio = statistics.median(r["numpy"] / r["native"] for r in rounds)
    tiles = f"{one.c.tiles.most_rows}x{one.c.tiles.most_vectors}"
    return (
        f"{label:42s} {tiles:>5s} {best['native'] * 1e6:9.1f} us {rate / 1e9:6.1f} GF/s"
        f" {share:5.0%} of peak, NumPy takes {ratio:5.2f} x,"
        f" compiled in {compiled * 1e3:4.0f} ms"
    )


if __name__ == "__main__":
    budget = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    for one_case in CASES:
        if all(text in one_case[0] for text in sys.argv[2:]):
            print(measure(one_case, budget), flush=True)
