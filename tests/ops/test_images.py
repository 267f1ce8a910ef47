"""`ops.image`: known values, round trips, and data formats that agree."""

import numpy as np
import pytest

from lamina.base.errors import ArgumentError
from lamina.ops import image

RNG = np.random.default_rng(0)
X = RNG.uniform(size=(2, 6, 5, 3)).astype("float32")

EVERY_FORMAT = {
    "grayscale": lambda x, f: image.rgb_to_grayscale(x, data_format=f),
    "hsv": lambda x, f: image.rgb_to_hsv(x, data_format=f),
    "resize": lambda x, f: image.resize(x, (4, 7), data_format=f),
    "resize_padded": lambda x, f: image.resize(x, (4, 7), pad_to_aspect_ratio=True, data_format=f),
    "affine": lambda x, f: image.affine_transform(x, [1, 0.2, 1, 0, 1, 0, 0, 0], data_format=f),
    "blur": lambda x, f: image.gaussian_blur(x, (3, 5), (1.0, 2.0), data_format=f),
    "pad": lambda x, f: image.pad_images(x, 1, 2, target_height=9, target_width=9, data_format=f),
    "crop": lambda x, f: image.crop_images(x, 1, 2, target_height=3, target_width=2, data_format=f),
}


@pytest.mark.parametrize("name", EVERY_FORMAT)
def test_both_data_formats_agree(name):
    fn = EVERY_FORMAT[name]
    last = fn(X, "channels_last")
    first = fn(np.moveaxis(X, -1, 1), "channels_first")
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), last, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(fn(X[0], "channels_last"), last[0], rtol=1e-5, atol=1e-6)


def test_colours_go_round():
    np.testing.assert_allclose(image.hsv_to_rgb(image.rgb_to_hsv(X)), X, atol=1e-5)
    assert image.rgb_to_hsv(np.array([[[0.0, 1.0, 0.0]]], "float32"))[0, 0, 0] == pytest.approx(
        1 / 3
    )


def test_resize_keeps_constants_and_types():
    flat = np.full((1, 4, 4, 1), 7, "uint8")
    for method in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"):
        out = image.resize(flat, (9, 3), method, antialias=True)
        assert out.dtype == "uint8" and np.all(out == 7)


def test_identity_maps_change_nothing():
    eight = np.array([1, 0, 0, 0, 1, 0, 0, 0], "float32")
    np.testing.assert_allclose(image.affine_transform(X, np.tile(eight, (2, 1))), X, atol=1e-6)
    corners = np.array([[0, 0], [4, 0], [0, 5], [4, 5]], "float32")
    moved = image.perspective_transform(X[0], corners, corners)
    np.testing.assert_allclose(moved, X[0], atol=1e-4)


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("constant", [9, 9, 0, 1, 2, 9, 9]),
        ("nearest", [0, 0, 0, 1, 2, 2, 2]),
        ("wrap", [1, 2, 0, 1, 2, 0, 1]),
        ("mirror", [2, 1, 0, 1, 2, 1, 0]),
        ("reflect", [1, 0, 0, 1, 2, 2, 1]),
    ],
)
def test_what_lies_outside(mode, wanted):
    line, places = np.arange(3.0, dtype="float32"), np.arange(-2.0, 5.0, dtype="float32")[None]
    for order in (0, 1):
        assert image.map_coordinates(line, places, order, mode, 9).tolist() == wanted


def test_patches_are_windows():
    patches = image.extract_patches(X, (2, 2), strides=1)
    assert patches.shape == (2, 5, 4, 12)
    np.testing.assert_allclose(patches[1, 2, 3].reshape(2, 2, 3), X[1, 2:4, 3:5])


def test_equal_images_are_most_similar():
    big = RNG.uniform(size=(2, 16, 16, 3)).astype("float32")
    np.testing.assert_allclose(image.ssim(big, big), 1.0, atol=1e-5)
    assert np.all(image.ssim(big, 1 - big) < 0.5)


def test_two_of_three_numbers_are_needed():
    with pytest.raises(ArgumentError, match="Must specify exactly two of"):
        image.pad_images(X, 1, 2, 3, 4, target_height=9)
