"""Programs into programs: differentiation and simplification."""
