"""Claim: the lecture's program for two classes scores within the spread of real Keras over 10
seeds.

python benchmarks/binary_accuracy.py [seeds]
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from common import lecture_binary, spread
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import lamina

x, y = make_classification(
    n_samples=1000, n_features=20, n_informative=15, n_redundant=5, random_state=42
)
x_train, x_rest, y_train, y_rest = train_test_split(x, y, test_size=0.3, random_state=42)
x_val, x_test, y_val, y_test = train_test_split(x_rest, y_rest, test_size=0.5, random_state=42)
scaler = StandardScaler().fit(x_train)
x_train, x_val, x_test = map(scaler.transform, (x_train, x_val, x_test))

seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
for name, framework in (("lamina", lamina), ("keras on jax", keras)):
    scores = []
    for seed in range(seeds):
        framework.utils.set_random_seed(seed)
        model = lecture_binary(framework)
        stop = framework.callbacks.EarlyStopping(
            monitor="val_loss", patience=5, restore_best_weights=True
        )
        model.fit(
            x_train,
            y_train,
            validation_data=(x_val, y_val),
            epochs=50,
            batch_size=32,
            callbacks=[stop],
            verbose=0,
        )
        scores.append(model.evaluate(x_test, y_test, verbose=0)[1])
    print(f"{name:14} test accuracy over {seeds} seeds: {spread(scores)}", flush=True)
