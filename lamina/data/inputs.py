"""The one door for data: whatever `fit`, `evaluate` and `predict` are given becomes a `Source`.

Arrays, frames and lists become an `ArraySource`; a `PyDataset`, a PyTorch loader, a TensorFlow
dataset, a generator or any iterable of batches becomes a `BatchSource`. Foreign classes are known
by what they can do, so nothing is imported to recognise them.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.base import tree
from lamina.base.errors import ArgumentError, message
from lamina.data.arrays import unrecognized
from lamina.data.batch_source import BatchSource, both_weights, warn_ignored
from lamina.data.checks import check_count, non_finite_rows, warn_non_finite
from lamina.data.class_weights import check_class_weight, class_weight_to_sample_weights
from lamina.data.frames import is_frame
from lamina.data.packing import pack_x_y_sample_weight
from lamina.data.py_dataset import PyDataset, start_pass
from lamina.data.source import ArraySource, Source, check_shuffle
from lamina.data.structures import as_arrays

_INFINITE = -1  # what tf.data calls a dataset without end


def make_source(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    steps: int | None = None,
    shuffle: bool | str = False,
    class_weight: dict[int, float] | None = None,
    seed: int | None = None,
    for_predict: bool = False,
    allow_strings: bool = False,
) -> Source:
    """Batches from data of any kind.

    Args:
        x: arrays, frames, lists of numbers, tuples and dicts of these; or a PyDataset, PyTorch
            DataLoader, tf.data.Dataset, generator, iterator or iterable whose items are x, (x,),
            (x, y) or (x, y, sample_weight). A `Source` is returned as it is.
        y: targets in the same forms; None if `x` brings them along.
        sample_weight: weights (rows,), or (rows, steps) for weights in time, one for all targets or
            one for each; None if `x` brings them along.
        batch_size: rows in a batch, 32 if None. Ignored, with a warning, for data that come in
            batches.
        steps: batches in an epoch; None for a whole pass.
        shuffle: True, False or "batch". Of a PyDataset the order of batches is shuffled; other data
            that come in batches decide their own order.
        class_weight: class number -> weight. A class it lacks has weight 1, with a warning.
        seed: int for the source's own order of rows, used where `epoch` is given no generator.
        for_predict: leave out targets and weights that batches carry.
        allow_strings: let arrays of text pass, for models that begin with a text layer.
    Returns:
        The source.
    Raises:
        ArgumentError, ArgumentTypeError, DTypeError, ShapeError: data or arguments cannot be used;
            the message names the argument, and the column or row where there is one.
    Example:
        >>> source = make_source([[1.0], [2.0], [3.0]], [0, 1, 0], batch_size=2)
        >>> source.num_rows, source.num_batches, source.arrays[0].dtype.name
        (3, 2, 'float32')
    """
    if isinstance(x, Source):
        return x
    batch_size = check_count(batch_size, "batch_size")
    steps = check_count(steps, "steps_per_epoch")
    shuffle = check_shuffle(shuffle)
    class_weight = check_class_weight(class_weight)
    kind = batch_kind(x)
    if kind is None:
        parts = _in_memory(x, y, sample_weight, class_weight, allow_strings)
        return ArraySource(parts, batch_size, steps, shuffle, seed)
    for argument, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise _brought_along(argument, kind)
    if batch_size is not None:
        warn_ignored("batch_size", kind)
    return BatchSource(
        **_opened(x, kind, bool(shuffle), steps),
        kind=kind,
        steps=steps,
        class_weight=class_weight,
        for_predict=for_predict,
        allow_strings=allow_strings,
        seed=seed,
    )


def one_batch(x: Any) -> Any:
    """Data for a prediction as one batch, checked like those of a source.

    Args:
        x: as for `make_source`, in memory.
    Returns:
        `x` as an array, or packed as `(x,)` where it is a list or tuple of several.
    Raises:
        ArgumentError, ArgumentTypeError, DTypeError, ShapeError: as `make_source`.
    """
    if type(x) is np.ndarray and x.size and x.ndim:  # in few steps, for single rows
        array = as_arrays(x, "x")
        if non_finite_rows(array) is not None:
            warn_non_finite((array, None, None))
        return array
    source = make_source(x, batch_size=None, for_predict=True)
    return pack_x_y_sample_weight(*source.arrays)  # type: ignore[attr-defined]


def batch_kind(x: Any) -> str | None:
    """What kind of batch-wise data a value is.

    Args:
        x: anything.
    Returns:
        "PyDataset", "DataLoader", "tf.data.Dataset", "generator", "iterator" or "iterable"; None
        for data that lie in memory.
    Raises:
        ArgumentError: the value is no data at all.
    """
    if type(x) is np.ndarray:
        return None
    if _is_py_dataset(x):
        return "PyDataset"
    if x is None or tree.is_nested(x) or isinstance(x, (np.ndarray, range, str, bytes)):
        if x is None:
            raise unrecognized(x, "x")
        return None
    if hasattr(x, "as_numpy_iterator"):
        return "tf.data.Dataset"
    if hasattr(x, "__array__") or hasattr(x, "tocsr") or hasattr(x, "detach") or is_frame(x):
        return None
    if hasattr(x, "__iter__"):
        if hasattr(x, "dataset") and hasattr(x, "batch_size"):
            return "DataLoader"
        if hasattr(x, "__next__"):
            return "generator" if hasattr(x, "gi_frame") else "iterator"
        if not isinstance(x, (set, frozenset, type)) and not hasattr(x, "shape"):
            return "iterable"
    if np.isscalar(x):
        return None
    raise unrecognized(x, "x")


def _is_py_dataset(x: Any) -> bool:
    """Whether a value is a PyDataset, ours or that of an installed Keras."""
    return isinstance(x, PyDataset) or any(c.__name__ == "PyDataset" for c in type(x).__mro__)


def _in_memory(
    x: Any, y: Any, sample_weight: Any, class_weight: dict | None, allow_strings: bool
) -> tuple[Any, Any, Any]:
    x = as_arrays(x, "x", allow_strings)
    y = as_arrays(y, "y")
    weight = as_arrays(sample_weight, "sample_weight")
    if weight is not None:
        if class_weight:
            raise both_weights()
        weight = _weight_for_each_target(y, weight)
    parts = (x, y, weight)
    warn_non_finite(parts)
    if class_weight:
        parts = (x, y, class_weight_to_sample_weights(y, class_weight))
    return parts


def _weight_for_each_target(y: Any, weight: Any) -> Any:
    """Weights in the structure of the targets."""
    if y is None:
        raise ArgumentError(
            message(
                "`sample_weight` was given without `y`.",
                fix="pass the targets as `y`; weights multiply the loss of each row",
            )
        )
    if not tree.is_nested(y):
        if not tree.is_nested(weight):
            return weight
    elif tree.is_nested(weight):
        try:
            tree.assert_same_structure(y, weight)
            return weight
        except ArgumentError:
            pass
    elif weight.ndim == 1 or (weight.ndim == 2 and weight.shape[1] == 1):
        return tree.map_structure(lambda _: weight, y)
    raise ArgumentError(
        message(
            "`sample_weight` does not fit the structure of `y`.",
            received=f"y: {_outline(y)}; sample_weight: {_outline(weight)}",
            required="one array for each target in `y`, or one array of shape (rows,) for all",
        )
    )


def _outline(structure: Any) -> str:
    """A structure with shapes in the place of arrays."""
    return str(tree.map_structure(lambda a: getattr(a, "shape", None), structure))[:120]


def _brought_along(argument: str, kind: str) -> ArgumentError:
    return ArgumentError(
        message(
            f"When `x` is a {kind}, `{argument}` should not be passed.",
            received=f"x as a {kind}, and {argument}",
            fix="let each batch be (x, y) or (x, y, sample_weight)",
        )
    )


def _opened(x: Any, kind: str, shuffle: bool, steps: int | None) -> dict[str, Any]:
    """The arguments of `BatchSource` that differ from kind to kind."""
    if kind == "PyDataset":
        if x.num_batches is None and steps is None:
            raise _endless(kind)
        return {
            "start_pass": lambda rng: start_pass(x, shuffle, rng),
            "shuffles": shuffle,
            "length": lambda: x.num_batches,
            "on_epoch_begin": getattr(x, "on_epoch_begin", None),
            "on_epoch_end": getattr(x, "on_epoch_end", None),
        }
    if kind == "tf.data.Dataset":
        length = _tf_length(x)
        if length == _INFINITE and steps is None:
            raise _endless(kind)
        known = length if length is not None and length >= 0 else None
        return {"start_pass": lambda rng: iter(x.as_numpy_iterator()), "length": lambda: known}
    if kind in ("generator", "iterator"):
        return {"start_pass": lambda rng: iter(x), "restartable": False}
    return {"start_pass": lambda rng: _iterate(x, kind), "length": lambda: _length(x)}


def _iterate(x: Any, kind: str) -> Iterator:
    iterator = iter(x)
    if not hasattr(iterator, "__next__"):
        raise unrecognized(x, "x")
    return iterator


def _length(x: Any) -> int | None:
    try:
        return len(x)
    except TypeError:
        return None


def _tf_length(x: Any) -> int | None:
    cardinality = getattr(x, "cardinality", None)
    return int(cardinality()) if callable(cardinality) else None


def _endless(kind: str) -> ArgumentError:
    return ArgumentError(
        message(
            f"The {kind} passed as `x` has no end.",
            required="`steps_per_epoch` (or `steps`), the number of batches in an epoch",
        )
    )
