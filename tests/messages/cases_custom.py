"""Layers, models, losses and callbacks that users write."""

import numpy as np
from message_table import X, fit, numbers_model, refused

import lamina
from lamina import layers, ops


def _around(layer: layers.Layer) -> lamina.Sequential:
    model = lamina.Sequential([layers.Dense(3, name="hidden"), layer, layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    return model


class NoSuper(layers.Layer):
    def __init__(self):
        self.scale = 2.0

    def call(self, inputs):
        return inputs * self.scale


class NoSuperWithSublayer(layers.Layer):
    def __init__(self):
        self.dense = layers.Dense(2)


class Nothing(layers.Layer):
    def call(self, inputs):
        inputs * 2.0


class WithNumPy(layers.Layer):
    def call(self, inputs):
        return np.tanh(inputs)


class WithNumPyFunction(layers.Layer):
    def call(self, inputs):
        return np.linalg.norm(inputs, axis=1)


class Branching(layers.Layer):
    def call(self, inputs):
        if ops.sum(inputs) > 0:
            return inputs
        return -inputs


class WithFloat(layers.Layer):
    def call(self, inputs):
        return inputs * float(ops.sum(inputs))


class WeightsInCall(layers.Layer):
    def call(self, inputs):
        kernel = self.add_weight(shape=(3, 3), name="kernel")
        return ops.matmul(inputs, kernel)


class LayerInCall(layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(shape=())

    def call(self, inputs):
        self.dense = layers.Dense(3)
        return self.dense(inputs)


class NoCall(layers.Layer):
    pass


class Misshapen(layers.Layer):
    def call(self, inputs):
        return ops.matmul(inputs, ops.ones((7, 2)))


class CallWithoutInputs(layers.Layer):
    def call(self):
        return 1.0


class Broken(layers.Layer):
    def call(self, inputs):
        return inputs * self.facto


class Bare(lamina.Model):
    pass


@refused("NoSuper", "super().__init__()", error=(ValueError, RuntimeError))
def super_init_forgotten():
    _around(NoSuper())


@refused("NoSuperWithSublayer", "super().__init__()", error=(ValueError, RuntimeError))
def super_init_forgotten_with_a_sublayer():
    NoSuperWithSublayer()(X)


@refused("Nothing", "return")
def call_without_return():
    fit(_around(Nothing()))


@refused("WithNumPy", "lamina.ops", error=(ValueError, TypeError))
def a_numpy_ufunc_in_call():
    fit(_around(WithNumPy()))


@refused("WithNumPyFunction", "lamina.ops", error=(ValueError, TypeError))
def a_numpy_function_in_call():
    fit(_around(WithNumPyFunction()))


@refused("Branching", "where", error=(ValueError, TypeError))
def an_if_on_a_tensor_in_call():
    fit(_around(Branching()))


@refused("WithFloat", "float", error=(ValueError, TypeError))
def float_of_a_tensor_in_call():
    fit(_around(WithFloat()))


@refused("WeightsInCall", "build")
def weights_made_in_call():
    layer = WeightsInCall()
    layer(np.zeros((2, 3), "float32"))
    layer(np.zeros((2, 3), "float32"))


@refused("LayerInCall", "build")
def a_layer_made_in_call():
    LayerInCall()(np.zeros((2, 3), "float32"))


@refused("NoCall", "call", error=(ValueError, NotImplementedError))
def no_call():
    NoCall()(X)


@refused("Misshapen", "misshapen", "(7, 2)")
def shapes_that_do_not_fit_in_call():
    fit(_around(Misshapen(name="misshapen")))


@refused("CallWithoutInputs", "input tensor", error=(ValueError, TypeError))
def call_without_inputs():
    fit(_around(CallWithoutInputs()))


@refused("Bare", "call", error=(ValueError, NotImplementedError))
def a_model_without_call():
    model = Bare()
    model.compile(optimizer="sgd", loss="mse")
    fit(model)


@refused("shape=", "name='kernel'")
def add_weight_with_the_name_first():
    layers.Dense(1).add_weight("kernel", 3)


@refused("initializer", "'zeross'", "zeros")
def add_weight_with_an_unknown_initializer():
    NoCall().add_weight(shape=(3,), initializer="zeross")


@refused("shape", "-3")
def add_weight_of_negative_size():
    NoCall().add_weight(shape=(-3,))


@refused("loss", "None", "return")
def a_loss_that_returns_nothing():
    def nothing(y_true, y_pred):
        ops.mean(y_true - y_pred)

    fit(numbers_model(loss=nothing))


@refused("lamina.ops", error=(ValueError, TypeError))
def a_loss_with_numpy():
    def with_numpy(y_true, y_pred):
        return np.mean(np.abs(y_true - y_pred))

    fit(numbers_model(loss=with_numpy))


@refused("one_argument", error=(ValueError, TypeError))
def a_loss_of_one_argument():
    def one_argument(y_pred):
        return ops.mean(y_pred)

    fit(numbers_model(loss=one_argument))


@refused("lamina.ops", error=(ValueError, TypeError))
def a_metric_with_numpy():
    def with_numpy(y_true, y_pred):
        return np.mean(np.equal(y_true, y_pred))

    fit(numbers_model(metrics=[with_numpy]))


@refused("'dens'", "Lambda", error=(ValueError, NameError))
def a_lambda_with_an_unknown_name():
    layers.Lambda(lambda x: dens(x))(X)  # noqa: F821
