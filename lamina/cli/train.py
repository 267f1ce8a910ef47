"""`lamina train DATASET`: load, split, fit, test once, save everything to a run folder."""

import importlib.util
import json
import math
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina import __version__, callbacks, datasets, optimizers, utils
from lamina.base.errors import missing_extra, near
from lamina.cli.failures import INTERRUPTED, TRAINING, USAGE, CommandError
from lamina.cli.progress import EpochProgress
from lamina.cli.recipes import RECIPES, build_network
from lamina.cli.report import classification_figures, draw_curves, report_text
from lamina.datasets.arrays import Split
from lamina.datasets.splits import stratified
from lamina.tables.run_folders import make_run_folder, write_csv, write_json, write_text

_VALIDATION_SHARE = 0.15  # of the training rows


@dataclass(frozen=True)
class Settings:
    """The command line of `lamina train`."""

    dataset: str
    epochs: int | None
    batch_size: int
    learning_rate: float
    seed: int
    out: Path
    as_json: bool
    quiet: bool


def train_dataset(settings: Settings) -> Path:
    """Do the whole run.

    Args:
        settings: what was asked.
    Returns:
        The run's folder.
    Raises:
        CommandError: unknown dataset, training failed or was interrupted.
        MissingExtraError: scikit-learn or matplotlib is not installed.
        DatasetNotFoundError: the dataset's file is not to be had.
    """
    _check(settings)
    if Path(settings.dataset).exists() and not settings.as_json:
        print(
            f"{settings.dataset} means the dataset; ./{settings.dataset} means what is here",
            file=sys.stderr,
        )
    (x, y), (x_test, y_test), class_names = _load(settings.dataset)
    (x_train, y_train), validation = stratified(x, y, _VALIDATION_SHARE, settings.seed)
    recipe = RECIPES[settings.dataset]
    epochs = settings.epochs or recipe.epochs

    utils.set_random_seed(settings.seed)
    network = build_network(recipe, x_train, len(class_names))
    network.compile(
        optimizer=optimizers.Adam(settings.learning_rate),
        loss="binary_crossentropy" if len(class_names) == 2 else "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    folder = make_run_folder(settings.out, settings.dataset)
    progress = EpochProgress(epochs, settings.quiet or settings.as_json)
    started = time.perf_counter()
    try:
        network.fit(
            x_train,
            y_train,
            validation_data=validation,
            epochs=epochs,
            batch_size=settings.batch_size,
            verbose=0,
            callbacks=[
                callbacks.EarlyStopping(
                    monitor="val_loss", patience=recipe.patience, restore_best_weights=True
                ),
                callbacks.TerminateOnNaN(),
                progress,
            ],
        )
    except KeyboardInterrupt:
        progress.close()
        raise _interrupted(folder, network, progress) from None
    finally:
        progress.close()
    seconds = time.perf_counter() - started

    _check_losses(progress, folder, settings)
    predicted = _predict_classes(network, x_test, settings.batch_size)
    best = min(progress.rows, key=lambda row: row["val_loss"])
    metrics: dict[str, Any] = {
        "dataset": settings.dataset,
        "lamina": __version__,
        "rows": {"training": len(x_train), "validation": len(validation[0]), "test": len(x_test)},
        "parameters": network.count_params(),
        "batch_size": settings.batch_size,
        "learning_rate": settings.learning_rate,
        "seed": settings.seed,
        "epochs": len(progress.rows),
        "best_epoch": int(best["epoch"]),
        "seconds": round(seconds, 3),
        **classification_figures(y_test, predicted, class_names),
    }
    _save(folder, network, progress)
    report = report_text(metrics)
    write_json(folder / "metrics.json", metrics)
    write_text(folder / "report.txt", report)
    draw_curves(folder / "curves.svg", progress.rows, settings.dataset)
    write_text(settings.out / "latest.txt", f"{folder.name}\n")
    _tell(settings, metrics, report, folder)
    return folder


def _check(settings: Settings) -> None:
    if settings.dataset not in RECIPES:
        raise CommandError(
            USAGE,
            f"unknown dataset {settings.dataset!r}. {near(settings.dataset, RECIPES)}".rstrip(),
            f"choose one of {', '.join(RECIPES)}",
        )
    if not (math.isfinite(settings.learning_rate) and settings.learning_rate > 0):
        raise CommandError(USAGE, f"--lr must be a positive number, not {settings.learning_rate}")
    for module, package, extra in (
        ("sklearn", "scikit-learn", "tables"),
        ("matplotlib", "matplotlib", "plot"),
    ):
        if importlib.util.find_spec(module) is None:
            raise missing_extra(package, extra, "lamina train")


def _load(name: str) -> tuple[*Split, tuple[str, ...]]:
    module = getattr(datasets, name)
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        train, test = module.load_data()
    for note in notes:
        print(f"lamina: {note.message}", file=sys.stderr)
    return train, test, module.CLASS_NAMES


def _predict_classes(network: Any, x: np.ndarray, batch_size: int) -> np.ndarray:
    outputs = network.predict(x, batch_size=max(batch_size, 256), verbose=0)
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > 0.5).astype(np.int64)
    return outputs.argmax(axis=1)


def _check_losses(progress: EpochProgress, folder: Path, settings: Settings) -> None:
    losses = [row.get(name, math.nan) for row in progress.rows for name in ("loss", "val_loss")]
    if not losses or not all(map(math.isfinite, losses)):
        write_csv(folder / "history.csv", progress.rows)
        raise CommandError(
            TRAINING,
            f"the loss became NaN or infinite in epoch {len(progress.rows)}; the history is in "
            f"{folder}",
            f"try a smaller learning rate: --lr {settings.learning_rate / 10:g}",
        )


def _save(folder: Path, network: Any, progress: EpochProgress) -> None:
    network.save(folder / "model.keras")
    write_csv(folder / "history.csv", progress.rows)


def _interrupted(folder: Path, network: Any, progress: EpochProgress) -> CommandError:
    _save(folder, network, progress)
    return CommandError(
        INTERRUPTED,
        f"interrupted after {len(progress.rows)} epochs; the weights reached are in "
        f"{folder / 'model.keras'}",
    )


def _tell(settings: Settings, metrics: dict[str, Any], report: str, folder: Path) -> None:
    if settings.as_json:
        print(json.dumps({"run": str(folder), **metrics}, ensure_ascii=False))
    elif not settings.quiet:
        print(report)
        print(f"saved in {folder}: {', '.join(sorted(p.name for p in folder.iterdir()))}")
