"""What loading and cloning leave alone, and what they keep."""

import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import small_model

import lamina
from lamina.base import naming
from lamina.random.seed_generator import global_seed_generator


def _global_state() -> list[Any]:
    return [
        global_seed_generator().state.numpy().tolist(),
        random.getstate(),
        repr(np.random.get_state()),  # noqa: NPY002
        dict(naming._counts()),
    ]


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_loading_leaves_random_numbers_and_names_alone(name: str, tmp_path: Path) -> None:
    lamina.saving.save_model(small_model(), tmp_path / name)
    before = _global_state()
    lamina.saving.load_model(tmp_path / name)
    assert _global_state() == before


def test_models_from_json_get_different_weights() -> None:
    text = small_model(compiled=False).to_json()
    first, second = (lamina.models.model_from_json(text).get_weights()[0] for _ in range(2))
    assert not np.array_equal(first, second)


def test_clones_share_their_lambdas() -> None:
    inputs = lamina.Input((3,))
    inner = lamina.Sequential([lamina.Input((3,)), lamina.layers.Lambda(lambda x: x * 2)])
    model = lamina.Model(inputs, inner(lamina.layers.Lambda(lambda x: x + 1)(inputs)))
    for recursive in (False, True):
        copy = lamina.models.clone_model(model, recursive=recursive)
        np.testing.assert_array_equal(copy(np.ones((2, 3), "float32")), np.full((2, 3), 4.0))


@pytest.mark.parametrize("key", [np.s_[1:, 0], np.s_[:, [0, 2]], [0, 1], 0, np.s_[..., None]])
def test_keys_of_an_index_keep_their_meaning(key: Any, tmp_path: Path) -> None:
    inputs = lamina.Input((4, 3), batch_size=2)
    model = lamina.Model(inputs, inputs[key])
    x = np.arange(24, dtype="float32").reshape(2, 4, 3)
    for _ in range(2):  # what was loaded is saved again
        model.save(tmp_path / "model.keras")
        model = lamina.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(model(x), x[key])


def test_a_list_stays_a_list_of_places_outside_of_files() -> None:
    x = np.arange(12.0).reshape(4, 3)
    np.testing.assert_array_equal(lamina.ops.getitem(x, [0, 2]), x[[0, 2]])


def test_steps_written_out_cost_nothing_while_loading(tmp_path: Path) -> None:
    model = lamina.Sequential([lamina.Input((100_000, 3)), lamina.layers.SimpleRNN(2, unroll=True)])
    model.save(tmp_path / "model.keras")
    start = time.perf_counter()
    lamina.saving.load_model(tmp_path / "model.keras")
    assert time.perf_counter() - start < 5


def test_a_compile_of_the_users_own_is_not_called(tmp_path: Path) -> None:
    class Own(lamina.Sequential):
        def compile(self, *args: Any, **kwargs: Any) -> None:
            super().compile(*args, **kwargs)

    model = Own([lamina.Input((3,)), lamina.layers.Dense(1)])
    model.compile("adam", "mse")
    model.save(tmp_path / "model.keras")
    with pytest.warns(UserWarning, match="method is custom"):
        read = lamina.saving.load_model(tmp_path / "model.keras", custom_objects={"Own": Own})
    np.testing.assert_array_equal(read.get_weights()[0], model.get_weights()[0])


@pytest.mark.parametrize(
    "policy",
    [
        "int8_from_float32",
        lamina.dtype_policies.QuantizedDTypePolicy("int8", "float32"),
        lamina.dtype_policies.DTypePolicyMap(policy_map={"net/dense": "int4_from_float32"}),
    ],
    ids=["name", "policy", "map"],
)
def test_layers_refuse_quantized_policies(policy: Any) -> None:
    with pytest.raises(ValueError, match="quantized dtype polic"):
        lamina.layers.Dense(2, dtype=policy)
