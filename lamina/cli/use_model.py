"""What can be done with a trained table model: evaluate, predict, inspect, report, export, init."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, FileFormatError
from lamina.cli.failures import MODEL_FILE, CommandError
from lamina.cli.predict_stream import count_oddities, predict_stream, tell_oddities
from lamina.cli.writing import check_file


def open_model(path: Path) -> Any:
    """The table model of a file.

    Raises:
        CommandError: the file cannot be used, exit code 4.
    """
    from lamina.tables.model import load

    try:
        return load(model_file(path))
    except FileFormatError as error:
        raise CommandError(MODEL_FILE, str(error)) from None


def model_file(path: Path) -> Path:
    """The model's file itself, if the folder of a run is given."""
    inside = path / "model.keras"
    return inside if path.is_dir() and inside.exists() else path


def evaluate_model(path: Path, data: str, reading: dict[str, Any], as_json: bool) -> None:
    """Score a model on rows with the target.

    Args:
        path: of the model.
        data: path of a table, or "-".
        reading: further arguments of `read_table`.
        as_json: print one JSON object and nothing else.
    """
    from lamina.cli import images
    from lamina.cli.evaluate_table import evaluate_table
    from lamina.images.model import is_image_model

    path = model_file(path)
    if is_image_model(path):
        images.evaluate_pictures(path, data, as_json)
    else:
        evaluate_table(open_model(path), path, data, reading, as_json)


def predict_rows(
    path: Path, data: list[str], reading: dict[str, Any], out: str, strict: bool, as_json: bool
) -> None:
    """Predict rows and write them with their predictions.

    Args:
        path: of the model.
        data: path of one table, or "-"; for a model of pictures files and folders.
        reading: further arguments of `read_table`.
        out: file to write, or "-".
        strict: whether an odd cell is an error.
        as_json: print one JSON object and nothing else.
    """
    from lamina.cli import images
    from lamina.images.model import is_image_model
    from lamina.tables.model import refuse_oddities
    from lamina.tables.predictions import prediction_frame
    from lamina.tables.reading import read_table
    from lamina.tables.streaming import is_streamed

    path = model_file(path)
    if is_image_model(path):
        return images.predict_pictures(path, data, out, strict, as_json)
    if len(data) > 1:
        raise ArgumentError(f"one table at a time, not {len(data)}: {', '.join(data[:5])}")
    if out != "-":
        _check_frame_file(Path(out))
    model = open_model(path)
    (table,) = data
    if is_streamed(table, None):
        predict_stream(model, table, reading, out, strict, as_json)
        return
    frame = read_table(table, **reading).frame
    outputs, notes = model.outputs(frame)
    if strict:
        refuse_oddities(notes)
    found = prediction_frame(frame, outputs, notes, model.schema)
    if out != "-":
        _write_frame(found, Path(out))
    if not as_json:
        tell_oddities(count_oddities(notes))
    if as_json:
        rows = {"rows": found.to_dicts()} if out == "-" else {"out": out, "rows": found.height}
        print(json.dumps(rows, ensure_ascii=False, default=str))
    elif out == "-":
        sys.stdout.write(found.write_csv())


_WRITERS = {".csv": "write_csv", ".jsonl": "write_ndjson", ".parquet": "write_parquet"}


def _check_frame_file(path: Path) -> None:
    if path.suffix not in _WRITERS:
        raise ArgumentError(f"--out ends in {', '.join(_WRITERS)}, not {path.suffix!r}")
    check_file(path)


def _write_frame(frame: Any, path: Path) -> None:
    from lamina.base.atomic import atomic_write

    with atomic_write(path) as temporary:
        getattr(frame, _WRITERS[path.suffix])(temporary)


def inspect_model(path: Path, as_json: bool) -> None:
    """Show columns, target and network."""
    from lamina.cli import images
    from lamina.images.model import is_image_model

    path = model_file(path)
    if is_image_model(path):
        return images.inspect_pictures(path, as_json)
    model = open_model(path)
    schema, target = model.schema, model.schema.target
    if as_json:
        print(schema.to_json().decode())
        return
    print(f"predicts {', '.join(target.names)}: {target.task} ({target.reason})")
    if target.classes:
        print(f"classes: {', '.join(target.classes)}")
    width = max(len(c.name) for c in schema.columns)
    for column in schema.columns:
        print(f"  {column.name:{width}}  {column.kind:8}  {column.reason}")
    model.network.summary()


def write_run_report(run: Path, language: str, out: Path | None) -> Path:
    """Write the report of a run's folder again; where it is."""
    from lamina.report import write_report
    from lamina.tables.run import load_facts

    if language not in ("en", "ko"):
        raise ArgumentError(f"--lang is en or ko, not {language!r}")
    path = out or run / "report.html"
    facts = load_facts(run)
    check_file(path)
    write_report(path, facts, language)
    return path


_FORMS = {"keras": ".keras", "onnx": ".onnx", "schema": None}  # form -> what the file ends in
_EXPORTED = {"keras": "network.keras", "onnx": "network.onnx", "schema": "schema.json"}


def export_model(path: Path, out: Path | None, form: str) -> None:
    """Write the network alone, or the schema alone.

    Args:
        path: of the model.
        out: file to write; None for one beside the model.
        form: "keras", "onnx" or "schema".
    Raises:
        ArgumentError: another form, or a file that does not end as the form asks.
        CommandError: the model cannot be used.
    """
    from lamina.base.atomic import atomic_write
    from lamina.cli import images
    from lamina.images.model import is_image_model

    if form not in _FORMS:
        raise ArgumentError(f"--format is keras, onnx or schema, not {form!r}")
    path = model_file(path)
    out = out or path.parent / _EXPORTED[form]
    ending = _FORMS[form]
    if ending is not None and out.suffix != ending:
        raise ArgumentError(f"the file must end in {ending}, not {out.suffix!r}{_meant(out)}")
    check_file(out)
    pictures = is_image_model(path)
    model = images.open_model(path) if pictures else open_model(path)
    if form == "keras":
        model.network.save(out)
    elif form == "onnx":
        model.network.export(out, format="onnx", verbose=False)
    else:
        with atomic_write(out) as temporary:
            temporary.write_bytes(model.schema.to_json())
    print(out)
    if form == "onnx":
        what = "pixels of fitted pictures" if pictures else "encoded columns"
        inputs = ", ".join(f"{t.name} {tuple(t.shape)} {t.dtype}" for t in model.network.inputs)
        print(
            f"the network alone: it takes {what}, {inputs}; --format schema writes what they are "
            "made from",
            file=sys.stderr,
        )


def _meant(out: Path) -> str:
    """The format that a file's name asks for, as advice."""
    form = next((f for f, ending in _FORMS.items() if ending and ending == out.suffix), None)
    return f"; or give --format {form}" if form else ""


def write_config(data: str, target: list[str], out: Path) -> None:
    """Write a config.toml with every setting and the kinds that were found."""
    from lamina.tables.preparing import prepare
    from lamina.tables.run import where
    from lamina.tables.run_folders import write_text
    from lamina.tables.settings import make_settings, to_toml

    if out.exists():
        raise ArgumentError(f"{out} exists already; --out names another file")
    check_file(out)
    settings = make_settings({"target": target})
    prepared = prepare(data, settings)
    made = () if prepared.series is None else prepared.series.names
    types = {c.name: c.kind for c in prepared.columns if not c.format and c.name not in made}
    settings = settings.model_copy(update={**prepared.decided, "types": types})
    write_text(out, to_toml(settings, where(data)))
    print(f"{out}: edit it, then run: lamina train --config {out}")
