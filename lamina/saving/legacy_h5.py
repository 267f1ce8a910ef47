"""Whole models in one HDF5 file (`.h5`), the format of Keras 2 that Keras 3 still reads and writes.

Config and training setup are JSON texts in attributes; weights are listed layer by layer in the
order in which the layers have them. Such files carry no names for objects inside layers, so they
fit only the very model that they were saved from.
"""

import json
import math
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lamina.base.atomic import atomic_write
from lamina.base.errors import FileFormatError, message
from lamina.base.loading import loading, untouched_state
from lamina.base.naming import preserved_names
from lamina.saving import checksum, limits
from lamina.saving.deserialization import deserialize_keras_object
from lamina.saving.hdf5 import ArrayTable, StoredArray, h5py_module, open_table
from lamina.saving.hdf5_text import TextReader
from lamina.saving.json_text import parse_json
from lamina.saving.keras_file import KERAS_VERSION, build_model, model_config
from lamina.saving.legacy_config import modernize
from lamina.saving.stores import to_array

_ATTRIBUTE_BYTES = 64_000  # HDF5 keeps at most 64 kB in one attribute of this kind
_TOP = "top_level_model_weights"


def write_model(model: Any, path: Path, include_optimizer: bool = True) -> None:
    """Write a model as an `.h5` file, whole or not at all.

    Args:
        model: the model.
        path: the file; its folder is made if need be.
        include_optimizer: whether to write the training setup and the optimizer's state.
    """
    config = model_config(model)
    setup = config.pop("compile_config", None)
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as temporary:
        with h5py_module().File(temporary, "w") as file:
            checksum.reserve(file)
            file.attrs["keras_version"] = KERAS_VERSION
            file.attrs["backend"] = "lamina"
            top = {"class_name": config["registered_name"] or config["class_name"]}
            file.attrs["model_config"] = json.dumps({**top, "config": config["config"]}).encode()
            _write_layers(file.create_group("model_weights"), model)
            if include_optimizer and setup:
                setup["optimizer_config"] = setup.pop("optimizer")
                file.attrs["training_config"] = json.dumps(setup).encode()
                if model.optimizer.variables:
                    _write_list(file.create_group("optimizer_weights"), model.optimizer.variables)
        checksum.fill_in(temporary)


def read_model(
    path: Path, custom_objects: dict[str, Any] | None, compile: bool, safe_mode: bool
) -> Any:
    """Load a model from an `.h5` file.

    Args:
        path: the file.
        custom_objects: name -> class or function.
        compile: whether to restore the training setup.
        safe_mode: passed to objects that deserialize their own parts.
    Returns:
        The model.
    Raises:
        FileFormatError: damaged, or it asks for something that is not allowed.
    """
    name = path.name
    size = path.stat().st_size
    with open(path, "rb") as source:
        verified = checksum.verify(source, name)
        with open_table(source, name, size) as (file, table):
            checksum.check_not_removed(verified, file, name)
            content = _Source(source, table)
            config = content.json("model_config", size)
            if not isinstance(config, dict):
                raise FileFormatError(f"No model config found in the file {name}.")
            limit = table.total_bytes + limits.UNSAVED_BYTES
            with preserved_names(), untouched_state(), loading(limit) as scope:
                model = build_model(modernize(config), name, custom_objects, safe_mode)
                _assign_layers(content, model, False)
                setup = content.json("training_config", size) if compile else None
                if isinstance(setup, dict):
                    _compile(model, setup, custom_objects, name)
                    _assign_optimizer(content, model, name)
                elif compile:
                    warnings.warn(
                        "No training configuration found in the save file, so the model was *not* "
                        "compiled. Compile it manually.",
                        stacklevel=3,
                    )
                scope.finish()
    return model


def read_weights(model: Any, path: Path, skip_mismatch: bool, by_name: bool) -> None:
    """Load the weights of an `.h5` file into a model.

    Args:
        model: the model, built.
        path: the file.
        skip_mismatch: whether weights that do not fit are left as they are, with a warning.
        by_name: whether layers are matched by name, not by order.
    Raises:
        FileFormatError: damaged, or it does not fit.
    """
    with open(path, "rb") as source:
        verified = checksum.verify(source, path.name)
        with open_table(source, path.name, path.stat().st_size) as (file, table):
            checksum.check_not_removed(verified, file, path.name)
            _assign_layers(_Source(source, table), model, skip_mismatch, by_name)


class _Source:
    """Texts and lists of arrays by group, as this format keeps them."""

    def __init__(self, source: BinaryIO, table: ArrayTable) -> None:
        self.name = table.name
        self._table = table
        self._reader = TextReader(source, table.name)
        self.root = "model_weights" if table.has_group("model_weights") else ""
        if not self.root and self._texts("", "layer_names") is None:
            raise FileFormatError(f"{table.name} has no weights: 'model_weights' is missing.")

    def json(self, attribute: str, size: int) -> Any:
        """The value of a JSON text at the top of the file, or None."""
        texts = self._texts("", attribute)
        if not texts:
            return None
        return parse_json(texts[0].encode(), f"{self.name}: {attribute}", size)

    def names(self, group: str, attribute: str) -> list[str]:
        """A list of texts, which may be split over several attributes."""
        if group and not self._table.has_group(group):
            raise FileFormatError(f"{self.name}: group {group!r} is missing.")
        single = self._texts(group, attribute)
        if single is not None:
            return single
        texts: list[str] = []
        number = 0
        while (part := self._texts(group, f"{attribute}{number}")) is not None:
            texts.extend(part)
            number += 1
        return texts

    def _texts(self, group: str, attribute: str) -> list[str] | None:
        address = self._table.addresses[group] if group else self._reader.root()
        return self._reader.texts(address, attribute)

    def arrays(self, group: str) -> list[StoredArray]:
        """The arrays of a group in their order."""
        found = []
        for name in self.names(group, "weight_names"):
            parent, _, key = f"{group}/{name}".rpartition("/")
            if key not in self._table.groups.get(parent, {}):
                raise FileFormatError(f"{self.name}: the array '{group}/{name}' is missing.")
            found.append(self._table.groups[parent][key])
        return found

    def inside(self, name: str) -> str:
        """The path of a layer's group."""
        return f"{self.root}/{name}" if self.root else name

    def has(self, group: str) -> bool:
        """Whether a group exists."""
        return self._table.has_group(group)


def _weights(layer: Any) -> list[Any]:
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _own_weights(model: Any) -> list[Any]:
    """Weights of the model that belong to none of its layers."""
    in_layers = {id(w) for layer in model.layers for w in layer.weights}
    return [w for w in _weights(model) if id(w) not in in_layers]


def _write_layers(group: Any, model: Any) -> None:
    _write_names(group, "layer_names", [layer.name for layer in model.layers])
    group.attrs["backend"] = "lamina"
    group.attrs["keras_version"] = KERAS_VERSION
    for layer in sorted(model.layers, key=lambda item: item.name):
        _write_list(group.create_group(layer.name), _weights(layer))
    _write_list(group.create_group(_TOP), _own_weights(model))


def _write_list(group: Any, variables: list[Any]) -> None:
    names: list[str] = []
    for variable in variables:
        name = str(variable.path)
        while name in names:
            name += "_"
        names.append(name)
        group.create_dataset(name, data=to_array(variable))
    _write_names(group, "weight_names", names)


def _write_names(group: Any, attribute: str, names: list[str]) -> None:
    data = np.array([name.encode() for name in names], dtype="S" if names else float)
    count = max(1, math.ceil(data.nbytes / _ATTRIBUTE_BYTES))
    if count == 1:
        group.attrs[attribute] = data
        return
    for number, part in enumerate(np.array_split(data, count)):
        group.attrs[f"{attribute}{number}"] = part


def _assign_layers(source: _Source, model: Any, skip: bool, by_name: bool = False) -> None:
    """Match layers with groups, check every shape, then assign."""
    stored = [
        (name, source.arrays(source.inside(name)))
        for name in source.names(source.root, "layer_names")
    ]
    pairs: list[tuple[str, list[Any], list[StoredArray]]] = []
    if by_name:
        by = {layer.name: layer for layer in model.layers}
        pairs = [(name, _weights(by[name]), arrays) for name, arrays in stored if name in by]
    else:
        layers = [layer for layer in model.layers if _weights(layer)]
        stored = [(name, arrays) for name, arrays in stored if arrays]
        if len(layers) != len(stored):
            raise FileFormatError(
                message(
                    f"{source.name}: Layer count mismatch when loading weights from file.",
                    received=f"{len(stored)} saved layers",
                    required=f"{len(layers)} layers, as in the model",
                )
            )
        pairs = [
            (layer.name, _weights(layer), arrays)
            for layer, (_, arrays) in zip(layers, stored, strict=True)
        ]
    if source.has(source.inside(_TOP)):
        pairs.append(("the model", _own_weights(model), source.arrays(source.inside(_TOP))))
    assigned = [item for pair in pairs for item in _fitting(source.name, *pair, skip)]
    for variable, array in assigned:
        variable.assign(array.read())
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def _fitting(
    file: str, layer: str, variables: list[Any], arrays: list[StoredArray], skip: bool
) -> list[tuple[Any, StoredArray]]:
    """The variables of a layer with the arrays to assign."""
    problem = None
    if len(variables) != len(arrays):
        problem = f"Weight count mismatch for layer {layer!r}: {len(variables)} expected, "
        problem += f"{len(arrays)} saved"
    pairs = list(zip(variables, arrays, strict=False)) if problem is None else []
    fitting = []
    for variable, array in pairs:
        if tuple(variable.shape) == array.shape:
            fitting.append((variable, array))
            continue
        problem = f"Shape mismatch in layer {layer!r} for weight {variable.path}: expected "
        problem += f"{tuple(variable.shape)}, saved {array.shape}"
    if problem and not skip:
        raise FileFormatError(f"{file}: {problem}.")
    if problem:
        warnings.warn(f"{file}: skipped. {problem}.", stacklevel=5)
    return fitting


def _compile(
    model: Any, setup: dict[str, Any], custom_objects: dict[str, Any] | None, name: str
) -> None:
    def read(key: str, module: str) -> Any:
        return deserialize_keras_object(modernize(setup.get(key), module), custom_objects)

    try:
        model.compile(
            optimizer=read("optimizer_config", "keras.optimizers"),
            loss=read("loss", "keras.losses"),
            metrics=read("metrics", "keras.metrics"),
            weighted_metrics=read("weighted_metrics", "keras.metrics"),
            loss_weights=setup.get("loss_weights"),
        )
    except Exception as error:
        raise FileFormatError(f"{name}: training_config: {error}") from error


def _assign_optimizer(source: _Source, model: Any, name: str) -> None:
    if not source.has("optimizer_weights"):
        return
    model.optimizer.build(model.trainable_variables)
    arrays = source.arrays("optimizer_weights")
    variables = list(model.optimizer.variables)
    if [tuple(v.shape) for v in variables] != [a.shape for a in arrays]:
        warnings.warn(
            f"{name}: the saved optimizer state does not fit; the optimizer starts afresh.",
            stacklevel=4,
        )
        return
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array.read())
