"""Datasets: what they hand out, where files are looked up, what is said when one is absent."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from lamina import datasets
from lamina.base.errors import ArgumentError, ArgumentTypeError, FileFormatError
from lamina.datasets import files

ALL = ("boston_housing", "breast_cancer", "california_housing", "cifar10", "cifar100", "digits")
ALL += ("fashion_mnist", "imdb", "iris", "mnist", "reuters", "wine")


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three empty folders to search and no network; the data folder is returned."""
    import pooch

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(pooch, "retrieve", refuse)
    for variable in ("LAMINA_DATA", "KERAS_HOME", "LAMINA_CACHE"):
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    return tmp_path / "LAMINA_DATA"


def write_mnist(path: Path, **changes: object) -> None:
    arrays: dict = {
        "x_train": np.zeros((5, 28, 28), np.uint8),
        "y_train": np.arange(5, dtype=np.uint8),
        "x_test": np.ones((2, 28, 28), np.uint8),
        "y_test": np.arange(2, dtype=np.uint8),
    }
    arrays.update(changes)
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


def test_every_dataset_is_listed_and_loads_lazily() -> None:
    assert sorted(datasets.__all__) == sorted(ALL)
    for name in ALL:
        assert callable(getattr(datasets, name).load_data)


@pytest.mark.parametrize(
    "name,rows,shape,classes",
    [
        ("digits", 1797, (8, 8), 10),
        ("iris", 150, (4,), 3),
        ("wine", 178, (13,), 3),
        ("breast_cancer", 569, (30,), 2),
    ],
)
def test_bundled_datasets(name: str, rows: int, shape: tuple, classes: int) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    module = getattr(datasets, name)
    (x_train, y_train), (x_test, y_test) = module.load_data()
    assert x_train.shape[1:] == x_test.shape[1:] == shape
    assert len(x_train) + len(x_test) == rows == len(y_train) + len(y_test)
    assert len(module.CLASS_NAMES) == classes == len(np.unique(y_train)) == len(np.unique(y_test))
    share = np.bincount(y_test) / np.bincount(np.concatenate([y_train, y_test]))
    assert np.all(np.abs(share - 0.2) < 0.02)  # every class has its share
    again = module.load_data()
    assert np.array_equal(again[0][0], x_train)
    other = module.load_data(seed=1)
    assert not np.array_equal(other[0][1], y_train)
    assert np.any(np.diff(y_train.astype(int)) < 0)  # shuffled, not sorted by class


@pytest.mark.parametrize("test_split", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_bundled_split_out_of_range(test_split: float) -> None:
    with pytest.raises(ArgumentError, match="test_split"):
        datasets.iris.load_data(test_split=test_split)


def test_mnist(use_data_folder: Path) -> None:
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
    assert x_train.shape == (60000, 28, 28) and x_train.dtype == np.uint8
    assert x_test.shape == (10000, 28, 28) and y_test.shape == (10000,)
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]


def test_fashion_mnist_subset_is_used_with_a_warning(use_data_folder: Path) -> None:
    with pytest.warns(UserWarning, match=r"subset of Fashion-MNIST, 15,000 training and 5,000"):
        (x_train, y_train), (x_test, _) = datasets.fashion_mnist.load_data()
    assert x_train.shape == (15000, 28, 28) and x_test.shape == (5000, 28, 28)
    assert np.bincount(y_train).tolist() == [1500] * 10


def test_boston_housing_from_the_table_equals_keras(use_data_folder: Path) -> None:
    (x_train, y_train), (x_test, _) = datasets.boston_housing.load_data()
    assert x_train.shape == (404, 13) and x_test.shape == (102, 13)
    assert x_train[0, 0] == 1.23247 and y_train[0] == 15.2  # the row that Keras gives first


def test_california_housing(empty_machine: Path) -> None:
    x, y = np.arange(8000.0).reshape(1000, 8), np.arange(1000.0)
    np.savez(empty_machine / "california_housing.npz", x=x, y=y)
    (x_train, y_train), (x_test, _) = datasets.california_housing.load_data(version="small")
    assert x_train.shape == (480, 8) and x_test.shape == (120, 8)
    assert np.array_equal(x_train[:, 0], y_train * 8)
    with pytest.raises(ArgumentError, match="Did you mean 'large'"):
        datasets.california_housing.load_data(version="lage")


@pytest.mark.parametrize("variable", ["LAMINA_DATA", "KERAS_HOME", "LAMINA_CACHE"])
def test_all_three_folders_are_searched(variable: str, empty_machine: Path, tmp_path: Path) -> None:
    folder = tmp_path / variable / ("" if variable == "LAMINA_DATA" else "datasets")
    folder.mkdir(exist_ok=True)
    write_mnist(folder / "mnist.npz")
    assert datasets.mnist.load_data()[0][0].shape == (5, 28, 28)


def test_absolute_path(empty_machine: Path, tmp_path: Path) -> None:
    write_mnist(tmp_path / "mine.npz")
    assert datasets.mnist.load_data(str(tmp_path / "mine.npz"))[1][1].tolist() == [0, 1]


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "imdb", "cifar10", "boston_housing"])
def test_absent_file_says_where_to_put_it(name: str, empty_machine: Path) -> None:
    with pytest.raises(files.DatasetNotFoundError) as raised:
        getattr(datasets, name).load_data()
    text = str(raised.value)
    assert "could not be downloaded" in text and "no network in this test" in text
    assert str(empty_machine) in text and "LAMINA_DATA" in text
    assert isinstance(raised.value, FileNotFoundError) and isinstance(raised.value, ValueError)


def test_wrong_checksum_of_a_download_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pooch

    def deliver(url: str, output_file: str, _: object) -> None:
        Path(output_file).write_bytes(b"not the file")

    monkeypatch.setattr(pooch, "HTTPDownloader", lambda timeout: deliver)
    for variable in ("KERAS_HOME", "LAMINA_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.delenv("LAMINA_DATA", raising=False)
    with pytest.raises(files.DatasetNotFoundError, match="does not match the known hash"):
        datasets.mnist.load_data()
    assert not list(tmp_path.rglob("*.npz"))


@pytest.mark.parametrize(
    "changes,text",
    [
        ({"y_test": None}, r"lacks the arrays \['y_test'\]"),
        ({"x_train": np.zeros((5, 27, 28), np.uint8)}, r"\(5, 27, 28\)"),
        ({"y_train": np.zeros(4, np.uint8)}, r"labels \(4,\)"),
    ],
)
def test_foreign_file(changes: dict, text: str, empty_machine: Path) -> None:
    write_mnist(empty_machine / "mnist.npz", **changes)
    with pytest.raises(FileFormatError, match=text):
        datasets.mnist.load_data()


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04 cut off"])
def test_damaged_file(content: bytes, empty_machine: Path) -> None:
    (empty_machine / "mnist.npz").write_bytes(content)
    with pytest.raises(FileFormatError, match="mnist.npz is not a readable .npz"):
        datasets.mnist.load_data()


class _Hostile:
    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("hostile-was-here"),))


def test_a_pickle_that_calls_something_is_refused(
    empty_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(empty_machine)
    rows = np.empty(1, dtype=object)
    rows[0] = _Hostile()
    np.savez(empty_machine / "reuters.npz", x=rows, y=np.zeros(1))
    with pytest.raises(FileFormatError, match="it asks for pathlib"):
        datasets.reuters.load_data()
    (empty_machine / "cifar-100-python").mkdir()
    for part in ("train", "test"):
        (empty_machine / "cifar-100-python" / part).write_bytes(pickle.dumps(_Hostile()))
    with pytest.raises(FileFormatError, match="it asks for pathlib"):
        datasets.cifar100.load_data()
    assert not (empty_machine / "hostile-was-here").exists()


def test_arguments() -> None:
    with pytest.raises(ArgumentTypeError, match="nb_words"):
        datasets.imdb.load_data(nb_words=5)
    with pytest.raises(ArgumentError, match="label_mode"):
        datasets.cifar100.load_data(label_mode="medium")
    assert len(datasets.reuters.get_label_names()) == 46


def test_word_index(empty_machine: Path) -> None:
    (empty_machine / "imdb_word_index.json").write_text('{"the": 1}')
    assert datasets.imdb.get_word_index() == {"the": 1}
