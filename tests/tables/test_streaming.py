"""Tables that stay in their file: as good as in memory, the same every time, and memory stays flat.

The large one runs on demand: `pytest -m slow tests/tables/test_streaming.py`, its size in gigabytes
in LAMINA_STREAM_GB (5 if it is not set).
"""

from __future__ import annotations

import gzip
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lamina.base.errors import ArgumentError
from lamina.cli import main
from lamina.tables import TableError, read_table, sampling, stored, streaming, train
from lamina.tables import pieces as pieces_of
from lamina.tables.holding import hold
from lamina.tables.pieces import cut_lines, open_pieces
from lamina.tables.preparing import prepare
from lamina.tables.settings import make_settings
from lamina.tables.splits import TEST, TRAIN, VALIDATION

CHOICES = {"layers": (16,), "members": 2, "epochs": 6, "folds": 0, "learning_rate": 5e-3}


def rows_of(count: int, seed: int = 0) -> pl.DataFrame:
    """Rows whose target follows three columns of different kinds."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 4))
    colour = rng.choice(["red", "green", "blue", "teal"], count)
    days = rng.integers(0, 900, count)
    score = x[:, 0] + x[:, 1] * x[:, 2] + (colour == "red") + 0.3 * rng.normal(size=count)
    return pl.DataFrame(
        {
            **{f"x{i}": np.char.mod("%.4f", x[:, i]) for i in range(4)},
            "colour": colour,
            "day": (np.datetime64("2020-01-01") + days).astype(str),
            "y": np.where(score > 0.3, "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file of about 800 kB: a third of its rows repeat others, and some lack the target."""
    path = tmp_path_factory.mktemp("large") / "large.csv"
    frame = rows_of(11_000)
    frame = pl.concat([frame, frame[:5_000]]).sample(fraction=1, shuffle=True, seed=1)
    lacking = np.arange(frame.height) % 500 == 7
    frame = frame.with_columns(
        pl.when(pl.Series(lacking)).then(None).otherwise(pl.col("y")).alias("y")
    )
    frame.write_csv(path)
    return path


@pytest.fixture
def small_pieces(monkeypatch):
    """Pieces of 100 kB, samples of 3,000 rows and epochs of 5,000."""
    monkeypatch.setattr(pieces_of, "PIECE_BYTES", 100_000)
    monkeypatch.setattr(streaming, "SAMPLE_ROWS", 3_000)
    monkeypatch.setattr(stored, "EPOCH_ROWS", 5_000)


def test_a_streamed_run_is_as_good_and_repeats_itself(large, small_pieces, tmp_path, monkeypatch):
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "cache"))
    whole = train(str(large), "y", out=None, report=False, stream=False, **CHOICES)
    run = train(str(large), "y", out=tmp_path, stream=True, **{**CHOICES, "epochs": 12})
    assert run.metrics["auc"] > whole.metrics["auc"] - 0.03
    assert run.prepared.counts[TRAIN] == pytest.approx(0.7 * 15_968, rel=0.05)
    assert run.prepared.dropped == {"no target": 32}
    assert any("streamed: 16,000 rows" in note for note in run.prepared.table.notes)
    metrics = json.loads((run.folder / "metrics.json").read_text())
    assert metrics["rows"]["training"] == run.prepared.counts[TRAIN]
    tested = int((run.prepared.split.part == TEST).sum())
    assert pl.read_csv(run.folder / "predictions.csv").height == tested > 300
    assert (run.folder / "report.html").exists()
    assert not any((tmp_path / "cache" / "tables").iterdir())  # the encoded rows are gone
    words = shlex.split(run.command)[1:]
    assert main([*words, "--out", str(tmp_path / "again"), "--quiet", "--no-report"]) == 0
    (again,) = (tmp_path / "again").glob("large-*")
    for name in ("predictions.csv", "history.csv", "splits.csv"):
        assert (again / name).read_bytes() == (run.folder / name).read_bytes()


def test_rows_that_a_killed_run_left_are_removed(large, small_pieces, tmp_path, monkeypatch):
    pytest.importorskip("fcntl")
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path))
    left, living, other = (tmp_path / "tables" / n for n in ("rows-left", "rows-living", "other"))
    for folder in (left, living, other):
        folder.mkdir(parents=True)
        (folder / "held").touch()
    with hold(living / "held"):
        train(large, "y", stream=True, out=None, report=False, **{**CHOICES, "epochs": 1})
    assert sorted((tmp_path / "tables").iterdir()) == [other, living]


def test_equal_rows_are_on_one_side_and_each_row_is_somewhere(large, small_pieces):
    prepared = prepare(str(large), make_settings({"target": "y", "stream": True}))
    rule = prepared.stream.rule
    found = pl.concat(f.with_columns(part=rule.parts(f)) for f in prepared.stream.pieces)
    assert found.height == 16_000
    inputs = [n for n in found.columns if n not in ("y", "part")]
    assert found.group_by(inputs).agg(pl.col("part").n_unique())["part"].max() == 1
    shares = np.bincount(found["part"], minlength=3) / found.height
    np.testing.assert_allclose(shares, [0.7, 0.15, 0.15], atol=0.03)
    np.testing.assert_array_equal(  # the sample lies where the rule says
        prepared.split.part, found["part"].to_numpy()[prepared.rows]
    )
    trained = sum(f.height for f, _ in prepared.stream.training(prepared.target))
    assert trained == found.filter(pl.col("y").is_not_null() & (pl.col("part") == TRAIN)).height


def test_nothing_is_learned_from_test_rows(large, small_pieces, tmp_path):
    """What test rows hold in a column that does not decide where they belong changes nothing."""
    settings = {"target": "y", "stream": True, "group_column": "key"}
    frame = pl.read_csv(large, infer_schema=False).with_row_index("key")
    clean, spoiled = tmp_path / "clean.csv", tmp_path / "spoiled.csv"
    frame.write_csv(clean)
    first = prepare(str(clean), make_settings(settings))
    part = first.stream.rule.parts(frame.cast(pl.String))
    test = pl.Series(part == TEST)
    frame.with_columns(
        x0=pl.when(test).then(pl.lit("123456789")).otherwise("x0"),
        colour=pl.when(test).then(pl.lit("mauve")).otherwise("colour"),
    ).write_csv(spoiled)
    second = prepare(str(spoiled), make_settings(settings))
    assert second.columns == first.columns
    np.testing.assert_array_equal(second.rows, first.rows)
    stored_rows = [pl.concat(f for f, _ in p.stream.training(p.target)) for p in (first, second)]
    assert stored_rows[0].equals(stored_rows[1])


def test_regressions_weights_and_time(large, small_pieces):
    run = train(
        str(large), "x0", out=None, report=False, stream=True, time_column="day", drop=["y"],
        **{**CHOICES, "epochs": 1},
    )  # fmt: skip
    assert run.model.schema.target.task == "regression"
    days, part = run.prepared.frame["day"].to_numpy(), run.prepared.split.part
    assert days[part == TRAIN].max() < days[part == TEST].min()
    assert any("an epoch is 5,000 of" in note for note in run.prepared.split.notes)
    run = train(
        str(large), "colour", out=None, report=False, stream=True, class_weight="balanced",
        **{**CHOICES, "epochs": 1},
    )  # fmt: skip
    assert run.model.schema.target.classes == ("blue", "green", "red", "teal")


def test_test_rows_may_be_given_apart(large, small_pieces):
    apart = rows_of(300, seed=9)
    settings = make_settings({"target": "y", "stream": True})
    prepared = prepare(str(large), settings, apart)
    assert (prepared.split.part == TEST).sum() == 300
    assert prepared.frame[-300:].equals(apart.drop("y"))
    assert set(prepared.stream.rule.parts(rows_of(1000))) == {TRAIN, VALIDATION}


@pytest.mark.parametrize("form", ["csv", "crlf", "cp949", "gz", "parquet", "quoted"])
def test_pieces_together_are_the_table(form, tmp_path, small_pieces):
    path = tmp_path / f"a.{'parquet' if form == 'parquet' else 'csv'}"
    frame = rows_of(6_000, seed=2)
    if form == "quoted":
        words = pl.Series([f'a "{i}",\nb' if i % 3 else "plain" for i in range(6_000)])
        frame = frame.with_columns(words=words)
    if form == "cp949":
        frame = frame.with_columns(colour=pl.lit("빨간색"))
    if form == "parquet":
        frame = frame.cast({f"x{i}": pl.Float64 for i in range(4)})
        frame.write_parquet(path)
    else:
        text = frame.write_csv()
        if form == "crlf":
            text = text.replace("\n", "\r\n")
        content = text.encode("cp949" if form == "cp949" else "utf-8")
        if form == "gz":
            path = tmp_path / "a.csv.gz"
            content = gzip.compress(content)
        path.write_bytes(content)
    pieces = open_pieces(path)
    found = list(pieces)
    assert len(found) > 1 or form == "parquet"
    assert pl.concat(found).equals(read_table(path).frame)
    assert pl.concat(pieces).equals(pl.concat(found))  # a second pass is like the first
    assert pieces.name == "a"


def test_broken_lines_are_told_with_their_place(tmp_path, small_pieces):
    path = tmp_path / "a.csv"
    text = rows_of(6_000).write_csv().split("\n")
    text[5_500] = "1,2,3"
    path.write_text("\n".join(text))
    with pytest.raises(TableError, match=r"line [\d,]+ has 3 cells.*count from line"):
        list(open_pieces(path))
    assert sum(f.height for f in open_pieces(path, skip_bad_rows=True)) == 5_999


def test_cuts():
    assert cut_lines(b"a,b\n1,2\n3") == (b"a,b\n1,2\n", b"3")
    assert cut_lines(b"no line") == (b"", b"no line")
    assert cut_lines(b'5" pipe,1\nb,2\nc') == (b'5" pipe,1\nb,2\n', b"c")


def test_a_sample_is_even_and_bounded():
    frame = pl.DataFrame({"i": np.arange(50_000)})
    one, other = sampling.Sample(500, 3), sampling.Sample(500, 3)
    one.add(frame)
    for start in range(0, 50_000, 700):
        other.add(frame[start : start + 700])
    (rows, places), (again, _) = one.drawn(), other.drawn()
    assert rows.height == 500
    assert rows.equals(again)
    np.testing.assert_array_equal(rows["i"], places)
    assert abs(rows["i"].mean() / 25_000 - 1) < 0.1


def test_what_cannot_be_streamed_is_refused(large):
    for data, problem in (({"a": [1]}, "Only a file"), ("rows.jsonl", "Only a file")):
        with pytest.raises(ArgumentError, match=problem):
            train(data, "a", stream=True, out=None)
    with pytest.raises(ArgumentError, match="folds"):
        train(str(large), "y", stream=True, folds=5, out=None)
    with pytest.raises(TableError, match="no target column 'z'"):
        train(str(large), "z", stream=True, out=None)


def test_size_decides(large, monkeypatch):
    assert not streaming.is_streamed(str(large), None)
    monkeypatch.setattr(streaming, "available_memory", lambda: large.stat().st_size)
    assert streaming.is_streamed(str(large), None)
    assert not streaming.is_streamed(str(large), False)


def test_large_files_are_scored_in_pieces(small_run, tmp_path, monkeypatch, small_pieces, capsys):
    path, model = tmp_path / "known.csv", str(small_run.folder / "model.keras")
    rows = pl.read_csv(small_run.folder.parent / "fruit.csv", infer_schema=False)
    without = rows.head(40).with_columns(ripe=pl.lit(""))
    pl.concat([without, *[rows] * 30, without]).write_csv(path)
    assert main(["evaluate", model, str(path)]) == 0
    whole = capsys.readouterr()
    assert "80 rows without a target" in whole.err
    monkeypatch.setattr(streaming, "available_memory", lambda: 1)
    monkeypatch.setattr(pieces_of, "PIECE_BYTES", 60_000)
    assert main(["evaluate", model, str(path)]) == 0
    assert capsys.readouterr() == whole


def test_large_files_are_predicted_in_pieces(small_run, tmp_path, monkeypatch, small_pieces):
    path, model = tmp_path / "new.csv", str(small_run.folder / "model.keras")
    rows = pl.read_csv(small_run.folder.parent / "fruit.csv", infer_schema=False)
    pl.concat([rows] * 60).write_csv(path)
    assert main(["predict", model, str(path), "--out", str(tmp_path / "whole.csv")]) == 0
    monkeypatch.setattr(streaming, "available_memory", lambda: 1)
    monkeypatch.setattr(pieces_of, "PIECE_BYTES", 60_000)
    for name in ("a.csv", "a.jsonl"):
        assert main(["predict", model, str(path), "--out", str(tmp_path / name)]) == 0
    whole = (tmp_path / "whole.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == whole
    assert pl.read_ndjson(tmp_path / "a.jsonl").height == 60 * rows.height
    assert main(["predict", model, str(path), "--out", str(tmp_path / "a.parquet")]) == 2


_CHILD = """
import sys, time
from lamina.tables import train
began = time.perf_counter()
run = train(sys.argv[1], "y", out=sys.argv[2], stream=True, epochs=3, members=2, layers=(64,))
seconds = time.perf_counter() - began
print(run.metrics["auc"], run.prepared.counts, round(run.seconds), round(seconds))
"""


@pytest.mark.slow
def test_memory_stays_flat(tmp_path):
    size = float(os.environ.get("LAMINA_STREAM_GB", "5")) * 1e9
    if not Path("/proc/self/status").exists():
        pytest.skip("memory is measured by Linux's /proc")
    if shutil.disk_usage(tmp_path).free < 3 * size:
        pytest.skip(f"{3 * size / 1e9:.0f} GB of disk are needed under {tmp_path}")
    path = tmp_path / "huge.csv"
    try:
        _write_huge(path, size)
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(path), str(tmp_path / "runs")],
            env={**os.environ, "LAMINA_CACHE": str(tmp_path / "cache")},
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            peak = 0
            while child.poll() is None:
                peak = max(peak, _anonymous_bytes(child.pid))
                time.sleep(0.2)
            said = child.stdout.read()
        seconds = time.perf_counter() - began
        print(f"\n{path.stat().st_size / 1e9:.2f} GB: {seconds:.0f} s, {peak / 1e6:.0f} MB; {said}")
        assert child.returncode == 0
        assert float(said.split()[0]) > 0.95
        assert peak < 1.5e9
    finally:
        shutil.rmtree(tmp_path, ignore_errors=True)


def _write_huge(path: Path, size: float) -> None:
    block = rows_of(500_000).drop("x3")
    with open(path, "wb") as file:
        rng = np.random.default_rng(0)
        while file.tell() < size:
            x3 = pl.Series(rng.normal(size=block.height)).round(6)  # no two blocks are equal
            block.with_columns(x3=x3).write_csv(file, include_header=not file.tell())


def _anonymous_bytes(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return sum(int(s.split()[1]) << 10 for s in status.splitlines() if s.startswith("RssAnon"))
