"""`.keras` files, weights files, training states, and the JSON form of objects.

Start reading at `saving_api.py` (the public verbs), then `serialization.py` and
`deserialization.py` (objects and JSON), `state.py` (which weight goes where), and the checks:
`archive.py`, `json_text.py`, `hdf5.py`.
"""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "CustomObjectScope": "lamina.saving.registration",
        "custom_object_scope": "lamina.saving.registration",
        "deserialize_keras_object": "lamina.saving.deserialization",
        "get_custom_objects": "lamina.saving.registration",
        "get_registered_name": "lamina.saving.registration",
        "get_registered_object": "lamina.saving.registration",
        "load_model": "lamina.saving.saving_api",
        "load_weights": "lamina.saving.saving_api",
        "register_keras_serializable": "lamina.saving.registration",
        "save_model": "lamina.saving.saving_api",
        "save_weights": "lamina.saving.saving_api",
        "serialize_keras_object": "lamina.saving.serialization",
    },
)
