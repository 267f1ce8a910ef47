"""The order of the page, and the page as a file.

The verdict stands first, what weakens it second; then the data, the split, the network and its
learning; then the scores in detail, what the model leans on and where it errs; at last its card and
the command that makes it again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import resources

from lamina.base.atomic import atomic_write
from lamina.report import about_data, about_network, about_scores, about_values, closing
from lamina.report.facts import Facts
from lamina.report.markup import Html, tag
from lamina.report.verdict import verdict
from lamina.report.words import Words

Section = Callable[[Facts, Words], Html | None]

_FIRST: list[Section] = [
    verdict,
    about_data.warnings,
    about_data.data,
    about_data.split,
    about_network.network,
    about_network.learning,
]
_CLASSES: list[Section] = [
    about_scores.confusion,
    about_scores.per_class,
    about_scores.ranking,
    about_scores.thresholds,
    about_scores.calibration,
]
_VALUES: list[Section] = [about_values.values]
_LAST: list[Section] = [closing.importance, closing.mistakes, closing.card, closing.reproduce]
_NAMED = {
    "data": "data",
    "split": "split",
    "network": "network",
    "learning": "learning",
    "confusion": "confusion",
    "per-class": "per_class",
    "ranking": "ranking",
    "thresholds": "thresholds",
    "calibration": "calibration",
    "values": "values_section",
    "importance": "importance",
    "mistakes": "mistakes",
    "card": "card",
    "reproduce": "reproduce",
}


def write_report(path: str | os.PathLike, facts: Facts, language: str = "en") -> None:
    """Write a report as one HTML file that needs nothing beside itself.

    Args:
        path: the file to write or replace; its folder must exist.
        facts: what the report says, see facts.py.
        language: "en" or "ko".
    Raises:
        ArgumentError: no such language.
        MissingExtraError: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    page = report_html(facts, language)
    with atomic_write(path) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")


def report_html(facts: Facts, language: str = "en") -> str:
    """A report as a text.

    Args:
        facts: what the report says, see facts.py.
        language: "en" or "ko".
    Returns:
        A whole HTML document. The same facts give the same text.
    Raises:
        ArgumentError: no such language.
        MissingExtraError: matplotlib is not installed.
    """
    words = Words(language)
    middle = _VALUES if facts["target"]["task"] == "regression" else _CLASSES
    sections = [s for s in (make(facts, words) for make in _FIRST + middle + _LAST) if s]
    target = ", ".join(facts["target"]["names"])
    title = f"{facts['title']} → {target}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="generator", content="Lamina"),
        tag("title", f"{title} · {words('report_on')}"),
        Html(f"<style>{_style()}</style>"),
    )
    created = words("made", created=facts["created"]) if facts["created"] else None
    top = tag(
        "header",
        tag("p", "Lamina · ", words("report_on"), class_="kicker"),
        tag("h1", facts["title"], " ", tag("span", "→ ", target)),
        tag("p", created, class_="made") if created else None,
    )
    foot = tag("footer", tag("p", words("written_by")))
    intro = 2 if ' id="warnings"' in sections[1] else 1
    main = tag("main", sections[:intro], _contents(sections, words, facts), sections[intro:])
    body = tag("body", top, main, foot)
    return f"<!doctype html>\n{tag('html', head, body, lang=language)}\n"


# Belt and braces: nothing here runs or loads anything, and nothing may.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def _style() -> str:
    return (resources.files("lamina.report") / "style.css").read_text(encoding="utf-8")


def _contents(sections: list[Html], words: Words, facts: Facts) -> Html:
    named = dict(_NAMED)
    if facts["data"].get("pictures"):
        named["data"] = "pictures"
    links = [
        tag("a", words(key), href=f"#{name}")
        for name, key in named.items()
        if any(f' id="{name}"' in section for section in sections)
    ]
    return tag("nav", links, aria_label=words("contents"))
