"""Settings: checked before anything is read, written so that they read back."""

from __future__ import annotations

import pytest

from lamina.base.errors import ArgumentError
from lamina.tables.settings import make_settings, read_toml, resolved, to_toml


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"target": "y", "epoch": 3}, "'epochs'"),
        ({"target": "y", "epochs": 0}, "epochs"),
        ({"target": "y", "dropout": 1.0}, "dropout"),
        ({"target": "y", "learning_rate": -1}, "learning_rate"),
        ({"target": "y", "learning_rate": float("nan")}, "learning_rate"),
        ({"target": "y", "layers": [0]}, "layers"),
        ({"target": "y", "layers": ["wide"]}, "layers"),
        ({"target": "y", "seed": -1}, "seed"),
        ({"target": "y", "class_weight": "auto"}, "class_weight"),
        ({"target": "y", "split": (1, 2)}, "split"),
        ({"target": []}, "target"),
        ({}, "target"),
    ],
)
def test_impossible_settings_are_refused(values, says):
    with pytest.raises(ArgumentError, match=says):
        make_settings(values)


def test_toml_reads_back(tmp_path):
    values = {
        "target": ["값"],
        "types": {"a b": "date:%d/%m/%Y", 'q"': "text"},
        "missing": ["?", "\\N"],
        "layers": [64, 32],
        "learning_rate": 3e-4,
        "strict": True,
    }
    settings = resolved(make_settings(values), 100)
    path = tmp_path / "config.toml"
    path.write_text(to_toml(settings, "data/my file.csv"), encoding="utf-8")
    back = read_toml(path)
    assert back.pop("data") == "data/my file.csv"
    assert make_settings(back) == settings


def test_a_config_that_is_none(tmp_path):
    with pytest.raises(ArgumentError, match="cannot read"):
        read_toml(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("a = = 3")
    with pytest.raises(ArgumentError, match="not TOML"):
        read_toml(tmp_path / "bad.toml")
