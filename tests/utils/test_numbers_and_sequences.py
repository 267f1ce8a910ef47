"""to_categorical, normalize, pad_sequences, windows of series; against Keras where it is right."""

import numpy as np
import pytest

from lamina import utils
from lamina.data.inputs import make_source


@pytest.fixture(scope="module")
def keras():
    import os

    before = os.environ.get("KERAS_BACKEND")
    os.environ["KERAS_BACKEND"] = "jax"
    yield pytest.importorskip("keras", reason="Keras is what these tests compare with")
    if before is None:
        del os.environ["KERAS_BACKEND"]


@pytest.mark.parametrize(
    ("x", "classes"), [([0, 2, 1], None), ([[0], [1]], 3), ([[0, 1], [2, 2]], 4), ([1.0, 0.0], 2)]
)
def test_to_categorical(keras, x, classes):
    ours, theirs = utils.to_categorical(x, classes), keras.utils.to_categorical(x, classes)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype


@pytest.mark.parametrize(("x", "part"), [([3], "3 with"), ([-1], "-1 with"), ([0.5], "whole")])
def test_to_categorical_refuses(x, part):
    with pytest.raises(ValueError, match=part):
        utils.to_categorical(x, 3)
    with pytest.raises(ValueError, match="'b'"):
        utils.to_categorical(["b"])


@pytest.mark.parametrize("order", [1, 2, 3, np.inf])
def test_normalize(keras, order):
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    x[1] = 0
    ours = utils.normalize(x, order=order)
    np.testing.assert_array_equal(ours, keras.utils.normalize(x, order=order))
    assert ours.dtype == "float32"


def test_normalize_columns():
    # Keras puts the norms of axis 0 along the wrong axis.
    x = np.array([[3.0, 1.0], [4.0, 0.0]])
    np.testing.assert_allclose(utils.normalize(x, axis=0), [[0.6, 1], [0.8, 0]])


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("maxlen", [None, 1, 2, 5])
def test_pad_sequences(keras, padding, truncating, maxlen):
    rows = [[1], [], [2, 3], [4, 5, 6]]
    kwargs = {"maxlen": maxlen, "padding": padding, "truncating": truncating, "value": 9}
    ours, theirs = utils.pad_sequences(rows, **kwargs), keras.utils.pad_sequences(rows, **kwargs)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.dtype == theirs.dtype


def test_pad_sequences_of_vectors_and_text():
    assert utils.pad_sequences([np.ones((1, 2)), np.ones((3, 2))]).shape == (2, 3, 2)
    padded = utils.pad_sequences([["a"], ["b", "c"]], value="-", dtype=object)
    assert padded.tolist() == [["-", "a"], ["b", "c"]]
    assert utils.pad_sequences([]).shape == (0, 0)


@pytest.mark.parametrize(
    ("args", "kwargs", "part"),
    [
        (([1, 2],), {}, "list of iterables"),
        ((3,), {}, "iterable"),
        (([[1]],), {"padding": "left"}, "padding"),
        (([[1]],), {"value": "a"}, "not compatible"),
        (([[[1, 2]], [[1]]],), {}, "Sequence 1"),
    ],
)
def test_pad_sequences_refuses(args, kwargs, part):
    with pytest.raises(ValueError, match=part):
        utils.pad_sequences(*args, **kwargs)


def test_windows():
    data = np.arange(100)
    windows = utils.timeseries_dataset_from_array(data, data * 2, 9, batch_size=5)
    assert len(windows) == 19
    for i, (x, y) in enumerate(windows):
        assert x.shape == (5 if i < 18 else 2, 9)
        np.testing.assert_array_equal(x[:, 0] * 2, y)
        np.testing.assert_array_equal(x[0], np.arange(i * 5, i * 5 + 9))
    assert make_source(windows).num_batches == 19


def test_windows_with_stride_rate_and_range():
    data = np.arange(100)
    kwargs = {"sequence_stride": 3, "sampling_rate": 2, "start_index": 10, "end_index": 50}
    rows = np.concatenate(list(utils.timeseries_dataset_from_array(data, None, 4, **kwargs)))
    assert rows[0].tolist() == [10, 12, 14, 16]
    assert rows[1].tolist() == [13, 15, 17, 19]
    assert rows.max() < 50
    single = utils.timeseries_dataset_from_array(data, data, 4, batch_size=None)
    assert single[0][0].shape == (4,)
    mixed = utils.timeseries_dataset_from_array(data, None, 4, shuffle=True, seed=1)
    assert sorted(np.concatenate(list(mixed))[:, 0]) == list(range(97))


@pytest.mark.parametrize(
    ("kwargs", "part"),
    [
        ({"start_index": -1}, "start_index"),
        ({"start_index": 11}, "start_index"),
        ({"end_index": 11}, "end_index"),
        ({"end_index": 0}, "end_index"),
        ({"start_index": 5, "end_index": 4}, "end_index"),
        ({"sequence_stride": 0}, "sequence_stride"),
        ({"sampling_rate": 0}, "sampling_rate"),
        ({"sampling_rate": 11}, "sampling_rate"),
        ({"format": "csv"}, "format"),
    ],
)
def test_windows_refuse(kwargs, part):
    with pytest.raises(ValueError, match=part):
        utils.timeseries_dataset_from_array(np.arange(10), None, 3, **kwargs)


def test_packing(keras):
    for data in ([1, 2], (1,), (1, 2, 3), 5):
        assert utils.unpack_x_y_sample_weight(data) == keras.utils.unpack_x_y_sample_weight(data)
    for parts in ((1,), ([1],), (1, 2), (1, 2, 3), (1, None, 3)):
        assert utils.pack_x_y_sample_weight(*parts) == keras.utils.pack_x_y_sample_weight(*parts)
    with pytest.raises(ValueError, match="wrong number of parts"):
        utils.unpack_x_y_sample_weight((1, 2, 3, 4))
