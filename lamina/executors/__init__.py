"""Executors run programs: `reference` (NumPy) defines what is right; others are tested against it."""
