"""The part of the page about answers that are classes: what is confused, and how to choose."""

from __future__ import annotations

from typing import Any

from lamina.report import drawings
from lamina.report.about_network import chart
from lamina.report.facts import Facts
from lamina.report.formats import clipped, number, percent
from lamina.report.markup import Child, Html, table, tag
from lamina.report.verdict import interval, shown
from lamina.report.words import Words
from lamina.tables.figures import Figure

MOST_CLASSES = 30
CONFUSIONS = 20


def confusion(facts: Facts, words: Words) -> Html | None:
    """The confusion matrix; of more than 30 classes, the twenty largest confusions.

    Args:
        facts: `scores` is read.
        words: of the page.
    Returns:
        The section; None for labels and regressions, which have no such matrix.
    """
    found = facts["scores"].get("confusion")
    if not found:
        return None
    classes, matrix = found["classes"], found["matrix"]
    if len(classes) > MOST_CLASSES:
        lead, body = words("confusions_lead"), largest_confusions(classes, matrix, words)
    else:
        lead, body = words("confusion_lead"), _matrix(classes, matrix, words)
    return tag(
        "section",
        tag("h2", words("confusion")),
        tag("p", lead, class_="lead"),
        body,
        id="confusion",
    )


def _matrix(classes: list[str], matrix: list[list[int]], words: Words) -> Html:
    heads = [tag("th", tag("span", clipped(name)), scope="col") for name in classes]
    rows = []
    for k, (name, row) in enumerate(zip(classes, matrix, strict=True)):
        total = max(1, sum(row))
        cells = [
            tag(
                "td",
                number(count) if count else "·",
                tag("small", percent(count / total, 0)) if count and len(classes) <= 8 else None,
                class_=("right" if k == j else "wrong") + (" dark" if count / total > 0.8 else ""),
                style=f"--share:{count / total:.3f}",
            )
            for j, count in enumerate(row)
        ]
        rows.append(tag("tr", tag("th", clipped(name), scope="row"), cells))
    corner = tag("th", words("true_down"), class_="corner")
    size = "few" if len(classes) <= 8 else "many"
    made = tag(
        "table",
        tag("thead", tag("tr", corner, heads)),
        tag("tbody", rows),
        class_=f"confusion {size}",
    )
    return tag("div", made, class_="scroll")


def largest_confusions(classes: list[str], matrix: list[list[int]], words: Words) -> Html:
    """The twenty largest confusions.

    Args:
        classes: names.
        matrix: counts, true classes as rows.
        words: of the page.
    Returns:
        A table; a sentence if nothing is confused.
    """
    pairs = [
        (count, k, j)
        for k, row in enumerate(matrix)
        for j, count in enumerate(row)
        if count and k != j
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    if not pairs:
        return tag("p", words("nothing_confused"))
    rows: list[list[Child]] = [
        [
            tag("code", clipped(classes[k])),
            tag("code", clipped(classes[j])),
            number(count),
            percent(count / sum(matrix[k])),
        ]
        for count, k, j in pairs[:CONFUSIONS]
    ]
    heads = [words(h) for h in ("true", "predicted", "rows", "share_of_class")]
    return table(heads, rows, numeric=(2, 3))


def per_class(facts: Facts, words: Words) -> Html | None:
    """Precision, recall, F1 and support of every class.

    Args:
        facts: `scores` is read.
        words: of the page.
    Returns:
        The section; None for a regression.
    """
    found = facts["scores"]["per_class"]
    if not found:
        return None
    rows = [
        [
            tag("code", clipped(row["class"])),
            *(_rate(row[name], words) for name in ("precision", "recall", "f1")),
            number(row["support"]),
        ]
        for row in found
    ]
    heads = [words(h) for h in ("class", "precision", "recall", "f1", "support")]
    return tag(
        "section",
        tag("h2", words("per_class")),
        tag("p", words("per_class_lead"), class_="lead"),
        table(heads, rows, numeric=(1, 2, 3, 4)),
        id="per-class",
    )


def _rate(figure: Figure, words: Words) -> Html:
    if figure["value"] is None:
        return tag("span", words.why(figure.get("why", "")), class_="why")
    bar = tag("i", "", style=f"width:{100 * figure['value']:.1f}%")
    return tag(
        "span", tag("span", bar, class_="meter"), shown("f1", figure["value"]), class_="share"
    )


def ranking(facts: Facts, words: Words) -> Html:
    """ROC and precision-recall curves.

    Args:
        facts: `curves` and `scores` are read.
        words: of the page.
    Returns:
        The section; where no curve exists it says why.
    """
    curves, figures = facts["curves"], facts["scores"]["figures"]
    keys = [(curve["class"], k) for k, curve in enumerate(curves["roc"])]
    if facts["target"]["task"] == "binary" and keys:
        keys = [(words("positive_class", name=keys[0][0]), 0)]
    auc, average = figures["auc"], figures["average_precision"]
    body: list[Html] = []
    if curves["roc"]:
        left = drawings.roc(curves["roc"], words("fpr"), words("tpr"))
        right = drawings.precision_recall(curves["pr"], words("recall"), words("precision"))
        body = [
            chart(words("roc"), left, keys, _area("auc", auc, words)),
            chart(words("pr"), right, keys, _area("average_precision", average, words)),
        ]
    else:
        body = [tag("p", words("auc"), ": ", words.why(auc.get("why", "")), class_="why")]
    return tag(
        "section",
        tag("h2", words("ranking")),
        tag("p", words("ranking_lead"), class_="lead"),
        tag("div", body, class_="charts"),
        id="ranking",
    )


def _area(name: str, figure: Figure, words: Words) -> str:
    if figure["value"] is None:
        return f"{words(name)}: {words.why(figure.get('why', ''))}"
    said = f"{words(name)} {shown(name, figure['value'])}"
    ends = interval(name, figure)
    if ends:
        said += words("interval", low=ends[0], high=ends[1])
    return said


def thresholds(facts: Facts, words: Words) -> Html | None:
    """What other thresholds would have meant.

    Args:
        facts: `curves`, `training` and `target` are read.
        words: of the page.
    Returns:
        The section; None but for "binary".
    """
    found = facts["curves"].get("thresholds")
    if not found:
        return None

    def rate(row: dict[str, Any], name: str) -> str:
        value = row[name]
        if value is None:
            return "–"
        return shown(name, value) if name == "f1" else percent(value, 0)

    rows = []
    for row in found:
        threshold = f"{row['threshold']:.3g}"
        first = tag("b", f"{threshold} ", tag("span", words("in_use"), class_="badge chosen"))
        rows.append(
            [
                first if row["chosen"] else threshold,
                *(rate(row, name) for name in ("precision", "recall", "f1", "accuracy")),
                number(row["predicted"]),
            ]
        )
    heads = [words("threshold"), *(words(h) for h in ("precision", "recall", "f1", "accuracy"))]
    heads.append(words("predicted_positives"))
    positive = facts["target"]["classes"][1]
    key = "thresholds_chosen" if facts["training"]["threshold_chosen"] else "thresholds_default"
    return tag(
        "section",
        tag("h2", words("thresholds")),
        tag("p", words("thresholds_lead", positive=positive), " ", words(key), class_="lead"),
        table(heads, rows, numeric=range(1, 6)),
        id="thresholds",
    )


def calibration(facts: Facts, words: Words) -> Html | None:
    """Whether stated probabilities come true as often as they say.

    Args:
        facts: `curves` is read.
        words: of the page.
    Returns:
        The section; None without test rows.
    """
    found = facts["curves"].get("calibration")
    if not found:
        return None
    drawing = drawings.calibration(found["bins"], words("stated"), words("observed"))
    rows: list[list[Child]] = [
        [
            percent(b["stated"]),
            percent(b["observed"]),
            f"{percent(b['low'], 0)} – {percent(b['high'], 0)}",
            number(b["rows"]),
        ]
        for b in found["bins"]
    ]
    heads = [words(h) for h in ("stated", "observed", "interval_head", "rows")]
    note = words("calibration_error", error=percent(found["error"]))
    return tag(
        "section",
        tag("h2", words("calibration")),
        tag(
            "p", words("calibration_lead"), " ", words("calibration_" + found["of"]), class_="lead"
        ),
        tag(
            "div",
            chart(words("calibration_drawn"), drawing, [], note),
            table(heads, rows, numeric=range(4)),
            class_="beside even",
        ),
        id="calibration",
    )
