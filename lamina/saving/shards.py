"""Weights split into several files, for models larger than one file should be.

The `.weights.json` index says which file holds the variables of which object; the files lie beside
it. The index is written last, so an interrupted save leaves the old index with its files.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lamina.base.atomic import atomic_write
from lamina.base.errors import ArgumentError, FileFormatError
from lamina.saving import checksum
from lamina.saving.hdf5 import ArrayTable, h5py_module, open_table
from lamina.saving.json_text import parse_json
from lamina.saving.state import LoadOptions, load_state, save_state
from lamina.saving.stores import GroupWriter, to_array


def write_shards(model: Any, path: Path, max_shard_size: float, skip: Iterable[Any] = ()) -> None:
    """Write the weights of a model as an index and files of limited size.

    Args:
        model: the model, built.
        path: the index; ".json" replaces another extension.
        max_shard_size: limit of a file, in GB.
        skip: objects to leave out.
    Raises:
        ArgumentError: one variable alone is larger than a file may be.
    """
    writer = _Writer(path.with_suffix(".json"), max_shard_size * 1024**3)
    save_state(model, writer.store, None, skip)
    writer.write()


def read_shards(model: Any, path: Path, options: LoadOptions) -> None:
    """Load weights that `write_shards` wrote.

    Args:
        model: the model, built.
        path: the index.
        options: how strictly the files must fit the model.
    Raises:
        FileFormatError: a file is missing, damaged, or does not fit.
    """
    data = path.read_bytes()
    index = parse_json(data, path.name, len(data))
    try:
        places = index["weight_map"].values()
        names = {n for place in places for n in (place if isinstance(place, list) else [place])}
    except (KeyError, TypeError, AttributeError):
        raise FileFormatError(f"{path.name} is not an index of weights files.") from None
    tables: list[ArrayTable] = []
    opened: list[Any] = []
    try:
        for name in sorted(names):
            if not isinstance(name, str) or Path(name).name != name:
                raise FileFormatError(f"{path.name}: file name {name!r:.80} is not accepted.")
            shard = path.parent / name
            if not shard.is_file():
                raise FileFormatError(f"{path.name}: its file {name!r} is missing.")
            file = open(shard, "rb")
            opened.append(file)
            verified = checksum.verify(file, name)
            context = open_table(file, name, shard.stat().st_size)
            opened.append(_Closing(context))
            content, table = context.__enter__()
            checksum.check_not_removed(verified, content, name)
            tables.append(table)
        load_state(model, _merged(tables, path.name), options)
    finally:
        for item in reversed(opened):
            item.close()


class _Closing:
    def __init__(self, context: Any) -> None:
        self._context = context

    def close(self) -> None:
        self._context.__exit__(None, None, None)


def _merged(tables: list[ArrayTable], name: str) -> ArrayTable:
    """One table over all files."""
    if not tables:
        raise FileFormatError(f"{name} lists no weights files.")
    first = tables[0]
    first.name = name
    for table in tables[1:]:
        for path, arrays in table.groups.items():
            known = first.groups.setdefault(path, {})
            if set(known) & set(arrays):
                raise FileFormatError(f"{name}: {path!r} is stored in two files.")
            known.update(arrays)
    return first


class _Writer:
    """Collects variables in order and decides which file each goes to."""

    def __init__(self, path: Path, limit: float) -> None:
        self._path = path
        self._limit = limit
        self._shards: list[list[tuple[str, str, np.ndarray]]] = [[]]
        self._bytes = self._total = 0

    def store(self, path: str, name: str | None) -> "_Collector":
        return _Collector(self, f"/{path}/vars" if path else "/vars")

    def add(self, group: str, key: str, value: np.ndarray) -> None:
        if value.nbytes > self._limit:
            raise ArgumentError(
                f"The size of {group}/{key} is {value.nbytes:,} bytes, which exceeds the maximum "
                f"shard size {int(self._limit):,}. Increase the `max_shard_size` parameter."
            )
        if self._bytes + value.nbytes > self._limit:
            self._shards.append([])
            self._bytes = 0
        self._shards[-1].append((group, key, value))
        self._bytes += value.nbytes
        self._total += value.nbytes

    def write(self) -> None:
        base = self._path.name.removesuffix(".json").removesuffix(".weights")
        places: dict[str, str | list[str]] = {}
        for number, entries in enumerate(self._shards):
            name = f"{base}_{number:05d}.weights.h5"
            with atomic_write(self._path.parent / name) as temporary:
                with h5py_module().File(temporary, "w") as file:
                    checksum.reserve(file)
                    groups: dict[str, GroupWriter] = {}
                    for group, key, value in entries:
                        path = group.removesuffix("vars").strip("/")
                        groups.setdefault(group, GroupWriter(file, path))[key] = value
                checksum.fill_in(temporary)
            for group in groups:
                known = places.get(group)
                both = [*(known if isinstance(known, list) else [known]), name] if known else name
                places[group] = both
        index = {"metadata": {"total_size": self._total}, "weight_map": places}
        with atomic_write(self._path) as temporary:
            temporary.write_text(json.dumps(index, indent=4))


class _Collector:
    """The store of one object."""

    def __init__(self, writer: _Writer, group: str) -> None:
        self._writer = writer
        self._group = group
        self._keys: list[str] = []

    def __setitem__(self, key: str, value: Any) -> None:
        self._keys.append(key)
        self._writer.add(self._group, key, to_array(value))

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def keys(self) -> list[str]:
        """The keys written so far."""
        return list(self._keys)
