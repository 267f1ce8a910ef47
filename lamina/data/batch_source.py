"""Data that come batch by batch: generators, loaders, datasets.

`BatchSource` turns passes over such data into epochs. A pass is one run of the iterator; an epoch
is a pass, or `steps` batches of it, and the next epoch then goes on where this one stopped. Where
the iterator comes from, and whether it can be started again, the caller (`inputs.py`) says.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message
from lamina.data.checks import check_rows, warn_non_finite
from lamina.data.class_weights import class_weight_to_sample_weights
from lamina.data.packing import unpack_x_y_sample_weight
from lamina.data.source import Batch, Source, warn_out_of_data
from lamina.data.structures import as_arrays

_NO_ITEM = object()


class BatchSource(Source):
    """Batches from an iterator.

    Args:
        start_pass: called with a random generator at the start of each pass; returns an iterator of
            x, (x,), (x, y) or (x, y, sample_weight).
        kind: what the user passed, for messages: "generator", "PyDataset", "DataLoader" and so on.
        length: called for the number of batches in a pass; returns None if that is unknown.
        restartable: whether `start_pass` gives a fresh pass each time.
        shuffles: whether the order of a pass comes from the generator.
        steps: batches in an epoch, None for a whole pass.
        class_weight: class number -> weight, for batches without sample weights.
        for_predict: leave out y and sample_weight.
        on_epoch_begin: called before the first batch of each epoch.
        on_epoch_end: called after the last batch, also if the epoch is broken off.
        allow_strings: let arrays of text pass.
        seed: for where `epoch` is given no generator.
    """

    def __init__(
        self,
        start_pass: Callable[[np.random.Generator], Iterator],
        kind: str,
        *,
        length: Callable[[], int | None] | None = None,
        restartable: bool = True,
        shuffles: bool = False,
        steps: int | None = None,
        class_weight: dict[int, float] | None = None,
        for_predict: bool = False,
        on_epoch_begin: Callable[[], Any] | None = None,
        on_epoch_end: Callable[[], Any] | None = None,
        allow_strings: bool = False,
        seed: int | None = None,
    ) -> None:
        super().__init__(steps, seed)
        self.kind = kind
        self.restartable = restartable
        self.shuffles = shuffles
        self._start_pass = start_pass
        self._length = length or (lambda: None)
        self._class_weight = class_weight
        self._for_predict = for_predict
        self._hooks = (on_epoch_begin, on_epoch_end)
        self._allow_strings = allow_strings
        self._pass: Iterator | None = None
        self._held: Any = _NO_ITEM
        self._position = 0
        self._pass_length: int | None = None
        self._in_epoch = False
        self._warned_finite = False
        self._warned_classes: set[int] = set()

    @property
    def num_batches(self) -> int | None:
        """Batches in an epoch: `steps`, or the length of a pass if it is known or was seen."""
        if self.steps is not None:
            return self.steps
        length = self._length()
        return self._pass_length if length is None else length

    def peek(self, rng: np.random.Generator | None = None) -> Batch:
        """The first batch of the coming epoch, which that epoch gives again, unless it shuffles."""
        self._begin()
        item = self._next_item(rng)
        if item is _NO_ITEM:
            raise self._no_batches()
        self._held = item
        self._position -= 1
        return self._standardize(item, self._position)

    def epoch(self, rng: np.random.Generator | None = None) -> Iterator[Batch]:
        """The batches of the next epoch, one by one.

        Raises:
            ArgumentError: the data give no batch at all, or a batch is malformed; its number is
                named.
        """
        if self.exhausted:
            warn_out_of_data(self.num_batches or 1, 0)
            return
        if self.shuffles and self._held is not _NO_ITEM:
            self._drop_pass()  # `peek` began one in an order that is not this epoch's
        self._begin()
        count = 0
        try:
            while self.steps is None or count < self.steps:
                fresh = self._pass is None
                item = self._next_item(rng)
                if item is _NO_ITEM:
                    self._end_pass()
                    if self.restartable and self.steps and count == 0 and not fresh:
                        continue  # the last epoch used the pass up exactly
                    if self._pass_length == 0:
                        raise self._no_batches()
                    if self.steps or count == 0:
                        warn_out_of_data(self.steps or self.num_batches or 1, count)
                    break
                count += 1
                yield self._standardize(item, self._position - 1)
            if self._position and self._position == self._length():
                self._end_pass()
        finally:
            if self.steps is None:
                self._drop_pass()
            self._end()

    def skip_epochs(self, count: int) -> None:
        """Leave out epochs that an earlier run has had, so that the next one is that run's next.

        Data that make every pass anew are told of so many epochs and asked for no batch of them;
        data that can be had only once are left as they are.

        Args:
            count: of epochs.
        """
        self._drop_pass()
        for _ in range(count):
            self._begin()
            self._end()

    def close(self) -> None:
        """Stop the pass that is under way, and with it its workers."""
        self._drop_pass()
        self._end()

    def _next_item(self, rng: np.random.Generator | None) -> Any:
        if self._held is not _NO_ITEM:
            item, self._held = self._held, _NO_ITEM
        else:
            if self._pass is None:
                self._pass, self._position = self._start_pass(rng or self._rng), 0
            item = next(self._pass, _NO_ITEM)
        if item is not _NO_ITEM:
            self._position += 1
        return item

    def _end_pass(self) -> None:
        self._pass_length = self._position
        self._close_pass()
        self._pass = None
        self._position = 0
        self.exhausted = not self.restartable

    def _drop_pass(self) -> None:
        """Leave a pass before its end; one that cannot be started again is kept."""
        if self._pass is not None and self.restartable:
            self._close_pass()
            self._pass, self._held, self._position = None, _NO_ITEM, 0

    def _close_pass(self) -> None:
        close = getattr(self._pass, "close", None)
        if self.restartable and close is not None:
            close()

    def _begin(self) -> None:
        if not self._in_epoch:
            self._in_epoch = True
            if self._hooks[0] is not None:
                self._hooks[0]()

    def _end(self) -> None:
        if self._in_epoch:
            self._in_epoch = False
            if self._hooks[1] is not None:
                self._hooks[1]()

    def _no_batches(self) -> ArgumentError:
        return ArgumentError(
            message(
                f"The {self.kind} passed as `x` gives no batches.",
                required="at least one batch",
                fix="a generator can be used up only once; create a new one for each call",
            )
        )

    def _standardize(self, item: Any, number: int) -> Batch:
        where = f" of batch {number}"
        if item is None:
            raise ArgumentError(
                message(
                    f"Batch {number} of the {self.kind} is None.",
                    required="x, (x, y) or (x, y, sample_weight)",
                    fix="return the batch from the function that makes it",
                )
            )
        try:
            x, y, weight = unpack_x_y_sample_weight(item)
        except ArgumentError as error:
            error.add_note(f"Seen in batch {number} of the {self.kind}.")
            raise
        x = as_arrays(x, "x" + where, self._allow_strings)
        if self._for_predict:
            y = weight = None
        y = as_arrays(y, "y" + where)
        weight = as_arrays(weight, "sample_weight" + where)
        check_rows((x, y, weight), where)
        if self._class_weight:
            if weight is not None:
                raise both_weights()
            weight = class_weight_to_sample_weights(y, self._class_weight, self._warned_classes)
        if not self._warned_finite:
            self._warned_finite = warn_non_finite((x, y, weight), where)
        if self.check is not None:
            try:
                self.check((x, y, weight))
            except ArgumentError as error:
                error.add_note(f"Seen in batch {number} of the {self.kind}.")
                raise
        return x, y, weight


def both_weights() -> ArgumentError:
    """The error for `class_weight` and `sample_weight` at once."""
    return ArgumentError(
        message(
            "You cannot use `class_weight` and `sample_weight` at the same time.",
            fix="multiply the class weights into sample_weight",
        )
    )


def warn_ignored(argument: str, kind: str) -> None:
    """Say that an argument means nothing for data that come in batches."""
    warnings.warn(
        f"`{argument}` is ignored because `x` is a {kind}, which makes its own batches.",
        UserWarning,
        stacklevel=4,
    )
