"""The part that both housing datasets share: find the file, shuffle as Keras does, cut."""

from pathlib import Path

from lamina.datasets.arrays import Split, read_arrays, unreadable
from lamina.datasets.splits import shuffled


def load_housing(path: Path, rows: int | None, test_split: float, seed: int) -> Split:
    """Training and test rows of a file with the arrays `x` and `y`.

    Args:
        path: the `.npz` file.
        rows: take only so many rows from its beginning; None takes all.
        test_split: share of the rows for the test.
        seed: of the permutation.
    Returns:
        (x_train, y_train), (x_test, y_test).
    Raises:
        FileFormatError: the file is damaged or its arrays differ in length.
    """
    x, y = read_arrays(path, ("x", "y"))
    if x.ndim != 2 or y.shape != x.shape[:1]:
        problem = ValueError(f"x {x.shape}, y {y.shape}")
        raise unreadable(path, "table with one price per row", problem)
    return shuffled(x[:rows], y[:rows], test_split, seed)
