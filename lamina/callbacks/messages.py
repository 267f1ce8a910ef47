"""How callbacks speak: to standard output, or to the log if interactive logging is off."""

from __future__ import annotations

import logging

from lamina.base import config


def say(text: str) -> None:
    """Show one line of text."""
    if config.is_interactive_logging_enabled():
        print(text, flush=True)
    else:
        logging.getLogger("lamina").info(text)
