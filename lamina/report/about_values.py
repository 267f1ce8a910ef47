"""The part of the page about answers that are numbers: how far off, where, and how often."""

from __future__ import annotations

from lamina.report import drawings
from lamina.report.about_network import chart
from lamina.report.facts import Facts
from lamina.report.formats import number
from lamina.report.markup import Html, tag
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
        chart(
            words("predicted_true"), drawings.predicted_against_true(points, true, predicted), []
        ),
        chart(words("residuals"), drawings.residuals(points, predicted, error), []),
        chart(words("errors"), drawings.error_histogram(points, error, words("rows")), []),
    ]
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
