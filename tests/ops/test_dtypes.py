"""The dtypes of results: operands promote as Keras documents, and Python numbers adapt."""

import numpy as np
import pytest

from lamina import ops

CASES = [
    (lambda: ops.add(np.ones(2, "int8"), 1.5), "float32"),
    (lambda: ops.add(np.ones(2, "float16"), 1.5), "float16"),
    (lambda: ops.multiply(np.ones(2, "int32"), np.ones(2, "float16")), "float16"),
    (lambda: ops.maximum(np.ones(2, "uint32"), np.ones(2, "int8")), "int32"),
    (lambda: ops.mean(np.ones(2, "int32")), "float32"),
    (lambda: ops.mean(np.full(70, 6e4, "float16")), "float16"),
    (lambda: ops.sum(np.ones(2, "int8")), "int32"),
    (lambda: ops.einsum("i,i", np.ones(2, "int8"), np.ones(2, "int8")), "int32"),
    (lambda: ops.median(np.ones(2, "int32")), "float32"),
    (lambda: ops.median(np.ones(2, "float16")), "float16"),
    (lambda: ops.linspace(0, 1), "float32"),
    (lambda: ops.full((2,), 1), "float32"),
    (lambda: ops.trunc(np.ones(2, "int16")), "int16"),
    (lambda: ops.argsort(np.ones(2)), "int32"),
    (lambda: ops.angle(np.ones(2, "complex64")), "float32"),
    (lambda: ops.norm(np.ones(2, "int32")), "float32"),
    (lambda: ops.fft((np.ones(2, "float32"), np.ones(2, "float32")))[0], "float32"),
    (lambda: ops.histogram(np.ones(2, "float32"))[0], "int32"),
    (lambda: ops.correlate(np.ones(2, "int32"), np.ones(2, "int32")), "float32"),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_result_dtype(number):
    make, wanted = CASES[number]
    assert make().dtype == wanted


def test_half_precision_means_do_not_overflow():
    assert float(ops.mean(np.full(70, 6e4, "float16"))) == pytest.approx(6e4, rel=1e-3)


def test_variables_and_symbolic_tensors_have_logical_operators():
    from lamina import KerasTensor, Variable

    assert (Variable([2.0, 0.0]) & Variable([1.0, 1.0])).tolist() == [True, False]
    assert (~KerasTensor((2,), "int32")).dtype == "bool"
