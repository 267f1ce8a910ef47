"""California housing: 20,640 districts of the 1990 census, eight columns, median house price."""

from lamina.base.errors import ArgumentError, message, near
from lamina.datasets.arrays import Split
from lamina.datasets.files import KERAS_STORE, RemoteFile, lookup_or_download
from lamina.datasets.housing import load_housing
from lamina.datasets.splits import check_test_split

FEATURE_NAMES = (
    "MedInc",
    "HouseAge",
    "AveRooms",
    "AveBedrms",
    "Population",
    "AveOccup",
    "Latitude",
    "Longitude",
)
_CHECKSUM = "sha256:1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
_ROWS = {"small": 600, "large": None}


def load_data(
    version: str = "large",
    path: str = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> Split:
    """Load training and test districts.

    Args:
        version: "large" for all rows, "small" for the first 600. Default "large".
        path: name of the file in the folders searched, or an absolute path.
        test_split: float, share of the rows for the test, 0 <= test_split < 1. Default 0.2.
        seed: int, of the permutation. Default 113.
    Returns:
        (x_train, y_train), (x_test, y_test): x (rows, 8), columns as in `FEATURE_NAMES`; y (rows,)
        in dollars.
    Raises:
        ArgumentError: unknown `version`, or `test_split` out of range.
        DatasetNotFoundError: the file is nowhere and cannot be downloaded.
        FileFormatError: the file is damaged or holds something else.
    Source: Pace, Barry (1997), Sparse Spatial Autoregressions.
    """
    if version not in _ROWS:
        raise ArgumentError(
            message(
                "Argument `version` must be one of 'small', 'large'.",
                received=repr(version),
                fix=near(version, _ROWS) or None,
            )
        )
    check_test_split(test_split)
    file = lookup_or_download(RemoteFile(path, f"{KERAS_STORE}california_housing.npz", _CHECKSUM))
    return load_housing(file, _ROWS[version], test_split, seed)
