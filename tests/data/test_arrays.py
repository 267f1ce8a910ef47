"""What users pass as data, and which array or error it becomes."""

import numpy as np
import pytest

from lamina.base import config
from lamina.base.errors import ArgumentError, DTypeError, ShapeError
from lamina.data.inputs import make_source
from lamina.data.split import split_validation
from lamina.data.structures import as_arrays


def fit_x(x, **kwargs):
    return make_source(x, **kwargs).arrays[0]


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (np.zeros((3, 2)), "float32"),
        (np.zeros((3, 2), "float16"), "float32"),
        (np.zeros((3, 2), ">f4"), "float32"),
        (np.zeros((3, 2), ">i4"), "int32"),
        (np.zeros((3, 2), "uint8"), "uint8"),
        (np.zeros((3, 2), "int64"), "int64"),
        (np.zeros((3, 2), "bool"), "bool"),
        ([[1.0, 2.0]], "float32"),
        ([1, 2, 3], "int64"),
        ((1.5, 2.5), "float32"),
        (range(4), "int64"),
        (np.array([1, 2.5], dtype=object), "float32"),
        (np.array([True, 2], dtype=object), "int64"),
    ],
)
def test_dtypes(given, dtype):
    array = fit_x(given)
    assert array.dtype == np.dtype(dtype)
    assert array.dtype.isnative


def test_floats_follow_floatx():
    config.set_floatx("float64")
    assert fit_x(np.zeros((2, 1), "float32")).dtype == "float64"


def test_no_copy_where_nothing_changes():
    x = np.zeros((4, 3), "float32")
    assert np.shares_memory(fit_x(x), x)


def test_structures_keep_their_form():
    x = {"a": [1.0, 2.0], "b": (np.zeros((2, 3)), [[1], [2]])}
    arrays = as_arrays(x, "x")
    assert arrays["a"].shape == (2,)
    assert isinstance(arrays["b"], tuple)
    assert arrays["b"][1].shape == (2, 1)


def test_list_of_arrays_is_several_inputs():
    arrays = fit_x([np.zeros((2, 3)), np.zeros((2, 4))])
    assert [a.shape for a in arrays] == [(2, 3), (2, 4)]


@pytest.mark.parametrize(
    ("given", "error", "parts"),
    [
        (np.array([["a"], ["b"]]), DTypeError, ["text", "'a'"]),
        ([1.0, "b"], DTypeError, ["text", "'b'", "row 1"]),
        ([[1.0, 2.0], [3.0, None]], DTypeError, ["missing", "row 1, column 1"]),
        ([[1.0, 2.0], [3.0]], ShapeError, ["row 0 has 2", "row 1 has 1", "pad_sequences"]),
        (np.array([np.zeros(2), np.zeros(3)], dtype=object), DTypeError, ["row 0", "stack"]),
        (np.zeros(3, complex), DTypeError, ["complex", "imaginary"]),
        (np.zeros(3, "datetime64[D]"), DTypeError, ["dates"]),
        (np.ma.masked_array([1.0, 2.0], [False, True]), ArgumentError, ["masked"]),
        (np.float32(3), ShapeError, ["single value"]),
        ("data.csv", ShapeError, ["data.csv", "file name"]),
        (None, ArgumentError, ["None"]),
        ({1, 2}, ArgumentError, ["Unrecognized data type", "set"]),
        (object(), ArgumentError, ["Unrecognized data type"]),
        (lambda: 1, ArgumentError, ["call it"]),
        ([], ArgumentError, ["empty"]),
        (np.zeros((0, 3)), ArgumentError, ["empty", "(0, 3)"]),
    ],
)
def test_bad_values(given, error, parts):
    with pytest.raises(error) as caught:
        make_source(given)
    for part in parts:
        assert part in str(caught.value)
    assert len(str(caught.value)) <= 600


def test_object_that_is_a_dataset_of_rows():
    class Rows:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return index

    with pytest.raises(ArgumentError, match="DataLoader"):
        make_source(Rows())


def test_text_passes_where_allowed():
    assert make_source(["a", "bc"], allow_strings=True).arrays[0].dtype.kind == "U"


def test_different_lengths_name_both():
    with pytest.raises(ValueError, match="'x' sizes: 100, 'y' sizes: 90"):
        make_source(np.zeros((100, 2)), np.zeros(90))
    with pytest.raises(ValueError, match="'sample_weight' sizes: 5"):
        make_source(np.zeros((6, 2)), np.zeros(6), np.ones(5))


@pytest.mark.parametrize(
    ("kwargs", "part"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": -3}, "batch_size"),
        ({"batch_size": 2.5}, "batch_size"),
        ({"batch_size": True}, "batch_size"),
        ({"batch_size": "32"}, "batch_size"),
        ({"steps": 0}, "steps_per_epoch"),
        ({"steps": -1}, "steps_per_epoch"),
        ({"shuffle": "bach"}, "'batch'"),
    ],
)
def test_bad_counts(kwargs, part):
    with pytest.raises((ValueError, TypeError), match=part):
        make_source(np.zeros((4, 1)), **kwargs)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", ["x", "y", "sample_weight"])
def test_non_finite_values_warn_once(value, place):
    parts = {"x": np.ones((9, 2)), "y": np.ones(9), "sample_weight": np.ones(9)}
    parts[place][4] = value
    with pytest.warns(UserWarning, match=rf"`{place}` in 1 of 9 rows, first in row 4") as caught:
        make_source(**parts)
    assert len(caught) == 1


def test_sums_that_overflow_do_not_warn():
    make_source(np.full((4, 2), 3e38, "float32"))


def test_weights_without_targets():
    with pytest.raises(ArgumentError, match="without `y`"):
        make_source(np.zeros((3, 1)), sample_weight=np.ones(3))


def test_one_weight_for_all_targets():
    y = {"a": np.zeros(3), "b": np.zeros((3, 2))}
    weight = make_source(np.zeros((3, 1)), y, np.ones(3)).arrays[2]
    assert set(weight) == {"a", "b"}
    with pytest.raises(ArgumentError, match="structure"):
        make_source(np.zeros((3, 1)), y, np.ones((3, 2)))
    with pytest.raises(ArgumentError, match="structure"):
        make_source(np.zeros((3, 1)), y, {"a": np.ones(3)})


def test_class_weight():
    x, y = np.zeros((4, 1)), np.array([0, 1, 2, 1])
    with pytest.warns(UserWarning, match="class 2"):
        weight = make_source(x, y, class_weight={0: 0.5, 1: 3}).arrays[2]
    np.testing.assert_array_equal(weight, np.array([0.5, 3, 1, 3], "float32"))
    for labels in (y[:, None], np.eye(3)[y], y.astype("float64")):
        given = make_source(x, labels, class_weight={0: 0.5, 1: 3, 2: 1}).arrays[2]
        np.testing.assert_array_equal(given, weight)
    with pytest.raises(ValueError, match="at the same time"):
        make_source(x, y, np.ones(4), class_weight={0: 1, 1: 1, 2: 1})
    with pytest.raises(ValueError, match="single output"):
        make_source(x, [y, y], class_weight={0: 1})
    with pytest.raises(TypeError, match="class number"):
        make_source(x, y, class_weight={"0": 1})
    with pytest.raises(ValueError, match="class 0"):
        make_source(x, y, class_weight={0: -1})
    with pytest.raises(TypeError, match="dict"):
        make_source(x, y, class_weight=[1, 2])


def test_split_validation():
    x, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    (train_x, train_y, none), (val_x, val_y, _) = split_validation((x, y, None), 0.3)
    assert none is None
    np.testing.assert_array_equal(train_y, [0, 1, 2])
    np.testing.assert_array_equal(val_y, [3, 4])
    assert train_x.shape == (3, 2)
    assert val_x.shape == (2, 2)
    for share in (1.5, -0.2, 0, 1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            split_validation((x, y, None), share)
    with pytest.raises(ValueError, match="not sufficient to split"):
        split_validation((x[:1], y[:1], None), 0.2)
    with pytest.raises(ValueError, match="Unrecognized data type"):
        split_validation((iter([x]), None, None), 0.2)
