"""Executors run programs: `reference` (NumPy) defines what is right for the others."""
