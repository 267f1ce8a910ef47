"""The first thing on the page: how good the model is, in one sentence and one drawing.

The sentence gives the test score, its interval and both baselines; below it stands whether the
model is ahead of the linear baseline by more than chance, judged on the same rows. Dots on one axis
show the same three scores, and tiles the other figures.
"""

from __future__ import annotations

import math
from typing import Any

from lamina.report.facts import Facts
from lamina.report.formats import clipped, number, percent
from lamina.report.markup import Html, rich, tag
from lamina.report.words import Words
from lamina.tables.figures import Figure
from lamina.tables.scoring import HEADLINE

SHARES = frozenset({"accuracy", "balanced_accuracy", "label_accuracy", "precision", "recall"})


def shown(name: str, value: float) -> str:
    """A figure's number as people read it.

    Args:
        name: of the figure, such as "accuracy".
        value: its number.
    Returns:
        Per cent for shares of rows, a plain number for the others.
    Example:
        >>> shown("accuracy", 0.5), shown("auc", 0.5), shown("auc", 0.99999)
        ('50.0%', '0.500', '>0.999')
    """
    if name in SHARES:
        return percent(value)
    if name in ("rmse", "mae") or not 0 <= value < 10:
        return number(value)
    if 0 < value < 0.0005:
        return "<0.001"
    return ">0.999" if 0.9995 <= value < 1 else f"{value:.3f}"


def interval(name: str, figure: Figure) -> tuple[str, str] | None:
    """The ends of a figure's interval as people read them; None if it has none, or none to see."""
    low, high = figure.get("low"), figure.get("high")
    if low is None or high is None:
        return None
    ends = shown(name, low), shown(name, high)
    return ends if ends[0] != ends[1] else None


def verdict(facts: Facts, words: Words) -> Html:
    """The verdict of a run.

    Args:
        facts: `scores`, `baselines`, `target` and `warnings` are read.
        words: of the page.
    Returns:
        The section.
    """
    judged, kind = judgement(facts, words)
    leaking = any(w["kind"] == "leakage" for w in facts["warnings"])
    return tag(
        "section",
        tag("p", rich(sentence(facts, words)), class_="verdict"),
        tag("p", rich(judged), class_=f"judged {kind}") if judged else None,
        tag("p", rich(words("too_good")), class_="judged bad") if leaking else None,
        comparison(facts, words),
        tiles(facts, words),
        id="verdict",
    )


def sentence(facts: Facts, words: Words) -> str:
    """The verdict in one sentence.

    Args:
        facts: as for `verdict`.
        words: of the page.
    Returns:
        Text for `markup.rich`.
    """
    name = HEADLINE[facts["target"]["task"]]
    figure: Figure = facts["scores"]["figures"][name]
    rows, target = number(facts["scores"]["rows"]), _quoted(", ".join(facts["target"]["names"]))
    if figure["value"] is None:
        why = words.why(figure.get("why", ""))
        return words("verdict_undefined", target=target, rows=rows, why=why)
    ends = interval(name, figure)
    others = []
    for key in ("majority", "linear"):
        baseline = facts["baselines"].get(key, {})
        value = baseline.get("figures", {}).get(name, {}).get("value")
        if value is not None:
            part = words(
                "part_" + baseline["name"].replace(" ", "_"),
                value=shown(name, value),
                answer=_quoted(baseline["answer"]),
            )
            others.append(part)
    return words(
        "verdict_" + name,
        rows=rows,
        target=target,
        value=shown(name, figure["value"]),
        interval=words("interval", low=ends[0], high=ends[1]) if ends else "",
        others=words("against", others=words("and").join(others)) if others else "",
    )


def _quoted(name: str) -> str:
    """A name that cannot end the emphasis around it."""
    return clipped(name, 60).replace("*", "∗").replace("`", "ˋ")


def judgement(facts: Facts, words: Words) -> tuple[str, str]:
    """Whether the model is worth its trouble.

    Args:
        facts: `baselines` is read.
        words: of the page.
    Returns:
        A sentence, and "good", "open" or "bad"; two empty texts if the baselines do not tell.
    """
    name = HEADLINE[facts["target"]["task"]]
    for key in ("majority", "linear"):
        baseline = facts["baselines"].get(key, {})
        figure = baseline.get("ahead", {})
        value, low, high = (figure.get(k) for k in ("value", "low", "high"))
        if value is None or low is None or high is None:
            continue
        gap = dict(
            zip(
                ("value", "low", "high"),
                (_gap(name, v, words) for v in (value, low, high)),
                strict=True,
            )
        )
        if value == low == high == 0 and key == "linear":
            return words("judged_equal"), "open"
        if key == "majority":
            if low <= 0:
                is_naive = baseline["name"] == "latest value"
                return words("judged_latest_value" if is_naive else "judged_majority", **gap), "bad"
        elif low > 0:
            return words("judged_better", **gap), "good"
        else:
            return words("judged_worse" if high < 0 else "judged_same", **gap), "open"
    return "", ""


def _gap(name: str, value: float, words: Words) -> str:
    sign = "+" if value > 0 else ("−" if value < 0 else "±")
    if name in SHARES:
        return words("points", value=f"{sign}{abs(100 * value):.1f}")
    return sign + number(abs(value))


def comparison(facts: Facts, words: Words) -> Html | None:
    """Model and baselines as dots with their intervals on one axis.

    Args:
        facts: `scores` and `baselines` are read.
        words: of the page.
    Returns:
        The drawing, made of boxes that fit any width; None if the score does not exist.
    """
    name = HEADLINE[facts["target"]["task"]]
    found = [("model", words("the_model"), facts["scores"]["figures"][name])]
    for key in ("linear", "majority"):
        baseline = facts["baselines"].get(key, {})
        if name in baseline.get("figures", {}):
            label = words("baseline_" + baseline["name"].replace(" ", "_"))
            found.append((key, label, baseline["figures"][name]))
    found = [row for row in found if row[2]["value"] is not None]
    if not found or found[0][0] != "model":
        return None
    values = [
        v for *_, f in found for v in (f["value"], f.get("low"), f.get("high")) if v is not None
    ]
    left, right, step = _axis(min(values), max(values), name)

    def place(value: float) -> str:
        return f"{100 * (value - left) / (right - left):.2f}%"

    rows = []
    for kind, label, figure in found:
        low, high = figure.get("low"), figure.get("high")
        bar = None
        if low is not None and high is not None:
            width = f"{max(0.0, 100 * (high - low) / (right - left)):.2f}%"
            bar = tag("span", "", class_="bar", style=f"left:{place(low)};width:{width}")
        dot = tag("span", "", class_="dot", style=f"left:{place(figure['value'])}")
        rows.append(
            tag(
                "div",
                tag("span", label, class_="label"),
                tag("span", bar, dot, class_="track"),
                tag("span", shown(name, figure["value"]), class_="value"),
                class_=f"row {kind}",
            )
        )
    count = round((right - left) / step)
    marks = [left + k * step for k in range(count + 1)]
    ticks = [tag("span", _tick(name, m), style=f"left:{place(m)}") for m in marks]
    axis = tag(
        "div",
        tag("span", "", class_="label"),
        tag("span", ticks, class_="track ticks"),
        tag("span", "", class_="value"),
        class_="row axis",
    )
    caption = words("comparison_" + ("lower" if name == "rmse" else "higher"), figure=words(name))
    return tag(
        "figure",
        tag("figcaption", caption),
        tag("div", rows, axis, class_="dots"),
        class_="comparison",
    )


def _axis(low: float, high: float, name: str) -> tuple[float, float, float]:
    """Ends and step of an axis of round numbers."""
    if name in SHARES or name == "f1":
        step = next(s for s in (0.05, 0.1, 0.2) if (high - low) / s <= 4 or s == 0.2)
        left, right = math.floor(low / step) * step, min(1.0, math.ceil(high / step) * step)
        return (left, right, step) if right > left else (left - step, right, step)
    top = max(high, 1e-12)
    step = 10.0 ** math.floor(math.log10(top))
    step *= next(s for s in (0.2, 0.5, 1, 2) if top / (s * step) <= 6)
    return 0.0, math.ceil(top / step) * step, step


def _tick(name: str, value: float) -> str:
    return f"{100 * value:.0f}%" if name in SHARES else number(round(value, 12))


def tiles(facts: Facts, words: Words) -> Html:
    """All figures of the test rows, each in a tile with its interval.

    Args:
        facts: `scores` is read.
        words: of the page.
    Returns:
        The tiles; a figure that does not exist says why.
    """
    made = []
    for name, figure in facts["scores"]["figures"].items():
        ends = interval(name, figure)
        if figure["value"] is None:
            value: Any = tag("dd", words.why(figure.get("why", "")), class_="why")
        else:
            value = tag("dd", shown(name, figure["value"]))
        made.append(
            tag(
                "div",
                tag("dt", words(name)),
                value,
                tag("dd", words("from_to", low=ends[0], high=ends[1]), class_="ends")
                if ends
                else None,
                tag("dd", words.why(figure["note"]), class_="ends") if "note" in figure else None,
            )
        )
    return tag("dl", made, class_="tiles")
