"""Fisher's iris flowers: 150 rows, four lengths and widths in cm, three species."""

from lamina.datasets.arrays import Split
from lamina.datasets.bundled import load_bundled

CLASS_NAMES = ("setosa", "versicolor", "virginica")


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the rows, cut into training and test parts with every class's share in both.

    Args:
        test_split: float, share of the rows for the test. Default 0.2.
        seed: int, of the split; the same seed gives the same rows. Default 113.
    Returns:
        (x_train, y_train), (x_test, y_test): x float32 (rows, 4): sepal length, sepal width, petal
        length, petal width; y int64 (rows,).
    Raises:
        MissingExtraError: scikit-learn is not installed.
        ArgumentError: `test_split` is out of range.
    Source: Fisher (1936); as shipped with scikit-learn.
    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape
        (120, 4)
    """
    return load_bundled("iris", test_split, seed)
