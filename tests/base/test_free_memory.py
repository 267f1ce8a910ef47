"""What memory is there to take, with and without a container's limit."""

from __future__ import annotations

from lamina.base import memory


def test_some_memory_is_available():
    assert 1 << 20 < memory.available_memory() < 1 << 50


def test_a_control_group_limits(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    free = memory.available_memory()
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert memory.available_memory() > free // 2
    (tmp_path / "memory.max").write_text("5000\n")
    assert memory.available_memory() == 4000
    (tmp_path / "memory.current").write_text("9000\n")
    assert memory.available_memory() == 1
