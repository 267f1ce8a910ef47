"""Which picture files there are, and of which class: a folder holds a folder per class.

Nothing is opened here. Pictures in folders below a class's folder are of that class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lamina.tables.errors import TableError
from lamina.tables.labels import ordered

ENDINGS = frozenset(".png .jpg .jpeg .gif .bmp .tif .tiff .webp .ppm .pgm .pbm".split())
_PARTS = frozenset("train training val valid validation test testing".split())
_LEAST_OF_A_CLASS, _LEAST = 3, 20


def find_pictures(folder: Path) -> list[Path]:
    """All picture files in a folder and those below it, in order of their names; none is hidden."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def find_classes(folder: Path) -> tuple[list[Path], list[str]]:
    """The pictures of a folder of class folders.

    Args:
        folder: that holds a folder per class.
    Returns:
        Files in order, and the class of each.
    Raises:
        TableError: there is no such folder, it has fewer than two class folders with pictures, or
            they are called after parts of a split instead of classes.
    """
    if not folder.is_dir():
        raise TableError(f"There is no folder {str(folder)!r}.", "check the spelling of the path")
    files: list[Path] = []
    labels: list[str] = []
    for inner in sorted(p for p in folder.iterdir() if p.is_dir() and p.name[0] != "."):
        found = find_pictures(inner)
        files += found
        labels += [inner.name] * len(found)
    names = set(labels)
    if names and all(name.lower() in _PARTS for name in names):
        raise TableError(
            f"{str(folder)!r} holds the folders {_listed(names)}: parts of a split, not classes.",
            f"give the folder of classes in it: {folder / min(names)}",
        )
    if len(names) < 2:
        seen = f"only {_listed(names)}" if names else "none"
        raise TableError(
            f"{str(folder)!r} must hold a folder of pictures for each class; there is {seen}.",
            "for example FOLDER/cat/1.png, FOLDER/cat/2.png, FOLDER/dog/1.png; pictures end in "
            + ", ".join(sorted(ENDINGS)),
        )
    return files, labels


def class_names(labels: Sequence[str]) -> tuple[str, ...]:
    """The classes in order, of two the positive one last.

    Args:
        labels: the class of each picture that can be read.
    Raises:
        TableError: too few pictures, or too few of a class.
    """
    counts = {name: labels.count(name) for name in sorted(set(labels))}
    few = [f"{name!r} ({n})" for name, n in counts.items() if n < _LEAST_OF_A_CLASS]
    if few or len(counts) < 2:
        raise TableError(
            f"A class needs {_LEAST_OF_A_CLASS} pictures that can be read; too few are in "
            f"{', '.join(few[:10]) or _listed(counts)}.",
            "give more pictures of these classes, or take their folders away",
        )
    if len(labels) < _LEAST:
        raise TableError(f"There are only {len(labels)} pictures; {_LEAST} are needed.")
    return tuple(ordered(list(counts)))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(names)[:10]))
