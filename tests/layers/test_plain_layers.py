"""Dense layers, activations, merging, reshaping, regularization and normalization against Keras."""

import numpy as np
import pytest
from keras_twin import (
    Case,
    build_twins,
    check_config,
    check_forward_and_gradient,
    check_one_program,
    close,
    keras,
)

import lamina
from lamina import layers
from lamina.runtime.compiled import CompiledFunction

VECTOR, SERIES, IMAGE, VOLUME = (4,), (6, 3), (5, 4, 2), (4, 3, 5, 2)

CASES = {
    # --- core ---
    "dense": Case(lambda k: k.layers.Dense(3, "tanh"), (VECTOR,)),
    "dense on a series": Case(lambda k: k.layers.Dense(2, use_bias=False), (SERIES,)),
    "einsum": Case(
        lambda k: k.layers.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d"), (SERIES,)
    ),
    "einsum to heads": Case(
        lambda k: k.layers.EinsumDense("...x,xhd->...hd", (2, 4), bias_axes="hd"), (SERIES,)
    ),
    "einsum right": Case(
        lambda k: k.layers.EinsumDense("ab...,bc->ac...", (5,), bias_axes="c"), (SERIES,)
    ),
    "activation": Case(lambda k: k.layers.Activation("softplus"), (VECTOR,)),
    "identity": Case(lambda k: k.layers.Identity(), (VECTOR,)),
    "masking": Case(lambda k: k.layers.Masking(0.5), (SERIES,)),
    # --- activations ---
    "relu": Case(lambda k: k.layers.ReLU(1.0, 0.1, 0.2), (SERIES,)),
    "leaky relu": Case(lambda k: k.layers.LeakyReLU(0.2), (SERIES,)),
    "elu": Case(lambda k: k.layers.ELU(0.7), (SERIES,)),
    "prelu": Case(lambda k: k.layers.PReLU("ones"), (SERIES,)),
    "prelu shared": Case(lambda k: k.layers.PReLU("ones", shared_axes=[1]), (SERIES,)),
    "softmax": Case(lambda k: k.layers.Softmax(), (SERIES,)),
    "softmax on two axes": Case(lambda k: k.layers.Softmax(axis=[1, 2]), (SERIES,)),
    "softmax masked": Case(lambda k: k.layers.Softmax(), (SERIES,), {"mask": SERIES}),
    # --- merging ---
    **{
        name: Case(
            lambda k, name=name: getattr(k.layers, name)(), (SERIES, SERIES, (3,)), as_list=True
        )
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")
    },
    "Subtract": Case(lambda k: k.layers.Subtract(), (SERIES, (1, 3)), as_list=True),
    "Concatenate": Case(lambda k: k.layers.Concatenate(1), (SERIES, (2, 3)), as_list=True),
    "Dot": Case(lambda k: k.layers.Dot(1), (VECTOR, VECTOR), as_list=True),
    "Dot of cosines": Case(
        lambda k: k.layers.Dot(-1, normalize=True), (SERIES, (2, 3)), as_list=True
    ),
    "Dot on two axes": Case(lambda k: k.layers.Dot((2, 1)), (IMAGE, (4, 3)), as_list=True),
    # --- reshaping ---
    "flatten": Case(lambda k: k.layers.Flatten(), (IMAGE,)),
    "flatten first": Case(lambda k: k.layers.Flatten("channels_first"), (IMAGE,)),
    "reshape": Case(lambda k: k.layers.Reshape((2, -1)), (SERIES,)),
    "permute": Case(lambda k: k.layers.Permute((2, 3, 1)), (IMAGE,)),
    "repeat": Case(lambda k: k.layers.RepeatVector(3), (VECTOR,)),
    "pad 1": Case(lambda k: k.layers.ZeroPadding1D((2, 1)), (SERIES,)),
    "pad 2": Case(lambda k: k.layers.ZeroPadding2D(((1, 0), (2, 2))), (IMAGE,)),
    "pad 2 first": Case(lambda k: k.layers.ZeroPadding2D((1, 2), "channels_first"), (IMAGE,)),
    "pad 3": Case(lambda k: k.layers.ZeroPadding3D(2), (VOLUME,)),
    "crop 1": Case(lambda k: k.layers.Cropping1D((2, 0)), (SERIES,)),
    "crop 2": Case(lambda k: k.layers.Cropping2D(((1, 0), (2, 1))), (IMAGE,)),
    "crop 2 first": Case(
        lambda k: k.layers.Cropping2D(((1, 0), (0, 1)), "channels_first"), (IMAGE,)
    ),
    "crop 3": Case(lambda k: k.layers.Cropping3D(1), (VOLUME,)),
    "enlarge 1": Case(lambda k: k.layers.UpSampling1D(3), (SERIES,)),
    "enlarge 2": Case(lambda k: k.layers.UpSampling2D((2, 3)), (IMAGE,)),
    "enlarge 2 first": Case(lambda k: k.layers.UpSampling2D(2, "channels_first"), (IMAGE,)),
    "enlarge 2 bilinear": Case(
        lambda k: k.layers.UpSampling2D(2, interpolation="bilinear"), (IMAGE,)
    ),
    "enlarge 3": Case(lambda k: k.layers.UpSampling3D((1, 2, 2)), (VOLUME,)),
    # --- regularization, at rest ---
    "dropout": Case(lambda k: k.layers.Dropout(0.3, seed=1), (VECTOR,)),
    "alpha dropout": Case(lambda k: k.layers.AlphaDropout(0.3, seed=1), (VECTOR,)),
    "gaussian dropout": Case(lambda k: k.layers.GaussianDropout(0.3, seed=1), (VECTOR,)),
    "gaussian noise": Case(lambda k: k.layers.GaussianNoise(0.3, seed=1), (VECTOR,)),
    "spatial dropout 1": Case(lambda k: k.layers.SpatialDropout1D(0.3, seed=1), (SERIES,)),
    "spatial dropout 2": Case(lambda k: k.layers.SpatialDropout2D(0.3, seed=1), (IMAGE,)),
    "spatial dropout 3": Case(lambda k: k.layers.SpatialDropout3D(0.3, seed=1), (VOLUME,)),
    "activity regularization": Case(lambda k: k.layers.ActivityRegularization(0.1, 0.2), (VECTOR,)),
    # --- normalization ---
    "layer norm": Case(lambda k: k.layers.LayerNormalization(), (SERIES,)),
    "layer norm on two axes": Case(lambda k: k.layers.LayerNormalization([1, 2]), (IMAGE,)),
    "group norm": Case(lambda k: k.layers.GroupNormalization(2), (IMAGE,)),
    "group norm first": Case(lambda k: k.layers.GroupNormalization(5, axis=1), (IMAGE,)),
    "instance norm": Case(lambda k: k.layers.GroupNormalization(-1, center=False), (IMAGE,)),
    "rms norm": Case(lambda k: k.layers.RMSNormalization(), (SERIES,)),
    "unit norm": Case(lambda k: k.layers.UnitNormalization([1, 2]), (SERIES,)),
    # --- preprocessing ---
    "rescaling": Case(lambda k: k.layers.Rescaling([1.0, 2.0, 3.0], 0.5), (SERIES,)),
    "given statistics": Case(
        lambda k: k.layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 2.0]), (SERIES,)
    ),
}
COUNTING = {
    "embedding": lambda k: k.layers.Embedding(5, 3),
    "one hot": lambda k: k.layers.CategoryEncoding(5, "one_hot"),
    "multi hot": lambda k: k.layers.CategoryEncoding(5),
    "count": lambda k: k.layers.CategoryEncoding(5, "count"),
    "bins": lambda k: k.layers.Discretization([1.0, 2.5]),
    "bins one hot": lambda k: k.layers.Discretization([1.0, 2.5], output_mode="one_hot"),
}
RANDOM = {
    "dropout": lambda: layers.Dropout(0.5, seed=1),
    "alpha dropout": lambda: layers.AlphaDropout(0.5, seed=1),
    "gaussian dropout": lambda: layers.GaussianDropout(0.5, seed=1),
    "gaussian noise": lambda: layers.GaussianNoise(0.5, seed=1),
    "spatial dropout": lambda: layers.SpatialDropout1D(0.5, seed=1),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name: str) -> None:
    check_forward_and_gradient(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_one_program_for_all_batch_sizes(name: str) -> None:
    check_one_program(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_config(name: str) -> None:
    check_config(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_output_shape(name: str) -> None:
    case = CASES[name]
    layer = case.make(lamina)
    inputs, masks = case.arguments(2)
    (outputs,) = case.apply(layer, inputs, masks)
    shapes = [x.shape for x in inputs]
    assert tuple(layer.compute_output_shape(shapes if case.as_list else shapes[0])) == outputs.shape


@pytest.mark.parametrize("name", COUNTING)
def test_layers_of_whole_numbers(name: str) -> None:
    ours, theirs = COUNTING[name](lamina), COUNTING[name](keras)
    compiled = CompiledFunction(lambda x: ours(x), "layer")
    for batch in (3, 2):
        x = np.random.default_rng(batch).integers(0, 5, (batch, 4)).astype("int32")
        mine, true = ours(x), theirs(x)
        theirs.set_weights(ours.get_weights())
        close([mine, compiled(x)], [theirs(x)] * 2)
        assert mine.shape == ours.compute_output_shape(x.shape) == tuple(true.shape)
        assert str(mine.dtype) == str(true.dtype)
    assert len(compiled._cache) == 1


@pytest.mark.parametrize("name", RANDOM)
def test_noise_in_training_only(name: str) -> None:
    layer, x = RANDOM[name](), np.ones((200, 6, 3), "float32")
    assert layer(x) is x or np.array_equal(layer(x), x)
    noisy = layer(x, training=True)
    assert noisy.shape == x.shape
    assert not np.array_equal(noisy, layer(x, training=True))
    assert abs(float(noisy.mean()) - 1) < 0.15 or name == "alpha dropout"
    compiled = CompiledFunction(lambda v: layer(v, training=True), "layer")
    assert compiled(x).shape == x.shape
    assert compiled(x[:7]).shape == (7, 6, 3)
    assert len(compiled._cache) == 1


def test_spatial_dropout_drops_whole_channels() -> None:
    y = layers.SpatialDropout1D(0.5, seed=2)(np.ones((50, 6, 3), "float32"), training=True)
    assert all(len(set(sample[:, i])) == 1 for sample in y for i in range(3))


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    x = np.random.default_rng(0).normal(size=(200, 200)).astype("float32")
    y = layers.AlphaDropout(0.3, seed=1)(x, training=True)
    assert abs(y.mean()) < 0.03
    assert abs(y.std() - 1) < 0.03


def test_activity_regularization_is_a_mean_over_the_batch() -> None:
    layer = layers.ActivityRegularization(l1=1.0)
    layer(np.ones((4, 3), "float32"))
    assert float(layer.losses[0]) == 3.0


# --- batch normalization: the layer that changes what it holds ---


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"center": False, "momentum": 0.5},
        {"scale": False},
        {"renorm": True, "renorm_clipping": {"rmax": 2.0, "rmin": 0.5, "dmax": 1.0}},
    ],
)
@pytest.mark.parametrize("masked", [False, True])
def test_batch_normalization(options: dict, masked: bool) -> None:
    ours = layers.BatchNormalization(**options)
    theirs = keras.layers.BatchNormalization(**options)
    compiled_layer = layers.BatchNormalization(**options)
    compiled = CompiledFunction(
        lambda x, mask: compiled_layer(x, training=True, mask=mask), "layer"
    )
    random = np.random.default_rng(0)
    for batch in (4, 7):
        x = (2 + 3 * random.normal(size=(batch, 6, 3))).astype("float32")
        mask = random.random((batch, 6)) < 0.7 if masked else None
        true = theirs(x, training=True, mask=mask)
        close([ours(x, training=True, mask=mask), compiled(x, mask)], [true, true], 1e-4)
        close(ours.get_weights(), theirs.get_weights())
        close(compiled_layer.get_weights(), theirs.get_weights())
    close([ours(x)], [theirs(x)], 1e-4)
    assert len(compiled._cache) == 1


def test_frozen_batch_normalization_keeps_its_statistics() -> None:
    layer = layers.BatchNormalization()
    layer.build((None, 3))
    layer.trainable = False
    layer(np.ones((2, 3), "float32") * 5, training=True)
    assert layer.moving_mean.numpy().tolist() == [0.0, 0.0, 0.0]


def test_spectral_normalization() -> None:
    case = Case(lambda k: k.layers.SpectralNormalization(k.layers.Dense(3)), (VECTOR,))
    ours, theirs = build_twins(case)
    x = np.random.default_rng(1).normal(size=(5, 4)).astype("float32")
    for _ in range(30):
        close([ours(x, training=True)], [theirs(x, training=True)], 1e-4)
    assert abs(np.linalg.norm(ours.layer.kernel.numpy(), 2) - 1) < 1e-3


# --- masks ---


def test_masks_of_merging_layers() -> None:
    x = np.array([[[1.0], [2.0], [0.0]]], "float32")
    y = np.array([[[3.0], [0.0], [0.0]]], "float32")
    for name in ("Add", "Multiply", "Maximum", "Minimum", "Concatenate"):
        outputs = []
        for k in (lamina, keras):
            merged = getattr(k.layers, name)()([k.layers.Masking()(v) for v in (x, y)])
            outputs.append([merged, k.layers.GlobalAveragePooling1D()(merged)])
        close(*outputs)


def test_mask_of_an_embedding() -> None:
    layer = layers.Embedding(5, 2, mask_zero=True)
    pooled = layers.GlobalAveragePooling1D()(layer(np.array([[1, 0, 0]])))
    np.testing.assert_allclose(pooled[0], layer.embeddings.numpy()[1], rtol=1e-6)


# --- preprocessing that learns from data ---


@pytest.mark.parametrize("axis", [-1, None, (1, 2)])
def test_adapted_normalization(axis: object) -> None:
    x = np.random.default_rng(3).normal(5, 3, size=(40, 4, 3)).astype("float32")
    whole, parts = layers.Normalization(axis), layers.Normalization(axis)
    theirs = keras.layers.Normalization(axis)
    whole.adapt(x)
    parts.adapt((x[i : i + 7], 0) for i in range(0, 40, 7))
    theirs.adapt(x)
    close([whole(x), parts(x)], [theirs(x)] * 2)
    back = layers.Normalization(axis, invert=True)
    back.adapt(x)
    np.testing.assert_allclose(back(whole(x)), x, rtol=1e-4, atol=1e-4)


def test_adapting_again_changes_a_compiled_model() -> None:
    layer = layers.Normalization()
    layer.adapt(np.array([[1.0], [3.0]]))
    compiled = CompiledFunction(lambda x: layer(x), "layer")
    x = np.array([[5.0]], "float32")
    assert compiled(x).tolist() == [[3.0]]
    layer.adapt(np.array([[4.0], [6.0]]))
    assert compiled(x).tolist() == [[0.0]]


def test_adapted_bins() -> None:
    pytest.importorskip("tensorflow", reason="Keras needs TensorFlow to adapt Discretization")
    x = np.random.default_rng(4).random((500, 2)).astype("float32")
    ours, theirs = layers.Discretization(num_bins=4), keras.layers.Discretization(num_bins=4)
    ours.adapt(x)
    theirs.adapt(x)
    np.testing.assert_allclose(ours.bin_boundaries, theirs.bin_boundaries, rtol=1e-6)


# --- errors ---


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: layers.Dense(0), "expected a positive integer"),
        (lambda: layers.Dropout(1.5), "float value between 0 and 1"),
        (lambda: layers.Dropout(0.5, noise_shape=(-1,)), "noise_shape"),
        (lambda: layers.Embedding(3, 0), "output_dim"),
        (lambda: layers.ReLU(negative_slope=-1), "negative_slope"),
        (lambda: layers.Permute((1, 3)), "consecutive"),
        (lambda: layers.Reshape((5,))(np.ones((2, 4))), "must be unchanged"),
        (lambda: layers.Cropping1D(3)(np.ones((1, 5, 1))), "smaller than the input length"),
        (lambda: layers.Add()(np.ones((2, 3))), "list of inputs"),
        (lambda: layers.Add()([np.ones((2, 3)), np.ones((2, 4))]), "incompatible shapes"),
        (lambda: layers.Concatenate()([np.ones((2, 3, 1)), np.ones((2, 4, 1))]), "matching shapes"),
        (lambda: layers.Dot(1)([np.ones((2, 3)), np.ones((2, 4))]), "axis values 3"),
        (lambda: layers.GroupNormalization(3).build((None, 4)), "multiple"),
        (lambda: layers.LayerNormalization(5).compute_output_shape((2, 3)), "out of bounds"),
        (lambda: layers.BatchNormalization(renorm=True, renorm_clipping={"x": 1}), "invalid keys"),
        (lambda: layers.EinsumDense("ab,bc", 3).build((None, 2)), "Invalid einsum equation"),
        (lambda: layers.Normalization(mean=1.0), "both `mean` and `variance`"),
        (lambda: layers.Discretization(), "either `num_bins` or `bin_boundaries`"),
        (lambda: layers.CategoryEncoding(), "num_tokens"),
        (lambda: layers.Wrapper("dense"), "isn't a supported layer type"),
    ],
)
def test_errors(make, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()
