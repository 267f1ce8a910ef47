"""From a table to a decision: rows as they come, a network, figures, a report.

`train` does the whole of it, `resume` what an interrupted run has left; `load` opens what was
saved. The other files each hold one step: reading, kinds of columns, targets, splits, encoding, the
network, fitting, scoring, the run's folder. What a step learns, it learns from training rows only.
"""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "Column": "lamina.tables.schema",
        "Run": "lamina.tables.run",
        "Schema": "lamina.tables.schema",
        "SchemaError": "lamina.tables.errors",
        "Settings": "lamina.tables.settings",
        "TableError": "lamina.tables.errors",
        "TableModel": "lamina.tables.model",
        "Target": "lamina.tables.schema",
        "TrainingFailed": "lamina.tables.errors",
        "load": "lamina.tables.model",
        "read_table": "lamina.tables.reading",
        "resume": "lamina.tables.resuming",
        "train": "lamina.tables.workflow",
        "tune": "lamina.tables.tuning",
    },
)
