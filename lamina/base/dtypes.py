"""Dtypes by name, and what type two of them make together.

Engine and surface name dtypes by strings. `result_type` follows the promotion lattice that Keras 3
documents: a Python number never widens an array, an integer array meeting a float array takes the
float's width. float64 and int64 arise only where somebody asked for them.
"""

from functools import cache, lru_cache

import numpy as np

from lamina.base import config
from lamina.base.errors import DTypeError, message, near

try:
    import ml_dtypes  # makes NumPy know "bfloat16" and the 8-bit floats by name
except ImportError:
    ml_dtypes = None  # type: ignore[assignment]

BOOL = ("bool",)
INTEGERS = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
FLOATS = ("bfloat16", "float16", "float32", "float64")
FLOAT8 = ("float8_e4m3fn", "float8_e5m2")
COMPLEX = ("complex64", "complex128")
ALL = BOOL + INTEGERS + FLOATS + FLOAT8 + COMPLEX + ("string",)
_KNOWN = frozenset(ALL)
_PYTHON = {bool: "bool", int: "int32", str: "string"}

# Each dtype's direct successors in the promotion lattice; "int", "float" and "complex" stand for
# Python numbers.
_WIDER = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("bfloat16", "float16", "complex"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex": ("complex64",),
    "complex64": ("complex128",),
    "complex128": (),
}


def standardize_dtype(dtype: object) -> str:
    """The name of a dtype given in any usual way.

    Args:
        dtype: None (the default float), a string, a Python or NumPy type, a NumPy dtype, or an
            object with a `name`.
    Returns:
        One of `ALL`.
    Raises:
        DTypeError: the dtype is not one that Lamina knows.
    Example:
        >>> standardize_dtype(np.float64), standardize_dtype(int), standardize_dtype(None)
        ('float64', 'int32', 'float32')
    """
    if type(dtype) is str and dtype in _KNOWN:
        return dtype
    if dtype is None or dtype is float or (isinstance(dtype, str) and dtype == "float"):
        return config.floatx()
    if isinstance(dtype, type) and dtype in _PYTHON:
        return _PYTHON[dtype]
    if isinstance(dtype, str) and dtype == "int":
        return "int32"
    name = getattr(dtype, "name", None)
    if not isinstance(name, str):
        name = getattr(dtype, "__name__", None) or str(dtype)
    if "torch" in str(dtype):
        name = str(dtype).rsplit(".", 1)[-1]
    name = {"str": "string", "bool_": "bool", "str_": "string"}.get(name, name)
    if name not in _KNOWN:
        raise DTypeError(
            message(
                f"Invalid dtype: {dtype}.", required=", ".join(ALL), fix=near(name, ALL) or None
            )
        )
    return name


def is_float(dtype: object) -> bool:
    """Whether a dtype is a real floating-point type, half precision and 8-bit floats included."""
    return standardize_dtype(dtype).startswith(("float", "bfloat"))


def is_int(dtype: object) -> bool:
    """Whether a dtype is a signed or unsigned integer type (bool is not)."""
    return standardize_dtype(dtype).startswith(("int", "uint"))


def is_complex(dtype: object) -> bool:
    """Whether a dtype is complex."""
    return standardize_dtype(dtype).startswith("complex")


@cache
def to_numpy(dtype: str) -> np.dtype:
    """The NumPy dtype of a name; bfloat16 and 8-bit floats come from the package ml_dtypes.

    Raises:
        DTypeError: the name needs ml_dtypes, which is not installed.
    """
    if dtype in ("bfloat16", *FLOAT8):
        if ml_dtypes is None:
            raise DTypeError(
                message(f"The dtype {dtype!r} needs a package.", fix="pip install ml_dtypes")
            )
        return np.dtype(getattr(ml_dtypes, dtype))
    if dtype == "string":
        return np.dtype("U")
    return np.dtype(dtype)


@lru_cache(256)
def name_of(dtype: np.dtype) -> str:
    """The name of a NumPy dtype; strings of any width are "string"."""
    if dtype.kind in "US":
        return "string"
    return dtype.name


@cache
def _upward(dtype: str) -> frozenset[str]:
    """The dtype and everything wider than it."""
    reached, queue = {dtype}, [dtype]
    while queue:
        for wider in _WIDER[queue.pop()]:
            if wider not in reached:
                reached.add(wider)
                queue.append(wider)
    return frozenset(reached)


def _lattice_name(dtype: object) -> str:
    if dtype is bool or dtype is int or dtype is float or dtype is complex:
        return dtype.__name__
    if isinstance(dtype, str) and dtype in ("int", "float"):
        return dtype
    return standardize_dtype(dtype)


@lru_cache(4096)
def _join(names: frozenset[str]) -> str:
    if len(names) == 1:
        return next(iter(names))
    common = frozenset.intersection(*(_upward(n) for n in names))
    least = [c for c in common if common <= _upward(c)]
    if len(least) != 1:
        raise DTypeError(f"No dtype holds all of {sorted(names)}.")
    return least[0]


def result_type(*dtypes: object) -> str:
    """The dtype that values of several dtypes take together.

    Args:
        *dtypes: dtypes by any name; `int`, `float` and the strings "int", "float" stand for Python
            numbers, which adapt to what they meet.
    Returns:
        A dtype name.
    Raises:
        DTypeError: no common type exists (8-bit floats and strings never promote).
    Source: the lattice of JAX's type promotion, which Keras 3 follows.
    Example:
        >>> result_type("int32", "float16"), result_type("int8", int), result_type("uint8", "int8")
        ('float16', 'int8', 'int16')
    """
    if not dtypes:
        return config.floatx()
    names = frozenset(_lattice_name(d) for d in dtypes)
    if len(names) > 1 and (names & frozenset(FLOAT8) or "string" in names):
        raise DTypeError(
            message(
                f"dtypes {sorted(names)} have no implicit promotion.",
                fix="cast one of them first, for example ops.cast(x, 'float32')",
            )
        )
    joined = _join(names)
    if joined == "int":
        return "int32"
    if joined == "float":
        return config.floatx()
    if joined == "int64" and "int64" not in names:
        return "int32"  # uint32 with a narrower integer: nobody asked for 64 bits
    return "complex64" if joined == "complex" else joined
