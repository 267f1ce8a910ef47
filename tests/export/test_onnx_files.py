"""What stands in an exported file, under which names, and what is refused."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx_running import assert_same, exported, open_file, random_weights

import lamina
from lamina import layers, ops
from lamina.base.errors import ArgumentError, ArgumentTypeError, MissingExtraError, NotBuiltError


def small() -> lamina.Model:
    inputs = lamina.Input((4,), name="flowers")
    hidden, kind = layers.Dense(3, name="hidden"), layers.Dense(2, name="kind")
    model = lamina.Sequential([inputs, hidden, kind], name="net")
    random_weights(model)
    return model


class Summed(lamina.Model):
    """A subclass with two arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, a: Any, b: Any) -> Any:
        return {"sum": self.dense(a) + b, "product": a * a}


def test_names(tmp_path: Path) -> None:
    small().export(tmp_path / "model.onnx", format="onnx")
    file = onnx.load(tmp_path / "model.onnx")
    weights = {w.name: list(w.dims) for w in file.graph.initializer}
    assert weights["net/hidden/kernel"] == [4, 3] and weights["net/kind/bias"] == [2]
    assert [i.name for i in file.graph.input] == ["flowers"]
    assert [o.name for o in file.graph.output] == ["kind"]
    batch, width = file.graph.input[0].type.tensor_type.shape.dim
    assert (batch.dim_param, width.dim_value) == ("batch", 4)
    assert file.opset_import[0].version == 18 and file.producer_name == "lamina"
    assert any(node.name.endswith("hidden/MatMul") for node in file.graph.node)


def test_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small().export(tmp_path / "a.onnx", format="onnx")
    assert capsys.readouterr().out == f"ONNX file: {tmp_path / 'a.onnx'}\n"
    small().export(str(tmp_path / "b.onnx"), format="onnx", verbose=False)
    assert capsys.readouterr().out == ""


def test_inputs_and_outputs_by_name(tmp_path: Path) -> None:
    number, word = lamina.Input((4,), name="number"), lamina.Input((3,), dtype="int32", name="word")
    both = layers.Concatenate()([number, layers.Flatten()(layers.Embedding(5, 2)(word))])
    outputs = {"left": layers.Dense(2, name="l")(both), "right": layers.Dense(1, name="r")(both)}
    model = lamina.Model({"number": number, "word": word}, outputs)
    random_weights(model)
    session = exported(model, tmp_path / "model.onnx")
    data = {
        "number": np.linspace(-1, 1, 20, dtype="float32").reshape(5, 4),
        "word": np.arange(15, dtype="int32").reshape(5, 3) % 5,
    }
    left, right = session.run(["l", "r"], data)
    expected = model.predict(data, verbose=0)
    np.testing.assert_allclose(left, expected["left"], 1e-5, 1e-6)
    np.testing.assert_allclose(right, expected["right"], 1e-5, 1e-6)


def test_an_output_that_is_an_input(tmp_path: Path) -> None:
    x = lamina.Input((2,), name="x")
    session = exported(lamina.Model(x, [x, x + 1]), tmp_path / "model.onnx")
    data = np.ones((3, 2), "float32")
    same, more = session.run(None, {"x": data})
    np.testing.assert_array_equal(same, data)
    np.testing.assert_array_equal(more, data + 1)


def test_a_weight_that_is_an_output_and_weights_of_one_path(tmp_path: Path) -> None:
    a, b = (lamina.Sequential([layers.Dense(2, name="d")], name="s") for _ in range(2))
    x = lamina.Input((2,))
    model = lamina.Model(x, a(x) + lamina.Model(x, b(x), name="other")(x))
    random_weights(model)
    assert_same(model, exported(model, tmp_path / "model.onnx"))


def test_subclass(tmp_path: Path) -> None:
    model = Summed()
    with pytest.raises(NotBuiltError, match="shapes of its inputs are not known"):
        model.export(tmp_path / "model.onnx", format="onnx")
    a, b = np.ones((2, 4), "float32"), np.full((2, 3), 2, "float32")
    expected = model(a, b)
    session = exported(model, tmp_path / "model.onnx")
    names = [place.name for place in session.get_inputs()]
    for rows in (2, 5):
        data = [np.resize(x, (rows, x.shape[1])) for x in (a, b)]
        product, total = session.run(["product", "sum"], dict(zip(names, data, strict=True)))
        np.testing.assert_allclose(product, np.resize(expected["product"], (rows, 4)), 1e-6)
        np.testing.assert_allclose(total, np.resize(expected["sum"], (rows, 3)), 1e-5, 1e-6)


@pytest.mark.parametrize("dtype", ["float64", "float16", "mixed_float16"])
def test_float_types(dtype: str, tmp_path: Path) -> None:
    lamina.config.set_dtype_policy(dtype)
    model = lamina.Sequential(
        [
            lamina.Input((8, 8, 2)),
            layers.Conv2D(3, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(2, 3, strides=2),
            layers.AveragePooling2D(2),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Reshape((4, -1)),
            layers.GRU(4),
            layers.Dense(3, "softmax"),
        ]
    )
    random_weights(model)
    tolerance = 1e-9 if dtype == "float64" else 2e-2
    assert_same(model, exported(model, tmp_path / "model.onnx"), tolerance)


def test_bfloat16_is_refused(tmp_path: Path) -> None:
    model = lamina.Sequential([lamina.Input((4,)), layers.Dense(3, dtype="bfloat16", name="half")])
    with pytest.raises(ArgumentError, match="dtype bfloat16 cannot be exported") as raised:
        model.export(tmp_path / "model.onnx", format="onnx")
    assert "half" in str(raised.value) and "dtype='float32'" in str(raised.value)
    assert os.listdir(tmp_path) == []


def test_the_layer_is_named(tmp_path: Path) -> None:
    x = lamina.Input((3, 3))
    y = layers.Lambda(lambda v: ops.inv(v), name="turned")(x)
    with pytest.raises(ArgumentError, match="'inverse' has no counterpart in ONNX") as raised:
        lamina.Model(x, y).export(tmp_path / "model.onnx", format="onnx")
    assert "turned'" in str(raised.value)


def test_state_is_refused(tmp_path: Path) -> None:
    model = lamina.Sequential([lamina.Input(batch_shape=(2, 3, 4)), layers.LSTM(3, stateful=True)])
    spec = lamina.InputSpec(shape=(2, 3, 4), dtype="float32")
    with pytest.raises(ArgumentError, match="a call changes its variables") as raised:
        model.export(tmp_path / "model.onnx", format="onnx", input_signature=[spec])
    assert "lstm" in str(raised.value)


class Noise(layers.Layer):
    """Draws random numbers in inference too."""

    def __init__(self) -> None:
        super().__init__()
        self.seeds = lamina.random.SeedGenerator(3)

    def call(self, inputs: Any) -> Any:
        return inputs + lamina.random.normal((4,), seed=self.seeds)


def test_random_numbers_are_refused(tmp_path: Path) -> None:
    model = lamina.Sequential([lamina.Input((4,)), Noise()])
    with pytest.raises(ArgumentError, match="seed_generator_state"):
        model.export(tmp_path / "model.onnx", format="onnx")


# --- signatures ---


def test_sizes_that_are_not_known(tmp_path: Path) -> None:
    x = lamina.Input((None, 4), name="series")
    model = lamina.Model(x, layers.GRU(3)(x))
    random_weights(model)
    with pytest.raises(ArgumentError, match="an axis other than the batch") as raised:
        model.export(tmp_path / "model.onnx", format="onnx")
    assert "'series' (None, None, 4)" in str(raised.value)
    spec = lamina.InputSpec(shape=(None, 6, 4), dtype="float32")
    assert_same(model, exported(model, tmp_path / "model.onnx", input_signature=[spec]))


def test_a_fixed_batch(tmp_path: Path) -> None:
    x = lamina.Input((4,))
    y = layers.Lambda(lambda v: v * int(v.shape[0]) if v.shape[0] is not None else v)(x)
    model = lamina.Model(x, y)
    with pytest.raises(ArgumentError, match="needs the batch size as a number"):
        model.export(tmp_path / "model.onnx", format="onnx")
    spec = lamina.InputSpec(shape=(3, 4), dtype="float32")
    session = exported(model, tmp_path / "model.onnx", input_signature=spec)
    assert session.get_inputs()[0].shape == [3, 4]
    (name,) = [place.name for place in session.get_inputs()]
    (result,) = session.run(None, {name: np.ones((3, 4), "float32")})
    np.testing.assert_array_equal(result, np.full((3, 4), 3, "float32"))


@pytest.mark.parametrize(
    "given", [np.zeros((2, 4), "float32"), [lamina.KerasTensor((7, 4))], [np.zeros((2, 4), "f4")]]
)
def test_arrays_and_symbols_leave_the_batch_open(given: Any, tmp_path: Path) -> None:
    session = exported(small(), tmp_path / "model.onnx", input_signature=given)
    assert session.get_inputs()[0].shape == ["batch", 4]


def test_signatures_that_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    spec = lamina.InputSpec(shape=(None, 4), dtype="float32")
    with pytest.raises(ArgumentError, match="another number of inputs"):
        small().export(path, format="onnx", input_signature=[spec, spec])
    with pytest.raises(ArgumentTypeError, match="no InputSpec, KerasTensor or array"):
        small().export(path, format="onnx", input_signature=["float32"])
    with pytest.raises(ArgumentError, match="needs `shape` and `dtype`"):
        small().export(path, format="onnx", input_signature=[lamina.InputSpec(ndim=2)])


# --- arguments and files ---


@pytest.mark.parametrize("format", ["tf_saved_model", "litert", "torch", "openvino"])
def test_formats_of_others(format: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=f"format='{format}' is written by") as raised:
        small().export(tmp_path / "model", format=format)
    assert "format='onnx'" in str(raised.value)


def test_the_default_format_is_that_of_keras(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="tf_saved_model"):
        small().export(tmp_path / "model")


def test_wrong_arguments(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with pytest.raises(ArgumentError, match="Did you mean 'onnx'"):
        small().export(path, format="onx")
    with pytest.raises(ArgumentError, match="unknown argument 'opset'"):
        small().export(path, format="onnx", opset=18)
    for version in (17, 1000, "18", True):
        with pytest.raises(ArgumentError, match="opset_version"):
            small().export(path, format="onnx", opset_version=version)
    assert os.listdir(tmp_path) == []


def test_newer_opsets(tmp_path: Path) -> None:
    model = lamina.Sequential([lamina.Input((5, 4)), layers.LSTM(3), layers.Dense(2, "softmax")])
    for version in (19, 20, 21):
        session = exported(model, tmp_path / "model.onnx", opset_version=version)
        assert onnx.load(tmp_path / "model.onnx").opset_import[0].version == version
        assert_same(model, session)


def test_a_missing_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true_import = builtins.__import__

    def without_onnx(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "onnx":
            raise ImportError(name)
        return true_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_onnx)
    with pytest.raises(MissingExtraError, match=r'pip install "lamina\[onnx\]"'):
        small().export(tmp_path / "model.onnx", format="onnx")


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        small().export(tmp_path / "nowhere" / "model.onnx", format="onnx")


def test_an_old_file_survives_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")
    real = Path.write_bytes

    def half(self: Path, data: bytes) -> int:
        real(self, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        small().export(path, format="onnx")
    monkeypatch.undo()
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["model.onnx"]
    small().export(path, format="onnx")
    open_file(path)


def test_the_same_bytes_again(tmp_path: Path) -> None:
    model = small()
    for name in ("a", "b"):
        model.export(tmp_path / name, format="onnx")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_of_two_gigabytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamina.export.onnx_file._LARGEST", 60)
    with pytest.raises(ArgumentError, match="less than 2 GB"):
        small().export(tmp_path / "model.onnx", format="onnx")
    assert os.listdir(tmp_path) == []


def test_exporting_changes_nothing(tmp_path: Path) -> None:
    """Neither weights nor losses nor what `fit` does afterwards."""
    x, y = np.ones((8, 4), "float32"), np.ones((8, 2), "float32")
    results = []
    for export in (False, True):
        lamina.utils.set_random_seed(3)
        model = lamina.Sequential(
            [
                lamina.Input((4,)),
                layers.Dense(3, kernel_regularizer="l2", activity_regularizer="l1"),
                layers.Dropout(0.5),
                layers.Dense(2),
            ]
        )
        model.compile("adam", "mse")
        if export:
            model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
        results.append(model.fit(x, y, epochs=2, verbose=0).history["loss"])
    assert results[0] == results[1]
