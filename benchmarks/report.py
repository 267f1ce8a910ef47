"""Writes the last figures into docs/performance.md, between the marks that are there for them.

    python benchmarks/report.py

What stands outside the marks is written by people and is left alone. A part without figures in
`runs/bench/` keeps what it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import around
import busy
import plots
import results
import roofline
import steps
from ratio_tables import RATIO_HEADER, failures, markdown, ratio_rows
from workloads import WORKLOADS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def taken_on(found: dict[str, Any]) -> str:
    """One paragraph: when, on what, with which versions, how busy."""
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    load = " ".join(f"{value:.1f}" for value in machine["load"])
    return (
        f"Taken on {machine['date']}: {machine['cpu']}, {machine['cores']} cores, "
        f"Python {machine['python']}, {versions}. Load average (1, 5, 15 minutes): {load}."
    )


def steps_part(found: dict[str, Any]) -> str:
    """The summary, then a table for each workload."""
    parts = [taken_on(found), markdown(*steps.summary(found))]
    for name, entry in found["workloads"].items():
        parts.append(f"**{name}**: {WORKLOADS[name].about}")
        parts.append(markdown(RATIO_HEADER, ratio_rows(entry["peers"], entry["labels"])))
        parts += failures(entry["peers"], entry["labels"])
    return "\n\n".join(parts)


def around_part(found: dict[str, Any]) -> str:
    """The table of everything around the step."""
    return "\n\n".join([taken_on(found), markdown(*around.table(found)), *around.failures(found)])


def roofline_part(found: dict[str, Any]) -> str:
    """The share of the peak, and what memory would allow."""
    lines = [f"- {line}" for line in roofline.memory_lines(found)]
    table = markdown(roofline.HEADER, roofline.rows(found))
    return "\n\n".join([taken_on(found), table, "\n".join(lines), *found["errors"]])


def growth_part(found: dict[str, Any]) -> str:
    """The plots, drawn anew."""
    titles = [
        f"![Time per row against {plots.AXES[what]}](plots/{plots.draw(what, values).name})"
        for what, values in found["growth"].items()
    ]
    return "\n\n".join([taken_on(found), *titles])


def busy_part(found: dict[str, Any]) -> str:
    """Training with all cores free, and with all of them busy."""
    return "\n\n".join([taken_on(found), "\n".join(f"- {line}" for line in busy.lines(found))])


PARTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "steps": steps_part,
    "around": around_part,
    "growth": growth_part,
    "roofline": roofline_part,
    "busy": busy_part,
}


def filled(page: str, name: str, content: str) -> str:
    """The page with new content between the marks of one part."""
    marks = re.compile(rf"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    return marks.sub(lambda match: f"{match[1]}{content}\n{match[2]}", page)


def without_paths(content: str) -> str:
    """The content with the paths of this machine, which an error may name, left out."""
    return re.sub(r"(?<![\w./])(/[\w.+@-]+){2,}", "…", content)


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, part in PARTS.items():
        found = results.load(name)
        if found is not None:
            page = filled(page, name, without_paths(part(found)))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
