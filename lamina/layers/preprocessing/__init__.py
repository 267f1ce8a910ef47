"""Layers that prepare features; some learn from data by `adapt` before training."""
