"""Breast cancer, Wisconsin: 569 rows, 30 measurements of cell nuclei, malignant or benign."""

from lamina.datasets.arrays import Split
from lamina.datasets.bundled import load_bundled

CLASS_NAMES = ("malignant", "benign")


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the rows, cut into training and test parts with every class's share in both.

    Args:
        test_split: float, share of the rows for the test. Default 0.2.
        seed: int, of the split; the same seed gives the same rows. Default 113.
    Returns:
        (x_train, y_train), (x_test, y_test): x float32 (rows, 30), y int64 (rows,), 0 malignant, 1
        benign.
    Raises:
        MissingExtraError: scikit-learn is not installed.
        ArgumentError: `test_split` is out of range.
    Source: UCI Breast Cancer Wisconsin (Diagnostic) (Wolberg, Street, Mangasarian 1995); as shipped
        with scikit-learn.
    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape
        (456, 30)
    """
    return load_bundled("breast_cancer", test_split, seed)
