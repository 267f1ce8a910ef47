"""Reading arrays out of dataset files, without running anything a file says.

IMDB, Reuters and CIFAR are published as Python pickles, which can call any function when they are
read. The reader here knows the three constructors of a NumPy array and refuses every other name.
Everything else is read with pickling off.
"""

import io
import pickle
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np

from lamina.base.errors import FileFormatError, message

Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

_rebuild = np.array(0).__reduce__()[0]  # what NumPy itself calls to make an array from a pickle
_ARRAY_CONSTRUCTORS = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _rebuild,  # written by NumPy 1
    ("numpy._core.multiarray", "_reconstruct"): _rebuild,
}


class ArrayUnpickler(pickle.Unpickler):
    """An unpickler that can make NumPy arrays, containers and numbers, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """The constructor of that name, from the table above; nothing is ever imported."""
        if (module, name) not in _ARRAY_CONSTRUCTORS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _ARRAY_CONSTRUCTORS[module, name]


def read_arrays(path: Path, names: Iterable[str]) -> list[np.ndarray]:
    """The named arrays of an `.npz` file.

    Args:
        path: the file.
        names: the arrays wanted.
    Returns:
        The arrays, in that order.
    Raises:
        FileFormatError: the file is no `.npz`, lacks an array, or holds anything but arrays.
    """
    wanted = list(names)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.removesuffix(".npy") for member in archive.namelist()}
            missing = [name for name in wanted if name not in members]
            if missing:
                raise FileFormatError(
                    message(
                        f"{path} lacks the arrays {missing}.",
                        received=f"arrays {sorted(members)}",
                        required=f"arrays {wanted}",
                    )
                )
            return [_read_array(archive.read(f"{name}.npy")) for name in wanted]
    except FileFormatError:
        raise
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, pickle.UnpicklingError) as cause:
        raise unreadable(path, ".npz file of arrays", cause) from cause


def _read_array(content: bytes) -> np.ndarray:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    read_header = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    _, _, dtype = read_header(stream)
    if dtype.hasobject:  # ragged rows: the header is followed by a pickle
        return ArrayUnpickler(stream).load()
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def read_pickled_dict(stream: IO[bytes], path: Path) -> dict[str, Any]:
    """The dict of arrays and lists in a batch of CIFAR, its keys decoded.

    Args:
        stream: the open file.
        path: its name, for the error.
    Returns:
        The dict.
    Raises:
        FileFormatError: it is no such pickle, or asks for anything but arrays.
    """
    try:
        content = ArrayUnpickler(stream, encoding="bytes").load()
        return {key.decode("utf-8"): value for key, value in content.items()}
    except (AttributeError, EOFError, ValueError, pickle.UnpicklingError) as cause:
        raise unreadable(path, "CIFAR batch", cause) from cause


def unreadable(path: Path, kind: str, cause: Exception) -> FileFormatError:
    """The error for a dataset file that is damaged or something else than its name says.

    Args:
        path: the file.
        kind: what it should have been.
        cause: what went wrong.
    Returns:
        The error, to be raised by the caller.
    """
    return FileFormatError(
        message(
            f"{path} is not a readable {kind}.",
            received=str(cause) or type(cause).__name__,
            fix="delete the file, so that it is fetched again, or put a sound copy in its place.",
        )
    )


def check_images(path: Path, images: np.ndarray, labels: np.ndarray, size: int = 28) -> None:
    """Raise FileFormatError unless there are as many labels as square images of `size` pixels."""
    if images.shape[1:] != (size, size) or labels.shape != images.shape[:1] or not len(images):
        raise FileFormatError(
            message(
                f"{path} does not hold images with one label each.",
                received=f"images {images.shape}, labels {labels.shape}",
                required=f"images (n, {size}, {size}), labels (n,)",
            )
        )
