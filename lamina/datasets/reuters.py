"""Reuters: 11,228 newswires as word numbers, 46 topics."""

import json

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.datasets.arrays import Split, read_arrays
from lamina.datasets.files import KERAS_STORE, RemoteFile, lookup_or_download
from lamina.datasets.sequences import keep_short, limit_words, mark_words, ragged
from lamina.datasets.splits import check_test_split, permutations

_CHECKSUM = "sha256:d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
_WORDS_CHECKSUM = "md5:4d44cc38712099c9e383dc6e5f11a921"
_TOPICS = (  # by class number, as the file numbers them
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade "
    "reserves ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum "
    "oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber heat jobs lei "
    "bop zinc orange pet-chem dlr gas silver wpi hog lead"
)
CLASS_NAMES = tuple(_TOPICS.split())


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Split:
    """Load training and test newswires.

    Args:
        path: name of the file in the folders searched, or an absolute path.
        num_words: int, keep the words with a number below this one. Default None, all.
        skip_top: int, leave out the most frequent words, those with a number below this one.
        maxlen: int, leave out newswires with this many words or more. Default None, none.
        test_split: float, share of the rows for the test, 0 <= test_split < 1. Default 0.2.
        seed: int, of the order. Default 113.
        start_char: int, put before every newswire; None puts nothing.
        oov_char: int, stands for every word left out; None drops them.
        index_from: int, added to every word's rank.
    Returns:
        (x_train, y_train), (x_test, y_test): x object (rows,) of lists of int, y int64 (rows,), 0
        to 45.
    Raises:
        ArgumentError: `maxlen` leaves no newswire, or `test_split` is out of range.
        DatasetNotFoundError: the file is nowhere and cannot be downloaded.
        FileFormatError: the file is damaged or holds something else.
    Source: Reuters-21578, as prepared for Keras.
    """
    check_test_split(test_split)
    file = lookup_or_download(RemoteFile(path, f"{KERAS_STORE}reuters.npz", _CHECKSUM))
    rows, classes = read_arrays(file, ("x", "y"))
    (order,) = permutations([len(rows)], seed)
    marked = mark_words(rows[order], start_char, index_from)
    short, kept = keep_short(marked, classes[order], maxlen)
    if not short:
        raise ArgumentError(
            message("`maxlen` leaves no newswire.", received=repr(maxlen), fix="make it larger.")
        )
    x, y = ragged(limit_words(short, num_words, skip_top, oov_char)), np.asarray(kept)
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """The rank of every word; add `index_from` of `load_data` to get its number in the newswires.

    Args:
        path: name of the file in the folders searched, or an absolute path.
    Returns:
        Word -> rank, the most frequent word having rank 1.
    Raises:
        DatasetNotFoundError: the file is nowhere and cannot be downloaded.
    """
    remote = RemoteFile(path, f"{KERAS_STORE}reuters_word_index.json", _WORDS_CHECKSUM)
    return json.loads(lookup_or_download(remote).read_text(encoding="utf-8"))


def get_label_names() -> tuple[str, ...]:
    """The topics, by class number."""
    return CLASS_NAMES
