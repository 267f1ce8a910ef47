"""Data frames and series (pandas, polars, pyarrow, whatever narwhals reads) as NumPy arrays.

A frame becomes one array (rows, columns), a series an array (rows, 1), as in Keras. Only numbers
and booleans pass: how to encode text, categories and dates is for the user or a table model to say.
"""

from typing import Any

import numpy as np

from lamina.base import config, dtypes
from lamina.base.errors import ArgumentError, DTypeError, message

_FRAME_LIBRARIES = frozenset(
    {"pandas", "polars", "pyarrow", "modin", "cudf", "dask", "ibis", "narwhals"}
)
_NAMED_AT_MOST = 4


def is_frame(value: Any) -> bool:
    """Whether a value is a data frame or a series; no frame library is imported to tell."""
    if type(value).__module__.partition(".")[0] not in _FRAME_LIBRARIES:
        return False
    return _read(value) is not None


def _read(value: Any) -> Any:
    """The value as a narwhals frame or series, or None if it is neither."""
    import narwhals as nw

    try:
        return nw.from_native(value, allow_series=True)
    except TypeError:
        return None
    except Exception as error:  # narwhals has its own error classes, pandas and polars theirs
        raise ArgumentError(
            message(
                "A data frame cannot be read.",
                received=str(error).splitlines()[0][:200],
                fix="give every column a name of its own, or pass frame.to_numpy()",
            )
        ) from error


def frame_to_array(value: Any, name: str) -> np.ndarray:
    """A frame or series as one array of numbers.

    Args:
        value: a frame or series for which `is_frame` holds.
        name: the argument's name, for messages.
    Returns:
        (rows, columns) for a frame and (rows, 1) for a series: the default float dtype if any
        column is float or has missing integers (they become NaN), else an integer dtype that holds
        all columns, else bool.
    Raises:
        DTypeError: columns are neither numbers nor booleans; they are named.
    """
    read = _read(value)
    if hasattr(read, "collect"):
        read = read.collect()
    columns = read.iter_columns() if hasattr(read, "iter_columns") else [read]
    arrays, refused = [], []
    for column in columns:
        if column.dtype.is_numeric() or str(column.dtype) == "Boolean":
            arrays.append(_column_to_array(column))
        else:
            refused.append(column)
    if refused:
        raise _not_numbers(refused, name)
    if not arrays:
        raise ArgumentError(message(f"`{name}` is a data frame without columns."))
    dtype = np.result_type(*{a.dtype for a in arrays})
    if dtype.kind == "f":
        dtype = dtypes.to_numpy(config.floatx())
    table = np.empty((len(arrays[0]), len(arrays)), dtype)
    with np.errstate(over="ignore"):  # the check for infinity reports what no longer fits
        for position, array in enumerate(arrays):
            table[:, position] = array
    return table


def _column_to_array(column: Any) -> np.ndarray:
    import narwhals as nw

    if column.dtype.is_decimal() or column.null_count():
        column = column.cast(nw.Float64)
    return np.asarray(column.to_numpy())


def _not_numbers(refused: list, name: str) -> DTypeError:
    shown = [f"{c.name!r} ({c.dtype})" for c in refused[:_NAMED_AT_MOST]]
    if len(refused) > _NAMED_AT_MOST:
        shown.append(f"and {len(refused) - _NAMED_AT_MOST} more")
    filled = refused[0].drop_nulls()
    example = f", for example {str(filled[0])[:40]!r}" if len(filled) else ""
    return DTypeError(
        message(
            f"`{name}` has columns that do not hold numbers.",
            received=", ".join(shown) + example,
            required="numeric or boolean columns",
            fix="encode these columns as numbers, or drop them",
        )
    )
