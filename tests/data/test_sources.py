"""Epochs: order of rows, steps, generators that end, datasets with workers."""

import os
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from lamina.data.inputs import make_source
from lamina.data.py_dataset import PyDataset
from lamina.data.workers import DataWorkerError


class Numbers(PyDataset):
    """Batch i is (row of i, label i)."""

    def __init__(self, count=6, action=None, **kwargs):
        super().__init__(**kwargs)
        self.count = count
        self.action = action
        self.log = []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if self.action is not None and index == 3:
            self.action()
        return np.full((2, 1), index, "float32"), np.full(2, index)

    def on_epoch_begin(self):
        self.log.append("begin")

    def on_epoch_end(self):
        self.log.append("end")


class Random(PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return np.random.rand(2, 1)  # noqa: NPY002  as user code does it


class Endless(PyDataset):
    @property
    def num_batches(self):
        return None

    def __getitem__(self, index):
        return np.full((1, 1), index)


def labels(epoch):
    return [int(batch[1][0]) for batch in epoch]


def fail():
    raise OSError("disk gone")


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    os._exit(3)


def generate(count, rows=2):
    for i in range(count):
        yield np.full((rows, 1), float(i)), np.full(rows, i)


# --- arrays -------------------------------------------------------------------


def test_array_batches():
    source = make_source(np.arange(5), np.arange(5) * 2, batch_size=2)
    assert (source.num_rows, source.num_batches, source.batch_size) == (5, 3, 2)
    batches = list(source.epoch())
    assert [x.tolist() for x, _, _ in batches] == [[0, 1], [2, 3], [4]]
    assert [y.tolist() for _, y, _ in batches] == [[0, 2], [4, 6], [8]]


def test_order_is_drawn_from_the_generator_given():
    source = make_source(np.arange(100), shuffle=True)
    first = source.order(np.random.default_rng(7))
    assert first.dtype == np.int64
    np.testing.assert_array_equal(np.sort(first), np.arange(100))
    assert not np.array_equal(first, np.arange(100))
    np.testing.assert_array_equal(first, source.order(np.random.default_rng(7)))


def test_shuffle_inside_batches():
    source = make_source(np.arange(10), batch_size=4, shuffle="batch")
    order = source.order(np.random.default_rng(0))
    assert [sorted(order[i : i + 4]) for i in (0, 4, 8)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert not np.array_equal(order, np.arange(10))


def test_steps_go_on_where_the_last_epoch_stopped():
    source = make_source(np.arange(10), batch_size=2, steps=2)
    assert source.epoch_order().tolist() == [0, 1, 2, 3]
    state = source.get_state()
    assert source.epoch_order().tolist() == [4, 5, 6, 7]
    with pytest.warns(UserWarning, match="ran out of data after 1 of 2"):
        assert source.epoch_order().tolist() == [8, 9]
    assert source.epoch_order().tolist() == [0, 1, 2, 3]
    source.set_state(state)
    assert source.epoch_order().tolist() == [4, 5, 6, 7]


def test_steps_decide_the_batch_size():
    source = make_source(np.arange(10), steps=3)
    assert (source.batch_size, source.total_batches) == (4, 3)


# --- generators and iterables ---------------------------------------------------


def test_generator_forms():
    x, y, w = np.zeros((2, 3)), np.zeros(2), np.ones(2)
    for item, present in (
        (x, (True, False, False)),
        ((x,), (True, False, False)),
        ((x, y), (True, True, False)),
        ((x, y, w), (True, True, True)),
        ({"a": x}, (True, False, False)),
        (([x, x], y), (True, True, False)),
    ):
        batch = make_source(iter([item])).peek()
        assert tuple(part is not None for part in batch) == present


def test_generator_is_used_up():
    source = make_source(generate(3))
    assert source.num_batches is None
    assert labels([source.peek()]) == [0]
    assert labels(source.epoch()) == [0, 1, 2]
    assert source.num_batches == 3
    assert source.exhausted
    with pytest.warns(UserWarning, match="ran out of data after 0 of 3"):
        assert labels(source.epoch()) == []


def test_generator_with_steps():
    source = make_source(generate(5), steps=2)
    assert labels(source.epoch()) == [0, 1]
    assert labels(source.epoch()) == [2, 3]
    with pytest.warns(UserWarning, match="ran out of data after 1 of 2"):
        assert labels(source.epoch()) == [4]
    assert source.exhausted


def test_empty_generator():
    with pytest.raises(ValueError, match="gives no batches"):
        make_source(generate(0)).peek()
    with pytest.raises(ValueError, match="gives no batches"):
        list(make_source(generate(0)).epoch())


def test_bad_batches_are_numbered():
    def batches(bad):
        yield np.zeros((2, 1)), np.zeros(2)
        yield bad

    for bad, part in (
        (None, "Batch 1 of the generator is None"),
        ((np.zeros((2, 1)), np.zeros(3)), "of batch 1.*'x' sizes: 2, 'y' sizes: 3"),
        ((np.zeros((0, 1)), np.zeros(0)), "of batch 1 are empty"),
        ((np.array([["a"]]), np.zeros(1)), "`x of batch 1` holds text"),
        ((np.float32(1), 0), "whole batches"),
        ((1, 2, 3, 4), "wrong number of parts"),
    ):
        with pytest.raises((ValueError, TypeError), match=f"(?s){part}"):
            list(make_source(batches(bad)).epoch())


def test_errors_in_generators_pass():
    def broken():
        yield np.zeros((1, 1))
        raise KeyError("row 7")

    with pytest.raises(KeyError, match="row 7"):
        list(make_source(broken()).epoch())


def test_targets_beside_a_generator():
    with pytest.raises(ValueError, match="When `x` is a generator, `y` should not be passed"):
        make_source(generate(1), np.zeros(2))
    with pytest.warns(UserWarning, match="`batch_size` is ignored"):
        make_source(generate(1), batch_size=8)


def test_class_weight_for_batches_warns_once():
    with pytest.warns(UserWarning) as caught:
        batches = list(make_source(generate(3), class_weight={0: 2.0, 1: 3.0}).epoch())
    assert [w.tolist() for _, _, w in batches] == [[2, 2], [3, 3], [1, 1]]
    assert len(caught) == 1


def test_non_finite_batch_warns_once():
    bad = np.full((2, 1), np.nan)
    with pytest.warns(UserWarning, match="`x` of batch 0") as caught:
        list(make_source(iter([bad, bad])).epoch())
    assert len(caught) == 1


def test_predict_leaves_targets_out():
    assert make_source(generate(1), for_predict=True).peek()[1] is None


def test_iterable_is_started_again():
    class Batches:
        def __iter__(self):
            return generate(3)

    source = make_source(Batches())
    assert labels(source.epoch()) == labels(source.epoch()) == [0, 1, 2]
    source = make_source(Batches(), steps=3)
    assert labels(source.epoch()) == labels(source.epoch()) == [0, 1, 2]
    source = make_source(Batches(), steps=2)
    assert labels(source.epoch()) == [0, 1]
    with pytest.warns(UserWarning, match="ran out of data after 1 of 2"):
        assert labels(source.epoch()) == [2]
    assert labels(source.epoch()) == [0, 1]


def test_tf_dataset_by_duck_typing():
    class Dataset:
        def __init__(self, size):
            self.size = size

        def as_numpy_iterator(self):
            return generate(3)

        def cardinality(self):
            return self.size

    assert make_source(Dataset(3)).num_batches == 3
    assert make_source(Dataset(-2)).num_batches is None
    assert labels(make_source(Dataset(3)).epoch()) == [0, 1, 2]
    with pytest.raises(ValueError, match="steps_per_epoch"):
        make_source(Dataset(-1))


# --- PyDataset -------------------------------------------------------------------

KINDS = [
    {},
    {"workers": 3},
    {"workers": 2, "max_queue_size": 1},
    {"workers": 2, "use_multiprocessing": True},
]


@pytest.mark.parametrize("kwargs", KINDS)
def test_dataset_epochs(kwargs):
    data = Numbers(**kwargs)
    source = make_source(data)
    assert source.num_batches == 6
    assert labels([source.peek()]) == [0]
    assert labels(source.epoch()) == list(range(6))
    assert labels(source.epoch()) == list(range(6))
    assert data.log == ["begin", "end"] * 2
    source.close()
    assert data.log == ["begin", "end"] * 2


@pytest.mark.parametrize("kwargs", KINDS)
def test_dataset_shuffled_and_in_steps(kwargs):
    source = make_source(Numbers(**kwargs), shuffle=True, steps=3)
    order = labels(source.epoch(np.random.default_rng(0)))
    order += labels(source.epoch(np.random.default_rng(1)))
    assert sorted(order) == list(range(6))
    again = make_source(Numbers(), shuffle=True)
    again.peek()  # whose order is not that of the epoch
    assert labels(again.epoch(np.random.default_rng(0))) == order
    source.close()


def test_dataset_without_end():
    with pytest.raises(ValueError, match="has no end"):
        make_source(Endless())
    source = make_source(Endless(workers=2), steps=2)
    seen = [int(x[0, 0]) for _ in range(2) for x, _, _ in source.epoch()]
    assert seen == [0, 1, 2, 3]
    source.close()


def test_dataset_without_batches():
    with pytest.raises(ValueError, match="has no batches"):
        make_source(Numbers(count=0)).peek()


def test_dataset_that_forgets_super():
    class Forgetful(Numbers):
        def __init__(self):
            self.count, self.action, self.log = 2, None, []

    with pytest.warns(UserWarning, match="super"):
        assert labels(make_source(Forgetful()).epoch()) == [0, 1]


@pytest.mark.parametrize("kwargs", KINDS)
def test_failing_dataset(kwargs):
    source = make_source(Numbers(action=fail, **kwargs))
    start = time.monotonic()
    with pytest.raises(OSError, match="disk gone"):
        list(source.epoch())
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("action", [kill, leave])
def test_dying_worker_process(action):
    source = make_source(Numbers(action=action, workers=2, use_multiprocessing=True))
    start = time.monotonic()
    with pytest.raises(DataWorkerError, match="died"):
        list(source.epoch())
    assert time.monotonic() - start < 30


def test_worker_thread_that_calls_exit():
    source = make_source(Numbers(action=lambda: exit(1), workers=2))
    with pytest.raises(DataWorkerError, match="SystemExit"):
        list(source.epoch())


def test_stuck_thread_does_not_keep_an_epoch_from_closing():
    release = threading.Event()
    source = make_source(Numbers(action=lambda: release.wait(30), workers=2))
    epoch = source.epoch()
    assert int(next(epoch)[1][0]) == 0
    start = time.monotonic()
    epoch.close()
    source.close()
    assert time.monotonic() - start < 30
    release.set()


def test_processes_draw_independent_of_the_worker():
    def epoch(workers):
        source = make_source(Random(workers=workers, use_multiprocessing=True))
        return np.array([x for x, _, _ in source.epoch(np.random.default_rng(5))])

    np.testing.assert_array_equal(epoch(1), epoch(3))
    assert len(np.unique(epoch(2))) == 8


def test_dataset_that_cannot_be_sent(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", sys)  # then nothing is forked
    source = make_source(Numbers(action=lambda: None, workers=2, use_multiprocessing=True))
    with pytest.raises(DataWorkerError, match="cannot be sent"):
        list(source.epoch())


def test_no_thread_is_left_behind():
    for _ in range(3):
        list(make_source(Numbers(workers=3)).epoch())
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not [t for t in threading.enumerate() if t.name.startswith("lamina-data")]:
            return
        time.sleep(0.01)
    raise AssertionError("worker threads are still alive")


def test_a_source_passes_through():
    source = make_source(np.zeros((2, 1)))
    assert make_source(source) is source


def test_nothing_warns_about_ordinary_data():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_source(np.ones((3, 2)), np.ones(3), np.ones(3), shuffle=True)
