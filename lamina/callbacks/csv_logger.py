"""The figures of every epoch in a CSV file, row by row.

A row is written in one piece and flushed, so a kill costs at most the row being written. A torn
last row is removed before more are appended, and a run resumed by `BackupAndRestore` goes on behind
the last row that its state knows, so that no epoch is there twice.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from typing import Any, BinaryIO

from lamina.callbacks.callback import Callback, Logs


class CSVLogger(Callback):
    """Writes every epoch's figures as a row of a CSV file.

    The columns are those of the first epoch; where an epoch has no value, "NA" is written.

    Args:
        filename: path of the file.
        separator: what stands between the values.
        append: whether to go on behind the rows of an earlier training.
    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "log.csv")
        >>> logger = CSVLogger(path)
        >>> logger.on_train_begin()
        >>> logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
        >>> logger.on_train_end()
        >>> with open(path) as file:
        ...     print(file.read().split())
        ['epoch,loss,val_loss', '0,0.5,0.75']
    """

    def __init__(
        self, filename: str | os.PathLike, separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        self.sep = separator
        self.filename = os.fspath(filename)
        self.append = append
        self.keys: list[str] | None = None
        self.csv_file: BinaryIO | None = None
        self._continue_at: int | None = None  # bytes of the file that an earlier run vouches for

    def on_train_begin(self, logs: Logs = None) -> None:
        """Start anew; the file is opened at the end of the first epoch."""
        self._close()
        self.keys = None
        self._continue_at = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write a row."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if self.keys and not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
        file = self.csv_file or self._open()
        self._write(file, [epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the file."""
        self._close()

    def _open(self) -> BinaryIO:
        """The file, cut to what shall stay; with a header if nothing does."""
        exists = os.path.exists(self.filename)
        kept = 0
        if exists and self._continue_at is not None:
            kept = min(self._continue_at, os.path.getsize(self.filename))
        elif exists and self.append:
            kept = _whole_rows(self.filename)
        self.csv_file = open(self.filename, "r+b" if exists else "w+b")
        self.csv_file.truncate(kept)
        self.csv_file.seek(kept)
        if not kept:
            self._write(self.csv_file, ["epoch", *(self.keys or [])])
        return self.csv_file

    def _write(self, file: BinaryIO, row: list[Any]) -> None:
        text = io.StringIO()
        csv.writer(text, delimiter=self.sep, lineterminator="\n").writerow(row)
        file.write(text.getvalue().encode())
        file.flush()

    def _close(self) -> None:
        if self.csv_file is not None:
            self.csv_file.close()
        self.csv_file = None

    def get_state(self) -> dict[str, Any]:
        """The columns, and how long the file is."""
        return {"keys": self.keys, "bytes": None if self.csv_file is None else self.csv_file.tell()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on behind the rows of an earlier run."""
        self._close()
        self.keys = state["keys"]
        self._continue_at = state["bytes"]


def _whole_rows(path: str) -> int:
    """The length of a file up to its last line end."""
    with open(path, "rb") as file:
        return file.read().rfind(b"\n") + 1


def _cell(value: Any) -> Any:
    """A value as a cell: several numbers as "[1, 2]"."""
    if isinstance(value, str) or getattr(value, "ndim", 1) == 0 or not isinstance(value, Iterable):
        return value
    return f"[{', '.join(map(str, value))}]"
