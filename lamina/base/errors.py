"""Errors that teach: what was wrong, where, what was seen, what to do.

Every error a user can cause is raised from here or with `message` from here. They subclass
ValueError or TypeError so that handlers written for Keras still catch them. `ConcreteBatchNeeded`
is different: it never reaches a user, it asks the runtime to trace again with a fixed batch size.
"""

from collections.abc import Iterable


class LaminaError(Exception):
    """Base of all errors that Lamina raises on purpose."""


class ArgumentError(LaminaError, ValueError):
    """An argument has a value that cannot be used."""


class ArgumentTypeError(LaminaError, TypeError):
    """An argument is of a type that cannot be used."""


class ShapeError(ArgumentError):
    """Shapes do not fit together."""


class DTypeError(ArgumentTypeError, ValueError):
    """A dtype is unknown or does not fit the operation."""


class PathError(ArgumentError, KeyError):
    """A place in a nested structure does not exist; Keras raises KeyError here."""

    __str__ = Exception.__str__


class NotBuiltError(ArgumentError):
    """Something was used before its weights existed, or before `compile`."""


class FileFormatError(ArgumentError):
    """A file is damaged, foreign, or asks for something a file may not ask for."""


class MissingExtraError(LaminaError, ImportError):
    """A feature needs a package that is not installed."""


class ConcreteBatchNeeded(Exception):
    """Python code asked for the number behind the dynamic batch dimension while it was traced."""


def message(
    problem: str,
    received: object = None,
    required: object = None,
    fix: str | None = None,
) -> str:
    """One error text in the house form.

    Args:
        problem: what is wrong and where, one sentence.
        received: what was seen.
        required: what would have been right.
        fix: what to do about it.
    Returns:
        The text, at most four lines.
    Example:
        >>> print(message("`units` must be positive.", received=-1, required="an int >= 1"))
        `units` must be positive.
          received: -1
          required: an int >= 1
    """
    lines = [problem]
    if received is not None:
        lines.append(f"  received: {received}")
    if required is not None:
        lines.append(f"  required: {required}")
    if fix is not None:
        lines.append(f"  to fix:   {fix}")
    return "\n".join(lines)


def near(name: object, candidates: Iterable[str], limit: int = 3) -> str:
    """A sentence that suggests close spellings, or the empty string.

    Args:
        name: what the user wrote.
        candidates: the names that exist.
        limit: how many suggestions at most.
    Returns:
        For example "Did you mean 'relu'?".
    Example:
        >>> near("rleu", ["relu", "tanh"])
        "Did you mean 'relu'?"
    """
    import difflib  # only where something is wrong already

    found = difflib.get_close_matches(str(name), [str(c) for c in candidates], limit, 0.6)
    if not found:
        return ""
    return "Did you mean " + " or ".join(repr(f) for f in found) + "?"


def missing_extra(package: str, extra: str, purpose: str) -> MissingExtraError:
    """The error for an absent optional package, with the line that installs it.

    Args:
        package: name of the package that is not installed.
        extra: Lamina's extra that brings it.
        purpose: what needs it, for example "History.plot".
    Returns:
        The error, to be raised by the caller.
    """
    return MissingExtraError(
        message(
            f"{purpose} needs the package {package!r}, which is not installed.",
            fix=f'pip install "lamina[{extra}]"',
        )
    )
