"""`lamina train DATASET`: a run folder is whole, kept, repeatable; failures are clear."""

import csv
import json
from pathlib import Path

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


def accuracy(metrics: dict) -> float:
    return metrics["scores"]["figures"]["accuracy"]["value"]


def test_the_run_folder_is_complete(digits_run: Path) -> None:
    assert {path.name for path in digits_run.iterdir()} == {
        *("model.keras", "config.toml", "metrics.json", "history.csv", "splits.csv"),
        *("predictions.csv", "facts.json", "report.html"),
    }
    assert (digits_run.parent / "latest.txt").read_text() == "digits-001\n"


def test_digits_are_learned(digits_run: Path) -> None:
    metrics = json.loads((digits_run / "metrics.json").read_text())
    assert accuracy(metrics) >= 0.97
    assert metrics["baselines"]["majority"]["figures"]["accuracy"]["value"] < 0.11
    assert sum(metrics["rows"].values()) == 1797 and metrics["rows"]["test"] == 359
    with open(digits_run / "history.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == metrics["epochs"]
    best = min(rows, key=lambda row: float(row["val_loss"]))
    assert int(best["epoch"]) == metrics["best_epoch"]


def test_the_saved_model_takes_pictures(digits_run: Path, tmp_path: Path, capsys: Capture) -> None:
    """As arrays, as files, and as the dataset's test pictures again."""
    image = pytest.importorskip("PIL.Image")
    from lamina import models
    from lamina.datasets import digits

    model = models.load_model(digits_run / "model.keras")
    _, (x_test, y_test) = digits.load_data()
    pixels = np.rint(x_test * (255 / 16)).astype("uint8")
    predicted = model.predict(pixels[..., None], verbose=0).argmax(axis=1)
    metrics = json.loads((digits_run / "metrics.json").read_text())
    assert np.mean(predicted == y_test) == pytest.approx(accuracy(metrics))
    image.fromarray(pixels[0]).save(tmp_path / "digit.png")
    assert main(["predict", str(digits_run), str(tmp_path / "digit.png"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["prediction"] == str(predicted[0])
    assert main(["evaluate", str(digits_run), "digits", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"] == metrics["scores"]["figures"]


def test_it_can_be_made_again(digits_run: Path, tmp_path: Path) -> None:
    config = digits_run / "config.toml"
    assert 'data = "digits"' in config.read_text()
    assert main(["train", "-c", str(config), "--out", str(tmp_path), "-q", "--no-report"]) == 0
    again = (tmp_path / "digits-001" / "predictions.csv").read_bytes()
    assert again == (digits_run / "predictions.csv").read_bytes()


@pytest.mark.parametrize("dataset,least", [("iris", 0.9), ("wine", 0.9), ("breast_cancer", 0.93)])
def test_tables(dataset: str, least: float, tmp_path: Path, capsys: Capture) -> None:
    words = ["train", dataset, "--out", str(tmp_path), "--json", "--set", "members=2"]
    assert main([*words, "--no-report"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert accuracy(result) >= least and captured.err == "" and result["warnings"] == []
    assert Path(result["run"]) == tmp_path / f"{dataset}-001"
    assert main(["evaluate", result["run"], dataset, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)["figures"]["accuracy"]["value"]
    assert again == accuracy(result)


def test_same_seed_same_result_and_a_new_folder_each_time(tmp_path: Path) -> None:
    for seed in ("3", "3", "4"):
        words = ["train", "iris", "-q", "--out", str(tmp_path), "--epochs", "4", "--seed", seed]
        assert main([*words, "--layers", "8", "--no-report"]) == 0
    first, second, third = (
        (tmp_path / f"iris-00{number}" / "history.csv").read_text() for number in (1, 2, 3)
    )
    assert first == second != third


def test_report_on_stdout_progress_on_stderr(tmp_path: Path, capsys: Capture) -> None:
    assert main(["train", "iris", "--out", str(tmp_path), "--epochs", "2", "--layers", "8"]) == 0
    captured = capsys.readouterr()
    assert "30 test rows" in captured.out and "accuracy" in captured.out
    assert "epoch 1/2  " in captured.err and "epoch 1/2" not in captured.out


def test_mnist_one_epoch(tmp_path: Path, use_data_folder: Path, capsys: Capture) -> None:
    words = ["train", "mnist", "--out", str(tmp_path), "--epochs", "1", "--layers", "4,8"]
    assert main([*words, "--json", "--no-report"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert accuracy(result) > 0.93 and result["rows"]["test"] == 10_000


def test_fashion_mnist_says_that_it_uses_the_subset(
    tmp_path: Path, use_data_folder: Path, capsys: Capture
) -> None:
    words = ["train", "fashion_mnist", "--out", str(tmp_path), "--epochs", "1", "--layers", "4,8"]
    assert main([*words, "--no-report"]) == 0
    captured = capsys.readouterr()
    assert "Using a subset of Fashion-MNIST" in captured.err
    assert "Ankle boot" in captured.err


def test_other_sizes_of_known_pictures(tmp_path: Path, capsys: Capture) -> None:
    words = ["train", "digits", "--out", str(tmp_path), "--epochs", "1", "--set", "size=12"]
    assert main([*words, "--json", "--no-report"]) == 0
    assert json.loads(capsys.readouterr().out)["size"] == [12, 12]


def test_unknown_dataset(capsys: Capture) -> None:
    assert main(["train", "digitz"]) == 2
    assert "Did you mean 'digits'?" in capsys.readouterr().err


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf"])
@pytest.mark.parametrize("dataset", ["digits", "iris"])
def test_learning_rate_out_of_range(dataset: str, rate: str, capsys: Capture) -> None:
    assert main(["train", dataset, "--lr", rate]) == 2
    assert f"learning_rate = {float(rate)}" in capsys.readouterr().err


def test_diverging_training_exits_6(tmp_path: Path, capsys: Capture) -> None:
    words = ["train", "iris", "--out", str(tmp_path), "--lr", "1e30", "--epochs", "50"]
    assert main(words) == 6
    assert "smaller learning rate" in capsys.readouterr().err
    assert not list(tmp_path.glob("iris-*"))


@pytest.mark.parametrize("dataset", ["iris", "digits"])
def test_interrupted_training_goes_on(
    dataset: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lamina.cli.progress import EpochProgress

    words = ["train", dataset, "--epochs", "5", "--layers", "4", "-q", "--no-report"]
    assert main([*words, "--out", str(tmp_path / "whole")]) == 0
    original = EpochProgress.on_epoch_end

    def interrupt(self: EpochProgress, epoch: int, logs: dict | None = None) -> None:
        original(self, epoch, logs)
        if epoch == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(EpochProgress, "on_epoch_end", interrupt)
        assert main([*words, "--out", str(tmp_path)]) == 130
    folder = tmp_path / f"{dataset}-001"
    assert {"model.keras", "checkpoints"} <= {path.name for path in folder.iterdir()}
    assert main(["train", "--resume", str(folder), "-q"]) == 0
    whole = tmp_path / "whole" / folder.name / "predictions.csv"
    assert (folder / "predictions.csv").read_bytes() == whole.read_bytes()


def test_out_that_is_a_file(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").touch()
    assert main(["train", "iris", "--out", str(tmp_path / "file")]) == 2
    assert "another folder with --out" in capsys.readouterr().err


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
