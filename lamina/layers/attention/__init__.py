"""Attention: layers that mix values by the likeness of queries and keys."""
