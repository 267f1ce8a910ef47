"""The base class: reductions, masks, ranks, structures, dtypes, wrong arguments."""

import pickle

import numpy as np
import pytest

import lamina
from lamina import losses, ops
from lamina.losses.loss import compute_dtype
from lamina.losses.ranks import squeeze_or_expand_to_same_rank
from lamina.losses.reduction import reduce_weighted_values
from lamina.losses.wrapper import LossFunctionWrapper
from lamina.ops.masking import set_keras_mask


class Squared(losses.Loss):
    def call(self, y_true, y_pred):
        return ops.square(ops.subtract(y_true, y_pred))


T = np.array([1.0, 0.0, 1.0, 0.0], "float32")
P = np.array([0.1, 0.2, 0.3, 0.4], "float32")
MASK = np.array([True, False, True, True])
E = (T - P) ** 2


def masked(mask=MASK):
    y_pred = P.copy()
    set_keras_mask(y_pred, mask)
    return y_pred


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [
        ("sum", E.sum()),
        ("mean", E.mean()),
        ("sum_over_batch_size", E.mean()),
        ("mean_with_sample_weight", E.mean()),
        ("none", E),
        (None, E),
    ],
)
def test_reductions(reduction, expected):
    np.testing.assert_allclose(Squared(reduction=reduction)(T, P), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [("sum", E[MASK].sum()), ("mean", E[MASK].mean()), ("mean_with_sample_weight", E[MASK].mean())],
)
def test_masked(reduction, expected):
    np.testing.assert_allclose(Squared(reduction=reduction)(T, masked()), expected, rtol=1e-6)


def test_masked_and_weighted():
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    expected = (E * weights)[MASK].sum()
    np.testing.assert_allclose(Squared()(T, masked(), weights), expected / 3, rtol=1e-6)
    loss = Squared(reduction="mean_with_sample_weight")
    np.testing.assert_allclose(
        loss(T, masked(), weights), expected / weights[MASK].sum(), rtol=1e-6
    )


def test_all_masked():
    assert Squared()(T, masked(np.zeros(4, bool))) == 0


def test_masks_of_input_and_output_join():
    y_true = np.array([0, 1, 1, 0])
    y_pred = np.array([[0.5, 0.5], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]], "float32")
    set_keras_mask(y_pred, np.array([True, True, False, True]))
    value = losses.SparseCategoricalCrossentropy(ignore_class=0)(y_true, y_pred)
    np.testing.assert_allclose(value, -np.log(0.8), rtol=1e-6)


def test_masked_while_traced(compiled_like_eager):
    def function(y_true, y_pred, mask):
        y_pred = ops.add(y_pred, 0.0)
        set_keras_mask(y_pred, mask)
        return Squared()(y_true, y_pred)

    compiled_like_eager(function, T, P, MASK)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((4,), (4, 1), ((4, 1), (4, 1))),
        ((4, 1), (4,), ((4, 1), (4, 1))),
        ((4, 3, 1), (4, 3), ((4, 3), (4, 3))),
        ((4, 3), (4, 3, 1), ((4, 3), (4, 3))),
        ((4, 3), (4,), ((4, 3), (4,))),
        ((4, 3), (4, 3), ((4, 3), (4, 3))),
    ],
)
def test_ranks(first, second, expected):
    pair = squeeze_or_expand_to_same_rank(ops.ones(first), ops.ones(second))
    assert tuple(x.shape for x in pair) == expected


def test_ranks_without_expansion():
    pair = squeeze_or_expand_to_same_rank(ops.ones((4,)), ops.ones((4, 1)), expand_rank_1=False)
    assert tuple(x.shape for x in pair) == ((4,), (4,))


def test_a_column_against_a_row(compiled_like_eager):
    """(n,) and (n, 1) must not become (n, n)."""
    loss = losses.MeanSquaredError(reduction="none")
    assert loss(T, P[:, None]).shape == (4,)
    compiled_like_eager(loss, T, P[:, None])


def test_structures():
    def function(y_true, y_pred):
        return ops.add(ops.square(y_true["a"] - y_pred["a"]), ops.abs(y_true["b"] - y_pred["b"]))

    loss = LossFunctionWrapper(function)
    value = loss({"a": T, "b": T}, {"a": P, "b": P})
    np.testing.assert_allclose(value, np.mean(E + np.abs(T - P)), rtol=1e-6)


def test_weights_that_are_columns():
    expected = (E * [1, 2, 0, 1]).mean()
    weights = np.array([[1], [2], [0], [1]])
    np.testing.assert_allclose(Squared()(T, P, weights), expected, rtol=1e-6)
    np.testing.assert_allclose(reduce_weighted_values(E, weights[:, 0]), expected, rtol=1e-6)


def test_integers_are_converted():
    value = Squared()(T.astype("int64"), P.astype("float64"))
    assert value.dtype == "float32"
    np.testing.assert_allclose(value, E.mean(), rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (None, "float32"),
        ("float16", "float16"),
        ("mixed_bfloat16", "bfloat16"),
        (np.float64, "float64"),
    ],
)
def test_compute_dtype(dtype, expected):
    assert compute_dtype(dtype) == expected
    assert Squared(dtype=dtype).dtype == expected
    with pytest.raises(AttributeError):
        Squared().dtype = "float16"


def test_unknown_reduction():
    with pytest.raises(ValueError, match="Invalid value for argument `reduction`") as error:
        Squared(reduction="summ")
    assert "Did you mean 'sum'" in str(error.value)
    with pytest.raises(ValueError, match="reduction"):
        Squared(reduction=["sum"])


def test_call_is_missing():
    with pytest.raises(NotImplementedError, match="Loss does not implement"):
        losses.Loss()(T, P)


@pytest.mark.parametrize("q", [0, 1, -0.5])
def test_q_out_of_range(q):
    with pytest.raises(ValueError, match=r"interval \(0, 1\)"):
        losses.CategoricalGeneralizedCrossEntropy(q=q)


def test_axis_that_is_a_bool():
    with pytest.raises(ValueError, match="`axis` must be of type `int`"):
        losses.categorical_crossentropy([[1.0, 0.0]], [[0.5, 0.5]], axis=True)


def test_one_class_is_warned_of():
    with pytest.warns(SyntaxWarning, match="num_classes > 1"):
        losses.categorical_crossentropy([[1.0]], [[0.5]])


def test_ctc_shapes():
    with pytest.raises(ValueError, match="max_length"):
        losses.ctc(np.ones(3), np.ones((3, 4, 5)))
    with pytest.raises(ValueError, match="num_classes"):
        losses.ctc(np.ones((3, 2)), np.ones((3, 4)))


def test_get():
    assert losses.get(None) is None
    assert losses.get("mse") is losses.get("MSE") is losses.mean_squared_error
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert isinstance(losses.get(losses.Hinge), losses.Hinge)
    given = losses.get({"class_name": "Huber", "config": {"delta": 2.0}})
    assert given.delta == 2.0
    with pytest.raises(ValueError, match="Did you mean 'mean_squared_error'"):
        losses.get("mean_squared_eror")
    with pytest.raises(ValueError, match="loss identifier: 7"):
        losses.get(7)


def test_pickle():
    loss = pickle.loads(pickle.dumps(losses.Huber(delta=0.5, name="h")))
    assert (loss.delta, loss.name) == (0.5, "h")
    assert pickle.loads(pickle.dumps(losses.get("mse"))) is losses.mean_squared_error


def test_wrapper_of_a_users_function():
    def distance(y_true, y_pred, factor=1.0):
        return ops.multiply(ops.abs(y_true - y_pred), factor)

    loss = LossFunctionWrapper(distance, name="distance", factor=2.0)
    with lamina.saving.custom_object_scope({"distance": distance}):
        again = LossFunctionWrapper.from_config(loss.get_config())
    np.testing.assert_array_equal(again(T, P), loss(T, P))


def test_names_and_signatures(keras):
    import inspect

    public = {name for name in dir(keras.losses) if not name.startswith("_")}
    assert set(losses.__all__) == public
    for name in public:
        ours, theirs = (getattr(m.losses, name) for m in (lamina, keras))
        if name in ("get", "serialize", "deserialize"):
            continue
        parameters = [
            [(p.name, p.default, p.kind) for p in inspect.signature(x).parameters.values()]
            for x in (ours, theirs)
        ]
        assert parameters[0] == parameters[1], name


def test_lists_of_numbers_are_tensors():
    value = losses.SparseCategoricalCrossentropy()([1, 0], [[0.5, 0.5], [0.5, 0.5]])
    np.testing.assert_allclose(value, np.log(2), rtol=1e-6)
    assert losses.MeanSquaredError()([[0, 1]], [[2.0, 1.0]]) == 2
    assert Squared()(0, 3) == 9
