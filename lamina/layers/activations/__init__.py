"""Activation functions as layers, with the parameters that a function's name cannot carry."""
