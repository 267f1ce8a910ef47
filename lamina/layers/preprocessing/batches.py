"""The batches that `adapt` methods look at: of arrays, tables, generators, loaders, datasets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentTypeError, message


def batches_of(data: Any) -> Iterator[Any]:
    """The inputs in data, batch by batch; targets that come along are left out.

    Args:
        data: array or table (one batch), dataset with `__getitem__` and `__len__`, or iterable of
            batches.
    Raises:
        ArgumentTypeError: none of these.
    """
    if isinstance(data, np.ndarray):
        yield data
    elif hasattr(data, "to_numpy"):
        yield data.to_numpy()
    elif hasattr(data, "__iter__"):
        yield from map(_inputs, data)
    elif hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        yield from (_inputs(data[i]) for i in range(len(data)))
    else:
        raise ArgumentTypeError(
            message(
                f"Unsupported data type: {type(data)}.",
                required="an array, a dataset, or an iterable of batches (list, generator, loader)",
            )
        )


def _inputs(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple) else batch
