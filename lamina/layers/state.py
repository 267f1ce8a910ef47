"""The state of a layer: its variables, sublayers, metrics and seed generators, and their dtypes.

Attributes are watched (see `lamina.base.tracking`), so that assigning a variable or a layer is
enough to make it part of the state, in the order in which it came.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina import dtype_policies
from lamina.base.errors import ArgumentError, ArgumentTypeError, NotBuiltError, message
from lamina.base.tracking import Tracker
from lamina.dtype_policies import DTypePolicyMap
from lamina.metrics import Metric
from lamina.random import SeedGenerator
from lamina.runtime.variable import Variable


def _is(kind: type, x: Any) -> bool:
    return isinstance(x, kind)


def _is_trainable(x: Any) -> bool:
    return isinstance(x, Variable) and x.trainable


def _unique(variables: list[Variable]) -> list[Variable]:
    return list({id(v): v for v in variables}.values())


def checked_policy(dtype: Any) -> Any:
    """The dtype policy that a layer is to follow.

    Args:
        dtype: name, config, policy, or None for the default.
    Raises:
        ArgumentError: it is a quantized policy, which no layer computes by.
    """
    policy = dtype_policies.get(dtype)
    several = isinstance(policy, DTypePolicyMap)
    parts = [*policy.values(), policy.default_policy] if several else [policy]
    for one in map(dtype_policies.get, parts):
        if one.quantization_mode is not None:
            raise ArgumentError(
                message(
                    "Layers cannot follow a quantized dtype policy: Lamina does not quantize.",
                    received=f"dtype={one.name!r}",
                    required="a policy such as 'float32' or 'mixed_float16'",
                )
            )
    return policy


class LayerState:
    """What a layer owns; the base of `Layer`."""

    name: str
    built: bool
    _trainable: bool
    _path: str | None
    _dtype_policy: Any
    _tracker: Tracker
    _trainable_variables: list[Variable]
    _non_trainable_variables: list[Variable]
    _metrics: list[Metric]
    _layers: list[Any]
    _seed_generators: list[SeedGenerator]

    def _initialize_tracker(self) -> None:
        if "_tracker" in self.__dict__:
            return
        lists: dict[str, list] = {
            "_trainable_variables": [],
            "_non_trainable_variables": [],
            "_metrics": [],
            "_layers": [],
            "_seed_generators": [],
        }
        self.__dict__.update(lists)
        self.__dict__["_tracker"] = Tracker(
            {name: (predicate, lists[f"_{name}"]) for name, predicate in _PREDICATES.items()}
        )

    def __setattr__(self, name: str, value: Any) -> None:
        descriptor = getattr(type(self), name, None)
        if isinstance(descriptor, property) or name in _PLAIN:
            object.__setattr__(self, name, value)
            return
        self._initialize_tracker()
        object.__setattr__(self, name, self._tracker.track(value))

    if not TYPE_CHECKING:  # a type checker must not think that every attribute exists

        def __getattr__(self, name: str) -> Any:
            own = getattr(type(self), name, None)
            if isinstance(own, property):
                return own.fget(self)  # it failed, and says why
            kind = type(self).__name__
            if not name.startswith("_") and self.__dict__.get("built") is False:
                raise AttributeError(
                    f"{kind} '{self.name}' has no attribute '{name}'. It is not built yet: weights "
                    "exist after its first call on data, or after `build(input_shape)`."
                )
            raise AttributeError(f"'{kind}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        value = getattr(self, name)
        locked = self._tracker.locked
        self._tracker.unlock()
        self._tracker.untrack(value)
        self._tracker.locked = locked
        object.__delattr__(self, name)

    def _track_variable(self, variable: Variable) -> None:
        store = "trainable_variables" if variable.trainable else "non_trainable_variables"
        self._tracker.add_to_store(store, variable)
        if not self.trainable:
            variable.trainable = False

    def _untrack_variable(self, variable: Variable) -> None:
        self._tracker.untrack(variable)

    # --- lists of state ---

    @property
    def trainable(self) -> bool:
        """Whether optimizers change the weights; setting it sets all weights and sublayers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._set_trainable(bool(value))

    def _set_trainable(self, value: bool) -> None:
        self._trainable = value
        for variable in self._trainable_variables:
            variable.trainable = self._trainable
        for layer in self._layers:
            layer.trainable = self._trainable

    @property
    def variables(self) -> list[Variable]:
        """All state, random seeds included, metrics not."""
        found = [*self._trainable_variables, *self._non_trainable_variables]
        found += [generator.state for generator in self._seed_generators]
        for layer in self._layers:
            found += layer.variables
        return _unique(found)

    @property
    def weights(self) -> list[Variable]:
        """The weights: variables without random seeds."""
        found = [*self._trainable_variables, *self._non_trainable_variables]
        for layer in self._layers:
            found += layer.weights
        return _unique(found)

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that optimizers change."""
        return [v for v in self.variables if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that optimizers do not change."""
        return [v for v in self.variables if not v.trainable] if self.trainable else self.variables

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that optimizers change."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that optimizers do not change."""
        return [v for v in self.weights if not v.trainable] if self.trainable else self.weights

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of the layer and its sublayers."""
        found = list(self._metrics)
        for layer in self._layers:
            found += layer.metrics
        return found

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of the metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def get_weights(self) -> list[np.ndarray]:
        """The values of `weights`, copied."""
        return [np.array(v) for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Replace the values of `weights`.

        Args:
            weights: arrays of the same number, order and shapes.
        Raises:
            ArgumentError: the number or a shape differs; nothing is changed then.
        """
        own = self.weights
        if len(own) != len(weights):
            raise ArgumentError(
                message(
                    f"You called `set_weights(weights)` on layer '{self.name}' with a weight list "
                    f"of length {len(weights)}, but the layer was expecting {len(own)} weights.",
                    fix=None if self.built else "the layer is not built: call it on data first",
                )
            )
        values = [np.asarray(w) for w in weights]
        for number, value in enumerate(values):
            if value.dtype.kind not in "biufcV":
                raise ArgumentTypeError(
                    message(
                        f"`set_weights`: weight {number} of layer '{self.name}' is no number.",
                        received=f"{type(weights[number]).__name__} {weights[number]!r:.60}",
                        required=f"an array of shape {own[number].shape}",
                    )
                )
        for variable, value in zip(own, values, strict=True):
            if variable.shape != value.shape:
                raise ArgumentError(
                    f"Layer {self.name} weight shape {variable.shape} is not compatible with "
                    f"provided weight shape {value.shape}."
                )
        for variable, value in zip(own, values, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """The number of numbers in the weights.

        Raises:
            NotBuiltError: the layer has no weights yet.
        """
        if not self.built:
            raise NotBuiltError(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't "
                "built. You can build it manually via: `layer.build(input_shape)`."
            )
        return sum(math.prod(v.shape) for v in self.weights)

    # --- dtypes ---

    @property
    def dtype_policy(self) -> Any:
        """Which dtypes the layer keeps its weights in and computes in."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        policy = checked_policy(value)
        if isinstance(self.__dict__.get("_dtype_policy"), DTypePolicyMap) and self._path:
            if self._path in self._dtype_policy:
                del self._dtype_policy[self._path]
            self._dtype_policy[self._path] = policy
        else:
            self._dtype_policy = policy

    def _policy(self) -> Any:
        if isinstance(self._dtype_policy, DTypePolicyMap) and self._path:
            return self._dtype_policy[self._path]
        return self._dtype_policy

    @property
    def dtype(self) -> str:
        """The dtype of the weights."""
        return self.variable_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights."""
        return self._policy().variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype in which the layer computes."""
        return self._policy().compute_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype to which float inputs are cast."""
        return self.compute_dtype

    @property
    def quantization_mode(self) -> None:
        """None: Lamina has no quantization."""
        return None

    # --- saving ---

    def _stored_variables(self) -> list[Any]:
        """The layer's own variables, or what stands for them in files."""
        return [*self._trainable_variables, *self._non_trainable_variables]

    def save_own_variables(self, store: Any) -> None:
        """Put the layer's own variables into a dict-like store under "0", "1" …"""
        for i, variable in enumerate(self._stored_variables()):
            store[str(i)] = variable

    def load_own_variables(self, store: Any) -> None:
        """Take the layer's own variables from a dict-like store.

        Raises:
            ArgumentError: the number of variables differs.
        """
        own = self._stored_variables()
        if len(store.keys()) != len(own):
            if not own and not self.built:
                raise ArgumentError(
                    f"Layer '{self.name}' was never built and thus it doesn't have any variables. "
                    f"However the weights file lists {len(store.keys())} variables for this layer. "
                    "A parent's `build()` must build its children, or implement "
                    "`build_from_config(config)`."
                )
            raise ArgumentError(
                f"Layer '{self.name}' expected {len(own)} variables, but received "
                f"{len(store.keys())} variables during loading. Expected: "
                f"{[v.name for v in own]}"
            )
        for i, variable in enumerate(own):
            variable.assign(store[str(i)])


_PLAIN = frozenset(
    {"_losses", "_init_arguments", "_inbound_nodes", "_outbound_nodes", "_build_shapes",
     "_call_signature", "_layers"}
)  # fmt: skip

# What goes into which list. Functions with names, not lambdas: layers are pickled.
_PREDICATES: dict[str, Any] = {
    "trainable_variables": _is_trainable,
    "non_trainable_variables": functools.partial(_is, Variable),
    "metrics": functools.partial(_is, Metric),
    "layers": functools.partial(_is, LayerState),
    "seed_generators": functools.partial(_is, SeedGenerator),
}
