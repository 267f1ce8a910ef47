"""Figures, histograms and images for TensorBoard, written through the package tensorboardX."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message, missing_extra
from lamina.callbacks.callback import Callback, Logs
from lamina.callbacks.learning_rates import add_to_logs

_TAG_LENGTH = 4  # of "val_"


class TensorBoard(Callback):
    """Writes what TensorBoard shows: metrics, and on demand weights, images and embeddings.

    Args:
        log_dir: folder; training is written to `train` in it, validation to `validation`.
        histogram_freq: int, every how many epochs histograms of the weights are written; 0 never.
        write_graph: whether to write the model's config, as a text.
        write_images: whether to write weights as images, with the histograms.
        write_steps_per_second: whether to write how fast training is.
        update_freq: "epoch", "batch", or int for every so many batches.
        profile_batch: 0; there is no profile of batches.
        embeddings_freq: int, every how many epochs embeddings are written; 0 never.
        embeddings_metadata: path of a file with one label a line, or dict layer name -> path.
    Raises:
        MissingExtraError: tensorboardX is not installed.
        ArgumentError: `profile_batch` is set, or a layer named in `embeddings_metadata` is unknown.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: int = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        if profile_batch:
            raise ArgumentError(
                message(
                    "Profiling of batches is not available.",
                    received=f"profile_batch={profile_batch}",
                    required="profile_batch=0",
                )
            )
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._writer_class = _summary_writer()
        self._writers: dict[str, Any] = {}
        self._batches = 0  # of training, over all epochs
        self._seen = 0  # of the running epoch

    def _needs_every_batch(self) -> bool:
        return self.update_freq != "epoch"

    def _writer(self, part: str) -> Any:
        """The writer of "train" or "validation"; a folder appears when something is written."""
        if part not in self._writers:
            self._writers[part] = self._writer_class(os.path.join(self.log_dir, part))
        return self._writers[part]

    def set_model(self, model: Any) -> None:
        """Take the model, and write its config."""
        super().set_model(model)
        self._labels = self._embedding_labels() if self.embeddings_freq else {}
        if self.write_graph and type(model).__name__ in ("Functional", "Sequential"):
            self._writer("train").add_text("keras", f"```json\n{model.to_json()}\n```", 0)

    # --- hooks ---

    def on_train_begin(self, logs: Logs = None) -> None:
        """Count batches from 0."""
        self._batches = 0

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Start the clock."""
        self._seen = 0
        self._batches_at_start = self._batches
        self._epoch_start = self._batch_start = time.perf_counter()

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Start the clock of a batch."""
        self._batch_start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Write a batch's figures."""
        self._batches += batch + 1 - self._seen
        self._seen = batch + 1
        if self.update_freq == "epoch" or self._batches % int(self.update_freq):
            return
        figures = dict(logs or {})
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._batch_start
            figures["steps_per_second"] = 1.0 / max(seconds, 1e-9)
        self._write("train", "batch_", figures, self._batches)

    def on_test_end(self, logs: Logs = None) -> None:
        """Write the results of an evaluation, over the updates done so far."""
        iterations = getattr(getattr(self.model, "optimizer", None), "iterations", None)
        if iterations is None:
            return
        for name, value in (logs or {}).items():
            self._writer("validation").add_scalar(
                f"evaluation_{name}_vs_iterations", value, int(iterations)
            )

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write an epoch's figures, and weights and embeddings if they are due."""
        logs = logs or {}
        training = {k: v for k, v in logs.items() if not k.startswith("val_")}
        validation = {k[_TAG_LENGTH:]: v for k, v in logs.items() if k.startswith("val_")}
        if logs:
            optimizer = getattr(self.model, "optimizer", None)
            if optimizer is not None:
                add_to_logs(getattr(optimizer, "inner_optimizer", optimizer), training)
            if self.write_steps_per_second:
                seconds = time.perf_counter() - self._epoch_start
                steps = self._batches - self._batches_at_start
                training["steps_per_second"] = steps / max(seconds, 1e-9)
        self._write("train", "epoch_", training, epoch)
        self._write("validation", "epoch_", validation, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings(epoch)

    def get_state(self) -> dict[str, Any]:
        """How many batches have been trained."""
        return {"_batches": self._batches}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on counting."""
        self.__dict__.update(state)

    # --- parts ---

    def _write(self, part: str, prefix: str, figures: dict[str, Any], step: int) -> None:
        for name, value in figures.items():
            self._writer(part).add_scalar(f"{prefix}{name}", value, step)

    def _write_weights(self, epoch: int) -> None:
        for layer in self.model.layers:
            for weight in layer.weights:
                name = weight.path.replace(":", "_")
                self._writer("train").add_histogram(f"{name}/histogram", weight.numpy(), epoch)
                image = _as_image(weight.numpy()) if self.write_images else None
                if image is not None:
                    self._writer("train").add_image(f"{name}/image", image, epoch)
        self._writer("train").flush()

    def _embedding_layers(self) -> list[Any]:
        return [layer for layer in self.model.layers if hasattr(layer, "embeddings")]

    def _embedding_labels(self) -> dict[str, list[str]]:
        """Layer name -> labels of its rows, from the metadata files."""
        paths = self.embeddings_metadata or {}
        names = [layer.name for layer in self._embedding_layers()]
        if not isinstance(paths, dict):
            paths = dict.fromkeys(names, paths)
        unknown = sorted(set(paths) - set(names))
        if unknown:
            raise ArgumentError(
                message(
                    "Unrecognized `Embedding` layer names passed to `keras.callbacks.TensorBoard` "
                    "`embeddings_metadata` argument.",
                    received=unknown,
                    required=names,
                )
            )
        labels = {}
        for name, path in paths.items():
            with open(path, encoding="utf-8") as file:
                labels[name] = file.read().splitlines()
        return labels

    def _write_embeddings(self, epoch: int) -> None:
        for layer in self._embedding_layers():
            values = np.asarray(layer.embeddings)
            labels = self._labels.get(layer.name)
            self._writer("train").add_embedding(values, labels, tag=layer.name, global_step=epoch)


def _summary_writer() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise missing_extra("tensorboardX", "tensorboard", "TensorBoard") from None
    return SummaryWriter


def _as_image(weight: np.ndarray) -> np.ndarray | None:
    """A weight as a gray image (1, height, width) in [0, 1]; None if it is no vector or matrix."""
    weight = np.squeeze(weight)
    if weight.ndim not in (1, 2):
        return None
    matrix = np.atleast_2d(weight)
    matrix = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    low, high = float(matrix.min()), float(matrix.max())
    return ((matrix - low) / (high - low or 1.0))[np.newaxis]
