"""IMDB: 50,000 film reviews as word numbers, negative or positive."""

import json
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.datasets.arrays import Split, read_arrays
from lamina.datasets.files import KERAS_STORE, RemoteFile, lookup_or_download
from lamina.datasets.sequences import keep_short, limit_words, mark_words, ragged
from lamina.datasets.splits import permutations

CLASS_NAMES = ("negative", "positive")
_CHECKSUM = "sha256:69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
_WORDS_CHECKSUM = "md5:bfafd718b763782e994055a2d397834f"


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> Split:
    """Load 25,000 training and 25,000 test reviews.

    Args:
        path: name of the file in the folders searched, or an absolute path.
        num_words: int, keep the words with a number below this one. Default None, all.
        skip_top: int, leave out the most frequent words, those with a number below this one.
        maxlen: int, leave out reviews with this many words or more. Default None, none.
        seed: int, of the order. Default 113.
        start_char: int, put before every review; None puts nothing.
        oov_char: int, stands for every word left out; None drops them.
        index_from: int, added to every word's rank.
        kwargs: none is accepted.
    Returns:
        (x_train, y_train), (x_test, y_test): x object (rows,) of lists of int, y int64 (rows,), 0
        or 1.
    Raises:
        ArgumentError: `maxlen` leaves no review.
        DatasetNotFoundError: the file is nowhere and cannot be downloaded.
        FileFormatError: the file is damaged or holds something else.
    Source: Maas and others (2011), Learning Word Vectors for Sentiment Analysis.
    """
    if kwargs:
        raise ArgumentTypeError(f"Unrecognized keyword arguments: {', '.join(kwargs)}")
    file = lookup_or_download(RemoteFile(path, f"{KERAS_STORE}imdb.npz", _CHECKSUM))
    arrays = read_arrays(file, ("x_train", "y_train", "x_test", "y_test"))
    parts, labels = [], []
    orders = permutations([len(arrays[0]), len(arrays[2])], seed)
    for order, rows, classes in zip(orders, arrays[::2], arrays[1::2], strict=True):
        marked = mark_words(rows[order], start_char, index_from)
        short, kept = keep_short(marked, classes[order], maxlen)
        if not short:
            raise ArgumentError(
                message("`maxlen` leaves no review.", received=repr(maxlen), fix="make it larger.")
            )
        parts.append(short)
        labels.append(np.asarray(kept))
    count = len(parts[0])
    reviews = limit_words(parts[0] + parts[1], num_words, skip_top, oov_char)
    return (ragged(reviews[:count]), labels[0]), (ragged(reviews[count:]), labels[1])


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """The rank of every word; add `index_from` of `load_data` to get its number in the reviews.

    Args:
        path: name of the file in the folders searched, or an absolute path.
    Returns:
        Word -> rank, the most frequent word having rank 1.
    Raises:
        DatasetNotFoundError: the file is nowhere and cannot be downloaded.
    """
    remote = RemoteFile(path, f"{KERAS_STORE}imdb_word_index.json", _WORDS_CHECKSUM)
    return json.loads(lookup_or_download(remote).read_text(encoding="utf-8"))
