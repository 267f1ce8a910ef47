"""Labels that do not suit a loss are found and explained; good ones pass."""

import numpy as np
import pytest

from lamina import losses
from lamina.losses.targets import check_targets

THREE, ONE = (None, 3), (None, 1)
CLASSES = np.array([0, 2, 1])
HOT = np.eye(3)[CLASSES]

GOOD = [
    ("sparse_categorical_crossentropy", CLASSES, THREE),
    ("sparse_categorical_crossentropy", CLASSES[:, None].astype("float32"), THREE),
    ("sparse_categorical_crossentropy", np.zeros((4, 5), "int32"), (None, 5, 3)),
    ("sparse_categorical_crossentropy", np.zeros((4, 5), "int32"), (None, None, 3)),
    ("sparse_categorical_crossentropy", CLASSES, (None, None)),
    ("categorical_crossentropy", HOT, THREE),
    ("categorical_crossentropy", HOT.astype("int64"), THREE),
    ("categorical_crossentropy", HOT * -2.5, THREE),
    ("binary_crossentropy", np.array([0, 1, 1]), ONE),
    ("binary_crossentropy", np.array([True, False]), ONE),
    ("binary_crossentropy", np.array([[0.25], [1.0]]), ONE),
    ("binary_crossentropy", HOT, THREE),
    ("mean_squared_error", np.ones(4), ONE),
    ("mean_squared_error", np.ones((4, 1)), (None,)),
    ("mean_squared_error", np.ones((4, 7)), (None, None)),
    ("poisson", np.ones((4, 3)), THREE),
]
BAD = [
    (
        "sparse_categorical_crossentropy", np.array([0, 1, 5, 7]), THREE,
        ["row 2 is 5", "none of the 3 classes", "labels from 0 to 2", "1 more", "units=8"],
    ),
    ("sparse_categorical_crossentropy", np.array([1, 2, 3]), THREE, ["row 2 is 3", "y - 1"]),
    (
        "sparse_categorical_crossentropy", np.array([0, -1]), THREE,
        ["row 1 is -1", "ignore_class=-1"],
    ),
    (
        "sparse_categorical_crossentropy", np.array([0.5, 1.0]), THREE,
        ["row 0 is 0.5", "whole number"],
    ),
    (
        "sparse_categorical_crossentropy", np.repeat(HOT, 10, 0), THREE,
        ["y has shape (30, 3): it looks one-hot", "categorical_crossentropy", "np.argmax"],
    ),
    ("sparse_categorical_crossentropy", np.zeros((4, 5)), THREE, ["(4, 5)", "(batch, 3)"]),
    (
        "categorical_crossentropy", CLASSES, THREE,
        ["class numbers", "sparse_categorical_crossentropy", "to_categorical(y, 3)"],
    ),
    ("categorical_crossentropy", CLASSES[:, None], THREE, ["sparse_categorical_crossentropy"]),
    ("categorical_crossentropy", HOT[:, :2], THREE, ["(3, 2)", "(batch, 3)", "units=2"]),
    (
        "binary_crossentropy", np.array([0, 1, 2]), ONE,
        ["row 2 is 2", "neither 0 nor 1", "units=3", "softmax"],
    ),
    ("binary_crossentropy", np.array([-1.0, 1.0]), ONE, ["row 0 is -1.0", "(y + 1) / 2", "hinge"]),
    ("binary_crossentropy", np.array([0.0, 7.5]), ONE, ["row 1 is 7.5", "mean_squared_error"]),
    ("mean_squared_error", np.ones((4, 2)), THREE, ["(4, 2)", "(batch, 3)", "units=2"]),
    ("mean_squared_error", np.ones((4, 3)), ONE, ["(4, 3)", "units=3"]),
    ("mean_squared_error", np.ones(4), THREE, ["(4,)", "reshape y"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "y", "shape"), GOOD)
def test_good(name, y, shape):
    check_targets(losses.get(name), y, shape)


@pytest.mark.parametrize(("name", "y", "shape", "parts"), BAD)
def test_bad(name, y, shape, parts):
    with pytest.raises(ValueError, match="Argument `y` of") as error:
        check_targets(losses.get(name), y, shape)
    text = str(error.value)
    assert name in text
    assert all(part in text for part in parts), text
    assert len(text) <= 600


def test_whole_message():
    with pytest.raises(ValueError) as error:
        check_targets(losses.SparseCategoricalCrossentropy(), np.array([0, 3]), (None, 3))
    assert str(error.value) == (
        "Argument `y` of sparse_categorical_crossentropy: row 1 is 3, which is none of the 3 "
        "classes.\n"
        "  received: (2,) int64\n"
        "  required: labels from 0 to 2\n"
        "  to fix:   give the last layer units=4, or correct the labels"
    )


def test_settings_count():
    check_targets(losses.SparseCategoricalCrossentropy(ignore_class=255), np.array([0, 255]), THREE)
    check_targets(losses.SparseCategoricalCrossentropy(axis=1), np.zeros((4, 5)), (None, 3, 5))
    with pytest.raises(ValueError, match="row 1, place"):
        y = np.array([[0, 1], [2, 9]])
        check_targets(losses.SparseCategoricalCrossentropy(), y, (None, 2, 3))


def test_users_losses_are_left_alone():
    class Mine(losses.BinaryCrossentropy):
        def call(self, y_true, y_pred):
            return y_true

    check_targets(Mine(), np.array([5]), ONE)
    check_targets(lambda y_true, y_pred: y_pred, np.array([5]), THREE)
    check_targets(None, np.array([5]), THREE)
    check_targets(losses.get("mse"), np.array(["a"]), THREE)
