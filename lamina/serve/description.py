"""What `/schema` tells of a model: enough to build a form or a client from."""

from __future__ import annotations

from typing import Any

from lamina.serve.forms import day
from lamina.serve.limits import Limits
from lamina.tables.schema import Column, Schema


def describe_model(schema: Schema, limits: Limits) -> dict[str, Any]:
    """A model as plain values.

    Args:
        schema: of the model.
        limits: of the server.
    Returns:
        Target, columns with what training rows held, and limits.
    """
    target = schema.target
    return {
        "target": {
            "names": list(target.names),
            "task": target.task,
            "classes": list(target.classes),
            "threshold": schema.threshold,
        },
        "columns": [_column(c, c not in schema.needed) for c in schema.asked],
        "limits": {"rows": limits.rows, "bytes": limits.bytes},
    }


def _column(column: Column, optional: bool) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "nullable": column.nullable,
        "reason": column.reason,
        "optional": optional,
    }
    if column.kind == "number":
        plain |= {"minimum": column.minimum, "maximum": column.maximum, "typical": column.fill}
    elif column.kind == "date":
        plain |= {"minimum": day(column.minimum), "maximum": day(column.maximum)}
        plain |= {"typical": day(column.fill), "format": column.format}
    elif column.kind == "category":
        plain |= {"levels": list(column.levels), "typical": (*column.levels, "")[0]}
    return plain
