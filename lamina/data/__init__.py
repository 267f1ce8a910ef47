"""Feeding data: whatever the user has becomes batches of arrays, by `inputs.make_source`."""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "ArraySource": "lamina.data.source",
        "BatchSource": "lamina.data.batch_source",
        "DataWorkerError": "lamina.data.workers",
        "PyDataset": "lamina.data.py_dataset",
        "Source": "lamina.data.source",
        "make_source": "lamina.data.inputs",
        "pack_x_y_sample_weight": "lamina.data.packing",
        "split_validation": "lamina.data.split",
        "unpack_x_y_sample_weight": "lamina.data.packing",
    },
)
