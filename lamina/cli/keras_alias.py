"""Makes `import keras` and `import tensorflow.keras` give Lamina, so that scripts run unedited.

An import hook in front of all others answers for `keras`, `tensorflow` and everything below them,
even if the real packages are installed. `keras.x.y` and `tensorflow.keras.x.y` are the very module
`lamina.x.y`; `tensorflow` itself is a small module with what Keras scripts commonly take from it,
and a clear error for the rest.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import lamina
from lamina.base.errors import message, near

_KERAS_ROOTS = ("keras", "tensorflow.keras")
_DTYPES = (
    "bfloat16 bool float16 float32 float64 int8 int16 int32 int64 string uint8 uint16 uint32 uint64"
).split()


def install() -> None:
    """Let `keras` and `tensorflow` mean Lamina from now on, in this process."""
    if not any(isinstance(finder, KerasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, KerasFinder())
    for name in list(sys.modules):
        if _lamina_name(name) or name.partition(".")[0] == "tensorflow":
            del sys.modules[name]


def uninstall() -> None:
    """Undo `install`; modules that a script has already imported stay what they are."""
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, KerasFinder)]
    for name in list(sys.modules):
        if _lamina_name(name) or name == "tensorflow":
            del sys.modules[name]


def _lamina_name(name: str) -> str | None:
    """The Lamina module that stands for a Keras module: "keras.layers" -> "lamina.layers"."""
    for root in _KERAS_ROOTS:
        if name == root or name.startswith(f"{root}."):
            return f"lamina{name[len(root) :]}"
    return None


class KerasFinder(importlib.abc.MetaPathFinder):
    """Finds `keras`, `tensorflow` and all modules below them; other names are left to others."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec for a name that belongs to Keras or TensorFlow, else None."""
        lamina_name = _lamina_name(fullname)
        if lamina_name is None and fullname.partition(".")[0] != "tensorflow":
            return None
        loader = _Loader(fullname, lamina_name)
        return importlib.machinery.ModuleSpec(fullname, loader, is_package=True)


class _Loader(importlib.abc.Loader):
    """Puts the Lamina module where the import system put an empty one."""

    def __init__(self, name: str, lamina_name: str | None) -> None:
        self.name = name
        self.lamina_name = lamina_name

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """None: the import system makes an empty module, which `exec_module` replaces."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Replace the empty module. The import system allows that; see PEP 302, `sys.modules`."""
        if self.lamina_name is not None:
            sys.modules[self.name] = _find_module(self.lamina_name, self.name)
        elif self.name == "tensorflow":
            sys.modules[self.name] = _TensorFlow(self.name)
        else:
            raise ModuleNotFoundError(_not_offered(self.name), name=self.name)


def _find_module(lamina_name: str, asked: str) -> ModuleType:
    try:
        return importlib.import_module(lamina_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{lamina_name}.".startswith(f"{error.name}."):
            raise  # the module is there, but something it needs is missing
    parent, _, child = lamina_name.rpartition(".")
    namespace = getattr(sys.modules.get(parent), child, None)  # made by its parent, not a file
    if isinstance(namespace, ModuleType):
        return namespace
    names = [name for name in dir(sys.modules.get(parent)) if name.islower()]
    hint = near(child, names)
    raise ModuleNotFoundError(
        f"No module named {asked!r}: Lamina has no {lamina_name!r}. {hint}".rstrip(), name=asked
    )


class _TensorFlow(ModuleType):
    """What a Keras script may take from `tensorflow`: `keras`, dtypes and a few settings."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "Lamina, under the name of TensorFlow.")
        self.__path__: list[str] = []
        self.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        for dtype in _DTYPES:
            setattr(self, dtype, dtype)
        self.random = SimpleNamespace(set_seed=_set_seed)
        self.config = SimpleNamespace(
            list_physical_devices=_list_devices,
            experimental=SimpleNamespace(list_physical_devices=_list_devices),
        )

    def __getattr__(self, name: str) -> Any:
        if name == "keras":
            return importlib.import_module("tensorflow.keras")
        if name == "__version__":
            return lamina.__version__
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(_not_offered(f"tensorflow.{name}"))


def _set_seed(seed: int) -> None:
    """TensorFlow's `random.set_seed`, for Lamina's random numbers."""
    importlib.import_module("lamina.utils").set_random_seed(seed)


def _list_devices(device_type: str | None = None) -> list[SimpleNamespace]:
    """One CPU and no GPU."""
    cpu = SimpleNamespace(name="/physical_device:CPU:0", device_type="CPU")
    return [cpu] if device_type in (None, "CPU") else []


def _not_offered(name: str) -> str:
    return message(
        f"{name!r} is not available: `lamina run` stands in for tensorflow.keras, not for all of "
        "TensorFlow.",
        fix="use keras.ops for array functions and lamina.grad for gradients, or run the script "
        "with python and TensorFlow.",
    )
