"""Random models trained by both executors from the same seed: weights, logs and results agree.

Some models magnify rounding: an optimizer divides by a gradient that is nothing else, as that of a
bias before a normalization. Where a difference is larger than the tolerance, the reference
executor is therefore asked how far it moves itself when the first weights change by one unit in
their last place; the native one may be as far from it, times `MOVES`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from guarded_memory import guarded_memory
from random_models import RandomModel, random_model

import lamina
from lamina.executors.native.elementwise import ELEMENTWISE
from lamina.runtime import executor

pytest.importorskip("llvmlite")

MOVES = 4
JITTERS = (1, 2, 3)
TOLERANCE = {"float32": (2e-3, 2e-4), "float64": (1e-7, 1e-10)}


def outcome(r: RandomModel) -> dict[str, Any]:
    """Everything that training, evaluation and prediction give."""
    found: dict[str, Any] = {}
    history = r.model.fit(
        r.x, r.y, batch_size=r.batch, epochs=1, sample_weight=r.weights, verbose=0, shuffle=True
    ).history
    found.update({f"logs {k}": np.array(v) for k, v in history.items()})
    for kind, variables in (
        ("variable", r.model.variables),
        ("optimizer variable", r.model.optimizer.variables),
    ):
        for i, v in enumerate(variables):
            found[f"{kind} {i} {v.path}"] = v.numpy()
    logs = r.model.evaluate(
        r.x, r.y, batch_size=r.batch, sample_weight=r.weights, verbose=0, return_dict=True
    )
    found.update({f"evaluate {k}": np.array(v) for k, v in logs.items()})
    predicted = r.model.predict(r.x, batch_size=r.batch, verbose=0)
    for i, p in enumerate(predicted if isinstance(predicted, list) else [predicted]):
        found[f"predicted {i}"] = p
    return found


def run(seed: int, name: str, jitter: int = 0) -> tuple[dict[str, Any], str]:
    """The outcome with one executor, and what the model is made of.

    Args:
        seed: of the model.
        name: of the executor.
        jitter: seed of the changes to the last place of each first weight; 0 changes nothing.
    """
    executor.set_executor(name)
    lamina.utils.clear_session()  # names are counted from the start
    r = random_model(seed)
    if jitter:
        rng = np.random.default_rng(jitter)
        for v in r.model.weights:
            value = v.numpy()
            if value.dtype.kind == "f":
                towards = rng.choice([-np.inf, np.inf], value.shape).astype(value.dtype)
                v.assign(np.nextafter(value, towards))
    try:
        with guarded_memory():
            return outcome(r), r.text
    except Exception as error:
        error.add_note(f"{name}: {r.text}")
        raise


def check(seed: int) -> None:
    floatx = "float64" if seed % 2 else "float32"
    lamina.config.set_floatx(floatx)
    wanted, text = run(seed, "numpy")
    found, _ = run(seed, "native")
    relative, absolute = TOLERANCE[floatx]
    jittered: list[dict[str, Any]] = []
    for (name, want), got in zip(wanted.items(), found.values(), strict=True):
        assert got.dtype == want.dtype and got.shape == want.shape, (name, text)
        scale = float(np.max(np.abs(want), initial=0.0, where=np.isfinite(want)))
        allowed = absolute + relative * scale
        if not np.allclose(got, want, relative, allowed, equal_nan=True):
            jittered = jittered or [run(seed, "numpy", jitter)[0] for jitter in JITTERS]
            moved = max(float(np.max(np.abs(other[name] - want))) for other in jittered)
            allowed += MOVES * moved
        np.testing.assert_allclose(got, want, relative, allowed, err_msg=f"{name}\n{text}")


def check_all(seeds: range) -> None:
    for seed in seeds:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of models that mean nothing
            check(seed)


@pytest.mark.parametrize("seeds", [range(n, n + 3) for n in range(0, 9, 3)], ids=str)
def test_models(seeds: range) -> None:
    check_all(seeds)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [range(n, n + 20) for n in range(1000, 1400, 20)], ids=str)
def test_many_models(seeds: range) -> None:
    check_all(seeds)


def test_a_wrong_executor_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamina.executors.native.executable.program_key", lambda *_: None)
    monkeypatch.setitem(ELEMENTWISE, "mul", ELEMENTWISE["add"])
    with pytest.raises(AssertionError):
        check_all(range(3))
