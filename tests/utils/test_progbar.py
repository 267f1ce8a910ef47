"""Progress lines in a log, in a terminal and in a notebook."""

import io
import logging
import re
import sys

import numpy as np
import pytest

from lamina.base import config
from lamina.utils.progbar import Progbar, number, per_unit, remaining
from lamina.utils.screens import Notebook


class FakeTerminal(io.StringIO):
    def isatty(self):
        return True


def run(monkeypatch, stream, steps=4, **kwargs):
    monkeypatch.setattr(sys, "stdout", stream)
    kwargs = {"target": steps, "interval": 0.01, **kwargs}
    bar = Progbar(**kwargs)
    for step in range(1, steps + 1):
        bar.update(step, [("accuracy", 0.5), ("loss", 1.0 / step)])
    return stream.getvalue()


def test_log_gets_one_plain_line(monkeypatch):
    text = run(monkeypatch, io.StringIO(), verbose=1)
    pattern = r"4/4 ━{20} 0s \d+[um]s/step - accuracy: 0\.5000 - loss: 0\.2500\n"
    assert re.fullmatch(pattern, text)


def test_verbose_two_has_no_bar(monkeypatch):
    text = run(monkeypatch, FakeTerminal(), verbose=2)
    assert re.fullmatch(r"4/4 - 0s - \d+[um]s/step - accuracy: 0\.5000 - loss: 0\.2500\n", text)


def test_verbose_zero_is_silent(monkeypatch):
    assert run(monkeypatch, io.StringIO(), verbose=0) == ""


def test_terminal_redraws_one_line(monkeypatch):
    text = run(monkeypatch, FakeTerminal(), interval=0)
    assert text.count("\r") == 4
    assert text.count("\n") == 1
    plain = re.sub(r"\x1b\[\d+m", "", text)
    assert plain.rsplit("\r", 1)[1].startswith("4/4 ━━━━━━━━━━━━━━━━━━━━ 0s")


def test_unknown_target(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    bar = Progbar(None)
    for _ in range(3):
        bar.add(1, [("loss", 2.0)])
    bar.update(3, [("loss", 2.0)], finalize=True)
    assert re.fullmatch(r" +3/Unknown 0s \d+[um]s/step - loss: 2\.0000\n", stream.getvalue())


def test_averages():
    bar = Progbar(10, verbose=0, stateful_metrics=["accuracy"])
    bar.update(1, [("loss", 4.0), ("accuracy", 0.1)])
    bar.update(4, [("loss", np.array([0.0, 0.0])), ("accuracy", 0.7)])
    assert bar.average("loss") == 1.0
    assert bar.average("accuracy") == 0.7
    bar.update(10, [("loss", 3.0)])
    assert bar.average("loss") == 3.0
    with pytest.raises(ValueError, match="Only one of"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])


def test_stream_without_unicode(monkeypatch):
    raw = io.BytesIO()
    run(monkeypatch, _Ascii(raw))
    assert raw.getvalue().startswith(b"4/4 ==== ".replace(b"====", b"=" * 20))


class _Ascii(io.TextIOWrapper):
    def __init__(self, raw):
        super().__init__(raw, encoding="ascii")

    def getvalue(self):
        return ""


def test_logging_instead_of_output(monkeypatch, caplog):
    config.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, "lamina"):
            assert run(monkeypatch, io.StringIO()) == ""
        assert "accuracy: 0.5000" in caplog.text
    finally:
        config.enable_interactive_logging()


def test_notebook_updates_its_cell(monkeypatch):
    shown = []

    class Handle:
        def update(self, content, raw):
            shown.append(content["text/html"])

    class Display:
        @staticmethod
        def display(content, raw, display_id):
            shown.append(content["text/html"])
            return Handle()

    monkeypatch.setitem(sys.modules, "IPython", Display)
    monkeypatch.setitem(sys.modules, "IPython.display", Display)
    monkeypatch.setitem(sys.modules, "ipykernel", Display)
    bar = Progbar(2, interval=0)
    assert isinstance(bar._screen, Notebook)
    bar.update(1, [("<b>", 1.0)])
    bar.update(2)
    assert '<progress value="2" max="2">' in shown[1]
    assert "&lt;b&gt;: 1.0000" in shown[1]


def test_number_formats():
    assert [number(0.25), number(0.0001)] == ["0.2500", "1.0000e-04"]
    assert [remaining(12.9), remaining(184), remaining(3723)] == ["12s", "3:04", "1:02:03"]
    assert [per_unit(2, "step"), per_unit(0.002, "step"), per_unit(2e-6, "step")] == [
        "2s/step",
        "2ms/step",
        "2us/step",
    ]
