"""Samples of every primitive: one table for the gradient, conformance and contract tests."""

from primitive_samples.base import Sample, numbers
from primitive_samples.contraction import CONTRACTION_SAMPLES
from primitive_samples.control import CONTROL_SAMPLES, INDEXING_SAMPLES
from primitive_samples.elementwise import ELEMENTWISE_SAMPLES
from primitive_samples.reduction import REDUCTION_SAMPLES
from primitive_samples.shaping import SHAPING_SAMPLES

SAMPLES: dict[str, list[Sample]] = {
    **ELEMENTWISE_SAMPLES,
    **REDUCTION_SAMPLES,
    **SHAPING_SAMPLES,
    **INDEXING_SAMPLES,
    **CONTRACTION_SAMPLES,
    **CONTROL_SAMPLES,
}


def cases() -> list[tuple[str, Sample]]:
    """Every sample with the name of its primitive."""
    return [(name, sample) for name, samples in SAMPLES.items() for sample in samples]


def identify(value: object) -> str | None:
    """The name that a case has in test reports."""
    if isinstance(value, str):
        return value
    return value.label.replace(" ", "_") if isinstance(value, Sample) else None


__all__ = ["SAMPLES", "Sample", "cases", "identify", "numbers"]
