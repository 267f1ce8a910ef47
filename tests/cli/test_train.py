"""`lamina train`: a run folder is whole, never overwritten, repeatable; failures are clear."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from lamina.cli import main
from lamina.tables.run_folders import make_run_folder, write_csv

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
pytest.importorskip("matplotlib", reason="matplotlib is not installed")

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one full run on the digits."""
    out = tmp_path_factory.mktemp("runs")
    assert main(["train", "digits", "--out", str(out), "-q"]) == 0
    return out / "digits-001"


def test_the_run_folder_is_complete(digits_run: Path) -> None:
    assert sorted(path.name for path in digits_run.iterdir()) == [
        "curves.svg",
        "history.csv",
        "metrics.json",
        "model.keras",
        "report.txt",
    ]
    assert (digits_run.parent / "latest.txt").read_text() == "digits-001\n"


def test_digits_are_learned(digits_run: Path) -> None:
    metrics = json.loads((digits_run / "metrics.json").read_text())
    assert metrics["accuracy"] >= 0.96
    assert metrics["majority_accuracy"] < 0.11
    matrix = np.array(metrics["confusion_matrix"])
    assert matrix.sum() == metrics["rows"]["test"] == 359
    assert np.trace(matrix) / matrix.sum() == pytest.approx(metrics["accuracy"])
    assert sum(figures["support"] for figures in metrics["per_class"].values()) == 359


def test_history_and_report(digits_run: Path) -> None:
    metrics = json.loads((digits_run / "metrics.json").read_text())
    with open(digits_run / "history.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == metrics["epochs"]
    assert set(rows[0]) == {"epoch", "loss", "accuracy", "val_loss", "val_accuracy"}
    best = min(rows, key=lambda row: float(row["val_loss"]))
    assert int(best["epoch"]) == metrics["best_epoch"]
    report = (digits_run / "report.txt").read_text()
    assert f"test accuracy {metrics['accuracy']:.4f}" in report
    assert "confusion matrix" in report and "precision" in report


def test_curves_keep_text_as_text(digits_run: Path) -> None:
    root = ElementTree.parse(digits_run / "curves.svg").getroot()
    words = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"digits", "epoch", "loss", "accuracy", "training", "validation"} <= words


def test_the_saved_model_takes_raw_rows(digits_run: Path) -> None:
    from lamina import models
    from lamina.datasets import digits

    model = models.load_model(digits_run / "model.keras")
    _, (x_test, y_test) = digits.load_data()
    predicted = model.predict(x_test, verbose=0).argmax(axis=1)
    metrics = json.loads((digits_run / "metrics.json").read_text())
    assert np.mean(predicted == y_test) == pytest.approx(metrics["accuracy"])


@pytest.mark.parametrize(
    "dataset,accuracy", [("iris", 0.9), ("wine", 0.9), ("breast_cancer", 0.93)]
)
def test_tables(dataset: str, accuracy: float, tmp_path: Path, capsys: Capture) -> None:
    assert main(["train", dataset, "--out", str(tmp_path), "--json"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert result["accuracy"] >= accuracy and captured.err == ""
    assert Path(result["run"]) == tmp_path / f"{dataset}-001"


def test_same_seed_same_result_and_a_new_folder_each_time(tmp_path: Path) -> None:
    for seed in ("3", "3", "4"):
        words = ["train", "iris", "-q", "--out", str(tmp_path), "--epochs", "4", "--seed", seed]
        assert main(words) == 0
    first, second, third = (
        (tmp_path / f"iris-00{number}" / "history.csv").read_text() for number in (1, 2, 3)
    )
    assert first == second != third


def test_report_on_stdout_progress_on_stderr(tmp_path: Path, capsys: Capture) -> None:
    assert main(["train", "iris", "--out", str(tmp_path), "--epochs", "2"]) == 0
    captured = capsys.readouterr()
    assert "test accuracy" in captured.out and "setosa" in captured.out
    assert captured.err.startswith("epoch 1/2  ") and "epoch" not in captured.out.splitlines()[2]


def test_mnist_one_epoch(tmp_path: Path, use_data_folder: Path, capsys: Capture) -> None:
    words = ["train", "mnist", "--out", str(tmp_path), "--epochs", "1", "--batch-size", "128"]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.93


def test_fashion_mnist_says_that_it_uses_the_subset(
    tmp_path: Path, use_data_folder: Path, capsys: Capture
) -> None:
    words = ["train", "fashion_mnist", "--out", str(tmp_path), "--epochs", "1"]
    assert main([*words, "--batch-size", "128"]) == 0
    captured = capsys.readouterr()
    assert "Using a subset of Fashion-MNIST" in captured.err
    assert "Ankle boot" in captured.out


def test_unknown_dataset(capsys: Capture) -> None:
    assert main(["train", "digitz"]) == 2
    assert "Did you mean 'digits'?" in capsys.readouterr().err


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf"])
def test_learning_rate_out_of_range(rate: str, capsys: Capture) -> None:
    assert main(["train", "digits", "--lr", rate]) == 2
    assert "--lr must be a positive number" in capsys.readouterr().err


def test_diverging_training_exits_6(tmp_path: Path, capsys: Capture) -> None:
    words = ["train", "iris", "--out", str(tmp_path), "--lr", "1e30", "--epochs", "50"]
    assert main(words) == 6
    assert "try a smaller learning rate: --lr 1e+29" in capsys.readouterr().err


def test_interrupted_training_keeps_the_weights_reached(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lamina.cli.progress import EpochProgress

    original = EpochProgress.on_epoch_end

    def interrupt(self: EpochProgress, epoch: int, logs: dict | None = None) -> None:
        original(self, epoch, logs)
        if epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(EpochProgress, "on_epoch_end", interrupt)
    assert main(["train", "iris", "--out", str(tmp_path), "-q"]) == 130
    assert "interrupted after 3 epochs" in capsys.readouterr().err
    names = {path.name for path in (tmp_path / "iris-001").iterdir()}
    assert names == {"model.keras", "history.csv"}


def test_out_that_is_a_file(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").touch()
    assert main(["train", "iris", "--out", str(tmp_path / "file")]) == 2
    assert "choose --out" in capsys.readouterr().err


def test_missing_dataset_file_exits_3(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pooch

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(pooch, "retrieve", refuse)
    for variable in ("LAMINA_DATA", "KERAS_HOME", "LAMINA_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert main(["train", "mnist", "--json", "--out", str(tmp_path / "runs")]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert "mnist.npz" in error["message"] and "LAMINA_DATA" in error["hint"]
    assert not (tmp_path / "runs").exists()


def test_run_numbers_go_on_after_the_highest(tmp_path: Path) -> None:
    for name in ("digits-007", "digits-notes", "digits-1000"):
        (tmp_path / name).mkdir()
    assert make_run_folder(tmp_path, "digits").name == "digits-1001"
    assert make_run_folder(tmp_path, "digit").name == "digit-001"


def test_empty_history(tmp_path: Path) -> None:
    write_csv(tmp_path / "history.csv", [])
    assert (tmp_path / "history.csv").read_text() == ""


def test_a_dataset_wins_over_a_file_of_its_name_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iris").mkdir()
    assert main(["train", "iris", "--epochs", "1", "-q"]) == 0
    assert "./iris means what is here" in capsys.readouterr().err
