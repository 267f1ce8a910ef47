"""What tuning tries: depth, width, dropout, learning rate, weight decay, size of the batch.

What a user chose is not tried. The ranges hold what papers on networks for tables search in
(Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular Data", tables of its appendix),
narrowed to what a few dozen trials can cover.
"""

from __future__ import annotations

from typing import Any

from lamina.tables.preparing import Prepared
from lamina.tables.settings import LAYERS, Settings
from lamina.tables.workflow import resolved_for

WIDTHS = (32, 64, 128, 256, 512)
BATCHES = (32, 64, 128, 256, 512)
DEPTH = (1, 4)
DROPOUT = (0.0, 0.5)
LEARNING_RATE = (1e-4, 1e-2)
WEIGHT_DECAY = (1e-4, 0.3)


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
    if "layers" not in chosen:
        found["depth"] = trial.suggest_int("depth", *DEPTH)
        found["width"] = trial.suggest_categorical("width", WIDTHS)
    if "dropout" not in chosen:
        found["dropout"] = trial.suggest_float("dropout", *DROPOUT, step=0.05)
    if "learning_rate" not in chosen:
        found["learning_rate"] = trial.suggest_float("learning_rate", *LEARNING_RATE, log=True)
    if "weight_decay" not in chosen:
        found["weight_decay"] = trial.suggest_float("weight_decay", *WEIGHT_DECAY, log=True)
    if "batch_size" not in chosen:
        sizes = _batches(prepared, settings)
        found["batch_size"] = trial.suggest_categorical("batch_size", sizes)
    return found


def defaults(prepared: Prepared, settings: Settings) -> dict[str, Any]:
    """What the defaults are in the terms of a trial, so that tuning begins with them.

    Args:
        prepared: the table.
        settings: what is named there is not tried.
    """
    whole = resolved_for(prepared, settings)
    layers = whole.layers or LAYERS
    values = {
        "depth": len(layers),
        "width": layers[0],
        "dropout": whole.dropout,
        "learning_rate": whole.learning_rate,
        "weight_decay": whole.weight_decay,
        "batch_size": whole.batch_size,
    }
    fixed = {*settings.model_fields_set}
    if "layers" in fixed:
        fixed |= {"depth", "width"}
    return {name: value for name, value in values.items() if name not in fixed}


def as_changes(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters of a trial as settings.

    Args:
        parameters: as `suggested` gives them.
    Example:
        >>> as_changes({"depth": 2, "width": 64, "dropout": 0.1})
        {'dropout': 0.1, 'layers': (64, 64)}
    """
    changes = {name: v for name, v in parameters.items() if name not in ("depth", "width")}
    if "depth" in parameters:
        changes["layers"] = (parameters["width"],) * parameters["depth"]
    return changes


def _batches(prepared: Prepared, settings: Settings) -> list[int]:
    """Sizes that leave four steps a pass or more, and the default one."""
    most = len(prepared.y) // 4
    usual = resolved_for(prepared, settings).batch_size
    assert usual is not None
    return sorted({*(size for size in BATCHES if size <= most), usual})
