"""MNIST: 70,000 handwritten digits of 28×28 pixels."""

from lamina.datasets.arrays import Split, check_images, read_arrays
from lamina.datasets.files import KERAS_STORE, RemoteFile, lookup_or_download

CLASS_NAMES = tuple(str(digit) for digit in range(10))
_CHECKSUM = "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path: str = "mnist.npz") -> Split:
    """Load 60,000 training and 10,000 test images.

    Args:
        path: name of the file in the folders searched (see `datasets.files`), or an absolute path.
            Default "mnist.npz".
    Returns:
        (x_train, y_train), (x_test, y_test): x uint8 (rows, 28, 28) with values 0 to 255, y uint8
        (rows,) with classes 0 to 9.
    Raises:
        DatasetNotFoundError: the file is nowhere and cannot be downloaded.
        FileFormatError: the file is damaged or holds something else.
    Source: LeCun, Cortes, Burges, the MNIST database; CC BY-SA 3.0.
    """
    file = lookup_or_download(RemoteFile(path, f"{KERAS_STORE}mnist.npz", _CHECKSUM))
    x_train, y_train, x_test, y_test = read_arrays(file, ("x_train", "y_train", "x_test", "y_test"))
    check_images(file, x_train, y_train)
    check_images(file, x_test, y_test)
    return (x_train, y_train), (x_test, y_test)
