"""Arguments of compile, fit, evaluate, predict and the optimizers."""

import numpy as np
from message_table import (
    LABELS,
    NUMBERS,
    X,
    classes_model,
    fit,
    numbers_model,
    refused,
    two_outputs_model,
    warned,
)

from lamina import layers, losses, metrics, optimizers

# --- fit ---


@refused("batch_size", "0", "at least 1")
def batch_size_zero():
    fit(numbers_model(), batch_size=0)


@refused("batch_size", "-1")
def batch_size_negative():
    fit(numbers_model(), batch_size=-1)


@refused("batch_size", "2.5", error=TypeError)
def batch_size_broken():
    fit(numbers_model(), batch_size=2.5)


@refused("batch_size", "'32'", error=TypeError)
def batch_size_a_string():
    fit(numbers_model(), batch_size="32")


@refused("batch_size", "0")
def batch_size_zero_in_predict():
    numbers_model().predict(X, batch_size=0, verbose=0)


@refused("validation_batch_size", "0")
def validation_batch_size_zero():
    fit(numbers_model(), validation_data=(X, NUMBERS), validation_batch_size=0)


@refused("epochs", "-1")
def epochs_negative():
    fit(numbers_model(), epochs=-1)


@refused("epochs", "2.5", error=(ValueError, TypeError))
def epochs_broken():
    fit(numbers_model(), epochs=2.5)


@refused("epochs", "'3'", error=(ValueError, TypeError))
def epochs_a_string():
    fit(numbers_model(), epochs="3")


@warned("epochs=3", "initial_epoch=5")
def initial_epoch_beyond_the_end():
    fit(numbers_model(), epochs=3, initial_epoch=5)


@refused("steps_per_epoch", "0")
def steps_per_epoch_zero():
    fit(numbers_model(), steps_per_epoch=0)


@refused("validation_steps", "0")
def validation_steps_zero():
    fit(numbers_model(), validation_data=(X, NUMBERS), validation_steps=0)


@refused("steps", "-2")
def steps_negative_in_predict():
    numbers_model().predict(X, steps=-2, verbose=0)


@refused("validation_freq", "0")
def validation_freq_zero():
    fit(numbers_model(), validation_data=(X, NUMBERS), validation_freq=0)


@refused("validation_freq", "often")
def validation_freq_a_string():
    fit(numbers_model(), validation_data=(X, NUMBERS), validation_freq="often")


@refused("shuffle", "'bacth'", "batch")
def shuffle_misspelt():
    fit(numbers_model(), shuffle="bacth")


@refused("verbose", "'loud'")
def verbose_a_string():
    numbers_model().fit(X, NUMBERS, verbose="loud")


@refused("fit", "'epoch'", error=TypeError)
def an_unknown_argument_of_fit():
    fit(numbers_model(), epoch=3)


@refused("callbacks", "'early_stopping'", error=TypeError)
def callbacks_as_strings():
    fit(numbers_model(), callbacks=["early_stopping"])


@refused("callbacks", "EarlyStopping", error=TypeError)
def a_callback_class():
    import lamina

    fit(numbers_model(), callbacks=[lamina.callbacks.EarlyStopping])


@refused("callbacks", "function", error=TypeError)
def a_function_as_callback():
    fit(numbers_model(), callbacks=[print])


# --- compile ---


@refused("optimizer", "adm", "'adam'")
def optimizer_misspelt():
    numbers_model(optimizer="adm")


@refused("optimizer", "3")
def optimizer_a_number():
    numbers_model(optimizer=3)


@refused("loss", "mean_sqared_error", "mean_squared_error")
def loss_misspelt():
    fit(numbers_model(loss="mean_sqared_error"))


@refused("loss", "7")
def loss_a_number():
    fit(numbers_model(loss=7))


@refused("loss", "compile")
def no_loss():
    fit(numbers_model(loss=None))


@refused("optimizer", "compile")
def no_optimizer():
    fit(numbers_model(optimizer=None))


@refused("metric", "acuracy", "accuracy")
def metric_misspelt():
    fit(classes_model(metrics=["acuracy"]), X, LABELS)


@refused("metrics", "'accuracy'", "list")
def metrics_no_list():
    classes_model(metrics="accuracy")


@refused("metric", "5")
def metrics_a_number_inside():
    fit(classes_model(metrics=[5]), X, LABELS)


@refused("metric", "None")
def metrics_none_inside():
    fit(classes_model(metrics=[None]), X, LABELS)


@refused("`loss`", "one output", "mse", "mae")
def two_losses_for_one_output():
    fit(numbers_model(loss=["mse", "mae"]))


@refused("3 losses", "size", "kind")
def three_losses_for_two_outputs():
    fit(two_outputs_model(loss=["mse", "mae", "mse"]), X, [NUMBERS, NUMBERS])


@refused("'knid'", "kind", "loss")
def an_unknown_key_of_loss():
    fit(two_outputs_model(loss={"size": "mse", "knid": "mse"}), X, [NUMBERS, NUMBERS])


@refused("'haed'", "`loss`")
def an_unknown_key_of_loss_with_one_output():
    fit(numbers_model(loss={"haed": "mse"}))


@refused("'knid'", "kind", "metrics")
def an_unknown_key_of_metrics():
    fit(two_outputs_model(metrics={"knid": ["mae"]}), X, [NUMBERS, NUMBERS])


@refused("loss_weights", "1", "2")
def loss_weights_too_few():
    fit(two_outputs_model(loss=["mse", "mse"], loss_weights=[1.0]), X, [NUMBERS, NUMBERS])


@refused("loss_weights", "third argument", "metrics=['accuracy']")
def metrics_in_the_place_of_loss_weights():
    numbers_model().compile("sgd", "mse", ["accuracy"])


@refused("loss_weights", "'a'")
def loss_weights_a_string():
    numbers_model(loss_weights="a")


@refused("`y`", "1 arrays for 2 outputs", "size", "kind")
def one_target_for_two_outputs():
    fit(two_outputs_model(), X, NUMBERS)


@refused("'knid'", "kind")
def a_key_of_y_misspelt():
    fit(two_outputs_model(), X, {"size": NUMBERS, "knid": NUMBERS})


@refused("steps_per_execution", "0")
def steps_per_execution_zero():
    fit(numbers_model(steps_per_execution=0))


@refused("lr", "learning_rate", error=(ValueError, TypeError))
def the_old_name_of_the_learning_rate():
    optimizers.SGD(lr=0.1)


@refused("learning_rate", "-0.1")
def learning_rate_negative():
    optimizers.SGD(learning_rate=-0.1)


@refused("learning_rate", "nan")
def learning_rate_nan():
    optimizers.Adam(learning_rate=np.nan)


@refused("learning_rate", "'fast'")
def learning_rate_a_string():
    optimizers.Adam(learning_rate="fast")


@refused("momentum", "1.5")
def momentum_too_large():
    optimizers.SGD(momentum=1.5)


@refused("clipnorm", "-1")
def clipnorm_negative():
    optimizers.SGD(clipnorm=-1.0)


@refused("reduction", "'avg'")
def reduction_unknown():
    losses.MeanSquaredError(reduction="avg")


@refused("thresholds", "1.5")
def a_threshold_outside_its_range():
    metrics.Precision(thresholds=1.5)


@refused("num_classes", "0")
def to_categorical_without_classes():
    from lamina import utils

    utils.to_categorical([0, 1], num_classes=0)


@refused("5", "num_classes")
def to_categorical_with_too_few_classes():
    from lamina import utils

    utils.to_categorical([0, 5], num_classes=3)


@refused("'aplha'", "alpha", error=(ValueError, TypeError))
def an_argument_of_a_layer_misspelt():
    layers.ELU(aplha=1.0)
