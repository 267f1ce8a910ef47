"""Fashion-MNIST: 70,000 pictures of clothes of 28×28 pixels, ten kinds.

The published form is four gzip files. If they are not at hand but `fashion_mnist_subset.npz` is
(15,000 training and 5,000 test pictures), that is used, with a warning.
"""

import gzip
import warnings
import zlib
from pathlib import Path

import numpy as np

from lamina.datasets.arrays import Split, check_images, read_arrays, unreadable
from lamina.datasets.files import KERAS_STORE, RemoteFile, lookup, lookup_or_download

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_SUBSET = "fashion_mnist_subset.npz"
_FOLDER = "fashion-mnist"  # where Keras keeps the four files
_CHECKSUMS = {  # as published by the data set's authors
    "train-images-idx3-ubyte.gz": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "md5:25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "md5:bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "md5:bb300cfdad3c16e7a12a480ee83cd310",
}


def load_data() -> Split:
    """Load 60,000 training and 10,000 test pictures, or the subset if only that is at hand.

    Returns:
        (x_train, y_train), (x_test, y_test): x uint8 (rows, 28, 28) with values 0 to 255, y uint8
        (rows,) with classes 0 to 9, named in `CLASS_NAMES`.
    Raises:
        DatasetNotFoundError: the files are nowhere and cannot be downloaded.
        FileFormatError: a file is damaged or holds something else.
    Source: Xiao, Rasul, Vollgraf (2017), arXiv:1708.07747; © Zalando SE, MIT licence.
    """
    complete = all(lookup(f"{_FOLDER}/{name}", name) for name in _CHECKSUMS)
    subset = lookup(_SUBSET)
    if subset is not None and not complete:
        return _load_subset(subset)
    x_train, y_train = _read_part("train")
    x_test, y_test = _read_part("t10k")
    return (x_train, y_train), (x_test, y_test)


def _load_subset(path: Path) -> Split:
    x_train, y_train, x_test, y_test = read_arrays(path, ("x_train", "y_train", "x_test", "y_test"))
    check_images(path, x_train, y_train)
    check_images(path, x_test, y_test)
    warnings.warn(
        f"Using a subset of Fashion-MNIST, {len(x_train):,} training and {len(x_test):,} test "
        f"pictures from {path}: the full files are not on this machine.",
        stacklevel=3,
    )
    return (x_train, y_train), (x_test, y_test)


def _read_part(part: str) -> tuple[np.ndarray, np.ndarray]:
    images_file = _find(f"{part}-images-idx3-ubyte.gz")
    images = _unpack(images_file, header=16)
    labels = _unpack(_find(f"{part}-labels-idx1-ubyte.gz"), header=8)
    if images.size != labels.size * 28 * 28:
        problem = f"{images.size} pixels for {labels.size} labels"
        raise unreadable(images_file, "file of 28×28 images", ValueError(problem))
    return images.reshape(-1, 28, 28), labels


def _find(name: str) -> Path:
    remote = RemoteFile(f"{_FOLDER}/{name}", KERAS_STORE + name, _CHECKSUMS[name])
    return lookup_or_download(remote, name)


def _unpack(path: Path, header: int) -> np.ndarray:
    try:
        with gzip.open(path) as stream:
            return np.frombuffer(stream.read(), np.uint8, offset=header)
    except (OSError, EOFError, ValueError, zlib.error) as cause:
        raise unreadable(path, "gzip file of bytes", cause) from cause
