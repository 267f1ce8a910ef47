"""The plots of growth.py's figures: small SVG files in `docs/plots/`, with text kept as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import results

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "plots"
AXES = {
    "batch": "rows in a batch",
    "width": "units in a layer",
    "depth": "layers",
    "rows": "rows in the data",
    "cores": "cores the process may use",
}


def draw(what: str, found: dict[str, Any], folder: Path = FOLDER) -> Path:
    """One plot: time per row against a size, both logarithmic.

    Args:
        what: a key of AXES.
        found: {"points": sizes, "times": {label: µs per row or None}}.
        folder: where the file goes.
    Returns:
        The file.
    """
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "lamina"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.6), layout="constrained")
    for label, values in found["times"].items():
        pairs = [(x, y) for x, y in zip(found["points"], values, strict=True) if y is not None]
        style = {"linewidth": 2.2} if label.startswith("Lamina") else {"linestyle": "--"}
        axes.plot(*zip(*pairs, strict=True), marker="o", markersize=3, label=label, **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(found["points"], [f"{point:,}" for point in found["points"]])
    axes.minorticks_off()
    axes.set_xlabel(AXES[what])
    axes.set_ylabel("µs per row of training")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", frameon=False)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{what}.svg"
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return path


def main() -> None:
    """Draw what growth.py found last."""
    for what, found in (results.load("growth") or {"growth": {}})["growth"].items():
        print(draw(what, found).name)


if __name__ == "__main__":
    main()
