"""The datasets that Keras has too: from the same file, the same arrays as real Keras gives."""

import gzip
import json
import pickle
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="real Keras is not installed")

# Run apart, because Keras fixes its backend and folders when it is imported.
_DUMP = """
import importlib, json, os, sys
from keras import datasets
out = {}
def get_file(fname, cache_subdir="datasets", **_):  # the file as it lies, whatever its checksum
    return os.path.join(os.environ["KERAS_HOME"], cache_subdir, fname)
def rows(a):
    return [list(map(int, r)) for r in a] if a.dtype == object else a.tolist()
for key, name, kwargs in json.loads(sys.argv[1]):
    importlib.import_module("keras.src.datasets." + name).get_file = get_file
    (a, b), (c, d) = getattr(datasets, name).load_data(**kwargs)
    out[key] = [rows(a), b.tolist(), rows(c), d.tolist(), str(a.dtype), str(b.dtype)]
print(json.dumps(out))
"""
_CASES = [
    ["imdb", "imdb", {}],
    ["imdb few words", "imdb", {"num_words": 30, "skip_top": 5, "maxlen": 12}],
    ["imdb no marks", "imdb", {"start_char": None, "oov_char": None, "index_from": 0}],
    ["reuters", "reuters", {}],
    ["reuters few words", "reuters", {"num_words": 25, "maxlen": 14, "test_split": 0.5, "seed": 1}],
    ["cifar100", "cifar100", {"label_mode": "coarse"}],
    ["fashion_mnist", "fashion_mnist", {}],
]


@pytest.fixture(scope="module")
def keras_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Keras cache with tiny files of the published forms; their checksums are not looked at."""
    home = tmp_path_factory.mktemp("keras")
    folder = home / "datasets"
    (folder / "fashion-mnist").mkdir(parents=True)
    generator = np.random.default_rng(0)

    def ragged(count: int) -> np.ndarray:
        array = np.empty(count, dtype=object)
        array[:] = [generator.integers(1, 40, generator.integers(3, 20)).tolist() for _ in array]
        return array

    np.savez(
        folder / "imdb.npz",
        x_train=ragged(30),
        y_train=generator.integers(0, 2, 30),
        x_test=ragged(20),
        y_test=generator.integers(0, 2, 20),
    )
    np.savez(folder / "reuters.npz", x=ragged(40), y=generator.integers(0, 46, 40))
    for part, count in (("train", 6), ("t10k", 4)):
        images = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        with gzip.open(folder / "fashion-mnist" / f"{part}-images-idx3-ubyte.gz", "wb") as stream:
            stream.write(bytes(16) + images.tobytes())
        with gzip.open(folder / "fashion-mnist" / f"{part}-labels-idx1-ubyte.gz", "wb") as stream:
            stream.write(bytes(8) + bytes(range(count)))
    _write_cifar(folder, generator)
    return home


def _write_cifar(folder: Path, generator: np.random.Generator) -> None:
    ten = folder / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    hundred = folder / "cifar-100-python-target" / "cifar-100-python"
    for inner, members, count in (
        (ten, [f"data_batch_{n}" for n in range(1, 6)], 3),
        (ten, ["test_batch"], 4),
        (hundred, ["train", "test"], 4),
    ):
        inner.mkdir(parents=True, exist_ok=True)
        for member in members:
            labels = generator.integers(0, 10, count).tolist()
            batch = {
                b"data": np.zeros((count, 3072), np.uint8) + np.arange(3072, dtype=np.uint8),
                b"labels": labels,
                b"fine_labels": labels,
                b"coarse_labels": labels,
            }
            (inner / member).write_bytes(pickle.dumps(batch, protocol=4))


@pytest.fixture(scope="module")
def from_keras(keras_home: Path) -> dict[str, list]:
    """What real Keras reads from that cache."""
    result = subprocess.run(
        [sys.executable, "-c", _DUMP, json.dumps(_CASES)],
        env={
            "KERAS_BACKEND": "jax",
            "KERAS_HOME": str(keras_home),
            "PATH": "",
            "HOME": str(keras_home),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("key,name,arguments", _CASES)
def test_same_arrays_as_keras(
    key: str,
    name: str,
    arguments: dict,
    from_keras: dict[str, list],
    keras_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lamina import datasets

    monkeypatch.setenv("KERAS_HOME", str(keras_home))
    monkeypatch.delenv("LAMINA_DATA", raising=False)
    (a, b), (c, d) = getattr(datasets, name).load_data(**arguments)
    theirs = from_keras[key]
    if name == "cifar100":  # Keras documents uint8 labels and gives int64
        theirs = [*theirs[:5], "uint8"]
    ours = [a.tolist(), b.tolist(), c.tolist(), d.tolist(), str(a.dtype), str(b.dtype)]
    assert ours == theirs


# Keras itself reads CIFAR-10 only with 10,000 rows in every batch, so there is no comparison.
def test_cifar10_reads_the_archive_without_unpacking(
    keras_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lamina.datasets import cifar10

    inner = keras_home / "datasets" / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.add(inner, arcname="cifar-10-batches-py")
    monkeypatch.setenv("LAMINA_DATA", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "none"))
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert (x_train.shape, y_train.shape) == ((15, 32, 32, 3), (15, 1))
    assert (x_test.shape, y_test.shape) == ((4, 32, 32, 3), (4, 1))
    assert x_train[0, 0, 1].tolist() == [1, 1024 % 256 + 1, 2048 % 256 + 1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cifar-10-python.tar.gz"]
