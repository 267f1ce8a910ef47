"""The schedules by name, to JSON and back."""

from __future__ import annotations

from lamina.base.families import Family
from lamina.optimizers.schedules.cosine_decay import CosineDecay
from lamina.optimizers.schedules.cosine_decay_restarts import CosineDecayRestarts
from lamina.optimizers.schedules.exponential_decay import ExponentialDecay
from lamina.optimizers.schedules.inverse_time_decay import InverseTimeDecay
from lamina.optimizers.schedules.piecewise_constant_decay import PiecewiseConstantDecay
from lamina.optimizers.schedules.polynomial_decay import PolynomialDecay
from lamina.optimizers.schedules.schedule import LearningRateSchedule

SCHEDULES = Family(
    "learning rate schedule",
    [
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        LearningRateSchedule,
        PiecewiseConstantDecay,
        PolynomialDecay,
    ],
    accepts=lambda obj: isinstance(obj, LearningRateSchedule),
)
serialize, deserialize = SCHEDULES.serialize, SCHEDULES.deserialize
