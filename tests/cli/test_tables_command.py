"""Tables from the shell, as planned: train, predict, evaluate, inspect, report, export, init."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from fruit_table import QUICK, fruit_csv

from lamina.cli import main
from lamina.cli.progress import _figures_text

pytest.importorskip("typer")
pl = pytest.importorskip("polars")
pytest.importorskip("sklearn")
pytest.importorskip("pydantic")

Capture = pytest.CaptureFixture[str]
RIPE = ["-t", "ripe"]
MODEL = "runs/fruit-001/model.keras"
FILES = {"model.keras", "config.toml", "metrics.json", "history.csv", "splits.csv"} | {
    "predictions.csv", "facts.json", "report.html"
}  # fmt: skip
PREDICTED = ["prediction", "p_no", "p_yes", "warnings"]


def _json(words: list[str], capsys: Capture) -> Any:
    assert main(words) == 0
    return json.loads(capsys.readouterr().out)


def test_a_run_and_its_folder(fruit_run: Path) -> None:
    assert {p.name for p in fruit_run.iterdir()} == FILES
    assert (fruit_run.parent / "latest.txt").read_text() == "fruit-001\n"
    metrics = json.loads((fruit_run / "metrics.json").read_text())
    assert metrics["target"] == ["ripe"] and metrics["task"] == "binary"
    assert sum(metrics["rows"].values()) == 120


def test_train_prints_one_object_and_numbers_runs(with_run: Path, capsys: Capture) -> None:
    before = (with_run / MODEL).read_bytes()
    found = _json(["train", "fruit.csv", *RIPE, *QUICK, "--no-report", "--json"], capsys)
    assert found["run"] == str(Path("runs", "fruit-002"))
    assert found["scores"]["figures"]["accuracy"]["value"] > 0
    assert {p.name for p in (with_run / "runs" / "fruit-002").iterdir()} == FILES - {
        "facts.json",
        "report.html",
    }
    assert (with_run / MODEL).read_bytes() == before


def test_progress_is_on_stderr_and_results_on_stdout(here: Path, capsys: Capture) -> None:
    assert main(["train", "fruit.csv", *RIPE, *QUICK, "--no-report"]) == 0
    captured = capsys.readouterr()
    assert "epoch 1/4" in captured.err and "ripe: binary" in captured.err
    assert "accuracy" in captured.out and "saved in" in captured.out
    assert f"lamina train --config {Path('runs', 'fruit-001', 'config.toml')}" in captured.out


def test_the_command_that_is_printed_makes_the_same_model(with_run: Path, capsys: Capture) -> None:
    config = with_run / "runs" / "fruit-001" / "config.toml"
    found = _json(["train", "--config", str(config), "--no-report", "--json"], capsys)
    again = with_run / found["run"]
    for name in ("predictions.csv", "history.csv", "splits.csv"):
        assert (again / name).read_bytes() == (config.parent / name).read_bytes()


def test_predict_to_stdout_keeps_the_order_of_rows(with_run: Path, capsys: Capture) -> None:
    assert main(["predict", MODEL, "fruit.csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["size", "colour", "ripe", *PREDICTED]
    given = list(csv.reader(io.StringIO(fruit_csv())))
    assert [row[:3] for row in rows] == given
    assert all(abs(float(r[4]) + float(r[5]) - 1) < 1e-5 for r in rows[1:])


@pytest.mark.parametrize(
    "ending,read", [("csv", "read_csv"), ("jsonl", "read_ndjson"), ("parquet", "read_parquet")]
)
def test_predict_to_a_file(ending: str, read: str, with_run: Path, capsys: Capture) -> None:
    assert main(["predict", "runs/fruit-001", "fruit.csv", "--out", f"out.{ending}"]) == 0
    assert capsys.readouterr().out == ""
    frame = getattr(pl, read)(f"out.{ending}")
    assert frame.height == 120 and frame.columns[-4:] == PREDICTED
    found = _json(["predict", MODEL, "fruit.csv", "-o", f"out.{ending}", "--json"], capsys)
    assert found == {"out": f"out.{ending}", "rows": 120}


def test_predict_reads_the_standard_input(
    with_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    rows = b"size,colour,note\n2.5,red,x\n,purple,y\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(rows)))
    found = _json(["predict", MODEL, "-", "--json"], capsys)["rows"]
    assert [row["note"] for row in found] == ["x", "y"]
    assert found[0]["warnings"] == "" and "colour is a level" in found[1]["warnings"]


def test_rows_are_read_as_they_are_said_to_be_written(with_run: Path, capsys: Capture) -> None:
    (with_run / "odd.txt").write_bytes("size colour note\n2.5 red é\n".encode("latin-1"))
    how = ["--sep", "space", "--encoding", "latin-1"]
    assert _json(["predict", MODEL, "odd.txt", *how, "--json"], capsys)["rows"][0]["note"] == "é"
    assert main(["evaluate", MODEL, "fruit.csv", "--no-header"]) == 3
    assert "column_1" in capsys.readouterr().err


def test_train_reads_the_standard_input(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(fruit_csv().encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    found = _json(["train", "-", *RIPE, *QUICK, "--no-report", "--json"], capsys)
    assert found["run"] == str(Path("runs", "table-001"))
    config = tomllib.loads((here / found["run"] / "config.toml").read_text())
    assert config["data"] == "-"


def test_a_reader_that_stops_early_is_no_error(with_run: Path) -> None:
    ask = [sys.executable, "-m", "lamina.cli", "predict", MODEL, "many.csv"]
    (with_run / "many.csv").write_text(fruit_csv(6000))
    with subprocess.Popen(ask, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        told = process.stderr.read().decode()
        assert process.wait() == 0, told
    assert "wrong in Lamina" not in told and "Exception ignored" not in told


def test_evaluate(with_run: Path, capsys: Capture) -> None:
    found = _json(["evaluate", MODEL, "fruit.csv", "--json"], capsys)
    assert found["rows"] == 120 and 0 < found["figures"]["accuracy"]["value"] <= 1
    rows = fruit_csv().splitlines()
    rows[1] = rows[1].rsplit(",", 1)[0] + ","
    (with_run / "gap.csv").write_text("\n".join(rows))
    assert main(["evaluate", MODEL, "gap.csv"]) == 0
    captured = capsys.readouterr()
    assert "119 test rows" in captured.out and "1 rows without a target" in captured.err


def test_inspect(with_run: Path, capsys: Capture) -> None:
    found = _json(["inspect", MODEL, "--json"], capsys)
    assert [c["name"] for c in found["columns"]] == ["size", "colour"]
    assert found["target"]["classes"] == ["no", "yes"]
    assert main(["inspect", MODEL]) == 0
    out = capsys.readouterr().out
    assert "predicts ripe: binary" in out and "hidden_1" in out


def test_report_in_korean(with_run: Path, capsys: Capture) -> None:
    english = (with_run / "runs" / "fruit-001" / "report.html").read_text(encoding="utf-8")
    assert main(["report", "runs/fruit-001", "--lang", "ko", "-o", "ko.html"]) == 0
    assert capsys.readouterr().out == "ko.html\n"
    page = (with_run / "ko.html").read_text(encoding="utf-8")
    assert '<html lang="ko"' in page and "정확도" in page and "<script" not in page
    assert '<html lang="en"' in english


def test_export(with_run: Path, capsys: Capture) -> None:
    from lamina.models import load_model

    assert main(["export", MODEL, "plain.keras"]) == 0
    assert main(["export", MODEL, "schema.json", "--format", "schema"]) == 0
    assert capsys.readouterr().out == "plain.keras\nschema.json\n"
    assert len(load_model("plain.keras").inputs) == 2
    assert json.loads((with_run / "schema.json").read_text())["target"]["names"] == ["ripe"]


def test_where_an_export_goes(with_run: Path, capsys: Capture) -> None:
    beside = Path(MODEL).parent if Path(MODEL).suffix else Path(MODEL)
    for form, name in (("keras", "network.keras"), ("schema", "schema.json")):
        assert main(["export", MODEL, "--format", form]) == 0
        assert capsys.readouterr().out == f"{beside / name}\n"
        assert (with_run / beside / name).stat().st_size > 100
    assert main(["export", MODEL, "-o", "named.keras"]) == 0
    assert Path("named.keras").exists()
    assert main(["export", MODEL, "one.keras", "--out", "two.keras"]) == 2
    assert "one file" in capsys.readouterr().err


def test_export_to_onnx(with_run: Path, capsys: Capture) -> None:
    """The file gives the model's own probabilities for encoded rows."""
    onnxruntime = pytest.importorskip("onnxruntime")
    from lamina.tables.encoding import Notes, encode_values, read_values
    from lamina.tables.model import load

    assert main(["export", MODEL, "fruit.onnx", "--format", "onnx"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "fruit.onnx\n"
    assert "the network alone: it takes encoded columns, " in captured.err
    assert "numbers (None, " in captured.err and "categories (None, " in captured.err
    model, frame = load(MODEL), pl.read_csv("fruit.csv")
    session = onnxruntime.InferenceSession("fruit.onnx")
    for rows in (1, 50):
        values = read_values(frame.head(rows), model.schema.columns)
        (result,) = session.run(None, encode_values(values, model.schema.columns, Notes()))
        expected, _ = model.outputs(frame.head(rows))
        assert result[:, 0] == pytest.approx(expected, rel=1e-5)


def test_init_then_train(here: Path, capsys: Capture) -> None:
    assert main(["init", "fruit.csv", *RIPE, "-o", "my.toml"]) == 0
    assert "lamina train --config my.toml" in capsys.readouterr().out
    config = tomllib.loads(Path("my.toml").read_text())
    assert config["types"] == {"size": "number", "colour": "category"}
    assert config["data"] == str(here / "fruit.csv")
    found = _json(["train", "-c", "my.toml", "--dry-run", "--json"], capsys)
    assert "asked for" in found["columns"]["colour"]["reason"]
    assert not (here / "runs").exists()


def test_a_flag_beats_set_beats_config_beats_default(here: Path, capsys: Capture) -> None:
    text = 'data = "fruit.csv"\ntarget = "ripe"\nlayers = [8]\nmembers = 2\nfolds = 0\n'
    Path("my.toml").write_text(text + "epochs = 9\nseed = 7\npatience = 9\n")
    words = ["--set", "epochs=5", "--set", "seed=8", "--epochs", "2", "--no-report", "--json"]
    found = _json(["train", "-c", "my.toml", *words], capsys)
    config = tomllib.loads((here / found["run"] / "config.toml").read_text())
    assert (config["epochs"], config["seed"], config["patience"]) == (2, 8, 9)
    assert config["language"] == "en" and found["epochs"] == 2


def test_without_a_target_the_columns_are_told(here: Path, capsys: Capture) -> None:
    assert main(["train", "fruit.csv"]) == 2
    told = capsys.readouterr().err
    assert "one of the columns: size, colour, ripe" in told and "--target COLUMN" in told


def test_rates_are_shown_as_they_are() -> None:
    assert _figures_text({"loss": 0.123456, "learning_rate": 0.0002}) == (
        "loss 0.1235  learning_rate 0.0002"
    )
