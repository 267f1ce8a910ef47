"""Core layers: input, dense, embedding, activation, masking and wrappers of functions."""
