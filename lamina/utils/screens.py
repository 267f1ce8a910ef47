"""Where a progress line is drawn: a terminal, a notebook, a log.

A terminal and a notebook show every update in place; a log shows finished lines only, so that a
file of a long training stays readable.
"""

import html
import logging
import os
import sys
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

from lamina.base import config


@dataclass(frozen=True)
class Line:
    """A progress line in its forms.

    Attributes:
        plain: with a bar, without control characters.
        colored: with colors.
        bare: without a bar.
        done: steps done.
        target: number of steps, or None.
        last: whether the line is finished.
    """

    plain: str
    colored: str
    bare: str
    done: int
    target: int | None
    last: bool


class Screen(Protocol):
    """Something that shows lines; `live` says whether unfinished ones too."""

    live: bool

    def show(self, line: Line, stream: TextIO) -> None:
        """Show a line."""
        ...


class Terminal:
    """One line redrawn in place, in colors."""

    live = True

    def __init__(self) -> None:
        self._shown = 0

    def show(self, line: Line, stream: TextIO) -> None:
        """Draw over the line drawn before; a finished line stays."""
        blank = " " * max(0, self._shown - len(line.plain))
        _write(stream, "\r" + line.colored + blank + ("\n" if line.last else ""))
        self._shown = 0 if line.last else len(line.plain)


class Log:
    """Finished lines, plain, each on its own.

    Args:
        with_bar: show the bar.
    """

    live = False

    def __init__(self, with_bar: bool) -> None:
        self._with_bar = with_bar

    def show(self, line: Line, stream: TextIO) -> None:
        """Write the line."""
        text = line.plain if self._with_bar else line.bare
        if config.is_interactive_logging_enabled():
            _write(stream, text + "\n")
        else:
            logging.getLogger("lamina").info(text)


class Notebook:
    """A bar and the line's text, redrawn in the cell's output."""

    live = True

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, line: Line, stream: TextIO) -> None:
        """Draw or redraw the bar."""
        from IPython.display import display

        content = {"text/html": _as_html(line), "text/plain": line.plain}
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)
        if line.last:
            self._handle = None


def _as_html(line: Line) -> str:
    size = f' value="{line.done}" max="{line.target}"' if line.target else ""
    text = html.escape(line.bare)
    return f'<progress{size}></progress> <code style="white-space:pre">{text}</code>'


def choose_screen(verbose: int) -> Screen | None:
    """Where lines go: nowhere (0), to whatever standard output is (1), to plain lines (2).

    Args:
        verbose: 0, 1 or 2.
    Returns:
        The screen, or None for 0.
    """
    if not verbose:
        return None
    if verbose == 2 or not config.is_interactive_logging_enabled():
        return Log(with_bar=False)
    if "ipykernel" in sys.modules and "IPython" in sys.modules:
        return Notebook()
    if "PYCHARM_HOSTED" in os.environ or getattr(sys.stdout, "isatty", lambda: False)():
        return Terminal()
    return Log(with_bar=True)


def _write(stream: TextIO, text: str) -> None:
    """Write text, in ASCII where the stream cannot show more."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        ascii_text = text.replace("━", "=")
        stream.write(ascii_text.encode("ascii", "replace").decode("ascii"))
    stream.flush()
