"""The allow list: which names of a file become which objects, and which names objects get in files.

A file names objects by a Keras module and a class name. Both are looked up in the tables below and
in the public names of Lamina's own packages; what is not found there does not exist for a file.
Nothing is ever imported because a file says so. The same tables give an object of ours the name
real Keras knows it by.
"""

import inspect
from collections.abc import Iterator
from typing import Any

from lamina.base import lazy
from lamina.saving import operations

# Keras module -> our package: the classes in it may be built by a file. Order settles a class's own
# name.
CLASS_NAMESPACES = {
    "keras.layers": "lamina.layers",
    "keras.models": "lamina.models",
    "keras.initializers": "lamina.initializers",
    "keras.regularizers": "lamina.regularizers",
    "keras.constraints": "lamina.constraints",
    "keras.losses": "lamina.losses",
    "keras.metrics": "lamina.metrics",
    "keras.optimizers.schedules": "lamina.optimizers.schedules",
    "keras.optimizers": "lamina.optimizers",
    "keras.dtype_policies": "lamina.dtype_policies",
    "keras.random": "lamina.random",
}

# Keras saves a function by its bare name and looks it up in these packages, in this order.
FUNCTION_NAMESPACES = {
    "keras.activations": "lamina.activations",
    "keras.losses": "lamina.losses",
    "keras.metrics": "lamina.metrics",
    "keras.constraints": "lamina.constraints",
    "keras.initializers": "lamina.initializers",
    "keras.regularizers": "lamina.regularizers",
}
_NOT_VALUES = frozenset(
    {"get", "serialize", "deserialize"}
)  # helpers of these packages, not values

# Classes that Keras files under another module than the package they live in.
KERAS_MODULES = {
    "Functional": "keras.src.models.functional",
    "Sequential": "keras",
    "Model": "keras",
    "Layer": "keras",
    "Loss": "keras",
    "Metric": "keras",
    "Optimizer": "keras",
    "Initializer": "keras",
    "Regularizer": "keras",
    "DTypePolicy": "keras",
    "FloatDTypePolicy": "keras",
}

# Arguments that only Keras has; it writes None for them, which says nothing.
KERAS_ONLY_ARGUMENTS = ("quantization_config",)

# Models were filed under several modules over time; their names are unambiguous.
_MODEL_CLASSES = frozenset({"Functional", "Sequential", "Model"})
_ROOTS = ("keras", "tf_keras")


def keras_name(cls: type) -> tuple[str, str] | None:
    """The Keras module and name of one of our public classes.

    Args:
        cls: any class.
    Returns:
        For example ("keras.layers", "Dense"); None if the class is not public in Lamina.
    """
    if not cls.__module__.startswith("lamina."):
        return None
    for module, package in CLASS_NAMESPACES.items():
        if _member(package, cls.__name__) is cls:
            return KERAS_MODULES.get(cls.__name__, module), cls.__name__
    return None


def find_class(module: str, name: str) -> Any:
    """The constructor that a file means by a module and a class name.

    Args:
        module: the module as written in the file.
        name: the class name as written in the file.
    Returns:
        One of our public classes, or None.
    """
    operation = operations.find_operation(module, name)
    if operation is not None:
        return _OperationOfFile(operation)
    for package in _packages(module, name, CLASS_NAMESPACES):
        found = _member(package, name)
        if inspect.isclass(found) and hasattr(found, "from_config"):
            return found
    return None


class _OperationOfFile:
    """Stands for a Keras operation class; our ops are functions.

    Args:
        row: which op it is.
    """

    def __init__(self, row: operations.FiledOperation) -> None:
        self._row = row

    def from_config(self, config: dict[str, Any]) -> Any:
        """The operation with the arguments that its config keeps."""
        ops = lazy.load_namespace("lamina.ops")
        operation = lazy.load_namespace("lamina.ops.operation")
        name = config.pop("name", None)
        unknown = sorted(set(config) - set(self._row.config_arguments))
        if unknown or not hasattr(ops, self._row.function):
            raise TypeError(f"Operation {self._row.class_name!r} does not accept {unknown}.")
        return operation.FunctionOperation(getattr(ops, self._row.function), name, **config)


def find_function(module: str, name: str) -> Any:
    """The function that a file means by a module and a name.

    Args:
        module: "builtins", which Keras writes for all of its own functions, or a public Keras
            module.
        name: the function's name.
    Returns:
        One of our public functions, or None.
    """
    if name in _NOT_VALUES:
        return None
    if module == "builtins":
        packages = iter(FUNCTION_NAMESPACES.values())
    else:
        packages = _packages(module, name, FUNCTION_NAMESPACES)
    for package in packages:
        found = _member(package, name)
        if inspect.isfunction(found):
            return found
    return None


def keras_tensor() -> type:
    """The class of symbolic tensors."""
    return lazy.load_namespace("lamina.ops").KerasTensor


def near_names(module: str) -> list[str]:
    """The public names of the package a module stands for, for suggestions in errors."""
    return [name for package in _packages(module, "", CLASS_NAMESPACES) for name in _names(package)]


def _packages(module: str, name: str, table: dict[str, str]) -> Iterator[str]:
    """Our packages that a Keras module may stand for, such as "keras.src.layers.core.dense"."""
    if not isinstance(module, str):
        return
    parts = [part for part in module.split(".") if part != "src"]
    if not parts or parts[0] not in _ROOTS:
        return
    if name in _MODEL_CLASSES and "lamina.models" in table.values():
        yield "lamina.models"
    if len(parts) == 1:  # "keras" itself offers only the classes that Keras files there
        if KERAS_MODULES.get(name) == "keras":
            yield from table.values()
        return
    for length in (3, 2):
        package = table.get(".".join(["keras", *parts[1:length]]))
        if package is not None:
            yield package
            return


def _names(package: str) -> list[str]:
    try:
        return list(dir(lazy.load_namespace(package)))
    except ImportError:
        return []


def _member(package: str, name: str) -> Any:
    """A public attribute of one of our packages, or None; submodules do not count."""
    try:
        namespace = lazy.load_namespace(package)
    except ImportError:
        return None
    if name.startswith("_") or name not in getattr(namespace, "__all__", ()):
        return None
    found = getattr(namespace, name)
    return None if inspect.ismodule(found) else found
