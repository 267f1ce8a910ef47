"""Data frames, series and tensors of other libraries."""

import numpy as np
import pytest

from lamina.base.errors import DTypeError
from lamina.data.inputs import make_source


@pytest.fixture(params=["pandas", "polars"])
def library(request):
    return pytest.importorskip(request.param)


def test_frame_and_series(library):
    frame = library.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5], "c": [True, False, True]})
    source = make_source(frame, library.Series([0, 1, 0]))
    x, y, _ = source.arrays
    assert x.shape == (3, 3)
    assert x.dtype == "float32"
    np.testing.assert_array_equal(x[:, 2], [1, 0, 1])
    assert y.shape == (3, 1)
    assert y.dtype == "int64"


def test_integer_and_boolean_columns_stay_so(library):
    assert make_source(library.DataFrame({"a": [1, 2], "b": [True, False]})).arrays[0].dtype == "i8"
    assert make_source(library.DataFrame({"a": [True, False]})).arrays[0].dtype == "bool"


def test_other_columns_are_named(library):
    frame = library.DataFrame({"age": [1, 2], "city": ["Seoul", "Busan"]})
    with pytest.raises(DTypeError, match=r"(?s)`x` has columns.*'city'.*Seoul"):
        make_source(frame)


def test_missing_integers_become_nan_with_a_warning(library):
    dtype = "Int64" if library.__name__ == "pandas" else library.Int64
    frame = library.DataFrame({"a": library.Series([1, None, 3], dtype=dtype)})
    with pytest.warns(UserWarning, match="1 of 3 rows, first in row 1"):
        x = make_source(frame).arrays[0]
    assert np.isnan(x[1, 0])


def test_dict_of_series(library):
    x = {"a": library.Series([1.0, 2.0]), "b": library.Series([1, 2])}
    assert make_source(x).arrays[0]["a"].shape == (2, 1)


def test_lazy_frame():
    polars = pytest.importorskip("polars")
    assert make_source(polars.LazyFrame({"a": [1, 2]})).arrays[0].shape == (2, 1)


def test_pandas_agrees_with_keras(monkeypatch):
    pandas = pytest.importorskip("pandas")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is what this test compares with")
    adapter = keras.src.trainers.data_adapters.array_data_adapter.ArrayDataAdapter
    x = pandas.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})
    y = pandas.Series([0, 1, 0])
    weight = np.ones(3)
    for given in ((x, y, weight), (x.to_numpy(), y.to_numpy(), weight), (x[["a"]], y, None)):
        theirs = next(adapter(*given, batch_size=2).get_jax_iterator())
        ours = make_source(*given, batch_size=2).peek()
        for a, b in zip(ours, theirs, strict=False):
            assert a.shape == b.shape
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


def test_sparse_matrix():
    sparse = pytest.importorskip("scipy.sparse")
    assert make_source(sparse.csr_matrix(np.eye(3))).arrays[0].shape == (3, 3)


def test_torch_tensor():
    torch = pytest.importorskip("torch")
    x = torch.ones((4, 2), dtype=torch.bfloat16, requires_grad=True)
    assert make_source(x).arrays[0].dtype == "float32"
    assert make_source([torch.zeros(2, 3), torch.zeros(2, 1)]).arrays[0][1].shape == (2, 1)


def test_torch_data_loader():
    torch = pytest.importorskip("torch")
    rows = torch.utils.data.TensorDataset(torch.arange(10.0).reshape(5, 2), torch.arange(5))
    source = make_source(torch.utils.data.DataLoader(rows, batch_size=2))
    assert source.num_batches == 3
    for _ in range(2):
        batches = list(source.epoch())
        assert [len(y) for _, y, _ in batches] == [2, 2, 1]
    assert batches[0][0].dtype == "float32"
    with pytest.raises(ValueError, match="`y` should not be passed"):
        make_source(torch.utils.data.DataLoader(rows), np.zeros(5))
    with pytest.raises(ValueError, match="DataLoader"):
        make_source(rows)
