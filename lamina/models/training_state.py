"""What a killed run needs to go on to the same bits: every number that later steps depend on.

Variables of the model (random counters included), optimizer and metrics; the global random counter;
the seed that the orders of rows come from; the place in the epoch and in a pass longer than an
epoch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.base.errors import FileFormatError, message
from lamina.data.batch_source import BatchSource
from lamina.data.source import ArraySource, Source
from lamina.random.seed_generator import global_seed_generator, make_default_seed


class FitProgress:
    """Where a running `fit` stands.

    Attributes:
        seed: from which the order of rows of each epoch is drawn.
        epoch: number of the running epoch.
        batch: batches done in it; after its end, 0 of the next.
        resume_epoch: the epoch to begin with, if the state of an earlier run was restored.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.seed = make_default_seed()
        self.epoch = 0
        self.batch = 0
        self.resume_epoch: int | None = None
        self._resume_batch = 0
        self._order_at_start: dict[str, Any] = {}

    def begin_epoch(self, epoch: int) -> int:
        """Note the epoch; how many of its batches an earlier run has done."""
        self.epoch = epoch
        self.batch, self._resume_batch = self._resume_batch, 0
        if isinstance(self.source, ArraySource):
            self._order_at_start = self.source.get_state()
        return self.batch

    def end_epoch(self) -> None:
        """Note that the epoch is over."""
        self.epoch += 1
        self.batch = 0
        if isinstance(self.source, ArraySource):
            self._order_at_start = self.source.get_state()

    def order_rng(self) -> np.random.Generator:
        """Draws the order of rows of the running epoch."""
        return np.random.Generator(np.random.Philox(key=[self.seed, self.epoch]))

    def resume(self, info: dict[str, Any], order: np.ndarray | None) -> None:
        """Take up where an earlier run stood."""
        self.seed = int(info["seed"])
        self.resume_epoch = int(info["epoch"])
        self._resume_batch = int(info["batch"])
        if isinstance(self.source, ArraySource):
            self.source.set_state({"order": order, "next_batch": int(info["next_batch"])})
        elif isinstance(self.source, BatchSource):
            self.source.skip_epochs(self.resume_epoch)


def _variables(model: Any) -> dict[str, Any]:
    groups = {
        "model": model.variables,
        "optimizer": model.optimizer.variables if model.optimizer is not None else [],
        "metrics": [v for metric in model.metrics for v in metric.variables],
        "random": [global_seed_generator().state],
    }
    return {f"{group}/{i}": v for group, found in groups.items() for i, v in enumerate(found)}


def training_state(model: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and JSON values that `restore_state` takes."""
    progress: FitProgress = model._progress
    arrays = {name: np.array(v) for name, v in _variables(model).items()}
    state = progress._order_at_start
    if state.get("order") is not None:
        arrays["order"] = state["order"]
    info = {
        "seed": progress.seed,
        "epoch": progress.epoch,
        "batch": progress.batch,
        "next_batch": state.get("next_batch", 0),
    }
    return arrays, info


def restore_state(model: Any, arrays: dict[str, np.ndarray], info: dict[str, Any]) -> None:
    """Put back a state; nothing changes unless all of it fits.

    Raises:
        FileFormatError: the state is of another model.
    """
    own = _variables(model)
    saved = {k: v for k, v in arrays.items() if k != "order"}
    wrong = sorted(set(own) ^ set(saved)) or [
        k for k, v in own.items() if tuple(saved[k].shape) != tuple(v.shape)
    ]
    if wrong:
        raise FileFormatError(
            message(
                "The saved training state belongs to another model or optimizer.",
                received=f"{len(saved)} arrays; first that does not fit: {wrong[0]}",
                required=f"{len(own)} arrays",
                fix="remove the backup, or train the model that it was made with",
            )
        )
    for name, variable in own.items():
        variable.assign(saved[name])
    model._progress.resume(info, arrays.get("order"))
