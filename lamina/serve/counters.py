"""What the server counts, in the text form that Prometheus reads. Touched by one thread only."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

TEXT = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counters:
    """Requests by path and status, how long predictions took, and rows.

    Example:
        >>> counters = Counters()
        >>> counters.count("/predict", 200, 0.004)
        >>> print(counters.text(0).splitlines()[2])
        lamina_requests_total{path="/predict",status="200"} 1
    """

    def __init__(self) -> None:
        self.rows = 0
        self.warnings = 0
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(_BOUNDS) + 1)
        self._seconds = 0.0

    def count(self, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            path: one of the server's own, "other" for any else.
            status: of the answer.
            seconds: from its first byte to its answer.
        """
        self._requests[path, status] += 1
        if path == "/predict":
            self._buckets[bisect_left(_BOUNDS, seconds)] += 1
            self._seconds += seconds

    def text(self, waiting: int) -> str:
        """All of it.

        Args:
            waiting: how many requests wait now.
        """
        lines = _head("lamina_requests_total", "counter", "Requests answered.")
        for (path, status), times in sorted(self._requests.items()):
            lines.append(f'lamina_requests_total{{path="{path}",status="{status}"}} {times}')
        name = "lamina_predict_seconds"
        lines += _head(name, "histogram", "Seconds from a request for predictions to its answer.")
        total = 0
        for bound, times in zip((*_BOUNDS, "+Inf"), self._buckets, strict=True):
            total += times
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        lines += [f"{name}_sum {self._seconds:.6f}", f"{name}_count {total}"]
        for name, kind, what, value in (
            ("lamina_rows_total", "counter", "Rows predicted.", self.rows),
            ("lamina_row_warnings_total", "counter", "Warnings given.", self.warnings),
            ("lamina_waiting", "gauge", "Requests that wait for the network.", waiting),
        ):
            lines += [*_head(name, kind, what), f"{name} {value}"]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, what: str) -> list[str]:
    return [f"# HELP {name} {what}", f"# TYPE {name} {kind}"]
