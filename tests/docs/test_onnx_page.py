"""docs/onnx.md is true: its Python runs as it stands, one block after the other."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_blocks_run(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    monkeypatch.chdir(tmp_path)
    write, read = BLOCK.findall((repository / "docs" / "onnx.md").read_text(encoding="utf-8"))
    names: dict = {"__name__": "__main__"}
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(write, "docs/onnx.md", "exec"), names)
        exec(compile(read, "docs/onnx.md", "exec"), names)
    assert printed.getvalue() == "ONNX file: flowers.onnx\nTrue\n"
