"""A file is replaced whole or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lamina.base.atomic import atomic_write


def test_creates_and_replaces(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with atomic_write(tmp_path / "f") as temporary:
            temporary.write_text(text)
        assert (tmp_path / "f").read_text() == text
    assert os.listdir(tmp_path) == ["f"]


def test_failure_keeps_the_old_file_and_removes_the_new(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_write(tmp_path / "f") as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == ["f"]
    assert (tmp_path / "f").read_text() == "old"


def test_keeps_mode_and_follows_links(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    os.chmod(tmp_path / "real", 0o640)
    (tmp_path / "link").symlink_to("real")
    with atomic_write(tmp_path / "link") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640


def test_folder_and_missing_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), atomic_write(tmp_path):
        pass
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "none" / "f"):
        pass


def test_long_name_of_wide_letters(tmp_path: Path) -> None:
    path = tmp_path / ("모델" * 40)
    with atomic_write(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"


def test_leftovers_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from lamina.base.atomic import atomic_write\n"
        "with atomic_write(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    (tmp_path / "f").write_text("old")
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "f")], check=False)
        assert (tmp_path / "f").read_text() == "old"
        assert len(os.listdir(tmp_path)) == 2
    with atomic_write(tmp_path / "f") as temporary:
        temporary.write_text("new")
    assert os.listdir(tmp_path) == ["f"]
