"""From a folder of pictures to a decision: a folder per class, a network, figures, a report.

`train` does the whole of it; `load` opens what it saved. The other files each hold one step:
which files are there, reading and resizing them, the network, the facts of the report. Splits,
scores and the report are those of tables.
"""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "ImageModel": "lamina.images.model",
        "ImageRun": "lamina.images.run",
        "ImageSettings": "lamina.images.settings",
        "load": "lamina.images.model",
        "resume": "lamina.images.resuming",
        "train": "lamina.images.workflow",
        "tune": "lamina.images.tuning",
    },
)
