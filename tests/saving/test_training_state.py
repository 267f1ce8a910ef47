"""One file for a whole training state: exact, whole, and told from a damaged one."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lamina.base.errors import ArgumentError, FileFormatError
from lamina.saving.training_state import (
    load_latest_training_state,
    load_training_state,
    previous_path,
    remove_training_state,
    save_training_state,
)


def _arrays(seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        "weights/0": random.normal(size=(7, 5)).astype("float32"),
        "weights/1": np.asfortranarray(random.normal(size=(3, 4))),
        "counter": np.array(2**63 + 5, "uint64"),
        "order": random.permutation(11),
        "flags": np.array([True, False]),
        "empty": np.zeros((0, 3), "float16"),
        "odd": np.array([np.nan, np.inf, -0.0], "float32"),
    }


def test_exact_round_trip(tmp_path: Path) -> None:
    info = {"epoch": 3, "history": {"loss": [0.1, math.inf]}, "best": None, "name": "모델"}
    save_training_state(tmp_path / "s", _arrays(), info)
    arrays, back = load_training_state(tmp_path / "s")
    assert back == info
    for name, value in _arrays().items():
        assert arrays[name].dtype == value.dtype
        assert arrays[name].shape == value.shape
        assert arrays[name].tobytes() == value.tobytes("C")
    assert arrays["weights/0"].flags.writeable


def test_bfloat16(tmp_path: Path) -> None:
    dtype = pytest.importorskip("ml_dtypes").bfloat16
    save_training_state(tmp_path / "s", {"a": np.ones(3, dtype)}, {})
    assert load_training_state(tmp_path / "s")[0]["a"].dtype == dtype


def test_big_endian_arrays_are_stored_alike(tmp_path: Path) -> None:
    save_training_state(tmp_path / "s", {"a": np.arange(3, dtype=">i4")}, {})
    assert load_training_state(tmp_path / "s")[0]["a"].tolist() == [0, 1, 2]


def test_nan_in_info(tmp_path: Path) -> None:
    save_training_state(tmp_path / "s", {}, {"loss": math.nan, "n": np.int64(3)})
    info = load_training_state(tmp_path / "s")[1]
    assert math.isnan(info["loss"])
    assert info["n"] == 3


def test_the_state_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for epoch in range(3):
        save_training_state(path, _arrays(epoch), {"epoch": epoch})
    assert load_training_state(path)[1] == {"epoch": 2}
    assert load_training_state(previous_path(path))[1] == {"epoch": 1}
    assert sorted(os.listdir(tmp_path)) == ["s", "s.previous"]
    remove_training_state(path)
    assert os.listdir(tmp_path) == []
    assert load_latest_training_state(path) is None


def test_damage_falls_back_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for epoch in range(2):
        save_training_state(path, _arrays(epoch), {"epoch": epoch})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="not a usable training state"):
        state = load_latest_training_state(path)
    assert state is not None
    assert state[1] == {"epoch": 0}


def test_a_damaged_state_does_not_replace_a_good_previous_one(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for epoch in range(2):
        save_training_state(path, {}, {"epoch": epoch})
    path.write_bytes(b"damaged on the disk")
    save_training_state(path, {}, {"epoch": 2})
    assert load_training_state(previous_path(path))[1] == {"epoch": 0}


def test_only_damaged_states(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"")
    with pytest.raises(FileFormatError, match="start afresh"):
        load_latest_training_state(tmp_path / "s")


def test_truncation_at_every_percent(tmp_path: Path) -> None:
    path = tmp_path / "s"
    save_training_state(path, _arrays(), {"epoch": 1})
    whole = path.read_bytes()
    for percent in range(100):
        path.write_bytes(whole[: len(whole) * percent // 100])
        with pytest.raises(FileFormatError):
            load_training_state(path)


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    save_training_state(path, {"a": np.arange(5)}, {"epoch": 1})
    whole = path.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(FileFormatError):
            load_training_state(path)


def test_values_that_cannot_be_stored(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="`info`"):
        save_training_state(tmp_path / "s", {}, {"f": print})
    with pytest.raises(ArgumentError, match="'text'"):
        save_training_state(tmp_path / "s", {"text": np.array(["a"])}, {})
    assert os.listdir(tmp_path) == []


def test_kills_leave_a_state(tmp_path: Path) -> None:
    path = tmp_path / "s"
    code = (
        "import itertools, sys\nimport numpy as np\n"
        "from lamina.saving.training_state import save_training_state\n"
        "print('ready', flush=True)\n"
        "for n in itertools.count():\n"
        "    save_training_state(sys.argv[1], {'a': np.full(200_000, n)}, {'n': n})\n"
    )
    save_training_state(path, {"a": np.full(3, -1)}, {"n": -1})
    for number in range(5):
        process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(0.02 + 0.013 * number)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        process.stdout.close()
        arrays, info = load_training_state(path)
        assert set(arrays["a"]) == {info["n"]}
