"""The error for a table that cannot be used, as distinct from a wrong argument or a wrong file.

One class for every such case: the command line turns it into its exit code for data, and the
studio and the estimators show the same words.
"""

from __future__ import annotations

from lamina.base.errors import LaminaError, message


class TableError(LaminaError, ValueError):
    """The data cannot be used as they are.

    Args:
        problem: what was wrong, where, and what was seen.
        hint: what to do about it; "" where nothing can be said.
    Attributes:
        problem: as given.
        hint: as given.
    Example:
        >>> print(TableError("'a.csv' is empty.", "give a file with a header and rows"))
        'a.csv' is empty.
          to fix:   give a file with a header and rows
    """

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(message(problem, fix=hint or None))
        self.problem = problem
        self.hint = hint

    def __reduce__(self) -> tuple[type[TableError], tuple[str, str]]:
        return type(self), (self.problem, self.hint)


class SchemaError(TableError):
    """Rows do not have the columns that a model reads."""


class TrainingFailed(LaminaError, RuntimeError):
    """The loss became NaN or infinite, even with a smaller learning rate."""
