"""Models: Sequential, functional and subclassed; training, evaluation and prediction."""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Functional": "lamina.models.functional",
        "Model": "lamina.models.functional",
        "Sequential": "lamina.models.sequential",
        "clone_model": "lamina.models.cloning",
        "load_model": "lamina.saving",
        "model_from_json": "lamina.saving.saving_api",
        "save_model": "lamina.saving",
    },
)
