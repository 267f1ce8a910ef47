"""What a run says about itself: figures, a text report, learning curves.

scikit-learn computes the figures per class, matplotlib draws; text in the drawing stays text.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lamina.base.atomic import atomic_write


def classification_figures(
    y_true: np.ndarray, y_predicted: np.ndarray, class_names: Sequence[str]
) -> dict[str, Any]:
    """Accuracy, the accuracy of always guessing the commonest class, figures per class.

    Args:
        y_true: (rows,) class numbers.
        y_predicted: (rows,) class numbers.
        class_names: by class number.
    Returns:
        {"accuracy", "majority_accuracy", "per_class": name -> precision, recall, f1, support,
        "confusion_matrix": rows are true classes}.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    labels = np.arange(len(class_names))
    columns = precision_recall_fscore_support(
        y_true, y_predicted, labels=labels, zero_division=np.nan
    )
    per_class = {
        name: {
            "precision": _number_or_none(precision),
            "recall": _number_or_none(recall),
            "f1": _number_or_none(f1),
            "support": int(support),
        }
        for name, precision, recall, f1, support in zip(class_names, *columns, strict=True)
    }
    return {
        "accuracy": float(np.mean(y_true == y_predicted)),
        "majority_accuracy": float(np.bincount(y_true).max() / len(y_true)),
        "per_class": per_class,
        "confusion_matrix": confusion_matrix(y_true, y_predicted, labels=labels).tolist(),
    }


def _number_or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def report_text(metrics: dict[str, Any]) -> str:
    """The report that is printed and kept as report.txt.

    Args:
        metrics: as in metrics.json.
    Returns:
        Several lines, ending in a line break.
    """
    rows = metrics["rows"]
    lines = [
        f"{metrics['dataset']}: {rows['training']} training, {rows['validation']} validation, "
        f"{rows['test']} test rows",
        f"trained {metrics['epochs']} epochs in {metrics['seconds']:.1f} s, "
        f"kept the weights of epoch {metrics['best_epoch']}",
        f"test accuracy {metrics['accuracy']:.4f} "
        f"(always guessing the commonest class: {metrics['majority_accuracy']:.4f})",
        "",
        *_per_class_lines(metrics["per_class"]),
        "",
        *_confusion_lines(list(metrics["per_class"]), metrics["confusion_matrix"]),
    ]
    return "\n".join(lines) + "\n"


def _per_class_lines(per_class: dict[str, dict[str, Any]]) -> list[str]:
    width = max(12, *map(len, per_class))
    lines = [f"{'class':{width}}  precision  recall      f1  support"]
    for name, figures in per_class.items():
        precision, recall, f1 = (_cell(figures[key]) for key in ("precision", "recall", "f1"))
        lines.append(
            f"{name:{width}}  {precision:>9}  {recall:>6}  {f1:>6}  {figures['support']:7}"
        )
    return lines


def _cell(value: float | None) -> str:
    return "undef." if value is None else f"{value:.3f}"  # no such rows or predictions


def _confusion_lines(names: list[str], matrix: list[list[int]]) -> list[str]:
    width = max(12, *map(len, names))
    cell = max(4, len(str(max(map(max, matrix)))) + 1)
    heads = "".join(f"{number:{cell}}" for number in range(len(names)))
    lines = [
        "confusion matrix: rows are true classes, columns predicted",
        f"{'':{width + 4}}{heads}",
    ]
    for number, (name, row) in enumerate(zip(names, matrix, strict=True)):
        cells = "".join(f"{count or '·':>{cell}}" for count in row)
        lines.append(f"{number:2}  {name:{width}}{cells}")
    return lines


def draw_curves(path: Path, history: list[dict[str, float]], title: str) -> None:
    """Draw loss and accuracy of training and validation over the epochs, as SVG.

    Args:
        path: the file to write.
        history: one row per epoch, as in history.csv.
        title: above the drawing.
    """
    import matplotlib
    from matplotlib.figure import Figure

    epochs = [row["epoch"] for row in history]
    # A fixed salt and no date: the same run draws the same file.
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "lamina"}
    with matplotlib.rc_context(settings), atomic_write(path) as temporary:
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        figure.suptitle(title)
        for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
            axes.plot(epochs, [row[name] for row in history], label="training")
            axes.plot(epochs, [row[f"val_{name}"] for row in history], label="validation")
            axes.set(xlabel="epoch", ylabel=name)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(alpha=0.3)
            axes.legend()
        figure.savefig(temporary, format="svg", metadata={"Date": None})
