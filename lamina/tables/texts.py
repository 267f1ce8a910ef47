"""Texts as weighted numbers: pieces of 1 to 4 characters within words, hashed, no vocabulary.

Pieces of characters serve languages that glue endings to words, Korean among them, as well as
spelling mistakes and words that no training row had. scikit-learn's `HashingVectorizer` cuts and
hashes; weights grow with the logarithm of the count and have length 1 in every row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lamina.base.errors import missing_extra

PLACES = 1 << 18
LONGEST = 256  # pieces kept of a row: those that occur most often
_PIECES = (1, 4)


def text_arrays(words: Sequence[str | None], places: int) -> tuple[np.ndarray, np.ndarray]:
    """The pieces of every text and their weights.

    Args:
        words: texts; None has no pieces.
        places: how many numbers there are.
    Returns:
        (rows, length) int32 numbers from 1 to `places`, 0 where there is none, and their float32
        weights. The length is `LONGEST` for every table, so that a network fits all.
    """
    try:
        from sklearn.feature_extraction.text import HashingVectorizer
    except ImportError:
        raise missing_extra("scikit-learn", "tables", "a text column") from None
    cutter = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=_PIECES,
        n_features=places,
        norm=None,
        alternate_sign=False,
        dtype=np.float32,
    )
    counts = cutter.transform(["" if w is None else w for w in words])
    numbers = np.zeros((len(words), LONGEST), "int32")
    weights = np.zeros((len(words), LONGEST), "float32")
    for row in range(len(words)):
        span = slice(counts.indptr[row], counts.indptr[row + 1])
        found, often = counts.indices[span], counts.data[span]
        if len(found) > LONGEST:
            kept = np.sort(np.lexsort((found, -often))[:LONGEST])
            found, often = found[kept], often[kept]
        weight = 1 + np.log(often)
        length = np.sqrt(np.sum(weight**2)) or 1.0
        numbers[row, : len(found)] = found + 1
        weights[row, : len(found)] = weight / length
    return numbers, weights
