"""Whole programs, each run in a fresh process by around.py: from the import to the answer.

    python programs.py PROGRAM START FOLDER [LIMIT]

START is what `time.monotonic()` said when the process was started; FOLDER holds the data. One line
of JSON on stdout tells the seconds since START of what was reached, and other figures.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

marks: dict[str, Any] = {}


def mark(name: str, start: float) -> None:
    """Note when something was reached."""
    marks[name] = time.monotonic() - start


def import_framework() -> Any:
    """`keras` where a backend is named, else `lamina`; the import is timed."""
    begin = time.perf_counter()
    if "KERAS_BACKEND" in os.environ:
        import keras as framework
    else:
        import lamina as framework
    marks["import"] = time.perf_counter() - begin
    for name in ("Sequential", "layers", "callbacks", "utils"):  # Lamina loads what is named
        getattr(framework, name)
    _ = framework.layers.Dense, framework.layers.Dropout, framework.layers.Input
    marks["import and names"] = time.perf_counter() - begin
    return framework


def epochs_clock(keras: Any, start: float, limit: float) -> Any:
    """A callback that notes the ends of epochs and stops training after `limit` seconds."""

    class Clock(keras.callbacks.Callback):
        ends: list[float] = []

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.ends.append(time.monotonic() - start)
            marks.setdefault("first epoch", self.ends[0])
            if self.ends[-1] > limit and len(self.ends) > 1:
                self.model.stop_training = True

    return Clock()


def layers_of(keras: Any, inputs: int, *rest: Any) -> Any:
    return keras.Sequential([keras.layers.Input((inputs,)), *rest])


def mnist(keras: Any, start: float, folder: Path, limit: float) -> None:
    """The lecture's MNIST program, its progress bar included (stdout leads nowhere)."""
    import numpy as np

    with np.load(folder / "mnist.npz") as data:
        x_train, y_train, x_test, y_test = (data[k] for k in ("x", "y", "x_test", "y_test"))
    x_train, x_test = x_train.reshape(-1, 784) / 255.0, x_test.reshape(-1, 784) / 255.0
    y_train = keras.utils.to_categorical(y_train, 10)
    y_test = keras.utils.to_categorical(y_test, 10)
    model = mnist_model(keras)
    clock = epochs_clock(keras, start, limit)
    arguments = {"epochs": 10, "batch_size": 32, "validation_split": 0.2, "callbacks": [clock]}
    model.fit(x_train, y_train, **arguments)
    marks["accuracy"] = model.evaluate(x_test, y_test)[1]
    model.predict(x_test[:1])
    mark("done", start)
    marks["epochs"] = len(clock.ends)
    rest = 10 - len(clock.ends)
    if rest:  # the epochs left out would have taken as long as those after the first
        per_epoch = (clock.ends[-1] - clock.ends[0]) / (len(clock.ends) - 1)
        marks["done"] += rest * per_epoch


def mnist_model(keras: Any) -> Any:
    dense = keras.layers.Dense
    hidden = [dense(128, activation="relu"), dense(64, activation="relu")]
    model = layers_of(keras, 784, *hidden, dense(10, activation="softmax"))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def first(keras: Any, start: float, folder: Path, limit: float) -> None:
    """The lecture's first program: 640 rows, 16-8-1, ten epochs."""
    dense = keras.layers.Dense
    hidden = [dense(16, activation="relu"), dense(8, activation="relu")]
    model = layers_of(keras, 20, *hidden, dense(1, activation="sigmoid"))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    x, y = two_classes(1000)
    clock = epochs_clock(keras, start, limit)
    arguments = {"epochs": 10, "batch_size": 32, "validation_split": 0.2, "callbacks": [clock]}
    model.fit(x[:800], y[:800], **arguments)
    model.evaluate(x[800:], y[800:])
    model.predict(x[800:805])
    mark("done", start)


def binary(keras: Any, start: float, folder: Path, limit: float) -> None:
    """The lecture's program for two classes; patience is 50, so that all run 50 epochs."""
    dense = keras.layers.Dense
    model = layers_of(
        keras,
        20,
        dense(64, activation="relu"),
        keras.layers.Dropout(0.5),
        dense(32, activation="relu"),
        dense(1, activation="sigmoid"),
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    x, y = two_classes(1000)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=50, restore_best_weights=True)
    clock = epochs_clock(keras, start, 1e9)
    watching = {"validation_data": (x[700:850], y[700:850]), "callbacks": [stop, clock]}
    model.fit(x[:700], y[:700], epochs=50, batch_size=32, **watching)
    model.evaluate(x[850:], y[850:])
    model.predict(x[850:])
    mark("done", start)


def probe(keras: Any, start: float, folder: Path, limit: float) -> None:
    """Compiling the MNIST network, and the latency of one row."""
    import numpy as np

    x = np.random.default_rng(0).random((32, 784), dtype="float32")
    y = np.eye(10, dtype="float32")[np.arange(32) % 10]
    model = mnist_model(keras)
    for name in ("first step", "second step"):
        begin = time.perf_counter()
        model.fit(x, y, batch_size=32, verbose=0)
        marks[name] = time.perf_counter() - begin
    from latency import compiled_function

    row = x[:1]
    marks["predict"] = latency(lambda: model.predict(row, verbose=0))
    marks["predict_on_batch"] = latency(lambda: model.predict_on_batch(row))
    function = compiled_function(keras, model)
    marks["function"] = latency(lambda: function(row))


def two_classes(rows: int) -> tuple[Any, Any]:
    """20 numbers a row; the class is whether half of them sum up to more than 0."""
    import numpy as np

    x = np.random.default_rng(0).standard_normal((rows, 20)).astype("float32")
    return x, (x[:, :10].sum(axis=1) > 0).astype("int32")


def latency(call: Callable[[], Any], seconds: float = 0.5) -> float:
    """The median seconds of a call."""
    taken, end = [], time.perf_counter() + seconds
    call()
    while len(taken) < 5 or time.perf_counter() < end:
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def peak_megabytes() -> float:
    """The most memory this process has held."""
    try:  # getrusage also counts what the parent held when it started us
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError):
        unit = 1024**2 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


PROGRAMS = {"mnist": mnist, "first": first, "binary": binary, "probe": probe}

if __name__ == "__main__":
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    program, began, folder, limit = sys.argv[1], float(sys.argv[2]), *sys.argv[3:]
    framework = import_framework()
    PROGRAMS[program](framework, began, Path(folder), float(limit))
    marks["megabytes"] = peak_megabytes()
    if framework.__name__ == "lamina":
        marks["executor"] = framework.config.executor()
    answer.write(json.dumps(marks) + "\n")
    answer.flush()
