"""Images as arrays, and pictures of models."""

import numpy as np
import pytest

from lamina import utils
from lamina.base.errors import NotBuiltError

pytest.importorskip("PIL", reason="Pillow reads and writes images")


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
def test_image_round_trip(tmp_path, channels, layout):
    x = np.random.default_rng(0).integers(0, 256, (5, 7, channels)).astype("float32")
    if layout == "channels_first":
        x = x.transpose(2, 0, 1)
    utils.save_img(tmp_path / "a.png", x, data_format=layout, scale=False)
    mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
    image = utils.load_img(tmp_path / "a.png", color_mode=mode)
    np.testing.assert_array_equal(utils.img_to_array(image, data_format=layout), x)


def test_image_size_and_scale(tmp_path):
    utils.save_img(tmp_path / "a.png", np.eye(8)[..., None])
    image = utils.load_img(tmp_path / "a.png", target_size=(4, 6), keep_aspect_ratio=True)
    assert utils.img_to_array(image).shape == (4, 6, 3)
    assert utils.img_to_array(utils.load_img(tmp_path / "a.png")).max() == 255
    with pytest.warns(UserWarning, match="transparency"):
        utils.save_img(tmp_path / "a.jpg", np.ones((4, 4, 4)))


def test_images_refuse(tmp_path):
    with pytest.raises(ValueError, match="rank 3"):
        utils.array_to_img(np.ones((4, 4)))
    with pytest.raises(ValueError, match="channel number"):
        utils.array_to_img(np.ones((4, 4, 2)))
    with pytest.raises(ValueError, match="color_mode"):
        utils.load_img("a.png", color_mode="grey")
    with pytest.raises(TypeError, match="path-like"):
        utils.load_img(5)
    utils.save_img(tmp_path / "a.png", np.ones((4, 4, 1)))
    with pytest.raises(ValueError, match="'bilinear'"):
        utils.load_img(tmp_path / "a.png", target_size=(2, 2), interpolation="bilinar")


# The pictures need only the API that Keras's models have too, so Keras's serve as samples.


@pytest.fixture(scope="module")
def keras():
    import os

    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip("matplotlib")
    return pytest.importorskip("keras", reason="its models are drawn here")


@pytest.fixture
def network(keras):
    left, right = keras.Input((8,), name="left"), keras.Input((4,), name="right")
    hidden = keras.layers.Dense(8, activation="relu", name="hidden")(left)
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, name="inside")], name="in")
    joined = keras.layers.Add(name="joined")([hidden, inner(right), left])
    return keras.Model([left, right], keras.layers.Dense(1, name="out")(joined))


def arrows(graph):
    title = {key: box.title.split(" ")[0] for key, box in graph.boxes.items()}
    return {(title[a], title[b]) for a, b in graph.arrows}


def test_graph(network):
    outside = {("left", "hidden"), ("hidden", "joined"), ("left", "joined"), ("joined", "out")}
    assert arrows(utils.model_to_dot(network)) == outside | {("right", "in"), ("in", "joined")}
    expanded = utils.model_to_dot(network, expand_nested=True)
    assert arrows(expanded) == outside | {("right", "inside"), ("inside", "joined")}
    assert 'label="hidden (Dense)"' in expanded.to_string()
    assert [t.name for t in utils.get_source_inputs(network.outputs[0])] == ["left", "right"]


@pytest.mark.parametrize("rankdir", ["TB", "LR"])
@pytest.mark.parametrize("kind", ["png", "svg", "dot"])
def test_plot(network, tmp_path, kind, rankdir):
    file = tmp_path / f"model.{kind}"
    utils.plot_model(
        network,
        file,
        show_shapes=True,
        show_dtype=True,
        show_layer_names=True,
        show_layer_activations=True,
        show_trainable=True,
        rankdir=rankdir,
        dpi=50,
    )
    content = file.read_bytes()
    assert len(content) > 200
    if kind == "svg":
        text = content.decode()
        for part in ("hidden (Dense)", "Activation: relu", "Output shape: (None, 8)", "Trainable"):
            assert part in text


def test_boxes_do_not_overlap(network):
    from lamina.utils.model_pictures import arrange

    graph = utils.model_to_dot(network, show_shapes=True)
    rows, _ = graph.rows()
    places, width, height = arrange(graph, rows)
    boxes = [places[key] for key in graph.boxes]
    for i, (left, top, wide, high) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert left + wide <= width
        assert top + high <= height
        for other in boxes[i + 1 :]:
            beside = left + wide <= other[0] or other[0] + other[2] <= left
            above = top + high <= other[1] or other[1] + other[3] <= top
            assert beside or above


def test_plot_refuses(keras, network, tmp_path):
    with pytest.raises(NotBuiltError, match="not yet been built"):
        utils.plot_model(keras.Sequential([keras.layers.Dense(1)]), tmp_path / "a.png")
    with pytest.raises(ValueError, match="ending"):
        utils.plot_model(network, tmp_path / "a.pgn")
    with pytest.raises(ValueError, match="rankdir"):
        utils.model_to_dot(network, rankdir="up")
