"""Lamina's networks as scikit-learn estimators.

Nothing here imports scikit-learn until one of the names is used; without it, the error says what
to install.
"""

from typing import Any

from lamina.base.errors import missing_extra
from lamina.base.lazy import lazy_exports

_load, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "BuildMeta": "lamina.estimators.builders",
        "LaminaClassifier": "lamina.estimators.classifier",
        "LaminaRegressor": "lamina.estimators.regressor",
        "TabularPreprocessor": "lamina.estimators.preprocessor",
    },
)


def __getattr__(name: str) -> Any:
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != "sklearn":
            raise
        raise missing_extra("scikit-learn", "tables", f"lamina.{name}") from error
