"""The one thread in which the network predicts; requests that wait together are predicted together.

One thread suffices, since the network itself uses every core for many rows, and for few rows
the time goes into the call: twenty waiting requests of a row cost one call, not twenty.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import Any

import numpy as np

from lamina.serve.answers import answers
from lamina.serve.limits import Limits, Refusal
from lamina.serve.rows import Rows
from lamina.tables.encoding import Notes
from lamina.tables.model import TableModel
from lamina.tables.schema import Schema

_TOGETHER = 1024  # rows of several requests predicted in one call
_PIECE = 8192  # rows of one request predicted in one call

Job = tuple[Rows, "Future[list[dict[str, Any]]]"]


class Worker:
    """Predicts rows in a thread of its own.

    Args:
        model: that predicts.
        limits: of the server.
    """

    def __init__(self, model: TableModel, limits: Limits) -> None:
        self.model = model
        self._jobs: queue.Queue[Job | None] = queue.Queue(limits.waiting)
        self._thread = threading.Thread(target=self._work, name="lamina-serve", daemon=True)

    def start(self) -> None:
        """Predict a row as most are, so that the network is compiled, and start the thread."""
        self.predict([typical_row(self.model.schema)])
        self._thread.start()

    def stop(self) -> None:
        """End the thread after what waits is done."""
        self._jobs.put(None)
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return self._jobs.qsize()

    def submit(self, rows: Rows) -> Future[list[dict[str, Any]]]:
        """Have rows predicted.

        Args:
            rows: of one request.
        Returns:
            What will be the predictions, one per row.
        Raises:
            Refusal: 503: too many requests wait.
        """
        future: Future[list[dict[str, Any]]] = Future()
        try:
            self._jobs.put_nowait((rows, future))
        except queue.Full:
            raise Refusal(
                503, "busy", "Too many requests wait; try again.", {"Retry-After": "1"}
            ) from None
        return future

    def _work(self) -> None:
        stopping = False
        while not stopping:
            jobs, stopping = self._next()
            jobs = [job for job in jobs if job[1].set_running_or_notify_cancel()]
            try:
                for job, found in zip(jobs, self.predict([j[0] for j in jobs]), strict=True):
                    job[1].set_result(found)
            except Exception:  # one of them is at fault: each by itself then
                for job in jobs:
                    self._predict_alone(*job)

    def _predict_alone(self, rows: Rows, future: Future[list[dict[str, Any]]]) -> None:
        try:
            future.set_result(self.predict([rows])[0])
        except Exception as error:
            future.set_exception(error)

    def _next(self) -> tuple[list[Job], bool]:
        """Jobs to do together, and whether to stop after them."""
        jobs: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            if sum(rows.count for rows, _ in jobs) >= _TOGETHER:
                return jobs, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def predict(self, batches: list[Rows]) -> list[list[dict[str, Any]]]:
        """Predict the rows of several requests at once.

        Args:
            batches: the rows of each.
        Returns:
            The predictions of each.
        """
        columns = self.model.schema.inputs
        count = sum(batch.count for batch in batches)
        if not count:
            return [[] for _ in batches]
        values = {c.name: _joined([batch.values[c.name] for batch in batches]) for c in columns}
        warnings = [row for batch in batches for row in batch.warnings]
        found: list[dict[str, Any]] = []
        for start in range(0, count, _PIECE):
            span = slice(start, start + _PIECE)
            notes = Notes()
            piece = {name: _cut(value, span) for name, value in values.items()}
            outputs = self.model.outputs_of(piece, notes)
            found += answers(outputs, notes, warnings[span], self.model.schema)
        ends = np.cumsum([batch.count for batch in batches]).tolist()
        return [found[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def typical_row(schema: Schema) -> Rows:
    """A row as most training rows are.

    Args:
        schema: of a model.
    """
    values: dict[str, Any] = {}
    for column in schema.inputs:
        if column.kind in ("number", "date"):
            values[column.name] = (np.array([column.fill]), np.zeros(1, bool))
        else:
            values[column.name] = [(*column.levels, "")[0]]
    return Rows(1, values, [[]])


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], tuple):
        return tuple(np.concatenate(side) for side in zip(*parts, strict=True))
    return [word for part in parts for word in part]


def _cut(value: Any, span: slice) -> Any:
    return tuple(side[span] for side in value) if isinstance(value, tuple) else value[span]
