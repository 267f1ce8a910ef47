"""The command itself: version, help, wrong usage, the doctor, missing packages, exit codes."""

import importlib.util
import json
from pathlib import Path

import pytest

from lamina import __version__
from lamina.base.errors import FileFormatError, missing_extra
from lamina.cli import failures, main
from lamina.datasets.files import DatasetNotFoundError

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def without_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if typer were not installed."""
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "typer" else real(name, *a)
    )


def test_version(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"lamina {__version__}\n"


def test_help_names_the_commands(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(command in out for command in ("train", "doctor", "run"))


@pytest.mark.parametrize(
    "words,text",
    [
        (["trian"], "No such command 'trian'"),
        (["train"], "dataset"),
        (["train", "digits", "--epoch", "3"], "--epochs"),
        (["train", "digits", "--epochs", "0"], "--epochs"),
        (["train", "digits", "--epochs", "many"], "--epochs"),
        (["train", "digits", "--seed", "-1"], "--seed"),
        (["run"], "script"),
    ],
)
def test_wrong_usage(words: list[str], text: str, capsys: Capture) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert (
        text.lower() in captured.err.lower()
        and captured.err.startswith("lamina: ")
        and not captured.out
    )
    assert "Traceback" not in captured.err


def test_errors_as_json(capsys: Capture) -> None:
    assert main(["train", "--json"]) == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["code"] == 2 and "dataset" in error["message"] and error["hint"]
    assert captured.err == ""


def test_doctor(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_DATA", str(tmp_path))
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "cache"))
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["lamina"] == __version__ and found["packages"]["numpy"]
    assert found["cpu"] and found["executor"] and found["threads"] >= 1
    assert found["folders"]["cache"] == str(tmp_path / "cache")
    assert str(tmp_path) in found["folders"]["data"]
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert f"lamina        {__version__}" in out and str(tmp_path) in out


def test_doctor_names_what_is_missing(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    from lamina.cli import doctor

    monkeypatch.setitem(doctor.PACKAGES, "no-such-package", "plot")
    assert main(["doctor"]) == 0
    line = 'Missing: no-such-package. To install it: pip install "lamina[plot]"'
    assert line in capsys.readouterr().out


@pytest.mark.usefixtures("without_typer")
def test_without_typer_the_doctor_and_the_version_still_answer(capsys: Capture) -> None:
    assert main(["doctor"]) == 0
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.endswith(f"lamina {__version__}\n")


@pytest.mark.usefixtures("without_typer")
def test_without_typer_other_commands_say_what_to_install(capsys: Capture) -> None:
    assert main(["train", "digits"]) == 5
    assert 'pip install "lamina[cli]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    "error,code",
    [
        (missing_extra("polars", "tables", "train"), 5),
        (DatasetNotFoundError("nowhere\n  to fix:   look again"), 3),
        (FileFormatError("damaged"), 3),
        (KeyboardInterrupt(), 130),
        (failures.CommandError(6, "diverged", "smaller steps"), 6),
    ],
)
def test_exit_codes(
    error: BaseException, code: int, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: list[str]) -> int:
        raise error

    monkeypatch.setattr("lamina.cli.entry._dispatch", fail)
    assert main([]) == code
    err = capsys.readouterr().err
    assert err.startswith("lamina: ") and "Traceback" not in err


def test_a_bug_leaves_a_log(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(_: list[str]) -> int:
        raise RuntimeError("wheels came off")

    monkeypatch.setattr("lamina.cli.entry._dispatch", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main([]) == 1
    assert "RuntimeError: wheels came off" in capsys.readouterr().err
    (log,) = tmp_path.iterdir()
    assert "Traceback" in log.read_text() and "wheels came off" in log.read_text()
