"""Well-known datasets, each a module with `load_data()`.

`digits`, `iris`, `wine` and `breast_cancer` come with scikit-learn and need no network. The others
have Keras's names and signatures; `files` says where they are looked up before anything is
downloaded.
"""

from lamina.base.lazy import lazy_exports

_NAMES = (
    "boston_housing",
    "breast_cancer",
    "california_housing",
    "cifar10",
    "cifar100",
    "digits",
    "fashion_mnist",
    "imdb",
    "iris",
    "mnist",
    "reuters",
    "wine",
)

__getattr__, __dir__, __all__ = lazy_exports(
    __name__, {name: f"lamina.datasets.{name}:" for name in _NAMES}
)
