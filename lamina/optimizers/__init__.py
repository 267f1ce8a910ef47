"""Optimizers: how gradients change the weights.

Start reading at `optimizer.py`; every other optimizer is one file with its `build` and
`update_step`.
"""

from lamina.base.lazy import lazy_exports

_ROOM = "lamina.optimizers"

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Adadelta": f"{_ROOM}.adadelta",
        "Adafactor": f"{_ROOM}.adafactor",
        "Adagrad": f"{_ROOM}.adagrad",
        "Adam": f"{_ROOM}.adam",
        "AdamW": f"{_ROOM}.adamw",
        "Adamax": f"{_ROOM}.adamax",
        "Ftrl": f"{_ROOM}.ftrl",
        "Lamb": f"{_ROOM}.lamb",
        "Lion": f"{_ROOM}.lion",
        "LossScaleOptimizer": f"{_ROOM}.loss_scale_optimizer",
        "MultiOptimizer": f"{_ROOM}.multi_optimizer",
        "Muon": f"{_ROOM}.muon",
        "Nadam": f"{_ROOM}.nadam",
        "Optimizer": f"{_ROOM}.optimizer",
        "OptimizerMap": f"{_ROOM}.optimizer_map",
        "RMSprop": f"{_ROOM}.rmsprop",
        "SGD": f"{_ROOM}.sgd",
        "ScheduleFreeAdamW": f"{_ROOM}.schedule_free_adamw",
        "deserialize": f"{_ROOM}.family",
        "get": f"{_ROOM}.family",
        "schedules": f"{_ROOM}.schedules:",
        "serialize": f"{_ROOM}.family",
    },
)
