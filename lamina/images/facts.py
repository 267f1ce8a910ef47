"""Gathers what the report says about a run on pictures, as the plain facts of `lamina.report`."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.tables.baselines import baselines
from lamina.tables.curves import curves
from lamina.tables.mistakes import worst
from lamina.tables.run_facts import history_facts, machine, shares, target_facts, versions
from lamina.tables.splits import TEST

if TYPE_CHECKING:
    from lamina.images.run import ImageRun

_LINEAR_ROWS = 5_000  # pictures that the linear baseline learns from, at most
_LINEAR_SIDE = 16  # pixels a side that it reads, or a few more
_SHOWN_SIDE = 96  # pixels of a picture shown


def gather(run: ImageRun) -> dict[str, Any]:
    """All facts of a run, its reproduce command still empty.

    Args:
        run: measured.
    Returns:
        A dict as `lamina.report.Facts` describes it.
    """
    found, seed = run.found, run.settings.seed
    target, test = found.target, found.split.part == TEST
    y, outputs = found.y[test], run.test_outputs
    x_train, y_train, x_test = _flat(run)
    limit = run.settings.threshold
    return {
        "title": run.name,
        "created": "",
        "target": target_facts(target),
        "scores": run.scores,
        "baselines": baselines(
            x_train, y_train, x_test, y, target, seed, predicted=outputs, threshold=limit
        ),
        "warnings": [],
        "data": {
            "source": str(found.folder),
            "pictures": True,
            "rows": len(found.files) + len(found.damaged),
            "columns": 1,
            "notes": found.notes,
            "dropped": _dropped(run),
            "sha256": found.digest,
        },
        "columns": [],
        "split": _split(run),
        "network": _network(run),
        "training": _training(run),
        "curves": curves(y, outputs, target, limit, seed=seed),
        "mistakes": _mistakes(run, y, outputs),
        "reproduce": {"command": "", "versions": _versions(), "machine": machine()},
    }


def _dropped(run: ImageRun) -> list[dict[str, Any]]:
    damaged = run.found.damaged
    if not damaged:
        return []
    named = ", ".join(path.name for path, _ in damaged[:5]) + (", …" if len(damaged) > 5 else "")
    return [{"reason": f"cannot be read ({named})", "rows": len(damaged)}]


def _flat(run: ImageRun) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training pixels and classes, and test pixels, few enough for a straight line."""
    found = run.found
    learns = np.flatnonzero(found.split.part != TEST)
    learns = learns[:: max(1, -(-len(learns) // _LINEAR_ROWS))]
    tests = np.flatnonzero(found.split.part == TEST)
    ready = run.model.schema.prepare
    step = max(1, -(-max(found.pixels.shape[1:3]) // _LINEAR_SIDE))
    x, x_test = (_shrunk(ready(found.pixels[rows]), step) for rows in (learns, tests))
    center, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1.0)
    return (x - center) / scale, found.y[learns], (x_test - center) / scale


def _shrunk(pixels: np.ndarray, step: int) -> np.ndarray:
    """(pictures, features): means of squares of step x step pixels; what is left over is cut."""
    count, height, width, channels = pixels.shape
    high, wide = height // step, width // step
    cut = pixels[:, : high * step, : wide * step].astype(np.float32)
    squares = cut.reshape(count, high, step, wide, step, channels)
    return squares.mean(axis=(2, 4)).reshape(count, -1)


def _split(run: ImageRun) -> dict[str, Any]:
    found = run.found
    names = ("train", "validation", "test")
    return {
        **{n: int((found.split.part == number).sum()) for number, n in enumerate(names)},
        "how": "stratified",
        "seed": run.settings.seed,
        "notes": list(found.split.notes),
        "shares": shares(found.y, found.split, found.target),
    }


def _network(run: ImageRun) -> dict[str, Any]:
    network, schema = run.model.network, run.model.schema
    channels = 3 if schema.colour else 1
    layers = [
        {
            "type": type(layer).__name__,
            "units": int(layer.output.shape[-1]),
            "activation": "softmax" if layer.name == "scores" else "",
            "parameters": int(layer.count_params()),
        }
        for layer in network.layers
        if type(layer).__name__ in ("Conv2D", "MaxPooling2D", "Dropout", "Dense")
    ]
    for layer in layers:
        if layer["type"] == "Conv2D":
            layer["activation"] = "relu"
    shape = f"{schema.height} × {schema.width} × {channels}"
    return {
        "inputs": [
            {
                "kind": "picture",
                "columns": 1,
                "width": schema.height * schema.width * channels,
                "shape": shape,
            }
        ],
        "layers": layers,
        "parameters": sum(int(np.prod(v.shape)) for v in network.trainable_variables),
    }


def _training(run: ImageRun) -> dict[str, Any]:
    s = run.settings
    return {
        "history": history_facts(run.history),
        "best_epoch": run.best_epoch,
        "seconds": round(run.seconds, 2),
        "settings": {
            "optimizer": "Adam",
            "learning_rate": s.learning_rate,
            "batch_size": s.batch_size,
            "dropout": s.dropout,
            "shift": s.shift,
            **({"flip": "½"} if s.flip else {}),
        },
        "temperature": run.temperature,
        "threshold": s.threshold,
        "threshold_chosen": False,
    }


def _mistakes(run: ImageRun, y: np.ndarray, outputs: np.ndarray) -> list[dict[str, Any]]:
    found = run.found
    places = np.flatnonzero(found.split.part == TEST)
    listed = []
    for mistake in worst(y, outputs, found.target, run.settings.threshold):
        place = int(places[mistake.pop("position")])
        file = found.files[place].relative_to(found.folder)
        pixels = run.model.schema.prepare(found.pixels[place : place + 1])[0]
        listed.append(
            {"row": place + 1, **mistake, "values": {"file": str(file)}, "picture": _png(pixels)}
        )
    return listed


def _png(pixels: np.ndarray) -> str:
    """A picture as a data: address, small ones enlarged without blurring them."""
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    times = max(1, _SHOWN_SIDE // max(image.size))
    image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _versions() -> dict[str, str]:
    import PIL

    return {**versions(), "pillow": PIL.__version__}
