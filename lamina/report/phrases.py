"""Korean for the English reasons and notes that come with the facts.

A row is a pattern and its Korean; what a pattern catches is put in unchanged. A sentence that no
row knows stays English: better a foreign sentence than a lost one.
"""

from __future__ import annotations

import re

PHRASES: list[tuple[str, str]] = [
    # --- figures.py ---
    ("undefined: no rows", "정의되지 않음: 행 없음"),
    ("undefined: no positives", "정의되지 않음: 양성 행 없음"),
    ("undefined: no negatives", "정의되지 않음: 음성 행 없음"),
    ("undefined: no predicted positives", "정의되지 않음: 양성으로 답한 행 없음"),
    ("undefined: no positives and none predicted", "정의되지 않음: 양성 행도 양성 답도 없음"),
    ("undefined: all true values are equal", "정의되지 않음: 실제 값이 모두 같음"),
    (r"without (.+)", r"\1 제외"),
    # --- baselines.py ---
    ("stopped before it converged", "수렴하기 전에 멈춤"),
    (r"not fitted: (.+)", r"학습하지 못함: \1"),
]

_COMPILED = [(re.compile(pattern, re.DOTALL), korean) for pattern, korean in PHRASES]


def translated(sentence: str) -> str:
    """An English sentence in Korean, if a row knows it.

    Args:
        sentence: a reason or a note.
    Returns:
        Korean, or the sentence as it was.
    Example:
        >>> translated("undefined: no positives"), translated("something else")
        ('정의되지 않음: 양성 행 없음', 'something else')
    """
    for pattern, korean in _COMPILED:
        found = pattern.fullmatch(sentence)
        if found:
            return found.expand(korean)
    return sentence
