"""Cut and changed files: an error that names the file, or exactly the values that were saved."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import small_model

import lamina
from lamina.base.errors import FileFormatError

MUTATIONS = int(os.environ.get("LAMINA_MUTATIONS", "200"))


@pytest.fixture(scope="module")
def model() -> Any:
    return small_model()


def _saved(model: Any, path: Path) -> bytes:
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        lamina.saving.save_model(model, path)
    return path.read_bytes()


def _load(path: Path, other: Any = None) -> list[np.ndarray]:
    """The weights in a file; a bare weights file is loaded into `other`, zeros before."""
    if path.name.endswith(".weights.h5"):
        other.set_weights([np.zeros_like(w) for w in other.get_weights()])
        other.load_weights(path)
        return other.get_weights()
    return lamina.saving.load_model(path).get_weights()


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5", "model.h5"])
def test_cut_at_every_percent(name: str, model: Any, tmp_path: Path) -> None:
    path = tmp_path / name
    whole = _saved(model, path)
    other = small_model(compiled=False)
    for percent in range(100):
        path.write_bytes(whole[: len(whole) * percent // 100])
        with pytest.raises(FileFormatError) as error:
            if name == "model.weights.h5":
                other.load_weights(path)
            else:
                lamina.saving.load_model(path)
        assert name in str(error.value)
        assert "File not found" not in str(error.value)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5", "model.h5"])
def test_seeded_changes(name: str, model: Any, tmp_path: Path) -> None:
    path = tmp_path / name
    whole = _saved(model, path)
    weights = model.get_weights()
    random = np.random.default_rng(7)
    accepted = 0
    other = small_model()
    for _ in range(MUTATIONS):
        changed = bytearray(whole)
        for _ in range(random.integers(1, 4)):
            place = random.integers(len(whole))
            changed[place] ^= random.integers(1, 256)
        path.write_bytes(changed)
        try:
            back = _load(path, other)
        except FileFormatError as error:
            assert name in str(error)
            continue
        accepted += 1  # a byte that carries nothing, such as a date in the archive
        for value, wanted in zip(back, weights, strict=True):
            np.testing.assert_array_equal(value, wanted)
    assert accepted <= (MUTATIONS // 10 if name == "model.keras" else 0)


def test_an_error_leaves_the_weights_alone(model: Any, tmp_path: Path) -> None:
    small_model(units=5).save_weights(tmp_path / "other.weights.h5")
    before = model.get_weights()
    with pytest.raises(FileFormatError, match="shapes must match"):
        model.load_weights(tmp_path / "other.weights.h5")
    for value, wanted in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, wanted)


def test_full_disk_leaves_the_old_file(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.keras"
    whole = _saved(model, path)

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lamina.saving.keras_file._copy", full)
    with pytest.raises(OSError, match="No space left"):
        lamina.saving.save_model(model, path)
    assert path.read_bytes() == whole
    assert os.listdir(tmp_path) == ["model.keras"]


def test_kills_while_saving(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    _saved(model, path)
    code = (
        "import sys, lamina\n"
        "model = lamina.saving.load_model(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    lamina.saving.save_model(model, sys.argv[1])\n"
    )
    for number in range(4):
        process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(0.01 + 0.007 * number)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        process.stdout.close()
        assert len(_load(path)) == len(model.get_weights())
