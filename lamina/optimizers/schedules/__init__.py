"""Learning rates that change from step to step; each is a function of the step number."""

from lamina.base.lazy import lazy_exports

_ROOM = "lamina.optimizers.schedules"

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "CosineDecay": f"{_ROOM}.cosine_decay",
        "CosineDecayRestarts": f"{_ROOM}.cosine_decay_restarts",
        "ExponentialDecay": f"{_ROOM}.exponential_decay",
        "InverseTimeDecay": f"{_ROOM}.inverse_time_decay",
        "LearningRateSchedule": f"{_ROOM}.schedule",
        "PiecewiseConstantDecay": f"{_ROOM}.piecewise_constant_decay",
        "PolynomialDecay": f"{_ROOM}.polynomial_decay",
        "deserialize": f"{_ROOM}.family",
        "serialize": f"{_ROOM}.family",
    },
)
