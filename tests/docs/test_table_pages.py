"""docs/tables.md, tuning.md, serving.md and pictures.md are true: what they show runs as it stands.

Only training is cut short, by a setting more; nothing that the pages show depends on it.
"""

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

from lamina.cli import main

FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHORT = {"train": "--set epochs=2 -q", "tune": "--set epochs=2 --trials 2 -q"}


def blocks(page: Path, *languages: str) -> list[str]:
    """The code of a page in some languages."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [body for language, body in found if language in languages]


def commands(page: Path) -> list[list[str]]:
    """What a page runs with `lamina`, word by word; training cut short."""
    code = "".join(blocks(page, "console", "sh"))
    lines = re.findall(r"^(?:\$ )?lamina (.*)$", code, re.MULTILINE)
    words = [shlex.split(line, comments=True) for line in lines]
    return [[*w, *SHORT.get(w[0], "").split()] for w in words]


@pytest.fixture
def folder(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a reader of the pages would be, with the files that they name."""
    pytest.importorskip("polars")
    pytest.importorskip("sklearn")
    for name in ("titanic.csv", "airline_passengers.csv"):
        shutil.copy(data_folder / name, tmp_path)
    (tmp_path / "ahead.csv").write_text("Month\n1961-01\n1961-02\n1961-03\n")
    lines = (tmp_path / "titanic.csv").read_text().splitlines(keepends=True)
    (tmp_path / "new.csv").write_text("".join(lines[:6]))
    (tmp_path / "labelled.csv").write_text("".join(lines[:101]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_tables(repository: Path, folder: Path) -> None:
    pytest.importorskip("onnx")
    ran = commands(repository / "docs" / "tables.md")
    assert [words[0] for words in ran[:3]] == ["train", "predict", "evaluate"] and len(ran) == 10
    for words in ran:
        assert main(words) == 0, words
    for name in ("predicted.csv", "network.keras", "network.onnx", "schema.json"):
        assert (folder / name).stat().st_size > 100, name


def test_tuning(repository: Path, folder: Path) -> None:
    pytest.importorskip("optuna")
    ((*words,),) = commands(repository / "docs" / "tuning.md")
    assert words[0] == "tune" and main(words) == 0
    run = folder / "runs" / "titanic-tune-001"
    assert {"study.db", "trials.csv"} <= {path.name for path in run.iterdir()}


@pytest.fixture
def garments(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a reader of docs/pictures.md would be: folders of small pictures."""
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("polars")
    pytest.importorskip("sklearn")
    names = ("Shirt", "Trouser", "Pullover", "Bag", "Boot")
    with np.load(data_folder / "fashion_mnist_subset.npz") as data:
        pixels, y = data["x_train"][:1000], data["y_train"][:1000]
    (tmp_path / "new").mkdir()
    for number, label in enumerate((0, 1, 2, 8, 9)):
        chosen = pixels[y == label]
        for folder, pictures in (("garments", chosen[:20]), ("labelled", chosen[20:24])):
            inner = tmp_path / folder / names[number]
            inner.mkdir(parents=True)
            for place, picture in enumerate(pictures):
                image.fromarray(picture).save(inner / f"{place}.png")
        image.fromarray(chosen[24]).save(tmp_path / "new" / f"{number + 1}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_pictures(repository: Path, garments: Path) -> None:
    pytest.importorskip("onnx")
    testing = pytest.importorskip("fastapi.testclient")
    from lamina.images import load
    from lamina.serve import create_app

    page = repository / "docs" / "pictures.md"
    *ran, serve = commands(page)
    assert serve == ["serve", "runs/garments-001"] and len(ran) == 10
    for words in ran:
        assert main(words) == 0, words
    for name in ("predicted.csv", "network.keras", "network.onnx", "schema.json"):
        assert (garments / name).stat().st_size > 100, name
    first, again = (garments / "runs" / f"garments-00{n}" / "predictions.csv" for n in (1, 2))
    assert first.read_bytes() == again.read_bytes()
    twin, send = blocks(page, "python")
    exec(compile(twin, str(page), "exec"), {})
    names: dict = {}
    exec(compile(send, str(page), "exec"), names)
    (shown,) = blocks(page, "json")
    app = create_app(load("runs/garments-001/model.keras"))
    with testing.TestClient(app, base_url="http://localhost:8000") as client:
        several = client.post("/predict", json=names["body"])
        content = (garments / "new" / "1.png").read_bytes()
        one = client.post("/predict", content=content, headers={"Content-Type": "image/png"})
    assert one.status_code == several.status_code == 200 and one.json() == several.json()
    (given,), (promised,) = one.json()["predictions"], json.loads(shown)["predictions"]
    assert given.keys() == promised.keys() and given["warnings"] == promised["warnings"]


def test_serving(repository: Path, folder: Path) -> None:
    testing = pytest.importorskip("fastapi.testclient")
    page = repository / "docs" / "serving.md"
    train, serve = commands(page)
    assert main(train) == 0 and serve == ["serve", "runs/titanic-001"]
    names: dict = {}
    exec(compile(blocks(page, "python")[0], str(page), "exec"), names)
    (request,) = (block for block in blocks(page, "sh") if block.startswith("curl"))
    (shown,) = blocks(page, "json")
    body = json.loads(request[request.index("'{") + 1 : request.rindex("}'") + 1])
    with testing.TestClient(names["app"], base_url="http://localhost:8000") as client:
        answer = client.post("/predict", json=body)
    assert answer.status_code == 200
    (given,), (promised,) = answer.json()["predictions"], json.loads(shown)["predictions"]
    assert given.keys() == promised.keys()
    assert given["probabilities"].keys() == promised["probabilities"].keys()
    assert given["warnings"] == promised["warnings"]
