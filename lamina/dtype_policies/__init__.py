"""Which dtypes a layer computes in and keeps its weights in: Keras 3's `keras.dtype_policies`."""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "DTypePolicy": "lamina.dtype_policies.policy",
        "DTypePolicyMap": "lamina.dtype_policies.policy_map",
        "FloatDTypePolicy": "lamina.dtype_policies.policy",
        "QuantizedDTypePolicy": "lamina.dtype_policies.quantized",
        "deserialize": "lamina.dtype_policies.family",
        "get": "lamina.dtype_policies.policy",
        "serialize": "lamina.dtype_policies.family",
    },
)
