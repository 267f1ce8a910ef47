"""The names of `keras.utils`."""

from lamina.base.lazy import lazy_exports

_SAVING = "lamina.saving"

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "CustomObjectScope": _SAVING,
        "Progbar": "lamina.utils.progbar",
        "PyDataset": "lamina.data.py_dataset",
        "Sequence": "lamina.data.py_dataset:PyDataset",
        "array_to_img": "lamina.utils.images",
        "clear_session": "lamina.utils.sessions",
        "custom_object_scope": _SAVING,
        "deserialize_keras_object": _SAVING,
        "disable_interactive_logging": "lamina.base.config",
        "enable_interactive_logging": "lamina.base.config",
        "get_custom_objects": _SAVING,
        "get_file": "lamina.utils.files",
        "get_registered_name": _SAVING,
        "get_registered_object": _SAVING,
        "get_source_inputs": "lamina.utils.model_graph",
        "img_to_array": "lamina.utils.images",
        "is_interactive_logging_enabled": "lamina.base.config",
        "is_keras_tensor": "lamina.ops",
        "load_img": "lamina.utils.images",
        "model_to_dot": "lamina.utils.model_pictures",
        "normalize": "lamina.utils.numerical",
        "pack_x_y_sample_weight": "lamina.data.packing",
        "pad_sequences": "lamina.utils.sequences",
        "plot_model": "lamina.utils.model_pictures",
        "register_keras_serializable": _SAVING,
        "save_img": "lamina.utils.images",
        "serialize_keras_object": _SAVING,
        "set_random_seed": "lamina.random.seed_generator",
        "standardize_dtype": "lamina.base.dtypes",
        "timeseries_dataset_from_array": "lamina.utils.timeseries",
        "to_categorical": "lamina.utils.numerical",
        "unpack_x_y_sample_weight": "lamina.data.packing",
    },
)
