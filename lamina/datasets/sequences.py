"""From stored word ranks to the sequences that IMDB and Reuters hand out, as in Keras.

Stored rows hold each word's rank by frequency. Handed out, ranks move up by `index_from`, a start
mark goes first, long rows are left out, and words outside the wanted range become `oov_char` or
disappear.
"""

from collections.abc import Iterable, Sequence

import numpy as np


def mark_words(
    rows: Iterable[Sequence[int]], start_char: int | None, index_from: int
) -> list[list[int]]:
    """Move every rank up by `index_from` and put `start_char` first, unless it is None.

    Example:
        >>> mark_words([[1, 4]], start_char=1, index_from=3)
        [[1, 4, 7]]
    """
    shift = index_from or 0
    start = [] if start_char is None else [start_char]
    return [start + [int(word) + shift for word in row] for row in rows]


def keep_short(
    rows: list[list[int]], labels: np.ndarray, maxlen: int | None
) -> tuple[list[list[int]], np.ndarray]:
    """Leave out the rows with `maxlen` words or more; None or 0 keeps them all."""
    if not maxlen:
        return rows, labels
    kept = [index for index, row in enumerate(rows) if len(row) < maxlen]
    return [rows[index] for index in kept], labels[kept]


def limit_words(
    rows: list[list[int]], num_words: int | None, skip_top: int, oov_char: int | None
) -> list[list[int]]:
    """Replace the words outside skip_top <= word < num_words by `oov_char`, or drop them for None.

    Without `num_words` the highest number in `rows` is the bound, which loses that one word: Keras
    does so too, and a model trained there must see the same numbers here.

    Example:
        >>> limit_words([[1, 5, 9]], num_words=6, skip_top=0, oov_char=2)
        [[1, 5, 2]]
    """
    bound = num_words or max(max(row, default=0) for row in rows)
    if oov_char is None:
        return [[word for word in row if skip_top <= word < bound] for row in rows]
    return [[word if skip_top <= word < bound else oov_char for word in row] for row in rows]


def ragged(rows: list[list[int]]) -> np.ndarray:
    """An object array with one list per element, even if all lists are of one length."""
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array
