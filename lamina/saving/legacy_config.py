"""Configs of Keras 2 and of `.h5` files, rewritten in the form of Keras 3.

The old form names classes without a module, marks tuples, and writes the calls of a functional
model as nested lists. After rewriting, the one deserializer and its allow list serve both.
"""

from typing import Any

from lamina.saving import constructors, operations

# Where a class without a module is looked for, in this order.
_MODULES = (
    "keras.layers",
    "keras.models",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
    "keras.optimizers",
    "keras.optimizers.schedules",
    "keras.losses",
    "keras.metrics",
    "keras.dtype_policies",
)
_OBSOLETE = frozenset({"implementation", "time_major", "jit_compile", "is_legacy_optimizer"})
_OLD_NAMES = {"Model": "Functional", "Policy": "DTypePolicy", "LossScaleOptimizer": None}


def modernize(config: Any, first: str = "keras.layers") -> Any:
    """A config in the form of Keras 3.

    Args:
        config: a config in either form; not changed.
        first: the module in which class names are looked for before the others.
    Returns:
        The config, with modules named and calls in the new form.
    """
    if isinstance(config, list):
        return [modernize(item, first) for item in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "__tuple__" and "items" in config:
        return tuple(modernize(item, first) for item in config["items"])
    result = {key: modernize(value, first) for key, value in config.items()}
    result.pop("__passive_serialization__", None)
    if isinstance(result.get("class_name"), str) and "config" in result and "module" not in config:
        _name_module(result, first)
    if isinstance(config.get("inbound_nodes"), list):
        result["inbound_nodes"] = [_call(node) for node in config["inbound_nodes"]]
    return result


def _name_module(item: dict[str, Any], first: str) -> None:
    """Give an old object config its module, and its arguments their new names."""
    name = _OLD_NAMES.get(item["class_name"], item["class_name"])
    if name is None or name.startswith("__"):
        return
    if isinstance(item["config"], list):  # a Sequential of the first Keras versions
        item["config"] = {"name": name.lower(), "layers": item["config"]}
    if name == "Lambda":
        _rename_lambda(item["config"])
    item["class_name"] = name
    item["module"] = None
    item.setdefault("registered_name", name)
    for module in (*_operation_modules(item), first, *_MODULES):
        if constructors.find_class(module, name) is not None:
            item["module"] = module
            item["registered_name"] = None
            break
    if isinstance(item["config"], dict):
        _rename_arguments(item["config"], name)


def _operation_modules(item: dict[str, Any]) -> tuple[str, ...]:
    """Where to look first for a node of a graph that is an op, as in `x + 1`.

    `Add` is an op and a layer; the config of a layer tells its dtype or whether it is trained.
    """
    config = item["config"]
    if "inbound_nodes" not in item or not isinstance(config, dict):
        return ()
    return () if {"dtype", "trainable"} & set(config) else operations.MODULES


def _rename_arguments(config: dict[str, Any], class_name: str) -> None:
    for key in _OBSOLETE & set(config):
        del config[key]
    shape = config.pop("batch_input_shape", None)
    if shape is not None:
        key = "batch_shape" if class_name == "InputLayer" else "input_shape"
        config[key] = shape if class_name == "InputLayer" else list(shape)[1:]
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        config["axis"] = axis[0]


def _rename_lambda(config: Any) -> None:
    """Old Lambda layers hold their bytecode in a list; only the fact is kept."""
    if not isinstance(config, dict):
        return
    for key in ("module", "function_type", "output_shape_type", "output_shape_module"):
        config.pop(key, None)
    if isinstance(config.get("function"), (list, tuple)):
        config["function"] = {"class_name": "__lambda__", "config": {}}


def _call(node: Any) -> Any:
    """One call of a layer: old lists of [layer, call, output, arguments] as args and kwargs."""
    if isinstance(node, dict):
        return modernize(node)
    if not isinstance(node, list) or not node:
        return node
    entries = node if isinstance(node[0], list) else [node]
    tensors = [_tensor(entry) for entry in entries]
    kwargs = entries[0][3] if len(entries[0]) > 3 and isinstance(entries[0][3], dict) else {}
    return {
        "args": [tensors if len(tensors) > 1 else tensors[0]],
        "kwargs": {key: _tensor_argument(value) for key, value in kwargs.items()},
    }


def _tensor(entry: list) -> dict[str, Any]:
    history = list(entry[:3])
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None], "dtype": "float32", "keras_history": history},
    }


def _tensor_argument(value: Any) -> Any:
    """A keyword argument; a list like ["dense", 0, 0] is a tensor."""
    if isinstance(value, list) and len(value) == 3 and isinstance(value[0], str):
        if all(isinstance(number, int) for number in value[1:]):
            return _tensor(value)
    return modernize(value)
