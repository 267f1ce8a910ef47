"""The helper modules beside the tests can be imported by name; `predict` runs in NumPy."""

import sys
from pathlib import Path

import pytest

from lamina.runtime.executor import set_executor

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "saving")]


@pytest.fixture(autouse=True)
def reference_executor() -> None:
    """What is exported is compared with the definition, and nothing needs to be compiled."""
    set_executor("numpy")
