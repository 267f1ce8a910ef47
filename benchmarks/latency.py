"""The shortest way through a trained network that each framework offers: a compiled function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def compiled_function(keras: Any, model: Any) -> Callable[[np.ndarray], np.ndarray]:
    """A function from rows to the network's answers, compiled where the framework compiles."""
    name = "lamina" if keras.__name__ == "lamina" else keras.backend.backend()
    return WAYS[name](model)


def _lamina(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    from lamina.runtime.compiled import CompiledFunction

    return CompiledFunction(lambda x: model(x, training=False), "forward")


def _jax(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    import jax

    trainable = [v.value for v in model.trainable_variables]
    others = [v.value for v in model.non_trainable_variables]
    call = jax.jit(lambda x: model.stateless_call(trainable, others, x)[0])
    return lambda x: np.asarray(call(x))


def _tensorflow(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    import tensorflow

    call = tensorflow.function(lambda x: model(x, training=False))
    return lambda x: call(tensorflow.constant(x)).numpy()


def _torch(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    import torch

    def call(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return model(torch.from_numpy(x), training=False).numpy()

    return call


WAYS = {"lamina": _lamina, "jax": _jax, "tensorflow": _tensorflow, "torch": _torch}
