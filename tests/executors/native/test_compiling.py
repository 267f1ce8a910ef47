"""Modules cut into parts that are compiled side by side."""

import ctypes
import re
import sys

import pytest

from lamina.base import config
from lamina.executors.native import compiling, llvm, machine, objects

pytest.importorskip("llvmlite")

COUNT = 12


def long_module(lines: int = 400) -> str:
    """f0 … f11, where each adds its number often to what the one before it gives; `run` starts."""
    functions = []
    for n in range(COUNT):
        body = [f"  %v{i + 1} = add i64 %v{i}, {n}" for i in range(lines)]
        before = f"  %v0 = call i64 @f{n - 1}(i64 %x)" if n else "  %v0 = add i64 %x, 0"
        functions.append(
            f"define internal i64 @f{n}(i64 %x) nounwind noinline optnone {{\nentry:\n"
            + "\n".join([before, *body, f"  ret i64 %v{lines}"])
            + "\n}\n"
        )
    run = f"define i64 @run(i64 %x) {{\n  %r = call i64 @f{COUNT - 1}(i64 %x)\n  ret i64 %r\n}}\n"
    return "declare void @llvm.donothing()\n" + "".join(functions) + run


def compiled(text: str) -> list[bytes]:
    with compiling.Compilation(machine.host()) as compilation:
        return compilation.objects(compiling.split(text))


def test_every_function_is_in_one_part_and_declared_where_it_is_called() -> None:
    parts = compiling.split(long_module())
    each = -(-compiling.LINES // 403)  # functions, of so many lines
    assert len(parts) == -(-(COUNT + 1) // each)
    defined = [set(re.findall(r"^define [^@]*@(\w+)", part, re.MULTILINE)) for part in parts]
    assert sorted(n for names in defined for n in names) == sorted(
        [*(f"f{n}" for n in range(COUNT)), "run"]
    )
    for names, part in zip(defined, parts, strict=True):
        called = set(re.findall(r"call i64 @(\w+)", part))
        declared = set(re.findall(r"^declare i64 @(\w+)", part, re.MULTILINE))
        assert declared == called - names
        assert "internal" not in part and "@llvm.donothing" not in part  # nobody calls it


def test_a_short_module_stays_whole() -> None:
    assert len(compiling.split(long_module(lines=2))) == 1


def test_what_is_not_made_of_functions_stays_as_it_is() -> None:
    for text in ("", "; define nothing\n}\n", "@x = global i64 1\n" + long_module()):
        assert compiling.split(text) == [text]


def test_parts_are_the_same_if_functions_come_little_by_little() -> None:
    text = long_module()
    functions = [f"define {f}\n" for f in text.split("define ")[1:]]
    parts = compiling.Parts({})
    found = [part for function in functions for part in parts.add([function])]
    assert [*found, *parts.rest()] == compiling.split(text)


def test_what_was_begun_is_not_compiled_again(monkeypatch) -> None:
    compile_, texts = compiling._compile, []

    def noted(text: str, processor: machine.Machine) -> bytes:
        texts.append(text)
        return compile_(text, processor)

    monkeypatch.setattr(compiling, "_compile", noted)
    parts = compiling.split(long_module())
    with compiling.Compilation(machine.host()) as compilation:
        for part in parts:
            compilation.begin(part)
        compilation.objects(parts)
        compilation.objects(parts)
    assert sorted(texts) == sorted(parts)


def test_the_process_is_left_as_it_was() -> None:
    before = sys.getswitchinterval()
    with pytest.raises(RuntimeError):
        compiled("define void @f() {\n  no instruction\n}\n")
    assert sys.getswitchinterval() == before


def test_the_code_is_the_same_for_any_number_of_threads(tmp_path, monkeypatch) -> None:
    text = long_module()
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(config, "num_threads", lambda threads=threads: threads)
        found.append(compiled(text))
    assert len(found[0]) > 1 and found[0] == found[1] == found[2]
    monkeypatch.setattr(llvm, "_unlocked_emit", lambda: None)  # as with an unknown llvmlite
    assert compiled(text) == found[0]


def test_parts_call_each_other(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path))
    for _ in ("compiled", "from disk"):
        objects._LOADED.clear()
        loaded = objects.load(long_module(), "sums", machine.host())
        run = loaded.function("run", ctypes.c_int64, result=ctypes.c_int64)
        assert run(5) == 5 + 400 * sum(range(COUNT))
    assert len(list((tmp_path / "objects").iterdir())) == 1


def test_an_error_in_one_part_is_raised() -> None:
    text = long_module().replace("add i64 %v399, 7", "add i64 %nowhere, 7")
    with pytest.raises(RuntimeError, match="nowhere"):
        compiled(text)


def test_without_further_threads_one_does_all(monkeypatch) -> None:
    def refuse(thread: object) -> None:
        raise RuntimeError("can't start new thread")

    whole = compiled(long_module())
    monkeypatch.setattr(compiling.threading.Thread, "start", refuse)
    assert compiled(long_module()) == whole
