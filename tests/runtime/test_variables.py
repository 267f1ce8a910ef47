"""Variables: values, names, scopes, casting."""

import threading

import numpy as np
import pytest

from lamina import ops
from lamina.base.errors import ArgumentError
from lamina.runtime.autocast import AutocastScope
from lamina.runtime.name_scope import name_scope
from lamina.runtime.scopes import StatelessScope, Trace, outside_scopes
from lamina.runtime.variable import Variable


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.0, "float32"),
        (1, "int32"),
        (True, "bool"),
        ([1.0, 2.0], "float32"),
        (np.ones(2), "float64"),
        (np.float64(2), "float64"),
        (np.ones(2, "int64"), "int64"),
    ],
)
def test_default_dtypes(value, dtype):
    v = Variable(value)
    assert v.dtype == dtype and v.shape == np.shape(value) and v.ndim == np.ndim(value)


def test_an_initializer_is_called_with_shape_and_dtype():
    seen = []

    def initializer(shape, dtype=None):
        seen.append((shape, dtype))
        return ops.ones(shape, dtype)

    v = Variable(initializer, shape=(2, 3), dtype="float16")
    assert seen == [((2, 3), "float16")] and v.initializer is initializer and v.dtype == "float16"
    with pytest.raises(ArgumentError, match="shape"):
        Variable(initializer)
    with pytest.raises(ArgumentError, match="None"):
        Variable(initializer, shape=(None, 2))


def test_assignment():
    v = Variable(np.zeros(3, "float32"))
    assert v.assign([1, 2, 3]).dtype == np.float32
    v.assign_add(1.0)
    v.assign_sub([0.0, 1.0, 2.0])
    assert v.value.tolist() == [2, 2, 2] and v.dtype == "float32"
    with pytest.raises(ArgumentError, match="must match"):
        v.assign(np.zeros(4))


def test_a_variable_owns_its_memory():
    source = np.ones(3)
    v, w = Variable(source), Variable(np.zeros(3))
    w.assign(source)
    source[:] = 7
    assert v.value.tolist() == w.value.tolist() == [1, 1, 1]
    w.numpy()[:] = 5
    np.asarray(w)[:] = 5
    assert w.value.tolist() == [1, 1, 1]
    w.assign(v)
    v.assign_add(1.0)
    assert w.value.tolist() == [1, 1, 1]


def test_arithmetic_and_conversion():
    v = Variable(2.0)
    assert float(v + 1) == 3 and float(1 - v) == -1 and float(v**2) == 4 and bool(v > 1)
    assert float(v) == 2 and int(v) == 2 and bool(v)
    m = Variable(np.arange(6.0).reshape(2, 3))
    assert m[1].tolist() == [3, 4, 5] and (m @ m.numpy().T).shape == (2, 2)
    assert (np.ones((2, 3)) * m).tolist() == m.numpy().tolist()
    with pytest.raises(TypeError, match="scalar"):
        float(m)


def test_names_and_paths():
    with name_scope("outer"), name_scope("inner"):
        v = Variable(1.0, name="kernel")
    assert (v.name, v.path) == ("kernel", "outer/inner/kernel")
    assert Variable(1.0).name != Variable(1.0).name
    caller = object()
    with name_scope("a", caller=caller), name_scope("a", caller=caller):
        assert Variable(1.0, name="b").path == "a/b"
    with name_scope("a"), name_scope("b", override_parent="x"):
        assert Variable(1.0, name="c").path == "x/b/c"
    for bad in ("a/b", 3):
        with pytest.raises(ArgumentError, match="name"):
            name_scope(bad)
        with pytest.raises(ArgumentError, match="name"):
            Variable(1.0, name=bad)


def test_attributes_are_checked():
    v = Variable(1.0, trainable=False, aggregation="sum")
    assert not v.trainable and v.aggregation == "sum"
    v.trainable = True
    assert v.trainable
    for name in ("regularizer", "constraint"):
        setattr(v, name, abs)
        with pytest.raises(ArgumentError, match=name):
            setattr(v, name, 3)
    with pytest.raises(ArgumentError, match="aggregation"):
        Variable(1.0, aggregation="best")
    with pytest.raises(TypeError, match="colour"):
        Variable(1.0, colour="red")


def test_stateless_scope():
    v, w = Variable(1.0), Variable(10.0)
    with StatelessScope([(v, np.array(5.0, "float32"))]) as scope:
        assert float(v.value) == 5 and float(w.value) == 10
        w.assign(v + w)
        assert float(w.value) == 15
    assert float(scope.get_current_value(w)) == 15 and scope.get_current_value(Variable(0)) is None
    assert (float(v), float(w)) == (1, 10)
    with pytest.raises(ArgumentError, match="state_mapping"):
        StatelessScope([("not a variable", 1)])


def test_tracing_reads_writes_and_restores():
    v = Variable(1.0)
    with Trace() as trace:
        first = v.value
        v.assign(v * 2)
        assert v.value is not first and trace.written() == [v]
        with outside_scopes():
            assert float(v) == 1.0
            made = Variable(3.0)
        assert made._value == 3.0
    assert float(v) == 1.0


def test_a_value_put_back_is_not_written():
    v = Variable(1.0)
    with Trace() as trace:
        before = v.value
        v.assign(before + 1)
        v.assign(before)
        assert trace.written() == []


def test_autocast():
    v, n = Variable(1.5), Variable(2)
    fixed = Variable(1.5, autocast=False)
    with AutocastScope("float16"):
        assert v.value.dtype == np.float16 and v.dtype == "float16"
        assert n.value.dtype == np.int32 and fixed.value.dtype == np.float32
        with AutocastScope(None):
            assert v.dtype == "float32"
    assert v.dtype == "float32"
    with pytest.raises(ArgumentError, match="floating"):
        AutocastScope("int32")


def test_threads_have_their_own_scopes():
    v = Variable(1.0)
    seen = []
    with Trace(), name_scope("here"):
        thread = threading.Thread(
            target=lambda: seen.extend([float(v), Variable(0, name="x").path])
        )
        thread.start()
        thread.join()
    assert seen == [1.0, "x"]
