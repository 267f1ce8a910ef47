"""Seeds: where a draw's key comes from, and the counter that makes the next draw differ.

A `SeedGenerator` is a variable [seed, count]; inside a compiled function it is state of the program
like a weight, so a resumed run draws what an uninterrupted one would have drawn.
"""

from __future__ import annotations

import contextlib
import random as python_random
from collections.abc import Iterator
from typing import Any

import numpy as np

import lamina.ops  # noqa: F401  (operators on tensors must be in place)
from lamina.base.errors import ArgumentError, message
from lamina.base.loading import STATE_KEEPERS
from lamina.base.naming import auto_name
from lamina.ir.program import Tensor
from lamina.runtime.dispatch import apply
from lamina.runtime.name_scope import name_scope
from lamina.runtime.variable import Variable

_GLOBAL: list[SeedGenerator] = []  # at most one, made when it is first used
_CHOSEN: list[int] = []  # the seed last given to set_random_seed


class SeedGenerator:
    """Gives a new seed for every draw, reproducibly.

    Args:
        seed: int; its lowest 32 bits count. None draws one from Python's `random`.
        name: name of the generator; made up if None.
    Raises:
        ArgumentError: `seed` is no integer, or an argument is unknown.
    Example:
        >>> from lamina import random
        >>> generator = SeedGenerator(7)
        >>> first, second = (random.uniform((2,), seed=generator) for _ in range(2))
        >>> bool((first == second).any()), generator.state.numpy().tolist()
        (False, [7, 2])
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any) -> None:
        kwargs.pop("backend", None)  # Keras chooses among backends here
        if kwargs:
            raise ArgumentError(f"Unrecognized keyword arguments: {kwargs}")
        self.name = name if name is not None else auto_name(type(self).__name__)
        self._initial_seed = seed
        if seed is None:
            seed = make_default_seed()
        if not _is_integer(seed):
            raise ArgumentError(f"Argument `seed` must be an integer. Received: seed={seed}")
        with name_scope(self.name, caller=self):
            self.state = Variable(_seed_words(seed), trainable=False, name="seed_generator_state")

    @property
    def initial_seed(self) -> int | None:
        """The seed as it was given, None if it was drawn."""
        return self._initial_seed

    def next(self, ordered: bool = True) -> Any:
        """The seed for the next draw.

        Args:
            ordered: accepted for Keras's sake; seeds are always counted.
        Returns:
            uint32 tensor (2,): the state before its count went up by one.
        """
        before = self.state.value
        self.state.assign(apply("add", before, np.array([0, 1], "uint32")))
        return before

    def get_config(self) -> dict[str, Any]:
        """The arguments to make a generator like this one was at the start."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """A generator from what `get_config` gave."""
        return cls(**config)


def _is_integer(seed: Any) -> bool:
    return isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)


def _seed_words(seed: int) -> np.ndarray:
    return np.array([int(seed) & 0xFFFFFFFF, 0], "uint32")


def draw_seed(seed: Any) -> Any:
    """The key of one draw.

    Args:
        seed: int (the same key every time), a SeedGenerator (its next), None (the global
            generator's next), or a key: uint32 tensor (2,).
    Returns:
        uint32 tensor (2,).
    Raises:
        ArgumentError: `seed` is something else.
    """
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        return global_seed_generator().next()
    if _is_integer(seed):
        return _seed_words(seed)
    if isinstance(seed, Variable):
        seed = seed.value
    if isinstance(seed, (np.ndarray, Tensor)) and tuple(seed.shape) == (2,):
        if str(seed.dtype) == "uint32":
            return seed
    raise ArgumentError(
        message(
            "Argument `seed` must be either an integer or an instance of `SeedGenerator`. "
            f"Received: seed={seed} (of type {type(seed)})"
        )
    )


def make_default_seed() -> int:
    """A seed from Python's `random`."""
    return python_random.randint(1, 10**9)


def global_seed_generator() -> SeedGenerator:
    """The generator behind every draw with `seed=None`."""
    if not _GLOBAL:
        _GLOBAL.append(SeedGenerator(name="global_seed_generator"))
    return _GLOBAL[0]


@contextlib.contextmanager
def preserved_random_state() -> Iterator[None]:
    """Leave Python's `random`, NumPy's and the global generator as they were, whatever is drawn."""
    python_state, numpy_state = python_random.getstate(), np.random.get_state()  # noqa: NPY002
    before = [(generator, generator.state.numpy().copy()) for generator in _GLOBAL]
    try:
        yield
    finally:
        python_random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        _GLOBAL[:] = [generator for generator, _ in before]
        for generator, state in before:
            generator.state.assign(state)


STATE_KEEPERS.append(preserved_random_state)


def set_random_seed(seed: int) -> None:
    """Seed Python's `random`, NumPy and Lamina's global generator, for a reproducible run.

    Args:
        seed: int, 0 <= seed < 2**32.
    Raises:
        ArgumentError: `seed` is no integer.
    Example:
        >>> from lamina import random
        >>> draws = []
        >>> for _ in range(2):
        ...     set_random_seed(3)
        ...     draws.append(random.normal((4,)).tolist())
        >>> draws[0] == draws[1]
        True
    """
    if not _is_integer(seed):
        raise ArgumentError(
            message(
                "Expected `seed` argument to be an integer. "
                f"Received: seed={seed} (of type {type(seed)})"
            )
        )
    generator = global_seed_generator()  # made before, as making it draws from `random`
    _CHOSEN[:] = [int(seed)]
    python_random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002  (people's own code draws from it)
    # The same generator object stays: compiled programs hold its state.
    fresh = _seed_words(make_default_seed())
    generator.state.assign(fresh)


def get_random_seed() -> int | None:
    """The seed last given to `set_random_seed`, or None."""
    return _CHOSEN[0] if _CHOSEN else None
