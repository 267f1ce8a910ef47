"""What tuning tries: depth, width, dropout, learning rate, weight decay, size of the batch.

What a user chose is not tried. Depth 0 is a linear network: it has no width and no dropout, and a
learning rate of its own, far above that of hidden layers. The other ranges hold what papers on
networks for tables search in (Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular
Data", tables of its appendix), narrowed to what a few dozen trials can cover.
"""

from __future__ import annotations

from typing import Any

from lamina.tables.fits import resolved_for
from lamina.tables.preparing import Prepared
from lamina.tables.settings import LAYERS, Settings

WIDTHS = (32, 64, 128, 256, 512)
BATCHES = (32, 64, 128, 256, 512)
DEPTH = (0, 4)
DROPOUT = (0.0, 0.5)
LEARNING_RATE = (1e-4, 1e-2)
LINEAR_LEARNING_RATE = (1e-3, 1e-1)
WEIGHT_DECAY = (1e-4, 0.3)

_NOT_SETTINGS = ("depth", "width", "linear_learning_rate")


def suggested(trial: Any, prepared: Prepared, settings: Settings) -> dict[str, Any]:
    """What a trial tries.

    Args:
        trial: of Optuna, which chooses.
        prepared: the table.
        settings: what is named there is not tried.
    Returns:
        Parameter -> value, as `as_changes` takes them.
    """
    chosen = settings.model_fields_set
    found: dict[str, Any] = {}
    linear = settings.layers == ()
    if "layers" not in chosen:
        found["depth"] = trial.suggest_int("depth", *DEPTH)
        linear = found["depth"] == 0
        if not linear:
            found["width"] = trial.suggest_categorical("width", WIDTHS)
    if "dropout" not in chosen and not linear:
        found["dropout"] = trial.suggest_float("dropout", *DROPOUT, step=0.05)
    if "learning_rate" not in chosen:
        name = "linear_learning_rate" if linear else "learning_rate"
        reach = LINEAR_LEARNING_RATE if linear else LEARNING_RATE
        found[name] = trial.suggest_float(name, *reach, log=True)
    if "weight_decay" not in chosen:
        found["weight_decay"] = trial.suggest_float("weight_decay", *WEIGHT_DECAY, log=True)
    if "batch_size" not in chosen:
        sizes = _batches(prepared, settings)
        found["batch_size"] = trial.suggest_categorical("batch_size", sizes)
    return found


def starts(prepared: Prepared, settings: Settings) -> list[dict[str, Any]]:
    """What tuning begins with, in the terms of a trial: the defaults, then a linear network's.

    Args:
        prepared: the table.
        settings: what is named there is not tried; with layers there, one start is left.
    Returns:
        Parameters of the first trials; empty if every one is chosen.
    """
    if settings.layers is not None:
        layers = [settings.layers]
    else:
        layers = [LAYERS, ()]
    found = [_start(prepared, settings, units) for units in layers]
    return [start for start in found if start]


def _start(prepared: Prepared, settings: Settings, layers: tuple[int, ...]) -> dict[str, Any]:
    """The defaults with these layers, without what is chosen."""
    whole = resolved_for(prepared, settings.model_copy(update={"layers": layers}))
    values: dict[str, Any] = {} if settings.layers is not None else {"depth": len(layers)}
    if layers and settings.layers is None:
        values["width"] = layers[0]
    chosen = settings.model_fields_set
    if layers and "dropout" not in chosen:
        values["dropout"] = whole.dropout
    if "learning_rate" not in chosen:
        values["learning_rate" if layers else "linear_learning_rate"] = whole.learning_rate
    for name in ("weight_decay", "batch_size"):
        if name not in chosen:
            values[name] = getattr(whole, name)
    return values


def as_changes(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters of a trial as settings.

    Args:
        parameters: as `suggested` gives them.
    Example:
        >>> as_changes({"depth": 2, "width": 64, "dropout": 0.1})
        {'dropout': 0.1, 'layers': (64, 64)}
        >>> as_changes({"depth": 0, "linear_learning_rate": 0.02})
        {'layers': (), 'learning_rate': 0.02}
    """
    changes = {name: v for name, v in parameters.items() if name not in _NOT_SETTINGS}
    if "depth" in parameters:
        depth = parameters["depth"]
        changes["layers"] = (parameters["width"],) * depth if depth else ()
    if "linear_learning_rate" in parameters:
        changes["learning_rate"] = parameters["linear_learning_rate"]
    return changes


def _batches(prepared: Prepared, settings: Settings) -> list[int]:
    """Sizes that leave four steps a pass or more, and the default one."""
    most = len(prepared.y) // 4
    usual = resolved_for(prepared, settings).batch_size
    assert usual is not None
    return sorted({*(size for size in BATCHES if size <= most), usual})
