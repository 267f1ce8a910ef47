"""The one thread in which the network predicts; requests that wait together are predicted together.

One thread suffices, since the network itself uses every core for many rows, and for few rows
the time goes into the call: twenty waiting requests of a row cost one call, not twenty.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import Any

from lamina.serve.limits import Limits, Refusal
from lamina.serve.served import Batch, Served

_TOGETHER = 1024  # rows of several requests predicted in one call

Job = tuple[Batch, "Future[list[dict[str, Any]]]"]


class Worker:
    """Predicts in a thread of its own.

    Args:
        served: the model.
        limits: of the server.
    """

    def __init__(self, served: Served, limits: Limits) -> None:
        self._served = served
        self._jobs: queue.Queue[Job | None] = queue.Queue(limits.waiting)
        self._thread = threading.Thread(target=self._work, name="lamina-serve", daemon=True)

    def start(self) -> None:
        """Predict a typical batch, so that the network is compiled, and start the thread."""
        self._served.predict([self._served.typical()])
        self._thread.start()

    def stop(self) -> None:
        """End the thread after what waits is done."""
        self._jobs.put(None)
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return self._jobs.qsize()

    def submit(self, batch: Batch) -> Future[list[dict[str, Any]]]:
        """Have a batch predicted.

        Args:
            batch: of one request.
        Returns:
            What will be its predictions.
        Raises:
            Refusal: 503: too many requests wait.
        """
        future: Future[list[dict[str, Any]]] = Future()
        try:
            self._jobs.put_nowait((batch, future))
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
                predicted = self._served.predict([batch for batch, _ in jobs])
                for job, found in zip(jobs, predicted, strict=True):
                    job[1].set_result(found)
            except Exception:  # one of them is at fault: each by itself then
                for job in jobs:
                    self._predict_alone(*job)

    def _predict_alone(self, batch: Batch, future: Future[list[dict[str, Any]]]) -> None:
        try:
            future.set_result(self._served.predict([batch])[0])
        except Exception as error:
            future.set_exception(error)

    def _next(self) -> tuple[list[Job], bool]:
        """Jobs to do together, and whether to stop after them."""
        jobs: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            if sum(batch.count for batch, _ in jobs) >= _TOGETHER:
                return jobs, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True
