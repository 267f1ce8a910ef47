"""Whatever a run on real data says about its decisions, the report says in Korean."""

from __future__ import annotations

import re

import pytest

from lamina.report.phrases import translated
from lamina.tables.preparing import prepare
from lamina.tables.settings import make_settings

TARGETS = {
    "titanic.csv": "survived",
    "penguins.csv": "species",
    "mpg.csv": "mpg",
    "breast_cancer_wisconsin.csv": "class",
    "daily_min_temperatures.csv": "Temp",
    "wheat_seeds.csv": "variety",
    "sms_spam.tsv": "label",
}


@pytest.mark.parametrize("name", TARGETS)
def test_every_reason_and_note_is_korean(name, use_data_folder):
    prepared = prepare(str(use_data_folder / name), make_settings({"target": TARGETS[name]}))
    texts = [
        prepared.target.reason,
        *prepared.split.notes,
        *prepared.table.notes,
        *prepared.dropped,
        *(c.reason for c in prepared.columns),
    ]
    english = [t for t in texts if not re.search("[가-힣]", translated(t))]
    assert not english
