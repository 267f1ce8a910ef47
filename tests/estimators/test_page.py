"""The page about estimators is true: its Python runs as it stands."""

import io
import re
from contextlib import redirect_stdout

from lamina import estimators
from lamina.estimators import parameters

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_page_runs(repository):
    text = (repository / "docs" / "estimators.md").read_text(encoding="utf-8")
    names: dict = {}
    printed = io.StringIO()
    with redirect_stdout(printed):
        for block in BLOCK.findall(text):
            exec(block, names)
    first, labels, units, passes = printed.getvalue().splitlines()
    assert first == "True"
    assert "True" in labels and "False" in labels
    assert int(units) in (4, 16)
    assert passes == "6 passes"


def test_every_parameter_has_a_rule():
    for estimator in (estimators.LaminaClassifier(), estimators.LaminaRegressor()):
        assert set(estimator.get_params()) <= {*parameters.RULES, "random_state"}
