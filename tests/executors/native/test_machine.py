"""The processor that code is generated for, and which stages are printed."""

import platform

import pytest

from lamina.base.errors import ArgumentError
from lamina.executors.native import machine
from lamina.executors.native.show import show, shown

pytest.importorskip("llvmlite")
x86 = pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="names of x86 processors"
)


def test_host():
    host = machine.host()
    assert host.cpu and host.vector_bytes in (16, 32, 64) and host.registers in (16, 32)
    assert host.lanes("float32") == host.vector_bytes // 4
    assert host.lanes("float64") == host.vector_bytes // 8
    assert machine.host() is host


@x86
def test_a_named_processor(monkeypatch):
    monkeypatch.setenv("LAMINA_CPU", "x86-64")
    chosen = machine.chosen()
    assert (chosen.cpu, chosen.vector_bytes, chosen.registers, chosen.has_fma) == (
        "x86-64", 16, 16, False,
    )  # fmt: skip
    monkeypatch.delenv("LAMINA_CPU")
    assert machine.chosen() == machine.host()


@x86
@pytest.mark.parametrize(
    ("name", "expected"),
    [("haswell", (32, 16, True)), ("skylake-avx512", (64, 32, True)), ("nehalem", (16, 16, False))],
)
def test_registers_of_named_processors(monkeypatch, name, expected):
    monkeypatch.setattr(machine, "_host_features", lambda: dict.fromkeys(_everything(), True))
    named = machine.named(name)
    assert (named.vector_bytes, named.registers, named.has_fma) == expected


def test_unknown_processor(monkeypatch):
    monkeypatch.setenv("LAMINA_CPU", "hasswell")
    with pytest.raises(ArgumentError, match="Did you mean 'haswell'") as failure:
        machine.chosen()
    assert "received: 'hasswell'" in str(failure.value) and "unset LAMINA_CPU" in str(failure.value)


def test_a_processor_that_has_more_than_this_one(monkeypatch):
    monkeypatch.setattr(machine, "_host_features", lambda: {"sse2": True, "avx2": False})
    with pytest.raises(ArgumentError, match="cannot run on this machine"):
        machine.named("haswell")


def test_vectors_by_features(monkeypatch):
    monkeypatch.setattr(machine, "_is_x86", lambda: True)
    monkeypatch.setattr(machine.platform, "machine", lambda: "x86_64")
    described = machine._described("some", "", {"avx2", "avx"})  # AVX2 without FMA
    assert (described.vector_bytes, described.has_fma) == (16, False)
    monkeypatch.setattr(machine, "_is_x86", lambda: False)
    monkeypatch.setattr(machine.platform, "machine", lambda: "arm64")
    described = machine._described("apple-m1", "", {"neon"})
    assert (described.vector_bytes, described.registers, described.has_fma) == (16, 32, True)


def test_stages_to_show(monkeypatch, capsys):
    monkeypatch.delenv("LAMINA_SHOW", raising=False)
    assert not shown("llvm")
    monkeypatch.setenv("LAMINA_SHOW", "fusion| asm,")
    assert shown("asm") and shown("fusion") and not shown("nests")
    show("asm", "step", lambda: "ret")
    show("nests", "step", lambda: pytest.fail("made into text for nobody"))
    assert capsys.readouterr().err == "; asm of step\nret\n"
    monkeypatch.setenv("LAMINA_SHOW", "lvm")
    with pytest.raises(ArgumentError, match="Did you mean 'llvm'"):
        shown("llvm")


def _everything() -> set[str]:
    return set().union(*machine.X86_CPUS.values())
