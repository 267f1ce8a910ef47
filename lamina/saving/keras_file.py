"""`.keras` files: a zip archive of metadata, config, weights and assets.

Decides what stands in the archive and in which order a load checks it: the archive, its checksums,
    the JSON,
the HDF5 tree, and only then is a model built. `archive.py`, `json_text.py`, `hdf5.py` hold the
checks.
"""

import datetime
import hashlib
import json
import os
import shutil
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from lamina.base.errors import FileFormatError, message
from lamina.base.loading import loading, untouched_state
from lamina.base.naming import preserved_names
from lamina.base.version import VERSION
from lamina.saving import limits, scopes
from lamina.saving.archive import Archive
from lamina.saving.deserialization import ConfigError, deserialize_keras_object
from lamina.saving.folder import Folder
from lamina.saving.hdf5 import h5py_module, open_table
from lamina.saving.json_text import parse_json
from lamina.saving.lambdas import strip_tokens
from lamina.saving.serialization import serialize_keras_object
from lamina.saving.state import LoadOptions, load_state, save_state
from lamina.saving.stores import GroupWriter
from lamina.saving.walk import Walk, is_saveable

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"
ASSETS = "assets"
KERAS_VERSION = "3.15.1"  # the version whose format is written
_COPY_BYTES = 1 << 20


class ModelParts:
    """The members of a model's archive while it is written; weights wait in an unnamed file.

    Args:
        model: what to save.
        folder: where temporary files may lie; None for the system's folder.
        extra: further members, name -> content, which Keras ignores.
    """

    def __init__(self, model: Any, folder: Path | None, extra: dict[str, bytes]) -> None:
        if not getattr(model, "built", True):
            warnings.warn(
                "You are saving a model that has not yet been built. It might not contain any "
                "weights yet. Consider building the model first by calling it on some data.",
                stacklevel=4,
            )
        self.texts = {CONFIG: json.dumps(model_config(model)).encode(), **extra}
        self.weights = tempfile.TemporaryFile(dir=folder)
        self._assets: tempfile.TemporaryDirectory | None = None
        try:
            with h5py_module().File(self.weights, "w") as file:
                save_state(model, lambda p, name: GroupWriter(file, p, name), self._asset_folder)
        except BaseException:
            self.close()
            raise

    def _asset_folder(self, path: str) -> str:
        if self._assets is None:
            self._assets = tempfile.TemporaryDirectory()
        folder = Path(self._assets.name, path)
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    def members(self) -> list[tuple[str, bytes | Path | BinaryIO]]:
        """Names and contents, the metadata with the checksums of the others first."""
        items: list[tuple[str, bytes | Path | BinaryIO]] = [*self.texts.items()]
        items.append((WEIGHTS, self.weights))
        if self._assets is not None:
            root = Path(self._assets.name)
            files = sorted(p for p in root.rglob("*") if p.is_file())
            items.extend((f"{ASSETS}/{p.relative_to(root).as_posix()}", p) for p in files)
        metadata = {
            "keras_version": KERAS_VERSION,
            "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
            "lamina_version": VERSION,
            "sha256": {name: _digest(content) for name, content in items},
        }
        return [(METADATA, json.dumps(metadata).encode()), *items]

    def close(self) -> None:
        """Remove the temporary files."""
        self.weights.close()
        if self._assets is not None:
            self._assets.cleanup()


def model_config(model: Any) -> dict[str, Any]:
    """The config of a model as it goes into a file."""
    with scopes.ObjectSharingScope():
        config = serialize_keras_object(model)
    lambdas = strip_tokens(config)
    if lambdas:
        warnings.warn(
            f"The functions of {', '.join(map(repr, lambdas))} are lambdas, which are not saved. "
            f"Load the file with custom_objects={{{lambdas[0]!r}: function}}, or use a function "
            "defined with `def` and decorated with @register_keras_serializable().",
            stacklevel=4,
        )
    return config


def write_archive(
    model: Any,
    file: BinaryIO | Path,
    folder: Path | None = None,
    extra: dict[str, bytes] | None = None,
) -> None:
    """Write a model as a `.keras` archive.

    Args:
        model: what to save.
        file: binary file or path to write to.
        folder: where temporary files may lie.
        extra: further members, which Keras ignores.
    """
    parts = ModelParts(model, folder, extra or {})
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, content in parts.members():
                with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
                    _copy(content, member)
    finally:
        parts.close()


def write_folder(model: Any, path: Path) -> None:
    """Write a model's members as files of a folder; the metadata comes last."""
    path.mkdir(parents=True, exist_ok=True)
    parts = ModelParts(model, path, {})
    try:
        for name, content in reversed(parts.members()):
            target = path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as file:
                _copy(content, file)
    finally:
        parts.close()


def read_model(
    source: BinaryIO | Path,
    name: str,
    custom_objects: dict[str, Any] | None,
    compile: bool,
    safe_mode: bool,
) -> Any:
    """Load a model from an archive or a folder.

    Args:
        source: opened archive, or folder.
        name: its name, for errors.
        custom_objects: name -> class or function.
        compile: whether to restore the training setup.
        safe_mode: passed to objects that deserialize their own parts.
    Returns:
        The model.
    Raises:
        FileFormatError: the file is damaged or asks for something that is not allowed.
    """
    with open_members(source, name) as members, members.open(WEIGHTS) as file:
        config = parse_json(members.read(CONFIG), f"{name}: {CONFIG}", members.size)
        if not isinstance(config, dict) or "class_name" not in config:
            raise FileFormatError(f"{name}: {CONFIG} does not describe a model.")
        if not compile:
            config["compile_config"] = None
        content_bytes = file.seek(0, os.SEEK_END)
        with open_table(file, f"{name}: {WEIGHTS}", content_bytes) as (_, table):
            limit = table.total_bytes + limits.UNSAVED_BYTES
            with preserved_names(), untouched_state(), loading(limit) as scope:
                model = build_model(config, f"{name}: {CONFIG}", custom_objects, safe_mode)
                # A `compile` of the user's own is not called: its optimizer's state is left out.
                own = bool(config.get("compile_config")) and getattr(model, "optimizer", 0) is None
                load_state(model, table, LoadOptions(optimizer=compile and not own))
                load_assets(model, members, name)
                scope.finish()
    return model


def build_model(
    config: dict[str, Any], where: str, custom_objects: dict[str, Any] | None, safe_mode: bool
) -> Any:
    """Build a model from a config, any error of its parts naming the file and the part."""
    try:
        with scopes.ObjectSharingScope():
            model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
    except Exception as error:
        location = getattr(error, "lamina_location", "")
        text = str(error) or type(error).__name__
        place = "" if not location or location in text else f" {location}:"
        kind = ConfigError if isinstance(error, TypeError) else FileFormatError
        raise kind(text if text.startswith(where) else f"{where}:{place} {text:.2000}") from error
    if not is_saveable(model):
        raise FileFormatError(f"{where} describes a {type(model).__name__}, not a model.")
    return model


def open_members(source: BinaryIO | Path, name: str) -> Archive | Folder:
    """Open and verify an archive or folder; it must have a config and weights."""
    members = Folder(source, name) if isinstance(source, Path) else Archive(source, name)
    metadata: Any = {}
    if METADATA in members.members:
        try:
            metadata = parse_json(members.read(METADATA), f"{name}: {METADATA}", members.size)
        except zipfile.BadZipFile as error:
            raise FileFormatError(f"{name}: member {METADATA!r} is damaged: {error}") from None
    if not isinstance(metadata, dict):
        raise FileFormatError(f"{name}: {METADATA} is not an object.")
    digests = metadata.get("sha256")
    if "lamina_version" in metadata and not isinstance(digests, dict):
        raise FileFormatError(f"{name}: {METADATA} lacks the checksums that Lamina writes.")
    members.verify(digests)
    for needed in (CONFIG, WEIGHTS):
        if needed not in members.members:
            raise FileFormatError(
                message(
                    f"{name} has no member {needed!r}.",
                    received=", ".join(sorted(members.members)[:8]),
                )
            )
    return members


def load_assets(model: Any, members: Archive | Folder, name: str) -> None:
    """Let the parts of a model read their assets, unpacked into a temporary folder."""
    names = [m for m in members.members if m.startswith(f"{ASSETS}/") and not m.endswith("/")]
    if not names:
        return
    with tempfile.TemporaryDirectory() as root:
        for member in names:
            target = Path(root, member.removeprefix(f"{ASSETS}/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            with members.open(member) as content, open(target, "wb") as file:
                shutil.copyfileobj(content, file, _COPY_BYTES)

        def visit(obj: Any, path: str) -> bool:
            folder = Path(root, path)
            if hasattr(obj, "load_assets") and folder.is_dir():
                try:
                    obj.load_assets(str(folder))
                except Exception as error:
                    raise FileFormatError(f"{name}: assets of {path!r}: {error}") from error
            return True

        Walk(visit).run(model)


def _digest(content: bytes | Path | BinaryIO) -> str:
    digest = hashlib.sha256()
    _copy(content, _Updating(digest))
    return digest.hexdigest()


class _Updating:
    """A file to write to that feeds a digest."""

    def __init__(self, digest: Any) -> None:
        self.write = digest.update


def _copy(content: bytes | Path | BinaryIO, target: Any) -> None:
    if isinstance(content, bytes):
        target.write(content)
    elif isinstance(content, Path):
        with open(content, "rb") as file:
            shutil.copyfileobj(file, target, _COPY_BYTES)
    else:
        content.seek(0)
        shutil.copyfileobj(content, target, _COPY_BYTES)
