"""Curves and clouds of points as SVG, drawn by matplotlib.

Text stays text and takes the page's font; colours are the page's variables, so that a drawing
follows the page into dark mode and onto paper. Nothing that a user named is drawn here: legends are
part of the page, where names are escaped and may wrap.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from lamina.base.errors import missing_extra
from lamina.report.markup import Html

# What matplotlib draws with, and what the page shows instead.
_COLOURS = {"#0a0001": "--ink", "#0a0002": "--muted", "#0a0003": "--line", "#0a0004": "--sheet"}
_COLOURS |= {f"#0b000{k}": f"--c{k}" for k in range(8)}
INK, MUTED, LINE, SHEET = ("#0a0001", "#0a0002", "#0a0003", "#0a0004")
SERIES = [f"#0b000{k}" for k in range(8)]

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lamina",
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
}


@contextmanager
def _axes(made: list[Html], size: tuple[float, float] = (4.5, 3.1)) -> Iterator[Any]:
    """Axes to draw on; afterwards `made` holds the drawing."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise missing_extra("matplotlib", "tables", "the report") from None
    with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        # The page's font has the letters that the font for measuring lacks, such as Korean ones.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message=".* does not support .* natively")
        figure = Figure(figsize=size)
        axes = figure.subplots()
        axes.patch.set_alpha(0)
        yield axes
        # Level and above the axis, where it can be read without turning one's head.
        name = axes.get_ylabel()
        axes.set_title(name, loc="left", fontsize=10, color=MUTED, pad=7)
        axes.set_ylabel("")
        # Fixed margins: a layout that measures all labels takes as long as the drawing itself.
        figure.subplots_adjust(left=0.12, right=0.985, top=0.9 if name else 0.97, bottom=0.155)
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=nothing)
    made.append(_inline(buffer.getvalue()))


def _inline(svg: str) -> Html:
    """The drawing as a part of a page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)  # it would style the page
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)  # the same in every drawing
    opening, rest = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', opening)
    assert box is not None
    for colour, variable in _COLOURS.items():
        rest = rest.replace(colour, f"var({variable})")
    rest = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", rest)
    rest = re.sub(r"font-family: [^;\"]*;? ?", "", rest)
    rest = rest.replace("xlink:href", "href")
    rest = re.sub(r"\n\s*", " ", rest)
    return Html(f'<svg {box[0]} role="img" class="chart">{rest.strip()}')


def _unit_square(axes: Any, x: str, y: str) -> None:
    axes.set(xlim=(-0.015, 1.015), ylim=(-0.015, 1.02), xlabel=x, ylabel=y)
    axes.set_xticks(np.linspace(0, 1, 6), ["0", ".2", ".4", ".6", ".8", "1"])
    axes.set_yticks(np.linspace(0, 1, 6), ["0", ".2", ".4", ".6", ".8", "1"])


def _drawing(draw: Callable[[Any], None]) -> Html:
    made: list[Html] = []
    with _axes(made) as axes:
        draw(axes)
    return made[0]


def history(rows: Sequence[dict[str, Any]], name: str, best: int, x: str) -> Html:
    """A figure of training and validation over the epochs.

    Args:
        rows: as in `TrainingFacts.history`.
        name: of the figure, such as "loss"; validation's is "val_" and it.
        best: the epoch whose weights were kept, marked by a line.
        x: words at the axis.
    Returns:
        The drawing: training in the second colour, validation in the first.
    """

    def draw(axes: Any) -> None:
        epochs = [row["epoch"] for row in rows]
        for key, colour, width in ((name, SERIES[1], 1.6), (f"val_{name}", SERIES[0], 2.2)):
            values = [np.nan if (v := row.get(key)) is None else v for row in rows]
            marker = "o" if len(epochs) < 3 else None
            axes.plot(epochs, values, color=colour, linewidth=width, marker=marker)
        axes.axvline(best, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        axes.set(xlabel=x)
        axes.xaxis.get_major_locator().set_params(integer=True)

    return _drawing(draw)


def roc(curves: Sequence[dict[str, Any]], x: str, y: str) -> Html:
    """ROC curves.

    Args:
        curves: as "roc" of `lamina.tables.curves.curves`, at most 8.
        x, y: words at the axes.
    Returns:
        The drawing, colours in order.
    """

    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        for curve, colour in zip(curves, SERIES, strict=False):
            axes.plot(curve["fpr"], curve["tpr"], color=colour)
        _unit_square(axes, x, y)

    return _drawing(draw)


def precision_recall(curves: Sequence[dict[str, Any]], x: str, y: str) -> Html:
    """Precision against recall, with the share of positives as a dashed line.

    Args:
        curves: as "pr" of `lamina.tables.curves.curves`, at most 8.
        x, y: words at the axes.
    Returns:
        The drawing, colours in order.
    """

    def draw(axes: Any) -> None:
        for curve, colour in zip(curves, SERIES, strict=False):
            if len(curves) == 1:
                axes.axhline(curve["share"], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
            axes.step(curve["recall"], curve["precision"], color=colour, where="pre")
        _unit_square(axes, x, y)

    return _drawing(draw)


def calibration(bins: Sequence[dict[str, Any]], x: str, y: str) -> Html:
    """How often what was given a probability came true.

    Args:
        bins: as "bins" of "calibration" of `lamina.tables.curves.curves`.
        x, y: words at the axes.
    Returns:
        The drawing; a dot's area follows its number of rows.
    """

    def draw(axes: Any) -> None:
        stated = np.array([b["stated"] for b in bins])
        observed = np.array([b["observed"] for b in bins])
        ends = np.array([[b["low"], b["high"]] for b in bins])
        rows = np.array([b["rows"] for b in bins], np.float64)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        axes.vlines(stated, ends[:, 0], ends[:, 1], color=SERIES[0], alpha=0.45, linewidth=1.6)
        sizes = 18 + 110 * rows / rows.max()
        axes.scatter(
            stated, observed, s=sizes, color=SERIES[0], edgecolor=SHEET, zorder=3, clip_on=False
        )
        _unit_square(axes, x, y)

    return _drawing(draw)


def course(course: dict[str, Any]) -> Html:
    """A series and its predictions, from moment to moment.

    Args:
        course: "moments", in days since 1970-01-01 where "dates", "true" and "predicted".
    Returns:
        The drawing: the truth in the second colour, predictions in the first.
    """

    def draw(axes: Any) -> None:
        moments = np.array(course["moments"])
        if course["dates"]:
            moments = np.datetime64("1970-01-01T00:00") + (1440 * moments).astype("m8[m]")
        many = len(moments) > 100
        axes.plot(moments, course["true"], color=SERIES[1], linewidth=1.2 if many else 1.6)
        axes.plot(moments, course["predicted"], color=SERIES[0], linewidth=1.4 if many else 2.2)
        if course["dates"]:
            axes.xaxis.get_major_locator().maxticks = dict.fromkeys(range(7), 5)
        axes.margins(x=0.01)

    return _drawing(draw)


def predicted_against_true(points: dict[str, Any], x: str, y: str) -> Html:
    """Predictions of a regression against the truth.

    Args:
        points: as "points" of `lamina.tables.curves.curves`.
        x, y: words at the axes.
    Returns:
        The drawing; on the dashed line a prediction is right.
    """

    def draw(axes: Any) -> None:
        true, predicted = np.array(points["true"]), np.array(points["predicted"])
        both = np.concatenate([true, predicted]) if len(true) else np.array([0.0, 1.0])
        ends = [both.min(), both.max()]
        axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        _cloud(axes, true, predicted)
        axes.set(xlabel=x, ylabel=y)

    return _drawing(draw)


def residuals(points: dict[str, Any], x: str, y: str) -> Html:
    """Errors of a regression against its predictions.

    Args:
        points: as "points" of `lamina.tables.curves.curves`.
        x, y: words at the axes.
    Returns:
        The drawing; errors are predicted - true.
    """

    def draw(axes: Any) -> None:
        true, predicted = np.array(points["true"]), np.array(points["predicted"])
        axes.axhline(0, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        _cloud(axes, predicted, predicted - true)
        axes.set(xlabel=x, ylabel=y)

    return _drawing(draw)


def _cloud(axes: Any, x: np.ndarray, y: np.ndarray) -> None:
    many = len(x) > 300
    axes.scatter(
        x, y, s=9 if many else 22, color=SERIES[0], alpha=0.35 if many else 0.6, linewidth=0
    )
    axes.margins(0.04)


def error_histogram(points: dict[str, Any], x: str, y: str) -> Html:
    """How often errors of each size occur.

    Args:
        points: as "points" of `lamina.tables.curves.curves`.
        x, y: words at the axes.
    Returns:
        The drawing; errors are predicted - true.
    """

    def draw(axes: Any) -> None:
        errors = np.array(points["predicted"]) - np.array(points["true"])
        bins = max(8, min(40, round(len(errors) ** 0.5 * 1.5)))
        axes.hist(errors, bins=bins, color=SERIES[0], alpha=0.75, edgecolor=SHEET, linewidth=0.8)
        axes.axvline(0, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        axes.set(xlabel=x, ylabel=y)
        axes.grid(visible=False, axis="x")

    return _drawing(draw)
