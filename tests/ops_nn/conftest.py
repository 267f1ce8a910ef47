"""Real Keras, which the values of the nn ops are compared with."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def keras():
    """The installed Keras on JAX; without it these tests are skipped."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip("jax", reason="compares with real Keras on JAX, which is not installed")
    return pytest.importorskip("keras", reason="compares with real Keras, which is not installed")
