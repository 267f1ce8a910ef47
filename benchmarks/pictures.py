"""What moving and mirroring training pictures brings, on digits and on garments.

For each data set a folder of class folders is written, `lamina.images.train` learns from it with
default settings but for those compared, and its model is tested on test pictures of the data set,
which were in no folder. The same pictures and seeds serve every setting.

    python benchmarks/pictures.py [--pictures 3000] [--seeds 2] [--out runs/bench/pictures.json]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lamina.images import train

DATA = Path(os.environ.get("LAMINA_DATA", Path(__file__).parents[2] / "shared" / "data"))
SETS = {"digits": "mnist.npz", "garments": "fashion_mnist_subset.npz"}
COMPARED: dict[str, dict[str, Any]] = {
    "as they are": {"shift": 0.0},
    "moved by 4 %": {},
    "moved by 8 %": {"shift": 0.08},
    "moved by 4 %, mirrored": {"flip": True},
}
_TESTED = 5_000


def write_folder(folder: Path, pixels: np.ndarray, y: np.ndarray) -> Path:
    """Pictures as PNG files in a folder per class.

    Args:
        folder: that is made.
        pixels: (pictures, height, width) uint8.
        y: class numbers.
    """
    from PIL import Image

    for number, (picture, label) in enumerate(zip(pixels, y, strict=True)):
        inner = folder / f"class {label}"
        inner.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(inner / f"{number:05d}.png")
    return folder


def measure(folder: Path, test: tuple[np.ndarray, np.ndarray], **choices: Any) -> dict[str, float]:
    """One run and its figures.

    Args:
        folder: of class folders.
        test: pictures and class numbers.
        **choices: settings.
    Returns:
        Accuracy on the test pictures, epochs and seconds of training.
    """
    run = train(folder, out=None, report=False, **choices)
    outputs = run.model.outputs(np.repeat(test[0][..., None], 3, axis=-1))
    accuracy = float((outputs.argmax(axis=1) == test[1]).mean())
    return {"accuracy": accuracy, "epochs": len(run.history), "seconds": round(run.seconds, 1)}


def main() -> None:
    """Measure everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=3_000, help="in each folder")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, help="JSON file of all figures")
    options = parser.parse_args()
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    for name, file in SETS.items():
        with np.load(DATA / file) as data:
            chosen = np.random.default_rng(0).permutation(len(data["y_train"]))[: options.pictures]
            pixels, y = data["x_train"][chosen], data["y_train"][chosen]
            test = data["x_test"][:_TESTED], data["y_test"][:_TESTED]
        with tempfile.TemporaryDirectory() as parent:
            folder = write_folder(Path(parent, name), pixels, y)
            for seed in range(options.seeds):
                for told, choices in COMPARED.items():
                    figures = measure(folder, test, seed=seed, **choices)
                    found.setdefault(name, {}).setdefault(told, []).append(figures)
                    print(f"{name}, seed {seed}, {told}: {figures}", flush=True)
    for name, compared in found.items():
        for told, runs in compared.items():
            means = {n: float(np.mean([run[n] for run in runs])) for n in runs[0]}
            print(f"{name:9} {told:24} " + "  ".join(f"{n} {v:.4g}" for n, v in means.items()))
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
