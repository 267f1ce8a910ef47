"""Broken models, rows that do not fit a model, and impossible files to write to."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path

import pytest
from fruit_table import fruit_csv

from lamina.cli import main

pytest.importorskip("typer")
pl = pytest.importorskip("polars")
pytest.importorskip("sklearn")
pytest.importorskip("pydantic")

Capture = pytest.CaptureFixture[str]
USAGE, DATA, MODEL_FILE = 2, 3, 4
MODEL = "runs/fruit-001/model.keras"

CASES: list[tuple[list[str], int, tuple[str, ...]]] = [
    # --- the model ---
    (["predict", "nowhere.keras", "fruit.csv"], MODEL_FILE, ("'nowhere.keras'", "No such file")),
    (["predict", "folder", "fruit.csv"], MODEL_FILE, ("'folder'",)),
    (["predict", "half.keras", "fruit.csv"], MODEL_FILE, ("half.keras is damaged", "backup")),
    (["predict", "fruit.csv", MODEL], MODEL_FILE, ("fruit.csv is damaged or not a zip",)),
    (["predict", "changed.keras", "fruit.csv"], MODEL_FILE, ("SHA-256", "was changed")),
    (["predict", "bare.keras", "fruit.csv"], MODEL_FILE, ("without a table's schema",)),
    (["evaluate", "half.keras", "fruit.csv"], MODEL_FILE, ("half.keras is damaged",)),
    (["inspect", "half.keras"], MODEL_FILE, ("half.keras is damaged",)),
    (["export", "half.keras", "x.keras"], MODEL_FILE, ("half.keras is damaged",)),
    # --- rows ---
    (["predict", MODEL, "no_size.csv"], MODEL_FILE, ("lack column 'size'", "reads size, colour")),
    (["predict", MODEL, "no_inputs.csv"], MODEL_FILE, ("columns 'size', 'colour'",)),
    (["predict", MODEL, "frut.csv"], DATA, ("no file 'frut.csv'", "'fruit.csv'?")),
    (["predict", MODEL, "-"], DATA, ("standard input", "is empty")),
    (["predict", MODEL, "odd.csv", "--strict"], DATA, ("'size' has 1 cell", "row 2")),
    (["evaluate", MODEL, "no_size.csv"], MODEL_FILE, ("lack column 'size'",)),
    (["evaluate", MODEL, "no_ripe.csv"], DATA, ("no target column 'ripe'",)),
    (["evaluate", MODEL, "empty_ripe.csv"], DATA, ("No row of", "has a target 'ripe'")),
    (["evaluate", MODEL, "new_class.csv"], DATA, ("no known class", "'rotten'", "'no', 'yes'")),
    # --- files to write ---
    (["predict", MODEL, "fruit.csv", "-o", "x.xlsx"], USAGE, (".parquet, not '.xlsx'",)),
    (["predict", MODEL, "fruit.csv", "-o", "nowhere/x.csv"], USAGE, ("no folder 'nowhere'",)),
    (["predict", MODEL, "fruit.csv", "-o", "folder.csv"], USAGE, ("it is a folder",)),
    (["export", MODEL, "x.onnx"], USAGE, ("end in .keras, not '.onnx'", "--format onnx")),
    (["export", MODEL, "x.keras", "--format", "onnx"], USAGE, ("end in .onnx, not '.keras'",)),
    (["export", MODEL, "x.json", "--format", "pickle"], USAGE, ("keras, onnx or schema",)),
    (["export", MODEL, "nowhere/x.onnx", "--format", "onnx"], USAGE, ("no folder 'nowhere'",)),
    (["export", MODEL, "nowhere/x.keras"], USAGE, ("no folder 'nowhere'",)),
    (["init", "fruit.csv", "-t", "ripe", "-o", "there.toml"], USAGE, ("exists already",)),
    (["init", "fruit.csv", "-t", "rip"], DATA, ("no target column 'rip'", "'ripe'?")),
    (["init", "fruit.csv", "-t", "ripe", "-o", "nowhere/x.toml"], USAGE, ("no folder 'nowhere'",)),
    (["init", "fruit.csv"], USAGE, ("--target",)),
    # --- reports ---
    (["report", "folder"], DATA, ("'folder' is no run with a report", "--no-report")),
    (["report", "nowhere"], DATA, ("'nowhere' is no run with a report",)),
    (["report", "half"], DATA, ("facts.json' is damaged",)),
    (["report", "bare"], DATA, ("lacks data, network",)),
    (["report", "runs/fruit-001", "--lang", "fr"], USAGE, ("en or ko, not 'fr'",)),
    (["report", "runs/fruit-001", "-o", "nowhere/x.html"], USAGE, ("no folder 'nowhere'",)),
]
WITHOUT_JSON = ("export", "init", "report")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, fruit_run: Path) -> Path:
    """A folder with a good model, broken ones, and rows that do not fit."""
    here = tmp_path_factory.mktemp("broken")
    run = here / "runs" / "fruit-001"
    run.mkdir(parents=True)
    for name in ("model.keras", "facts.json"):
        (run / name).write_bytes((fruit_run / name).read_bytes())
    content = (run / "model.keras").read_bytes()
    (here / "half.keras").write_bytes(content[: len(content) // 2])
    with zipfile.ZipFile(run / "model.keras") as whole:
        with zipfile.ZipFile(here / "changed.keras", "w") as changed:
            for name in whole.namelist():
                changed.writestr(name, whole.read(name).replace(b'"colour"', b'"color"'))
    from lamina.tables.model import load

    load(run / "model.keras").network.save(here / "bare.keras")
    rows = pl.read_csv(io.StringIO(fruit_csv(30)), infer_schema=False)
    frames = {
        "fruit": rows,
        "no_size": rows.drop("size"),
        "no_inputs": rows.select("ripe"),
        "no_ripe": rows.drop("ripe"),
        "empty_ripe": rows.with_columns(ripe=pl.lit("")),
        "new_class": rows.with_columns(ripe=pl.lit("rotten")),
        "odd": pl.DataFrame({"size": ["1", "big"], "colour": ["red", "red"]}),
    }
    for name, frame in frames.items():
        frame.write_csv(here / f"{name}.csv")
    (here / "there.toml").write_text("as it was")
    for name in ("folder", "folder.csv", "half", "bare"):
        (here / name).mkdir()
    (here / "half" / "facts.json").write_text('{"target": ')
    (here / "bare" / "facts.json").write_text('{"target": {}}')
    return here


@pytest.mark.parametrize("words,code,told", CASES, ids=[repr(" ".join(w)) for w, *_ in CASES])
def test_a_broken_model_or_request(
    words: list[str],
    code: int,
    told: tuple[str, ...],
    broken: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(broken)
    before = {p: p.read_bytes() for p in broken.rglob("*") if p.is_file()}
    for more in ([], ["--json"])[: 1 if words[0] in WITHOUT_JSON else 2]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        assert main([*words, *more]) == code
        captured = capsys.readouterr()
        if more:
            error = json.loads(captured.out)["error"]
            assert list(error) == ["code", "message", "hint"] and error["code"] == code
            assert captured.err == ""
        else:
            assert captured.err.startswith("lamina: ") and captured.out == ""
            assert "Traceback" not in captured.err
            for part in told:
                assert part in captured.err
    assert {p: p.read_bytes() for p in broken.rglob("*") if p.is_file()} == before


def test_a_missing_package_is_named(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture):
    monkeypatch.setitem(sys.modules, "polars", None)
    assert main(["train", "fruit.csv", "-t", "ripe", "--json"]) == 5
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == 5 and "polars" in error["message"]
    assert "lamina[tables]" in error["message"] + error["hint"]


def test_a_loss_that_is_no_number(here: Path, capsys: Capture) -> None:
    words = ["--lr", "1e38", "--layers", "4", "--set", "members=1", "--epochs", "2", "--cv", "0"]
    assert main(["train", "fruit.csv", "-t", "ripe", *words, "--json"]) == 6
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["code"] == 6 and "1e+38" in error["message"] and "smaller" in error["hint"]
    assert list((here / "runs").iterdir()) == []


def test_a_full_disk_is_no_bug(with_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x.csv")

    monkeypatch.setattr("lamina.base.atomic.os.replace", full)
    assert main(["predict", MODEL, "fruit.csv", "-o", "x.csv"]) == USAGE
    assert "'x.csv': No space left on device" in capsys.readouterr().err
    assert not list(with_run.glob("*x.csv*"))
