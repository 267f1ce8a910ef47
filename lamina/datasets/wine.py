"""Wines from three growers: 178 rows, 13 chemical measurements, three classes."""

from lamina.datasets.arrays import Split
from lamina.datasets.bundled import load_bundled

CLASS_NAMES = ("class_0", "class_1", "class_2")


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the rows, cut into training and test parts with every class's share in both.

    Args:
        test_split: float, share of the rows for the test. Default 0.2.
        seed: int, of the split; the same seed gives the same rows. Default 113.
    Returns:
        (x_train, y_train), (x_test, y_test): x float32 (rows, 13), y int64 (rows,).
    Raises:
        MissingExtraError: scikit-learn is not installed.
        ArgumentError: `test_split` is out of range.
    Source: UCI Wine (Aeberhard, Forina 1991); as shipped with scikit-learn.
    """
    return load_bundled("wine", test_split, seed)
