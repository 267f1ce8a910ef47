"""CIFAR-100: 60,000 colour photographs of 32×32 pixels, 100 kinds of things in 20 groups."""

from lamina.base.errors import ArgumentError, message, near
from lamina.datasets.arrays import Split
from lamina.datasets.cifar import load_batches
from lamina.datasets.files import RemoteFile

_ARCHIVE = RemoteFile(
    "cifar-100-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
)
_FOLDER = "cifar-100-python"
_LABEL_MODES = ("fine", "coarse")


def load_data(label_mode: str = "fine") -> Split:
    """Load 50,000 training and 10,000 test photographs.

    Args:
        label_mode: "fine" for the 100 kinds, "coarse" for their 20 groups. Default "fine".
    Returns:
        (x_train, y_train), (x_test, y_test): x uint8 (rows, 32, 32, 3), or (rows, 3, 32, 32) when
        `image_data_format()` is "channels_first"; y uint8 (rows, 1).
    Raises:
        ArgumentError: another `label_mode`.
        DatasetNotFoundError: the archive is nowhere and cannot be downloaded.
        FileFormatError: it is damaged or holds something else.
    Source: Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images.
    """
    if label_mode not in _LABEL_MODES:
        raise ArgumentError(
            message(
                "`label_mode` must be one of 'fine', 'coarse'.",
                received=repr(label_mode),
                fix=near(label_mode, _LABEL_MODES) or None,
            )
        )
    return (
        load_batches(_ARCHIVE, _FOLDER, ["train"], f"{label_mode}_labels"),
        load_batches(_ARCHIVE, _FOLDER, ["test"], f"{label_mode}_labels"),
    )
