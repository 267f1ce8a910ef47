"""Mistakes in x, y and sample weights."""

import numpy as np
from message_table import (
    LABELS,
    NUMBERS,
    X,
    classes_model,
    fit,
    numbers_model,
    refused,
    two_inputs_model,
    warned,
)

WITH_NAN = X.copy()
WITH_NAN[7, 2] = np.nan
WITH_INF = X.copy()
WITH_INF[3, 0] = np.inf


# --- shapes and lengths ---


@refused("hidden", "(32, 7)", "size 4")
def too_many_features():
    fit(numbers_model(), np.zeros((40, 7), "float32"))


@refused("hidden", "5", "4")
def too_many_features_in_predict():
    numbers_model().predict(np.zeros((40, 5), "float32"), verbose=0)


@refused("(32, 4, 2)")
def an_axis_too_many():
    fit(numbers_model(), np.zeros((40, 4, 2), "float32"))


@refused("(4,)", "x[None]")
def one_row_without_its_axis():
    numbers_model().predict(X[0], verbose=0)


@refused("'x' sizes: 40", "'y' sizes: 39", "rows")
def a_row_of_targets_missing():
    fit(numbers_model(), X, NUMBERS[:39])


@refused("'x' sizes: 40, 38")
def inputs_of_different_lengths():
    fit(two_inputs_model(), [X, X[:38, :2]])


@refused("sample_weight", "30", "40")
def sample_weight_too_short():
    fit(numbers_model(), sample_weight=np.ones(30))


@refused("sample_weight")
def sample_weight_of_another_shape():
    fit(numbers_model(), sample_weight=np.ones((40, 3)))


@refused("sample_weight", "y")
def sample_weight_without_targets():
    numbers_model().fit(X, sample_weight=np.ones(40), verbose=0)


@refused("empty", "(0, 4)")
def no_rows():
    fit(numbers_model(), X[:0], NUMBERS[:0])


@refused("empty", "(0, 4)")
def no_rows_in_predict():
    numbers_model().predict(X[:0], verbose=0)


@refused("empty")
def no_rows_in_evaluate():
    numbers_model().evaluate(X[:0], NUMBERS[:0], verbose=0)


@refused("x")
def an_empty_list():
    fit(numbers_model(), [], [])


@refused("y", "(40, 3)", "(batch, 1)")
def targets_of_another_width():
    fit(numbers_model(), X, np.zeros((40, 3)))


@refused("y", "(40, 2, 2)")
def targets_with_an_axis_too_many():
    fit(numbers_model(), X, np.zeros((40, 2, 2)))


@refused("`x`", "single value", "3.0")
def a_number_as_x():
    fit(numbers_model(), 3.0, 1.0)


@refused("`y`", "single value")
def a_number_as_y():
    fit(numbers_model(), X, np.float32(1))


# --- kinds of values ---


@refused("x", "None", "fix")
def none_as_x():
    fit(numbers_model(), None, NUMBERS)


@refused("`y` is None", "(x, y)")
def no_targets():
    numbers_model().fit(X, verbose=0)


@refused("x", "None")
def none_inside_x():
    fit(numbers_model(), [[1.0, 2.0, None, 4.0]] * 40)


@refused("`x`", "text", "'a'")
def strings_as_x():
    fit(numbers_model(), np.array([["a", "b", "c", "d"]] * 40))


@refused("x", "abc")
def a_string_as_x():
    fit(numbers_model(), "abc")


@refused("`y`", "'cat'")
def strings_as_y():
    fit(classes_model(), X, np.array(["cat", "dog"] * 20))


@refused("x", "row 1")
def ragged_lists():
    fit(numbers_model(), [[1.0, 2.0, 3.0, 4.0], [1.0, 2.0]], [1.0, 2.0])


@refused("y", "row 1")
def ragged_targets():
    fit(numbers_model(), X[:2], [[1.0], [2.0, 3.0]])


@refused("x", "complex")
def complex_values():
    fit(numbers_model(), X.astype("complex64"))


@refused("x", "datetime64")
def dates():
    fit(numbers_model(), np.array(["2024-01-01"] * 160, "datetime64[D]").reshape(40, 4))


@refused("x", "object")
def an_object_array():
    fit(numbers_model(), np.array([[1.0, {}, 2.0, 3.0]] * 40, dtype=object))


@refused("x", "set")
def a_set_as_x():
    fit(numbers_model(), {1.0, 2.0})


@refused("x", "function")
def a_generator_function_not_called():
    def batches():
        yield X, NUMBERS

    fit(numbers_model(), batches, None)


@refused("'town'", "Rome")
def a_frame_with_a_text_column():
    pandas = __import__("pytest").importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    frame["d"] = frame["d"].astype(object)
    frame = frame.rename(columns={"d": "town"})
    frame["town"] = "Rome"
    fit(numbers_model(), frame)


@warned("NaN", "`x`", "1 of 40 rows", "row 7")
def nan_in_x():
    fit(numbers_model(), WITH_NAN)


@warned("infinity", "`x`", "row 3")
def infinity_in_x():
    fit(numbers_model(), WITH_INF)


@warned("`y`", "row 2")
def nan_in_y():
    bad = NUMBERS.copy()
    bad[2] = np.nan
    fit(numbers_model(), X, bad)


@warned("`sample_weight`", "row 0")
def nan_in_weights():
    fit(numbers_model(), sample_weight=np.array([np.nan, *np.ones(39)]))


@warned("`x`", "row 7")
def nan_in_predict():
    numbers_model().predict(WITH_NAN, verbose=0)


@warned("`x`", "row 7")
def nan_in_evaluate():
    numbers_model().evaluate(WITH_NAN, NUMBERS, verbose=0)


@warned("`x`", "row 7")
def nan_in_validation_data():
    fit(numbers_model(), validation_data=(WITH_NAN, NUMBERS))


# --- several inputs ---


@refused("2", "left", "right")
def one_input_in_place_of_two():
    fit(two_inputs_model(), X)


@refused("inputs", "(32, 4)")
def two_inputs_in_place_of_one():
    fit(numbers_model(), [X, X])


@refused("3", "2")
def three_inputs_in_place_of_two():
    fit(two_inputs_model(), [X, X[:, :2], X])


@refused("'rihgt'", "right")
def a_key_of_x_misspelt():
    fit(two_inputs_model(), {"left": X, "rihgt": X[:, :2]})


@refused("right")
def a_key_of_x_missing():
    fit(two_inputs_model(), {"left": X})


@refused("left", "(32, 2)", "(None, 4)")
def inputs_in_the_wrong_order():
    fit(two_inputs_model(), [X[:, :2], X])


# --- validation ---


@refused("validation_split", "1.5", "0", "1")
def validation_split_above_one():
    fit(numbers_model(), validation_split=1.5)


@refused("validation_split", "-0.1")
def validation_split_negative():
    fit(numbers_model(), validation_split=-0.1)


@refused("validation_split", "'0.2'", error=TypeError)
def validation_split_a_string():
    fit(numbers_model(), validation_split="0.2")


@refused("validation_split", "0.999")
def validation_split_leaving_no_training():
    fit(numbers_model(), validation_split=0.999)


@refused("validation_data", "(x, y)")
def validation_data_without_targets():
    fit(numbers_model(), validation_data=X)


@refused("validation_data")
def validation_data_too_long_a_tuple():
    fit(numbers_model(), validation_data=(X, NUMBERS, None, 1))


@refused("'x' sizes: 40", "'y' sizes: 10")
def validation_data_of_different_lengths():
    fit(numbers_model(), validation_data=(X, NUMBERS[:10]))


@refused("class_weight", "(40, 1, 1)")
def class_weight_with_an_image_target():
    fit(numbers_model(), X, np.zeros((40, 1, 1)), class_weight={0: 1.0})


@refused("class_weight", "list", error=TypeError)
def class_weight_a_list():
    fit(classes_model(), X, LABELS, class_weight=[1.0, 2.0, 3.0])


@refused("class_weight", "'dog'", error=TypeError)
def class_weight_with_a_name():
    fit(classes_model(), X, LABELS, class_weight={0: 1.0, "dog": 2.0, 2: 1.0})


@warned("class_weight", "2")
def class_weight_partial():
    fit(classes_model(), X, LABELS, class_weight={0: 1.0, 1: 2.0})


@refused("class_weight", "-1")
def class_weight_negative():
    fit(classes_model(), X, LABELS, class_weight={0: 1.0, 1: -1.0, 2: 1.0})


@refused("class_weight", "sample_weight")
def both_kinds_of_weights():
    fit(
        classes_model(),
        X,
        LABELS,
        class_weight={0: 1.0, 1: 1.0, 2: 1.0},
        sample_weight=np.ones(40),
    )
