"""A model as the bytes of a `.keras` file, which is how pickled estimators carry it.

No code is pickled: a file names layers, and only layers that Lamina knows or the user registered
are made when it is read.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from lamina.estimators.network import default_loss, has_default_loss
from lamina.models import Model
from lamina.saving import load_model, save_model


def stored(model: Model) -> dict[str, Any]:
    """A model as bytes and arrays.

    Returns:
        "content": of its `.keras` file, the optimizer's state included; "counts": what the file
        leaves out, the states of random generators.
    """
    file = io.BytesIO()
    save_model(model, file)
    return {"content": file.getvalue(), "counts": [np.array(v) for v in _generators(model)]}


def restored(state: dict[str, Any], task: str, dtype: str) -> Model:
    """The model that `stored` gave, which goes on training as the old one would have.

    Args:
        state: what `stored` gave.
        task: of the estimator.
        dtype: of the estimator; a file does not keep the dtype of a loss.
    Raises:
        FileFormatError: the content is damaged or names layers that are not registered.
    """
    model = load_model(io.BytesIO(state["content"]))
    for variable, value in zip(_generators(model), state["counts"], strict=True):
        variable.assign(value)
    if has_default_loss(model, task):
        model.compile(model.optimizer, default_loss(task, dtype))  # its state stays
    return model


def _generators(model: Model) -> list[Any]:
    """The variables that are no weights."""
    weights = {id(w) for w in model.weights}
    return [v for v in model.variables if id(v) not in weights]
