"""An HDF5 file from outside: every link and array checked, then read by path.

HDF5 can point to other files, to other places in itself, and to data that is not there. This file
accepts plain trees of groups and arrays whose bytes are stored in the file, and nothing else. What
the arrays mean is decided in `state.py`.
"""

import contextlib
import math
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import FileFormatError, message, missing_extra
from lamina.saving import limits
from lamina.saving.hdf5_text import check_heaps

_FILTERS = frozenset({1, 2, 3})  # deflate, shuffle, checksum: built in, never loaded as a plug-in
_CHUNK_BYTES = 1 << 20
# Keras before 3.0 wrote layers under this name.
OLD_LAYERS = "_layer_checkpoint_dependencies"


class StoredArray(NamedTuple):
    """One array of the file, not read yet."""

    path: str
    shape: tuple[int, ...]
    dtype: str
    dataset: Any  # h5py's low-level dataset

    def read(self) -> np.ndarray:
        """The values, in native byte order."""
        h5py = h5py_module()
        values = np.asarray(h5py.Dataset(self.dataset)[()])
        if self.dtype == "bfloat16":
            return values.view(dtypes.to_numpy(self.dtype))
        return values.astype(dtypes.to_numpy(self.dtype), copy=False)


class ArrayTable:
    """The arrays of an HDF5 file by group.

    Args:
        file: an opened h5py file.
        name: the file's name, for errors.
        file_bytes: its size.
    Raises:
        FileFormatError: a link, an array that is not stored in the file, or a limit broken.
    """

    def __init__(self, file: Any, name: str, file_bytes: int) -> None:
        self.name = name
        self.groups: dict[str, dict[str, StoredArray]] = {}
        self.addresses: dict[str, int] = {}  # of groups other than the root
        self.total_bytes = 0
        # The root's own address is not known from a link; a link back to it is found by depth.
        self._addresses: set[int] = set()
        self._limit = file_bytes + limits.SLACK_BYTES
        self._count = 0
        waiting = [("", file.id, b"", 0)]  # path, parent, name in the parent, address
        while waiting:
            path, parent, link, address = waiting.pop()
            item = h5py_module().h5o.open(parent, link) if link else parent
            waiting.extend(self._read(path, item, address))

    def group(self, path: str) -> dict[str, StoredArray]:
        """The arrays of the object at a path, by name; empty if it has none."""
        found = self.groups.get(f"{path}/vars" if path else "vars")
        if found is None and path.startswith("layers"):
            found = self.groups.get(f"{OLD_LAYERS}{path[len('layers') :]}/vars")
        return found or {}

    def has_group(self, path: str) -> bool:
        """Whether anything is stored at or below a path."""
        return path in self.groups

    def _read(self, path: str, item: Any, own: int) -> list[tuple[str, Any, bytes, int]]:
        """Enter an array into the table, or return the links of a group."""
        h5py = h5py_module()
        if isinstance(item, h5py.h5d.DatasetID):
            group, _, name = path.rpartition("/")
            self.groups[group][name] = self._describe(path, item)
            return []
        if not isinstance(item, h5py.h5g.GroupID):
            raise self._refuse(path, "is neither a group nor an array")
        self.groups[path] = {}
        self.addresses[path] = own
        self._count += item.get_num_objs()
        if self._count > limits.HDF5_OBJECTS:
            raise FileFormatError(
                f"{self.name} holds more than {limits.HDF5_OBJECTS} groups and arrays."
            )
        if path.count("/") > limits.HDF5_DEPTH:
            raise self._refuse(path, "is nested too deeply")
        links: list[tuple[bytes, int, int]] = []
        item.links.iterate(lambda n, info: links.append((n, info.type, info.u)), info=True)
        below = []
        for raw_name, kind, address in links:
            name = raw_name.decode("utf-8")
            inner = f"{path}/{name}" if path else name
            if kind != h5py.h5l.TYPE_HARD:
                words = {h5py.h5l.TYPE_SOFT: "SoftLink", h5py.h5l.TYPE_EXTERNAL: "ExternalLink"}
                raise self._refuse(inner, f"is a link ({words.get(kind, 'unknown')})")
            if address in self._addresses:
                raise self._refuse(inner, "occurs under two names")
            self._addresses.add(address)
            below.append((inner, item, raw_name, address))
        return below

    def _describe(self, path: str, dataset: Any) -> StoredArray:
        """Check that an array's bytes are in the file; its shape, dtype and place."""
        h5py = h5py_module()
        shape = tuple(dataset.shape)
        stored_dtype = dataset.dtype
        size = math.prod(shape) * stored_dtype.itemsize
        stored = dataset.get_storage_size()
        plan = dataset.get_create_plist()
        layout = plan.get_layout()
        if layout == h5py.h5d.VIRTUAL:
            raise self._refuse(path, "is a virtual dataset, which reads other files")
        if plan.get_external_count():
            raise self._refuse(path, "keeps its values in another file (external storage)")
        if layout == h5py.h5d.CHUNKED:
            filters = {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
            chunk = math.prod(plan.get_chunk()) * stored_dtype.itemsize
            if not filters <= _FILTERS or chunk > max(size, _CHUNK_BYTES):
                raise self._refuse(path, "uses chunks or filters that are not accepted")
        if size > stored and (layout != h5py.h5d.CHUNKED or not filters):
            reason = f"declares {size:,} bytes but stores {stored:,} (a shape bomb)"
            raise self._refuse(path, reason)
        self.total_bytes += size
        if self.total_bytes > self._limit:
            raise FileFormatError(
                f"{self.name} declares arrays of {self.total_bytes:,} bytes, far more than it "
                "stores."
            )
        return StoredArray(path, shape, self._dtype(path, dataset, stored_dtype), dataset)

    def _dtype(self, path: str, dataset: Any, stored: np.dtype) -> str:
        if stored.kind in "biuf" and stored.names is None and stored.itemsize <= 8:
            return stored.newbyteorder("=").name
        # Keras stores bfloat16 as two bytes without a type and notes the type beside them.
        noted = h5py_module().h5a.exists(dataset, b"dtype")
        if stored.kind == "V" and stored.names is None and stored.itemsize == 2 and noted:
            return "bfloat16"
        raise self._refuse(path, f"has dtype {stored}, which weights cannot have")

    def _refuse(self, path: str, reason: str) -> FileFormatError:
        return FileFormatError(f"{self.name}: {path[:80]!r} {reason}. Not allowed.")


def h5py_module() -> Any:
    """h5py, loaded at its first use."""
    try:
        import h5py
    except ImportError:
        raise missing_extra("h5py", "all", "Reading and writing weights") from None
    return h5py


@contextlib.contextmanager
def open_table(file: BinaryIO, name: str, file_bytes: int) -> Iterator[tuple[Any, ArrayTable]]:
    """Open HDF5 content and check all of it; h5py's errors in the block name the file.

    Args:
        file: binary, seekable.
        name: the file's name (and member), for errors.
        file_bytes: size of the content.
    Yields:
        The h5py file and its table of arrays.
    Raises:
        FileFormatError: not HDF5, damaged, or not acceptable.
    """
    h5py = h5py_module()
    check_heaps(file, name)
    try:
        opened = h5py.File(file, "r")
    except Exception as error:
        raise _damaged(name, file_bytes, error) from None
    with opened:
        try:
            table = ArrayTable(opened, name, file_bytes)
        except FileFormatError:
            raise
        except Exception as error:  # what h5py raises for a broken header has many types
            raise _damaged(name, file_bytes, error) from None
        try:
            yield opened, table
        except (OSError, RuntimeError, KeyError, UnicodeError) as error:
            raise _damaged(name, file_bytes, error) from error


def _damaged(name: str, file_bytes: int, error: Exception) -> FileFormatError:
    return FileFormatError(
        message(
            f"{name} is damaged or not an HDF5 file: {str(error):.200}",
            received=f"{file_bytes:,} bytes",
            fix="restore it from a backup; a save or a copy that was cut short gives such a file",
        )
    )
