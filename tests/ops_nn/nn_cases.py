"""The table of nn op samples: name of the op, arrays, other arguments.

The first axis of every array marked as batched is the batch, so that a case can be compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Case(NamedTuple):
    """One sample."""

    op: str
    batched: tuple  # arrays whose first axis is the batch
    fixed: tuple = ()  # further arrays
    kwargs: dict = {}

    @property
    def id(self) -> str:
        """A name for the test report."""
        detail = ",".join(f"{k}={v}" for k, v in self.kwargs.items())
        shapes = "x".join(str(np.shape(a)).replace(" ", "") for a in (*self.batched, *self.fixed))
        return f"{self.op}-{shapes}-{detail}"


_RANDOM = np.random.default_rng(7)


def normal(*shape: int) -> np.ndarray:
    """Normal numbers, float32."""
    return _RANDOM.normal(size=shape).astype("float32")


def shares(*shape: int) -> np.ndarray:
    """Positive rows that sum to 1, float32."""
    x = np.exp(normal(*shape))
    return x / x.sum(-1, keepdims=True)


LINE = np.linspace(-7, 7, 24, dtype="float32").reshape(4, 6)
ACTIVATIONS = [
    Case(name, (LINE,))
    for name in (
        "relu relu6 sigmoid softplus softsign silu log_sigmoid leaky_relu hard_sigmoid hard_silu "
        "elu selu gelu celu glu tanh_shrink hard_tanh hard_shrink soft_shrink squareplus "
        "sparse_plus sparse_sigmoid"
    ).split()
] + [
    Case("gelu", (LINE,), kwargs={"approximate": False}),
    Case("elu", (LINE,), kwargs={"alpha": 0.3}),
    Case("celu", (LINE,), kwargs={"alpha": 1.7}),
    Case("leaky_relu", (LINE,), kwargs={"negative_slope": 0.01}),
    Case("squareplus", (LINE,), kwargs={"b": 2}),
    Case("threshold", (LINE,), kwargs={"threshold": 0.5, "default_value": -1.0}),
    Case("soft_shrink", (LINE,), kwargs={"threshold": 1.0}),
]
SOFTMAX = [
    Case(name, (normal(4, 3, 5),), kwargs={"axis": axis})
    for name in ("softmax", "log_softmax")
    for axis in (-1, 1, (1, 2))
]
POOLS = [  # strides are given: Keras on JAX fails without
    Case(name, (normal(*shape),), kwargs={"pool_size": size, **kwargs})
    for name in ("max_pool", "average_pool")
    for shape, size, kwargs in (
        ((2, 9, 3), 2, {"strides": 2}),
        ((2, 9, 3), 3, {"strides": 2, "padding": "same"}),
        ((2, 7, 8, 3), (2, 3), {"strides": (1, 2)}),
        ((2, 7, 8, 3), 3, {"strides": 3, "padding": "same"}),
        ((2, 3, 7, 8), 2, {"strides": 1, "padding": "same", "data_format": "channels_first"}),
        ((2, 4, 5, 4, 2), 2, {"strides": 2}),
    )
] + [
    Case(name, (normal(*shape),), kwargs={"output_size": size})
    for name in ("adaptive_max_pool", "adaptive_average_pool")
    for shape, size in (((2, 7, 3), 3), ((2, 8, 6, 3), (4, 5)), ((2, 4, 5, 4, 2), (2, 2, 3)))
]
CONVOLUTIONS = [
    Case("conv", (normal(*shape),), (normal(*kernel),), kwargs)
    for shape, kernel, kwargs in (
        ((2, 9, 3), (3, 3, 4), {}),
        ((2, 9, 3), (4, 3, 4), {"strides": 2, "padding": "same"}),
        ((2, 9, 3), (3, 3, 4), {"dilation_rate": 2}),
        ((2, 8, 7, 4), (3, 2, 4, 6), {"padding": "same"}),
        ((2, 8, 7, 4), (3, 3, 2, 6), {"strides": (2, 1)}),
        ((2, 4, 8, 7), (3, 3, 4, 6), {"data_format": "channels_first", "padding": "same"}),
        ((2, 5, 5, 5, 2), (2, 2, 2, 2, 3), {"padding": "same", "strides": 2}),
    )
] + [
    Case("depthwise_conv", (normal(2, 8, 7, 4),), (normal(3, 3, 4, 2),), {"padding": "same"}),
    Case("depthwise_conv", (normal(2, 4, 9),), (normal(3, 4, 1),),
         {"data_format": "channels_first", "strides": 2}),
    Case("separable_conv", (normal(2, 8, 7, 4),), (normal(3, 3, 4, 2), normal(1, 1, 8, 5)),
         {"strides": 2, "padding": "same"}),
]  # fmt: skip
TRANSPOSED = [
    Case("conv_transpose", (normal(*shape),), (normal(*kernel),), kwargs)
    for shape, kernel, kwargs in (
        ((2, 4, 3), (2, 5, 3), {"strides": 2}),
        ((2, 4, 3), (3, 5, 3), {"strides": 2, "padding": "same"}),
        ((2, 4, 3), (4, 5, 3), {"strides": 3, "padding": "same"}),
        ((2, 4, 3), (2, 5, 3), {"strides": 5}),
        ((2, 4, 3), (2, 5, 3), {"strides": 5, "output_padding": 4}),
        ((2, 4, 3), (3, 5, 3), {"strides": 2, "padding": "same", "output_padding": 1}),
        ((2, 4, 3), (3, 5, 3), {"dilation_rate": 2}),
        ((2, 3, 4, 5), (3, 2, 4, 5), {"strides": (2, 3), "padding": "same"}),
        ((2, 5, 3, 4), (3, 2, 4, 5), {"strides": 2, "data_format": "channels_first"}),
    )
]
NORMALIZATIONS = [
    Case("batch_normalization", (normal(4, 3, 5),),
         (normal(5), shares(5), -1, normal(5), normal(5))),
    Case("layer_normalization", (normal(4, 3, 5),), (normal(5), normal(5))),
    Case("layer_normalization", (normal(4, 3, 5),), (normal(3, 5), normal(3, 5)),
         {"axis": [1, 2]}),
    Case("rms_normalization", (normal(4, 3, 5),), (normal(5),)),
    Case("normalize", (normal(4, 5),)),
    Case("normalize", (normal(4, 5),), kwargs={"order": 1}),
    Case("normalize", (normal(4, 5),), kwargs={"order": 3}),
    Case("moments", (normal(4, 3, 5),), kwargs={"axes": [1]}),
    Case("moments", (normal(4, 3, 5),), kwargs={"axes": [0, 1], "keepdims": True}),
]  # fmt: skip
LABELS = np.array([0, 2, 1, 4], "int32")
LOSSES = [
    Case("categorical_crossentropy", (shares(4, 5), shares(4, 5))),
    Case("categorical_crossentropy", (shares(4, 5), normal(4, 5)), kwargs={"from_logits": True}),
    Case("categorical_crossentropy", (shares(4, 5, 2), normal(4, 5, 2)),
         kwargs={"from_logits": True, "axis": 1}),
    Case("sparse_categorical_crossentropy", (LABELS, shares(4, 5))),
    Case("sparse_categorical_crossentropy", (LABELS[:, None], normal(4, 5)),
         kwargs={"from_logits": True}),
    Case("binary_crossentropy", (shares(4, 5), shares(4, 5))),
    Case("binary_crossentropy", (shares(4, 5), 8 * normal(4, 5)), kwargs={"from_logits": True}),
]  # fmt: skip
OTHERS = [
    Case("multi_hot", (np.array([[0, 1], [3, 3], [2, -1]], "int32"),), kwargs={"num_classes": 4}),
    Case("one_hot", (LABELS,), kwargs={"num_classes": 5}),
    Case("polar", (shares(4, 3), normal(4, 3))),
    Case("psnr", (normal(4, 3), normal(4, 3)), kwargs={"max_val": 2.0}),
    Case("unfold", (normal(2, 3, 7, 8),), kwargs={"kernel_size": 3}),
    Case("unfold", (normal(2, 3, 7, 8),),
         kwargs={"kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}),
    Case("fold", (normal(2, 12, 9),), kwargs={"output_size": 4, "kernel_size": 2}),
    Case("fold", (normal(2, 12, 9),),
         kwargs={"output_size": (4, 4), "kernel_size": 2, "stride": 2, "padding": 1}),
    Case("depth_to_space", (normal(2, 3, 4, 8),), kwargs={"block_size": 2}),
    Case("space_to_depth", (normal(2, 4, 6, 3),), kwargs={"block_size": 2}),
    Case("depth_to_space", (normal(2, 8, 3, 4),),
         kwargs={"block_size": 2, "data_format": "channels_first"}),
    Case("space_to_depth", (normal(2, 3, 4, 6),),
         kwargs={"block_size": 2, "data_format": "channels_first"}),
    Case("dot_product_attention", (normal(2, 4, 6, 8), normal(2, 5, 6, 8), normal(2, 5, 6, 8))),
    Case("dot_product_attention", (normal(2, 4, 6, 8), normal(2, 5, 3, 8), normal(2, 5, 3, 8)),
         kwargs={"scale": 0.5}),
    Case("dot_product_attention", (normal(2, 5, 2, 8), normal(2, 5, 2, 8), normal(2, 5, 2, 8)),
         kwargs={"is_causal": True}),
]  # fmt: skip
CASES = [
    *ACTIVATIONS,
    *SOFTMAX,
    *POOLS,
    *CONVOLUTIONS,
    *TRANSPOSED,
    *NORMALIZATIONS,
    *LOSSES,
    *OTHERS,
]
NO_SLOPE = {"one_hot", "multi_hot", "polar"}
