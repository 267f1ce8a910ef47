"""A folder of pictures with some damaged files, and a run on it that many tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PIL")
pytest.importorskip("polars")
pytest.importorskip("sklearn")
pytest.importorskip("pydantic")


@pytest.fixture(scope="session")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty good pictures, three files that are none, one hidden; not to be changed."""
    from image_folders import make_folder

    folder = make_folder(tmp_path_factory.mktemp("pictures") / "bars")
    good = (folder / "lying" / "00.png").read_bytes()
    (folder / "lying" / "half.png").write_bytes(good[: len(good) // 2])
    (folder / "lying" / "text.png").write_text("no picture")
    (folder / "standing" / "empty.jpg").write_bytes(b"")
    (folder / "standing" / "notes.txt").write_text("not meant to be one")
    (folder / "standing" / ".hidden.png").write_bytes(good)
    return folder


@pytest.fixture(scope="session")
def bars_run(bars: Path) -> Any:
    """A run on the folder, saved with its report beside it."""
    from image_folders import QUICK

    from lamina.images import train

    return train(bars, out=bars.parent / "runs", **QUICK)
