"""Finding the text of a key in the language of the page.

The texts are in texts.py. Reasons and notes reach the report as English sentences; their Korean is
in phrases.py.
"""

from __future__ import annotations

from lamina.base.errors import ArgumentError, message
from lamina.report.phrases import translated
from lamina.report.texts import TEXTS

LANGUAGES = ("en", "ko")


class Words:
    """The texts of one language.

    Args:
        language: "en" or "ko".
    Raises:
        ArgumentError: no such language.
    Example:
        >>> Words("en")("row_number", row=7), Words("ko")("row_number", row=7)
        ('Row 7', '7번째 행')
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ArgumentError(
                message(
                    "the report has no such language.",
                    received=language,
                    required=" or ".join(map(repr, LANGUAGES)),
                )
            )
        self.language = language
        self._place = LANGUAGES.index(language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key; a name that has no text, such as a setting's, stands for itself."""
        if key not in TEXTS:
            return key
        return TEXTS[key][self._place].format(**values)

    def why(self, text: str) -> str:
        """Why a figure does not exist, or a note to it, in this language."""
        return self.reason(text)

    def reason(self, text: str) -> str:
        """An English reason or note in this language, as far as phrases.py knows it."""
        return text if self.language == "en" else translated(text)
