"""Sharing loops among threads: every unit once, whatever the helpers are doing."""

import contextlib
import ctypes
import os
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from lamina import config
from lamina.base import cpus
from lamina.base.errors import ArgumentError
from lamina.executors.native import machine, objects, parallel, pool

pytest.importorskip("llvmlite")

# @count adds 1 to every unit of its range; @many has that done by all threads, again and again.
CODE = """\
declare void @lamina_parallel(ptr, ptr, ptr, i64, i64)
define void @count(ptr %table, i64 %begin, i64 %end) nounwind {
entry:
  %units = load ptr, ptr %table
  br label %turn
turn:
  %i = phi i64 [%begin, %entry], [%after, %turn]
  %place = getelementptr i64, ptr %units, i64 %i
  %old = load i64, ptr %place
  %new = add i64 %old, 1
  store i64 %new, ptr %place
  %after = add i64 %i, 1
  %more = icmp slt i64 %after, %end
  br i1 %more, label %turn, label %end_
end_:
  ret void
}
define void @many(ptr %pool, ptr %table, i64 %extent, i64 %grain, i64 %phases) nounwind {
entry:
  br label %turn
turn:
  %i = phi i64 [0, %entry], [%after, %turn]
  call void @lamina_parallel(ptr %pool, ptr @count, ptr %table, i64 %extent, i64 %grain)
  %after = add i64 %i, 1
  %more = icmp slt i64 %after, %phases
  br i1 %more, label %turn, label %end
end:
  ret void
}
"""


class Counter:
    """An array whose units compiled code counts up."""

    def __init__(self) -> None:
        code = objects.load(CODE, "count", machine.host())
        self._many = code.function("many", *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 3)

    def check(self, pointer: int, extent: int, grain: int, phases: int = 1) -> None:
        """Count with the pool that `pointer` names, and look whether each unit was met once."""
        units = np.zeros(extent + 1, "int64")
        table = (ctypes.c_void_p * 1)(units.ctypes.data)
        self._many(pointer, ctypes.addressof(table), extent, grain, phases)
        expected = np.full(extent + 1, phases)
        expected[-1] = 0
        np.testing.assert_array_equal(units, expected)


@pytest.fixture(scope="module")
def counter():
    return Counter()


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_every_unit_once(counter, threads):
    config.set_num_threads(threads)
    for extent in (0, 1, 2, 7, 64, 1000, 4097):
        for grain in (1, 2, 63, 1000, 5000):
            with pool.job() as pointer:
                assert bool(pointer) == (threads > 1)
                counter.check(pointer, extent, grain, phases=5)


def test_more_tasks_than_can_be_counted(counter):
    config.set_num_threads(2)
    with pool.job() as pointer:
        for extent, grain in (
            (65535, 1),
            (65536, 1),
            (400_001, 1),
            (400_001, 3),
            (10, 0),
            (10, -1),
        ):
            counter.check(pointer, extent, grain)


def test_many_quick_phases(counter):
    config.set_num_threads(2)
    with pool.job() as pointer:
        counter.check(pointer, 64, 8, phases=10_000)
        counter.check(pointer, 3000, 1500, phases=2000)
    for _ in range(300):
        with pool.job() as pointer:
            counter.check(pointer, 64, 8)


def test_helpers_take_part(counter):
    config.set_num_threads(2)
    deadline = time.monotonic() + 20
    with pool.job() as pointer:
        word = ctypes.c_int64.from_address(pointer + parallel.DONE)
        while not word.value:  # what helpers did in the last phase
            counter.check(pointer, 2_000_000, 10_000)
            assert time.monotonic() < deadline


def test_busy_neighbours(counter):
    config.set_num_threads(3)
    loop = [sys.executable, "-c", "while True: pass"]
    neighbours = [subprocess.Popen(loop) for _ in range(2)]
    try:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            with pool.job() as pointer:
                counter.check(pointer, 5000, 500, phases=50)
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()


def test_helpers_that_never_come(counter, monkeypatch):
    monkeypatch.setattr(pool, "_help", lambda *_: None)
    alone = pool.Pool()
    config.set_num_threads(3)
    for _ in range(3):
        pointer = alone.begin()
        counter.check(pointer, 1000, 10, phases=10)
        alone.end()


@pytest.mark.parametrize(
    ("threads", "tasks", "starts"), [(3, 10, [4, 7]), (2, 2, [1]), (5, 3, [1, 2, 2, 3])]
)
def test_each_thread_has_a_stretch(counter, monkeypatch, threads, tasks, starts):
    monkeypatch.setattr(pool, "_help", lambda *_: None)  # so the leader does all: its own stretch
    alone = pool.Pool()  # from the front, the others' from their ends
    config.set_num_threads(threads)
    pointer = alone.begin()
    counter.check(pointer, tasks, 1)
    alone.end()
    words = [
        ctypes.c_int64.from_address(pointer + parallel.CLAIMS + parallel.CLAIM_BYTES * i).value
        for i in range(threads)
    ]
    ends = [word & 0xFFFF for word in words]
    assert [word >> 16 & 0xFFFF for word in words] == ends
    assert ends == [-(-tasks // threads), *starts]


def test_threads_that_cannot_be_started(counter, monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    alone = pool.Pool()
    config.set_num_threads(2)
    assert alone.begin() == 0 and alone.begin() == 0


def test_one_job_at_a_time(counter):
    config.set_num_threads(2)
    with pool.job() as first:
        with pool.job() as second:
            assert first and not second
            counter.check(second, 1000, 10)
        counter.check(first, 1000, 10)
    with pytest.raises(KeyError), pool.job() as failing:
        assert failing == first
        raise KeyError
    with pool.job() as again:
        assert again == first


def test_python_threads_at_once(counter):
    config.set_num_threads(2)
    failures = []

    def work():
        try:
            for _ in range(30):
                with pool.job() as pointer:
                    counter.check(pointer, 20_000, 1000, phases=3)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_changing_the_number_of_threads(counter):
    for threads in (2, 4, 1, 3, 2, 1, 4):
        config.set_num_threads(threads)
        assert config.num_threads() == threads
        with pool.job() as pointer:
            assert bool(pointer) == (threads > 1)
            counter.check(pointer, 1000, 7, phases=20)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("during", [False, True], ids=["between jobs", "during a job"])
def test_a_child_has_helpers_of_its_own(counter, during):
    config.set_num_threads(2)
    with pool.job() as pointer:
        counter.check(pointer, 1000, 10)
    with pool.job() if during else contextlib.nullcontext() as outer, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of fork with threads
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if outer:
                    counter.check(outer, 1000, 10, phases=100)
                for _ in range(20):
                    with pool.job() as own:
                        assert own not in (0, pointer)
                        counter.check(own, 1000, 10, phases=100)
                code = 0
            finally:
                os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    with pool.job() as again:
        assert again == pointer
        counter.check(again, 1000, 10)


@pytest.mark.parametrize("ending", ["between jobs", "during a job", "in another thread"])
def test_the_interpreter_ends(ending, tmp_path):
    program = f"""
import sys, threading
sys.path.insert(0, {str(os.path.dirname(__file__))!r})
from test_pool import Counter, config, pool
config.set_num_threads(3)
counter = Counter()
with pool.job() as pointer:
    counter.check(pointer, 1000, 10, phases=100)
ending = {ending!r}
if ending == "during a job":
    pool.job().__enter__()
if ending == "in another thread":
    def work():
        while True:
            with pool.job() as pointer:
                counter.check(pointer, 1000, 10, phases=1000)
    threading.Thread(target=work, daemon=True).start()
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_number_of_threads_by_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert config.num_threads() == 1
    monkeypatch.setenv("LAMINA_NUM_THREADS", "7")
    assert config.num_threads() == 7
    config.set_num_threads(3)
    assert config.num_threads() == 3
    config.set_num_threads(None)
    for wrong in ("0", "-1", "two", "1.5", "9999"):
        monkeypatch.setenv("LAMINA_NUM_THREADS", wrong)
        with pytest.raises(ArgumentError, match="LAMINA_NUM_THREADS") as failure:
            config.num_threads()
        assert "required: an int from 1 to 1024" in str(failure.value)
    for wrong in (0, -2, True, 1.5, "2"):
        with pytest.raises(ArgumentError, match="set_num_threads"):
            config.set_num_threads(wrong)


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_quota_of_a_container(tmp_path, monkeypatch, files, quota):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(cpus, "_CGROUPS", tmp_path)
    assert cpus._quota() == quota
