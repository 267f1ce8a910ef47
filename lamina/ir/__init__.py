"""The program: typed tensors, nodes that apply primitives to them, and the grammar both must obey."""
