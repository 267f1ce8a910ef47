"""Real Keras beside Lamina: the same model, the same weights, the same data."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest


@pytest.fixture(scope="session")
def keras():
    """The installed Keras; without it these tests are skipped."""
    return pytest.importorskip("keras", reason="compares with real Keras, which is not installed")


def same_weights(ours, theirs) -> None:
    """Give our model the weights of theirs."""
    ours.set_weights([np.asarray(w) for w in theirs.get_weights()])
