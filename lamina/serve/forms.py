"""What a row must look like, typed from the model: one pydantic class per model.

A number is a JSON number; a category a text, number or boolean, as the cells of a table are; a date
and a text are texts. Columns that were never empty in training refuse null. Levels and ranges are
not checked here: a new level gives a warning, not a refusal.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from lamina.base.errors import missing_extra
from lamina.tables.schema import Column, Schema

try:
    from pydantic import (
        BaseModel,
        ConfigDict,
        Field,
        StrictBool,
        StrictInt,
        StrictStr,
        create_model,
    )
except ImportError:
    raise missing_extra("pydantic", "serve", "lamina.serve") from None

_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_Cell = StrictStr | StrictBool | StrictInt | _Number
_EXAMPLES = 20  # levels that the description of a category lists


class Prediction(BaseModel):
    """What is said of one row.

    Attributes:
        prediction: a class, a number, or of many labels 0 or 1 each; null where the network gave no
            finite number.
        probabilities: by class or label; absent for a number.
        warnings: what was odd about the row.
    """

    prediction: str | float | dict[str, int] | None
    probabilities: dict[str, float] | None = None
    warnings: list[str]


class Predictions(BaseModel):
    """The answer to a request.

    Attributes:
        predictions: one per row, in their order.
    """

    predictions: list[Prediction]


class Problem(BaseModel):
    """Why a request was refused.

    Attributes:
        error: `code` and `message`; of a 422 also `errors`, each with row, field, expected, got.
    """

    error: dict[str, Any]


def row_class(schema: Schema) -> type[BaseModel]:
    """The class of a model's rows.

    Args:
        schema: of the model.
    Returns:
        A pydantic class whose fields are the columns that rows are to have.
    """
    fields: dict[str, Any] = {}
    for number, column in enumerate(schema.asked):
        default = ... if column in schema.needed else None
        fields[f"field_{number}"] = (_type(column), Field(default, alias=column.name))
    return create_model("Row", __config__=ConfigDict(extra="ignore"), **fields)


def row_schema(schema: Schema) -> dict[str, Any]:
    """A model's rows as JSON Schema has them.

    Args:
        schema: of the model.
    """
    return {
        "title": "Row",
        "type": "object",
        "required": [column.name for column in schema.needed],
        "properties": {column.name: describe(column) for column in schema.asked},
    }


def _type(column: Column) -> Any:
    kind: Any = {"number": _Number, "category": _Cell}.get(column.kind, StrictStr)
    return kind | None if column.nullable else kind


def describe(column: Column) -> dict[str, Any]:
    """A column as JSON Schema has it.

    Args:
        column: of the model.
    Example:
        >>> describe(Column("sex", "category", "", levels=("f", "m")))["examples"]
        ['f', 'm']
    """
    kinds = {"number": ["number"], "category": ["string", "number", "boolean"]}
    names = kinds.get(column.kind, ["string"]) + (["null"] if column.nullable else [])
    plain: dict[str, Any] = {"title": column.name, "description": column.reason}
    plain["type"] = names if len(names) > 1 else names[0]
    if column.kind == "category":
        plain["examples"] = list(column.levels[:_EXAMPLES])
    elif column.kind == "number":
        plain["examples"] = [column.fill]
        plain["description"] += f"; training rows: {column.minimum:g} to {column.maximum:g}"
    elif column.kind == "date":
        plain["examples"] = [day(column.maximum)]
        plain["description"] += f"; ISO 8601, or {column.format}"
    return plain


def expected(column: Column) -> str:
    """What a field must hold, in words.

    Args:
        column: of the model.
    Example:
        >>> expected(Column("age", "number", "", nullable=True))
        'a number or null'
    """
    words = {
        "number": "a number",
        "category": "a text, number or boolean",
        "date": f"a date as text, such as {day(column.maximum)}",
        "text": "a text",
    }
    return words[column.kind] + (" or null" if column.nullable else "")


def day(days: float) -> str:
    """The ISO date so many days after 1970-01-01; "2000-01-01" where the calendar ends.

    Args:
        days: may have a fraction, which is the time of the day.
    Example:
        >>> day(1.5)
        '1970-01-02'
    """
    try:
        return (date(1970, 1, 1) + timedelta(days=days // 1)).isoformat()
    except (OverflowError, ValueError):
        return "2000-01-01"
