"""Scopes and gradients under the names that people import, with all operators loaded."""

import lamina.ops  # noqa: F401  (operators on tensors must be in place)
from lamina.runtime.gradients import custom_gradient, grad, value_and_grad
from lamina.runtime.name_scope import name_scope
from lamina.runtime.scopes import StatelessScope, SymbolicScope

__all__ = [
    "StatelessScope",
    "SymbolicScope",
    "custom_gradient",
    "grad",
    "name_scope",
    "value_and_grad",
]
