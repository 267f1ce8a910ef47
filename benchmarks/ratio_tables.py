"""Tables as text and as Markdown, and the short forms of the numbers in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MISSING = "–"


def number(value: float | None) -> str:
    """Three significant digits, without an exponent."""
    if value is None:
        return MISSING
    if value >= 100:
        return f"{value:,.0f}"
    digits = 2 if value < 0.995 else 1 if value < 9.95 else 0
    while value and round(value, digits + 1) < 0.1 ** (digits - 1) and digits < 6:
        digits += 1
    return f"{value:.{digits + 1}f}"


def times(value: float | None) -> str:
    """A ratio."""
    return MISSING if value is None else f"{number(value)}×"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first are set to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *rows])


def text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same table for a terminal."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = []
    for first, *rest in [header, *rows]:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)


RATIO_HEADER = ("peer", "ms a step", "times Lamina's", "times the fastest peer's")


def is_lamina(name: str) -> bool:
    """Whether the name of a peer is one of Lamina's own."""
    return name.startswith("lamina")


def ratio_rows(
    found: Mapping[str, Mapping[str, Any]], labels: Mapping[str, str]
) -> list[list[str]]:
    """The rows of one workload: Lamina's first, then the peers from fast to slow.

    Args:
        found: as `processes.interleaved` returns it.
        labels: how the tables name the peers.
    Returns:
        Rows of RATIO_HEADER.
    """
    timed = {name: state["ms"] for name, state in found.items() if "ms" in state}
    lamina = timed.get("lamina")
    fastest = min((ms for name, ms in timed.items() if not is_lamina(name)), default=None)
    order = sorted(timed, key=lambda name: (not is_lamina(name), is_lamina(name) or timed[name]))
    rows = []
    for name in order:
        against = [timed[name] / base if base else None for base in (lamina, fastest)]
        rows.append([labels[name], number(timed[name]), *map(times, against)])
    return rows


def failures(found: Mapping[str, Mapping[str, Any]], labels: Mapping[str, str]) -> list[str]:
    """A line for each peer without a time."""
    missing = {name: state["error"] for name, state in found.items() if "error" in state}
    return [f"{labels[name]}: {error}" for name, error in missing.items()]


def ratio_to_fastest(found: Mapping[str, Mapping[str, Any]], name: str = "lamina") -> float | None:
    """How many times as fast as the fastest peer; above 1 is ahead."""
    peers = [state["ms"] for key, state in found.items() if "ms" in state and not is_lamina(key)]
    own = found.get(name, {}).get("ms")
    return min(peers) / own if own and peers else None
