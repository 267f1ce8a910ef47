"""Variables that are created while a model is loaded from a file.

A config of a hundred bytes can ask for a layer of a billion units. So every variable created during
loading is counted, before it is allocated, against the bytes that the file stores; and it begins as
zeros, as its value comes from the file. Variables the file says nothing about get their initial
value at the end. Other arrays that a config's numbers make, such as the columns of a one-hot
encoding, are checked in the same way.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.base.errors import FileFormatError, message

_LOCAL = threading.local()


class LoadingScope:
    """The variables created so far and the bytes left for more.

    Args:
        limit: bytes that all variables may take together.
    """

    def __init__(self, limit: int) -> None:
        self.left = limit
        self._created: list[tuple[Any, Callable, np.ndarray]] = []

    def placeholder(
        self, variable: Any, initializer: Callable, shape: tuple[int, ...], dtype: np.dtype
    ) -> np.ndarray:
        """Zeros for a new variable.

        Args:
            variable: has `path`, `value` and `assign`.
            initializer: gives the value if the file does not.
            shape: its shape.
            dtype: its dtype.
        Returns:
            An array to be the variable's first value.
        Raises:
            FileFormatError: the file stores fewer bytes than the variable needs.
        """
        needed = dtype.itemsize
        for size in shape:
            needed *= size
        if needed > self.left:
            raise FileFormatError(
                message(
                    f"The config asks for a variable {variable.path!r} that is larger than the "
                    "weights in the file.",
                    received=f"shape {shape}, {needed:,} bytes",
                    required=f"at most {self.left:,} bytes",
                )
            )
        self.left -= needed
        array = np.zeros(shape, dtype)
        self._created.append((variable, initializer, array))
        return array

    def allow(self, size: int) -> None:
        """Let variables be created that no file holds; the caller bounds them by others that are.

        Args:
            size: bytes that they take.
        """
        self.left += size

    def finish(self) -> None:
        """Give variables that nothing was assigned to their initial value."""
        for variable, initializer, array in self._created:
            if variable.value is array:
                variable.assign(initializer(array.shape, dtype=variable.dtype))
        self._created.clear()


@contextlib.contextmanager
def loading(limit: int) -> Iterator[LoadingScope]:
    """Treat variables created inside the block, in this thread, as parts of a file.

    Args:
        limit: bytes that they may take together.
    Yields:
        The scope; call its `finish` when the file's values have been assigned.
    """
    before = current_loading()
    scope = LoadingScope(limit)
    _LOCAL.scope = scope
    try:
        yield scope
    finally:
        _LOCAL.scope = before


def check_size(elements: Any, what: str) -> None:
    """Refuse an array that only a number in a config makes large.

    Args:
        elements: how many elements it is to have, as good as known.
        what: what it is, for the error.
    Raises:
        FileFormatError: a file is being loaded and stores fewer bytes than that.
    """
    scope = current_loading()
    if scope is None or not isinstance(elements, (int, np.integer)):
        return
    if elements > max(scope.left, 0):
        raise FileFormatError(
            message(
                f"The config asks for {what} that is larger than the weights in the file.",
                received=f"{elements:,} elements",
                required=f"at most {max(scope.left, 0):,}",
            )
        )


def current_loading() -> LoadingScope | None:
    """The scope of the load going on in this thread, or None."""
    return getattr(_LOCAL, "scope", None)


# Contexts that leave a room's global state as it was; rooms with such state enter theirs.
STATE_KEEPERS: list[Callable[[], contextlib.AbstractContextManager]] = []


@contextlib.contextmanager
def untouched_state() -> Iterator[None]:
    """Inside this block, whatever is drawn or counted leaves no trace."""
    with contextlib.ExitStack() as stack:
        for keeper in STATE_KEEPERS:
            stack.enter_context(keeper())
        yield
