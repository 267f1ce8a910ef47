"""How JAX trains when written by hand for speed: a whole epoch is one compiled `scan`.

Weights, Adam's moments, the data and the sums of the metrics stay in JAX arrays; Python is left
only once an epoch. Because the number of steps is part of the program, only whole epochs are run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from workloads import CLASSES, Workload

RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-7


def describe() -> str:
    """The version, as the tables show it."""
    return f"JAX {jax.__version__}"


def settings() -> dict[str, Callable[[], None]]:
    """Nothing to try."""
    return {}


def start_weights(sizes: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """Glorot-uniform matrices and zero biases."""
    random = np.random.default_rng(0)
    weights = []
    for rows, columns in zip(sizes, sizes[1:], strict=False):
        limit = (6 / (rows + columns)) ** 0.5
        matrix = random.uniform(-limit, limit, (rows, columns)).astype("float32")
        weights.append((jnp.asarray(matrix), jnp.zeros(columns, "float32")))
    return weights


def loss_and_right(weights: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """The mean cross-entropy, and how many rows are classified rightly."""
    *hidden, (matrix, bias) = weights
    for inner, shift in hidden:
        x = jax.nn.relu(x @ inner + shift)
    scores = x @ matrix + bias
    chosen = jnp.take_along_axis(jax.nn.log_softmax(scores), y[:, None], axis=1)
    return -chosen.mean(), (scores.argmax(axis=1) == y).sum()


def adam(state: Any, gradient: Any, step: Any) -> tuple[Any, Any, Any]:
    """One update of one weight array: the weight and both moments."""
    weight, mean, square = state
    mean += (1 - BETA1) * (gradient - mean)
    square += (1 - BETA2) * (gradient**2 - square)
    rate = RATE * jnp.sqrt(1 - BETA2**step) / (1 - BETA1**step)
    return weight - rate * mean / (jnp.sqrt(square) + EPSILON), mean, square


@partial(jax.jit, static_argnums=(4, 5), donate_argnums=0)
def epoch(state: Any, key: Any, x: Any, y: Any, steps: int, batch: int) -> Any:
    """Train on every row once."""
    order = jax.random.permutation(key, steps * batch).reshape(steps, batch)

    def body(carry: Any, rows: Any) -> tuple[Any, None]:
        (weights, means, squares), count, loss_sum, right_sum = carry
        step = count + 1
        compute = jax.value_and_grad(loss_and_right, has_aux=True)
        (loss, right), gradients = compute(weights, x[rows], y[rows])
        leaves = [jax.tree.leaves(part) for part in (weights, means, squares, gradients)]
        new = [adam((w, m, v), g, step) for w, m, v, g in zip(*leaves, strict=True)]
        shape = jax.tree.structure(weights)
        parts = tuple(jax.tree.unflatten(shape, part) for part in zip(*new, strict=True))
        return (parts, step, loss_sum + loss, right_sum + right), None

    carry = (*state, jnp.float32(0), jnp.int32(0))
    (parts, count, loss_sum, right_sum), _ = jax.lax.scan(body, carry, order)
    return (parts, count), loss_sum / steps, right_sum / (steps * batch)


class Trainer:
    """A network of a workload and its data."""

    whole = True

    def __init__(self, workload: Workload) -> None:
        x, y = workload.data()
        self.batch = workload.batch
        self.steps = len(x) // self.batch
        self.x, self.y = jnp.asarray(x), jnp.asarray(y)
        weights = start_weights((*workload.sizes, CLASSES))
        zeros = [jax.tree.map(jnp.zeros_like, weights) for _ in "mv"]
        self.state = ((weights, *zeros), jnp.float32(0))
        self.key = jax.random.key(0)

    def run(self, epochs: int, steps: int) -> float:
        """Seconds of so many whole epochs."""
        start = time.perf_counter()
        for _ in range(epochs):
            self.key, key = jax.random.split(self.key)
            arguments = (self.state, key, self.x, self.y, self.steps, self.batch)
            self.state, loss, accuracy = epoch(*arguments)
            float(loss), float(accuracy)
        return time.perf_counter() - start
