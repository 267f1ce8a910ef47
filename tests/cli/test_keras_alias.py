"""`lamina run`: scripts written for Keras run unedited, and behave as under python."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lamina
from lamina.cli import keras_alias


def lamina_run(
    folder: Path, source: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Write a script and run it with `lamina run`, in its folder."""
    (folder / "script.py").write_text(source, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "lamina.cli", "run", "script.py", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(lamina.__file__).parent.parent),
            "PYTHONIOENCODING": "utf-8",
            **environment,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    "line",
    [
        "import keras",
        "import tensorflow as tf; keras = tf.keras",
        "from tensorflow import keras",
        "import tensorflow.keras as keras",
        "import tensorflow.keras; keras = tensorflow.keras",
    ],
)
def test_every_way_to_import_gives_lamina(line: str, tmp_path: Path) -> None:
    done = lamina_run(tmp_path, f"{line}\nprint(keras.__name__, keras.utils.__name__)\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "lamina lamina.utils\n", "")


def test_submodules_are_the_same_modules(tmp_path: Path) -> None:
    source = """
import sys
from tensorflow.keras.utils import to_categorical
from keras.utils import to_categorical as other
from keras import utils
from tensorflow.keras.datasets import mnist
from keras.datasets.iris import load_data
import keras.datasets.digits
import lamina.utils
assert to_categorical is other is utils.to_categorical is lamina.utils.to_categorical
assert mnist is sys.modules["lamina.datasets.mnist"] is lamina.datasets.mnist
assert lamina.utils.__spec__.name == "lamina.utils" and lamina.__name__ == "lamina"
assert to_categorical([1], 2).tolist() == [[0.0, 1.0]]
"""
    done = lamina_run(tmp_path, source)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_tensorflow_offers(tmp_path: Path) -> None:
    source = """
import tensorflow as tf
tf.random.set_seed(7)
print(tf.float32, tf.__version__ == tf.keras.__version__, tf.config.list_physical_devices("GPU"))
print(hasattr(tf, "GradientTape"))
import importlib.util
print(importlib.util.find_spec("tensorflow") is not None)
tf.constant([1.0])
"""
    done = lamina_run(tmp_path, source)
    assert done.stdout == "float32 True []\nFalse\nTrue\n", done.stderr
    assert done.returncode == 1
    assert "AttributeError: 'tensorflow.constant' is not available" in done.stderr


@pytest.mark.parametrize(
    "line,text",
    [
        ("import keras.layerz", "No module named 'keras.layerz': Lamina has no 'lamina.layerz'."),
        ("from keras.layerz import Dense", "Did you mean 'layers'"),
        ("import tensorflow.data", "'tensorflow.data' is not available"),
        ("from tensorflow.python.keras import layers", "'tensorflow.python' is not available"),
        ("from keras.utils import nonsense", "cannot import name 'nonsense'"),
    ],
)
def test_what_is_not_there(line: str, text: str, tmp_path: Path) -> None:
    done = lamina_run(tmp_path, line)
    assert done.returncode == 1
    assert text in done.stderr and "Traceback" in done.stderr


def test_the_script_is_the_main_program(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("value = 5\n")
    source = """
import sys, os, helper, pickle
if __name__ == "__main__":
    print(sys.argv, __file__, helper.value, sys.modules["__main__"].helper is helper)
class Thing: pass
assert type(pickle.loads(pickle.dumps(Thing()))) is Thing
print("안녕하세요", file=sys.stderr)
"""
    done = lamina_run(tmp_path, source, "--epochs", "3", "--help", "--json")
    assert done.stdout == "['script.py', '--epochs', '3', '--help', '--json'] script.py 5 True\n"
    assert (done.returncode, done.stderr) == (0, "안녕하세요\n")


def test_uncaught_exception_looks_as_under_python(tmp_path: Path) -> None:
    source = "def fail():\n    raise ValueError('too bad')\n\n\nfail()\n"
    done = lamina_run(tmp_path, source)
    python = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == python.returncode == 1
    assert done.stderr == python.stderr.replace(str(tmp_path) + os.sep, "")


def test_syntax_error_looks_as_under_python(tmp_path: Path) -> None:
    done = lamina_run(tmp_path, "x = (\n")
    assert done.returncode == 1
    assert done.stderr.startswith('  File "script.py", line 1\n')
    assert done.stderr.endswith("SyntaxError: '(' was never closed\n")


@pytest.mark.parametrize(
    "line,code,stderr",
    [
        ("sys.exit(7)", 7, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit('stopped')", 1, "stopped\n"),
        ("raise SystemExit(3)", 3, ""),
    ],
)
def test_exit_code_passes_through(line: str, code: int, stderr: str, tmp_path: Path) -> None:
    done = lamina_run(tmp_path, f"import sys\n{line}\n")
    assert (done.returncode, done.stderr) == (code, stderr)


def test_interrupt(tmp_path: Path) -> None:
    done = lamina_run(tmp_path, "raise KeyboardInterrupt\n")
    assert done.returncode == 130
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")


def test_own_excepthook_and_atexit(tmp_path: Path) -> None:
    source = """
import sys, atexit
atexit.register(print, "bye")
sys.excepthook = lambda kind, value, trace: print("hook", kind.__name__, trace.tb_lineno)
1 / 0
"""
    done = lamina_run(tmp_path, source)
    assert (done.returncode, done.stdout, done.stderr) == (1, "hook ZeroDivisionError 5\nbye\n", "")


def test_no_such_script(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lamina.cli", "run", "absent.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(lamina.__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "lamina: cannot read the script 'absent.py': No such file or directory\n"


def test_install_twice_and_uninstall() -> None:
    before = list(sys.meta_path)
    kept = {n: m for n, m in sys.modules.items() if n.partition(".")[0] in ("keras", "tensorflow")}
    try:
        keras_alias.install()
        keras_alias.install()
        assert len(sys.meta_path) == len(before) + 1
        import keras.utils

        assert keras.utils is lamina.utils
    finally:
        keras_alias.uninstall()
        sys.modules.update(kept)
    assert sys.meta_path == before


MODEL = """
import numpy as np
import tensorflow as tf
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Dropout
from tensorflow.keras.callbacks import EarlyStopping

tf.random.set_seed(1)
x = np.random.default_rng(0).normal(size=(400, 2)).astype("float32")
y = (x[:, 0] * x[:, 1] > 0).astype("float32")
model = Sequential([
    tf.keras.layers.Input(shape=(2,)),
    Dense(16, activation="relu"),
    Dense(8, activation="relu"),
    Dense(1, activation="sigmoid"),
])
model.compile(optimizer=tf.keras.optimizers.Adam(0.02), loss="binary_crossentropy",
              metrics=["accuracy"])
history = model.fit(x, y, epochs=20, batch_size=32, validation_split=0.2, verbose=0,
                    callbacks=[EarlyStopping(monitor="val_loss", patience=10)])
print(sorted(history.history), model.evaluate(x, y, verbose=0)[1] > 0.9)
"""


def test_a_keras_program_trains(tmp_path: Path) -> None:
    done = lamina_run(tmp_path, MODEL)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['accuracy', 'loss', 'val_accuracy', 'val_loss'] True\n"
