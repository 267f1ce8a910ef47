"""Differentiation as the rooms above use it: the reverse pass with its table of rules loaded."""

from lamina.transforms.gradient_rules import GRADIENT_RULES
from lamina.transforms.reverse import backward

__all__ = ["GRADIENT_RULES", "backward"]
