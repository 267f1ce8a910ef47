"""What serialization remembers while it walks: safe mode, objects seen, and where it stands.

Everything is per thread and ends with the `with` block that began it, so a failed load leaves no
trace.
"""

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any

_LOCAL = threading.local()


class _Scope:
    """Sets one thread-local value inside a `with` block."""

    attribute: str

    def _value(self) -> Any:
        raise NotImplementedError

    def __enter__(self) -> "_Scope":
        self._before = getattr(_LOCAL, self.attribute, None)
        setattr(_LOCAL, self.attribute, self._value())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        setattr(_LOCAL, self.attribute, self._before)


class SafeModeScope(_Scope):
    """Pass `safe_mode` on to objects that deserialize their own parts.

    Args:
        safe_mode: False lets a lambda of this very process be found again, for example by
            `clone_model`. A lambda that comes from a file is refused either way.
    """

    attribute = "safe_mode"

    def __init__(self, safe_mode: bool | None = True) -> None:
        self.safe_mode = safe_mode

    def _value(self) -> bool | None:
        return self.safe_mode


def in_safe_mode() -> bool | None:
    """The innermost scope's `safe_mode`; None outside any scope."""
    return getattr(_LOCAL, "safe_mode", None)


class SharedObjects:
    """The objects met so far in one save or one load."""

    def __init__(self) -> None:
        self.saved: dict[int, tuple[Any, dict, int]] = {}  # id -> object, its config, its number
        self.loaded: dict[Any, Any] = {}  # number in the file -> object

    def record_saved(self, obj: Any, config: dict) -> None:
        """Give both configs of an object met twice the same number."""
        entry = self.saved.get(id(obj))
        if entry is None:  # the object is kept, so that its id cannot pass to another one
            self.saved[id(obj)] = (obj, config, len(self.saved) + 1)
            return
        _, first, number = entry
        first["shared_object_id"] = number
        config["shared_object_id"] = number


class ObjectSharingScope(_Scope):
    """Inside, an object that occurs twice is saved with a number and restored as one object."""

    attribute = "shared"

    def _value(self) -> SharedObjects:
        return SharedObjects()


def shared_objects() -> SharedObjects | None:
    """The innermost sharing scope's objects; None outside any scope."""
    return getattr(_LOCAL, "shared", None)


@contextlib.contextmanager
def inside(class_name: str, name: Any) -> Iterator[None]:
    """Note the object being deserialized, so that errors and lambdas can be told where they are."""
    stack = location()
    _LOCAL.stack = (*stack, (class_name, name if isinstance(name, str) else None))
    try:
        yield
    except Exception as error:
        if not hasattr(error, "lamina_location"):
            error.lamina_location = describe_location()  # type: ignore[attr-defined]
        raise
    finally:
        _LOCAL.stack = stack


def location() -> tuple[tuple[str, str | None], ...]:
    """(class, name) of the objects being deserialized, outermost first."""
    return getattr(_LOCAL, "stack", ())


def describe_location() -> str:
    """The location in words, for example "Sequential 'net' > Dense 'head'"."""
    return " > ".join(f"{kind} {name!r}" if name else kind for kind, name in location())
