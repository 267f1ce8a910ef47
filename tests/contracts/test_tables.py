"""A primitive has a row in every table: specification, gradient, reference executor, samples."""

import numpy as np
from primitive_samples import SAMPLES

from lamina.executors.reference import REFERENCE
from lamina.ir.primitives import PRIMITIVES
from lamina.transforms.gradient_rules import GRADIENT_RULES


def test_every_primitive_has_a_gradient_rule_or_declares_zero():
    assert set(GRADIENT_RULES) == set(PRIMITIVES)


def test_every_primitive_runs_in_the_reference_executor():
    assert set(REFERENCE) == set(PRIMITIVES)


def test_every_primitive_has_samples():
    assert set(SAMPLES) == set(PRIMITIVES)
    assert all(SAMPLES.values())


def test_every_differentiable_primitive_is_checked_somewhere():
    """A sample with floats, smooth or not; Cholesky and loops have tests of their own."""
    for name, rule in GRADIENT_RULES.items():
        floats = [s for s in SAMPLES[name] if any(o.dtype == np.float64 for o in s.operands)]
        if rule is not None:
            smooth = any(s.smooth for s in floats)
            assert smooth or name in ("cholesky", "while", "custom_gradient"), name


def test_names_agree_with_keys():
    assert all(p.name == key for key, p in PRIMITIVES.items())
