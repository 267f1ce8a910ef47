"""One small model of each kind, trained once."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from fastapi.testclient import TestClient

from lamina.serve import Limits, create_app
from lamina.tables import TableModel, train

ROW = {"age": 30.0, "city": "Seoul", "smokes": True, "born": "1990-05-17", "note": "a few words"}


def table() -> pl.DataFrame:
    random = np.random.default_rng(0)
    rows = 120
    words = np.array("the quick brown fox jumps over lazy dogs in spring and autumn".split())
    return pl.DataFrame(
        {
            "age": [None, *random.uniform(20, 80, rows - 1).round(1)],
            "city": [None, *random.choice(["Seoul", "Busan", "<b>Jeju</b>"], rows - 1)],
            "smokes": random.choice([True, False], rows),
            "born": [f"{1950 + i % 50}-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(rows)],
            "note": [" ".join(random.choice(words, 7)) for _ in range(rows)],
            "same": ["constant"] * rows,
            "answer": np.where(random.uniform(0, 1, rows) < 0.4, "yes", "no"),
            "amount": random.normal(10, 3, rows),
        }
    )


def small(target: str, drop: str) -> TableModel:
    return train(
        table(), target, drop=[drop], out=None, report=False, epochs=1, members=1, layers=(4,)
    ).model


@pytest.fixture(scope="session")
def model() -> TableModel:
    return small("answer", "amount")


@pytest.fixture(scope="session")
def regression() -> TableModel:
    return train(
        table().select("age", "smokes", "amount"), "amount", out=None, report=False, epochs=1,
        members=1, layers=(4,),
    ).model  # fmt: skip


@pytest.fixture
def client(model: TableModel) -> Iterator[TestClient]:
    app = create_app(model, limits=Limits(rows=50, bytes=20_000))
    with TestClient(app, base_url="http://localhost") as found:
        yield found


@pytest.fixture
def row() -> dict:
    return dict(ROW)
