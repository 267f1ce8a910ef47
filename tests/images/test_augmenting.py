"""Training pictures change a little, stay what they are, and change alike for the same seed."""

from __future__ import annotations

import numpy as np

from lamina.images import ImageSettings
from lamina.images.augmenting import AugmentedPictures, reach
from lamina.images.fitting import fit, resolved_for
from lamina.images.preparing import Pictures
from lamina.tables.schema import Target
from lamina.tables.splits import Split


def _pictures(rows: int = 10) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (rows, 16, 16, 3), np.uint8), np.arange(rows) % 2


def test_a_pass_has_every_picture_once_moved_within_reach() -> None:
    pixels, _ = _pictures()
    moved = AugmentedPictures(pixels, np.arange(10), 4, 0.1, False, 0)
    assert len(moved) == 3 and reach((16, 16), 0.1) == (2, 2)
    batches = [moved[i] for i in range(3)]
    assert sorted(np.concatenate([y for _, y in batches])) == list(range(10))
    for x, y in batches:
        for seen, row in zip(x, y, strict=True):
            whole = np.pad(pixels[row], ((2, 2), (2, 2), (0, 0)), mode="edge")
            places = [(a, b) for a in range(5) for b in range(5)]
            assert any((whole[a : a + 16, b : b + 16] == seen).all() for a, b in places)


def test_about_half_are_mirrored_where_asked_for() -> None:
    pixels, _ = _pictures(200)
    changed = AugmentedPictures(pixels, np.arange(200), 200, 0.0, True, 0)
    x, y = changed[0]
    plain = (x == pixels[y]).all(axis=(1, 2, 3))
    mirrored = (x == pixels[y][:, :, ::-1]).all(axis=(1, 2, 3))
    assert (plain ^ mirrored).all() and 70 < mirrored.sum() < 130
    x, y = AugmentedPictures(pixels, np.arange(200), 200, 0.0, False, 0)[0]
    assert (x == pixels[y]).all()


def test_passes_differ_and_seeds_repeat() -> None:
    pixels, y = _pictures()
    one, two = (AugmentedPictures(pixels, y, 10, 0.1, True, 3) for _ in range(2))
    first = one[0][0]
    assert (first == two[0][0]).all()
    one.on_epoch_end()
    assert (first != one[0][0]).any()
    two.on_epoch_end()
    assert (one[0][0] == two[0][0]).all()


def test_training_with_moves_is_the_same_again() -> None:
    pixels, y = _pictures(40)
    target = Target(("class",), "binary", "", ("a", "b"))
    part = np.repeat(np.array([0, 0, 1, 2], np.int8), 10)
    found = Pictures(None, [], y, target, Split(part), pixels, True)  # type: ignore[arg-type]
    settings, schema = resolved_for(
        found, ImageSettings(layers=(4,), epochs=2, shift=0.1, flip=True)
    )
    one, two = (fit(found, schema, settings).history for _ in range(2))
    assert one == two
