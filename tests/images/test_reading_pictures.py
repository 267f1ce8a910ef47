"""Files become arrays: sizes, shapes in proportion, colours, transparency, depth, damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from image_folders import make_folder
from PIL import Image

from lamina.images import pictures
from lamina.images.folders import find_classes, find_pictures
from lamina.images.preparing import prepare
from lamina.images.settings import ImageSettings
from lamina.tables import TableError
from lamina.tables.splits import TEST, TRAIN


def _saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def _read(path: Path, height: int, width: int) -> np.ndarray:
    pixels, damaged = pictures.read_pictures([path], (height, width))
    assert not damaged
    return pixels[0]


def test_sides_stay_in_proportion(tmp_path: Path) -> None:
    wide = _saved(tmp_path / "wide.png", Image.new("RGB", (40, 10), "white"))
    pixels = _read(wide, 8, 8)
    assert (pixels[3:5] == 255).all()
    assert (pixels[:3] == 0).all() and (pixels[5:] == 0).all()


def test_small_ones_are_enlarged(tmp_path: Path) -> None:
    assert (_read(_saved(tmp_path / "a.png", Image.new("L", (2, 2), 200)), 8, 8) == 200).all()


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    for name, mode, colour in (("a", "RGBA", (0, 0, 0, 0)), ("b", "LA", (0, 0))):
        path = _saved(tmp_path / f"{name}.png", Image.new(mode, (8, 8), colour))
        assert (_read(path, 8, 8) == 255).all()


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    deep = Image.fromarray(np.full((8, 8), 65535 // 2, np.uint16))
    assert (_read(_saved(tmp_path / "deep.png", deep), 8, 8) == 127).all()


def test_photographs_are_turned_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (16, 8), "black")
    image.paste("white", (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    path = _saved(tmp_path / "turned.png", image, exif=exif)
    header = pictures.read_header(path)
    assert isinstance(header, pictures.Header) and (header.height, header.width) == (16, 8)
    assert (_read(path, 16, 8)[:8] == 255).all()


def test_sizes_follow_the_median_but_not_beyond_64() -> None:
    def size(*sides: tuple[int, int], longest: int | None = None) -> tuple[int, int]:
        return pictures.choose_size([pictures.Header("", *s) for s in sides], longest)

    assert size((28, 28), (28, 28), (500, 500)) == (28, 28)
    assert size((600, 800)) == (48, 64)
    assert size((600, 800), longest=32) == (24, 32)
    assert size((1, 900)) == (4, 64)


def test_damage_is_told_file_by_file(bars: Path) -> None:
    found = prepare(bars, ImageSettings())
    assert len(found.files) == len(found.y) == len(found.pixels) == 60
    assert {path.name: bool(why) for path, why in found.damaged} == {
        "half.png": True,
        "text.png": True,
        "empty.jpg": True,
    }
    with pytest.raises(TableError, match="3 files cannot be read.*text.png"):
        prepare(bars, ImageSettings(strict=True))


def test_colours_are_found_by_content(bars: Path, tmp_path: Path) -> None:
    assert not prepare(bars, ImageSettings()).colour
    assert prepare(bars, ImageSettings(colour=True)).colour
    assert prepare(make_folder(tmp_path / "c", 12, colour=True), ImageSettings()).colour


def test_the_same_bytes_are_on_one_side(bars: Path, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "twice", 20)
    for name in ("lying", "standing"):
        for path in list((folder / name).iterdir()):
            (folder / name / f"copy_{path.name}").write_bytes(path.read_bytes())
    found = prepare(folder, ImageSettings())
    parts = {p.relative_to(folder): k for p, k in zip(found.files, found.split.part, strict=True)}
    assert all(
        part == parts[path.with_name(f"copy_{path.name}")]
        for path, part in parts.items()
        if not path.name.startswith("copy_")
    )
    assert {(found.split.part == part).sum() > 0 for part in (TRAIN, TEST)} == {True}


def test_every_class_is_in_every_part(bars: Path) -> None:
    found = prepare(bars, ImageSettings())
    assert all(len(set(found.y[found.split.part == part])) == 2 for part in range(3))


def test_hidden_files_and_other_endings_are_passed_over(bars: Path) -> None:
    names = {path.name for path in find_pictures(bars)}
    assert ".hidden.png" not in names and "notes.txt" not in names and len(names) == 33
    assert len(find_classes(bars)[0]) == 63


def _folder(parent: Path, **classes: int) -> Path:
    for name, count in classes.items():
        (parent / name).mkdir()
        for number in range(count):
            Image.new("L", (6, 6), number % 256).save(parent / name / f"{number}.png")
    return parent


@pytest.mark.parametrize(
    "classes,told",
    [
        ({}, "there is none"),
        ({"cat": 30}, "only 'cat'"),
        ({"cat": 30, "dog": 0}, "only 'cat'"),
        ({"cat": 30, "dog": 2}, r"'dog' \(2\)"),
        ({"cat": 5, "dog": 5}, "only 10 pictures; 20"),
        ({"train": 15, "test": 15}, "parts of a split"),
    ],
)
def test_folders_that_cannot_be_learned_from(
    classes: dict[str, int], told: str, tmp_path: Path
) -> None:
    with pytest.raises(TableError, match=told):
        prepare(_folder(tmp_path, **classes), ImageSettings())


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no folder"):
        prepare(tmp_path / "nowhere", ImageSettings())
