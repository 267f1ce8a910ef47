"""Bare weights: `.weights.h5` files, and the weights inside a `.keras` file.

Decides how such a file is written (whole, with its SHA-256 inside) and what must hold before its
values reach a model. Large models split into several files are in `shards.py`.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lamina.base.atomic import atomic_write
from lamina.base.errors import NotBuiltError
from lamina.saving import checksum
from lamina.saving.hdf5 import h5py_module, open_table
from lamina.saving.keras_file import WEIGHTS, open_members
from lamina.saving.state import LoadOptions, load_state, save_state
from lamina.saving.stores import GroupWriter


def write_weights(model: Any, path: Path, skip: Iterable[Any] = ()) -> None:
    """Write the weights of a model, whole or not at all.

    Args:
        model: the model, built.
        path: the file.
        skip: objects to leave out.
    """
    with atomic_write(path) as temporary:
        with h5py_module().File(temporary, "w") as file:
            checksum.reserve(file)
            save_state(model, lambda p, name: GroupWriter(file, p, name), None, skip)
        checksum.fill_in(temporary)


def read_weights(model: Any, path: Path, options: LoadOptions) -> None:
    """Load weights into a model that is there already.

    Args:
        model: the model, built.
        path: a `.weights.h5` or `.keras` file.
        options: how strictly file and model must fit.
    Raises:
        FileFormatError: damaged, or it does not fit.
    """
    name = path.name
    with open(path, "rb") as source:
        if path.suffix == ".keras":
            with open_members(source, name) as members, members.open(WEIGHTS) as file:
                size = file.seek(0, os.SEEK_END)
                with open_table(file, f"{name}: {WEIGHTS}", size) as (_, table):
                    load_state(model, table, options)
            return
        verified = checksum.verify(source, name)
        with open_table(source, name, path.stat().st_size) as (file, table):
            checksum.check_not_removed(verified, file, name)
            load_state(model, table, options)


def check_built(model: Any, doing: str) -> None:
    """Refuse a model without weights.

    Raises:
        NotBuiltError: the model has not been built.
    """
    if not getattr(model, "built", True):
        raise NotBuiltError(
            f"You are {doing} a model that has not yet been built. Try building the model first by "
            "calling it on some data or by using `build()`."
        )
