"""Attention layers against real Keras."""

import numpy as np
import pytest
from keras_twin import Case, check_config, check_forward_and_gradient, check_one_program

import lamina
from lamina import layers
from lamina.layers.attention.heads import equations

PAIR = ((3, 4), (5, 4))


def _heads(**options: object):
    return lambda k: k.layers.MultiHeadAttention(2, 3, **options)


def _groups(**options: object):
    return lambda k: k.layers.GroupQueryAttention(3, 4, 2, **options)


CASES = {
    "dot": Case(lambda k: k.layers.Attention(), PAIR, as_list=True),
    "dot scaled": Case(
        lambda k: k.layers.Attention(use_scale=True), PAIR, {}, {"use_causal_mask": True}, True
    ),
    "concat": Case(
        lambda k: k.layers.Attention(score_mode="concat", use_scale=True),
        (*PAIR, (5, 4)),
        {},
        {"return_attention_scores": True},
        True,
    ),
    "additive": Case(lambda k: k.layers.AdditiveAttention(), PAIR, as_list=True),
    "additive plain": Case(
        lambda k: k.layers.AdditiveAttention(use_scale=False), PAIR, as_list=True
    ),
    "heads": Case(_heads(), PAIR),
    "heads three": Case(
        _heads(value_dim=2, use_bias=False, output_shape=6),
        (*PAIR, (5, 6)),
        options={"return_attention_scores": True},  # without, Keras on JAX refuses value_dim
    ),
    "heads masked": Case(_heads(), PAIR, {"attention_mask": (3, 5)}),
    "heads value mask": Case(_heads(), PAIR, {"value_mask": (5,)}),
    "heads causal": Case(_heads(), ((4, 4), (4, 4)), {}, {"use_causal_mask": True}),
    "heads window": Case(_heads(sliding_window=2, use_gate=True), ((4, 4), (4, 4))),
    "heads scores": Case(
        _heads(), PAIR, {"attention_mask": (3, 5)}, {"return_attention_scores": True}
    ),
    "heads of images": Case(_heads(attention_axes=(1, 2)), ((2, 3, 4), (3, 2, 4))),
    "heads of one axis": Case(_heads(attention_axes=2), ((2, 3, 4), (2, 5, 4))),
    "groups": Case(_groups(), PAIR),
    "groups masked": Case(_groups(use_gate=True), PAIR, {"attention_mask": (3, 5)}),
    "groups scores": Case(
        _groups(use_bias=False),
        ((4, 4), (4, 4)),
        {},
        {"return_attention_scores": True, "use_causal_mask": True},
    ),
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
def test_symbolic_shapes(name: str) -> None:
    case = CASES[name]
    inputs, masks = case.arguments(2)
    symbols = [lamina.KerasTensor((None, *s)) for s in case.shapes]
    found = case.apply(case.make(lamina), symbols, {})
    true = case.apply(case.make(lamina), inputs, masks)
    assert [f.shape[1:] for f in found] == [t.shape[1:] for t in true]


def test_masks_of_queries_and_values() -> None:
    random = np.random.default_rng(0)
    query, value = random.normal(size=(2, 2, 3, 4)).astype("float32")
    query_mask = np.array([[True, True, False], [True, False, False]])
    value_mask = np.array([[True, False, False], [True, True, False]])
    y = layers.Attention()([query, value], mask=[query_mask, value_mask])
    assert not np.any(y[~query_mask])
    np.testing.assert_allclose(y[0, 0], value[0, 0], rtol=1e-6)


def test_mask_of_the_query_goes_on() -> None:
    tokens = np.array([[1, 2, 0], [3, 0, 0]])
    x = layers.Embedding(5, 4, mask_zero=True)(tokens)
    y = layers.MultiHeadAttention(2, 3)(x, x)
    np.testing.assert_array_equal(lamina.ops.masking.get_keras_mask(y), tokens != 0)


@pytest.mark.filterwarnings("error")
def test_masked_inputs_lose_no_mask() -> None:
    x = layers.Embedding(5, 4, mask_zero=True)(np.array([[1, 2, 0]]))
    layers.MultiHeadAttention(2, 3)(x, x)
    assert lamina.ops.masking.get_keras_mask(x) is not None


@pytest.mark.parametrize("make", [_heads(dropout=0.5), _groups(dropout=0.5)])
def test_dropout_only_in_training(make) -> None:
    layer, x = make(lamina), np.random.default_rng(0).normal(size=(2, 4, 4)).astype("float32")
    quiet = layer(x, x)
    np.testing.assert_array_equal(quiet, layer(x, x, training=False))
    assert not np.array_equal(quiet, layer(x, x, training=True))


def test_equations() -> None:
    assert equations(5, (1, 2)) == ("afgde,abcde->adbcfg", "adbcfg,afgde->abcde")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: layers.Attention(score_mode="cosine"), "score_mode"),
        (lambda: layers.Attention()(np.ones((1, 2, 3), "float32")), "must be called on a list"),
        (lambda: layers.Attention()([np.ones((1, 2, 3), "float32")]), "length 2 or 3"),
        (lambda: layers.MultiHeadAttention(0, 3), "argument `num_heads`"),
        (lambda: layers.MultiHeadAttention(2, 3, sliding_window=0), "sliding_window"),
        (lambda: layers.MultiHeadAttention(2, 3, output_shape=8.0), "Invalid `output_shape`"),
        (
            lambda: layers.MultiHeadAttention(2, 3).compute_output_shape(
                (1, 2), (1, 3, 2), (1, 4, 2)
            ),
            "must be equal",
        ),
        (lambda: layers.GroupQueryAttention(3, 4, 3), "divisible by"),
    ],
)
def test_errors(make, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()
