"""The part of the page about the data: warnings, how each column was read, how rows were split."""

from __future__ import annotations

from lamina.report.facts import ColumnFacts, Facts, WarningFacts
from lamina.report.formats import clipped, number, percent
from lamina.report.markup import Html, join, rich, table, tag
from lamina.report.verdict import shown
from lamina.report.words import Words
from lamina.tables.scoring import HEADLINE

PARTS = ("train", "validation", "test")
FEW_ROWS = 100


def warnings(facts: Facts, words: Words) -> Html | None:
    """What a reader has to know before they trust the scores.

    Args:
        facts: `warnings`, `scores` and `target` are read.
        words: of the page.
    Returns:
        A banner per warning, red for leakage; None if there are none.
    """
    banners = [_banner(w, facts, words) for w in facts["warnings"]]
    rows = facts["scores"]["rows"]
    if rows < FEW_ROWS:
        banners.append(_box("caution", words("few_rows", rows=number(rows)), ""))
    for key in ("linear", "majority"):
        note = facts["baselines"].get(key, {}).get("note")
        if note:
            title = words("baseline_note", note=words.why(note))
            banners.append(_box("caution", title, ""))
    return tag("section", banners, id="warnings") if banners else None


def _banner(warning: WarningFacts, facts: Facts, words: Words) -> Html:
    if warning["kind"] != "leakage":
        return _box("caution", rich(words.reason(warning.get("text", ""))), "")
    target, metric = ", ".join(facts["target"]["names"]), warning.get("metric", "")
    score = warning.get("score")
    title = words("leakage", column=warning.get("column", ""), target=target)
    reached = ""
    if score is not None:
        reached = words("leakage_score", metric=words(metric), score=shown(metric, score)) + " "
    return _box("danger", title, reached + words("leakage_why"))


def _box(kind: str, title: str, detail: str) -> Html:
    mark = tag("span", "!", class_="mark", aria_hidden="true")
    body = tag("div", tag("strong", title), tag("p", detail) if detail else None)
    return tag("div", mark, body, class_=f"banner {kind}", role="note")


def data(facts: Facts, words: Words) -> Html:
    """Where the rows came from, and what was decided about every column.

    Args:
        facts: `data`, `columns` and `target` are read.
        words: of the page.
    Returns:
        The section.
    """
    about, target = facts["data"], facts["target"]
    are_pictures = about.get("pictures", False)
    lead = words(
        "pictures_lead" if are_pictures else "data_lead",
        rows=number(about["rows"]),
        columns=number(about["columns"]),
        source=about["source"],
    )
    notes = [words.reason(note) for note in about["notes"]]
    for dropped in about["dropped"]:
        if dropped["rows"]:
            reason = words.reason(dropped["reason"])
            notes.append(words("dropped", rows=number(dropped["rows"]), reason=reason))
    task = words("task_" + target["task"])
    notes.append(
        words(
            "target_note",
            target=", ".join(target["names"]),
            task=task,
            reason=words.reason(target["reason"]),
        )
    )
    heads = [words(h) for h in ("column", "kind", "reason", "missing", "values")]
    rows = [_column(column, words) for column in facts["columns"]]
    return tag(
        "section",
        tag("h2", words("pictures" if are_pictures else "data")),
        tag("p", lead, class_="lead"),
        tag("ul", [tag("li", note) for note in notes], class_="notes"),
        table(heads, rows, "stack columns") if rows else None,
        id="data",
    )


def _column(column: ColumnFacts, words: Words) -> list[str | Html | list]:
    kind = column["kind"]
    badge = tag("span", words("kind_" + kind), class_=f"badge {kind}")
    share = column["missing"]
    bar = tag("i", "", style=f"width:{100 * min(1.0, share):.1f}%")
    meter = tag("span", bar, class_="meter")
    missing = tag("span", meter if share else None, percent(share), class_="share")
    summary = column.get("summary", "")
    if kind == "number":
        summary = words.reason(summary)
    short = summary if len(summary) <= 80 else summary[:79] + "…"
    name = tag("code", column["name"])
    return [name, badge, words.reason(column["reason"]), missing, short]


def split(facts: Facts, words: Words) -> Html:
    """Which rows were for what.

    Args:
        facts: `split` and `target` are read.
        words: of the page.
    Returns:
        The section.
    """
    facts_of = facts["split"]
    counts = {part: int(facts_of[part]) for part in PARTS}  # type: ignore[literal-required]
    total = max(1, sum(counts.values()))
    bars = [
        tag(
            "div",
            tag("b", number(rows)),
            tag("span", words(part)),
            class_=part,
            style=f"flex-grow:{rows / total:.4f}",
        )
        for part, rows in counts.items()
    ]
    how = words("split_" + facts_of["how"], by=facts_of.get("by", ""), seed=facts_of["seed"])
    notes = [words.reason(note) for note in facts_of["notes"]]
    return tag(
        "section",
        tag("h2", words("split")),
        tag("p", words("split_lead"), " ", how, class_="lead"),
        tag("div", bars, class_="parts"),
        tag("ul", [tag("li", note) for note in notes], class_="notes") if notes else None,
        _folds(facts, words),
        _shares(facts, words),
        id="split",
    )


def _folds(facts: Facts, words: Words) -> Html | None:
    folds = facts["split"].get("folds") or []
    if not folds:
        return None
    name = HEADLINE[facts["target"]["task"]]
    mean = sum(folds) / len(folds)
    said = words(
        "folds",
        count=len(folds),
        figure=words(name),
        mean=shown(name, mean),
        low=shown(name, min(folds)),
        high=shown(name, max(folds)),
    )
    return tag("p", rich(said))


def _shares(facts: Facts, words: Words) -> Html | None:
    shares = facts["split"].get("shares") or []
    if not shares or len(shares) > 30:
        return None
    totals = {part: max(1, sum(row[part] for row in shares)) for part in PARTS}
    rows = [
        [
            tag("code", clipped(row["class"])),
            *(
                join([number(row[p]), tag("small", percent(row[p] / totals[p]), class_="of")])
                for p in PARTS
            ),
        ]
        for row in shares
    ]
    return table([words("class"), *(words(p) for p in PARTS)], rows, "narrow", numeric=(1, 2, 3))
