"""Hostile and broken files; each must be refused.

Every function writes one file into a folder, given the parts of a good one. Names say what is
wrong.
"""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from samples import Parts

MAKERS: dict[str, Callable[[Parts, Path], Path | None]] = {}
KERNEL = "layers/dense/vars/0"


def _case(function: Callable[[Parts, Path], Path | None]) -> Callable:
    MAKERS[function.__name__] = function
    return function


def _raw(folder: Path, data: bytes) -> Path:
    path = folder / "file.keras"
    path.write_bytes(data)
    return path


# --- the archive ---


@_case
def empty_file(parts: Parts, folder: Path) -> Path:
    return _raw(folder, b"")


@_case
def text_file(parts: Parts, folder: Path) -> Path:
    return _raw(folder, b"this is not a model\n" * 100)


@_case
def half_an_archive(parts: Parts, folder: Path) -> Path:
    data = parts.write(folder / "file.keras").read_bytes()
    return _raw(folder, data[: len(data) // 2])


@_case
def something_before_the_archive(parts: Parts, folder: Path) -> Path:
    data = parts.write(folder / "file.keras").read_bytes()
    return _raw(folder, b"#!/bin/sh\necho hello\n" + data)


def _add(parts: Parts, folder: Path, info: zipfile.ZipInfo | str, data: bytes) -> Path:
    path = parts.write(folder / "file.keras")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, data)
    return path


@_case
def member_twice(parts: Parts, folder: Path) -> Path:
    path = parts.write(folder / "file.keras")
    data = parts.members["config.json"]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("Config.json", data)
    raw = path.read_bytes().replace(b"Config.json", b"config.json")
    return _raw(folder, raw)


@_case
def member_outside(parts: Parts, folder: Path) -> Path:
    return _add(parts, folder, "assets/../../escaped", b"x")


@_case
def member_absolute(parts: Parts, folder: Path) -> Path:
    return _add(parts, folder, "/tmp/escaped", b"x")


@_case
def member_with_backslash(parts: Parts, folder: Path) -> Path:
    return _add(parts, folder, "assets\\..\\escaped", b"x")


@_case
def member_link(parts: Parts, folder: Path) -> Path:
    info = zipfile.ZipInfo("assets/link")
    info.external_attr = 0o120777 << 16
    return _add(parts, folder, info, b"/etc/passwd")


@_case
def unknown_compression(parts: Parts, folder: Path) -> Path:
    info = zipfile.ZipInfo("assets/packed")
    info.compress_type = zipfile.ZIP_BZIP2
    return _add(parts, folder, info, b"x" * 100)


@_case
def encrypted_member(parts: Parts, folder: Path) -> Path:
    data = bytearray(parts.write(folder / "file.keras").read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        data[at + offset] |= 1
    return _raw(folder, bytes(data))


@_case
def bomb_of_zeros(parts: Parts, folder: Path) -> Path:
    info = zipfile.ZipInfo("assets/zeros")
    info.compress_type = zipfile.ZIP_DEFLATED
    return _add(parts, folder, info, bytes(70_000_000))


@_case
def bomb_of_spaces_in_config(parts: Parts, folder: Path) -> Path:
    path = folder / "file.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b"{" + b" " * 50_000_000 + b"}")
        archive.writestr("model.weights.h5", parts.members["model.weights.h5"])
    return path


@_case
def many_members(parts: Parts, folder: Path) -> Path:
    path = parts.write(folder / "file.keras")
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(11_000):
            archive.writestr(f"assets/{number}", b"")
    return path


@_case
def size_in_the_directory_is_a_lie(parts: Parts, folder: Path) -> Path:
    data = bytearray(parts.write(folder / "file.keras").read_bytes())
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 0x7FFFFFFF)
    return _raw(folder, bytes(data))


@_case
def overlapping_members(parts: Parts, folder: Path) -> Path:
    data = bytearray(parts.write(folder / "file.keras").read_bytes())
    first = data.find(b"PK\x01\x02")
    second = data.find(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return _raw(folder, bytes(data))


@_case
def no_config(parts: Parts, folder: Path) -> Path:
    path = folder / "file.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", parts.members["model.weights.h5"])
    return path


@_case
def no_weights(parts: Parts, folder: Path) -> Path:
    del parts.members["model.weights.h5"]
    return parts.write(folder / "file.keras")


@_case
def wrong_crc(parts: Parts, folder: Path) -> Path:
    path = parts.write(folder / "file.keras")
    data = path.read_bytes().replace(b'"units"', b'"Units"')
    return _raw(folder, data)


@_case
def other_weights_than_checksum(parts: Parts, folder: Path) -> Path:
    parts.change_weights(lambda file: file[KERNEL].write_direct(np.zeros((3, 4), "f4")))
    return parts.write(folder / "file.keras", checksums=True)


@_case
def member_that_metadata_does_not_list(parts: Parts, folder: Path) -> Path:
    parts.members["assets/more"] = b"x"
    config = parts.members["config.json"]
    return parts.write(folder / "file.keras", checksums=True, config=config)


@_case
def metadata_without_checksums(parts: Parts, folder: Path) -> Path:
    parts.members["metadata.json"] = b'{"lamina_version": "0.1.0"}'
    return parts.write(folder / "file.keras", checksums=True)


@_case
def metadata_is_a_list(parts: Parts, folder: Path) -> Path:
    parts.members["metadata.json"] = b"[]"
    return parts.write(folder / "file.keras", checksums=True)


# --- the JSON ---


@_case
def repeated_key(parts: Parts, folder: Path) -> Path:
    text = json.dumps(parts.config)
    text = text.replace('"units": 4', '"units": 4, "units": 400', 1)
    return parts.write(folder / "file.keras", config=text.encode())


@_case
def deep_json(parts: Parts, folder: Path) -> Path:
    text = '{"class_name": "A", "config": ' + '{"a":' * 50_000 + "1" + "}" * 50_001
    return parts.write(folder / "file.keras", config=text.encode())


@_case
def config_is_not_utf8(parts: Parts, folder: Path) -> Path:
    return parts.write(folder / "file.keras", config=b'{"class_name": "\xff\xfe"}')


@_case
def config_is_a_list(parts: Parts, folder: Path) -> Path:
    return parts.write(folder / "file.keras", config=b"[1, 2]")


@_case
def config_of_lists(parts: Parts, folder: Path) -> Path:
    return parts.write(folder / "file.keras", config=b"[" + b"[]," * 3_000_000 + b"0]")


@_case
def twenty_thousand_layers(parts: Parts, folder: Path) -> Path:
    dense = parts.layer(1)
    parts.config["config"]["layers"][1:] = [
        {**dense, "config": {**dense["config"], "name": f"d{n}"}} for n in range(20_000)
    ]
    return parts.write(folder / "file.keras")


# --- what the config asks for ---


def _layer(parts: Parts, folder: Path, **changes: object) -> Path:
    parts.layer(2).update(changes)
    return parts.write(folder / "file.keras")


def _argument(parts: Parts, folder: Path, number: int = 1, **changes: object) -> Path:
    parts.layer(number)["config"].update(changes)
    return parts.write(folder / "file.keras")


def _function(module: str, name: str) -> dict[str, str]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


@_case
def class_of_os(parts: Parts, folder: Path) -> Path:
    return _layer(parts, folder, module="os", class_name="system", config={"command": "id"})


@_case
def class_of_subprocess(parts: Parts, folder: Path) -> Path:
    return _layer(parts, folder, module="subprocess", class_name="Popen", config={"args": ["id"]})


@_case
def function_eval(parts: Parts, folder: Path) -> Path:
    return _argument(parts, folder, activation=_function("builtins", "eval"))


@_case
def function_get_file(parts: Parts, folder: Path) -> Path:
    return _argument(parts, folder, activation=_function("keras.utils", "get_file"))


@_case
def function_load_data(parts: Parts, folder: Path) -> Path:
    return _argument(parts, folder, activation=_function("keras.datasets.mnist", "load_data"))


@_case
def function_set_floatx(parts: Parts, folder: Path) -> Path:
    config = {"module": "keras.config", "class_name": "set_floatx", "config": {"value": "float16"}}
    return _layer(parts, folder, **config)


@_case
def function_set_random_seed(parts: Parts, folder: Path) -> Path:
    config = {"module": "keras.utils", "class_name": "set_random_seed", "config": {"seed": 1}}
    return _layer(parts, folder, **config)


@_case
def class_load_model(parts: Parts, folder: Path) -> Path:
    config = {"module": "keras.saving", "class_name": "load_model", "config": {"filepath": "x"}}
    return _layer(parts, folder, **config)


@_case
def class_of_callbacks(parts: Parts, folder: Path) -> Path:
    config = {"module": "keras.callbacks", "class_name": "CSVLogger", "config": {"filename": "x"}}
    return _layer(parts, folder, **config)


@_case
def class_of_our_own_internals(parts: Parts, folder: Path) -> Path:
    return _layer(parts, folder, module="lamina.saving.archive", class_name="Archive", config={})


@_case
def registered_name_of_something_else(parts: Parts, folder: Path) -> Path:
    return _layer(parts, folder, registered_name="builtins.eval")


@_case
def module_is_a_number(parts: Parts, folder: Path) -> Path:
    return _layer(parts, folder, module=3)


@_case
def class_name_is_a_list(parts: Parts, folder: Path) -> Path:
    return _layer(parts, folder, class_name=["Dense"])


@_case
def marshalled_lambda(parts: Parts, folder: Path) -> Path:
    function = {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}
    return _layer(parts, folder, class_name="Lambda", config={"name": "l", "function": function})


@_case
def type_spec(parts: Parts, folder: Path) -> Path:
    spec = {"class_name": "__typespec__", "spec_name": "x", "module": "os", "config": []}
    return _argument(parts, folder, activation={**spec, "registered_name": None})


@_case
def billions_of_units(parts: Parts, folder: Path) -> Path:
    return _argument(parts, folder, units=1_500_000_000)


@_case
def billions_of_inputs(parts: Parts, folder: Path) -> Path:
    parts.layer(0)["config"]["batch_shape"] = [None, 1_500_000_000]
    parts.config["config"]["build_input_shape"] = [None, 1_500_000_000]
    parts.config["build_config"] = {"input_shape": [None, 1_500_000_000]}
    parts.layer(1).pop("build_config", None)
    return parts.write(folder / "file.keras")


@_case
def huge_embedding(parts: Parts, folder: Path) -> Path:
    config = {"name": "e", "input_dim": 10**9, "output_dim": 10**3}
    parts.layer(1).update(class_name="Embedding", config=config)
    return parts.write(folder / "file.keras")


@_case
def huge_metric(parts: Parts, folder: Path) -> Path:
    metric = {"module": "keras.metrics", "class_name": "MeanIoU"}
    metric = {**metric, "config": {"num_classes": 10**9}, "registered_name": None}
    parts.config["compile_config"]["metrics"] = [metric]
    return parts.write(folder / "file.keras")


@_case
def many_thresholds(parts: Parts, folder: Path) -> Path:
    metric = {"module": "keras.metrics", "class_name": "AUC"}
    metric = {**metric, "config": {"num_thresholds": 10**9}, "registered_name": None}
    parts.config["compile_config"]["metrics"] = [metric]
    return parts.write(folder / "file.keras")


@_case
def huge_one_hot(parts: Parts, folder: Path) -> Path:
    layer = _operation("CategoryEncoding", [_input(3)], num_tokens=10**9, output_mode="count")
    layer |= {"module": "keras.layers", "registered_name": None}
    return _graph(parts, folder, [None, 3], layer)


@_case
def huge_mean(parts: Parts, folder: Path) -> Path:
    layer = _operation("Normalization", [_input(10**9)], mean=0.0, variance=1.0)
    layer |= {"module": "keras.layers", "registered_name": None}
    return _graph(parts, folder, [None, 10**9], layer)


@_case
def a_million_steps_written_out(parts: Parts, folder: Path) -> Path:
    parts.layer(0)["config"]["batch_shape"] = [None, 10**6, 3]
    config = {"name": "r", "units": 4, "unroll": True}
    parts.layer(1).update(class_name="LSTM", config=config)
    parts.layer(1).pop("build_config", None)
    return parts.write(folder / "file.keras")


@_case
def endless_pattern(parts: Parts, folder: Path) -> Path:
    policies = {"module": "keras.dtype_policies", "class_name": "DTypePolicyMap"}
    table = {"default_policy": "float32", "policy_map": {"(a+)+b": "float16"}}
    policies = {**policies, "config": table, "registered_name": None}
    return _argument(parts, folder, dtype=policies, name="a" * 60)


def _graph(parts: Parts, folder: Path, shape: list, *operations: dict) -> Path:
    """A functional model of operations that follow one another."""
    entry = {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None}
    entry |= {"config": {"batch_shape": shape, "name": "x"}, "name": "x", "inbound_nodes": []}
    config = {"name": "f", "trainable": True, "layers": [entry, *operations]}
    config |= {"input_layers": [["x", 0, 0]]}
    config |= {"output_layers": [[operations[-1]["name"], 0, 0]]}
    parts.config = {"module": "keras.src.models.functional", "class_name": "Functional"}
    parts.config |= {"config": config, "registered_name": "Functional"}
    return parts.write(folder / "file.keras")


def _operation(class_name: str, args: list, module: str = "numpy", **config: object) -> dict:
    config = {"name": "o", **config}
    operation = {"module": f"keras.src.ops.{module}", "class_name": class_name, "config": config}
    nodes = [{"args": args, "kwargs": {}}]
    return {**operation, "registered_name": class_name, "name": "o", "inbound_nodes": nodes}


def _input(*shape: int) -> dict:
    config = {"shape": [None, *shape], "dtype": "float32", "keras_history": ["x", 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


@_case
def operation_without_a_symbolic_argument(parts: Parts, folder: Path) -> Path:
    return _graph(parts, folder, [None, 3], _operation("Full", [1.0], shape=[10**9]))


@_case
def operation_with_a_huge_constant(parts: Parts, folder: Path) -> Path:
    encode = _operation("OneHot", [_input(3)], "nn", num_classes=10**9)
    return _graph(parts, folder, [None, 3], encode)


@_case
def operation_that_repeats(parts: Parts, folder: Path) -> Path:
    repeat = _operation("Repeat", [_input(3)], repeats=[10**9, 1, 1], axis=1)
    return _graph(parts, folder, [None, 3], repeat)


@_case
def attention_over_a_million_steps(parts: Parts, folder: Path) -> Path:
    layer = _operation("Attention", [[_input(10**6, 3), _input(10**6, 3)]])
    layer |= {"module": "keras.layers", "registered_name": None}
    layer["inbound_nodes"][0]["kwargs"] = {"use_causal_mask": True}
    return _graph(parts, folder, [None, 10**6, 3], layer)


@_case
def units_is_text(parts: Parts, folder: Path) -> Path:
    return _argument(parts, folder, units="many")


@_case
def units_is_negative(parts: Parts, folder: Path) -> Path:
    return _argument(parts, folder, units=-4)


@_case
def unknown_argument(parts: Parts, folder: Path) -> Path:
    return _argument(parts, folder, unheard_of=1)


@_case
def layers_is_a_number(parts: Parts, folder: Path) -> Path:
    parts.config["config"]["layers"] = 3
    return parts.write(folder / "file.keras")


@_case
def not_a_model(parts: Parts, folder: Path) -> Path:
    parts.config = {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.1}}
    return parts.write(folder / "file.keras")


# --- the weights ---


def _weights(parts: Parts, folder: Path, change: Callable[[h5py.File], object]) -> Path:
    def run(file: h5py.File) -> None:
        change(file)

    parts.change_weights(run)
    return parts.write(folder / "file.keras")


def _replace(parts: Parts, folder: Path, **options: object) -> Path:
    def change(file: h5py.File) -> None:
        del file[KERNEL]
        file.create_dataset(KERNEL, **options)

    return _weights(parts, folder, change)


@_case
def external_link(parts: Parts, folder: Path) -> Path:
    with h5py.File(folder / "other.h5", "w") as file:
        file["secret"] = np.ones((3, 4), "f4")

    def change(file: h5py.File) -> None:
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink(str(folder / "other.h5"), "/secret")

    return _weights(parts, folder, change)


@_case
def soft_link(parts: Parts, folder: Path) -> Path:
    def change(file: h5py.File) -> None:
        file.move(KERNEL, "layers/dense/vars/kernel")
        file[KERNEL] = h5py.SoftLink("/layers/dense/vars/kernel")

    return _weights(parts, folder, change)


@_case
def second_hard_link(parts: Parts, folder: Path) -> Path:
    return _weights(parts, folder, lambda f: f["layers"].__setitem__("again", f["layers/dense"]))


@_case
def group_in_itself(parts: Parts, folder: Path) -> Path:
    return _weights(parts, folder, lambda f: f["layers"].__setitem__("loop", f["layers"]))


@_case
def virtual_dataset(parts: Parts, folder: Path) -> Path:
    layout = h5py.VirtualLayout((3, 4), "f4")
    layout[:] = h5py.VirtualSource(str(folder / "other.h5"), "secret", (3, 4), "f4")

    def change(file: h5py.File) -> None:
        del file[KERNEL]
        file.create_virtual_dataset(KERNEL, layout)

    return _weights(parts, folder, change)


@_case
def external_storage(parts: Parts, folder: Path) -> Path:
    (folder / "secret").write_bytes(bytes(48))
    files = [(str(folder / "secret"), 0, 48)]
    return _replace(parts, folder, shape=(3, 4), dtype="f4", external=files)


@_case
def shape_bomb(parts: Parts, folder: Path) -> Path:
    return _replace(parts, folder, shape=(1 << 40,), dtype="f4", chunks=(1024,))


@_case
def packed_bomb(parts: Parts, folder: Path) -> Path:
    data = np.zeros(1 << 25, "f4")
    return _replace(parts, folder, data=data, chunks=(1 << 20,), compression="gzip")


@_case
def large_chunk(parts: Parts, folder: Path) -> Path:
    options = {"maxshape": (None, None), "chunks": (1 << 13, 1 << 12), "compression": "gzip"}
    return _replace(parts, folder, data=np.zeros((3, 4), "f4"), **options)


@_case
def missing_bytes(parts: Parts, folder: Path) -> Path:
    return _replace(parts, folder, shape=(3, 4), dtype="f4")


@_case
def complex_weights(parts: Parts, folder: Path) -> Path:
    return _replace(parts, folder, data=np.ones((3, 4), "c8"))


@_case
def weights_of_another_width(parts: Parts, folder: Path) -> Path:
    return _replace(parts, folder, data=np.ones((3, 4), "f8"))


@_case
def integer_weights(parts: Parts, folder: Path) -> Path:
    return _replace(parts, folder, data=np.ones((3, 4), "i4"))


@_case
def text_weights(parts: Parts, folder: Path) -> Path:
    return _replace(parts, folder, data=np.full((3, 4), b"text"))


@_case
def record_weights(parts: Parts, folder: Path) -> Path:
    return _replace(parts, folder, data=np.zeros((3, 4), [("a", "f4"), ("b", "f4")]))


@_case
def object_weights(parts: Parts, folder: Path) -> Path:
    return _replace(parts, folder, shape=(3, 4), dtype=h5py.string_dtype())


@_case
def weights_of_another_shape(parts: Parts, folder: Path) -> Path:
    return _replace(parts, folder, data=np.ones((4, 3), "f4"))


@_case
def array_missing(parts: Parts, folder: Path) -> Path:
    return _weights(parts, folder, lambda file: file.__delitem__(KERNEL))


@_case
def layer_missing(parts: Parts, folder: Path) -> Path:
    return _weights(parts, folder, lambda file: file.__delitem__("layers/dense"))


@_case
def array_left_over(parts: Parts, folder: Path) -> Path:
    return _weights(parts, folder, lambda f: f.create_dataset("layers/dense/vars/2", data=[1.0]))


@_case
def layer_left_over(parts: Parts, folder: Path) -> Path:
    return _weights(parts, folder, lambda f: f.create_dataset("layers/more/vars/0", data=[1.0]))


@_case
def array_outside_the_layout(parts: Parts, folder: Path) -> Path:
    return _weights(parts, folder, lambda file: file.create_dataset("more", data=[1.0]))


@_case
def optimizer_array_missing(parts: Parts, folder: Path) -> Path:
    return _weights(parts, folder, lambda file: file.__delitem__("optimizer/vars/3"))


@_case
def array_where_a_group_belongs(parts: Parts, folder: Path) -> Path:
    def change(file: h5py.File) -> None:
        del file["layers/dense/vars"]
        file["layers/dense/vars"] = np.ones((3, 4), "f4")

    return _weights(parts, folder, change)


@_case
def deep_groups(parts: Parts, folder: Path) -> Path:
    return _weights(parts, folder, lambda file: file.create_group("a/" * 500 + "a"))


@_case
def many_groups(parts: Parts, folder: Path) -> Path:
    def change(file: h5py.File) -> None:
        for number in range(21_000):
            file.create_group(f"more/{number}")

    return _weights(parts, folder, change)


@_case
def weights_are_not_hdf5(parts: Parts, folder: Path) -> Path:
    parts.members["model.weights.h5"] = b"\x89HDF\r\n\x1a\n" + bytes(1000)
    return parts.write(folder / "file.keras")


@_case
def weights_cut_short(parts: Parts, folder: Path) -> Path:
    data = parts.members["model.weights.h5"]
    parts.members["model.weights.h5"] = data[: len(data) // 2]
    return parts.write(folder / "file.keras")


@_case
def weights_as_npz(parts: Parts, folder: Path) -> Path:
    buffer = io.BytesIO()
    np.savez(buffer, **{"layers/dense": np.array({"0": 1}, object)})
    del parts.members["model.weights.h5"]
    parts.members["model.weights.npz"] = buffer.getvalue()
    return parts.write(folder / "file.keras")
