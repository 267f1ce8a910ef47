"""Claim: even the plain NumPy executor is not slower than Keras on TensorFlow for the MNIST
network.

Both train in turns in this process, one epoch of 12,000 rows at batch 32, verbose 0; the best of
several epochs counts. python benchmarks/reference_step.py [rounds]
"""

from __future__ import annotations

import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["LAMINA_EXECUTOR"] = "numpy"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from common import interleaved, lecture_mlp, mnist_rows

import lamina

ROWS, BATCH = 12_000, 32
x, y, _, _ = mnist_rows()
x, y = x[:ROWS], y[:ROWS]
steps = ROWS // BATCH


def epoch(model) -> float:
    start = time.perf_counter()
    model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)
    return (time.perf_counter() - start) / steps * 1e3


models = {"lamina (numpy)": lecture_mlp(lamina), "keras on tensorflow": lecture_mlp(keras)}
for model in models.values():
    epoch(model)
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
best = interleaved({name: lambda m=m: epoch(m) for name, m in models.items()}, rounds)
for name, milliseconds in best.items():
    print(f"{name:20} {milliseconds:.3f} ms a step")
print(f"ratio: {best['keras on tensorflow'] / best['lamina (numpy)']:.2f} times as fast")
