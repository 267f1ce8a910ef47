"""Arguments of layers, and inputs that a layer cannot take."""

import numpy as np
from message_table import X, fit, refused

import lamina
from lamina import layers


def _over_images(*stack: layers.Layer) -> object:
    return lamina.Sequential([lamina.Input((8, 8, 1)), *stack])


# --- arguments ---


@refused("units", "-1", "positive")
def units_negative():
    layers.Dense(-1)


@refused("units", "0")
def units_zero():
    layers.Dense(0)


@refused("units", "2.5", error=(ValueError, TypeError))
def units_broken():
    layers.Dense(2.5)


@refused("units", "'10'", error=(ValueError, TypeError))
def units_a_string():
    layers.Dense("10")


@refused("units", "None", error=(ValueError, TypeError))
def units_none():
    layers.Dense(None)


@refused("units", error=(ValueError, TypeError))
def units_missing():
    layers.Dense(activation="relu")


@refused("'rleu'", "'relu'", "activation")
def activation_misspelt():
    layers.Dense(3, activation="rleu")


@refused("activation", "3")
def activation_a_number():
    layers.Dense(3, activation=3)


@refused("'he_nromal'", "'he_normal'")
def initializer_misspelt():
    layers.Dense(3, kernel_initializer="he_nromal")


@refused("'l3'", "regularizer")
def regularizer_misspelt():
    layers.Dense(3, kernel_regularizer="l3")


@refused("'maxnrom'")
def constraint_misspelt():
    layers.Dense(3, kernel_constraint="maxnrom")


@refused("dtype", "'flaot32'", "float32")
def dtype_misspelt():
    layers.Dense(3, dtype="flaot32")


@refused("unit", "units", error=(ValueError, TypeError))
def units_misspelt():
    layers.Dense(3, unit=4)


@refused("filters", "0")
def filters_zero():
    layers.Conv2D(0, 3)


@refused("filters", "-4")
def filters_negative():
    layers.Conv2D(-4, 3)


@refused("kernel_size", "0")
def kernel_size_zero():
    layers.Conv2D(4, 0)


@refused("kernel_size", "(3, 3, 3)", "2")
def kernel_size_too_long():
    layers.Conv2D(4, (3, 3, 3))


@refused("kernel_size", "'3'", error=(ValueError, TypeError))
def kernel_size_a_string():
    layers.Conv2D(4, "3")


@refused("strides", "0")
def strides_zero():
    layers.Conv2D(4, 3, strides=0)


@refused("padding", "'smae'", "same")
def padding_misspelt():
    layers.Conv2D(4, 3, padding="smae")


@refused("data_format", "'channel_last'", "channels_last")
def data_format_misspelt():
    layers.Conv2D(4, 3, data_format="channel_last")


@refused("groups", "3", "4")
def groups_not_dividing():
    layers.Conv2D(4, 3, groups=3)


@refused("pool_size", "0")
def pool_size_zero():
    layers.MaxPooling2D(0)


@refused("pool_size", "-2")
def pool_size_negative():
    layers.AveragePooling2D(-2)


@refused("rate", "1.5", "1")
def rate_above_one():
    layers.Dropout(1.5)


@refused("rate", "-0.1")
def rate_negative():
    layers.Dropout(-0.1)


@refused("rate", "'half'", error=(ValueError, TypeError))
def rate_a_string():
    layers.Dropout("half")


@refused("stddev", "-1")
def noise_negative():
    layers.GaussianNoise(-1.0)


@refused("input_dim", "-5")
def embedding_without_words():
    layers.Embedding(-5, 3)


@refused("output_dim", "0")
def embedding_without_width():
    layers.Embedding(5, 0)


@refused("units", "-2")
def lstm_units_negative():
    layers.LSTM(-2)


@refused("merge_mode", "'plus'", "sum")
def merge_mode_unknown():
    layers.Bidirectional(layers.LSTM(2), merge_mode="plus")


@refused("layer", "'lstm'")
def bidirectional_around_a_string():
    layers.Bidirectional("lstm")


@refused("layer", "3")
def time_distributed_around_a_number():
    layers.TimeDistributed(3)


@refused("n", "-1")
def repeat_vector_negative():
    layers.RepeatVector(-1)


@refused("permut", "(0, 1)")
def permute_with_the_batch_axis():
    layers.Permute((0, 1))


@refused("target_shape", "(3, 5)", "16")
def reshape_that_does_not_fit():
    lamina.Sequential([lamina.Input((16,)), layers.Reshape((3, 5))])


@refused("target_shape", "-1")
def reshape_with_two_unknowns():
    lamina.Sequential([lamina.Input((16,)), layers.Reshape((-1, -1))])


@refused("shape", "-4")
def an_input_of_negative_size():
    lamina.Input((-4,))


@refused("shape", "'4'", error=(ValueError, TypeError))
def an_input_shape_as_a_string():
    lamina.Input("4")


@refused("shape")
def an_input_without_shape():
    lamina.Input()


@refused("axis", "5", "BatchNormalization", "(None, 4)")
def an_axis_that_is_not_there():
    layers.BatchNormalization(axis=5)(lamina.Input((4,)))


@refused("groups", "3", "8")
def group_normalization_not_dividing():
    layers.GroupNormalization(groups=3)(np.zeros((2, 8), "float32"))


# --- inputs ---


@refused("seen", "4", "5")
def a_layer_called_with_another_width():
    dense = layers.Dense(3, name="seen")
    dense(np.zeros((2, 4), "float32"))
    dense(np.zeros((2, 5), "float32"))


@refused("early", "(32, 4)", "4", "ndim")
def a_convolution_over_rows():
    model = lamina.Sequential([layers.Conv2D(4, 3, name="early")])
    model.compile(loss="mse")
    fit(model)


@refused("big", "9", "8")
def an_image_too_small_for_the_kernel():
    _over_images(layers.Conv2D(4, 9, name="big"))


@refused("third", "2")
def an_image_too_small_for_the_pools():
    _over_images(
        layers.MaxPooling2D(3, name="first"), layers.MaxPooling2D(3, name="third"),
    )  # fmt: skip


@refused("wide", "16", "8")
def an_image_too_small_for_the_pool():
    _over_images(layers.AveragePooling2D(16, name="wide"))


@refused("conv", "(None, 28, 28)", "4")
def an_image_without_channels():
    layers.Conv2D(4, 3, name="conv")(lamina.Input((28, 28)))


@refused("conv", "3", "1")
def an_image_with_other_channels():
    model = _over_images(layers.Conv2D(4, 3, name="conv"))
    model.predict(np.zeros((2, 8, 8, 3), "float32"), verbose=0)


@refused("conv", "axis 1", "3", "(2, 8, 8, 3)")
def channels_in_the_wrong_place():
    conv = layers.Conv2D(4, 3, data_format="channels_first", name="conv")
    conv.build((None, 3, 8, 8))
    conv(np.zeros((2, 8, 8, 3), "float32"))


@refused("cut", "5", "8")
def a_crop_of_the_whole():
    _over_images(layers.Cropping2D(5, name="cut"))


@refused("steps", "(None, 4)", "3")
def a_recurrent_layer_over_rows():
    layers.LSTM(3, name="steps")(lamina.Input((4,)))


@refused("'sum'", "(4,)", "(5,)")
def added_shapes_that_differ():
    layers.Add(name="sum")([lamina.Input((4,)), lamina.Input((5,))])


@refused("sum", "list")
def a_merge_of_one_tensor():
    layers.Add(name="sum")(lamina.Input((4,)))


@refused("joined", "(None, 4, 2)", "(None, 5, 3)")
def concatenated_shapes_that_differ():
    layers.Concatenate(name="joined")([lamina.Input((4, 2)), lamina.Input((5, 3))])


@refused("dots", "4", "5")
def a_dot_of_other_widths():
    layers.Dot(axes=1, name="dots")([lamina.Input((4,)), lamina.Input((5,))])


@refused("words", "7", "5", "input_dim")
def a_word_out_of_range():
    layers.Embedding(5, 2, name="words")(np.array([[0, 7]]))


@refused("words", "-1", "5", "input_dim")
def a_negative_word():
    layers.Embedding(5, 2, name="words")(np.array([[0, -1]]))


def _reader() -> lamina.Sequential:
    model = lamina.Sequential(
        [
            lamina.Input((3,), dtype="int32"),
            layers.Embedding(5, 2, name="words"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer="sgd", loss="mse")
    return model


@refused("words", "9", "5")
def a_word_out_of_range_in_fit():
    words = np.zeros((40, 3), "int32")
    words[33, 1] = 9
    fit(_reader(), words)


@refused("words", "9", "5")
def a_word_out_of_range_in_predict():
    words = np.zeros((40, 3), "int32")
    words[33, 1] = 9
    _reader().predict(words, verbose=0)


@refused("'a'", "Flatten")
def text_into_a_layer():
    layers.Flatten()("a")


@refused("head", "Dense", "hidden")
def a_layer_given_a_layer():
    layers.Dense(1, name="head")(layers.Dense(3, name="hidden"))


@refused("head", "ufunc")
def a_layer_given_a_function():
    layers.Dense(1, name="head")(np.sin)


@refused("head", "None")
def a_layer_given_nothing():
    layers.Dense(1, name="head")(None)


@refused("head", error=(ValueError, TypeError))
def a_layer_called_without_arguments():
    layers.Dense(1, name="head")()


@refused("head", "1 input", "dict", "'a'")
def a_layer_given_a_dict():
    layers.Dense(1, name="head")({"a": X})


@refused("head", "equal lengths")
def a_layer_given_ragged_lists():
    layers.Dense(1, name="head")([[1.0, 2.0], [3.0]])


@refused("normalization", "(2, 7)")
def normalization_not_adapted_to_the_width():
    layer = layers.Normalization()
    layer.adapt(X)
    layer(np.zeros((2, 7), "float32"))


@refused("too_far", "64", "72")
def flatten_then_wrong_width():
    model = _over_images(layers.Flatten(), layers.Dense(2, name="too_far"))
    model.predict(np.zeros((2, 8, 9, 1), "float32"), verbose=0)
