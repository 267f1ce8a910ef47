"""The public verbs: save and load models and weights.

Decides by the file's name which format is meant; the formats are in `keras_file.py`,
`weights_file.py`, `shards.py` and `legacy_h5.py`.
"""

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any, BinaryIO

from lamina.base.atomic import atomic_write
from lamina.base.errors import ArgumentError, ArgumentTypeError, FileFormatError, message
from lamina.base.naming import preserved_names
from lamina.saving import keras_file, legacy_h5, shards, weights_file
from lamina.saving.json_text import parse_json
from lamina.saving.state import LoadOptions

_LEGACY = (".h5", ".hdf5")


def save_model(
    model: Any,
    filepath: str | os.PathLike | BinaryIO,
    overwrite: bool = True,
    zipped: bool | None = None,
    **kwargs: Any,
) -> None:
    """Save a model with its weights and, if it is compiled, its optimizer's state.

    The file is written whole or not at all: a crash or a full disk leaves the old file as it was.

    Args:
        model: the model.
        filepath: a path ending in ".keras", or ".h5" for the old format; with `zipped=False` a
            folder.
        overwrite: False asks before an existing file is replaced, and refuses where nobody can
            answer.
        zipped: False writes a folder instead of one file.
        **kwargs: `include_optimizer`, for ".h5" only.
    Raises:
        ArgumentError: an unknown extension or argument.
        OSError: the folder does not exist or the disk is full.
    """
    include_optimizer = kwargs.pop("include_optimizer", True)
    if kwargs.pop("save_format", None):
        if not str(filepath).endswith((".keras", *_LEGACY)):
            raise ArgumentError(
                "The `save_format` argument is deprecated in Keras 3. Please remove this argument "
                "and pass a file path with either `.keras` or `.h5` extension. "
                f"Received: {filepath}"
            )
        warnings.warn(
            "The `save_format` argument is deprecated; the path's extension decides.", stacklevel=2
        )
    if kwargs:
        raise ArgumentError(f"The following argument(s) are not supported: {list(kwargs)}")
    if not isinstance(filepath, (str, os.PathLike)):
        keras_file.write_archive(model, filepath)
        return
    path = Path(filepath)
    if zipped is False and path.suffix == ".keras":
        raise ArgumentError(
            "When using `zipped=False`, the `filepath` argument should not end in `.keras`. "
            f"Received: filepath={filepath}"
        )
    if zipped is not False and not path.name.endswith((".keras", *_LEGACY)):
        raise ArgumentError(
            message(
                "Invalid filepath extension for saving.",
                received=f"filepath={filepath}",
                required="a path ending in `.keras`, or `.h5` for the old format",
            )
        )
    if not _may_write(path, overwrite):
        return
    if zipped is False:
        keras_file.write_folder(model, path)
    elif path.suffix == ".keras":
        with atomic_write(path) as temporary:
            keras_file.write_archive(model, temporary, path.absolute().parent)
    else:
        warnings.warn(
            "You are saving your model as an HDF5 file. This file format is considered legacy. We "
            "recommend the native format: `model.save('my_model.keras')`.",
            stacklevel=2,
        )
        legacy_h5.write_model(model, path, include_optimizer)


def load_model(
    filepath: str | os.PathLike | BinaryIO,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Load a model saved by Lamina or by Keras.

    Nothing in the file is imported or run. A file that asks for more memory than its weights take,
    that is damaged, or that does not fit together is refused before the model is built.

    Args:
        filepath: a `.keras` or `.h5` file, or a folder written with `zipped=False`.
        custom_objects: dict of name -> class or function; for a Lambda layer saved with a lambda,
            layer name -> function.
        compile: whether to restore optimizer, loss and metrics.
        safe_mode: kept for Keras's sake; no value runs code from a file.
    Returns:
        The model.
    Raises:
        FileFormatError: the file is damaged, foreign, or asks for something a file may not ask for.
    """
    if not isinstance(filepath, (str, os.PathLike)):
        if not hasattr(filepath, "read"):
            raise ArgumentTypeError(
                message(
                    "load_model: `filepath` is neither a path nor an open file.",
                    received=f"{type(filepath).__name__} {filepath!r:.80}",
                )
            )
        return keras_file.read_model(filepath, "the file", custom_objects, compile, safe_mode)
    path = Path(filepath)
    if path.is_dir() and (path / keras_file.CONFIG).exists():
        return keras_file.read_model(path, path.name, custom_objects, compile, safe_mode)
    if not path.name.endswith((".keras", *_LEGACY)):
        raise FileFormatError(
            message(
                f"File format not supported: filepath={filepath}.",
                required="a `.keras` file, an `.h5` file, or a folder with config.json",
            )
        )
    if path.name.endswith(".weights.h5"):
        raise FileFormatError(
            message(
                f"{path.name} holds weights without a model.",
                fix="build the same model, then model.load_weights(path); model.save writes both",
            )
        )
    _check_exists(path)
    if path.suffix == ".keras":
        with open(path, "rb") as file:
            return keras_file.read_model(file, path.name, custom_objects, compile, safe_mode)
    return legacy_h5.read_model(path, custom_objects, compile, safe_mode)


def save_weights(
    model: Any,
    filepath: str | os.PathLike,
    overwrite: bool = True,
    max_shard_size: float | None = None,
    **kwargs: Any,
) -> None:
    """Save the weights of a model, without its architecture.

    Args:
        model: the model, built.
        filepath: a path ending in ".weights.h5", or ".weights.json" with `max_shard_size`.
        overwrite: False asks before an existing file is replaced.
        max_shard_size: size in GB above which the weights are split into several files.
        **kwargs: `objects_to_skip`, a list of layers to leave out.
    Raises:
        ArgumentError: another extension, or a model that has not been built.
    """
    skip = kwargs.pop("objects_to_skip", None) or ()
    if kwargs:
        raise ArgumentError(f"Invalid keyword arguments: {kwargs}")
    path = Path(filepath)
    if max_shard_size is None and not path.name.endswith(".weights.h5"):
        raise ArgumentError(
            f"The filename must end in `.weights.h5`. Received: filepath={filepath}"
        )
    if max_shard_size is not None and not path.name.endswith(("weights.h5", "weights.json")):
        raise ArgumentError(
            "The filename must end in `.weights.json` when `max_shard_size` is specified. "
            f"Received: filepath={filepath}"
        )
    if not _may_write(path, overwrite):
        return
    weights_file.check_built(model, "saving")
    if max_shard_size is None:
        weights_file.write_weights(model, path, skip)
    else:
        shards.write_shards(model, path, max_shard_size, skip)


def load_weights(
    model: Any, filepath: str | os.PathLike, skip_mismatch: bool = False, **kwargs: Any
) -> None:
    """Load weights into a model; on an error the model keeps the weights it had.

    Args:
        model: the model, built.
        filepath: a `.weights.h5`, `.weights.json`, `.keras` or old `.h5` file.
        skip_mismatch: whether parts that do not fit are left as they are, with a warning.
        **kwargs: `objects_to_skip`, a list of layers to leave out; `by_name`, for old `.h5` files.
    Raises:
        FileFormatError: the file is damaged or does not fit the model.
        ArgumentError: another extension, or a model that has not been built.
    """
    skip = kwargs.pop("objects_to_skip", None)
    by_name = kwargs.pop("by_name", None)
    if kwargs:
        raise ArgumentError(f"Invalid keyword arguments: {kwargs}")
    path = Path(filepath)
    bare = path.name.endswith((".weights.h5", ".weights.json"))
    if skip is not None and not bare:
        raise ArgumentError(
            f"`objects_to_skip` only supports loading '.weights.h5' files. Received: {filepath}"
        )
    if by_name is not None and (bare or path.suffix == ".keras"):
        raise ArgumentError(
            f"`by_name` only supports loading legacy '.h5' or '.hdf5' files. Received: {filepath}"
        )
    if not path.name.endswith((".keras", ".weights.json", *_LEGACY)):
        raise FileFormatError(
            message(
                f"File format not supported: filepath={filepath}.",
                required="a `.weights.h5`, `.keras` or `.h5` file",
            )
        )
    weights_file.check_built(model, "loading weights into")
    _check_exists(path)
    options = LoadOptions(False, False, skip_mismatch, tuple(skip or ()))
    if path.suffix == ".keras" or path.name.endswith(".weights.h5"):
        weights_file.read_weights(model, path, options)
    elif path.suffix == ".json":
        shards.read_shards(model, path, options)
    else:
        legacy_h5.read_weights(model, path, skip_mismatch, bool(by_name))


def model_to_json(model: Any, **kwargs: Any) -> str:
    """The architecture of a model as JSON text, without weights.

    Args:
        model: the model.
        **kwargs: passed to `json.dumps`.
    Returns:
        What `model_from_json` reads.
    """
    return json.dumps(keras_file.model_config(model), **kwargs)


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """A model with new weights from the JSON text of `model_to_json`.

    Args:
        json_string: the text.
        custom_objects: dict of name -> class or function.
    Returns:
        The model.
    Raises:
        FileFormatError: not such a text, or it asks for something that is not allowed.
    """
    data = json_string.encode()
    config = parse_json(data, "the JSON text", len(data))
    if not isinstance(config, dict) or "class_name" not in config:
        raise FileFormatError("The JSON text does not describe a model.")
    with preserved_names():
        return keras_file.build_model(config, "the JSON text", custom_objects, True)


def _check_exists(path: Path) -> None:
    if not path.exists():
        raise FileFormatError(
            message(
                f"File not found: filepath={path}. Please ensure the file is an accessible "
                f"`{path.suffix}` file.",
                received=f"the folder {str(path.parent)!r} {_says(path)}",
            )
        )


def _says(path: Path) -> str:
    if not path.parent.is_dir():
        return "does not exist"
    found = sorted(p.name for p in path.parent.iterdir() if p.suffix == path.suffix)
    return f"has {', '.join(map(repr, found[:4]))}" if found else f"has no {path.suffix} file"


def _may_write(path: Path, overwrite: bool) -> bool:
    if overwrite or not path.exists():
        return True
    if not sys.stdin or not sys.stdin.isatty():
        raise ArgumentError(
            message(
                f"{path} exists and overwrite=False.", fix="pass overwrite=True or another path"
            )
        )
    return input(f"[WARNING] {path} already exists - overwrite? [y/n] ").strip().lower() == "y"
