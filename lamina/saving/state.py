"""Which weight goes where: the state of a model to a weights file and back.

Saving walks the model and lets every object write its variables. Loading first compares the whole
file with the whole model (names, number, shapes, dtypes, nothing left over) and assigns only if
everything fits, so a wrong file leaves the model as it was.
"""

import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lamina.base import dtypes
from lamina.base.errors import FileFormatError, message
from lamina.saving.hdf5 import OLD_LAYERS, ArrayTable
from lamina.saving.stores import GroupReader, Recorder
from lamina.saving.walk import Walk, family


def save_state(
    model: Any,
    make_store: Callable[[str, str | None], Any] | None,
    make_folder: Callable[[str], str] | None,
    skip: Iterable[Any] = (),
) -> None:
    """Let every part of a model write its variables and assets.

    Args:
        model: the model, or any saveable object.
        make_store: path, name -> dict-like store; None leaves variables out.
        make_folder: path -> folder for the part's assets; None leaves assets out.
        skip: objects to leave out.
    """

    def visit(obj: Any, path: str) -> bool:
        if make_store is not None and hasattr(obj, "save_own_variables"):
            name = getattr(obj, "name", None)
            obj.save_own_variables(make_store(path, name if isinstance(name, str) else None))
        if make_folder is not None and hasattr(obj, "save_assets"):
            obj.save_assets(make_folder(path))
        return True

    Walk(visit, skip).run(model)


class LoadOptions(NamedTuple):
    """How strictly a file must fit the model."""

    exact_dtype: bool = True  # False: a float of another width is converted
    optimizer: bool = True  # False: the file may hold the state of an optimizer the model lacks
    skip_mismatch: bool = False  # True: parts that do not fit keep their values, with a warning
    skip: tuple[Any, ...] = ()


class _Failure(NamedTuple):
    where: str
    reason: str


def load_state(model: Any, table: ArrayTable, options: LoadOptions) -> None:
    """Compare a file with a model, then assign.

    Args:
        model: the model, built.
        table: the file's arrays.
        options: how strictly they must fit.
    Raises:
        FileFormatError: an array is missing, left over, or has another shape or dtype.
    """
    match = _Match(table, options)
    Walk(match.visit, options.skip).run(model)
    match.check_rest()
    match.report_failures()
    for obj, path in match.fitting.values():
        try:
            obj.load_own_variables(GroupReader(table.group(path)))
        except Exception as error:
            match.failures[id(obj)] = _Failure(_describe(obj, path), str(error))
    match.report_failures()
    for note in match.notes:
        warnings.warn(note, stacklevel=2)


class _Match:
    """What fits what."""

    def __init__(self, table: ArrayTable, options: LoadOptions) -> None:
        self.table = table
        self.options = options
        self.fitting: dict[int, tuple[Any, str]] = {}
        self.failures: dict[int, _Failure] = {}
        self.notes: list[str] = []  # warnings to give if the rest fits
        self.used: set[str] = set()
        self.skipped: set[str] = set()

    def visit(self, obj: Any, path: str) -> bool:
        if not hasattr(obj, "load_own_variables"):
            return True
        reason = self._mismatch(obj, path)
        if reason is not None and family(type(obj)).__name__ == "Optimizer":
            if self._may_start_fresh(obj, path, reason):
                return True
        if reason is not None:
            self.failures.setdefault(id(obj), _Failure(_describe(obj, path), reason))
            self.skipped.add(path)
            return False
        self.failures.pop(id(obj), None)
        self.fitting[id(obj)] = (obj, path)
        self.used.add(path)
        return True

    def _may_start_fresh(self, obj: Any, path: str, reason: str) -> bool:
        """Whether an optimizer keeps its own state: it, or the saved one, had not been used."""
        stored = len(self.table.group(path))
        if self.options.exact_dtype and stored > 2:  # more than its step count and learning rate
            return False
        if self.options.exact_dtype and not stored:
            return False
        if not self.options.exact_dtype:
            self.notes.append(f"Skipping the state of optimizer {obj.name!r}: {reason}")
        self.used.add(path)
        return True

    def _mismatch(self, obj: Any, path: str) -> str | None:
        """Why the arrays at a path do not fit an object; None if they do."""
        stored = self.table.group(path)
        recorder = Recorder()
        obj.save_own_variables(recorder)
        expected = recorder.described()
        if set(expected) != set(stored):
            if not _has_default_hook(obj) and (stored or not expected):
                return None  # a hook of its own may store what it likes
            if not expected:
                return f"it has no variables yet, the file has {len(stored)}: build it first"
            return (
                f"expected {len(expected)} variables, but received {len(stored)} variables during "
                f"loading. Expected: {', '.join(sorted(expected))}; in the file: "
                f"{', '.join(sorted(stored)) or 'none'}"
            )
        if not _has_default_hook(obj):
            return None
        for key, (shape, dtype) in expected.items():
            array = stored[key]
            if array.shape != shape:
                return f"shapes must match: variable {key} is {shape}, in the file {array.shape}"
            if not self._dtype_fits(array.dtype, dtype):
                return f"dtypes must match: variable {key} is {dtype}, in the file {array.dtype}"
        return None

    def _dtype_fits(self, stored: str, wanted: str) -> bool:
        if stored == wanted or (dtypes.is_int(stored) and dtypes.is_int(wanted)):
            return True  # step counts and seeds are int64 on one Keras backend, int32 on another
        if (stored, wanted) == ("float32", "float64"):
            return True  # Keras on JAX has no float64; the wider value is the same one
        return not self.options.exact_dtype and dtypes.is_float(stored) and dtypes.is_float(wanted)

    def check_rest(self) -> None:
        """Refuse arrays that no part of the model asked for."""
        if self.options.skip or self.options.skip_mismatch:
            return
        asked = {f"{path}/vars" if path else "vars" for path in self.used | self.skipped}
        for path, arrays in self.table.groups.items():
            if not arrays or path in asked or path.replace(OLD_LAYERS, "layers", 1) in asked:
                continue
            if path.startswith("metrics/"):  # Keras 2 kept metric sums
                continue
            if not self.options.optimizer and "optimizer" in path.split("/"):
                continue
            place = next(iter(arrays.values())).path
            raise FileFormatError(
                message(
                    f"{self.table.name} holds weights at {place!r} that the model lacks.",
                    received=", ".join(f"{a.shape} {a.dtype}" for a in list(arrays.values())[:4]),
                    fix="load them into the model they were saved from, or pass skip_mismatch=True",
                )
            )

    def report_failures(self) -> None:
        """Raise for parts that do not fit, or warn if the caller asked to skip them."""
        if not self.failures:
            return
        first = next(iter(self.failures.values()))
        rest = [f.where for f in list(self.failures.values())[1:4]]
        text = message(
            f"{self.table.name}: {len(self.failures)} objects could not be loaded. {first.where}: "
            f"{first.reason}",
            received=f"the same for {', '.join(rest)}" if rest else None,
            fix="build the same model as the one that was saved",
        )
        if not self.options.skip_mismatch:
            raise FileFormatError(text)
        warnings.warn(text, stacklevel=2)
        self.failures.clear()


def _has_default_hook(obj: Any) -> bool:
    cls = type(obj)
    return cls.load_own_variables is getattr(family(cls), "load_own_variables", None)


def _describe(obj: Any, path: str) -> str:
    name = getattr(obj, "name", None)
    return f"{type(obj).__name__} {name!r} at {path or 'the top'!r}"
