"""Lamina: the Keras 3 API on an engine of its own, for small and middle-sized networks on CPUs.

Importing this package loads nothing heavy, not even NumPy: every name loads its module when it is
used.
"""

from lamina.base import version as _version
from lamina.base.lazy import lazy_exports

__version__ = _version.VERSION

_NAMESPACES = (
    "activations backend callbacks config constraints data datasets dtype_policies estimators "
    "explain initializers layers losses metrics models ops optimizers random regularizers saving "
    "tree utils"
).split()

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        **{name: f"lamina.{name}:" for name in _NAMESPACES},
        "Function": "lamina.ops.function",
        "Initializer": "lamina.initializers",
        "Input": "lamina.layers",
        "InputSpec": "lamina.layers",
        "KerasTensor": "lamina.ops",
        "LaminaClassifier": "lamina.estimators",
        "LaminaRegressor": "lamina.estimators",
        "Layer": "lamina.layers",
        "Loss": "lamina.losses",
        "Metric": "lamina.metrics",
        "Model": "lamina.models",
        "Operation": "lamina.ops",
        "Optimizer": "lamina.optimizers",
        "Perceptron": "lamina.perceptron",
        "Regularizer": "lamina.regularizers",
        "Sequential": "lamina.models",
        "StatelessScope": "lamina.ops.scopes",
        "SymbolicScope": "lamina.ops.scopes",
        "TabularPreprocessor": "lamina.estimators",
        "Variable": "lamina.ops",
        "DTypePolicy": "lamina.dtype_policies",
        "FloatDTypePolicy": "lamina.dtype_policies",
        "custom_gradient": "lamina.ops",
        "device": "lamina.config",
        "grad": "lamina.ops.scopes",
        "name_scope": "lamina.ops.scopes",
        "stop_gradient": "lamina.ops",
        "value_and_grad": "lamina.ops.scopes",
        "version": "lamina.config",
    },
)
