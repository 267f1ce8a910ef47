"""Layers that move elements, add some or leave some out, and compute nothing."""
