"""Penalties for weights that are added to the loss: Keras 3's `keras.regularizers`."""

from lamina.base.lazy import lazy_exports

_PENALTIES = "lamina.regularizers.penalties"
_ORTHOGONAL = "lamina.regularizers.orthogonal"

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "L1": _PENALTIES,
        "L1L2": _PENALTIES,
        "L2": _PENALTIES,
        "OrthogonalRegularizer": _ORTHOGONAL,
        "Regularizer": "lamina.regularizers.regularizer",
        "deserialize": "lamina.regularizers.family",
        "get": "lamina.regularizers.family",
        "l1": f"{_PENALTIES}:L1",
        "l1_l2": f"{_PENALTIES}:L1L2",
        "l2": f"{_PENALTIES}:L2",
        "orthogonal_regularizer": f"{_ORTHOGONAL}:OrthogonalRegularizer",
        "serialize": "lamina.regularizers.family",
    },
)
