"""The dict-like objects that `save_own_variables` and `load_own_variables` are given.

Writing goes into HDF5 groups laid out as Keras lays them out: `<path>/vars/<key>`. Reading goes
    through the
checked table of `hdf5.py`.
"""

from collections.abc import Iterator, KeysView
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, message
from lamina.saving.hdf5 import StoredArray


def to_array(value: Any) -> np.ndarray:
    """A variable, array or number as a NumPy array."""
    return np.asarray(value.numpy() if hasattr(value, "numpy") else value)


class GroupWriter:
    """Where one object writes its variables; the group is made at the first write or if it has a
    name.

    Args:
        file: the h5py file.
        path: the object's path, "" for the model.
        name: the object's name, kept as an attribute.
    """

    def __init__(self, file: Any, path: str, name: str | None = None) -> None:
        self._file = file
        self._path = f"{path}/vars" if path else "vars"
        self._group: Any = None
        if name is not None:
            self._make().attrs["name"] = name

    def _make(self) -> Any:
        if self._group is None:
            self._group = self._file.create_group(self._path)
        return self._group

    def __setitem__(self, key: str, value: Any) -> None:
        array = to_array(value)
        dtype = dtypes.name_of(array.dtype)
        if array.dtype.kind not in "biufV" or (array.dtype.kind == "V" and array.dtype.names):
            raise ArgumentError(
                message(
                    f"{self._path}/{key}: a weights file cannot hold dtype {dtype}.",
                    fix="save text and objects in `get_config` or `save_assets`",
                )
            )
        stored = self._make().create_dataset(key, data=array)
        if array.dtype.kind == "V":
            stored.attrs["dtype"] = dtype

    def __getitem__(self, key: str) -> np.ndarray:
        return np.asarray(self._make()[key])

    def __delitem__(self, key: str) -> None:
        del self._make()[key]

    def __contains__(self, key: object) -> bool:
        return self._group is not None and key in self._group

    def __len__(self) -> int:
        return 0 if self._group is None else len(self._group)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def keys(self) -> KeysView[str]:
        """The keys written so far."""
        return {}.keys() if self._group is None else self._group.keys()


class GroupReader:
    """Where one object reads its variables.

    Args:
        arrays: the object's arrays.
    """

    def __init__(self, arrays: dict[str, StoredArray]) -> None:
        self._arrays = arrays

    def __getitem__(self, key: str) -> np.ndarray:
        return self._arrays[key].read()

    def __setitem__(self, key: str, value: Any) -> None:
        raise ArgumentError("Setting a value is only allowed in write mode.")

    def __delitem__(self, key: str) -> None:
        raise ArgumentError("Deleting a value is only allowed in write mode.")

    def __contains__(self, key: object) -> bool:
        return key in self._arrays

    def __len__(self) -> int:
        return len(self._arrays)

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def keys(self) -> KeysView[str]:
        """The keys of the arrays."""
        return self._arrays.keys()


class Recorder(dict):
    """Takes what an object would write, without copying it, to learn shapes and dtypes."""

    def described(self) -> dict[str, tuple[tuple[int, ...], str]]:
        """Key -> (shape, dtype)."""
        return {key: _describe(value) for key, value in self.items()}


def _describe(value: Any) -> tuple[tuple[int, ...], str]:
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        value = np.asarray(value)
    dtype = value.dtype
    return tuple(value.shape), dtype if isinstance(dtype, str) else dtypes.name_of(np.dtype(dtype))
