"""A trained table model: rows as they come, in; predictions, out.

It is a `.keras` file with one more member, the schema. Keras ignores that member and opens the
network by itself; Lamina puts the two together.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.base.errors import near
from lamina.tables.encoding import Notes, encode_values, read_values
from lamina.tables.errors import SchemaError, TableError
from lamina.tables.forecasting import forecast
from lamina.tables.matching import check_match
from lamina.tables.schema import Schema, Series
from lamina.tables.schema_file import read_network, read_schema, write_network

if TYPE_CHECKING:
    import polars as pl

MEMBER = "lamina_table.json"
_ROWS = 8192  # encoded and predicted together


class TableModel:
    """A network and the schema of the rows that it takes.

    Args:
        network: a `Model` from the arrays of `encode` to probabilities or values.
        schema: what is known of columns and target.
    Example:
        >>> model = load("runs/titanic-001/model.keras")           # doctest: +SKIP
        >>> model.predict({"pclass": [3], "sex": ["female"]})       # doctest: +SKIP
    """

    def __init__(self, network: Any, schema: Schema) -> None:
        self.network = network
        self.schema = schema

    def predict(self, data: Any, *, strict: bool = False) -> pl.DataFrame:
        """Predict rows.

        Args:
            data: anything that `read_table` reads; the target and further columns may be there.
            strict: whether an odd cell is an error instead of a warning.
        Returns:
            The rows in their order with columns "prediction", "p_CLASS" for every class (of
            "multilabel" for every label, with predictions "prediction_LABEL"), and "warnings".
        Raises:
            SchemaError: a column is absent.
            TableError: the rows cannot be read, or a cell is odd and `strict` holds.
        """
        from lamina.tables.predictions import prediction_frame
        from lamina.tables.reading import read_table

        frame = read_table(data).frame
        outputs, notes = self.outputs(frame)
        if strict:
            refuse_oddities(notes)
        return prediction_frame(frame, outputs, notes, self.schema)

    def outputs(self, frame: pl.DataFrame) -> tuple[np.ndarray, Notes]:
        """What the network says of rows.

        Args:
            frame: with the columns of the schema.
        Returns:
            (rows, classes) probabilities for "multiclass", (rows, labels) for "multilabel", (rows,)
            of the positive class for "binary", (rows,) values for "regression", NaN for rows of a
            series that too few earlier values precede; and what was odd.
        Raises:
            SchemaError: a column is absent.
        """
        notes = Notes()
        self.check(frame.columns)
        series = self._without_history(frame.columns)
        if series is not None:
            if series.value.name not in frame.columns:  # nothing is known of these moments
                frame = frame.with_columns(**{series.value.name: None})
            return self.outputs_of(read_values(frame, self.schema.asked), notes), notes
        parts = []
        for start in range(0, max(frame.height, 1), _ROWS):
            values = read_values(frame.slice(start, _ROWS), self.schema.inputs)
            some = Notes()
            parts.append(self.outputs_of(values, some))
            notes.extend(some, slice(start, start + _ROWS), frame.height)
        return np.concatenate(parts), notes

    def _without_history(self, names: Iterable[str]) -> Series | None:
        """The series whose earlier values have yet to be found for rows with these columns."""
        series = self.schema.series
        return None if series is None or set(series.names) <= set(names) else series

    def outputs_of(self, values: Mapping[str, Any], notes: Notes) -> np.ndarray:
        """What the network says of rows whose cells were read already, a few thousand at most.

        Args:
            values: as `read_values` gives them, of a series for `Schema.asked` or, where earlier
                values are there already, for `Schema.inputs`.
            notes: gets what was odd about cells.
        Returns:
            As the first of `outputs`.
        """
        series = self._without_history(values)
        if series is not None:
            return forecast(self.outputs_of, series, values, notes)
        arrays = encode_values(values, self.schema.columns, notes)
        outputs = np.asarray(self.network.predict(arrays, batch_size=1024, verbose=0))
        return outputs[:, 0] if self.schema.target.task in ("binary", "regression") else outputs

    def check(self, names: list[str]) -> None:
        """Raise SchemaError if a column that rows need is not among the names."""
        found = self._without_history(names) is None
        columns = self.schema.inputs if found else self.schema.needed
        absent = [c.name for c in columns if c.name not in names]
        if absent:
            hint = near(absent[0], names)
            raise SchemaError(
                f"The rows lack {'column' if len(absent) == 1 else 'columns'} "
                f"{', '.join(map(repr, absent[:10]))}. {hint}".rstrip(),
                f"the model reads {', '.join(c.name for c in columns)}",
            )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as one `.keras` file, whole or not at all."""
        write_network(self.network, path, MEMBER, self.schema.to_json())


def load(path: str | os.PathLike[str]) -> TableModel:
    """Read a table model.

    Args:
        path: of a file that `lamina train` or `TableModel.save` wrote.
    Returns:
        The model, ready to predict.
    Raises:
        FileFormatError: there is no such file, it is damaged, it is a network without a schema, or
            schema and network do not fit each other.
    """
    plain, content = read_schema(
        path,
        MEMBER,
        "is a network without a table's schema; `lamina.models.load_model` opens it for arrays",
    )
    name = Path(path).name
    schema = Schema.from_json(plain, name)
    network = read_network(content, name)
    check_match(network, schema, name)
    return TableModel(network, schema)


def refuse_oddities(notes: Notes, first: int = 0) -> None:
    """Raise TableError for a cell that cannot be read or a level that is new.

    Args:
        notes: of rows that were predicted.
        first: number of the first of them in the table, from 0.
    """
    for what, masks in (
        ("that cannot be read", notes.unparseable),
        ("that no training row had", notes.unseen),
    ):
        for name, mask in masks.items():
            row = first + int(mask.argmax())
            raise TableError(
                f"Column {name!r} has {int(mask.sum()):,} cells {what}, the first in row "
                f"{row + 1:,}.",
                "correct them, or leave out --strict to have them count as empty or as other",
            )
