"""Looking inside: every number of one row's way through a network, and its gradients' factors."""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "RowTrace": "lamina.explain.row_trace",
        "WeightTrace": "lamina.explain.row_trace",
        "trace": "lamina.explain.tracing",
    },
)
