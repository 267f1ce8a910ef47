"""Text attributes are read without the HDF5 library, and never more than the file holds."""

import io
from pathlib import Path

import h5py
import numpy as np
import pytest

from lamina.base.errors import FileFormatError
from lamina.saving.hdf5 import open_table
from lamina.saving.hdf5_text import TextReader, check_heaps


def _file(tmp_path: Path) -> bytes:
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        file.attrs["config"] = b'{"a": "%s"}' % (b"x" * 9_000)
        file.attrs["korean"] = "모델"
        file.attrs["names"] = [b"one", b"three"]
        file.attrs["fixed"] = np.array([b"one", b"three"])
        file.attrs["none"] = []
        group = file.create_group("a/b")
        for number in range(40):  # more than one block of the header
            group.attrs[f"weight_names{number}"] = [b"w" * number, b"b"]
        file["a/b/value"] = np.arange(3.0)
    return path.read_bytes()


def test_equal_to_what_h5py_reads(tmp_path: Path) -> None:
    data = io.BytesIO(_file(tmp_path))
    check_heaps(data, "f.h5")
    reader = TextReader(data, "f.h5")
    root = reader.root()
    assert reader.texts(root, "config") == ['{"a": "' + "x" * 9_000 + '"}']
    assert reader.texts(root, "korean") == ["모델"]
    assert reader.texts(root, "names") == reader.texts(root, "fixed") == ["one", "three"]
    assert reader.texts(root, "none") == []
    assert reader.texts(root, "absent") is None
    with open_table(data, "f.h5", len(data.getvalue())) as (_, table):
        for number in range(40):
            found = reader.texts(table.addresses["a/b"], f"weight_names{number}")
            assert found == ["w" * number, "b"]


def test_a_length_beyond_the_text_is_refused(tmp_path: Path) -> None:
    data = bytearray(_file(tmp_path))
    length = (9_000 + 9).to_bytes(4, "little")
    at = data.find(length)
    data[at + 3] = 0xA3  # 2.7 GB
    with pytest.raises(FileFormatError, match="f.h5 is damaged"):
        TextReader(io.BytesIO(data), "f.h5").texts(
            TextReader(io.BytesIO(data), "").root(), "config"
        )


def test_changed_bytes_end_in_values_or_errors(tmp_path: Path) -> None:
    whole = _file(tmp_path)
    random = np.random.default_rng(0)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(3):
            data[random.integers(len(data))] = random.integers(256)
        file = io.BytesIO(data)
        try:
            check_heaps(file, "f.h5")
            reader = TextReader(file, "f.h5")
            reader.texts(reader.root(), "config")
            reader.texts(reader.root(), "names")
        except FileFormatError:
            pass
