"""Pooling: layers that join the elements of windows."""
