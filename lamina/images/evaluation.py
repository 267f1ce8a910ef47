"""Scores of a model on pictures that it has not seen, in a folder of class folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lamina.datasets.named import PICTURES, load_pictures
from lamina.images import folders, pictures
from lamina.images.model import ImageModel
from lamina.tables.errors import TableError
from lamina.tables.schema import Target
from lamina.tables.scoring import scores


def evaluate(model: ImageModel, folder: Path) -> tuple[dict[str, Any], list[tuple[Path, str]]]:
    """Score a model.

    Args:
        model: of pictures.
        folder: that holds a folder per class; classes of the model may be absent. Or the name of a
            dataset, for its test pictures.
    Returns:
        What `lamina.tables.scoring.scores` gives, and the files that cannot be read, with why.
    Raises:
        TableError: there is no such folder, or a class that the model does not know.
    """
    schema = model.schema
    size = schema.height, schema.width
    if str(folder) in PICTURES:
        known = load_pictures(str(folder))
        labels = [known.classes[number] for number in known.y[known.tests]]
        files = [Path(folder)] * len(labels)
        broken: dict[int, str] = {}
        pixels = pictures.fit_arrays(known.pixels[known.tests], size)
    else:
        files, labels = folders.find_classes(folder)
        pixels, broken = pictures.read_pictures(files, size)
    unknown = sorted(set(labels) - set(schema.classes))
    if unknown:
        raise TableError(
            f"{str(folder)!r} holds classes that the model does not know: "
            f"{', '.join(map(repr, unknown[:10]))}.",
            f"the classes are {', '.join(schema.classes[:20])}",
        )
    good = np.array([place not in broken for place in range(len(files))])
    if not good.any():
        raise TableError(f"No picture in {str(folder)!r} can be read.", "give other pictures")
    y = np.array([schema.classes.index(label) for label in labels])[good]
    outputs = model.outputs(pixels[good])
    task = "binary" if len(schema.classes) == 2 else "multiclass"
    target = Target(("class",), task, "", schema.classes)
    found = scores(y, outputs, target, schema.threshold)
    return found, [(files[place], why) for place, why in broken.items()]
