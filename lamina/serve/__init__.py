"""A model behind HTTP: rows as JSON or pictures in, predictions out, and a form page for people.

`serve` starts the server; `create_app` gives the application for another server to run. A request
may be anything; it ends in an answer or in a refusal that says what was wrong, and never takes the
process with it.
"""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Limits": "lamina.serve.limits",
        "create_app": "lamina.serve.app",
        "serve": "lamina.serve.server",
    },
)
