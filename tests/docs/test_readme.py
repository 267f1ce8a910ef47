"""The README is true: its Python runs as it stands, its commands and files exist."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from lamina.cli import main

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(repository: Path, language: str) -> list[str]:
    """The code blocks of the README in one language."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    return [body for name, body in BLOCK.findall(text) if name == language]


def run_block(code: str) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def test_digits_example(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = (block for block in blocks(repository, "python") if "Sequential" in block)
    assert len(code.strip().splitlines()) <= 12
    label, _, accuracy = run_block(code).strip().partition(": ")
    assert label == "accuracy on new digits" and float(accuracy) >= 0.93
    assert (tmp_path / "digits.keras").stat().st_size > 1000


def test_perceptron_example(repository: Path) -> None:
    (code,) = (block for block in blocks(repository, "python") if "Perceptron" in block)
    learned, impossible = run_block(code).strip().splitlines()
    assert learned.startswith("learned") and impossible.startswith("not linearly separable")


def test_commands_exist(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    lines = [line for block in blocks(repository, "console") for line in block.splitlines()]
    commands = [line.removeprefix("$ ").partition("#")[0].split() for line in lines]
    assert ["make", "demo"] in commands
    for program, *words in commands:
        if program == "make":
            assert re.search(rf"^{words[0]}:", makefile, re.MULTILINE), words
        else:
            assert program == ".venv/bin/lamina"
            assert main([words[0], "--help"]) == 0
            shown = capsys.readouterr().out
            assert all(word in shown for word in words if word.startswith("--")), words


def test_links_lead_somewhere(repository: Path) -> None:
    for page in [repository / "README.md", *(repository / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"
