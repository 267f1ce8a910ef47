"""A schema travels as JSON; what is wrong in it ends in one kind of error."""

from __future__ import annotations

import copy
import json
import zipfile

import pytest

from lamina.base.errors import FileFormatError
from lamina.tables import load
from lamina.tables.schema import Column, Schema, Target

SCHEMA = Schema(
    (Column("x", "number", "r", scale=2.0), Column("c", "category", "r", levels=("a", "b"))),
    Target(("y",), "binary", "r", ("no", "yes")),
)


def test_there_and_back():
    assert Schema.from_json(json.loads(SCHEMA.to_json()), "f") == SCHEMA


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2),
        (("format",), "1"),
        (("columns",), 3),
        (("columns", 0, "kind"), "evil"),
        (("columns", 0, "scale"), 0.0),
        (("columns", 0, "scale"), float("nan")),
        (("columns", 0, "center"), "3"),
        (("columns", 0, "name"), None),
        (("columns", 0, "name"), "c"),
        (("columns", 1, "levels"), ["a", "a"]),
        (("columns", 1, "levels"), ["a", 2]),
        (("columns", 0, "places"), 1 << 40),
        (("target", "task"), "guess"),
        (("target", "classes"), ["no"]),
        (("target", "names"), []),
        (("temperature",), 0),
        (("figures",), None),
        (("target",), None),
    ],
)
def test_a_damaged_schema_is_refused(path, value):
    plain = copy.deepcopy(json.loads(SCHEMA.to_json()))
    place = plain
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(FileFormatError, match="schema"):
        Schema.from_json(plain, "model.keras")


def test_files_that_are_no_table_models(small_run, tmp_path):
    missing = tmp_path / "none.keras"
    with pytest.raises(FileFormatError, match="cannot read"):
        load(missing)
    small_run.model.network.save(tmp_path / "plain.keras")
    with pytest.raises(FileFormatError, match="without a table's schema"):
        load(tmp_path / "plain.keras")
    content = (small_run.folder / "model.keras").read_bytes()
    half = tmp_path / "half.keras"
    half.write_bytes(content[: len(content) // 2])
    with pytest.raises(FileFormatError):
        load(half)


def test_a_schema_that_does_not_fit_the_network_is_refused(small_run, tmp_path):
    path = tmp_path / "odd.keras"
    source = small_run.folder / "model.keras"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "lamina_table.json":
                plain = json.loads(content)
                del plain["columns"][0]
                content = json.dumps(plain).encode()
            new.writestr(item, content)
    with pytest.raises(FileFormatError):
        load(path)
