"""Python operators for everything that stands for a tensor: Tensor, Variable, KerasTensor.

What `x + y` means is decided in `lamina.ops`, a room further up, which fills OPERATORS when it
loads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

OPERATORS: dict[str, Callable[..., Any]] = {}

# What `array + tensor` calls in NumPy -> the operator that is meant.
_OF_UFUNC = {"divide": "true_divide", "remainder": "mod"} | {
    f"bitwise_{name}": name for name in ("and", "or", "xor")
}
_BINARY = frozenset(
    "add subtract multiply true_divide floor_divide mod power matmul and or xor equal not_equal "
    "less less_equal greater greater_equal".split()
)


def _unary(name: str) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:
        return OPERATORS[name](self)

    return method


def _binary(name: str) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return OPERATORS[name](self, other)

    return method


def _reflected(name: str) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        return OPERATORS[name](other, self)

    return method


class Operators:
    """Mixin: arithmetic, comparison and indexing through `lamina.ops`."""

    __slots__ = ()
    __hash__ = object.__hash__

    __neg__ = _unary("negative")
    __pos__ = _unary("positive")
    __abs__ = _unary("absolute")
    __invert__ = _unary("invert")
    __add__, __radd__ = _binary("add"), _reflected("add")
    __sub__, __rsub__ = _binary("subtract"), _reflected("subtract")
    __mul__, __rmul__ = _binary("multiply"), _reflected("multiply")
    __truediv__, __rtruediv__ = _binary("true_divide"), _reflected("true_divide")
    __floordiv__, __rfloordiv__ = _binary("floor_divide"), _reflected("floor_divide")
    __mod__, __rmod__ = _binary("mod"), _reflected("mod")
    __pow__, __rpow__ = _binary("power"), _reflected("power")
    __matmul__, __rmatmul__ = _binary("matmul"), _reflected("matmul")
    __and__, __rand__ = _binary("and"), _reflected("and")
    __or__, __ror__ = _binary("or"), _reflected("or")
    __xor__, __rxor__ = _binary("xor"), _reflected("xor")
    __eq__ = _binary("equal")
    __ne__ = _binary("not_equal")
    __lt__ = _binary("less")
    __le__ = _binary("less_equal")
    __gt__ = _binary("greater")
    __ge__ = _binary("greater_equal")
    __getitem__ = _binary("getitem")

    def __round__(self, ndigits: int | None = None) -> Any:
        return OPERATORS["round"](self, ndigits or 0)

    def __iter__(self) -> Iterator[Any]:
        shape = self.shape  # type: ignore[attr-defined]
        if not shape:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(shape[0]))

    def __len__(self) -> int:
        shape = self.shape  # type: ignore[attr-defined]
        if not shape:
            raise TypeError("len() of a 0-d tensor")
        return shape[0]


class Placeholder(Operators):
    """Mixin: a tensor without numbers, which NumPy can do nothing with but apply operators."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """`array + tensor`, which NumPy asks first; other functions of NumPy need values."""
        name = _OF_UFUNC.get(ufunc.__name__, ufunc.__name__)
        if method == "__call__" and name in _BINARY and not options:
            return OPERATORS[name](*inputs)
        raise self._no_value(f"NumPy value for np.{ufunc.__name__}")

    def _no_value(self, wanted: str) -> Exception:
        """The error for code that needs numbers where there are none yet."""
        return TypeError(f"{wanted} was asked of {self!r}.")
