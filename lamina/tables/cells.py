"""What single cells are: blank, a number, a word for "nothing here", or text.

Decides about cells only, whatever their column turns out to be; all other files of this room ask
here, so that a cell read as a number once is read as a number everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Compared without regard to case, and only in columns whose other cells are numbers or dates: in
# a column of words, "NA" may be Namibia and "-" may be an answer.
MISSING_WORDS = frozenset(
    {
        *("na", "n/a", "n.a.", "<na>", "#n/a", "nan", "nat", "null", "none", "nil", "missing"),
        *("unknown", "?", "-", "--", "---", ".", "#value!", "#ref!", "#div/0!", "#null!", "#name?"),
        *("없음", "모름", "결측", "미상"),
    }
)

DECIMAL_COMMA = ","  # the format of numbers among which "1,5" is one and a half

_WORN = r"^([+-]?)[$€£¥₩]\s*|\s*[%€₩원]$"  # what a number may wear and still be the same
_NUMBER_AND_UNIT = r"^[+-]?[0-9][0-9.,]*\s*([\p{L}°²³/]{1,8})$"
_PLAIN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_GROUPED = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$"
_DECIMAL_COMMA = r"^[+-]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+),[0-9]+([eE][+-]?[0-9]+)?$"
_GROUPED_BY_POINT = r"^[+-]?[0-9]{1,3}(\.[0-9]{3})+$"
_WHOLE_BELOW = 2.0**53  # every smaller whole number is a float of its own


def texts(series: pl.Series) -> pl.Series:
    """Cells as stripped text, null where there is nothing.

    Numbers take their shortest form ("1", never "1.0"), booleans "true" and "false", dates
    ISO 8601, so that a typed frame and the same table from a text file agree; letters take
    Unicode's form NFC, since some systems write Hangul in pieces.

    Args:
        series: any column.
    Returns:
        A String series of the same name and length; blank cells and NaN are null.
    Example:
        >>> import polars as pl
        >>> texts(pl.Series([1.0, 2.5, None, float("nan")])).to_list()
        ['1', '2.5', None, None]
    """
    import polars as pl

    if series.dtype == pl.Boolean:
        return series.cast(pl.String).alias(series.name)
    if series.dtype.is_float():
        return _float_texts(series)
    if series.dtype == pl.Datetime:
        moments = series.dt.to_string("%Y-%m-%d %H:%M:%S%.f")
        return moments.str.replace(r" 00:00:00(\.0+)?$", "")
    if series.dtype != pl.String:
        series = series.cast(pl.String, strict=False)
    stripped = series.str.strip_chars()
    if (stripped.str.len_bytes() != stripped.str.len_chars()).any():  # for ASCII, NFC is idle
        stripped = stripped.str.normalize("NFC")
    return stripped.set(stripped == "", None)


def _float_texts(series: pl.Series) -> pl.Series:
    import polars as pl

    value = pl.col("value")
    whole = (value == value.floor()) & (value.abs() < _WHOLE_BELOW)
    table = pl.DataFrame({"value": series.fill_nan(None)})
    short = pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String))
    return table.select(short.otherwise(value.cast(pl.String))).to_series().alias(series.name)


def is_missing_word(cells: pl.Series, more: Iterable[str] = ()) -> pl.Series:
    """Which cells are a word for "nothing here".

    Args:
        cells: stripped text, as `texts` gives it.
        more: further words, as they stand in the table.
    Returns:
        A Boolean series; False where a cell is null.
    Example:
        >>> import polars as pl
        >>> is_missing_word(pl.Series(["NA", "0", None, "x"]), ["x"]).to_list()
        [True, False, False, True]
    """
    known = cells.str.to_lowercase().is_in(sorted(MISSING_WORDS))
    return (known | cells.is_in(sorted(more))).fill_null(False)


def parse_numbers(cells: pl.Series, written: str = "") -> pl.Series:
    """The numbers that texts spell, null where a text spells none.

    "1,234,567.8", "$5" and "12 %" count as numbers, "12 apples", "inf" and "1_000" as none.

    Args:
        cells: stripped text, as `texts` gives it.
        written: how, as `numbers_of` found: "", or "," if "1,5" is one and a half, as in much of
            Europe, the point then grouping thousands; or a unit that may follow numbers.
    Returns:
        A Float64 series of finite numbers and nulls.
    Example:
        >>> import polars as pl
        >>> parse_numbers(pl.Series(["1e3", "1,234.5", "01", "?", "inf"])).to_list()
        [1000.0, 1234.5, 1.0, None, None]
        >>> parse_numbers(pl.Series(["1,5", "1.234,5"]), ",").to_list()
        [1.5, 1234.5]
    """
    import polars as pl

    if written != DECIMAL_COMMA:
        plain = cells.cast(pl.Float64, strict=False)  # takes what `_PLAIN` takes, inf and nan
        plain = plain.set(~plain.is_finite(), None)
        if plain.null_count() == cells.null_count():
            return plain
    return _parse_all(cells, written)


def _parse_all(cells: pl.Series, written: str) -> pl.Series:
    import polars as pl

    cells = cells.str.replace("−", "-", literal=True).str.replace_all(_WORN, "$1")
    cell = pl.col("cell")
    if written == DECIMAL_COMMA:
        grouped = cell.str.contains(_DECIMAL_COMMA) | cell.str.contains(_GROUPED_BY_POINT)
        pieces = cell.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        cells = cells.str.strip_suffix(written).str.strip_chars_end() if written else cells
        grouped = cell.str.contains(_GROUPED)
        pieces = cell.str.replace_all(",", "", literal=True)
    plain = pl.when(cell.str.contains(_PLAIN)).then(cell).otherwise(None)
    spelled = pl.when(grouped).then(pieces).otherwise(plain)
    number = spelled.cast(pl.Float64, strict=False)
    table = pl.DataFrame({"cell": cells}, schema={"cell": pl.String})
    return table.select(pl.when(number.is_finite()).then(number)).to_series().alias(cells.name)


def numbers_of(cells: pl.Series) -> tuple[pl.Series, str]:
    """The numbers in cells, null where there is none, and how they are written.

    Args:
        cells: text.
    Returns:
        The numbers as `parse_numbers` gives them, and its `written`: whichever reads most cells.
    Example:
        >>> import polars as pl
        >>> numbers_of(pl.Series(["1,5", "2,25"]))[1], numbers_of(pl.Series(["5 kg", "7 kg"]))[1]
        (',', 'kg')
    """
    best, how = parse_numbers(cells), ""
    if best.null_count() > cells.null_count():
        unit = cells.drop_nulls().str.extract(_NUMBER_AND_UNIT, 1).drop_nulls()
        for written in (DECIMAL_COMMA, *unit.mode().sort().head(1).to_list()):
            values = parse_numbers(cells, written)
            if values.null_count() < best.null_count():
                best, how = values, written
    return best, how


def quoted(values: Iterable[object], limit: int = 3) -> str:
    """Some values for a message: the first few in quotes, long ones cut.

    Args:
        values: what was seen.
        limit: how many are shown.
    Returns:
        For example "'a', 'b' and 3 more".
    Example:
        >>> quoted(["a", "b", "c", "d", "e"], limit=2)
        "'a', 'b' and 3 more"
    """
    items = list(values)
    shown = [repr(v if len(v) <= 40 else v[:37] + "...") for v in map(str, items[:limit])]
    more = f" and {len(items) - limit:,} more" if len(items) > limit else ""
    return ", ".join(shown) + more
