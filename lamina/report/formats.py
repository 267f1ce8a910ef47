"""Numbers as people read them: shares in per cent, others to a few significant digits."""

from __future__ import annotations

import math


def percent(value: float, digits: int = 1) -> str:
    """A share in per cent.

    Args:
        value: 0 to 1.
        digits: after the point.
    Returns:
        Such as "82.1%". Never 100% or 0% of something that is less or more.
    Example:
        >>> percent(0.8214), percent(1), percent(0.99999), percent(0.00001)
        ('82.1%', '100%', '>99.9%', '<0.1%')
    """
    if value in (0, 1):
        return f"{value:.0%}"
    shown = f"{100 * value:.{digits}f}"
    step = 10.0**-digits
    if float(shown) == 0 and value > 0:
        return f"<{step:.{digits}f}%"
    if float(shown) == 100 and value < 1:
        return f">{100 - step:.{digits}f}%"
    return f"{shown}%"


def number(value: float, digits: int = 3) -> str:
    """A number to a few significant digits, with thousands set apart.

    Args:
        value: the number.
        digits: significant ones.
    Returns:
        Such as "0.782", "12,300" or "1.2e-07".
    Example:
        >>> number(0.78164), number(53940), number(1234.56), number(-0.0311), number(1.2e-7)
        ('0.782', '53,940', '1,235', '−0.0311', '1.2e−07')
    """
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size == int(size) and size < 1e15 or 10**digits <= size < 1e15:
        shown = f"{value:,.0f}"
    elif size >= 1e15 or size < 1e-4:
        shown = f"{value:.{digits}g}"
    else:
        shown = f"{value:.{max(0, digits - 1 - math.floor(math.log10(size)))}f}"
    return shown.replace("-", "−")


def clipped(name: str, most: int = 40) -> str:
    """A name short enough for a table's cell.

    Args:
        name: the name.
        most: characters.
    Returns:
        The name, or its beginning and an ellipsis.
    Example:
        >>> clipped("abc"), clipped("abcdef", 4)
        ('abc', 'abc…')
    """
    return name if len(name) <= most else name[: most - 1] + "…"
