"""A schema travels as JSON; what is wrong in it ends in one kind of error."""

from __future__ import annotations

import copy
import json
import zipfile
from dataclasses import replace

import pytest

from lamina import layers, models
from lamina.base.errors import FileFormatError
from lamina.cli import main
from lamina.tables import TableModel, load
from lamina.tables.network import Design, build_network, finished_network
from lamina.tables.schema import Column, Schema, Series, Target

SCHEMA = Schema(
    (Column("x", "number", "r", scale=2.0), Column("c", "category", "r", levels=("a", "b"))),
    Target(("y",), "binary", "r", ("no", "yes")),
)


SERIES = Schema(
    (
        Column("day", "date", "r", format="%Y-%m-%d"),
        Column("y[t-1]", "number", "r", naive=True),
        Column("y[t-1]-y[t-2]", "number", "r"),
    ),
    Target(("y",), "regression", "r"),
    series=Series(
        Column("day", "date", "r", format="%Y-%m-%d"),
        Column("y", "number", "r", nullable=True),
        2,
        1.0,
        False,
        (1.0, 2.0),
        (5.0, 6.0),
    ),
)


def test_there_and_back():
    for schema in (SCHEMA, SERIES):
        assert Schema.from_json(json.loads(schema.to_json()), "f") == schema


def test_a_schema_of_the_first_format_is_read():
    plain = json.loads(SCHEMA.to_json()) | {"format": 1}
    del plain["series"]
    for column in plain["columns"]:
        del column["naive"]
    assert Schema.from_json(plain, "f") == SCHEMA


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 3),
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
def test_a_damaged_schema_is_refused(path, value, schema=SCHEMA):
    plain = copy.deepcopy(json.loads(schema.to_json()))
    place = plain
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(FileFormatError, match="schema"):
        Schema.from_json(plain, "model.keras")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("series",), None),
        (("series", "lags"), 3),
        (("series", "gap"), 0.0),
        (("series", "relative"), True),
        (("target", "log"), True),
        (("series", "moments"), [2.0, 1.0]),
        (("series", "values"), [1.0]),
        (("series", "values"), [1.0, None]),
        (("series", "moment", "kind"), "text"),
        (("series", "value", "name"), "z"),
        (("columns", 2, "naive"), True),
        (("columns", 2, "kind"), "category"),
        (("target", "task"), "binary"),
        (("target", "names"), ["z"]),
    ],
)
def test_a_damaged_series_is_refused(path, value):
    test_a_damaged_schema_is_refused(path, value, SERIES)


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


def test_a_schema_that_was_changed_by_hand_is_refused(small_run, tmp_path):
    path = tmp_path / "odd.keras"
    source = small_run.folder / "model.keras"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "lamina_table.json":
                content += b" "
            new.writestr(item, content)
    with pytest.raises(FileFormatError, match="SHA-256"):
        load(path)


def _without(schema: Schema, name: str) -> Schema:
    return replace(schema, columns=tuple(c for c in schema.columns if c.name != name))


def _with_level(schema: Schema, level: str) -> Schema:
    return replace(
        schema,
        columns=tuple(
            replace(c, levels=(*c.levels, level)) if c.kind == "category" else c
            for c in schema.columns
        ),
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: _without(s, "size"), "numbers (5,)"),
        (lambda s: _without(s, "colour"), "inputs numbers (7,), by the schema"),
        (lambda s: _with_level(s, "violet"), "6 places for 'colour'"),
        (lambda s: replace(s, columns=(*s.columns, Column("t", "text", "", places=8))), "pieces_0"),
        (
            lambda s: replace(s, target=Target(("y",), "multiclass", "", ("a", "b", "c"))),
            "outputs (3,) for task 'multiclass'",
        ),
    ],
)
def test_a_schema_of_another_network_is_refused(small_run, tmp_path, change, told, capsys):
    model = small_run.model
    path = tmp_path / "mixed.keras"
    TableModel(model.network, change(model.schema)).save(path)
    with pytest.raises(FileFormatError, match="do not fit each other") as error:
        load(path)
    assert told in str(error.value)
    assert main(["predict", str(path), str(path), "--json"]) == 4
    assert told in json.loads(capsys.readouterr().out)["error"]["message"]


def test_a_network_of_another_make_is_refused(small_run, tmp_path):
    network = models.Sequential([layers.Input((2,)), layers.Dense(1)])
    TableModel(network, small_run.model.schema).save(tmp_path / "own.keras")
    with pytest.raises(FileFormatError, match="inputs without names"):
        load(tmp_path / "own.keras")


def test_networks_with_texts_and_many_levels_fit_their_schema(tmp_path):
    columns = (
        Column("t", "text", "", places=16),
        Column("c", "category", "", levels=tuple(f"level {i}" for i in range(30))),
    )
    schema = Schema(columns, Target(("y",), "regression", ""))
    trained = build_network(columns, schema.target, Design(members=1, units=()), 0)
    network = finished_network(trained, schema.target, 1.0)
    TableModel(network, schema).save(tmp_path / "m.keras")
    assert load(tmp_path / "m.keras").schema == schema
