"""Files of models and weights that cannot be read, and callbacks that are set up wrongly."""

import numpy as np
from message_table import fit, folder, numbers_model, refused, warned

import lamina
from lamina import callbacks, layers, saving


def _saved(name: str = "model.keras"):
    path = folder() / name
    numbers_model().save(path)
    return path


def _with(name: str, content: bytes):
    path = folder() / name
    path.write_bytes(content)
    return path


@refused("not there.keras", "not found")
def load_a_missing_file():
    saving.load_model(folder() / "not there.keras")


@refused("empty.keras", "empty")
def load_an_empty_file():
    saving.load_model(_with("empty.keras", b""))


@refused("half.keras")
def load_half_a_file():
    saving.load_model(_with("half.keras", _saved().read_bytes()[:2000]))


@refused("text.keras")
def load_a_text_file():
    saving.load_model(_with("text.keras", b"hello, this is not a model\n"))


@refused("image.png", ".keras")
def load_a_file_of_another_kind():
    saving.load_model(_with("image.png", b"\x89PNG"))


@refused("folder")
def load_a_folder():
    saving.load_model(folder())


@refused("None", error=(ValueError, TypeError))
def load_nothing():
    saving.load_model(None)


@refused("load_weights")
def load_a_weights_file_as_a_model():
    path = folder() / "a.weights.h5"
    numbers_model().save_weights(path)
    saving.load_model(path)


@refused("not_there.weights.h5")
def load_weights_from_a_missing_file():
    numbers_model().load_weights(folder() / "not_there.weights.h5")


@refused("hidden", "(4, 9)", "(4, 5)")
def load_weights_of_another_width():
    path = folder() / "a.weights.h5"
    other = lamina.Sequential(
        [lamina.Input((4,)), layers.Dense(9, name="hidden"), layers.Dense(1, name="head")]
    )
    other.save_weights(path)
    numbers_model().load_weights(path)


@refused("layer")
def load_weights_of_a_deeper_model():
    path = folder() / "a.weights.h5"
    other = lamina.Sequential([lamina.Input((4,)), *(layers.Dense(5) for _ in range(3))])
    other.save_weights(path)
    numbers_model().load_weights(path)


@refused("weights", ".weights.h5")
def save_weights_under_another_ending():
    numbers_model().save_weights(folder() / "weights.bin")


@refused("model.pkl", ".keras")
def save_under_another_ending():
    numbers_model().save(folder() / "model.pkl")


@refused("nowhere", error=(ValueError, OSError))
def save_into_a_missing_folder():
    numbers_model().save(folder() / "nowhere" / "model.keras")


@refused("Odd", "custom_objects")
def load_an_unknown_layer():
    class Odd(layers.Layer):
        def call(self, inputs):
            return inputs

    path = folder() / "odd.keras"
    lamina.Sequential([lamina.Input((4,)), Odd()]).save(path)
    saving.load_model(path)


@refused("Lambda", "custom_objects")
def load_a_lambda():
    path = folder() / "lambda.keras"
    lamina.Sequential([lamina.Input((4,)), layers.Lambda(lambda x: x * 2)]).save(path)
    saving.load_model(path)


@warned("val_loss", "loss")
def early_stopping_on_an_unknown_metric():
    fit(numbers_model(), callbacks=[callbacks.EarlyStopping("val_loss")])


@refused("val_acuracy", "mode='max'")
def a_checkpoint_on_an_unknown_metric():
    path = str(folder() / "best.keras")
    fit(
        numbers_model(),
        callbacks=[callbacks.ModelCheckpoint(path, monitor="val_acuracy", save_best_only=True)],
    )


@warned("mode", "'maximum'")
def early_stopping_with_an_unknown_mode():
    callbacks.EarlyStopping(mode="maximum")


@refused("patience", "-1")
def early_stopping_with_negative_patience():
    callbacks.EarlyStopping(patience=-1)


@refused(".weights.h5", "best.h5")
def a_checkpoint_of_weights_under_another_ending():
    callbacks.ModelCheckpoint("best.h5", save_weights_only=True)


@refused("save_freq", "'epochs'", "'epoch'")
def a_checkpoint_with_an_unknown_frequency():
    callbacks.ModelCheckpoint("best.keras", save_freq="epochs")


@refused("factor", "2.0")
def a_plateau_factor_above_one():
    callbacks.ReduceLROnPlateau(factor=2.0)


@refused("schedule", "None", error=(ValueError, TypeError))
def a_schedule_that_returns_nothing():
    fit(numbers_model(), callbacks=[callbacks.LearningRateScheduler(lambda epoch: None)])


@refused("schedule", "0.1", error=(ValueError, TypeError))
def a_schedule_that_is_a_number():
    fit(numbers_model(), callbacks=[callbacks.LearningRateScheduler(0.1)])


@refused("backup_dir")
def a_backup_without_folder():
    callbacks.BackupAndRestore("")


@refused("sabotage", error=RuntimeError)
def a_callback_that_raises():
    def sabotage(epoch, logs):
        raise RuntimeError("sabotage")

    fit(numbers_model(), callbacks=[callbacks.LambdaCallback(on_epoch_end=sabotage)])


@refused("-1", "class number")
def to_categorical_of_negative_labels():
    lamina.utils.to_categorical(np.array([-1, 0, 1]))


@refused("'onx'", "Did you mean 'onnx'")
def export_in_a_format_misspelt():
    numbers_model().export(folder() / "model.onnx", format="onx")


@refused("tf_saved_model", "TensorFlow", "format='onnx'")
def export_in_the_default_format_of_keras():
    numbers_model().export(folder() / "model")


@refused("'series' (None, None, 4)", "input_signature")
def export_with_an_axis_of_no_size():
    series = lamina.Input((None, 4), name="series")
    model = lamina.Model(series, layers.GRU(3)(series))
    model.export(folder() / "model.onnx", format="onnx")
