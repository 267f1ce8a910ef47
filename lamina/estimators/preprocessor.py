"""`TabularPreprocessor`: a table of numbers, categories, dates and texts becomes one of numbers.

What each column is, and how it becomes numbers, is decided in `lamina.tables`; here it gets the
interface of a scikit-learn transformer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from lamina.base.errors import ArgumentError, message, missing_extra
from lamina.data.frames import is_frame
from lamina.tables import encoding, kinds
from lamina.tables.reading import read_table
from lamina.tables.schema import Column

if TYPE_CHECKING:
    import polars as pl

_WAVES = ("sin", "cos")
_ORDER = {"number": 0, "date": 0, "category": 1, "text": 2}  # of the features


class TabularPreprocessor(TransformerMixin, BaseEstimator):
    """Turns the columns of a table into numbers that a network reads well.

    What a column holds is told from the rows that `fit` sees: numbers are scaled by their
    quartiles and bent towards ±6, with a 0 or 1 for empty cells; categories become a 0 or 1 for
    each level, rare and new levels sharing one; dates become their day and points on the circles of
    week and year; texts become weights of their pieces. Columns without anything to learn from are
    left out.

    Args:
        types: dict of column -> "number", "category", "text", "ignored", "date" or
            "date:%d/%m/%Y", where the decision is to be another. Columns without names are called
            "x0", "x1", ...
        missing: cells that mean "nothing here", beside empty ones.
        min_frequency: levels in fewer rows get no place of their own.
        max_categories: the most levels of a column that get one, commonest first.
        text_features: how many numbers a column of text becomes.
    Attributes:
        columns_: what is known of each column: its kind, and the reason for it.
        n_features_in_, feature_names_in_: of the X that it was fitted on.
    Raises:
        ValueError: in `fit`: no column holds anything to learn from, or a column cannot be read.
    Numerics: every statistic comes from the rows given to `fit`; in a pipeline, from those of its
        training part.
    Example:
        >>> import polars
        >>> X = polars.DataFrame({"size": [1.0, 2.0, None] * 4, "kind": ["a", "b", "a"] * 4})
        >>> preprocessor = TabularPreprocessor(min_frequency=1).fit(X)
        >>> preprocessor.transform(X).shape
        (12, 6)
        >>> preprocessor.get_feature_names_out().tolist()[:3]
        ['size', 'size_empty', 'kind_other']
    """

    columns_: tuple[Column, ...]

    def __init__(
        self,
        types: Mapping[str, str] | None = None,
        missing: Sequence[str] = (),
        min_frequency: int = 5,
        max_categories: int = 100,
        text_features: int = 256,
    ) -> None:
        self.types = types
        self.missing = missing
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.text_features = text_features

    def fit(self, X: Any, y: Any = None) -> TabularPreprocessor:
        """Learn what each column holds.

        Args:
            X: data frame of any library, or an array or lists (rows, columns).
            y: not looked at.
        Returns:
            The transformer itself.
        Raises:
            ValueError: see the class.
        """
        self._check_parameters()
        frame = self._frame(X, reset=True)
        found = kinds.infer_kinds(frame, self.types, missing=tuple(self.missing))
        learned = encoding.learn(frame, found, self.min_frequency)
        if not any(column.is_input for column in learned):
            raise _nothing(learned, len(frame))
        self.columns_ = tuple(self._limited(column) for column in learned)
        return self

    def _check_parameters(self) -> None:
        for name in ("min_frequency", "max_categories", "text_features"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise ArgumentError(
                    message(
                        f"TabularPreprocessor: `{name}` cannot be used.", repr(value), "an int >= 1"
                    )
                )

    def _limited(self, column: Column) -> Column:
        levels = column.levels[: self.max_categories]
        places = self.text_features if column.kind == "text" else column.places
        return dataclasses.replace(column, levels=levels, places=places)

    def transform(self, X: Any) -> np.ndarray:
        """The rows as numbers.

        Args:
            X: the same columns as in `fit`; cells that cannot be read count as empty.
        Returns:
            float32 (rows, features), without NaN.
        Raises:
            ValueError: other columns than in `fit`.
        """
        check_is_fitted(self)
        found = encoding.linear_features(self._frame(X, reset=False), self.columns_)
        return found if isinstance(found, np.ndarray) else found.toarray()

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The names of the numbers that `transform` gives.

        Args:
            input_features: for scikit-learn's sake; must be the names seen in `fit`, or None.
        Returns:
            Array of str objects (features,).
        Raises:
            ValueError: `input_features` are others.
        """
        check_is_fitted(self)
        known = [column.name for column in self.columns_]
        if input_features is not None and list(map(str, input_features)) != known:
            raise ArgumentError(
                message(
                    "input_features is not equal to feature_names_in_.",
                    received=f"{list(input_features)!r:.80}",
                    required=f"{known!r:.80}",
                )
            )
        inputs = sorted((c for c in self.columns_ if c.is_input), key=lambda c: _ORDER[c.kind])
        return np.array([name for column in inputs for name in _names(column)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _frame(self, X: Any, reset: bool) -> pl.DataFrame:
        """X as a frame of polars, its columns counted and named for scikit-learn."""
        try:
            import polars as pl
        except ImportError:
            raise missing_extra("polars", "tables", "TabularPreprocessor") from None
        if is_frame(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            if not len(X):
                raise ArgumentError(
                    f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 is "
                    "required by TabularPreprocessor."
                )
            return read_table(X).frame
        array = check_array(X, dtype=None, ensure_all_finite="allow-nan")
        validate_data(self, array, reset=reset, skip_check_array=True)
        if array.dtype.kind == "f":
            array = array.astype("float64", copy=False)
        columns = {f"x{i}": np.ascontiguousarray(v) for i, v in enumerate(array.T)}
        return read_table(pl.DataFrame(columns) if array.dtype.kind in "biuf" else columns).frame


def _names(column: Column) -> list[str]:
    """The names of the numbers that a column becomes, in the order of `encoding`."""
    name = column.name
    if column.kind == "text":
        return [f"{name}_piece_{i}" for i in range(column.places + 1)]
    if column.kind == "category":
        return [f"{name}_{level}" for level in ("other", "empty", *column.levels)]
    found = [name]
    if column.kind == "date":
        count = (encoding.number_features([column]) - 1 - int(column.nullable)) // 2
        circles = ("week", "year", "day")[:count]
        found += [f"{name}_{wave}_{circle}" for circle in circles for wave in _WAVES]
    return found + [f"{name}_empty"] * column.nullable


def _nothing(columns: Sequence[Column], rows: int) -> ArgumentError:
    reasons = ", ".join(f"{c.name!r}: {c.reason}" for c in columns[:5])
    return ArgumentError(
        message(
            f"No column holds anything to learn from (n_samples = {rows}).",
            received=reasons,
            fix="give more rows, or say with `types` what the columns are",
        )
    )
