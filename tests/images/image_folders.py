"""Small folders of pictures: bright bars that lie or stand, and other shapes of trouble."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

QUICK = {"layers": (4, 8), "epochs": 3, "size": 8}


def bar(rng: np.random.Generator, lies: bool, colour: bool = False) -> Image.Image:
    """A picture of 12 x 10 pixels with one bright bar."""
    pixels = rng.integers(0, 60, (10, 12, 3), np.uint8)
    place = int(rng.integers(2, 8))
    pixels[(place, slice(None)) if lies else (slice(None), place)] = (250, 180, 90)
    if not colour:
        pixels[...] = pixels.max(axis=-1, keepdims=True)
    return Image.fromarray(pixels)


def make_folder(folder: Path, each: int = 30, colour: bool = False) -> Path:
    """A folder with the classes "lying" and "standing"."""
    rng = np.random.default_rng(0)
    for name in ("lying", "standing"):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            bar(rng, name == "lying", colour).save(folder / name / f"{number:02d}.png")
    return folder
