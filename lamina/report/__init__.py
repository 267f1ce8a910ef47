"""The report: one HTML page that says how well a model predicts, and how far to trust it.

`facts.py` describes what a report is made of, `page.py` puts it in order; the other files each
make one part of the page. Nothing is measured here.
"""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Facts": "lamina.report.facts",
        "write_report": "lamina.report.page",
    },
)
