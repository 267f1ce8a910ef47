"""A run on pictures: what it learns, what it writes, what its file holds; and from the shell."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_folders import bar, make_folder

from lamina.base.errors import ArgumentError, FileFormatError
from lamina.cli import main
from lamina.images import ImageModel, load, train
from lamina.images.model import MEMBER, is_image_model
from lamina.models import load_model

Capture = pytest.CaptureFixture[str]
FILES = {"model.keras", "config.toml", "metrics.json", "history.csv", "splits.csv"} | {
    "predictions.csv", "facts.json", "report.html"
}  # fmt: skip


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_it_learns_what_is_easy(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "bars", 60)
    run = train(folder, out=None, report=False, size=8, layers=(8, 16), epochs=25)
    assert run.metrics["accuracy"] >= 0.8
    assert run.folder is None and not (tmp_path / "runs").exists()


def test_the_folder_of_a_run(bars_run: Any) -> None:
    folder = bars_run.folder
    assert {p.name for p in folder.iterdir()} == FILES and folder.name == "bars-001"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["classes"] == ["lying", "standing"] and metrics["task"] == "binary"
    assert sum(metrics["rows"].values()) == 60 and len(metrics["damaged"]) == 3
    assert metrics["size"] == [7, 8] and metrics["colour"] is False
    splits = _rows(folder / "splits.csv")
    assert {row["part"] for row in splits} == {"training", "validation", "test"}
    tested = _rows(folder / "predictions.csv")
    assert len(tested) == metrics["rows"]["test"]
    assert all(abs(float(r["p_lying"]) + float(r["p_standing"]) - 1) < 1e-5 for r in tested)


def test_the_report_shows_pictures_and_loads_nothing(bars_run: Any) -> None:
    page = (bars_run.folder / "report.html").read_text(encoding="utf-8")
    assert "pictures fitted into 7 × 8 pixels, in shades of gray" in page
    assert "3 rows were left out" in page and "Conv2D 4 · relu" in page
    assert "<script" not in page and 'src="http' not in page
    facts = json.loads((bars_run.folder / "facts.json").read_text())
    assert all(m["picture"].startswith("data:image/png;base64,") for m in facts["mistakes"])
    assert page.count("<img ") == len(facts["mistakes"])


def test_the_file_takes_raw_pixels(bars_run: Any, bars: Path) -> None:
    path = bars_run.folder / "model.keras"
    network, model = load_model(path), load(path)
    assert model.schema == bars_run.model.schema
    pixels = np.full((2, 7, 8, 1), 200.0, "float32")
    found = network.predict(pixels, verbose=0)
    assert found.shape == (2, 2) and np.allclose(found.sum(axis=1), 1, atol=1e-5)
    files = sorted((bars / "standing").glob("*.png"))
    again = model.predict(files)
    assert again == bars_run.model.predict(files)


def test_the_same_seed_gives_the_same_run(bars_run: Any, bars: Path, tmp_path: Path) -> None:
    words = ["train", "--config", str(bars_run.folder / "config.toml"), "-o", str(tmp_path)]
    assert main([*words, "--no-report", "-q"]) == 0
    for name in ("predictions.csv", "history.csv", "splits.csv"):
        new = (tmp_path / "bars-001" / name).read_bytes()
        assert new == (bars_run.folder / name).read_bytes()


def test_unknown_settings(bars: Path) -> None:
    with pytest.raises(ArgumentError, match="'epocs'.*'epochs'"):
        train(bars, epocs=3)


def test_pillow_is_asked_for(
    bars_run: Any, bars: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    for words in (["train", str(bars)], ["predict", str(bars_run.folder), str(bars)]):
        assert main([*words, "--json"]) == 5
        error = json.loads(capsys.readouterr().out)["error"]
        assert "lamina[images]" in error["message"] + error["hint"]


def test_damaged_and_foreign_models(bars_run: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    path.write_bytes((bars_run.folder / "model.keras").read_bytes()[:3000])
    assert not is_image_model(path) and not is_image_model(tmp_path / "none.keras")
    with pytest.raises(FileFormatError, match=r"m\.keras is damaged"):
        load(path)
    bars_run.model.network.save(path)
    with pytest.raises(FileFormatError, match="not a model of pictures"):
        load(path)
    assert MEMBER in zipfile.ZipFile(bars_run.folder / "model.keras").namelist()


def test_schemas_of_other_networks(bars_run: Any, tmp_path: Path) -> None:
    path, schema = tmp_path / "m.keras", bars_run.model.schema
    for other, told in (
        (replace(schema, height=8), r"input \(8, 8, 1\)"),
        (replace(schema, colour=True), r"input \(7, 8, 3\)"),
        (replace(schema, classes=("a", "b", "c")), r"output \(3,\)"),
    ):
        ImageModel(bars_run.model.network, other).save(path)
        with pytest.raises(FileFormatError, match=f"do not fit each other(.|\n)*{told}"):
            load(path)


def test_predict_from_the_shell(bars_run: Any, bars: Path, tmp_path: Path, capsys: Capture) -> None:
    bar(np.random.default_rng(5), True, colour=True).save(tmp_path / "new.jpg")
    words = ["predict", str(bars_run.folder), str(tmp_path / "new.jpg"), str(bars / "lying")]
    assert main(words) == 0
    captured = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(captured.out)))
    assert list(rows[0]) == ["file", "prediction", "p_lying", "p_standing", "warnings"]
    assert [Path(row["file"]).name for row in rows[:2]] == ["new.jpg", "00.png"] and len(rows) == 33
    assert {Path(r["file"]).name for r in rows if r["warnings"]} == {"half.png", "text.png"}
    assert captured.err.count("cannot be read") == 2
    assert main([*words, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 33
    assert main([*words, "-o", str(tmp_path / "out.jsonl")]) == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 33


def test_train_evaluate_and_inspect_from_the_shell(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["train", str(bars), "--layers", "4", "--epochs", "1", "--set", "size=8"]
    assert main([*words, "--no-report", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == str(Path("runs", "bars-001"))
    assert main(["evaluate", found["run"], str(bars), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 60 and len(told["damaged"]) == 3
    assert main(["inspect", found["run"]]) == 0
    assert "fitted into 7 × 8 pixels, in shades of gray" in capsys.readouterr().out
    assert main(["export", found["run"], "bars.onnx", "--format", "onnx"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "bars.onnx\n" and "pixels (None, 7, 8, 1) float32" in captured.err
    assert main([*words, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == ["lying", "standing"]


def test_mirroring_is_asked_for(
    bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["train", str(bars), "--layers", "4", "--epochs", "1", "--set", "size=8", "--flip"]
    assert main([*words, "-q"]) == 0
    folder = tmp_path / "runs" / "bars-001"
    assert "flip = true" in (folder / "config.toml").read_text().splitlines()
    assert "Mirrored training pictures" in (folder / "report.html").read_text(encoding="utf-8")
    (tmp_path / "table.csv").write_text("a,b\n" + "1,x\n2,y\n" * 20)
    assert main(["train", "table.csv", "-t", "b", "--flip"]) == 2
    assert "flip" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words,code,told",
    [
        (["train", "BARS", "--strict"], 3, "cannot be read"),
        (["train", "BARS", "-t", "class"], 2, "leave out --target"),
        (["train", "BARS", "--types", "a=number"], 2, "unknown setting 'types'"),
        (["train", "BARS", "--set", "size=huge"], 2, "size = 'huge'"),
        (["train", "BARS/lying"], 3, "a folder of pictures for each class"),
        (["predict", "RUN", "BARS/nowhere.png"], 3, "no file"),
        (["predict", "RUN", "BARS", "--strict"], 3, "3 of 63 pictures cannot be read"),
        (["predict", "RUN", "BARS", "-o", "x.parquet"], 2, ".csv or .jsonl"),
        (["evaluate", "RUN", "BARS/nowhere"], 3, "no folder"),
    ],
)
def test_requests_that_cannot_be_met(
    words: list[str],
    code: int,
    told: str,
    bars: Path,
    bars_run: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [w.replace("BARS", str(bars)).replace("RUN", str(bars_run.folder)) for w in words]
    assert main([*words, "--json"]) == code
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == code and told in error["message"] + error["hint"]
    assert list(tmp_path.iterdir()) == []
