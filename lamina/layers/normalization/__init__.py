"""Layers that rescale by statistics: of the batch, of a sample, of a weight."""
