"""docs/keras_parity.md is what the code and the installed Keras say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date():
    keras = pytest.importorskip("keras", reason="the page lists the names of the installed Keras")
    page = (ROOT / "docs" / "keras_parity.md").read_text()
    if f"installed Keras {keras.__version__} " not in page.replace("\n", " "):
        pytest.skip(f"the page was written beside another Keras than {keras.__version__}")
    result = subprocess.run(
        [sys.executable, "scripts/keras_parity.py", "--check"],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        timeout=300,
    )
    assert result.returncode == 0, "run: python scripts/keras_parity.py"
