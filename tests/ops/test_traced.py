"""Ops in compiled code: one program for all batch sizes, right gradients, errors that say what to
do."""

import numpy as np
import pytest

from lamina import ops
from lamina.base.errors import ArgumentTypeError
from lamina.ops.registration import OPS
from lamina.runtime.compiled import CompiledFunction
from lamina.runtime.gradients import grad

RNG = np.random.default_rng(0)

ONE_PROGRAM = {
    "einsum": lambda x: ops.einsum("bi,bj->bij", x, x),
    "sort": lambda x: ops.sort(x, axis=1),
    "sort_batch": lambda x: ops.sort(x, axis=0),
    "median": lambda x: ops.median(x, axis=1),
    "median_batch": lambda x: ops.median(x, axis=0),
    "nanmean": lambda x: ops.nanmean(x, axis=0),
    "norm": lambda x: ops.norm(x, axis=-1),
    "cdist": lambda x: ops.cdist(x, x),
    "outer": lambda x: ops.outer(x[:, 0], x[:, 1]),
    "diff": lambda x: ops.diff(x, axis=0),
    "vstack": lambda x: ops.vstack([x, x]),
    "hypot": lambda x: ops.hypot(x, 1.0),
    "trapezoid": lambda x: ops.trapezoid(x, axis=0),
    "top_k": lambda x: ops.top_k(x, 2),
    "rfft": lambda x: ops.rfft(x),
    "stft": lambda x: ops.stft(x, 4, 2, 4),
    "bincount": lambda x: ops.bincount(ops.cast(ops.abs(x), "int32"), minlength=5),
    "kron": lambda x: ops.kron(x, ops.ones((2, 2))),
    "diagonal": lambda x: ops.diagonal(ops.reshape(x, (-1, 2, 4)), axis1=1, axis2=2),
    "slogdet": lambda x: ops.slogdet(ops.einsum("bi,bj->bij", x, x) + ops.eye(8)),
    "solve": lambda x: ops.solve(ops.einsum("bi,bj->bij", x, x) + ops.eye(8), x),
    "isin": lambda x: ops.isin(ops.round(x), np.arange(2.0, dtype="float32")),
    "segment_sum": lambda x: ops.segment_sum(x, ops.cast(x[:, 0] > 0, "int32"), 2),
    "resize": lambda x: ops.image.resize(ops.reshape(x, (-1, 2, 4, 1)), (5, 3)),
    "patches": lambda x: ops.image.extract_patches(ops.reshape(x, (-1, 2, 4, 1)), (2, 2)),
}


@pytest.mark.parametrize("name", ONE_PROGRAM)
def test_one_program_for_all_batch_sizes(name):
    fn = ONE_PROGRAM[name]
    compiled = CompiledFunction(fn, name)
    for batch in (4, 7):
        x = RNG.normal(size=(batch, 8)).astype("float32")
        found, wanted = compiled(x), fn(x)
        pairs = zip(found, wanted, strict=True) if isinstance(wanted, tuple) else [(found, wanted)]
        for f, w in pairs:
            np.testing.assert_allclose(f, w, rtol=1e-4, atol=1e-4)
    assert len(compiled._cache) == 1


SMOOTH = {
    "einsum": lambda x: ops.einsum("ij,kj,ik->", x, x, ops.ones((3, 3), "float64")),
    "quantile": lambda x: ops.sum(ops.quantile(x, [0.3, 0.6], axis=1)),
    "norm": lambda x: ops.norm(x) + ops.sum(ops.norm(x, ord=3, axis=1)),
    "hypot": lambda x: ops.sum(ops.hypot(x, x[::-1])),
    "logaddexp": lambda x: ops.sum(ops.logaddexp(x, x[::-1])),
    "i0": lambda x: ops.sum(ops.i0(x)),
    "sinc": lambda x: ops.sum(ops.sinc(x)),
    "logdet": lambda x: ops.logdet(x @ ops.transpose(x) + ops.eye(3, dtype="float64")),
    "solve": lambda x: ops.sum(ops.solve(x @ ops.transpose(x) + 1.0, x)),
    "fft": lambda x: ops.sum(ops.square(ops.fft((x, x))[1])),
    "segment_prod": lambda x: ops.sum(ops.segment_prod(x, np.array([0, 1, 0]), 2)),
    "correlate": lambda x: ops.sum(ops.square(ops.correlate(x[0], x[1, :2]))),
    "nanvar": lambda x: ops.nanvar(x),
    "resize": lambda x: ops.sum(ops.square(ops.image.resize(x[:, :, None], (5, 2), "bicubic"))),
    "hsv": lambda x: ops.sum(ops.square(ops.image.hsv_to_rgb(ops.abs(x)[:, None, :3] / 9))),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_are_slopes(name):
    fn = SMOOTH[name]
    x, step = RNG.normal(size=(3, 4)), 1e-6
    found = grad(fn)(x)
    direction = RNG.normal(size=x.shape)
    slope = (float(fn(x + step * direction)) - float(fn(x - step * direction))) / (2 * step)
    np.testing.assert_allclose(np.sum(found * direction), slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("length", [1, 2, 7, 37, 48, 100])
def test_traced_fourier_transform_is_the_fft(length):
    x, y = RNG.normal(size=(2, 3, length))
    compiled = CompiledFunction(lambda a, b: ops.fft((a, b)), "fft")
    re, im = compiled(x, y)
    np.testing.assert_allclose(re + 1j * im, np.fft.fft(x + 1j * y), atol=1e-9)


@pytest.mark.parametrize(
    "fn", [lambda x: ops.norm(x), lambda x: ops.std(x), lambda x: ops.sum(ops.cdist(x, x))]
)
def test_roots_have_gradient_zero_at_zero(fn):
    assert np.all(grad(fn)(np.zeros((2, 3), "float32")) == 0)


def test_jvp_is_the_directional_derivative():
    x, t = RNG.normal(size=(2, 5))
    value, change = ops.jvp(lambda v: ops.sin(v) * v, (x,), (t,))
    np.testing.assert_allclose(value, np.sin(x) * x)
    np.testing.assert_allclose(change, (np.cos(x) * x + np.sin(x)) * t)


def test_ops_for_arrays_only_say_so():
    with pytest.raises(
        ArgumentTypeError, match="ops.svd works on arrays only.*\n.*\n.*before they enter"
    ):
        CompiledFunction(ops.svd, "svd")(np.ones((3, 2), "float32"))


def test_symbolic_shapes_of_ops_for_arrays_only():
    u, s, vh = ops.svd(ops.KerasTensor((None, 5, 3)))
    assert (u.shape, s.shape, vh.shape) == ((None, 5, 5), (None, 3), (None, 3, 3))
    assert ops.unique(ops.KerasTensor((4,))).shape == (None,)


def test_unknown_sizes_fit_together():
    x, y = ops.KerasTensor((None, 3)), ops.KerasTensor((2, None))
    assert ops.add(x, y).shape == (2, 3)
    assert ops.matmul(x, ops.KerasTensor((None, 4))).shape == (None, 4)


def test_table_of_ops_on_demand_is_complete():
    from lamina.ops.on_demand import ON_DEMAND

    for name, module in ON_DEMAND.items():
        assert getattr(ops, name).__module__ == module
    modules = set(ON_DEMAND.values())
    assert {n for n, f in OPS.items() if f.__module__ in modules} | {"vectorize"} == set(ON_DEMAND)
