"""Every mistake of the table is answered at once, by a message that says what is wrong where."""

import importlib

import numpy as np
import pytest
from message_table import CASES, NUMBERS, Answer, Case, X, answer, numbers_model

TOPICS = ("data", "labels", "arguments", "layers", "order", "custom", "streams", "files")
for topic in TOPICS:
    importlib.import_module(f"cases_{topic}")

LONGEST = 600
SECONDS = 1.0
FROM_THE_DEPTHS = (KeyError, IndexError, AttributeError)


@pytest.fixture(scope="module")
def earlier():
    """A model from before, and its predictions."""
    pytest.importorskip("pandas")  # its first import does not count as time of a case
    model = numbers_model()
    model.fit(X, NUMBERS, epochs=2, verbose=0)
    return model, model.predict(X, verbose=0)


def check_type(case: Case, given: Answer) -> None:
    if case.outcome is UserWarning:
        assert given.error is None and given.text, "a warning is due"
        return
    assert isinstance(given.error, case.outcome), f"{given.error!r} in place of {case.outcome}"
    if case.outcome is not AttributeError:  # the one that `hasattr` needs
        assert type(given.error) not in FROM_THE_DEPTHS


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}-{case.name}")
def test_a_mistake_is_explained(case, earlier):
    given = answer(case)
    check_type(case, given)
    missing = [text for text in case.says if text not in given.text]
    assert not missing, f"{missing} not in: {given.text}"
    assert len(given.text) <= LONGEST, given.text
    if given.error is not None:  # what only warns goes on to compile and train
        assert given.seconds < SECONDS

    model, before = earlier
    np.testing.assert_array_equal(model.predict(X, verbose=0), before)
    fresh = numbers_model().fit(X, NUMBERS, verbose=0)
    assert np.isfinite(fresh.history["loss"]).all()


def test_the_table_is_large_and_has_no_doubles():
    assert len(CASES) >= 140
    assert len({(case.topic, case.name) for case in CASES}) == len(CASES)
