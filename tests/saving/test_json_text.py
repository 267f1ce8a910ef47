"""JSON is checked before it is parsed."""

import time

import pytest

from lamina.base.errors import FileFormatError
from lamina.saving import limits
from lamina.saving.json_text import parse_json


def test_values() -> None:
    assert parse_json(b'{"a": [1, {"b": null}]}', "x", 100) == {"a": [1, {"b": None}]}
    assert parse_json(b"3", "x", 1) == 3


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "repeats the key 'c'"),
        (b"[" * 200 + b"]" * 200, "nested more than"),
        (b"[" * 100_000, "nested too deeply|not valid JSON"),
        (b'[{"num_thresholds": 1000000000}]', "num_thresholds"),
        (b"[" + b"[]," * 3_000_000 + b"0]", "would take about"),
        (b"[" + b'{"class_name": "A", "config": {"name": "b"}},' * 6_000 + b"0]", "too many"),
        (b"1" * 5_000, "not valid JSON"),
    ],
    ids=range(10),
)
def test_refused(data: bytes, reason: str) -> None:
    start = time.perf_counter()
    with pytest.raises(FileFormatError, match=f"x.keras: config.json.*({reason})"):
        parse_json(data, "x.keras: config.json", len(data))
    assert time.perf_counter() - start < 5


def test_a_large_table_of_numbers_is_accepted() -> None:
    data = b"[" + b"-0.12345678901234567," * 400_000 + b"0]"
    assert len(parse_json(data, "x", len(data))) == 400_001


def test_depth_limit_is_exact() -> None:
    parse_json(b"[" * limits.JSON_DEPTH + b"]" * limits.JSON_DEPTH, "x", 1)
    with pytest.raises(FileFormatError):
        parse_json(b"[" * (limits.JSON_DEPTH + 1) + b"]" * (limits.JSON_DEPTH + 1), "x", 1)
