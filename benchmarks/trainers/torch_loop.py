"""How PyTorch trains when written by hand: a plain loop, the fused Adam, data in tensors.

The order of rows is drawn anew each epoch and the accuracy is summed up, as `fit` does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from workloads import CLASSES, Workload


class Take(nn.Module):
    """What a recurrent layer says after the last word."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)[0][:, -1]


class Mean(nn.Module):
    """The mean over the words."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=1)


def dense(*sizes: int) -> nn.Module:
    pairs = zip(sizes, sizes[1:], strict=False)
    hidden = [layer for pair in pairs for layer in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(sizes[-1], CLASSES))


def mlpdrop() -> nn.Module:
    return nn.Sequential(
        nn.Linear(20, 64),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(64, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )


def bn() -> nn.Module:
    blocks = [
        layer
        for inputs in (100, 256)
        for layer in (nn.Linear(inputs, 256), nn.BatchNorm1d(256), nn.ReLU())
    ]
    return nn.Sequential(*blocks, nn.Linear(256, CLASSES))


def cnn() -> nn.Module:
    blocks = [
        layer
        for inputs, filters in ((1, 32), (32, 64))
        for layer in (nn.Conv2d(inputs, filters, 3), nn.ReLU(), nn.MaxPool2d(2))
    ]
    return nn.Sequential(*blocks, nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, CLASSES))


def text() -> nn.Module:
    return nn.Sequential(
        nn.Embedding(10_000, 16), Mean(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, CLASSES)
    )


def recurrent(cell: type[nn.Module]) -> nn.Module:
    layer = Take(cell(64, 64, batch_first=True))
    return nn.Sequential(nn.Embedding(5_000, 64), layer, nn.Linear(64, CLASSES))


def attention() -> nn.Module:
    blocks = [nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0, batch_first=True) for _ in "12"]
    return nn.Sequential(*blocks, Mean(), nn.Linear(64, CLASSES))


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "mlpdrop": mlpdrop,
    "bn": bn,
    "cnn": cnn,
    "text": text,
    "lstm": partial(recurrent, nn.LSTM),
    "gru": partial(recurrent, nn.GRU),
    "attention": attention,
}


def network(workload: Workload) -> nn.Module:
    """The workload's network."""
    return dense(*workload.sizes) if workload.sizes else NETWORKS[workload.name]()


def describe() -> str:
    """The version, as the tables show it."""
    return f"PyTorch {torch.__version__}"


def settings() -> dict[str, Callable[[], None]]:
    """Thread counts to try; the best counts."""
    counts = sorted({1, torch.get_num_threads()})
    return {f"{n} threads": partial(torch.set_num_threads, n) for n in counts}


class Trainer:
    """A network of a workload and its data."""

    whole = False  # any number of steps can be run

    def __init__(self, workload: Workload) -> None:
        x, y = workload.data()
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y).long()
        self.batch = workload.batch
        self.steps = len(x) // self.batch
        self.model = network(workload).train()
        if workload.name == "cnn":  # this layout is the faster one on CPUs
            self.x = self.x.permute(0, 3, 1, 2)
            self.model = self.model.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.model.parameters(), eps=1e-7, fused=True)

    def run(self, epochs: int, steps: int) -> float:
        """Seconds of so many epochs of so many steps."""
        start = time.perf_counter()
        for _ in range(epochs):
            self._epoch(steps)
        return time.perf_counter() - start

    def _epoch(self, steps: int) -> None:
        right, total = torch.zeros((), dtype=torch.int64), torch.zeros(())
        for rows in torch.randperm(steps * self.batch).split(self.batch):
            x, y = self.x[rows], self.y[rows]
            self.optimizer.zero_grad()
            scores = self.model(x)
            loss = nn.functional.cross_entropy(scores, y)
            loss.backward()
            self.optimizer.step()
            with torch.no_grad():
                right += (scores.argmax(dim=1) == y).sum()
                total += loss
        float(right), float(total)
