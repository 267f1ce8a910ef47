"""Learning-rate schedules: values against real Keras, eager and compiled; configs; checks."""

import os

import numpy as np
import pytest

import lamina
from lamina.optimizers import schedules
from lamina.runtime.compiled import CompiledFunction

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

CASES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9}),
    (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9, "staircase": True},
    ),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5}),
    (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
    ),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7}),
    (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "power": 0.5, "cycle": True},
    ),
    ("PiecewiseConstantDecay", {"boundaries": [3, 10, 20], "values": [1.0, 0.5, 0.1, 0.05]}),
    ("PiecewiseConstantDecay", {"boundaries": [3.0], "values": [1.0, 0.5]}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 17, "alpha": 0.1}),
    (
        "CosineDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 7, "warmup_target": 0.5, "warmup_steps": 5},
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5}),
    (
        "CosineDecayRestarts",
        {
            "initial_learning_rate": 0.1,
            "first_decay_steps": 5,
            "t_mul": 1.0,
            "m_mul": 0.5,
            "alpha": 0.1,
        },
    ),
]


@pytest.mark.parametrize("name, arguments", CASES)
def test_values_equal_keras(name, arguments):
    ours, theirs = getattr(schedules, name), getattr(keras.optimizers.schedules, name)
    ours, theirs = ours(**arguments), theirs(**arguments)
    counter = lamina.Variable(0, dtype="int32")
    compiled = CompiledFunction(lambda _: ours(counter), "rate")
    for step in (0, 1, 4, 9, 17, 30):
        expected = float(theirs(step))
        assert float(ours(step)) == pytest.approx(expected, abs=1e-6)
        counter.assign(step)
        assert float(compiled(np.zeros(1))) == pytest.approx(expected, abs=1e-6)
    assert ours.get_config() == theirs.get_config()


@pytest.mark.parametrize("name, arguments", CASES)
def test_config_round_trip(name, arguments):
    schedule = getattr(schedules, name)(**arguments)
    again = schedules.deserialize(schedules.serialize(schedule))
    assert type(again) is type(schedule)
    assert again.get_config() == schedule.get_config()


def test_a_variable_becomes_a_number_of_the_config():
    schedule = schedules.PolynomialDecay(lamina.Variable(0.5), 4)
    assert schedule.get_config()["initial_learning_rate"] == 0.5


def test_a_whole_number_is_a_rate():
    assert float(schedules.ExponentialDecay(1, 2, 0.5)(1)) == pytest.approx(0.5**0.5)


@pytest.mark.parametrize("name", ["ExponentialDecay", "InverseTimeDecay"])
def test_steps_must_be_positive(name):
    with pytest.raises(ValueError, match="`decay_steps` must be > 0"):
        getattr(schedules, name)(0.1, 0, 0.5)


def test_boundaries_are_checked():
    with pytest.raises(ValueError, match="length of boundaries should be 1 less"):
        schedules.PiecewiseConstantDecay([1, 2], [1.0, 2.0])
    with pytest.raises(ValueError, match="must increase"):
        schedules.PiecewiseConstantDecay([2, 1], [1.0, 2.0, 3.0])


def test_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="must override `__call__"):
        schedules.LearningRateSchedule()(1)
    with pytest.raises(NotImplementedError, match="must override `get_config"):
        schedules.LearningRateSchedule().get_config()
