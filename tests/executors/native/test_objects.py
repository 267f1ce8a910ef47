"""Compiling and linking LLVM IR, and the cache of compiled code on disk."""

import ctypes
import gc
import os
import platform
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lamina.base.errors import ArgumentError
from lamina.executors.native import machine, object_cache, objects

pytest.importorskip("llvmlite")

ADD = """\
define void @add(ptr %table, i64 %begin, i64 %end) nounwind {{
entry:
  %array = load ptr, ptr %table
  %place = getelementptr float, ptr %array, i64 %begin
  %value = load <{lanes} x float>, ptr %place, align 4
  %sum = fadd <{lanes} x float> %value, splat (float {number:.1f})
  store <{lanes} x float> %sum, ptr %place, align 4
  ret void
}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache, and a process that has compiled nothing and complained of nothing."""
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path))
    monkeypatch.setattr(object_cache, "_NOTED", set())
    monkeypatch.setattr(objects, "_LOADED", type(objects._LOADED)())
    return tmp_path / "objects"


@pytest.fixture
def compiled(monkeypatch):
    """The names of what LLVM compiles during the test."""
    names = []
    compile_ = objects._compile
    monkeypatch.setattr(
        objects, "_compile", lambda text, name, *m: names.append(name) or compile_(text, name, *m)
    )
    return names


def load(number=1, lanes=4, name="add", processor=None):
    text = ADD.format(number=number, lanes=lanes)
    return objects.load(text, name, processor or machine.host())


def run(loaded, number=1, lanes=4):
    array = np.arange(lanes, dtype="float32")
    table = (ctypes.c_void_p * 1)(array.ctypes.data)
    add = loaded.function("add", ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
    add(ctypes.addressof(table), 0, lanes)
    np.testing.assert_array_equal(array, np.arange(lanes) + np.float32(number))


def forget():
    """As a new process: only the disk remembers."""
    objects._LOADED.clear()


def only_file(folder):
    (path,) = folder.iterdir()
    return path


def test_miss_then_hit(folder, compiled):
    first = load()
    run(first)
    assert load() is first  # in this process
    forget()
    run(load())
    assert compiled == ["add"]
    assert only_file(folder).stat().st_mode & 0o777 <= 0o644
    load(number=2)
    assert len(compiled) == 2 and len(list(folder.iterdir())) == 2


def test_a_missing_function_is_an_error_not_a_crash(folder):
    with pytest.raises(LookupError, match="add exports add, not sub"):
        load().address("sub")
    text = "declare void @no_such_function()\ndefine void @f() {\n call void @no_such_function()\n"
    with pytest.raises(RuntimeError, match="no_such_function, which does not exist"):
        objects.load(text + " ret void\n}\n", "f", machine.host())
    with pytest.raises(RuntimeError):
        objects.load("define void @f() {", "f", machine.host())


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:50],
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        lambda content: b"NUMBA--1" + content[8:],
        lambda content: content[:8] + bytes(32) + content[40:],  # another entry's key
    ],
)
def test_damaged_and_foreign_entries_are_compiled_again(folder, compiled, damage):
    load()
    path = only_file(folder)
    good = path.read_bytes()
    path.write_bytes(damage(good))
    forget()
    with pytest.warns(UserWarning, match="Passed over a damaged file of compiled code") as notes:
        run(load())
    assert len(notes) == 1 and "\n" not in str(notes[0].message)
    assert compiled == ["add", "add"] and path.read_bytes() == good
    path.write_bytes(damage(good))
    forget()
    run(load())  # told once per process


def test_a_cache_that_cannot_be_used(folder, compiled, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("LAMINA_CACHE", str(blocked))
    with pytest.warns(UserWarning, match="Compiled code is not kept on disk") as notes:
        run(load())
        forget()
        run(load())
    assert len(notes) == 1 and len(compiled) == 2


def test_a_folder_without_permission(folder, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(object_cache.os, "replace", refuse)
    with pytest.warns(UserWarning, match="Permission denied"):
        run(load())
    assert list(folder.iterdir()) == []  # no temporary file stays


def test_an_entry_that_cannot_be_read(folder):
    load()
    path = only_file(folder)
    path.unlink()
    path.mkdir()
    forget()
    with pytest.warns(UserWarning, match="Compiled code is not kept on disk"):
        run(load())


def test_trimming_removes_what_was_used_longest_ago(folder, monkeypatch):
    for number in range(4):
        object_cache.write(f"{number:064x}", bytes(1000))
        os.utime(folder / f"{number:064x}.o", (1e9 + number, 1e9 + number))
    assert object_cache.read(f"{0:064x}") == bytes(1000)  # used now
    abandoned = folder / "x.1-2.tmp"
    abandoned.write_bytes(b"")
    os.utime(abandoned, (1e9, 1e9))
    (folder / "y.1-2.tmp").write_bytes(b"")  # being written
    monkeypatch.setattr(object_cache, "MOST_BYTES", 4500)
    object_cache.write(f"{9:064x}", bytes(1000))
    assert len(list(folder.iterdir())) == 7  # one key in 64 has the folder looked through
    object_cache.write(f"{64:064x}", bytes(1000))
    kept = {path.name.lstrip("0") for path in folder.iterdir()}
    assert kept == {f"{0:064x}.o".lstrip("0"), "9.o", "40.o", "y.1-2.tmp"}


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="x86 processors")
@pytest.mark.parametrize("name", ["haswell", "x86-64", "nehalem", "skylake-avx512"])
def test_code_for_other_processors_runs_here(folder, compiled, name):
    try:
        processor = machine.named(name)
    except ArgumentError:
        pytest.skip(f"this machine cannot run code for {name}")
    run(
        load(lanes=processor.lanes("float32"), processor=processor),
        lanes=processor.vector_bytes // 4,
    )
    other = machine.Machine("core2")
    assert objects._key("", processor) != objects._key("", other)


def test_functions_of_libm_are_found(folder):
    text = """\
declare double @pow(double, double)
declare double @llvm.exp.f64(double)
define double @f(double %x) nounwind {
  %e = call double @llvm.exp.f64(double %x)
  %p = call double @pow(double %e, double 2.0)
  ret double %p
}
"""
    loaded = objects.load(text, "f", machine.host())
    function = loaded.function("f", ctypes.c_double, result=ctypes.c_double)
    del loaded
    gc.collect()
    assert function(1.0) == pytest.approx(np.exp(2.0), rel=1e-14)


def test_code_is_freed(folder):
    for number in range(30):
        run(load(number=number), number=number)
    gc.collect()
    assert len(objects._LOADED) == 0 and objects._DISCARDED == []
    kept = load()
    with ThreadPoolExecutor(1) as other:  # which holds the lock while the code is given up
        other.submit(objects._LOCK.acquire).result()
        del kept
        gc.collect()
        assert len(objects._DISCARDED) == 1
        other.submit(objects._LOCK.release).result()
    run(load())
    assert objects._DISCARDED == []


def test_threads_load_at_once(folder):
    failures = []

    def work(seed):
        try:
            for number in range(8):
                run(load(number=number % 4 + seed % 2), number=number % 4 + seed % 2)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_llvm_and_assembly_are_shown(folder, monkeypatch, capsys):
    monkeypatch.setenv("LAMINA_SHOW", "llvm|asm")
    load(name="my step")
    err = capsys.readouterr().err
    assert "; llvm of my step\ndefine void @add" in err
    assert "; asm of my step" in err and "add:" in err


def test_the_interpreter_ends_with_code_in_memory(folder):
    program = (
        "from lamina.executors.native import machine, objects\n"
        f"kept = objects.load({ADD.format(number=1, lanes=4)!r}, 'add', machine.host())\n"
        "kept.itself = kept\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_made_while_another_thread_compiles(folder):
    stop = threading.Event()

    def compile_on():
        number = 100
        while not stop.is_set():
            load(number=number)
            number += 1

    thread = threading.Thread(target=compile_on)
    thread.start()
    try:
        time.sleep(0.02)
        for _ in range(3):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python 3.12 warns of fork with threads
                child = os.fork()
            if child == 0:
                code = 1
                try:
                    run(load(number=7), number=7)
                    code = 0
                finally:
                    os._exit(code)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        thread.join()
