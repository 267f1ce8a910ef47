"""Ops that NumPy has too: the same numbers, eagerly and as a compiled program."""

import numpy as np
import pytest

from lamina import ops
from lamina.runtime.compiled import CompiledFunction

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")
CUBE = np.random.default_rng(2).normal(size=(2, 3, 4)).astype("float32")
WHOLE = np.array([[3, 1, 2], [6, 4, 9]], "int32")
NAN = np.array([[1.0, np.nan, 3.0], [np.nan, 2.0, -1.0]], "float32")
SPD = (X.T @ X + np.eye(3)).astype("float32")

SAME_NAME = [  # op, arguments
    ("abs", (X,), {}),
    ("add", (X, Y), {}),
    ("amax", (X,), {"axis": 1}),
    ("append", (X, Y), {"axis": 0}),
    ("arctan2", (X, Y), {}),
    ("argsort", (X,), {}),
    ("array_split", (X, 3), {"axis": 0}),
    ("average", (X,), {"axis": 0, "weights": np.arange(4.0, dtype="float32")}),
    ("cbrt", (X,), {}),
    ("clip", (X, -0.5, 0.5), {}),
    ("corrcoef", (X,), {}),
    ("correlate", (X[0], Y[0]), {"mode": "full"}),
    ("correlate", (X[:, 0], Y[:3, 0]), {"mode": "same"}),
    ("correlate", (X[:2, 0], Y[:, 0]), {}),
    ("cross", (X, Y), {}),
    ("cumprod", (X,), {"axis": 1}),
    ("cumsum", (X,), {"axis": 0}),
    ("deg2rad", (X,), {}),
    ("diag", (X[0],), {"k": 1}),
    ("diag", (X,), {"k": -1}),
    ("diagflat", (X[:2],), {"k": -2}),
    ("diagonal", (CUBE,), {"offset": 1, "axis1": 2, "axis2": 0}),
    ("diff", (X,), {"n": 2, "axis": 0}),
    ("digitize", (X, np.array([-1.0, 0.0, 1.0], "float32")), {}),
    ("dot", (CUBE, CUBE[0].T), {}),
    ("dstack", ([X, Y],), {}),
    ("einsum", ("ij,kj->ik", X, Y), {}),
    ("einsum", ("...i,ij,...k->...jk", CUBE, CUBE[0].T, CUBE), {}),
    ("einsum", ("ii->i", SPD), {}),
    ("einsum", ("ij", X), {}),
    ("exp2", (X,), {}),
    ("flipud", (X,), {}),
    ("floor_divide", (X, Y), {}),
    ("fmax", (NAN, NAN[::-1]), {}),
    ("fmod", (X, Y), {}),
    ("gcd", (WHOLE, 6), {}),
    ("geomspace", (1.0, 1000.0, 4), {}),
    ("heaviside", (X, 0.5), {}),
    ("hstack", ([X, Y],), {}),
    ("hypot", (X, Y), {}),
    ("i0", (20 * X,), {}),
    ("inner", (X, Y), {}),
    ("isclose", (X, X + 1e-7), {}),
    ("isin", (WHOLE, np.array([1, 2, 9], "int32")), {}),
    ("kron", (X, WHOLE.astype("float32")), {}),
    ("lcm", (WHOLE, 4), {}),
    ("ldexp", (X, np.array([1, 2, 3], "int32")), {}),
    ("linspace", (0.0, 1.0, 7), {}),
    ("linspace", (X[0], Y[0], 5), {"endpoint": False, "axis": 1}),
    ("logaddexp", (X, Y), {}),
    ("logaddexp2", (X, Y), {}),
    ("logspace", (0.0, 2.0, 5), {}),
    ("matmul", (CUBE, CUBE.swapaxes(1, 2)), {}),
    ("median", (X,), {"axis": 1, "keepdims": True}),
    ("meshgrid", (X[0], Y[:, 0]), {}),
    ("nan_to_num", (NAN,), {"nan": 7.0}),
    ("nanargmax", (NAN,), {"axis": 1}),
    ("nancumsum", (NAN,), {"axis": 1}),
    ("nanmean", (NAN,), {"axis": 0}),
    ("nanmedian", (NAN,), {"axis": 1}),
    ("nanquantile", (NAN, [0.2, 0.7]), {"axis": 1}),
    ("nanstd", (NAN,), {}),
    ("outer", (X, Y), {}),
    ("pad", (X, ((1, 0), (2, 1))), {"mode": "reflect"}),
    ("percentile", (X, 30.0), {"axis": 0}),
    ("prod", (X,), {"axis": 1}),
    ("ptp", (X,), {"axis": 0}),
    ("quantile", (X, [0.1, 0.5, 1.0]), {"axis": (0, 1)}),
    ("quantile", (X, 0.4), {"axis": 0, "method": "nearest"}),
    ("roll", (X, 2), {"axis": 1}),
    ("rot90", (X,), {"k": 3}),
    ("searchsorted", (np.sort(X[:, 0]), Y), {"side": "right"}),
    ("select", ([X > 1, X > 0], [X, Y], 5.0), {}),
    ("signbit", (np.array([-0.0, 0.0, -1.0], "float32"),), {}),
    ("sinc", (X,), {}),
    ("sort", (X,), {"axis": 0}),
    ("std", (X,), {"axis": 0}),
    ("take_along_axis", (X, np.argsort(X, 1).astype("int32")), {"axis": 1}),
    ("tensordot", (CUBE, CUBE), {"axes": ([0, 2], [0, 2])}),
    ("tile", (X, (2, 1)), {}),
    ("trace", (CUBE,), {"axis1": 1, "axis2": 2}),
    ("trapezoid", (X,), {"dx": 0.5}),
    ("trunc", (3 * X,), {}),
    ("unique", (WHOLE % 3,), {"return_counts": True}),
    ("unravel_index", (np.array([0, 5, 7], "int32"), (2, 4)), {}),
    ("vander", (X[0],), {"N": 4}),
    ("vdot", (X, Y), {}),
    ("vstack", ([X[0], Y],), {}),
    ("where", (X > 0, X, Y), {}),
]
ARRAYS_ONLY = {"gcd", "lcm", "unique"}


def _agree(found: object, wanted: object) -> None:
    if isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted)
        for f, w in zip(found, wanted, strict=True):
            _agree(f, w)
        return
    assert np.shape(found) == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-6)


def _ids(cases: list) -> list[str]:
    return [f"{name}-{i}" for i, (name, _, _) in enumerate(cases)]


@pytest.mark.parametrize(("name", "args", "kwargs"), SAME_NAME, ids=_ids(SAME_NAME))
def test_same_numbers_as_numpy(name, args, kwargs):
    with np.errstate(all="ignore"):
        wanted = getattr(np, name)(*args, **kwargs)
    _agree(getattr(ops, name)(*args, **kwargs), wanted)


@pytest.mark.parametrize(("name", "args", "kwargs"), SAME_NAME, ids=_ids(SAME_NAME))
def test_compiled_like_eager(name, args, kwargs):
    """The same with the arrays traced; what NumPy works out from other arguments stays fixed."""
    if name in ARRAYS_ONLY or not isinstance(args[0], np.ndarray):
        pytest.skip("runs on arrays only, or takes no array first")
    fn = getattr(ops, name)
    first, *rest = args
    compiled = CompiledFunction(lambda x: fn(x, *rest, **kwargs), name)
    _agree(compiled(first), fn(first, *rest, **kwargs))


LINEAR = [
    ("det", lambda a: np.linalg.det(a)),
    ("inv", lambda a: np.linalg.inv(a)),
    ("cholesky", lambda a: np.linalg.cholesky(a)),
    ("norm", lambda a: np.linalg.norm(a)),
    ("logdet", lambda a: np.linalg.slogdet(a)[1]),
    ("pinv", lambda a: np.linalg.pinv(a)),
    ("matrix_rank", lambda a: np.linalg.matrix_rank(a)),
    ("cholesky_inverse", lambda a: np.linalg.inv(np.tril(a) @ np.tril(a).T)),
]


@pytest.mark.parametrize(("name", "reference"), LINEAR, ids=[n for n, _ in LINEAR])
def test_linear_algebra(name, reference):
    np.testing.assert_allclose(getattr(ops, name)(SPD), reference(SPD), rtol=1e-4, atol=1e-5)


def test_factorizations_multiply_back():
    matrices = np.random.default_rng(3).normal(size=(2, 4, 3))
    q, r = ops.qr(matrices)
    np.testing.assert_allclose(q @ r, matrices, atol=1e-12)
    u, s, vh = ops.svd(matrices, full_matrices=False)
    np.testing.assert_allclose((u * s[..., None, :]) @ vh, matrices, atol=1e-12)
    values, vectors = ops.eigh(SPD)
    np.testing.assert_allclose(vectors * values @ vectors.T, SPD, atol=1e-4)
    lu, pivots = ops.lu_factor(SPD)
    rows = np.arange(3)
    for i, p in enumerate(pivots):
        rows[[i, p]] = rows[[p, i]]
    product = (np.tril(lu, -1) + np.eye(3)) @ np.triu(lu)
    np.testing.assert_allclose(product, SPD[rows], rtol=1e-5, atol=1e-5)


def test_top_k_and_segments():
    values, places = ops.top_k([1.0, 5.0, 5.0, 2.0], 3)
    assert values.tolist() == [5.0, 5.0, 2.0] and places.tolist() == [1, 2, 3]
    data, ids = np.array([1.0, 2.0, 3.0, 4.0], "float32"), np.array([0, 2, 0, 7])
    assert ops.segment_sum(data, ids, 3).tolist() == [4.0, 0.0, 2.0]
    assert ops.segment_prod(data, ids, 3).tolist() == [3.0, 1.0, 2.0]
    assert ops.segment_max(data, ids, 3).tolist() == [3.0, -np.inf, 2.0]
    assert ops.in_top_k([1, 0], [[0.1, 0.9], [0.2, 0.8]], 1).tolist() == [True, False]
