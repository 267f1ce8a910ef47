"""CIFAR-10: 60,000 colour photographs of 32×32 pixels, ten kinds of things."""

from lamina.datasets.arrays import Split
from lamina.datasets.cifar import load_batches
from lamina.datasets.files import RemoteFile

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_ARCHIVE = RemoteFile(
    "cifar-10-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
)
_FOLDER = "cifar-10-batches-py"


def load_data() -> Split:
    """Load 50,000 training and 10,000 test photographs.

    Returns:
        (x_train, y_train), (x_test, y_test): x uint8 (rows, 32, 32, 3), or (rows, 3, 32, 32) when
        `image_data_format()` is "channels_first"; y uint8 (rows, 1), named in `CLASS_NAMES`.
    Raises:
        DatasetNotFoundError: the archive is nowhere and cannot be downloaded.
        FileFormatError: it is damaged or holds something else.
    Source: Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images.
    """
    train = [f"data_batch_{number}" for number in range(1, 6)]
    return (
        load_batches(_ARCHIVE, _FOLDER, train, "labels"),
        load_batches(_ARCHIVE, _FOLDER, ["test_batch"], "labels"),
    )
