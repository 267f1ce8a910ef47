"""The part of the page about answers that are numbers: how far off, where, and how often."""

from __future__ import annotations

import numpy as np

from lamina.report import drawings
from lamina.report.about_network import chart
from lamina.report.facts import Facts
from lamina.report.formats import number, percent
from lamina.report.markup import Html, table, tag
from lamina.report.words import Words


def values(facts: Facts, words: Words) -> Html:
    """Predicted against true values, and residuals.

    Args:
        facts: `curves` is read.
        words: of the page.
    Returns:
        The section.
    """
    points = facts["curves"]["points"]
    true, predicted, error = words("true"), words("predicted"), words("error")
    drawn = [
        *_course(facts, words),
        chart(
            words("predicted_true"), drawings.predicted_against_true(points, true, predicted), []
        ),
        chart(words("residuals"), drawings.residuals(points, predicted, error), []),
        chart(words("errors"), drawings.error_histogram(points, error, words("rows")), []),
    ]
    sizes = np.abs(np.array(points["predicted"]) - np.array(points["true"]))
    if len(sizes):
        drawn.append(_sizes(sizes, words))
    shown = len(points["true"])
    thinned = None
    if shown < points["rows"]:
        said = words("thinned", shown=number(shown), rows=number(points["rows"]))
        thinned = tag("p", said, class_="small")
    return tag(
        "section",
        tag("h2", words("values_section")),
        tag("p", words("values_lead"), class_="lead"),
        tag("div", drawn, class_="charts"),
        thinned,
        id="values",
    )


def _course(facts: Facts, words: Words) -> list[Html]:
    """Of a series, what was and what was predicted, one after the other."""
    course = facts["curves"].get("course")
    if course is None:
        return []
    keys = [(words("predicted"), 0), (words("true"), 1)]
    thinned = len(course["true"]) < course["rows"]
    note = words("course_latest", count=number(len(course["true"]))) if thinned else ""
    return [chart(words("course"), drawings.course(course), keys, note)]


def _sizes(sizes: np.ndarray, words: Words) -> Html:
    """How far off half of the rows are at most, and more of them."""
    shares = (0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
    rows = [
        [percent(share, 0), number(value)]
        for share, value in zip(shares, np.quantile(sizes, shares), strict=True)
    ]
    heads = [words("error_share"), words("error_at_most")]
    caption = tag("figcaption", words("error_sizes"))
    return tag("figure", caption, table(heads, rows, numeric=(1,)), class_="drawn")
