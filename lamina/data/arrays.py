"""One value that a user calls data becomes one array of numbers, or an error that says why not.

Floats of any width become the default float type, as in Keras; integers and booleans stay as they
are, because the layer that reads them casts. Lists of numbers are accepted (Keras refuses them).
Several inputs in a list, tuple or dict are the business of `structures.py`.
"""

import sys
from typing import Any

import numpy as np

from lamina.base import config, dtypes
from lamina.base.errors import ArgumentError, DTypeError, ShapeError, message
from lamina.data.frames import frame_to_array, is_frame

_NO_NUMBER = {
    "c": ("complex numbers", "pass real and imaginary part as two features"),
    "M": ("dates", "turn them into numbers first, for example days since a first day"),
    "m": ("time spans", "turn them into numbers first: x / np.timedelta64(1, 's')"),
    "V": ("records with named fields", "pass one array for each field, in a dict"),
}
_ENCODE = "turn text into numbers first, for example with StringLookup or TextVectorization"


def as_array(value: Any, name: str, allow_strings: bool = False) -> np.ndarray:
    """One array of numbers from an array, tensor, frame, series, sparse matrix or list of numbers.

    Args:
        value: NumPy array, list or tuple of numbers, pandas or polars frame or series, PyTorch, JAX
            or TensorFlow tensor, SciPy sparse matrix (made dense), or anything with `__array__`.
        name: the argument's name, for messages.
        allow_strings: let arrays of text pass, for models that begin with a text layer.
    Returns:
        An array with at least one axis, in native byte order: floats in the default float type,
        integers and booleans unchanged. No copy unless something has to change.
    Raises:
        DTypeError: text, None, dates, complex numbers or other objects inside; the position is
            named.
        ShapeError: a single number, or rows of different lengths.
        ArgumentError: the value is no data at all.
    """
    if is_frame(value):
        return frame_to_array(value, name)
    array = _to_numpy(value, name)
    if array.ndim == 0:
        raise _single_value(array, name)
    return _numbers(array, name, allow_strings)


def _single_value(array: np.ndarray, name: str) -> ShapeError:
    fix = f"pass np.array([{name}]) for one row"
    if " of batch " in name:
        fix = "yield whole batches, not single rows: arrays whose first axis counts rows"
    elif array.dtype.kind == "U":
        fix = "read the data first; a file name is not data"
    return ShapeError(
        message(
            f"`{name}` is a single value; data need an axis of rows.",
            received=f"{str(array)[:40]!r} ({array.dtype})",
            required="shape (rows, ...)",
            fix=fix,
        )
    )


def _to_numpy(value: Any, name: str) -> np.ndarray:
    masked = "numpy.ma" in sys.modules  # else there is none, and asking would load the module
    if masked and isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ArgumentError(
            message(
                f"`{name}` is a masked array with {np.ma.count_masked(value)} masked values.",
                fix=f"fill them first: {name}.filled(0)",
            )
        )
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    if isinstance(value, (list, tuple, range)):
        return _from_list(value, name)
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        value = value.detach().cpu()
        return (value.float() if "bfloat16" in str(value.dtype) else value).numpy()
    if hasattr(value, "toarray") and hasattr(value, "tocsr"):
        return value.toarray()
    if hasattr(value, "__array__") or isinstance(value, (bool, int, float, complex, str, bytes)):
        return np.asarray(value)
    raise unrecognized(value, name)


def unrecognized(value: Any, name: str) -> ArgumentError:
    """The error for a value that is no data."""
    fix = "pass an array, a data frame, a list of numbers, a PyDataset or a generator of batches"
    if value is None:
        fix = f"pass the data as `{name}`; a function that loads it may have returned nothing"
    elif hasattr(value, "__getitem__") and hasattr(value, "__len__"):
        fix = "wrap it: torch.utils.data.DataLoader(dataset, batch_size=32), or a PyDataset"
    elif callable(value):
        called = getattr(value, "__name__", "it")
        fix = f"call it and pass what it returns: {called}()"
    elif hasattr(value, "shape"):
        fix = "a symbolic tensor holds no numbers; pass arrays here and use Input() to build models"
    return ArgumentError(
        message(
            f"Unrecognized data type in `{name}`.",
            received="None" if value is None else f"{type(value).__name__} object",
            fix=fix,
        )
    )


def _from_list(value: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise _ragged(value, name, error) from None
    if array.dtype.kind in "US":
        # NumPy turns a number beside a text into text; the objects say where the text stands.
        array = np.asarray(value, dtype=object)
    return array


def _ragged(value: Any, name: str, error: Exception) -> ArgumentError:
    lengths = [len(row) if hasattr(row, "__len__") else None for row in value]
    odd = next((i for i, n in enumerate(lengths) if n != lengths[0]), None)
    if odd is None:
        return ShapeError(message(f"`{name}` cannot be made an array.", received=str(error)[:200]))
    seen = ["a single value" if n is None else f"{n} values" for n in (lengths[0], lengths[odd])]
    return ShapeError(
        message(
            f"`{name}` has rows of different lengths.",
            received=f"row 0 has {seen[0]}, row {odd} has {seen[1]}",
            required="the same number of values in every row",
            fix="lamina.utils.pad_sequences(...) makes sequences equally long",
        )
    )


def _numbers(array: np.ndarray, name: str, allow_strings: bool) -> np.ndarray:
    kind = array.dtype.kind
    if kind == "O":
        return _from_objects(array, name, allow_strings)
    if kind in "biu":
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    if kind in "UST" and allow_strings:
        return array
    if kind in "UST":
        example = f", for example {str(array.flat[0])[:40]!r}" if array.size else ""
        raise _refused(array, name, "text", f"text{example}", _ENCODE)
    if kind == "f" or array.dtype.name in dtypes.FLOATS + dtypes.FLOAT8:
        with np.errstate(over="ignore"):  # the check for infinity reports what no longer fits
            return array.astype(dtypes.to_numpy(config.floatx()), copy=False)
    what, fix = _NO_NUMBER.get(kind, ("values of an unknown kind", "pass numbers"))
    raise _refused(array, name, what, f"dtype {array.dtype}", fix)


def _from_objects(array: np.ndarray, name: str, allow_strings: bool) -> np.ndarray:
    """An object array of numbers (or of text) with a proper dtype, or the error for an entry."""
    kinds = set()
    for index, entry in np.ndenumerate(array):
        if isinstance(entry, (bool, np.bool_)):
            kinds.add("bool")
        elif isinstance(entry, (int, np.integer)):
            kinds.add("int")
        elif isinstance(entry, str) and allow_strings:
            kinds.add("text")
        elif hasattr(entry, "__float__") and not isinstance(entry, (np.ndarray, complex)):
            kinds.add("float")
        else:
            raise _bad_entry(array, name, index, entry)
    if kinds == {"text"}:
        return array.astype(str)
    if "text" in kinds:
        raise _refused(array, name, "text beside numbers", "both in one array", "choose one")
    if kinds == {"bool"}:
        return array.astype(bool)
    if kinds == {"int"} or kinds == {"int", "bool"}:
        return array.astype("int64")
    return array.astype("float64").astype(dtypes.to_numpy(config.floatx()))


def _bad_entry(array: np.ndarray, name: str, index: tuple, entry: Any) -> DTypeError:
    axes = ("row", "column")
    if array.ndim <= len(axes):
        place = ", ".join(f"{axis} {i}" for axis, i in zip(axes, index, strict=False))
    else:
        place = f"position {index}"
    if entry is None or type(entry).__name__ in ("NAType", "NaTType"):
        fix = "fill in missing values or drop these rows"
        return _refused(array, name, "missing values", f"{entry} at {place}", fix)
    if isinstance(entry, (str, bytes)):
        return _refused(array, name, "text", f"{str(entry)[:40]!r} at {place}", _ENCODE)
    if isinstance(entry, (list, tuple, np.ndarray)):
        fix = "give all rows one shape: np.stack(rows), or lamina.utils.pad_sequences(rows)"
        return _refused(array, name, "separate arrays", f"a {type(entry).__name__} at {place}", fix)
    return _refused(array, name, "objects", f"a {type(entry).__name__} at {place}", "pass numbers")


def _refused(array: np.ndarray, name: str, what: str, received: str, fix: str) -> DTypeError:
    return DTypeError(
        message(
            f"`{name}` holds {what} where numbers are needed.",
            received=f"{received} (shape {array.shape}, dtype {array.dtype})",
            required="integers, floats or booleans",
            fix=fix,
        )
    )
