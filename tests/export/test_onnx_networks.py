"""The networks that `lamina train` makes, of tables and of pictures, as ONNX files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx_running import assert_same, exported, inputs_for, random_weights

pytest.importorskip("polars")
pytest.importorskip("pydantic")
pytest.importorskip("sklearn")

from lamina.images import network as pictures
from lamina.tables import network as tables
from lamina.tables.schema import Column, Target

COLUMNS = [
    Column("size", "number", ""),
    Column("day", "date", "", nullable=True),
    Column("colour", "category", "", levels=("red", "green")),
    Column("town", "category", "", levels=tuple(map(str, range(30)))),
    Column("note", "text", "", places=50),
]


def target(task: str) -> Target:
    classes = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c")}.get(task, ())
    return Target(names=("y",), task=task, reason="", classes=classes, center=5.0, scale=2.0)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_tables(task: str, tmp_path: Path) -> None:
    design = tables.Design(members=3, units=(8, 8))
    trained = tables.build_network(COLUMNS, target(task), design, seed=1)
    model = tables.finished_network(trained, target(task), temperature=1.5)
    random_weights(model)
    session = exported(model, tmp_path / "table.onnx")
    names = {place.name for place in session.get_inputs()}
    assert names == {"numbers", "categories", "pieces_0", "weights_0"}
    for rows in (1, 9):
        data = inputs_for(session, rows, below=3)
        (result,) = session.run(None, data)
        expected = model.predict(data, verbose=0)
        np.testing.assert_allclose(result, expected, 1e-5, 1e-6)


def test_pictures(tmp_path: Path) -> None:
    trained = pictures.build_network((16, 12, 3), 4, (8, 16), 0.3, seed=1)
    model = pictures.finished_network(trained, temperature=2.0)
    random_weights(model)
    assert_same(model, exported(model, tmp_path / "pictures.onnx"))
