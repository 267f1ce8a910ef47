"""Convolutions: layers that slide learned kernels over space."""
