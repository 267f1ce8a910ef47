"""The table of bad inputs: what a newcomer did, what must come of it, what the message must say.

Each case is a function that makes one mistake. `refused` and `warned` put it into `CASES`; the
files `cases_*.py` hold the cases, a topic each.
"""

import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import lamina
from lamina import layers

X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
LABELS = np.arange(40) % 3
YES_NO = np.arange(40) % 2
NUMBERS = X.sum(axis=1, keepdims=True)
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
IMAGES = np.zeros((4, 8, 8, 1), "float32")


class Case(NamedTuple):
    """One mistake.

    Attributes:
        topic: name of the file it stands in.
        name: what the mistake is.
        code: makes it.
        outcome: the type of the exception or warning.
        says: texts that the message must contain.
    """

    topic: str
    name: str
    code: Callable[[], object]
    outcome: type[Exception] | tuple[type[Exception], ...]
    says: tuple[str, ...]


CASES: list[Case] = []


def _add(outcome: Any, says: tuple[str, ...]) -> Callable:
    def register(code: Callable) -> Callable:
        topic = code.__module__.removeprefix("cases_")
        assert all((c.topic, c.name) != (topic, code.__name__) for c in CASES), code.__name__
        CASES.append(Case(topic, code.__name__, code, outcome, says))
        return code

    return register


def refused(*says: str, error: Any = ValueError) -> Callable:
    """A case that ends in an error."""
    return _add(error, says)


def warned(*says: str) -> Callable:
    """A case that goes on, with a warning."""
    return _add(UserWarning, says)


def numbers_model(**compiling) -> lamina.Sequential:
    """A compiled model for `NUMBERS`."""
    model = lamina.Sequential(
        [lamina.Input((4,)), layers.Dense(5, name="hidden"), layers.Dense(1, name="head")]
    )
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiling})
    return model


def classes_model(loss: str = "sparse_categorical_crossentropy", **compiling) -> lamina.Sequential:
    """A compiled model for `LABELS`."""
    model = lamina.Sequential(
        [lamina.Input((4,)), layers.Dense(3, activation="softmax", name="classes")]
    )
    model.compile(**{"optimizer": "sgd", "loss": loss, **compiling})
    return model


def yes_no_model(loss: str = "binary_crossentropy") -> lamina.Sequential:
    """A compiled model for `YES_NO`."""
    model = lamina.Sequential(
        [lamina.Input((4,)), layers.Dense(1, activation="sigmoid", name="yes")]
    )
    model.compile(optimizer="sgd", loss=loss)
    return model


def two_inputs_model() -> lamina.Model:
    """A compiled model with the inputs `left` and `right`."""
    left, right = lamina.Input((4,), name="left"), lamina.Input((2,), name="right")
    joined = layers.Concatenate(name="joined")([left, right])
    model = lamina.Model([left, right], layers.Dense(1, name="head")(joined))
    model.compile(optimizer="sgd", loss="mse")
    return model


def two_outputs_model(loss: object = "mse", **compiling) -> lamina.Model:
    """A compiled model with the outputs `size` and `kind`."""
    inputs = lamina.Input((4,))
    hidden = layers.Dense(5, name="hidden")(inputs)
    model = lamina.Model(
        inputs, [layers.Dense(1, name="size")(hidden), layers.Dense(1, name="kind")(hidden)]
    )
    model.compile(**{"optimizer": "sgd", "loss": loss, **compiling})
    return model


def fit(model: lamina.Model, x=X, y=NUMBERS, **more) -> object:
    """A short training without a progress bar."""
    return model.fit(x, y, **{"verbose": 0, **more})


def folder() -> Path:
    """A new empty folder."""
    return Path(tempfile.mkdtemp(prefix="lamina-messages-"))


class Answer(NamedTuple):
    """What came of a case: an error, or None; the message with its notes; seconds of work."""

    error: Exception | None
    text: str
    seconds: float


def answer(case: Case) -> Answer:
    """Make the mistake, and catch what comes of it."""
    error, texts = None, []
    start = time.thread_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            case.code()
        except Exception as raised:
            error, texts = raised, [str(raised), *getattr(raised, "__notes__", [])]
    seconds = time.thread_time() - start
    if error is None:
        texts = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
    return Answer(error, "\n".join(texts), seconds)
