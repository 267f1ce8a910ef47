"""Low-rank adaptation: equal to real Keras, trains only its factors, files fit both ways."""

import pickle

import numpy as np
import pytest
from keras_twin import Case, check_config, check_forward_and_gradient, check_one_program, keras

import lamina
from lamina import layers
from lamina.saving import keras_file, limits

LORA = {"lora_rank": 2}
CASES = {
    "dense": Case(lambda k: k.layers.Dense(3, "tanh", **LORA), ((5, 4),)),
    "dense plain": Case(lambda k: k.layers.Dense(3, use_bias=False, **LORA), ((4,),)),
    "einsum": Case(
        lambda k: k.layers.EinsumDense("abc,cde->abde", (None, 3, 2), bias_axes="e", **LORA),
        ((5, 4),),
    ),
    "einsum alpha": Case(
        lambda k: k.layers.EinsumDense("ab,bc->ac", 3, lora_rank=2, lora_alpha=5.0), ((4,),)
    ),
    "conv1d": Case(lambda k: k.layers.Conv1D(4, 2, padding="causal", **LORA), ((6, 3),)),
    "conv2d": Case(
        lambda k: k.layers.Conv2D(4, (2, 3), groups=2, lora_rank=3, lora_alpha=2), ((5, 6, 2),)
    ),
    "conv3d": Case(lambda k: k.layers.Conv3D(2, 2, strides=2, **LORA), ((4, 4, 4, 1),)),
}
BUILDS = {
    "dense": (lambda **o: layers.Dense(3, **o), (None, 4), "kernel"),
    "einsum": (lambda **o: layers.EinsumDense("ab,bcd->acd", (3, 2), **o), (None, 4), "kernel"),
    "conv": (lambda **o: layers.Conv2D(3, 2, **o), (None, 5, 5, 4), "kernel"),
    "embedding": (lambda **o: layers.Embedding(7, 3, **o), (None, 4), "embeddings"),
    "reversible": (lambda **o: layers.ReversibleEmbedding(7, 3, **o), (None, 4), "embeddings"),
}


def _built(name: str, **options: object) -> layers.Layer:
    layer = BUILDS[name][0](**options)
    layer.build(BUILDS[name][1])
    return layer


def _shake(model: object) -> None:
    random = np.random.default_rng(3)
    model.set_weights([random.normal(size=w.shape).astype("float32") for w in model.weights])


def _model(package: object = lamina, rank: int | None = 2) -> object:
    own = package.layers
    return package.Sequential(
        [
            own.Input((6,), dtype="int32"),
            own.Embedding(9, 4, lora_rank=rank, name="words"),
            own.Conv1D(4, 2, lora_rank=rank, name="conv"),
            own.EinsumDense("abc,cd->abd", (5, 3), lora_rank=rank, name="einsum"),
            own.Flatten(),
            own.Dense(2, lora_rank=rank, name="head"),
        ]
    )


WORDS = np.arange(24, dtype="int32").reshape(4, 6) % 9


@pytest.mark.parametrize("name", CASES)
def test_forward_and_gradient_as_in_keras(name: str) -> None:
    check_forward_and_gradient(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_one_program_for_all_batch_sizes(name: str) -> None:
    check_one_program(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_config_as_in_keras(name: str) -> None:
    check_config(CASES[name])


@pytest.mark.parametrize("kind", ["Embedding", "ReversibleEmbedding"])
def test_embeddings_as_in_keras(kind: str) -> None:
    ours, theirs = (getattr(k.layers, kind)(9, 4, lora_rank=3) for k in (lamina, keras))
    ours(WORDS), theirs(WORDS)
    _shake(ours)
    assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(WORDS), theirs(WORDS), rtol=1e-5)
    if kind == "ReversibleEmbedding":
        x = np.ones((2, 4), "float32")
        np.testing.assert_allclose(ours(x, reverse=True), theirs(x, reverse=True), rtol=1e-5)


@pytest.mark.parametrize("name", BUILDS)
def test_enabling_freezes_the_weight_and_changes_no_output(name: str) -> None:
    layer, weight = _built(name), BUILDS[name][2]
    shape = tuple(s or 2 for s in BUILDS[name][1])
    x = np.ones(shape, "int32" if weight == "embeddings" else "float32")
    before, kernel = layer(x), getattr(layer, weight).numpy()
    layer.enable_lora(2, lora_alpha=3)
    np.testing.assert_array_equal(layer(x), before)
    a, b = getattr(layer, f"lora_{weight}_a"), getattr(layer, f"lora_{weight}_b")
    assert a.shape == (*kernel.shape[:-1], 2) and b.shape == (2, kernel.shape[-1])
    trained = [v.name for v in layer.trainable_variables]
    assert weight not in trained and {a.name, b.name} <= set(trained)
    b.assign(np.ones(b.shape))
    np.testing.assert_allclose(
        getattr(layer, weight), kernel + 1.5 * a.numpy() @ b.numpy(), rtol=1e-5, atol=1e-6
    )


def test_training_changes_only_the_factors() -> None:
    model = _model()
    before = {v.path: v.numpy() for v in model.variables}
    model.compile("sgd", "mse")
    model.fit(WORDS, np.ones((4, 2)), epochs=2, verbose=0)
    changed = {p for p, v in before.items() if not np.array_equal(v, _value(model, p))}
    frozen = {p for p in before if p.endswith(("/kernel", "/embeddings"))}
    assert changed == set(before) - frozen and len(frozen) == 4


def _value(model: object, path: str) -> np.ndarray:
    return next(v.numpy() for v in model.variables if v.path == path)


def test_the_weight_stays_frozen_when_the_layer_is_frozen_and_freed() -> None:
    model = _model()
    model.trainable = False
    assert not model.trainable_variables
    model.trainable = True
    names = [v.name for v in model.trainable_variables]
    assert "kernel" not in names and names.count("lora_kernel_a") == 3


def test_a_layer_enabled_after_the_call_trains_after_compiling_again() -> None:
    model = _model(rank=None)
    model.compile("sgd", "mse")
    model.fit(WORDS, np.ones((4, 2)), verbose=0)
    model.get_layer("head").enable_lora(1)
    kernel = model.get_layer("head")._kernel.numpy()
    model.compile("sgd", "mse")
    model.fit(WORDS, np.ones((4, 2)), verbose=0)
    np.testing.assert_array_equal(model.get_layer("head")._kernel, kernel)
    assert np.abs(model.get_layer("head").lora_kernel_b).max() > 0


def test_attention_adapts_through_its_projections() -> None:
    layer, x = layers.MultiHeadAttention(2, 3), np.ones((2, 4, 5), "float32")
    before = layer(x, x)
    layer.query_dense.enable_lora(2)
    layer.output_dense.enable_lora(2)
    np.testing.assert_array_equal(layer(x, x), before)
    assert layer.output_dense.lora_kernel_a.path.endswith("attention_output/lora_kernel_a")


# --- files ---


def test_a_saved_model_is_adapted_again_and_can_go_on_training(tmp_path) -> None:
    model = _model()
    _shake(model)
    model.compile("adam", "mse")
    model.fit(WORDS, np.ones((4, 2)), verbose=0)
    model.save(tmp_path / "m.keras")
    again = lamina.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again.predict(WORDS), model.predict(WORDS), rtol=1e-5, atol=1e-5)
    head = again.get_layer("head")
    assert head.lora_enabled and not np.any(head.lora_kernel_b) and np.any(head.lora_kernel_a)
    again.fit(WORDS, np.ones((4, 2)), verbose=0)
    assert np.any(head.lora_kernel_b)


@pytest.mark.parametrize("rank", [None, 2])
def test_weights_fit_plain_and_adapted_models(tmp_path, rank: int | None) -> None:
    saved, other = _model(rank=rank), _model(rank=None if rank else 2)
    _shake(saved), _shake(other)
    saved.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_allclose(other.predict(WORDS), saved.predict(WORDS), rtol=1e-4, atol=1e-4)


def test_weights_of_another_shape_are_refused_before_anything_changes(tmp_path) -> None:
    model = _model()
    model.save_weights(tmp_path / "m.weights.h5")
    other = lamina.Sequential([lamina.Input((4,)), layers.Dense(3, lora_rank=2)])
    before = other.get_weights()
    with pytest.raises(ValueError):
        other.load_weights(tmp_path / "m.weights.h5")
    for mine, true in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, true)


@pytest.mark.parametrize("form", ["m.keras", "m.weights.h5"])
@pytest.mark.parametrize("direction", ["to keras", "from keras"])
def test_files_fit_keras(tmp_path, form: str, direction: str) -> None:
    writer, reader = (lamina, keras) if direction == "to keras" else (keras, lamina)
    model, path = _model(writer), str(tmp_path / form)
    _shake(model)
    expected = np.asarray(model(WORDS))
    if form == "m.keras":
        model.save(path)
        found = reader.models.load_model(path)
        assert found.get_layer("head").lora_enabled
        np.testing.assert_allclose(found(WORDS), expected, rtol=1e-4, atol=1e-4)
        return
    model.save_weights(path)
    for rank in (None, 2):
        found = _model(reader, rank)
        found.load_weights(path)
        np.testing.assert_allclose(found(WORDS), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_the_old_format_keeps_the_factors(tmp_path) -> None:
    model = _model()
    _shake(model)
    model.save(tmp_path / "m.h5")
    again = lamina.models.load_model(tmp_path / "m.h5", compile=False)
    np.testing.assert_allclose(again.predict(WORDS), model.predict(WORDS), rtol=1e-5, atol=1e-5)
    assert np.any(again.get_layer("head").lora_kernel_b)


def test_half_precision_is_saved_in_the_precision_of_the_weight(tmp_path) -> None:
    layer = _built("dense", dtype="mixed_float16", lora_rank=2)
    _shake(layer)
    store: dict = {}
    layer.save_own_variables(store)
    exact = layer._kernel.numpy() + layer.lora_kernel_a.numpy() @ layer.lora_kernel_b.numpy()
    assert layer.kernel.dtype == "float16" and store["0"].dtype == "float32"
    np.testing.assert_allclose(store["0"], exact, rtol=1e-6)


def test_factors_may_be_created_on_loading_but_not_without_bound(tmp_path, monkeypatch) -> None:
    def saved(rank: int) -> object:
        model = lamina.Sequential([lamina.Input((32,)), layers.Dense(32, lora_rank=rank)])
        model.save(tmp_path / "m.keras")
        return lamina.models.load_model(tmp_path / "m.keras")

    monkeypatch.setattr(keras_file.limits, "UNSAVED_BYTES", 64)
    assert limits.UNSAVED_BYTES == 64
    assert saved(16).layers[-1].lora_kernel_a.shape == (32, 16)
    with pytest.raises(ValueError, match="larger than the weights in the file"):
        saved(1000)


# --- configs and copies ---


@pytest.mark.parametrize("name", BUILDS)
def test_config_round_trip(name: str) -> None:
    plain = _built(name)
    assert "lora_rank" not in plain.get_config()
    plain.enable_lora(2, lora_alpha=5)
    again = type(plain).from_config(plain.get_config())
    assert (again.lora_rank, again.lora_alpha, again.lora_enabled) == (2, 5, False)
    again.build(BUILDS[name][1])
    assert again.lora_enabled and again.lora_alpha == 5
    assert [v.shape for v in again.weights] == [v.shape for v in plain.weights]


def test_clones_and_pickles_are_equal() -> None:
    model = _model()
    _shake(model)
    clone = lamina.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone.predict(WORDS), model.predict(WORDS))
    layer = _built("dense", lora_rank=2)
    _shake(layer)
    x = np.ones((2, 4), "float32")
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(layer))(x), layer(x))


def test_embeddings_start_with_given_weights() -> None:
    table = np.arange(12.0).reshape(4, 3)
    layer = layers.Embedding(4, 3, weights=[table], lora_rank=2)
    np.testing.assert_array_equal(layer(np.arange(4)), table)


# --- errors ---


@pytest.mark.parametrize("name", BUILDS)
def test_enabling_twice_is_refused(name: str) -> None:
    layer = _built(name, lora_rank=1)
    with pytest.raises(ValueError, match="lora is already enabled"):
        layer.enable_lora(2)
    assert layer.lora_rank == 1


@pytest.mark.parametrize("name", BUILDS)
def test_an_unbuilt_layer_is_refused(name: str) -> None:
    layer, weight = BUILDS[name][0](), BUILDS[name][2]
    with pytest.raises(ValueError, match="Cannot enable lora on a layer that isn't yet built"):
        layer.enable_lora(2)
    with pytest.raises(AttributeError, match=f"no attribute '{weight}'. It is not built yet"):
        getattr(layer, weight)


@pytest.mark.parametrize("name", BUILDS)
def test_a_constraint_on_the_weight_is_refused(name: str) -> None:
    weight = BUILDS[name][2]
    layer = _built(name, **{f"{weight}_constraint": "non_neg"})
    count = len(layer.weights)
    with pytest.raises(ValueError, match=f"incompatible with {weight.removesuffix('s')} constr"):
        layer.enable_lora(2)
    assert len(layer.weights) == count and layer.trainable_variables
    with pytest.raises(ValueError, match="constraints"):
        _built(name, **{f"{weight}_constraint": "non_neg"}, lora_rank=2)


@pytest.mark.parametrize("rank", [-1, 0, 1.5, True, "2", None])
def test_a_rank_that_is_no_positive_int_is_refused(rank: object) -> None:
    layer = _built("dense")
    with pytest.raises(ValueError, match="`rank`"):
        layer.enable_lora(rank)
    assert not layer.lora_enabled and layer.kernel.trainable


def test_constructor_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match="`lora_rank`"):
        layers.Dense(3, lora_rank=-2)
    with pytest.raises(ValueError, match="`lora_alpha` must be a number"):
        layers.Dense(3, lora_rank=2, lora_alpha="much")
    with pytest.raises(ValueError, match="lora_rank"):
        layers.Conv2DTranspose(3, 2, lora_rank=2)
