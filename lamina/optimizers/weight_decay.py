"""Which variables weight decay applies to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lamina.runtime.variable import Variable


class DecayedVariables:
    """All variables but those excluded by identity or by a pattern in their name.

    Args:
        excluded: variables without decay.
        patterns: regular expressions; a variable is excluded if one is found in its name.
    """

    def __init__(self, excluded: Iterable[Variable] = (), patterns: Iterable[str] = ()) -> None:
        self._excluded = list(excluded)
        alternatives = "|".join(sorted(set(patterns)))
        self._pattern = re.compile(alternatives) if alternatives else None

    def __contains__(self, variable: Variable) -> bool:
        if any(v is variable for v in self._excluded):
            return False
        return self._pattern is None or self._pattern.search(variable.name) is None
