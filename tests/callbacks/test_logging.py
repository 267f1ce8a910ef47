"""Callbacks that write: history, CSV, progress, TensorBoard, a remote server."""

import csv
import http.server
import json
import sys
import threading
import types
import urllib.parse

import numpy as np
import pytest

from lamina import callbacks, layers


def rows(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


def test_history(make_model, data):
    history = make_model().fit(*data, epochs=3, validation_split=0.25, verbose=0)
    assert list(history.history) == ["loss", "mae", "val_loss", "val_mae"]
    assert history.epoch == [0, 1, 2]
    assert "3 epochs" in history._repr_html_()
    figure = history.plot()
    assert [axes.get_title() for axes in figure.axes] == ["loss", "mae"]
    assert len(figure.axes[0].lines) == 2
    assert history.plot(["mae"]).axes[0].get_title() == "mae"


def test_history_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"lamina\[plot\]"):
        callbacks.History().plot()


def test_csv_file(make_model, data, tmp_path):
    path = tmp_path / "log.csv"
    logger = callbacks.CSVLogger(path, separator=";")
    history = make_model().fit(*data, epochs=2, verbose=0, callbacks=[logger])
    lines = path.read_text().splitlines()
    assert lines[0] == "epoch;loss;mae;val_loss;val_mae"
    assert lines[1] == f"0;{history.history['loss'][0]};{history.history['mae'][0]};NA;NA"
    assert len(lines) == 3


def test_csv_append_repairs_a_torn_row(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss,val_loss\n0,1.0,NA\n1,0.")
    logger = callbacks.CSVLogger(path, append=True)
    logger.on_train_begin()
    logger.on_epoch_end(1, {"loss": 0.5})
    assert rows(path) == [["epoch", "loss", "val_loss"], ["0", "1.0", "NA"], ["1", "0.5", "NA"]]
    logger.on_train_end()


def test_csv_is_complete_after_each_epoch_and_goes_on_after_a_restart(tmp_path):
    path = tmp_path / "log.csv"
    first = callbacks.CSVLogger(path)
    first.on_train_begin()
    first.on_epoch_end(0, {"loss": 1.0, "val_loss": 2.0})
    state = json.loads(json.dumps(first.get_state()))
    first.on_epoch_end(1, {"loss": 0.5})  # the run dies here
    assert len(rows(path)) == 3
    first.on_train_end()
    second = callbacks.CSVLogger(path)
    second.on_train_begin()
    second.set_state(state)
    second.on_epoch_end(1, {"loss": 0.25, "val_loss": 3.0})
    second.on_train_end()
    assert rows(path)[1:] == [["0", "1.0", "2.0"], ["1", "0.25", "3.0"]]


def test_csv_several_numbers(tmp_path):
    path = tmp_path / "log.csv"
    logger = callbacks.CSVLogger(path)
    logger.on_epoch_end(0, {"f1": np.array([0.5, 1.0]), "loss": np.float32(1)})
    logger.on_train_end()
    assert rows(path)[1][1:3] == ["[0.5, 1.0]", "1.0"]


def test_progress(make_model, data, capsys):
    make_model().fit(*data, epochs=2, verbose=2, batch_size=8)
    out = capsys.readouterr().out
    assert "Epoch 1/2" in out
    assert out.count("5/5") == 2
    make_model().evaluate(*data, verbose=1, batch_size=8)
    assert "5/5" in capsys.readouterr().out


class Writer:
    made = []

    def __init__(self, folder):
        self.folder = folder.rsplit("/", 1)[-1]
        self.entries = []
        Writer.made.append(self)

    def __getattr__(self, name):
        def record(*args, **kwargs):
            self.entries.append((name, *args))

        return record

    def tags(self, kind="add_scalar"):
        return {entry[1] for entry in self.entries if entry[0] == kind}


@pytest.fixture
def writers(monkeypatch):
    Writer.made = []
    module = types.ModuleType("tensorboardX")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "tensorboardX", module)
    return lambda: {w.folder: w for w in Writer.made}


def test_tensorboard(make_model, data, tmp_path, writers):
    board = callbacks.TensorBoard(
        tmp_path, histogram_freq=1, write_images=True, update_freq=1, write_steps_per_second=True
    )
    make_model().fit(*data, epochs=2, validation_split=0.5, verbose=0, callbacks=[board])
    train, validation = writers()["train"], writers()["validation"]
    expected = {"epoch_loss", "epoch_mae", "epoch_learning_rate", "epoch_steps_per_second"}
    assert train.tags() == expected | {"batch_loss", "batch_mae", "batch_steps_per_second"}
    assert validation.tags() >= {"epoch_loss", "evaluation_loss_vs_iterations"}
    assert len(train.tags("add_histogram")) == 4
    assert len(train.tags("add_image")) == 3  # a bias of one number is no image
    assert train.tags("add_text") == {"keras"}


def test_tensorboard_embeddings(tmp_path, writers):
    import lamina

    model = lamina.Sequential(
        [
            layers.Input((2,)),
            layers.Embedding(3, 2, name="words"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    (tmp_path / "words.tsv").write_text("a\nb\nc\n")
    board = callbacks.TensorBoard(
        tmp_path, embeddings_freq=1, embeddings_metadata={"words": tmp_path / "words.tsv"}
    )
    model.fit(np.zeros((4, 2), "int32"), np.zeros((4, 1)), verbose=0, callbacks=[board])
    (entry,) = [e for e in writers()["train"].entries if e[0] == "add_embedding"]
    assert entry[1].shape == (3, 2)
    assert entry[2] == ["a", "b", "c"]
    wrong = callbacks.TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"word": "x"})
    with pytest.raises(ValueError, match="Unrecognized `Embedding` layer names"):
        wrong.set_model(model)


def test_tensorboard_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r"lamina\[tensorboard\]"):
        callbacks.TensorBoard()


def test_tensorboard_profile(writers):
    with pytest.raises(ValueError, match="Profiling"):
        callbacks.TensorBoard(profile_batch=2)


@pytest.mark.parametrize("as_json", [True, False])
def test_remote_monitor_sends(as_json):
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.handle_request, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_port}"
    callbacks.RemoteMonitor(root, send_as_json=as_json).on_epoch_end(1, {"loss": np.float32(0.5)})
    server.server_close()
    text = received[0] if as_json else urllib.parse.parse_qs(received[0])["data"][0]
    assert json.loads(text) == {"epoch": 1, "loss": 0.5}
