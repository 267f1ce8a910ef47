"""A table model as the server sees it: rows as JSON, typed from the model's schema."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import numpy as np

from lamina.serve.answers import answers
from lamina.serve.bodies import read_json
from lamina.serve.description import describe_model
from lamina.serve.forms import row_schema
from lamina.serve.limits import Limits
from lamina.serve.rows import RowReader, Rows
from lamina.tables.encoding import Notes, take_rows
from lamina.tables.model import TableModel

_FEW = 500  # rows that are read at once; more are read in another thread
_PIECE = 8192  # rows of one request predicted in one call


class ServedTable:
    """A table model, see `Served`.

    Args:
        model: that predicts.
        limits: of the server.
    """

    def __init__(self, model: TableModel, limits: Limits) -> None:
        self.model = model
        self.target = model.schema.target
        self._limits = limits
        self._reader = RowReader(model.schema, limits)

    def describe(self) -> dict[str, Any]:
        """Target, columns with what training rows held, and limits."""
        return describe_model(self.model.schema, self._limits)

    def contents(self) -> dict[str, Any]:
        """JSON with a list of rows."""
        rows = {
            "type": "array",
            "items": row_schema(self.model.schema),
            "maxItems": self._limits.rows,
        }
        body = {"type": "object", "required": ["rows"], "properties": {"rows": rows}}
        return {"application/json": {"schema": body}}

    async def read(self, headers: Mapping[str, str], stream: AsyncIterator[bytes]) -> Rows:
        """The rows of a request."""
        content = await read_json(headers, stream, self._limits)
        if _is_long(content):
            return await asyncio.to_thread(self._reader.read, content)
        return self._reader.read(content)

    def typical(self) -> Rows:
        """A row as most training rows are."""
        values: dict[str, Any] = {}
        for column in self.model.schema.asked:
            if column.kind in ("number", "date"):
                values[column.name] = (np.array([column.fill]), np.zeros(1, bool))
            else:
                values[column.name] = [(*column.levels, "")[0]]
        return Rows(1, values, [[]])

    def predict(self, batches: list[Rows]) -> list[list[dict[str, Any]]]:
        """Predict the rows of several requests at once."""
        if self.model.schema.series is not None:  # rows of a request belong together, no others
            return [self._answers(b.values, b.warnings) for b in batches]
        columns = self.model.schema.inputs
        count = sum(batch.count for batch in batches)
        if not count:
            return [[] for _ in batches]
        values = {c.name: _joined([batch.values[c.name] for batch in batches]) for c in columns}
        warnings = [row for batch in batches for row in batch.warnings]
        found: list[dict[str, Any]] = []
        for start in range(0, count, _PIECE):
            span = slice(start, start + _PIECE)
            found += self._answers(take_rows(values, span), warnings[span])
        ends = np.cumsum([batch.count for batch in batches]).tolist()
        return [found[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    def _answers(self, values: dict[str, Any], warnings: list[list[str]]) -> list[dict[str, Any]]:
        """Predictions of some rows."""
        notes = Notes()
        outputs = self.model.outputs_of(values, notes)
        return answers(outputs, notes, warnings, self.model.schema)


def _is_long(content: Any) -> bool:
    """Whether reading it would keep other requests waiting."""
    rows = content.get("rows") if isinstance(content, dict) else None
    return isinstance(rows, list) and len(rows) > _FEW


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], tuple):
        return tuple(np.concatenate(side) for side in zip(*parts, strict=True))
    return [word for part in parts for word in part]
