"""The part of the page about the network: its drawing, its settings, how it learned."""

from __future__ import annotations

from typing import Any

from lamina.report import drawings
from lamina.report.architecture import draw_network
from lamina.report.facts import Facts
from lamina.report.formats import number
from lamina.report.markup import Html, tag
from lamina.report.words import Words


def network(facts: Facts, words: Words) -> Html:
    """The drawing of the network beside its settings.

    Args:
        facts: `network`, `training` and `target` are read.
        words: of the page.
    Returns:
        The section.
    """
    training = facts["training"]
    settings: dict[str, Any] = {words(k): v for k, v in training["settings"].items()}
    settings[words("epochs")] = number(len(training["history"]))
    settings[words("best_epoch")] = number(training["best_epoch"])
    settings[words("seconds")] = words("n_seconds", count=f"{training['seconds']:.1f}")
    if facts["target"]["task"] != "regression":
        settings[words("temperature")] = f"{training['temperature']:.3g}"
    if facts["target"]["task"] == "binary":
        chosen = words("chosen" if training["threshold_chosen"] else "not_chosen")
        settings[words("threshold")] = f"{training['threshold']:.3g} ({chosen})"
    entries = [tag("div", tag("dt", k), tag("dd", _setting(v))) for k, v in settings.items()]
    reason = facts["network"].get("reason")
    lead = words("network_lead", parameters=number(facts["network"]["parameters"]))
    return tag(
        "section",
        tag("h2", words("network")),
        tag("p", lead, class_="lead"),
        tag("p", words("network_chosen", reason=words.reason(reason))) if reason else None,
        tag(
            "div",
            tag("figure", draw_network(facts, words)),
            tag("dl", entries, class_="settings"),
            class_="beside",
        ),
        id="network",
    )


def _setting(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:.6g}"


def learning(facts: Facts, words: Words) -> Html | None:
    """Loss and score over the epochs.

    Args:
        facts: `training` is read.
        words: of the page.
    Returns:
        The section; None if nothing was trained.
    """
    training = facts["training"]
    rows = training["history"]
    if not rows:
        return None
    names = [n for n in ("loss", "accuracy", "rmse") if f"val_{n}" in rows[0] or n in rows[0]][:2]
    keys = [(words("validation"), 0), (words("train"), 1)]
    figures = [
        chart(
            words(name),
            drawings.history(rows, name, training["best_epoch"], words("epoch")),
            keys,
        )
        for name in names
    ]
    lead = words("learning_lead", epoch=number(training["best_epoch"]))
    return tag(
        "section",
        tag("h2", words("learning")),
        tag("p", lead, class_="lead"),
        tag("div", figures, class_="charts"),
        id="learning",
    )


def chart(title: str, drawing: Html, keys: list[tuple[str, int]], note: str = "") -> Html:
    """A drawing with its title above and its legend below.

    Args:
        title: of the drawing.
        drawing: SVG.
        keys: names and the numbers of their colours.
        note: a line below.
    Returns:
        The figure.
    """
    chips = [
        tag("span", tag("i", "", style=f"background:var(--c{colour})"), name, class_="key")
        for name, colour in keys
    ]
    return tag(
        "figure",
        tag("figcaption", title),
        drawing,
        tag("div", chips, class_="keys") if chips else None,
        tag("p", note, class_="small") if note else None,
        class_="drawn",
    )
