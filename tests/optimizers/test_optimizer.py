"""What all optimizers share: learning rate, state, order of steps, checks, configs."""

import copy
import pickle

import numpy as np
import pytest

import lamina
from lamina import ops, optimizers
from lamina.optimizers import schedules

ONES = np.ones(2, "float32")


def weight(value=1.0, name="w"):
    return lamina.Variable(np.full(2, value, "float32"), name=name)


class Store(dict):
    """What a file offers."""


def test_learning_rate_can_be_set():
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = 0.25
    assert float(optimizer.learning_rate) == 0.25
    w = weight()
    optimizer.apply([ONES], [w])
    assert w.numpy().tolist() == [0.75, 0.75]


def test_a_schedule_takes_the_place_of_the_variable():
    optimizer = optimizers.SGD(0.5)
    assert len(optimizer.variables) == 2
    optimizer.learning_rate = schedules.ExponentialDecay(1.0, 1, 0.5)
    assert [v.name for v in optimizer.variables] == ["iteration"]
    w = weight()
    for expected in (0.0, -0.5, -0.75):
        optimizer.apply([ONES], [w])
        assert w.numpy()[0] == expected
    with pytest.raises(TypeError, match="not settable"):
        optimizer.learning_rate = 0.1


def test_learning_rate_may_be_a_function():
    w = weight()
    optimizers.SGD(lambda: 0.25).apply([ONES], [w])
    assert w.numpy()[0] == 0.75


@pytest.mark.parametrize("value", [-0.1, float("nan"), -1])
def test_negative_learning_rate_is_refused(value):
    with pytest.raises(ValueError, match="must not be negative"):
        optimizers.Adam(value)
    with pytest.raises(ValueError, match="must not be negative"):
        optimizers.Adam().learning_rate = value


@pytest.mark.parametrize("value", [None, "0.1", True])
def test_a_learning_rate_must_be_a_number(value):
    with pytest.raises(ValueError, match="`learning_rate` should be float"):
        optimizers.Adam(value)


def test_unknown_arguments_get_suggestions():
    with pytest.raises(ValueError, match="not recognized.*Did you mean 'learning_rate'"):
        optimizers.Adam(lr=0.1)
    with pytest.raises(ValueError, match="Did you mean 'momentum'"):
        optimizers.SGD(momentun=0.1)


def test_unknown_names_get_suggestions():
    with pytest.raises(ValueError, match="Did you mean.*adam"):
        optimizers.get("adamm")


@pytest.mark.parametrize("name", ["adam", "Adam", "ADAM", "sgd", "lamb", "rmsprop", "adamw"])
def test_get_by_name(name):
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


def test_get_lets_optimizers_through():
    optimizer = optimizers.SGD()
    assert optimizers.get(optimizer) is optimizer
    assert optimizers.get(None) is None
    with pytest.raises(ValueError, match="Could not interpret optimizer"):
        optimizers.get(3)


def test_lengths_must_match():
    optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match="one gradient"):
        optimizer.apply([ONES, ONES], [weight()])


def test_shapes_must_match():
    with pytest.raises(ValueError, match="gradient of 'w'"):
        optimizers.SGD().apply([np.ones(3, "float32")], [weight()])


def test_unbuilt_without_variables():
    with pytest.raises(ValueError, match="must already be built"):
        optimizers.SGD().apply([ONES])


def test_unknown_variable():
    optimizer = optimizers.SGD()
    optimizer.apply([ONES], [weight()])
    with pytest.raises(ValueError, match="Unknown variable: 'other'"):
        optimizer.apply([ONES], [weight(name="other")])


def test_no_gradient_at_all():
    with pytest.raises(ValueError, match="No gradients provided"):
        optimizers.SGD().apply([None], [weight()])


def test_a_missing_gradient_warns():
    a, b = weight(name="a"), weight(name="b")
    with pytest.warns(UserWarning, match=r"do not exist for variables \['a'\]"):
        optimizers.SGD(0.5).apply([None, ONES], [a, b])
    assert a.numpy()[0] == 1.0
    assert b.numpy()[0] == 0.5


def test_no_gradients_is_no_step():
    optimizer = optimizers.SGD()
    optimizer.apply([], [])
    assert int(optimizer.iterations) == 0


def test_forgotten_super_is_named():
    class Forgetful(optimizers.Optimizer):
        def __init__(self):
            self.speed = 1

    with pytest.raises(RuntimeError, match=r"forgot to call `super\(\).__init__"):
        Forgetful()


def test_own_variables_are_tracked():
    class Counting(optimizers.Optimizer):
        def build(self, variables):
            super().build(variables)
            self.count = lamina.Variable(0, name="count")
            self.more = [lamina.Variable(0, name="more")]

        def update_step(self, gradient, variable, learning_rate):
            self.count.assign_add(1)

    optimizer = Counting(0.1)
    optimizer.apply([ONES], [weight()])
    names = [v.name for v in optimizer.variables]
    assert names == ["iteration", "learning_rate", "count", "more"]
    assert optimizer.variables[2].path == f"{optimizer.name}/count"


def test_stateless_apply_changes_nothing():
    w = weight()
    optimizer = optimizers.SGD(0.5, momentum=0.5)
    optimizer.build([w])
    new, state = optimizer.stateless_apply(
        [v.value for v in optimizer.variables], [ONES], [w.value]
    )
    assert new[0].tolist() == [0.5, 0.5]
    assert int(state[0]) == 1
    assert w.numpy()[0] == 1.0
    assert int(optimizer.iterations) == 0
    with pytest.raises(ValueError, match="`trainable_variables` must be a list"):
        optimizer.stateless_apply([v.value for v in optimizer.variables], [ONES], [])


def test_stateless_apply_needs_a_built_optimizer():
    with pytest.raises(ValueError, match="must be built"):
        optimizers.SGD().stateless_apply([], [ONES], [ONES])


def test_building_inside_a_program_starts_from_the_real_values():
    from lamina.runtime.compiled import CompiledFunction

    w = weight()
    optimizer = optimizers.ScheduleFreeAdamW(0.5)
    step = CompiledFunction(lambda g: optimizer.apply([ops.sum(g, 0)], [w]), "step")
    rows = np.ones((1, 2), "float32")
    step(rows)
    first = optimizer.variables[2].numpy().copy()
    step(rows)
    assert optimizer.variables[2].numpy()[0] < first[0] < 1.0


def test_weight_decay_exclusion():
    kernel, bias = weight(name="kernel"), weight(name="bias")
    zero = np.zeros(2, "float32")
    optimizer = optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.apply([zero, zero], [kernel, bias])
    assert kernel.numpy()[0] == 0.75
    assert bias.numpy()[0] == 1.0
    optimizer = optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[kernel])
    optimizer.apply([zero, zero], [kernel, bias])
    assert kernel.numpy()[0] == 0.75
    assert bias.numpy()[0] == 0.75


def test_save_and_load():
    w = weight()
    optimizer = optimizers.Adam()
    optimizer.apply([ONES], [w])
    store = Store()
    optimizer.save_own_variables(store)
    assert list(store) == ["0", "1", "2", "3"]
    other = optimizers.Adam()
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        other.load_own_variables(store)
    other.build([w])
    other.load_own_variables(store)
    for a, b in zip(optimizer.variables, other.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_set_weights_checks():
    optimizer = optimizers.Adam()
    with pytest.raises(ValueError, match="You are calling `set_weights"):
        optimizer.set_weights([])
    optimizer.build([weight()])
    with pytest.raises(ValueError, match="one array for each variable"):
        optimizer.set_weights([])
    with pytest.raises(ValueError, match="another shape"):
        optimizer.set_weights([np.zeros(3)] * 4)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_a_copy_goes_on(again):
    w = weight()
    optimizer = optimizers.Adam(0.1)
    optimizer.apply([ONES], [w])
    w2, copied = again((w, optimizer))
    optimizer.apply([ONES], [w])
    copied.apply([ONES], [w2])
    np.testing.assert_array_equal(w.numpy(), w2.numpy())
    assert int(copied.iterations) == 2


@pytest.mark.parametrize(
    "name", [n for n in optimizers.__all__ if n[0].isupper() and n not in ("Optimizer",)]
)
def test_config_round_trip(name):
    cls = getattr(optimizers, name)
    if name == "OptimizerMap":
        optimizer = cls(optimizers.SGD(), {"bias": optimizers.Adam()})
    elif name == "MultiOptimizer":
        optimizer = cls(optimizers.OptimizerMap(optimizers.SGD(), {"bias": optimizers.Adam()}))
    elif name == "LossScaleOptimizer":
        optimizer = cls(optimizers.SGD(schedules.CosineDecay(0.1, 3)))
    else:
        optimizer = cls()
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert type(again) is cls
    assert again.get_config() == optimizer.get_config()


def test_multi_optimizer():
    kernel, bias = weight(name="kernel"), weight(name="bias")
    chosen = optimizers.OptimizerMap(optimizers.SGD(0.5), {".*bias": optimizers.SGD(0.25)})
    optimizer = optimizers.MultiOptimizer(chosen)
    optimizer.apply([ONES, ONES], [kernel, bias])
    assert kernel.numpy()[0] == 0.5
    assert bias.numpy()[0] == 0.75
    assert len(optimizer.optimizers) == 2
    with pytest.raises(AttributeError, match="individual sub-optimizers"):
        _ = optimizer.learning_rate
    copied_kernel, copied_bias, copied = copy.deepcopy((kernel, bias, optimizer))
    copied.apply([ONES, ONES], [copied_kernel, copied_bias])
    assert copied_kernel.numpy()[0] == 0.0
    assert copied_bias.numpy()[0] == 0.5


def test_ema_takes_over_at_the_end():
    w = weight()
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    optimizer.apply([ONES], [w])
    optimizer.apply([ONES], [w])
    assert w.numpy()[0] == -1.0
    optimizer.finalize_variable_values([w])
    assert w.numpy()[0] == -0.5


def test_constraint_holds_after_each_step():
    w = weight()
    w.constraint = lambda value: ops.maximum(value, 0.9)
    optimizers.SGD(1.0).apply([ONES], [w])
    np.testing.assert_allclose(w.numpy(), 0.9)


@pytest.mark.parametrize(
    "arguments, text",
    [
        ({"gradient_accumulation_steps": 1}, "integer >= 2"),
        ({"use_ema": True, "ema_momentum": 1.5}, r"range \[0, 1\]"),
        ({"use_ema": True, "ema_overwrite_frequency": 0.5}, "integer >= 1"),
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "Only one of"),
        ({"momentum": 2.0}, "between"),
    ],
)
def test_arguments_are_checked(arguments, text):
    with pytest.raises(ValueError, match=text):
        optimizers.SGD(**arguments)
