"""Layers that do something in training only: noise, dropout and penalties."""
