"""Claim: the lecture's MNIST program, 10 epochs, batch 32, reaches a median test accuracy of
0.9757.

python benchmarks/mnist_accuracy.py [seeds]
"""

from __future__ import annotations

import sys
import time

from common import lecture_mlp, mnist_rows, spread

import lamina

x_train, y_train, x_test, y_test = mnist_rows()
accuracies = []
for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
    lamina.utils.set_random_seed(seed)
    model = lecture_mlp(lamina)
    start = time.perf_counter()
    model.fit(x_train, y_train, epochs=10, batch_size=32, validation_split=0.2, verbose=0)
    seconds = time.perf_counter() - start
    accuracies.append(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"seed {seed}: test accuracy {accuracies[-1]:.4f}, {seconds:.1f} s", flush=True)
print(f"MNIST, 10 epochs: {spread(accuracies)}; the lecture's run: 0.9757")
