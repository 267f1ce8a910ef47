"""The end of the page: what the model leans on, where it errs, its card, how to get it again."""

from __future__ import annotations

import math

from lamina.report.facts import Facts, MistakeFacts
from lamina.report.formats import clipped, number, percent
from lamina.report.markup import Html, rich, tag
from lamina.report.verdict import sentence
from lamina.report.words import Words

MOST_COLUMNS = 20
MOST_CELLS = 14
LONGEST = 240


def importance(facts: Facts, words: Words) -> Html | None:
    """How much each column matters, with intervals.

    Args:
        facts: `importance` and `target` are read.
        words: of the page.
    Returns:
        The section; None if it was not measured. The 20 columns that matter most are shown.
    """
    found = facts.get("importance")
    if not found:
        return None
    kept = found[:MOST_COLUMNS]
    left = min(0.0, min(row["low"] for row in kept))
    right = max(0.0, max(row["high"] for row in kept))
    span = (right - left) or 1.0

    largest = max(abs(left), abs(right), 1e-9)
    decimals = max(0, 2 - math.floor(math.log10(largest)))  # the same in every row

    def place(value: float) -> float:
        return 100 * (value - left) / span

    rows = []
    for row in kept:
        start, end = sorted((place(0.0), place(row["mean"])))
        low, high = place(row["low"]), place(row["high"])
        bar = tag("span", "", class_="bar", style=f"left:{start:.2f}%;width:{end - start:.2f}%")
        whisker = tag(
            "span", "", class_="whisker", style=f"left:{low:.2f}%;width:{high - low:.2f}%"
        )
        rows.append(
            tag(
                "div",
                tag("span", tag("code", row["name"]), class_="label"),
                tag("span", bar, whisker, class_="track"),
                tag("span", f"{row['mean']:,.{decimals}f}".replace("-", "−"), class_="value"),
                class_="row" + (" idle" if row["low"] <= 0 else ""),
            )
        )
    zero = tag("div", rows, class_="bars", style=f"--zero:{place(0.0):.2f}%")
    rest = len(found) - len(kept)
    loss = words("rmse" if facts["target"]["task"] == "regression" else "log_loss")
    return tag(
        "section",
        tag("h2", words("importance")),
        tag("p", words("importance_lead", loss=loss), class_="lead"),
        zero,
        tag("p", words("more_columns", count=number(rest)), class_="small") if rest else None,
        id="importance",
    )


def mistakes(facts: Facts, words: Words) -> Html:
    """The rows that the model is furthest off.

    Args:
        facts: `mistakes` is read.
        words: of the page.
    Returns:
        The section.
    """
    found = facts["mistakes"]
    body = tag("div", [_mistake(m, words) for m in found], class_="mistakes")
    return tag(
        "section",
        tag("h2", words("mistakes")),
        tag("p", words("mistakes_lead" if found else "no_mistakes"), class_="lead"),
        body if found else None,
        id="mistakes",
    )


def _mistake(mistake: MistakeFacts, words: Words) -> Html:
    cells = list(mistake["values"].items())
    entries = [
        tag("div", tag("dt", name), tag("dd", clipped(cell, LONGEST) if cell is not None else "–"))
        for name, cell in cells[:MOST_CELLS]
    ]
    if len(cells) > MOST_CELLS:
        more = words("more_columns", count=number(len(cells) - MOST_CELLS))
        entries.append(tag("div", tag("dt", "…"), tag("dd", more)))
    detail = ""
    if mistake["probability"] is not None:
        detail = words("given_to_truth", probability=percent(mistake["probability"]))
    elif mistake["error"] is not None:
        sign = "+" if mistake["error"] > 0 else ""
        detail = words("off_by", error=sign + number(mistake["error"]))
    answers = tag(
        "p",
        tag("span", words("true"), " ", tag("b", clipped(mistake["true"], LONGEST))),
        tag(
            "span",
            words("predicted"),
            " ",
            tag("b", clipped(mistake["predicted"], LONGEST), class_="off"),
        ),
        class_="answers",
    )
    head = tag("h3", words("row_number", row=number(mistake["row"])))
    said = tag("p", detail, class_="small") if detail else None
    picture = mistake.get("picture")
    seen = tag("img", src=picture, alt=clipped(mistake["true"], LONGEST)) if picture else None
    return tag("article", seen, head, answers, said, tag("dl", entries, class_="cells"))


def card(facts: Facts, words: Words) -> Html:
    """The model card: what the model is for, and what it is not.

    Args:
        facts: nearly all are read.
        words: of the page.
    Returns:
        The section.
    """
    target, data, split = facts["target"], facts["data"], facts["split"]
    entries = {
        words("card_task"): words(
            "card_task_text",
            target=", ".join(target["names"]),
            task=words("task_" + target["task"]),
        ),
    }
    if target["classes"]:
        entries[words("card_classes")] = clipped(", ".join(target["classes"]), LONGEST)
    inputs = ", ".join(c["name"] for c in facts["columns"] if c["kind"] != "ignored")
    if inputs:
        entries[words("card_inputs")] = clipped(inputs, LONGEST)
    entries[words("card_data")] = words(
        "card_data_text",
        source=data["source"],
        train=number(split["train"]),
        validation=number(split["validation"]),
        test=number(split["test"]),
    )
    if data["sha256"]:
        entries[words("card_hash")] = data["sha256"]
    listed = [tag("div", tag("dt", k), tag("dd", v)) for k, v in entries.items()]
    score = tag("div", tag("dt", words("card_score")), tag("dd", rich(sentence(facts, words))))
    listed.append(score)
    listed.append(tag("div", tag("dt", words("card_limits")), tag("dd", words("card_limits_text"))))
    listed += [tag("div", tag("dt", k), tag("dd", v)) for k, v in facts.get("card", {}).items()]
    return tag(
        "section",
        tag("h2", words("card")),
        tag("dl", listed, class_="card"),
        id="card",
    )


def reproduce(facts: Facts, words: Words) -> Html:
    """How to get the same model again.

    Args:
        facts: `reproduce` is read.
        words: of the page.
    Returns:
        The section.
    """
    found = facts["reproduce"]
    versions = " · ".join(f"{name} {version}" for name, version in found["versions"].items())
    return tag(
        "section",
        tag("h2", words("reproduce")),
        tag("p", words("reproduce_lead"), class_="lead"),
        tag("pre", tag("code", found["command"])),
        tag("p", versions, tag("br"), found["machine"], class_="small"),
        id="reproduce",
    )
