"""Activation functions: Keras 3's `keras.activations`.

Most are the ops of the same name; `functions.py` has those that take other arguments here.
"""

from lamina.base.lazy import lazy_exports

_OPS = (
    "celu elu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu log_sigmoid "
    "log_softmax relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus "
    "sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
).split()

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        **dict.fromkeys(_OPS, "lamina.ops"),
        "deserialize": "lamina.activations.family",
        "exponential": "lamina.activations.functions",
        "gelu": "lamina.activations.functions",
        "get": "lamina.activations.family",
        "linear": "lamina.activations.functions",
        "mish": "lamina.activations.functions",
        "relu": "lamina.activations.functions",
        "serialize": "lamina.activations.family",
    },
)
