"""The right calls in the wrong order, and models put together wrongly."""

import numpy as np
from message_table import NUMBERS, X, fit, folder, numbers_model, refused, warned

import lamina
from lamina import layers, ops


def _unbuilt() -> lamina.Sequential:
    return lamina.Sequential([layers.Dense(2, name="first"), layers.Dense(1, name="head")])


def _built() -> lamina.Sequential:
    return lamina.Sequential([lamina.Input((4,)), layers.Dense(1, name="head")])


# --- before compile or build ---


@refused("compile", "fit")
def fit_before_compile():
    fit(_built())


@refused("compile", "evaluate")
def evaluate_before_compile():
    _built().evaluate(X, NUMBERS, verbose=0)


@refused("compile", "train_on_batch")
def train_on_batch_before_compile():
    _built().train_on_batch(X, NUMBERS)


@refused("compile", "test_on_batch")
def test_on_batch_before_compile():
    _built().test_on_batch(X, NUMBERS)


@refused("built")
def save_weights_before_build():
    _unbuilt().save_weights(folder() / "a.weights.h5")


@refused("built")
def load_weights_before_build():
    path = folder() / "a.weights.h5"
    _built().save_weights(path)
    _unbuilt().load_weights(path)


@refused("built", "head")
def set_weights_before_build():
    layers.Dense(1, name="head").set_weights([np.zeros((4, 1)), np.zeros(1)])


@refused("count_params", "head", "built")
def count_params_before_build():
    layers.Dense(1, name="head").count_params()


@refused("count_params", "built")
def count_params_of_an_unbuilt_model():
    _unbuilt().count_params()


@refused("kernel", "head", "built", error=AttributeError)
def kernel_before_build():
    layers.Dense(1, name="head").kernel  # noqa: B018


@refused("output", "head", error=AttributeError)
def output_before_a_call():
    layers.Dense(1, name="head").output  # noqa: B018


@refused("no layers", "add")
def predict_without_layers():
    lamina.Sequential().predict(X, verbose=0)


@refused("layers")
def fit_without_layers():
    model = lamina.Sequential()
    model.compile(optimizer="sgd", loss="mse")
    fit(model)


@warned("trainable", "compile")
def trainable_changed_after_compile():
    model = numbers_model()
    model.layers[0].trainable = False
    fit(model)


# --- weights ---


@refused("head", "2", "1")
def set_weights_of_another_count():
    _built().layers[-1].set_weights([np.zeros((4, 1))])


@refused("head", "(5, 1)", "(4, 1)")
def set_weights_of_another_shape():
    _built().layers[-1].set_weights([np.zeros((5, 1)), np.zeros(1)])


@refused("3", "2")
def set_weights_of_a_model_of_another_count():
    _built().set_weights([np.zeros((4, 1)), np.zeros(1), np.zeros(1)])


@refused("str", error=(ValueError, TypeError))
def set_weights_of_strings():
    _built().set_weights(["a", "b"])


@refused("haed", "'head'")
def get_layer_misspelt():
    numbers_model().get_layer("haed")


@refused("5", "2")
def get_layer_beyond_the_end():
    numbers_model().get_layer(index=5)


@refused("get_layer", "name", "index")
def get_layer_of_nothing():
    numbers_model().get_layer()


# --- graphs ---


@refused("outputs", "Dense(...)(tensor)")
def a_layer_in_place_of_its_output():
    inputs = lamina.Input((4,))
    lamina.Model(inputs, layers.Dense(3))


@refused("outputs", "ndarray")
def an_array_as_output():
    lamina.Model(lamina.Input((4,)), X)


@refused("outputs", "None")
def none_as_output():
    lamina.Model(lamina.Input((4,)), None)


@refused("left")
def an_input_left_out():
    left, right = lamina.Input((4,), name="left"), lamina.Input((4,), name="right")
    lamina.Model(right, layers.Add()([left, right]))


@refused('"same"', "unique")
def two_layers_of_one_name():
    inputs = lamina.Input((4,))
    hidden = layers.Dense(3, name="same")(inputs)
    lamina.Model(inputs, layers.Dense(1, name="same")(hidden))


@refused("'same'", "unique")
def two_layers_of_one_name_in_a_stack():
    lamina.Sequential([layers.Dense(3, name="same"), layers.Dense(1, name="same")])


@refused("head", "list")
def a_list_inside_a_stack():
    lamina.Sequential([[layers.Dense(1, name="head")]])


@refused("str", "'dense'")
def a_string_in_a_stack():
    lamina.Sequential(["dense"])


@refused("Dense", "Dense(...)", error=(ValueError, TypeError))
def a_class_in_a_stack():
    lamina.Sequential([layers.Dense])


@refused("layers", "list", error=(ValueError, TypeError))
def layers_of_a_stack_as_arguments():
    lamina.Sequential(layers.Dense(3, name="first"), layers.Dense(1))


@refused("pop", "no layers")
def pop_from_an_empty_stack():
    lamina.Sequential().pop()


@refused("second", "4", "3")
def weights_that_do_not_follow():
    inputs = lamina.Input((3,))
    dense = layers.Dense(2, name="second")
    dense.build((None, 4))
    dense(inputs)


@refused("NumPy", "ops", error=(ValueError, TypeError))
def numpy_on_a_symbolic_tensor():
    np.sin(lamina.Input((4,)))


@refused("truth value", error=(ValueError, TypeError))
def an_if_on_a_symbolic_tensor():
    if ops.sum(lamina.Input((4,))) > 0:
        pass


@refused("float", error=(ValueError, TypeError))
def float_of_a_symbolic_tensor():
    float(ops.sum(lamina.Input((4,))))


@refused("(None, 4)", "(None, 3)")
def symbolic_shapes_that_do_not_fit():
    lamina.Input((4,)) + lamina.Input((3,))


@refused("(2, 3)", "(4, 5)", "matmul")
def matmul_that_does_not_fit():
    ops.matmul(np.zeros((2, 3)), np.zeros((4, 5)))


@refused("(2, 3)", "(7,)")
def reshape_that_does_not_fit():
    ops.reshape(np.zeros((2, 3)), (7,))


@refused("add", "(2, 3)", "(4,)")
def addition_that_does_not_fit():
    ops.add(np.zeros((2, 3)), np.zeros(4))


@refused("concatenate", "(2, 3)", "(4, 5)")
def concatenate_that_does_not_fit():
    ops.concatenate([np.zeros((2, 3)), np.zeros((4, 5))], axis=0)


@refused("axis 2", "2 dimensions")
def an_axis_too_far():
    ops.sum(np.zeros((2, 3)), axis=2)


@refused("str", error=(ValueError, TypeError))
def an_op_on_text():
    ops.exp("abc")
