"""Pictures from the shell: train on a folder of class folders, predict, evaluate, inspect."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

from lamina.base.errors import ArgumentError, FileFormatError, message
from lamina.cli.failures import MODEL_FILE, CommandError
from lamina.cli.training import carry_out
from lamina.cli.writing import check_file, check_folder
from lamina.datasets import named


def train_pictures(
    folder: str,
    choices: dict[str, Any],
    *,
    out: Path,
    as_json: bool = False,
    quiet: bool = False,
    dry_run: bool = False,
    report: bool = True,
) -> int:
    """Do the whole run.

    Args:
        folder: that holds a folder of pictures per class.
        choices: settings by name.
        out: folder in which the run's folder is made.
        as_json: print one JSON object and nothing else.
        quiet: print nothing.
        dry_run: stop before training and say what was decided.
        report: whether report.html is made.
    Returns:
        The exit code; see `carry_out`.
    """
    from lamina.images.workflow import begin_run, finish, prepare

    settings = picture_settings(folder, named.usual(folder, choices))
    if not dry_run:
        check_folder(out)
    found = prepare(folder, settings)
    return carry_out(
        lambda: decisions_text(found),
        lambda: _decisions(found),
        lambda: begin_run(found, settings, out, report=report),
        lambda begun, told: finish(found, begun, [told]),
        settings.epochs,
        as_json=as_json,
        quiet=quiet,
        dry_run=dry_run,
    )


def picture_settings(folder: str, choices: dict[str, Any]) -> Any:
    """The settings of a run on pictures.

    Args:
        folder: that holds a folder of pictures per class.
        choices: settings by name.
    Raises:
        ArgumentError: an unknown or impossible one, or a target.
    """
    from lamina.images.settings import ImageSettings
    from lamina.tables.settings import make_settings

    if choices.get("target"):
        raise ArgumentError(
            message(
                f"{folder!r} holds pictures, whose classes are predicted.",
                fix="leave out --target; or name a file, if a table was meant",
            )
        )
    return make_settings(choices, ImageSettings)


def decisions_text(found: Any) -> str:
    """What was found and decided, for people."""
    counts = [int((found.y == i).sum()) for i in range(len(found.target.classes))]
    listed = ", ".join(f"{n} {c:,}" for n, c in zip(found.target.classes, counts, strict=True))
    lines = [
        f"{found.folder}: {len(found.files):,} pictures: {listed:.2000}",
        *(f"  {note}" for note in (*found.notes, *found.split.notes)),
    ]
    if found.damaged:
        lines.append(f"  {len(found.damaged):,} files cannot be read and are left out:")
        lines += [f"    {path}: {why}" for path, why in found.damaged[:20]]
    return "\n".join(lines)


def _decisions(found: Any) -> dict[str, Any]:
    return {
        "rows": len(found.files),
        "task": found.target.task,
        "task_reason": found.target.reason,
        "classes": list(found.target.classes),
        "notes": [*found.notes, *found.split.notes],
        "size": list(found.pixels.shape[1:3]),
        "colour": found.colour,
        "damaged": [{"file": str(path), "why": why} for path, why in found.damaged],
    }


def open_model(path: Path) -> Any:
    """The model of pictures in a file.

    Raises:
        CommandError: the file cannot be used, exit code 4.
    """
    from lamina.images.model import load

    try:
        return load(path)
    except FileFormatError as error:
        raise CommandError(MODEL_FILE, str(error)) from None


def predict_pictures(path: Path, data: list[str], out: str, strict: bool, as_json: bool) -> None:
    """Say what is in pictures.

    Args:
        path: of the model.
        data: files, and folders whose pictures are meant.
        out: a .csv or .jsonl file to write, or "-".
        strict: whether a file that cannot be read is an error.
        as_json: print one JSON object and nothing else.
    """
    from lamina.tables.errors import TableError

    if out != "-":
        if Path(out).suffix not in (".csv", ".jsonl"):
            raise ArgumentError(f"--out ends in .csv or .jsonl, not {Path(out).suffix!r}")
        check_file(Path(out))
    rows = open_model(path).predict(_files(data))
    odd = [row for row in rows if row["warnings"]]
    if odd and strict:
        raise TableError(
            f"{len(odd):,} of {len(rows):,} pictures cannot be read, the first is "
            f"{odd[0]['file']!r}: {odd[0]['warnings'].removeprefix('cannot be read: ')}.",
            "leave them out, or leave out --strict to have them listed without an answer",
        )
    if out != "-":
        _write(rows, Path(out))
    if as_json:
        print(json.dumps({"rows": rows} if out == "-" else {"out": out, "rows": len(rows)}))
        return
    for row in odd:
        print(f"lamina: {row['file']}: {row['warnings']}", file=sys.stderr)
    if out == "-":
        _write_csv(rows, sys.stdout)


def _files(data: list[str]) -> list[Path]:
    from lamina.base.errors import near
    from lamina.images.folders import find_pictures
    from lamina.tables.errors import TableError

    files: list[Path] = []
    for name in data:
        path = Path(name)
        found = find_pictures(path) if path.is_dir() else [path]
        if not found:
            raise TableError(f"There is no picture in {name!r}.", "give a folder with pictures")
        if not path.exists():
            there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            raise TableError(
                f"There is no file {name!r}. {near(path.name, there, limit=1)}".rstrip(),
                "check the spelling of the path",
            )
        files += found
    return files


def _write(rows: list[dict[str, Any]], path: Path) -> None:
    from lamina.base.atomic import atomic_write

    with atomic_write(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as f:
        if path.suffix == ".csv":
            _write_csv(rows, f)
        else:
            f.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_csv(rows: list[dict[str, Any]], stream: Any) -> None:
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def evaluate_pictures(path: Path, folder: str, as_json: bool) -> None:
    """Score a model on a folder of class folders."""
    from lamina.cli.training import scores_lines
    from lamina.images.evaluation import evaluate

    found, damaged = evaluate(open_model(path), Path(folder))
    if as_json:
        told = [{"file": str(file), "why": why} for file, why in damaged]
        print(json.dumps({"model": str(path), "data": folder, **found, "damaged": told}))
        return
    for file, why in damaged:
        print(f"lamina: {file}: cannot be read: {why}", file=sys.stderr)
    print("\n".join(scores_lines(found, {})))


def inspect_pictures(path: Path, as_json: bool) -> None:
    """Show what a model of pictures reads, what it predicts and what it is made of."""
    model = open_model(path)
    schema = model.schema
    if as_json:
        print(schema.to_json().decode())
        return
    kind = "in colour" if schema.colour else "in shades of gray"
    print(f"reads pictures, fitted into {schema.height} × {schema.width} pixels, {kind}")
    print(f"classes: {', '.join(schema.classes)}")
    model.network.summary()
