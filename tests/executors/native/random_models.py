"""Random Keras models with data, loss and optimizer that fit together.

A seed decides everything: layers, sizes, inputs (vectors, images, sequences, tokens), outputs,
losses, metrics, optimizer, sample weights. Steps of adaptive optimizers divide by the size of a
gradient that may be nothing but rounding (of a bias before a BatchNormalization), so float32
models get a large `epsilon`; optimizers that only keep the sign get models without such gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from random_choices import Chooser

import lamina
from lamina import layers, losses, optimizers

SIZES = (1, 2, 3, 5, 8, 16, 17)
_ACTIVATIONS = (
    "relu tanh sigmoid elu gelu softplus silu leaky_relu linear softmax selu hard_sigmoid mish "
    "relu6 softsign exponential"
).split()
_RECURRENT = (layers.LSTM, layers.GRU, layers.SimpleRNN)
_BY_SIGN = ("Lion", "Muon")


@dataclass
class RandomModel:
    """A compiled model and its data.

    Attributes:
        model: compiled.
        x, y: data, as `fit` takes them.
        weights: of samples, or None.
        batch: rows in a step; the last batch is smaller.
        text: what the model is made of, for messages.
    """

    model: lamina.Model
    x: Any
    y: Any
    weights: Any
    batch: int
    text: str


class Maker(Chooser):
    """Builds one model.

    Args:
        seed: decides everything.
        rows: in the data.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(np.random.default_rng(seed), SIZES)
        self.seed = seed
        self.double = lamina.config.floatx() == "float64"
        self.lines: list[str] = []
        names = (
            "SGD SGD SGD Adam Adam AdamW RMSprop Adagrad Adadelta Adamax Nadam Ftrl Lamb Adafactor "
            "ScheduleFreeAdamW Lion Muon"
        )
        self.optimizer_name = self.pick(names.split())
        self.has_norms = self.optimizer_name not in _BY_SIGN

    def activation(self) -> str:
        return self.pick(_ACTIVATIONS) if self.has_norms else "tanh"

    def apply(self, layer: Any, *inputs: Any) -> Any:
        config = {
            k: v
            for k, v in layer.get_config().items()
            if isinstance(v, (int, float, str, tuple, list)) and k not in ("name", "dtype")
        }
        y = layer(inputs[0] if len(inputs) == 1 else list(inputs))
        self.lines.append(f"{type(layer).__name__} {config} -> {y.shape}")
        return y

    # --- inputs and blocks ---

    def branch(self) -> tuple[Any, np.ndarray, Any]:
        """An input, its data, and a vector (batch, features) made of it."""
        kind = self.pick(("vector", "vector", "image", "sequence", "tokens", "video"))
        return getattr(self, "_" + kind)()

    def data(self, shape: tuple[int, ...]) -> np.ndarray:
        return self.rng.normal(0, 1, (self.rows, *shape)).astype(lamina.config.floatx())

    def _vector(self) -> tuple[Any, np.ndarray, Any]:
        features = self.size() + 1
        if self.chance(0.2):  # bytes, brought to 0 … 1
            x = layers.Input((features,), dtype="uint8")
            raw = self.rng.integers(0, 256, (self.rows, features)).astype("uint8")
            return x, raw, self.apply(layers.Rescaling(1 / 255), x)
        x = layers.Input((features,))
        return x, self.data((features,)), x

    def _image(self) -> tuple[Any, np.ndarray, Any]:
        shape = tuple(int(self.pick((5, 6, 7, 8))) for _ in range(2))
        shape = (*shape, int(self.pick((1, 2, 3))))
        x = layers.Input(shape)
        y = x
        for _ in range(int(self.rng.integers(1, 4))):
            if min(y.shape[1:3]) < 3:
                break
            y = self.image_block(y)
        ends = (layers.Flatten, layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D)
        return x, self.data(shape), self.apply(self.pick(ends)(), y)

    def image_block(self, x: Any) -> Any:
        padding = self.pick(("same", "valid"))
        kind = self.pick(
            "conv conv conv depthwise separable transpose max average norm act up pad".split()
        )
        if kind == "conv":
            strides = int(self.pick((1, 1, 2)))
            dilation = int(self.pick((1, 2))) if strides == 1 else 1
            filters = self.size()
            groups = 2 if x.shape[-1] % 2 == 0 and filters % 2 == 0 and self.chance(0.5) else 1
            layer = layers.Conv2D(
                filters,
                int(self.pick((1, 2, 3))),
                strides=strides,
                padding="same" if dilation > 1 else padding,
                dilation_rate=dilation,
                groups=groups,
                activation=self.activation(),
                use_bias=self.chance(0.8),
            )
        elif kind == "depthwise":
            layer = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=self.pick((1, 2)))
        elif kind == "separable":
            layer = layers.SeparableConv2D(self.size(), 2, padding=padding)
        elif kind == "transpose":
            layer = layers.Conv2DTranspose(
                int(self.pick((1, 3))), 3, strides=int(self.pick((1, 2))), padding=padding
            )
        elif kind == "max":
            layer = layers.MaxPooling2D(self.pick((2, 3)), self.pick((None, 1, 2)), padding)
        elif kind == "average":
            layer = layers.AveragePooling2D(2, self.pick((None, 1)), padding)
        elif kind == "norm" and self.has_norms:
            layer = self.pick((layers.BatchNormalization, layers.LayerNormalization))()
        elif kind == "up" and x.shape[1] < 9:
            layer = layers.UpSampling2D(2)
        elif kind == "pad":
            layer = layers.ZeroPadding2D(1)
        else:
            layer = layers.Activation(self.activation())
        return self.apply(layer, x)

    def _sequence(self) -> tuple[Any, np.ndarray, Any]:
        shape = (int(self.pick((1, 3, 4, 6))), self.size())
        x = layers.Input(shape)
        data = self.data(shape)
        y = x
        if self.chance(0.3):
            data[:, -1] = 0
            if shape[0] > 1:
                y = self.apply(layers.Masking(0.0), y)
        return x, data, self.over_time(y)

    def _video(self) -> tuple[Any, np.ndarray, Any]:
        shape = (int(self.pick((1, 2, 3))), 4, 5, int(self.pick((1, 2))))
        x = layers.Input(shape)
        layer = self.pick(
            (
                layers.TimeDistributed(layers.Conv2D(2, 2, activation="tanh")),
                layers.TimeDistributed(layers.Dense(3, activation="tanh")),
                layers.ConvLSTM2D(2, 2, return_sequences=True),
                layers.Conv3D(2, (1, 2, 2)),
            )
        )
        return x, self.data(shape), self.apply(layers.Flatten(), self.apply(layer, x))

    def _tokens(self) -> tuple[Any, np.ndarray, Any]:
        steps, words = int(self.pick((1, 3, 5))), int(self.pick((3, 10)))
        x = layers.Input((steps,), dtype="int32")
        data = self.rng.integers(0, words, (self.rows, steps)).astype("int32")
        data[:, 0] = 1  # at least one step that is not masked
        layer = layers.Embedding(words, self.size(), mask_zero=self.chance(0.5))
        return x, data, self.over_time(self.apply(layer, x))

    def over_time(self, x: Any) -> Any:
        for _ in range(int(self.rng.integers(0, 2))):
            kind = self.pick(("rnn", "conv", "norm", "dense", "attention"))
            if kind == "rnn":
                x = self.apply(self.recurrent(True), x)
            elif kind == "conv" and x.shape[1] > 2:
                x = self.apply(layers.Conv1D(self.size(), 3, padding="causal"), x)
            elif kind == "norm" and self.has_norms:
                x = self.apply(layers.LayerNormalization(), x)
            elif kind == "attention":
                layer = layers.MultiHeadAttention(int(self.pick((1, 2))), int(self.pick((2, 5))))
                x = layer(x, x)
                self.lines.append(f"MultiHeadAttention -> {x.shape}")
            else:
                x = self.apply(layers.Dense(self.size(), activation="tanh"), x)
        kind = self.pick(("rnn", "rnn", "pool", "flatten", "bidirectional"))
        if kind == "rnn":
            return self.apply(self.recurrent(False), x)
        if kind == "bidirectional":
            return self.apply(layers.Bidirectional(self.pick(_RECURRENT)(self.size())), x)
        if kind == "pool":
            return self.apply(layers.GlobalAveragePooling1D(), x)
        return self.apply(layers.Flatten(), x)

    def recurrent(self, whole: bool) -> Any:
        kind = self.pick(_RECURRENT)
        how: dict[str, Any] = {"return_sequences": whole, "go_backwards": self.chance(0.2)}
        if self.chance(0.2):
            how["dropout"] = 0.3
        return kind(self.size(), **how)

    def dense_block(self, x: Any) -> Any:
        kind = self.pick("dense dense dense norm drop noise act residual prelu reshape".split())
        if kind == "norm" and self.has_norms:
            norms = (layers.BatchNormalization, layers.LayerNormalization, layers.UnitNormalization)
            return self.apply(self.pick((*norms, layers.RMSNormalization))(), x)
        if kind == "drop":
            return self.apply(layers.Dropout(0.4), x)
        if kind == "noise":
            layer = self.pick((layers.GaussianNoise(0.1), layers.GaussianDropout(0.2)))
            return self.apply(layer, x)
        if kind == "act":
            return self.apply(layers.Activation(self.activation()), x)
        if kind == "prelu":
            return self.apply(layers.PReLU(), x)
        if kind == "residual":
            y = self.apply(layers.Dense(x.shape[-1], activation=self.activation()), x)
            kinds = (layers.Add, layers.Multiply, layers.Average, layers.Maximum, layers.Subtract)
            return self.apply(self.pick(kinds)(), x, y)
        if self.chance(0.15):  # several networks side by side
            members, units = int(self.pick((2, 3))), self.size()
            x = self.apply(layers.RepeatVector(members), x)
            layer = layers.EinsumDense("bki,kio->bko", (members, units), bias_axes="ko")
            return self.apply(layers.Flatten(), self.apply(layer, x))
        how: dict[str, Any] = {"activation": self.activation(), "use_bias": self.chance(0.9)}
        if self.chance(0.2):
            how["kernel_regularizer"] = self.pick(("l2", "l1"))
        if self.chance(0.1):
            how["kernel_constraint"] = self.pick(("max_norm", "non_neg"))
        return self.apply(layers.Dense(self.size(), **how), x)

    # --- heads ---

    def head(self, x: Any) -> tuple[Any, np.ndarray, Any, list[str]]:
        """An output, targets, a loss and metrics."""
        kind = self.pick(("regression", "binary", "sparse", "onehot"))
        count = int(self.pick((2, 3, 10)))
        if kind == "regression":
            width = self.size()
            y = self.apply(layers.Dense(width), x)
            names = (
                "MeanSquaredError MeanAbsoluteError Huber LogCosh Poisson CosineSimilarity "
                "MeanSquaredLogarithmicError"
            )
            name = self.pick(names.split()) if self.has_norms else "MeanSquaredError"
            if name in ("Poisson", "MeanSquaredLogarithmicError"):
                y = self.apply(layers.Activation("softplus"), y)
            targets = self.data((width,))
            if name in ("Poisson", "MeanSquaredLogarithmicError"):
                targets = np.abs(targets)
            return y, targets, getattr(losses, name)(), ["mae", "mse"]
        if kind == "binary":
            y = self.apply(layers.Dense(1, activation="sigmoid"), x)
            targets = self.rng.integers(0, 2, (self.rows, 1)).astype(
                self.pick(("float32", "int64"))
            )
            kinds = (losses.BinaryCrossentropy, losses.BinaryFocalCrossentropy, losses.Hinge)
            return y, targets, self.pick(kinds)(), ["accuracy"]
        logits = self.chance(0.4)
        y = self.apply(layers.Dense(count, activation=None if logits else "softmax"), x)
        labels = self.rng.integers(0, count, self.rows)
        if kind == "sparse":
            loss = losses.SparseCategoricalCrossentropy(from_logits=logits)
            return y, labels.astype(self.pick(("int64", "int32", "uint8"))), loss, ["accuracy"]
        targets = np.eye(count, dtype="float32")[labels]
        if self.chance(0.4):
            loss = losses.CategoricalCrossentropy(from_logits=logits, label_smoothing=0.1)
        elif logits:
            loss = losses.CategoricalCrossentropy(from_logits=True)
        else:
            loss = self.pick((losses.KLDivergence, losses.CategoricalFocalCrossentropy))()
        return y, targets, loss, ["accuracy"]

    def optimizer(self) -> Any:
        how: dict[str, Any] = {"learning_rate": 0.01}
        name = self.optimizer_name
        kind = getattr(optimizers, name)
        if not self.double and name not in ("SGD", "Lion", "Muon", "Ftrl", "Adafactor"):
            how["epsilon"] = 0.01
        if name == "SGD" and self.chance(0.6):
            how.update(momentum=0.9, nesterov=self.chance(0.5))
        if self.chance(0.15):
            how["clipnorm"] = 1.0
        elif self.chance(0.15):
            how["global_clipnorm"] = 1.0
        if self.chance(0.1):
            how["use_ema"] = True
        self.lines.append(f"{name} {how}")
        return kind(**how)

    def make(self) -> RandomModel:
        """The model, compiled."""
        batch = int(self.pick((3, 4, 8, 16)))
        self.rows = 2 * batch + int(self.rng.integers(1, batch))
        lamina.utils.set_random_seed(self.seed)
        branches = [self.branch() for _ in range(int(self.pick((1, 1, 1, 2))))]
        x = branches[0][2]
        if len(branches) > 1:
            x = self.apply(layers.Concatenate(), *[b[2] for b in branches])
        for _ in range(int(self.rng.integers(0, 4))):
            x = self.dense_block(x)
        heads = [self.head(x) for _ in range(int(self.pick((1, 1, 1, 2))))]
        model = lamina.Model([b[0] for b in branches], [h[0] for h in heads])
        one = len(heads) == 1
        model.compile(
            self.optimizer(),
            heads[0][2] if one else [h[2] for h in heads],
            metrics=heads[0][3] if one else [h[3] for h in heads],
        )
        weights = None
        if one and self.chance(0.3):
            weights = self.rng.uniform(0, 2, self.rows).astype("float32")
            weights[::4] = 0
        self.lines += [f"loss {type(h[2]).__name__} {h[2].get_config()}" for h in heads]
        return RandomModel(
            model,
            branches[0][1] if len(branches) == 1 else [b[1] for b in branches],
            heads[0][1] if one else [h[1] for h in heads],
            weights,
            batch,
            f"seed {self.seed}, floatx {lamina.config.floatx()}, {self.rows} rows, batches of "
            f"{batch}, weights {weights is not None}\n  " + "\n  ".join(self.lines),
        )


def random_model(seed: int) -> RandomModel:
    """The model of a seed; made twice, it has the same weights."""
    return Maker(seed).make()
