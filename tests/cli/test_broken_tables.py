"""Broken tables and impossible requests: exit code, message and hint, and nothing made or lost.

Every case is asked twice, for people and for programs, in a folder that holds an earlier run. None
of them gets as far as training.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fruit_table import fruit_csv

from lamina.cli import main

pytest.importorskip("typer")
pl = pytest.importorskip("polars")
pytest.importorskip("sklearn")
pytest.importorskip("pydantic")

Capture = pytest.CaptureFixture[str]
USAGE, DATA = 2, 3


def _parquet(path: Path) -> bytes:
    pl.read_csv(io.StringIO(fruit_csv())).write_parquet(path)
    return path.read_bytes()


def _make_files(here: Path) -> None:
    """Every broken file, named after what is wrong with it."""
    good = fruit_csv(60)
    texts = {
        "empty.csv": "",
        "blank.csv": "\n\n  \n",
        "header_only.csv": "size,colour,ripe\n",
        "ragged.csv": good + "1.0,red\n2.0,red,yes,7\n",
        "nul.csv": good.replace("red", "re\0d", 1),
        "one_column.csv": "ripe\n" + "yes\nno\n" * 30,
        "same_names.csv": good.replace("colour", "size", 1),
        "no_target.csv": fruit_csv(60, ripe=[""] * 60),
        "one_class.csv": fruit_csv(60, ripe=["yes"] * 60),
        "few.csv": fruit_csv(12),
        "rare.csv": fruit_csv(60, ripe=["yes", "no"] * 29 + ["maybe", "perhaps"]),
        "days.csv": fruit_csv(60, day=[f"{1 + i % 12}/{1 + i % 11}/2020" for i in range(60)]),
        "one_group.csv": fruit_csv(60, farm=["north"] * 60),
        "series.csv": fruit_csv(
            60,
            day=[str(np.datetime64("2021-03-01") + i) for i in range(60)],
            wave=["1", "2", "3"] * 20,
            level=[f"{0.1 * i * i:.2f}" for i in range(60)],
        ),
        "constant.csv": "size,ripe\n" + "3,yes\n3,no\n" * 30,
        "broken.jsonl": '{"size": 1, "ripe": "no"}\n' * 30 + '{"size": 1,\n',
        "numbers.jsonl": "1\n2\n",
        "broken.json": "[1, 2",
        "named.parquet": good,
        "unknown_key.toml": 'data = "fruit.csv"\ntarget = "ripe"\nepocs = 3\n',
        "broken.toml": "data = = 3",
        "no_data.toml": 'target = "ripe"\n',
        "odd_data.toml": 'data = 3\ntarget = "ripe"\n',
        "odd_value.toml": 'data = "fruit.csv"\ntarget = "ripe"\nepochs = "many"\n',
        "a_file": "x",
    }
    for name, text in texts.items():
        (here / name).write_text(text)
    (here / "undecodable.csv").write_bytes(good.encode() + b"\xff\xfe\x00\xff,red,yes\n")
    (here / "latin.csv").write_bytes(good.replace("red", "röd").encode("latin-1"))
    (here / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    whole = _parquet(here / "whole.parquet")
    (here / "damaged.parquet").write_bytes(whole[:-200])
    (here / "scratched.parquet").write_bytes(whole[:-60] + b"\xff" * 40 + whole[-20:])
    (here / "folder").mkdir()


RIPE = ["-t", "ripe"]
CASES: list[tuple[list[str], int, tuple[str, ...]]] = [
    # --- no table there ---
    (["frut.csv", *RIPE], DATA, ("no file 'frut.csv'", "Did you mean 'fruit.csv'?")),
    (["nowhere/fruit.csv", *RIPE], DATA, ("no folder 'nowhere'",)),
    (["folder", *RIPE], USAGE, ("'folder' holds pictures", "leave out --target")),
    (["folder"], DATA, ("'folder' must hold a folder of pictures for each class",)),
    (["https://x.org/a.csv", *RIPE], DATA, ("'https://x.org/a.csv' is an address", "download")),
    (["a\0b.csv", *RIPE], DATA, ("null byte",)),
    (["empty.csv", *RIPE], DATA, ("'empty.csv' is empty", "header and rows")),
    (["-", *RIPE], DATA, ("standard input", "is empty")),
    (["blank.csv", *RIPE], DATA, ("'blank.csv' has no rows",)),
    (["header_only.csv", *RIPE], DATA, ("no rows below it", "--no-header")),
    # --- no table in it ---
    (["ragged.csv", *RIPE], DATA, ("2 of 63 rows", "line 62 has 2 cells", "--skip-bad-rows")),
    (["undecodable.csv", *RIPE], DATA, ("offset", "line 62", "ff fe", "--encoding")),
    (["latin.csv", *RIPE, "--encoding", "utf-8"], DATA, ("not text in utf-8", "--encoding")),
    (["fruit.csv", *RIPE, "--encoding", "klingon"], USAGE, ("no encoding 'klingon'", "cp949")),
    (["nul.csv", *RIPE], DATA, ("NUL byte in line",)),
    (["picture.csv", *RIPE], DATA, ("a PNG picture",)),
    (["same_names.csv", *RIPE], DATA, ("'size' is in columns 1 and 2", "name of its own")),
    (["broken.jsonl", *RIPE], DATA, ("line 31 is not JSON", "one record per line")),
    (["numbers.jsonl", *RIPE], DATA, ("line 1 is no record", "one record per line")),
    (["broken.json", *RIPE], DATA, ("'broken.json' is not JSON",)),
    (["damaged.parquet", *RIPE], DATA, ("'damaged.parquet'", "cannot be read")),
    (["scratched.parquet", *RIPE], DATA, ("'scratched.parquet'", "cannot be read")),
    (["named.parquet", *RIPE], DATA, ("not a Parquet file",)),
    (["fruit.csv", *RIPE, "--sep", "--"], USAGE, ("must be one character", "tab")),
    (["fruit.csv", *RIPE, "--sep", ";"], DATA, ("no target column", "'size,colour,ripe'")),
    # --- nothing to predict, or to predict from ---
    (["fruit.csv", "-t", "rip"], DATA, ("no target column 'rip'", "Did you mean 'ripe'?")),
    (["no_target.csv", *RIPE], DATA, ("'ripe' is empty in all 60 rows",)),
    (["one_class.csv", *RIPE], DATA, ("one class only: 'yes' in all 60 rows",)),
    (["few.csv", *RIPE], DATA, ("Only 12 of 12 rows", "20 are needed")),
    (["rare.csv", *RIPE], DATA, ("'maybe' (1), 'perhaps' (1)", "--merge-rare")),
    (["rare.csv", *RIPE, "--merge-rare"], DATA, ("even together", "3 are needed")),
    (["fruit.csv", *RIPE, "--task", "regression"], DATA, ("120 of 120 cells", "row 1")),
    (["fruit.csv", *RIPE, "--task", "guess"], USAGE, ("names no task", "multilabel")),
    (["fruit.csv", *RIPE, "-t", "colour"], DATA, ("Label 'colour'", "yes nor no")),
    (["fruit.csv", *RIPE, *RIPE], USAGE, ("each once",)),
    (["fruit.csv"], USAGE, ("what to predict", "fruit.csv --target COLUMN")),
    (RIPE, USAGE, ("name the table",)),
    (["one_column.csv", *RIPE], DATA, ("no column beside the target", "--sep")),
    (["constant.csv", *RIPE], DATA, ("No column is left", "size: ", "--types")),
    (["fruit.csv", *RIPE, "--drop", "size,colour"], DATA, ("that are dropped",)),
    (["fruit.csv", *RIPE, "--drop", "ripe"], DATA, ("'ripe' is the target",)),
    (["fruit.csv", *RIPE, "--drop", "siz"], DATA, ("--drop names 'siz'", "'size'?")),
    # --- kinds of columns ---
    (["days.csv", *RIPE], DATA, ("Column 'day'", "--types day=date:%d/%m/%Y")),
    (["fruit.csv", *RIPE, "--types", "size=colour"], USAGE, ("'size'", "number, category")),
    (["fruit.csv", *RIPE, "--types", "siz=number"], DATA, ("--types names 'siz'", "'size'?")),
    (["fruit.csv", *RIPE, "--types", "size"], USAGE, ("COLUMN=KIND, not 'size'",)),
    (["fruit.csv", *RIPE, "--types", "ripe=number"], DATA, ("'ripe' is the target",)),
    (["fruit.csv", *RIPE, "--types", "size=date:%Q"], USAGE, ("format", "'%Q'", "%d/%m/%Y")),
    (["fruit.csv", *RIPE, "--types", "size=date"], DATA, ("'size'", "no known format")),
    (["fruit.csv", *RIPE, "--types", "colour=number"], DATA, ("no cell is one", "category")),
    # --- the split ---
    (["fruit.csv", *RIPE, "--time-column", "colour"], DATA, ("neither dates nor numbers",)),
    (["fruit.csv", *RIPE, "--time-column", "siz"], DATA, ("--time-column names 'siz'",)),
    (["fruit.csv", *RIPE, "--time-column", "size", "--cv", "5"], USAGE, ("cannot be had",)),
    (["fruit.csv", *RIPE, "--lags", "3"], USAGE, ("the task is 'binary'", "--task regression")),
    (["fruit.csv", "-t", "size", "--lags", "3"], DATA, ("a column of moments", "--time-column")),
    (["fruit.csv", "-t", "size", "--lags", "-1"], USAGE, ("'--lags'", "equal to 0")),
    (["series.csv", "-t", "level", "--lags", "50"], DATA, ("60 rows are too few", "fewer lags")),
    (
        ["series.csv", "-t", "level", "--lags", "3", "--time-column", "wave"],
        DATA,
        ("have the 'wave' of another one", "--lags 0"),
    ),
    (
        ["series.csv", "-t", "level", "--lags", "3", "--group-column", "size"],
        USAGE,
        ("`lags` and `group_column`", "one group's rows"),
    ),
    (["series.csv", "-t", "level", "--lags", "3", "--stream"], USAGE, ("no lags", "streamed")),
    (["one_group.csv", *RIPE, "--group-column", "farm"], DATA, ("'farm' has 1 group",)),
    (["fruit.csv", *RIPE, "--group-column", "frm"], DATA, ("--group-column names 'frm'",)),
    (["fruit.csv", *RIPE, "--split", "half"], USAGE, ("70/15/15, not 'half'",)),
    (["fruit.csv", *RIPE, "--split", "inf/1/1"], USAGE, ("70/15/15, not 'inf/1/1'",)),
    (["fruit.csv", *RIPE, "--split", "0/50/50"], USAGE, ("the first above 0",)),
    (["fruit.csv", *RIPE, "--cv", "1"], USAGE, ("0, or 2",)),
    # --- settings ---
    (["fruit.csv", *RIPE, "--set", "epochs"], USAGE, ("--set takes NAME=VALUE, not 'epochs'",)),
    (["fruit.csv", *RIPE, "--set", "=3"], USAGE, ("--set takes NAME=VALUE, not '=3'",)),
    (["fruit.csv", *RIPE, "--set", "epocs=3"], USAGE, ("'epocs'", "Did you mean 'epochs'?")),
    (["fruit.csv", *RIPE, "--set", "epochs=many"], USAGE, ("epochs = 'many'", "integer")),
    (["fruit.csv", *RIPE, "--set", "epochs.a=3"], USAGE, ("epochs = {'a': 3}",)),
    (
        ["fruit.csv", *RIPE, "--set", "types=3", "--set", "types.size=number", "--lr", "0"],
        USAGE,
        ("learning_rate = 0.0",),
    ),
    (["-c", "unknown_key.toml"], USAGE, ("'unknown_key.toml'", "'epocs'", "'epochs'?")),
    (["-c", "broken.toml"], USAGE, ("'broken.toml' is not TOML", "line 1")),
    (["-c", "no_data.toml"], USAGE, ("name the table",)),
    (["-c", "odd_data.toml"], USAGE, ("data = 3 is no path",)),
    (["-c", "odd_value.toml"], USAGE, ("epochs = 'many'", "integer")),
    (["-c", "nowhere.toml"], USAGE, ("cannot read the config 'nowhere.toml'",)),
    (["-c", "folder"], USAGE, ("cannot read the config 'folder'",)),
    (["fruit.csv", *RIPE, "--layers", "big"], USAGE, ("64,32, not 'big'",)),
    (["fruit.csv", *RIPE, "--layers", "64,0"], USAGE, ("layers = [64, 0]", "1 to 4096 units")),
    (["fruit.csv", *RIPE, "--lr", "nan"], USAGE, ("learning_rate = nan", "finite")),
    (["fruit.csv", *RIPE, "--lr", "fast"], USAGE, ("'--lr'", "valid number")),
    (["fruit.csv", *RIPE, "--epochs", "0"], USAGE, ("'--epochs'", "equal to 1")),
    (["fruit.csv", *RIPE, "--threshold", "2"], USAGE, ("threshold = 2.0", "less than 1")),
    (["fruit.csv", *RIPE, "--dropout", "1"], USAGE, ("dropout = 1.0", "less than 1")),
    (["fruit.csv", *RIPE, "--class-weight", "huge"], USAGE, ("'huge'", "'balanced'")),
    (["fruit.csv", *RIPE, "--lang", "fr"], USAGE, ("'fr'", "'ko'")),
    (["fruit.csv", *RIPE, "--epoch", "3"], USAGE, ("--epochs",)),
    # --- where to ---
    (["fruit.csv", *RIPE, "--out", "a_file"], USAGE, ("'a_file' is a file", "--out")),
    (["fruit.csv", *RIPE, "--out", "a_file/runs"], USAGE, ("'a_file' is a file", "--out")),
]


def _contents(folder: Path) -> dict[str, Any]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of broken files, a good one, and what stands for an earlier run."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "fruit.csv").write_text(fruit_csv())
    _make_files(folder)
    run = folder / "runs" / "fruit-001"
    run.mkdir(parents=True)
    (run / "model.keras").write_text("an earlier run")
    (run.parent / "latest.txt").write_text("fruit-001\n")
    return folder


@pytest.mark.parametrize("words,code,told", CASES, ids=[repr(" ".join(w)) for w, *_ in CASES])
def test_a_broken_table_or_request(
    words: list[str],
    code: int,
    told: tuple[str, ...],
    broken: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(broken)
    before = _contents(broken)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert main(["train", *words]) == code
    captured = capsys.readouterr()
    assert captured.err.startswith("lamina: ") and captured.out == ""
    assert "Traceback" not in captured.err and "wrong in Lamina itself" not in captured.err
    for part in told:
        assert part in captured.err
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert main(["train", *words, "--json"]) == code
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert list(found) == ["error"] and list(found["error"]) == ["code", "message", "hint"]
    assert found["error"]["code"] == code and found["error"]["message"]
    assert found["error"]["hint"] or code == DATA
    assert captured.err == ""
    assert _contents(broken) == before


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40 and len({tuple(words) for words, *_ in CASES}) == len(CASES)


@pytest.mark.parametrize(
    "words",
    [
        ["ragged.csv", "--skip-bad-rows"],
        ["days.csv", "--types", "day=date:%d/%m/%Y"],
        ["latin.csv", "--encoding", "latin-1"],
        ["fruit.csv", "--sep", "comma", "--drop", "size"],
        ["whole.parquet", "--group-column", "colour"],
        ["fruit.csv", "--types", "size=category", "--split", "60/20/20"],
    ],
    ids=" ".join,
)
def test_what_the_hint_says_helps(
    words: list[str], broken: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(broken)
    before = _contents(broken)
    assert main(["train", *words, *RIPE, "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["target"] == ["ripe"] and found["columns"]
    assert _contents(broken) == before


def test_rare_classes_are_merged(here: Path, capsys: Capture) -> None:
    rare = ["maybe", "perhaps", "perhaps"]
    (here / "rare.csv").write_text(fruit_csv(60, ripe=["yes", "no", "yes"] * 19 + rare))
    assert main(["train", "rare.csv", *RIPE, "--merge-rare", "--dry-run", "--json"]) == 0
    assert "became '(other)'" in json.loads(capsys.readouterr().out)["task_reason"]


@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read(encoding: str, here: Path, capsys: Capture) -> None:
    text = fruit_csv().replace("colour", "색깔").replace("red", "빨강").replace("ripe", "익음")
    (here / "과일.csv").write_bytes(text.encode(encoding))
    assert main(["train", "과일.csv", "-t", "익음", "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["target"] == ["익음"] and set(found["columns"]) == {"size", "색깔"}
    assert any(encoding in note for note in found["notes"])


def test_a_folder_that_may_not_be_written_to(here: Path, capsys: Capture) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("the user may write everywhere")
    (here / "closed").mkdir(mode=0o500)
    assert main(["train", "fruit.csv", *RIPE, "--out", "closed"]) == USAGE
    assert "may not be written to" in capsys.readouterr().err
