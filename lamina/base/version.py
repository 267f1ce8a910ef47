"""The version of Lamina, in the one place that the build and `lamina.__version__` read."""

VERSION = "0.1.0"
