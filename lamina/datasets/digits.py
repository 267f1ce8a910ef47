"""Handwritten digits of 8×8 pixels: 1,797 images, shipped with scikit-learn."""

from lamina.datasets.arrays import Split
from lamina.datasets.bundled import load_bundled

CLASS_NAMES = tuple(str(digit) for digit in range(10))


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the rows, cut into training and test parts with every class's share in both.

    Args:
        test_split: float, share of the rows for the test. Default 0.2.
        seed: int, of the split; the same seed gives the same rows. Default 113.
    Returns:
        (x_train, y_train), (x_test, y_test): x uint8 (rows, 8, 8) with values 0 to 16, y int64
        (rows,) with classes 0 to 9; 1,438 training and 359 test rows by default.
    Raises:
        MissingExtraError: scikit-learn is not installed.
        ArgumentError: `test_split` is out of range.
    Source: UCI Optical Recognition of Handwritten Digits (Alpaydin, Kaynak 1998), its test part.
    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape
        (1438, 8, 8)
    """
    return load_bundled("digits", test_split, seed, images=True)
