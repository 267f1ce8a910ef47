"""Names for things the user did not name: "dense", "dense_1", and class names in snake case."""

import contextlib
import re
import threading
from collections.abc import Iterator

_LOCAL = threading.local()


def _counts() -> dict[str, int]:
    if not hasattr(_LOCAL, "counts"):
        _LOCAL.counts = {}
    return _LOCAL.counts


def to_snake_case(name: str) -> str:
    """A class name as a variable name.

    Example:
        >>> to_snake_case("Conv2DTranspose"), to_snake_case("GRUCell")
        ('conv2d_transpose', 'gru_cell')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def unique_name(prefix: str) -> str:
    """The prefix itself the first time, then prefix_1, prefix_2 …, per thread."""
    counts = _counts()
    seen = counts.get(prefix, 0)
    counts[prefix] = seen + 1
    return prefix if seen == 0 else f"{prefix}_{seen}"


def auto_name(prefix: str) -> str:
    """A unique name made from a class name or another prefix.

    Example:
        >>> reset_names(); auto_name("Dense"), auto_name("Dense")
        ('dense', 'dense_1')
    """
    return unique_name(to_snake_case(prefix))


def get_uid(prefix: str = "") -> int:
    """The next number for a prefix, starting at 1."""
    counts = _counts()
    counts[prefix] = counts.get(prefix, 0) + 1
    return counts[prefix]


def reset_names() -> None:
    """Forget all names given, so that numbering starts again."""
    _counts().clear()


@contextlib.contextmanager
def preserved_names() -> Iterator[None]:
    """Leave no trace in the numbering of names, whatever is named inside the block."""
    before = dict(_counts())
    try:
        yield
    finally:
        _counts().clear()
        _counts().update(before)
