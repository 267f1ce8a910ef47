"""Datasets that ship with scikit-learn: read there, cut into training and test rows here."""

import importlib
from typing import Any

import numpy as np

from lamina.base.errors import missing_extra
from lamina.datasets.arrays import Split
from lamina.datasets.splits import stratified


def load_bundled(name: str, test_split: float, seed: int, images: bool = False) -> Split:
    """One of scikit-learn's classification datasets.

    Args:
        name: as in `sklearn.datasets.load_<name>`.
        test_split: share of the rows for the test.
        seed: of the split.
        images: give whole-number pixels in rows and columns instead of a table of floats.
    Returns:
        (x_train, y_train), (x_test, y_test); x float32 (rows, columns) or uint8 (rows, height,
        width), y int64 (rows,).
    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    bunch = _bunch(name)
    x = bunch.images.astype(np.uint8) if images else bunch.data.astype(np.float32)
    return stratified(x, bunch.target.astype(np.int64), test_split, seed)


def column_names(name: str) -> list[str]:
    """The columns of one of scikit-learn's tables.

    Args:
        name: as in `sklearn.datasets.load_<name>`.
    Raises:
        MissingExtraError: scikit-learn is not installed.
    Example:
        >>> column_names("iris")[0]
        'sepal length (cm)'
    """
    return [str(column) for column in _bunch(name).feature_names]


def _bunch(name: str) -> Any:
    try:
        sklearn_datasets = importlib.import_module("sklearn.datasets")
    except ImportError as cause:
        raise missing_extra("scikit-learn", "tables", f"datasets.{name}") from cause
    return getattr(sklearn_datasets, f"load_{name}")()
