"""Every example of the lecture runs, on the deck's own or real data, and says what it should."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, **environment: str) -> str:
    """What an example prints."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "MPLBACKEND": "Agg", **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


def number(pattern: str, text: str) -> float:
    """The number behind a pattern."""
    found = re.search(pattern + r"\D*(\d+\.\d+)", text)
    assert found, text
    return float(found.group(1))


def test_perceptron():
    out = run("examples/d01_perceptron.py")
    assert "S = 5.7, threshold 6 -> output 0: does not like coffee" in out
    assert out.count("learned in") == 3
    assert "XOR: not linearly separable" in out


def test_xor():
    out = run("examples/d02_xor.py")
    assert "accuracy 1.00" in out and "dL/d dense.kernel[1, 0]" in out


def test_first_program():
    out = run("examples/d08_first_program.py")
    assert out.count("val_accuracy") == 10
    assert number("test accuracy", out) > 0.7


def test_binary_classification(tmp_path):
    out = run("examples/d09_binary_classification.py", str(tmp_path / "curves.svg"))
    assert number("test accuracy:", out) > 0.85
    assert "macro avg" in out
    assert (tmp_path / "curves.svg").read_text().count("<svg") == 1


def test_multi_class():
    assert number("test accuracy", run("examples/d11_multi_class.py")) > 0.94


def test_mnist(data_folder):
    out = run("examples/d12_mnist.py", "1", LAMINA_DATA=str(data_folder))
    assert number("test accuracy:", out) > 0.94
    assert "the first test image is a 7" in out


def test_house_prices(data_folder):
    out = run("examples/d13_house_prices.py", LAMINA_DATA=str(data_folder))
    error, baseline = (float(v) for v in re.findall(r"(\d+\.\d+)", out)[:2])
    assert error < 0.6 * baseline


LECTURE = """
import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
from sklearn.model_selection import train_test_split
from sklearn.datasets import make_classification

X, y = make_classification(n_samples=1000, n_features=20, n_classes=2, random_state=42)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
model = Sequential([
    Dense(16, activation='relu', input_shape=(X_train.shape[1],)),
    Dense(8, activation='relu'),
    Dense(1, activation='sigmoid')
])
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
history = model.fit(X_train, y_train, validation_split=0.2, epochs=10, batch_size=32, verbose=1)
test_loss, test_accuracy = model.evaluate(X_test, y_test)
print(f"accuracy: {test_accuracy:.4f}")
predictions = model.predict(X_test[:5])
print("shape:", predictions.shape)
"""


def test_the_lecture_unedited(tmp_path):
    script = tmp_path / "first.py"
    script.write_text(LECTURE)
    out = run("-m", "lamina.cli", "run", str(script))
    assert number("accuracy:", out.split("Epoch 10/10")[1]) > 0.6
    assert "shape: (5, 1)" in out


@pytest.mark.parametrize("script", sorted(p.name for p in (ROOT / "examples").glob("*.py")))
def test_every_example_is_tested(script):
    assert script in Path(__file__).read_text()
