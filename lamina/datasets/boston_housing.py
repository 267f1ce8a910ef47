"""Boston housing: 506 areas, 13 measurements, median house price in thousands of dollars (1978).

Kept because many courses use it. Its column "B" is built on the share of Black residents, which
makes it unfit for anything but showing how such a column gets into a model; prefer
`california_housing`.
"""

import csv
from pathlib import Path

import numpy as np

from lamina.datasets.arrays import Split, unreadable
from lamina.datasets.files import KERAS_STORE, RemoteFile, lookup, lookup_or_download
from lamina.datasets.housing import load_housing
from lamina.datasets.splits import check_test_split, shuffled

FEATURE_NAMES = (
    "CRIM",
    "ZN",
    "INDUS",
    "CHAS",
    "NOX",
    "RM",
    "AGE",
    "DIS",
    "RAD",
    "TAX",
    "PTRATIO",
    "B",
    "LSTAT",
)
_CHECKSUM = "sha256:f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"
_TABLE = "housing.csv"  # the same rows in the same order, as text with a header


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Split:
    """Load training and test areas.

    Args:
        path: name of the file in the folders searched, or an absolute path. If it is not there,
            `housing.csv` with the columns of `FEATURE_NAMES` and MEDV is taken.
        test_split: float, share of the rows for the test, 0 <= test_split < 1. Default 0.2.
        seed: int, of the permutation. Default 113.
    Returns:
        (x_train, y_train), (x_test, y_test): x float64 (rows, 13), y float64 (rows,).
    Raises:
        ArgumentError: `test_split` is out of range.
        DatasetNotFoundError: the file is nowhere and cannot be downloaded.
        FileFormatError: the file is damaged or holds something else.
    Source: Harrison, Rubinfeld (1978), Hedonic prices and the demand for clean air.
    """
    check_test_split(test_split)
    table = lookup(_TABLE)
    if lookup(path) is None and table is not None and _header(table) == (*FEATURE_NAMES, "MEDV"):
        rows = _read_table(table)
        return shuffled(rows[:, :-1], rows[:, -1], test_split, seed)
    file = lookup_or_download(RemoteFile(path, f"{KERAS_STORE}boston_housing.npz", _CHECKSUM))
    return load_housing(file, None, test_split, seed)


def _header(path: Path) -> tuple[str, ...]:
    with open(path, newline="", encoding="utf-8", errors="replace") as stream:
        return tuple(next(csv.reader(stream), ()))


def _read_table(path: Path) -> np.ndarray:
    try:
        return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    except ValueError as cause:
        raise unreadable(path, "table of numbers", cause) from cause
