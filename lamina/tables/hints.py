"""What the name of a column hints at, where its cells alone do not tell.

Only ever used beside the cells: a column called "id" is left out if its cells are mostly distinct
too, never for its name alone.
"""

from __future__ import annotations

import re

_ROW_WORDS = frozenset({"id", "ids", "uid", "uuid", "guid", "pid", "rowid", "rownum"})
_LAST_ROW_WORDS = frozenset({"no", "nr", "key", "idx"})
_WHOLE_ROW_NAMES = frozenset({"index", "row", "record", "number", "num", "#", "unnamed: 0"})
_ROW_ENDINGS = ("번호", "아이디", "식별자", "연번", "순번")
_CODE_WORDS = frozenset({"zip", "zipcode", "postcode", "postal", "code"})
_CODE_ENDINGS = ("코드", "우편번호")
_TIME_WORDS = frozenset(
    {"year", "yr", "month", "day", "date", "time", "week", "hour", "quarter", "age", "t", "step"}
)
_TIME_ENDINGS = ("연도", "년도", "년", "월", "일", "주차", "시각", "시간", "나이", "연령")


def _pieces(name: str) -> list[str]:
    """The words in a name: "PassengerId" and "passenger_id" have two."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return re.findall(r"[^\W_]+", spaced.lower())


def names_rows(name: str) -> bool:
    """Whether a column is called like the number of a row, a person, an order.

    Args:
        name: of the column.
    Example:
        >>> [names_rows(n) for n in ("PassengerId", "order_no", "회원번호", "body_mass_index")]
        [True, True, True, False]
    """
    pieces = _pieces(name)
    return (
        bool(_ROW_WORDS & set(pieces))
        or pieces[-1:] != []
        and pieces[-1] in _LAST_ROW_WORDS
        or name.strip().lower() in _WHOLE_ROW_NAMES
        or name.strip().endswith(_ROW_ENDINGS)
    )


def names_codes(name: str) -> bool:
    """Whether a column is called like a code, such as that of an area, whose size means nothing.

    Args:
        name: of the column.
    Example:
        >>> [names_codes(n) for n in ("zip", "country_code", "우편번호", "decoded")]
        [True, True, True, False]
    """
    return bool(_CODE_WORDS & set(_pieces(name))) or name.strip().endswith(_CODE_ENDINGS)


def names_time(name: str) -> bool:
    """Whether a column is called like a time, which may well count up by one.

    Args:
        name: of the column.
    Example:
        >>> [names_time(n) for n in ("model_year", "연도", "place")]
        [True, True, False]
    """
    return bool(_TIME_WORDS & set(_pieces(name))) or name.strip().endswith(_TIME_ENDINGS)
