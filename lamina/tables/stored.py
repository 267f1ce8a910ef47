"""All training rows of a stream, encoded into files that `fit` reads in place.

The files are mapped into memory, not read: the system fetches what is used and drops it again. An
epoch takes its rows from blocks of neighbours, drawn anew for each pass and mixed, so that the disk
is read in stretches; and it ends after a million rows, so that validation does not wait for a pass
over a huge table.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from lamina.base.config import cache_folder
from lamina.data.source import ArraySource
from lamina.tables.encoding import encode
from lamina.tables.errors import TableError
from lamina.tables.fitting import compact_target
from lamina.tables.holding import hold, is_abandoned
from lamina.tables.prepared import Prepared
from lamina.tables.targets import encode_target

EPOCH_ROWS = 1_000_000
_BLOCK = 4096  # rows
_PREFIX, _HELD = "rows-", "held"
_ROOM = 1.1  # free space on the disk that must be there, beside what is needed


class BlockSource(ArraySource):
    """Arrays too large for memory, as a source whose epochs are some of their rows.

    Args:
        arrays: (x, y, sample_weight), mapped.
        batch_size: rows in a batch.
        epoch_rows: rows in an epoch, at most.
    """

    def __init__(self, arrays: Any, batch_size: int, epoch_rows: int | None = None) -> None:
        super().__init__(arrays, batch_size, shuffle=True)
        self._epoch_rows = min(epoch_rows or EPOCH_ROWS, self.num_rows)
        self._waiting = np.empty(0, np.int64)

    @property
    def num_batches(self) -> int:
        """Batches in an epoch."""
        return -(-self._epoch_rows // self.batch_size)

    def epoch_order(self, rng: np.random.Generator | None = None) -> np.ndarray:
        """The rows of the next epoch, from the next blocks of the pass, or of a new one.

        Args:
            rng: draws blocks and rows.
        Returns:
            int64 array, the same number of rows each time.
        """
        rng = rng or self._rng
        drawn: list[np.ndarray] = []
        missing = self._epoch_rows
        while missing > 0:
            if not len(self._waiting):
                self._waiting = rng.permutation(-(-self.num_rows // _BLOCK))
            first = int(self._waiting[0]) * _BLOCK
            self._waiting = self._waiting[1:]
            rows = np.arange(first, min(first + _BLOCK, self.num_rows))
            drawn.append(rng.permutation(rows)[:missing])
            missing -= len(drawn[-1])
        return rng.permutation(np.concatenate(drawn))

    def get_state(self) -> dict[str, Any]:
        """The blocks that an unfinished pass has yet to give, for a later `set_state`."""
        return {"order": self._waiting, "next_batch": 0}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take up a pass where `get_state` found it.

        Args:
            state: what `get_state` returned, for data with the same number of rows.
        """
        self._waiting = np.asarray(state["order"], np.int64)


@contextmanager
def training_source(
    prepared: Prepared, batch_size: int, class_weights: np.ndarray | None = None
) -> Iterator[BlockSource]:
    """The training rows of a stream as a source for `fit`, while the context lasts.

    Args:
        prepared: with a stream, whose number of training rows is set, and the reasons for rows
            left out.
        batch_size: of the source.
        class_weights: (classes,) weights of rows in the loss; None for none.
    Yields:
        The source: arrays of `encode`, targets as `fitting` wants them, weights if there are any.
    Raises:
        TableError: there is no room on the disk, or a row cannot be read.
    """
    parent = cache_folder() / "tables"
    parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(parent)
    with (
        tempfile.TemporaryDirectory(
            prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True
        ) as folder,
        _held(Path(folder) / _HELD),
    ):
        arrays = _stored(prepared, Path(folder), class_weights)
        y, weights = arrays.pop("y"), arrays.pop("weights", None)
        yield BlockSource((arrays, y, weights), batch_size)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    new = path.with_suffix(".new")
    new.touch()
    with hold(new):  # under the name that others look for it is held from the beginning
        with suppress(PermissionError):  # Windows renames no open file, and has no locks
            new.rename(path)
        yield


def _remove_abandoned(parent: Path) -> None:
    """Remove the rows of processes that were killed: they may be gigabytes."""
    for path in parent.glob(f"{_PREFIX}*/{_HELD}"):
        if is_abandoned(path):
            shutil.rmtree(path.parent, ignore_errors=True)


def _stored(
    prepared: Prepared, folder: Path, class_weights: np.ndarray | None
) -> dict[str, np.ndarray]:
    stream, target = prepared.stream, prepared.target
    assert stream is not None
    rows = unknown = 0
    forms: dict[str, tuple[np.dtype, tuple[int, ...]]] = {}
    with ExitStack() as stack:
        files: dict[str, IO[bytes]] = {}
        for frame, without in stream.training(target):
            unknown += without
            y = encode_target(frame, target)
            arrays = {**encode(frame, prepared.columns), "y": compact_target(y, target)}
            if class_weights is not None:
                arrays["weights"] = class_weights[y].astype("float32")
            if not files:
                _check_room(arrays, stream.rows, folder)
                files = {n: stack.enter_context(open(folder / n, "wb")) for n in arrays}
                forms = {n: (a.dtype, a.shape[1:]) for n, a in arrays.items()}
            for name, array in arrays.items():
                np.ascontiguousarray(array).tofile(files[name])
            rows += frame.height
    if rows > EPOCH_ROWS and not stream.trained:
        prepared.split.notes.append(f"an epoch is {EPOCH_ROWS:,} of {rows:,} training rows")
    stream.trained = rows
    if unknown:
        prepared.dropped["no target"] = unknown
    return {
        name: np.asarray(np.memmap(folder / name, dtype, "r", shape=(rows, *shape)))
        for name, (dtype, shape) in forms.items()
    }


def _check_room(arrays: dict[str, np.ndarray], rows: int, folder: Path) -> None:
    """Refuse to begin what would fill the disk."""
    needed = rows * sum(a.itemsize * int(np.prod(a.shape[1:])) for a in arrays.values())
    free = shutil.disk_usage(folder).free
    if needed * _ROOM > free:
        raise TableError(
            f"The encoded rows need up to {needed / 1e9:.1f} GB in {str(folder.parent)!r}, where "
            f"{free / 1e9:.1f} GB are free.",
            "free some space, set LAMINA_CACHE to a folder on another disk, or leave columns of "
            "text out with --drop",
        )
