"""Random numbers: known bits, independence of batch and mode, moments, state, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lamina import ops, random
from lamina.base.errors import ArgumentError, DTypeError
from lamina.random.seed_generator import draw_seed, global_seed_generator, set_random_seed
from lamina.random.threefry import threefry
from lamina.runtime.compiled import CompiledFunction

N = 100_000


def word(*values: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array([v], "uint32") for v in values)


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [  # Random123, kat_vectors: threefry2x32, 20 rounds
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((2**32 - 1,) * 2, (2**32 - 1,) * 2, (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_known_bits(key, counter, expected):
    first, second = threefry(word(*key), word(*counter))
    assert (int(first[0]), int(second[0])) == expected


DRAWS = {
    "uniform": lambda shape, seed: random.uniform(shape, -1.0, 3.0, seed=seed),
    "uniform64": lambda shape, seed: random.uniform(shape, dtype="float64", seed=seed),
    "normal": lambda shape, seed: random.normal(shape, seed=seed),
    "normal64": lambda shape, seed: random.normal(shape, dtype="float64", seed=seed),
    "truncated": lambda shape, seed: random.truncated_normal(shape, seed=seed),
    "randint": lambda shape, seed: random.randint(shape, -3, 9, seed=seed),
    "gamma": lambda shape, seed: random.gamma(shape, 0.7, seed=seed),
    "beta": lambda shape, seed: random.beta(shape, 2.0, 0.5, seed=seed),
    "binomial": lambda shape, seed: random.binomial(shape, 40.0, 0.4, seed=seed),
    "dropout": lambda shape, seed: random.dropout(ops.ones(shape), 0.3, seed=seed),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("tail", [(5,), (2, 4), (1,), ()])
def test_compiled_or_not_and_with_more_rows_the_same_numbers(name, tail):
    draw = DRAWS[name]
    run = CompiledFunction(lambda x: draw((ops.shape(x)[0], *tail), 11), name)
    whole = draw((9, *tail), 11)
    for rows in (0, 1, 4, 9):
        got = run(np.zeros((rows, 3), "float32"))
        assert got.dtype == whole.dtype and got.shape == (rows, *tail)
        assert_close(got, whole[:rows])
    assert len(run._cache) == 1


def assert_close(got, expected):
    """Equal; floats but for the last bits, which executors may round differently."""
    if got.dtype.kind == "f" and got.size:
        np.testing.assert_allclose(got, expected, rtol=5e-6)
    else:
        np.testing.assert_array_equal(got, expected)


def moments(x, mean, variance, fourth=3.0):
    """Within five standard errors of what they should be."""
    x = x.astype("float64")
    assert abs(x.mean() - mean) < 5 * math.sqrt(variance / x.size)
    assert abs(x.var() - variance) < 5 * variance * math.sqrt((fourth - 1) / x.size)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("shape", [(N,), (N // 25, 25)])
def test_moments(dtype, shape):
    moments(random.normal(shape, 2.0, 0.5, dtype, seed=1), 2.0, 0.25)
    moments(random.uniform(shape, dtype=dtype, seed=2), 0.5 - 1e-4 * (dtype == "float16"), 1 / 12)
    moments(random.truncated_normal(shape, dtype=dtype, seed=3), 0.0, 0.7737)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.5, 200.0])
def test_gamma(alpha):
    x = random.gamma((N,), alpha, seed=4)
    moments(x, alpha, alpha, 3 + 6 / alpha)
    assert (x > 0).mean() > 0.999


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (2.0, 6.0), (0.05, 3.0)])
def test_beta(a, b):
    x = random.beta((N,), a, b, seed=5)
    assert x.min() >= 0 and x.max() <= 1
    moments(x, a / (a + b), a * b / (a + b) ** 2 / (a + b + 1), 60.0)


@pytest.mark.parametrize(("n", "p"), [(30, 0.1), (100, 0.5), (1000, 0.97), (5, 0.5), (10**6, 0.3)])
def test_binomial(n, p):
    x = random.binomial((20_000,), n, p, dtype="float64", seed=6)
    assert x.min() >= 0 and x.max() <= n and (x == np.floor(x)).all()
    moments(x, n * p, n * p * (1 - p), 4.0)


def test_binomial_by_its_mass_function():
    n, p = 30, 0.4
    mass = np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
    seen = np.bincount(random.binomial((N,), n, p, seed=7).astype(int), minlength=n + 1)
    often = mass * N > 20
    chi = ((seen - mass * N) ** 2 / (mass * N))[often].sum()
    assert chi < often.sum() + 5 * math.sqrt(2 * often.sum())


def test_binomial_at_the_ends():
    assert random.binomial((4,), [0, 7, 7, 50], [0.5, 0, 1, 1], seed=1).tolist() == [0, 0, 7, 50]


def test_normal_tails_and_independence():
    x = random.normal((2, N), dtype="float64", seed=8)
    assert abs(np.corrcoef(x)[0, 1]) < 5 / math.sqrt(N)
    assert abs(np.corrcoef(x[0, :-1], x[0, 1:])[0, 1]) < 5 / math.sqrt(N)
    beyond = (np.abs(x) > 3).mean()
    assert abs(beyond - 0.0027) < 5 * math.sqrt(0.0027 / x.size)


def test_uniform_stays_below_its_upper_end():
    for dtype in ("float16", "float32", "float64"):
        x = random.uniform((N,), 1.0, 1.001, dtype=dtype, seed=1)
        assert x.min() >= 1.0 and x.max() < np.asarray(1.001, x.dtype) and x.dtype == dtype


def test_bits_are_balanced():
    words = random.randint((N,), 0, 2**32, dtype="uint32", seed=1)
    ones = np.array([((words >> i) & 1).mean() for i in range(32)])
    assert np.abs(ones - 0.5).max() < 5 * 0.5 / math.sqrt(N)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint32"])
def test_randint(dtype):
    x = random.randint((N // 10, 10), 2, 9, dtype=dtype, seed=2)
    assert x.dtype == dtype
    np.testing.assert_allclose(np.bincount(x.ravel())[2:] / N, 1 / 7, atol=0.006)


def test_randint_over_wide_and_negative_ranges():
    x = random.randint((N,), -(2**62), 2**62, dtype="int64", seed=3)
    assert x.min() < -(2**61) and x.max() > 2**61
    assert set(random.randint((100,), -1, 1, seed=3).tolist()) == {-1, 0}
    low = np.array([0, 10], "int32")
    assert (random.randint((50, 2), low, low + 1, seed=1) == low).all()


def test_categorical():
    logits = np.log(np.array([[0.1, 0.2, 0.7], [1.0, 1e-30, 1e-30]]))
    x = random.categorical(logits, N // 2, seed=4)
    assert x.shape == (2, N // 2) and x.dtype == "int32" and not x[1].any()
    np.testing.assert_allclose(np.bincount(x[0]) / (N // 2), [0.1, 0.2, 0.7], atol=0.01)


def test_dropout():
    x = np.ones((200, 300), "float32")
    y = random.dropout(x, 0.25, seed=5)
    assert set(np.unique(y)) == {0.0, np.float32(1 / 0.75)}
    assert abs((y == 0).mean() - 0.25) < 0.01
    assert random.dropout(x, 0.0) is x and not random.dropout(x, 1.0).any()
    rows = random.dropout(x, 0.5, noise_shape=(None, 1), seed=5)
    assert (rows == rows[:, :1]).all() and set(np.unique(rows)) == {0, 2}


def test_shuffle():
    x = np.arange(60).reshape(20, 3)
    y = random.shuffle(x, seed=1)
    assert sorted(y[:, 0].tolist()) == x[:, 0].tolist() and (y[:, 1] == y[:, 0] + 1).all()
    assert (random.shuffle(x, axis=-1, seed=2).sum(1) == x.sum(1)).all()
    firsts = [int(random.shuffle(np.arange(4), seed=s)[0]) for s in range(400)]
    assert min(np.bincount(firsts)) > 60


# --- seeds ---


def test_a_generator_counts():
    generator = random.SeedGenerator(2**32 + 5)
    assert generator.initial_seed == 2**32 + 5
    assert [generator.next().tolist() for _ in range(3)] == [[5, 0], [5, 1], [5, 2]]
    state = generator.state
    assert (state.name, state.dtype, state.shape) == ("seed_generator_state", "uint32", (2,))
    assert not state.trainable
    twin = random.SeedGenerator.from_config(generator.get_config())
    assert twin.next().tolist() == [5, 0] and twin.name == generator.name


def test_the_state_is_that_of_a_compiled_program():
    generator, other = random.SeedGenerator(1), random.SeedGenerator(1)
    run = CompiledFunction(lambda x: random.normal(ops.shape(x), seed=generator), "f")
    for _ in range(3):
        assert_close(run(np.zeros((2, 2))), random.normal((2, 2), seed=other))
    assert generator.state.numpy().tolist() == [1, 3]


def test_set_random_seed_reaches_programs_made_before():
    run = CompiledFunction(lambda x: random.uniform(ops.shape(x)), "f")
    x = np.zeros((2, 3))
    set_random_seed(1)
    first = run(x), np.random.rand(), random.normal((2,))  # noqa: NPY002
    set_random_seed(1)
    second = run(x), np.random.rand(), random.normal((2,))  # noqa: NPY002
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not (run(x) == first[0]).all()


def test_kinds_of_seeds():
    assert draw_seed(7).tolist() == draw_seed(np.int64(7)).tolist() == [7, 0]
    assert draw_seed(-1).tolist() == [2**32 - 1, 0]
    key = np.array([1, 2], "uint32")
    assert draw_seed(key) is key
    before = global_seed_generator().state.numpy()[1]
    draw_seed(None)
    assert global_seed_generator().state.numpy()[1] == before + 1
    for bad in ("7", 1.5, np.ones(2), True):
        with pytest.raises(ArgumentError, match="either an integer"):
            draw_seed(bad)


def test_errors():
    with pytest.raises(DTypeError, match="requires a floating point"):
        random.uniform((2,), dtype="int32")
    with pytest.raises(DTypeError, match="requires an integer"):
        random.randint((2,), 0, 1, dtype="float32")
    with pytest.raises(ArgumentError, match="minval < maxval"):
        random.randint((2,), 3, 3)
    with pytest.raises(ArgumentError, match="2-D"):
        random.categorical(np.ones(3), 2)
    with pytest.raises(ArgumentError, match="rate"):
        random.dropout(np.ones(3), 1.5)
    with pytest.raises(ArgumentError, match="must be an integer"):
        random.SeedGenerator("x")
    with pytest.raises(ArgumentError, match="Unrecognized"):
        random.SeedGenerator(1, sed=2)
