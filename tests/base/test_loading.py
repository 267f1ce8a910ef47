"""Variables created during a load are counted and begin as zeros."""

import numpy as np
import pytest

from lamina.base.errors import FileFormatError
from lamina.base.loading import current_loading, loading
from lamina.runtime.variable import Variable


def _threes(shape: tuple, dtype: str) -> np.ndarray:
    return np.full(shape, 3, dtype)


def test_values_come_from_the_file_or_the_initializer() -> None:
    with loading(1000) as scope:
        stored = Variable(_threes, shape=(2,), dtype="float32", name="stored")
        unsaved = Variable(_threes, shape=(2,), dtype="float32", name="unsaved")
        assert stored.numpy().tolist() == [0, 0]
        stored.assign(np.zeros(2, "float32"))
        scope.finish()
    assert stored.numpy().tolist() == [0, 0]
    assert unsaved.numpy().tolist() == [3, 3]
    assert current_loading() is None


def test_a_variable_larger_than_the_file_is_refused_before_it_is_allocated() -> None:
    with loading(1000), pytest.raises(FileFormatError, match="variable 'kernel'") as error:
        Variable(_threes, shape=(1 << 40, 1 << 20), dtype="float32", name="kernel")
    assert "required: at most 1,000 bytes" in str(error.value)


def test_variables_are_counted_together() -> None:
    with loading(100), pytest.raises(FileFormatError, match="at most 20 bytes"):
        for _ in range(2):
            Variable(_threes, shape=(20,), dtype="float32")
