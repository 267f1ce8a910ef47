"""The CTC loss beside a sum over all paths, and decoding beside Keras."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.runtime.compiled import CompiledFunction


def reading(path, blank=0):
    """The labels that a path reads as."""
    merged = [c for c, _ in itertools.groupby(path)]
    return [c for c in merged if c != blank]


def loss_by_paths(target, logits):
    """-log of the sum over all paths, one sample."""
    steps, classes = logits.shape
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    sums = [
        sum(logs[t, c] for t, c in enumerate(path))
        for path in itertools.product(range(classes), repeat=steps)
        if reading(path) == list(target)
    ]
    return -np.log(np.sum(np.exp(sums)))


LOGITS = np.random.default_rng(3).normal(size=(4, 5, 3)).astype("float32")
TARGET = np.array([[1, 2], [1, 1], [2, 0], [0, 0]], "int32")
TARGET_LENGTH = np.array([2, 2, 1, 0], "int32")
OUTPUT_LENGTH = np.array([5, 4, 3, 5], "int32")


def test_loss_is_the_sum_over_paths():
    exact = [
        loss_by_paths(t[:n], x[:steps])
        for t, n, x, steps in zip(TARGET, TARGET_LENGTH, LOGITS, OUTPUT_LENGTH, strict=True)
    ]
    value = ops.ctc_loss(TARGET, LOGITS, TARGET_LENGTH, OUTPUT_LENGTH)
    np.testing.assert_allclose(value, exact, rtol=1e-5)


def test_loss_compiled_and_its_slope():
    def loss(target, logits, target_length, output_length):
        return ops.ctc_loss(target, logits, target_length, output_length)

    compiled = CompiledFunction(loss, "ctc")
    arguments = (TARGET, LOGITS, TARGET_LENGTH, OUTPUT_LENGTH)
    for size in (4, 2):
        part = [a[:size] for a in arguments]
        np.testing.assert_allclose(compiled(*part), loss(*part), rtol=1e-5)
    assert len(compiled._cache) == 1
    slope = lamina.grad(lambda x: ops.sum(loss(TARGET, x, TARGET_LENGTH, OUTPUT_LENGTH)))(LOGITS)
    assert np.isfinite(slope).all()
    assert (slope[2, 3:] == 0).all()
    step = np.zeros_like(LOGITS)
    step[1, 2, 1] = 1e-2
    rise = loss(TARGET, LOGITS + step, *arguments[2:]) - loss(TARGET, LOGITS - step, *arguments[2:])
    np.testing.assert_allclose(slope[1, 2, 1], rise[1] / 2e-2, rtol=1e-3)


def test_beams_find_the_most_probable_labels():
    labels, scores = ops.ctc_decode(
        LOGITS, OUTPUT_LENGTH, strategy="beam_search", beam_width=200, top_paths=3
    )
    assert labels.shape == (3, 4, 5)
    for sample in range(4):
        for rank in range(3):
            found = [c for c in labels[rank, sample] if c != -1]
            exact = -loss_by_paths(found, LOGITS[sample, : OUTPUT_LENGTH[sample]])
            np.testing.assert_allclose(scores[sample, rank], exact, rtol=1e-5)
        assert (np.diff(scores[sample]) <= 0).all()


@pytest.mark.parametrize("strategy", ["greedy", "beam_search"])
def test_decoding_compiled(strategy):
    def decode(logits, lengths):
        return ops.ctc_decode(logits, lengths, strategy=strategy, beam_width=10, top_paths=2)

    compiled = CompiledFunction(decode, "decode")
    for size in (4, 2):
        ours = compiled(LOGITS[:size], OUTPUT_LENGTH[:size])
        for a, b in zip(ours, decode(LOGITS[:size], OUTPUT_LENGTH[:size]), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5)
    assert len(compiled._cache) == 1


def test_decoding_equals_keras(keras):
    for kwargs in ({}, {"merge_repeated": False}, {"mask_index": None}):
        ours = ops.ctc_decode(LOGITS, OUTPUT_LENGTH, **kwargs)
        theirs = keras.ops.ctc_decode(LOGITS, OUTPUT_LENGTH, **kwargs)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, np.asarray(b), rtol=1e-5)
    ours = ops.ctc_decode(LOGITS, OUTPUT_LENGTH, strategy="beam_search", beam_width=4, top_paths=2)
    theirs = keras.ops.ctc_decode(
        LOGITS, OUTPUT_LENGTH, strategy="beam_search", beam_width=4, top_paths=2
    )
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, np.asarray(b), rtol=1e-5)
