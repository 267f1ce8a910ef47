"""What weights are pulled back to after each update: Keras 3's `keras.constraints`."""

from lamina.base.lazy import lazy_exports

_NORMS = "lamina.constraints.norms"

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Constraint": "lamina.constraints.constraint",
        "MaxNorm": _NORMS,
        "MinMaxNorm": _NORMS,
        "NonNeg": "lamina.constraints.constraint",
        "UnitNorm": _NORMS,
        "deserialize": "lamina.constraints.family",
        "get": "lamina.constraints.family",
        "max_norm": f"{_NORMS}:MaxNorm",
        "min_max_norm": f"{_NORMS}:MinMaxNorm",
        "non_neg": "lamina.constraints.constraint:NonNeg",
        "serialize": "lamina.constraints.family",
        "unit_norm": f"{_NORMS}:UnitNorm",
    },
)
