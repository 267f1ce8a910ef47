"""Functions of the user's own that make the network, and their keywords as parameters.

A builder is called as `build(meta, **keywords)`. What is set as `build__units=64` becomes part of
the `build` parameter itself, as a `functools.partial`, so that clone, grid search and pickle carry
it along without knowing of it.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lamina.base.errors import ArgumentError, ArgumentTypeError, message, near
from lamina.models import Model
from lamina.ops import KerasTensor
from lamina.random.seed_generator import preserved_random_state, set_random_seed

PREFIX = "build__"
_SEEDING = threading.RLock()  # a builder draws from generators that all threads share


@dataclass(frozen=True)
class BuildMeta:
    """What a builder is told about the data and the estimator.

    Attributes:
        task: "classification" or "regression".
        n_features: numbers in a row.
        n_outputs: how wide the network's output must be: classes, or targets.
        classes: the classes in the order of the outputs; None for a regression.
        feature_names: names of the columns, None if they have none.
        dtype: dtype of the data and, unless the builder decides otherwise, of the layers.
        seed: int, drawn from `random_state`; the generators of Lamina, NumPy and Python are seeded
            with it while the builder runs.
        parameters: the estimator's parameters, for builders that use `hidden_layer_sizes` and the
            like.
    Example:
        >>> BuildMeta("regression", n_features=3, n_outputs=1).dtype
        'float32'
    """

    task: str
    n_features: int
    n_outputs: int
    classes: tuple | None = None
    feature_names: tuple[str, ...] | None = None
    dtype: str = "float32"
    seed: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)


def keywords(build: Callable[..., Any] | None) -> dict[str, Any]:
    """The keywords of a builder with the values they have now.

    Args:
        build: the builder, or None.
    Returns:
        name -> value; without those that have no value yet.
    Example:
        >>> keywords(lambda meta, units=8, rate=0.1: None)
        {'units': 8, 'rate': 0.1}
    """
    if not callable(build):
        return {}
    rest = _parameters(build)[1:]
    values = {p.name: p.default for p in rest if p.default is not inspect.Parameter.empty}
    bound = build.keywords if isinstance(build, functools.partial) else {}
    return {**values, **bound}


def with_keywords(build: Callable[..., Any] | None, values: Mapping[str, Any]) -> Any:
    """A builder whose keywords have other values; the given one stays as it is.

    Args:
        build: the builder.
        values: name -> value.
    Returns:
        `functools.partial` of the builder.
    Raises:
        ArgumentError: there is no builder, or it lacks such a keyword.
    Example:
        >>> keywords(with_keywords(lambda meta, units=8: None, {"units": 9}))
        {'units': 9}
    """
    if not callable(build):
        raise ArgumentError(
            message(
                f"Parameters {', '.join(PREFIX + n for n in values)} belong to a builder, but "
                "there is none.",
                received=f"build={build!r:.60}",
                fix="set `build` to a function (meta, **keywords) first",
            )
        )
    known = _parameters(build)[1:]
    names = [p.name for p in known]
    unknown = [n for n in values if n not in names]
    if unknown and not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known):
        raise ArgumentError(
            message(
                f"Invalid parameter {PREFIX + unknown[0]!r}: the builder has no such keyword. "
                f"{near(unknown[0], names)}".rstrip(),
                required=", ".join(PREFIX + n for n in names) or "a builder with keywords",
            )
        )
    return functools.partial(build, **values)


def _parameters(build: Callable[..., Any]) -> list[inspect.Parameter]:
    return list(inspect.signature(build).parameters.values())


def build_network(build: Callable[..., Any], meta: BuildMeta) -> Model:
    """Call a builder and check what it returned; nothing has been trained then.

    Args:
        build: the builder.
        meta: what it is told.
    Returns:
        The model, built, compiled or not.
    Raises:
        ArgumentTypeError: it returned no model, or one of several outputs.
        ArgumentError: the output has another width than `meta.n_outputs`.
    """
    with _SEEDING, preserved_random_state():
        set_random_seed(meta.seed)
        model = build(meta)
        if not isinstance(model, Model):
            raise ArgumentTypeError(
                message(
                    "The builder must return a Lamina model.",
                    received=type(model).__name__,
                    required="a lamina.Model, compiled or not",
                )
            )
        output = model(KerasTensor((None, meta.n_features), meta.dtype))
    shape = getattr(output, "shape", None)
    if shape is None:
        raise ArgumentTypeError(
            message(
                "The builder's model must have one output.", received=f"a {type(output).__name__}"
            )
        )
    if len(shape) != 2 or shape[1] != meta.n_outputs:
        raise _wrong_width(meta, tuple(shape))
    return model


def _wrong_width(meta: BuildMeta, shape: tuple) -> ArgumentError:
    what = "class" if meta.task == "classification" else "target"
    return ArgumentError(
        message(
            f"The builder's model must have one output for each {what}.",
            received=f"outputs {shape}",
            required=f"(None, {meta.n_outputs})",
            fix="end the model with Dense(meta.n_outputs)",
        )
    )
