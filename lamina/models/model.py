"""The base of all models: a layer that trains, saves and describes itself.

`Model(inputs, outputs)` makes a functional model (see functional.py); a subclass defines `call`.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lamina.base import tree
from lamina.base.errors import ArgumentError, near
from lamina.layers.layer import Layer, is_default
from lamina.models.summary import print_summary
from lamina.models.trainer import Trainer
from lamina.ops.symbolic import KerasTensor, infer_spec
from lamina.saving import (
    load_model,
    load_weights,
    save_model,
    save_weights,
    serialize_keras_object,
)


def is_functional_call(args: tuple, kwargs: dict) -> bool:
    """Whether constructor arguments are those of a functional model."""
    return (
        len(args) == 2
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


class Model(Trainer, Layer):
    """A network that can be trained.

    Args:
        inputs: symbolic inputs, for a functional model.
        outputs: symbolic outputs computed from them.
        name: made up if None.
    Example:
        >>> import lamina
        >>> x = lamina.Input((4,))
        >>> Model(x, lamina.layers.Dense(2)(x)).count_params()
        10
    """

    _functional_class: type | None = None  # set by lamina.models.functional

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A functional model if given inputs and outputs, else an instance of the class."""
        if cls is Model and is_functional_call(args, kwargs):
            assert Model._functional_class is not None
            return super().__new__(Model._functional_class, *args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        Trainer.__init__(self)
        if is_functional_call(args, kwargs):
            functional = Model._functional_class
            assert functional is not None
            _insert_base(type(self), functional)
            functional.__init__(self, *args, **kwargs)  # type: ignore[misc]
        else:
            Layer.__init__(self, *args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the model computes; subclasses define it."""
        raise NotImplementedError(
            f"Model {type(self).__name__} does not have a `call()` method implemented."
        )

    @property
    def layers(self) -> list[Layer]:
        """The layers that the model directly consists of."""
        return self._flatten_layers(include_self=False, recursive=False)

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError(
            "`Model.layers` attribute is reserved and should not be used. Please use another name."
        )

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name, or by its place.

        Raises:
            ArgumentError: there is no such layer; the names that exist are listed.
        """
        layers = self.layers
        if index is not None and name is not None:
            raise ArgumentError(
                f"Provide only a layer name or a layer index. Received: index={index}, name={name}."
            )
        if index is not None:
            if index >= len(layers):
                raise ArgumentError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(layers)} layers."
                )
            return layers[index]
        if name is None:
            raise ArgumentError("Provide either a layer name or layer index at `get_layer`.")
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        raise ArgumentError(
            f"No such layer: {name}. Existing layers are: {names}. {near(name, names)}".rstrip()
        )

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print a table of the layers: output shapes and numbers of parameters.

        Args:
            line_length: width in characters.
            positions: relative or absolute ends of the columns.
            print_fn: takes the text; default `print`.
            expand_nested: whether models inside the model are listed too.
            show_trainable: whether to add a column that says so.
            layer_range: (first, last) names or patterns of the layers to show.
        """
        print_summary(
            self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    # --- files ---

    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Write the model, weights and optimizer to a `.keras` file; see `lamina.saving`."""
        save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(
        self, filepath: Any, overwrite: bool = True, max_shard_size: Any = None
    ) -> None:
        """Write the weights to a `.weights.h5` file."""
        save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Read the weights from a `.weights.h5` or `.keras` file."""
        load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def export(
        self,
        filepath: Any,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Write what the model computes in inference as a file for other runtimes.

        Args:
            filepath: the file to create or replace.
            format: "onnx"; the others of Keras, of which the default is one, need TensorFlow or
                PyTorch, and the error says so.
            verbose: False keeps quiet about the file written.
            input_signature: list with one InputSpec, KerasTensor or array for each argument of a
                call, or a structure of them; default: the shapes that the model was built for. An
                InputSpec whose batch is a number fixes it.
            **kwargs: `opset_version`, the version of ONNX's operators, 18 by default.
        Raises:
            ArgumentError: an unknown format or argument, or something that ONNX cannot express.
            NotBuiltError: the model's input shapes are not known yet.
            MissingExtraError: the package onnx is not installed.
        Numerics: float64 erf and inverse or hyperbolic functions are computed in float32, as
            runtimes have no others.
        Example:
            >>> import lamina, tempfile
            >>> model = lamina.Sequential([lamina.Input((4,)), lamina.layers.Dense(2)])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.export(f"{folder}/model.onnx", format="onnx", verbose=False)
        """
        from lamina.models.exporting import export_model  # a dozen modules that few programs need

        export_model(self, filepath, format, verbose, input_signature, kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """The architecture as JSON text; `kwargs` go to `json.dumps`."""
        return json.dumps(serialize_keras_object(self), **kwargs)

    def __reduce__(self) -> Any:
        """Models are pickled as `.keras` files."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            save_model(self, path)
            return _from_bytes, (path.read_bytes(),)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A copy with its own weights, by way of a `.keras` file."""
        rebuild, arguments = self.__reduce__()
        memo[id(self)] = copy = rebuild(*arguments)
        return copy

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """The values of all variables as nested dicts that follow their paths.

        Args:
            value_format: "backend_tensor" or "numpy_array"; both give arrays.
        Returns:
            dict with the keys trainable_variables, non_trainable_variables, optimizer_variables and
            metrics_variables.
        Raises:
            ArgumentError: two variables have one path.
        """
        if value_format not in ("backend_tensor", "numpy_array"):
            raise ArgumentError(f"Invalid `value_format` argument. Received: {value_format}")
        return {group: _nested(variables) for group, variables in self._variable_groups().items()}

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Assign the values that `get_state_tree` gave; groups may be left out."""
        groups = self._variable_groups()
        for group, values in state_tree.items():
            if group not in groups:
                raise ArgumentError(f"Unknown variable name: {group}. {near(group, groups)}")
            by_path = {tuple(v.path.split("/")): v for v in groups[group]}
            for path, value in _leaves(values, ()):
                if path in by_path:
                    by_path[path].assign(np.asarray(value))

    def _variable_groups(self) -> dict[str, list]:
        return {
            "trainable_variables": self.trainable_variables,
            "non_trainable_variables": self.non_trainable_variables,
            "optimizer_variables": [] if self.optimizer is None else self.optimizer.variables,
            "metrics_variables": self.metrics_variables,
        }

    def build_from_config(self, config: dict[str, Any] | None) -> None:
        """Create the weights for the shapes in a config; warn if that is not possible."""
        if not config:
            return
        built = False
        if "input_shape" in config:
            built = self._try_build((config["input_shape"],), {})
            self._build_shapes = {"input_shape": config["input_shape"]}
        elif "shapes_dict" in config:
            built = self._try_build((), config["shapes_dict"])
            self._build_shapes = config["shapes_dict"]
        if not built:
            warnings.warn(
                f"Model '{self.name}' had a build config, but the model cannot be built "
                "automatically in `build_from_config(config)`. You should implement "
                "`def build_from_config(self, config)`, and you might also want to implement "
                "`def get_build_config(self)`.",
                stacklevel=2,
            )

    def _try_build(self, shapes: tuple, named: dict[str, Any]) -> bool:
        """Build by `build`, or else by a symbolic call."""
        try:
            if not is_default(self.build):
                self.build(*shapes, **named)
                return True
            tensors = tree.map_shape_structure(KerasTensor, list(shapes)) if shapes else []
            arguments = {
                k.removesuffix("_shape"): tree.map_shape_structure(KerasTensor, v)
                for k, v in named.items()
            }
            infer_spec(self.call, tuple(tensors), arguments)
            return True
        except Exception:
            return False

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A model from `get_config`; a functional one if the config describes a graph."""
        functional = Model._functional_class
        keys = {"name", "layers", "input_layers", "output_layers"}
        if (
            keys <= set(config)
            and functional is not None
            and (cls is functional or cls is Model or issubclass(cls, functional))
        ):
            return functional.from_graph_config(cls, config, custom_objects)  # type: ignore[attr-defined]
        try:
            return cls(**config)
        except TypeError as error:
            raise TypeError(
                "Unable to revive model from config. When overriding `get_config()`, make sure "
                "that the returned config contains all items used as arguments in the constructor "
                f"of {cls}, which is the default behavior. You can override this default behavior "
                "by defining a `from_config(cls, config)` class method. Error: "
                f"{error}"
            ) from error


def _from_bytes(content: bytes) -> Any:
    """A model from the bytes of a `.keras` file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(content)
        return load_model(path)


def _leaves(values: Any, path: tuple) -> Iterator[tuple[tuple, Any]]:
    """Pairs (path, value) of nested dicts."""
    if isinstance(values, dict):
        for name, value in values.items():
            yield from _leaves(value, (*path, name))
    else:
        yield path, values


def _nested(variables: list) -> dict[str, Any]:
    """path -> value as nested dicts."""
    found: dict[str, Any] = {}
    for variable in variables:
        *parents, name = variable.path.split("/")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        if name in place:
            raise ArgumentError(
                "The following variable path is found twice in the model: "
                f"'{variable.path}'. `get_state_tree()` can only be called when all variable paths "
                "are unique. Make sure to give unique names to your layers (and other objects)."
            )
        place[name] = np.array(variable)
    return found


def _insert_base(cls: type, functional: type) -> None:
    """Let a subclass of Model whose constructor was given inputs and outputs be functional."""
    if cls is object or issubclass(cls, functional):
        return
    cls.__bases__ = tuple(functional if b is Model else b for b in cls.__bases__)
    for base in cls.__bases__:
        if base is not functional and issubclass(base, Model):
            _insert_base(base, functional)
