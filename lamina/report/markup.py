"""HTML that cannot be broken by what it shows.

Text is escaped where it enters an element, and only what `tag` made is taken as it is. A column
named `<script>` therefore stays a name, in tables and in drawings.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

_VOID = frozenset({"br", "col", "hr", "meta", "path", "rect", "circle", "line"})
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_MARKS = re.compile(r"\*\*(.+?)\*\*|`(.+?)`", re.DOTALL)


class Html(str):
    """Markup that is safe to put on the page as it is."""


Child: TypeAlias = "str | Html | Iterable[Child] | None"


def text(value: str) -> Html:
    r"""Escape a text.

    Args:
        value: any text; characters that no page may hold become the replacement character.
    Returns:
        Markup that shows it.
    Example:
        >>> text("<b> & \0")
        '&lt;b&gt; &amp; �'
    """
    return Html(html.escape(_NOT_IN_XML.sub("\ufffd", value), quote=True))


def rich(value: str) -> Html:
    """Escape a text in which **stars** make strong and `backticks` make code.

    Args:
        value: the text.
    Returns:
        Markup.
    Example:
        >>> rich("**2** of `a<b`")
        '<strong>2</strong> of <code>a&lt;b</code>'
    """
    # One pass, so that marks in a name cannot open what another mark closes.
    return Html(_MARKS.sub(_marked, text(value)))


def _marked(found: re.Match[str]) -> str:
    strong, code = found.groups()
    return f"<strong>{strong}</strong>" if strong is not None else f"<code>{code}</code>"


def tag(name: str, /, *children: Child, **attributes: str | int | float | None) -> Html:
    """An element.

    Args:
        name: of the element.
        *children: texts, which are escaped; `Html`; lists of these; None is nothing.
        **attributes: a trailing underscore is dropped (`class_`), others become hyphens; None
            leaves the attribute out.
    Returns:
        The element's markup.
    Example:
        >>> tag("p", "1 < 2", class_="note", data_label="x")
        '<p class="note" data-label="x">1 &lt; 2</p>'
    """
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{named}/>")
    return Html(f"<{name}{named}>{join(children)}</{name}>")


def join(children: Child) -> Html:
    """Children one after another.

    Args:
        children: as in `tag`.
    Returns:
        Their markup.
    """
    if children is None:
        return Html("")
    if isinstance(children, Html):
        return children
    if isinstance(children, str):
        return text(children)
    return Html("".join(join(child) for child in children))


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[Child]],
    class_: str = "",
    numeric: Iterable[int] = (),
) -> Html:
    """A table that scrolls sideways by itself, or stacks its cells on a phone (class "stack").

    Args:
        heads: of the columns.
        rows: cells; the first of each row is its head.
        class_: of the table.
        numeric: numbers of the columns that are set to the right.
    Returns:
        The table in its scrolling frame.
    """
    right = set(numeric)
    kind = {k: "n" if k in right else None for k in range(len(heads))}
    top = tag("tr", [tag("th", h, scope="col", class_=kind[k]) for k, h in enumerate(heads)])
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row", class_=kind[0]),
            [tag("td", c, class_=kind[k], data_label=heads[k]) for k, c in enumerate(row) if k],
        )
        for row in rows
    ]
    made = tag("table", tag("thead", top), tag("tbody", body), class_=class_ or None)
    return tag("div", made, class_="scroll")
