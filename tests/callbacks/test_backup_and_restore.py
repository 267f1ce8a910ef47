"""A run that is interrupted and started again ends with the same bits."""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from lamina import callbacks, optimizers
from lamina.saving.training_state import previous_path

EPOCHS = 4


class Interrupt(Exception):
    pass


class Interrupting(callbacks.Callback):
    """Ends the run after so many batches or epochs."""

    def __init__(self, batches=None, epochs=None):
        super().__init__()
        self.batches = batches
        self.epochs = epochs

    def on_train_batch_end(self, batch, logs=None):
        if self.batches is not None:
            self.batches -= 1
            if not self.batches:
                raise Interrupt

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epochs:
            raise Interrupt


def others():
    return [
        callbacks.EarlyStopping(patience=2, restore_best_weights=True, monitor="loss"),
        callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=0.5),
    ]


def fit(model, data, *more):
    return model.fit(*data, batch_size=8, epochs=EPOCHS, verbose=0, callbacks=[*others(), *more])


def everything(model):
    return [np.array(v) for v in [*model.variables, *model.optimizer.variables]]


def assert_same(model, expected):
    for a, b in zip(everything(model), expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def whole(make_model, data):
    model = make_model()
    history = fit(model, data)
    return everything(model), history


@pytest.mark.parametrize("batches", [1, 3, 5, 6, 11, 19])
def test_resume_in_the_middle_of_an_epoch(make_model, data, tmp_path, whole, batches):
    folder = tmp_path / "backup"
    with pytest.raises(Interrupt):
        backup = callbacks.BackupAndRestore(folder, save_freq=2)
        fit(make_model(), data, Interrupting(batches=batches), backup)
    model = make_model()
    history = fit(model, data, callbacks.BackupAndRestore(folder, save_freq=2))
    assert_same(model, whole[0])
    assert history.history == whole[1].history
    assert history.epoch == list(range(EPOCHS))
    assert not folder.exists()


@pytest.mark.parametrize("epochs", [1, 3])
def test_resume_between_epochs(make_model, data, tmp_path, whole, epochs):
    folder = tmp_path / "backup"
    with pytest.raises(Interrupt):
        fit(make_model(), data, Interrupting(epochs=epochs), callbacks.BackupAndRestore(folder))
    model = make_model()
    history = fit(model, data, callbacks.BackupAndRestore(folder))
    assert_same(model, whole[0])
    assert history.history == whole[1].history


def test_a_damaged_state_falls_back(make_model, data, tmp_path, whole):
    backup = callbacks.BackupAndRestore(tmp_path)
    with pytest.raises(Interrupt):
        fit(make_model(), data, Interrupting(epochs=3), backup)
    assert previous_path(backup.path).exists()
    content = backup.path.read_bytes()
    backup.path.write_bytes(content[: len(content) // 2])
    model = make_model()
    with pytest.warns(UserWarning, match="damaged"):
        fit(model, data, callbacks.BackupAndRestore(tmp_path))
    assert_same(model, whole[0])


def test_a_state_of_another_model_is_refused(make_model, data, tmp_path):
    with pytest.raises(Interrupt):
        fit(make_model(), data, Interrupting(epochs=2), callbacks.BackupAndRestore(tmp_path))
    other = make_model(optimizers.SGD())
    with pytest.raises(ValueError, match="belongs to another model"):
        fit(other, data, callbacks.BackupAndRestore(tmp_path))


def test_a_loss_that_is_no_number_keeps_the_last_good_state(make_model, data, tmp_path):
    x, y = data
    backup = callbacks.BackupAndRestore(tmp_path / "backup")
    model = make_model("sgd")

    def poison(epoch, logs):
        if epoch == 2:
            model.layers[-1].bias.assign([np.nan])

    model.fit(
        x,
        y,
        epochs=EPOCHS,
        verbose=0,
        callbacks=[
            callbacks.LambdaCallback(on_epoch_begin=poison),
            callbacks.TerminateOnNaN(),
            backup,
        ],
    )
    assert backup.path.exists()
    again = make_model("sgd")
    again.fit(
        x, y, epochs=EPOCHS, verbose=0, callbacks=[callbacks.BackupAndRestore(backup.backup_dir)]
    )
    assert np.isfinite(again.get_weights()[0]).all()


def test_a_stopped_training_stays_stopped(make_model, data, tmp_path):
    def stopping():
        return callbacks.EarlyStopping("loss", patience=0, min_delta=100.0)

    first = make_model()
    keep = callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    history = first.fit(*data, epochs=EPOCHS, verbose=0, callbacks=[stopping(), keep])
    assert len(history.epoch) == 2
    again = make_model()
    keep = callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    history = again.fit(*data, epochs=EPOCHS, verbose=0, callbacks=[stopping(), keep])
    assert len(history.epoch) == 2
    assert_same(again, everything(first))


def test_other_files_of_the_folder_stay(make_model, data, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    fit(make_model(), data, callbacks.BackupAndRestore(tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("save_freq", ["batch", 0.5, 0, True])
def test_save_freq_is_checked(save_freq):
    with pytest.raises(ValueError, match="Invalid value"):
        callbacks.BackupAndRestore("x", save_freq=save_freq)


@pytest.mark.parametrize("folder", ["", None])
def test_folder_is_checked(folder):
    with pytest.raises(ValueError, match="Empty `backup_dir`"):
        callbacks.BackupAndRestore(folder)


PROGRAM = """
import os, signal, sys
import numpy as np
import lamina
from lamina import callbacks, layers

folder, result, kill_at = sys.argv[1], sys.argv[2], int(sys.argv[3])
lamina.utils.set_random_seed(3)
draw = np.random.default_rng(0)
x, y = draw.normal(size=(64, 5)).astype("float32"), draw.normal(size=(64, 1)).astype("float32")
model = lamina.Sequential(
    [layers.Input((5,)), layers.Dense(8, "relu"), layers.Dropout(0.3), layers.Dense(1)]
)
model.compile("adam", "mse")
count = 0

def kill(batch, logs):
    global count
    count += 1
    if count == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)

model.fit(
    x, y, batch_size=8, epochs=3, verbose=0,
    callbacks=[
        callbacks.CSVLogger(result + ".csv"),
        callbacks.LambdaCallback(on_train_batch_end=kill),
        callbacks.BackupAndRestore(folder, save_freq=3),
    ],
)
np.savez(result, *[np.array(v) for v in [*model.variables, *model.optimizer.variables]])
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_killed_process_resumes_to_the_same_bits(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))

    def run(name, kill_at):
        result = tmp_path / name
        command = [sys.executable, program, tmp_path / f"backup_{name}", result, str(kill_at)]
        return subprocess.run([*map(str, command)], timeout=300).returncode, result

    code, whole = run("whole", 0)
    assert code == 0
    assert run("killed", 13)[0] == -signal.SIGKILL
    code, killed = run("killed", 0)
    assert code == 0
    with np.load(f"{whole}.npz") as a, np.load(f"{killed}.npz") as b:
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])
    with open(f"{whole}.csv") as a, open(f"{killed}.csv") as b:
        assert a.read() == b.read()
