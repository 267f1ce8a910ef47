"""The program: typed tensors, nodes that apply primitives to them, and their grammar."""
