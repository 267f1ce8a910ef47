"""First values of weights: Keras 3's `keras.initializers`."""

from lamina.base.lazy import lazy_exports

_CONSTANT = "lamina.initializers.constants"
_RANDOM = "lamina.initializers.distributions"
_SCALING = "lamina.initializers.scaling"
_ORTHOGONAL = "lamina.initializers.rotations"
_STFT = "lamina.initializers.stft_kernel"

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Constant": _CONSTANT,
        "GlorotNormal": _SCALING,
        "GlorotUniform": _SCALING,
        "HeNormal": _SCALING,
        "HeUniform": _SCALING,
        "Identity": _CONSTANT,
        "IdentityInitializer": f"{_CONSTANT}:Identity",
        "Initializer": "lamina.initializers.initializer",
        "LecunNormal": _SCALING,
        "LecunUniform": _SCALING,
        "Ones": _CONSTANT,
        "Orthogonal": _ORTHOGONAL,
        "OrthogonalInitializer": f"{_ORTHOGONAL}:Orthogonal",
        "RandomNormal": _RANDOM,
        "RandomUniform": _RANDOM,
        "STFT": _STFT,
        "STFTInitializer": f"{_STFT}:STFT",
        "TruncatedNormal": _RANDOM,
        "VarianceScaling": _SCALING,
        "Zeros": _CONSTANT,
        "constant": f"{_CONSTANT}:Constant",
        "deserialize": "lamina.initializers.family",
        "get": "lamina.initializers.family",
        "glorot_normal": f"{_SCALING}:GlorotNormal",
        "glorot_uniform": f"{_SCALING}:GlorotUniform",
        "he_normal": f"{_SCALING}:HeNormal",
        "he_uniform": f"{_SCALING}:HeUniform",
        "identity": f"{_CONSTANT}:Identity",
        "lecun_normal": f"{_SCALING}:LecunNormal",
        "lecun_uniform": f"{_SCALING}:LecunUniform",
        "ones": f"{_CONSTANT}:Ones",
        "orthogonal": f"{_ORTHOGONAL}:Orthogonal",
        "random_normal": f"{_RANDOM}:RandomNormal",
        "random_uniform": f"{_RANDOM}:RandomUniform",
        "serialize": "lamina.initializers.family",
        "stft": f"{_STFT}:STFT",
        "truncated_normal": f"{_RANDOM}:TruncatedNormal",
        "variance_scaling": f"{_SCALING}:VarianceScaling",
        "zeros": f"{_CONSTANT}:Zeros",
    },
)
