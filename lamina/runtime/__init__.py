"""Between programs and people: variables, tracing, compiled functions, gradients."""
