"""Low-rank adaptation (LoRA): train a small correction to a weight in place of the weight itself.

weight + (alpha / rank) * a @ b

The weight (…, n) is frozen; the factors a (…, rank) and b (rank, n) are trained. As b starts with
zeros, nothing changes at first. A layer that can be adapted is a `LowRankLayer`: it names the
weight, keeps it under that name with an underscore, and reads it through `adapted_weight`; of the
factors it knows nothing. Files hold the sum, so that they also fit layers without factors.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina import ops
from lamina.base import dtypes
from lamina.base.errors import ArgumentError, NotBuiltError, message
from lamina.base.loading import current_loading
from lamina.layers.arguments import positive_int
from lamina.layers.layer import Layer
from lamina.runtime.name_scope import name_scope


class LowRankLayer(Layer):
    """The base of layers with a weight that can be adapted by two small factors.

    Source: Hu et al. (2021), arXiv:2106.09685, section 4.1.
    """

    adapted_name: str  # "kernel": then the weight is `_kernel`, and `kernel` a property
    lora_rank: int | None = None
    lora_alpha: Any = None
    lora_enabled = False

    def _set_low_rank(self, lora_rank: Any, lora_alpha: Any) -> None:
        """Keep the constructor's arguments; adaptation begins when the layer is built."""
        self.lora_rank = positive_int(lora_rank, "lora_rank") if lora_rank else None
        self.lora_alpha = self.lora_rank if lora_alpha is None else _checked_alpha(lora_alpha)

    def _after_build(self) -> None:
        super()._after_build()
        if self.lora_rank and not self.lora_enabled:
            self.enable_lora(self.lora_rank, self.lora_alpha)

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """Freeze the weight, and train two small factors that correct it.

        A model that was compiled before is to be compiled again.

        Args:
            rank: int > 0, the columns of the first factor and rows of the second.
            lora_alpha: the correction is scaled by lora_alpha / rank; default: `rank`.
            a_initializer: how the first factor (…, rank) starts.
            b_initializer: how the second factor (rank, n) starts; with zeros, outputs stay equal.
        Raises:
            ArgumentError: `rank` is not positive, the weight has a constraint, or it is adapted
                already.
            NotBuiltError: the layer has no weight yet.
        Numerics: the factors are float32 whatever the dtype of the weight.
        Example:
            >>> from lamina import layers
            >>> layer = layers.Dense(3)
            >>> layer.build((None, 4))
            >>> layer.enable_lora(2)
            >>> [v.name for v in layer.trainable_variables]
            ['bias', 'lora_kernel_a', 'lora_kernel_b']
        """
        rank = positive_int(rank, "rank")
        alpha = rank if lora_alpha is None else _checked_alpha(lora_alpha)
        self._check_adaptable()
        name, weight = self.adapted_name, self._frozen()
        a_shape, b_shape = (*weight.shape[:-1], rank), (rank, weight.shape[-1])
        _allow_in_loading(math.prod(a_shape) + math.prod(b_shape), weight)
        options = {"dtype": "float32", "regularizer": getattr(self, f"{name}_regularizer")}
        parent = (self.path or "").rpartition("/")[0]
        self._tracker.unlock()
        with name_scope(self.name, caller=self, override_parent=parent):
            for side, shape, initializer in (
                ("a", a_shape, a_initializer),
                ("b", b_shape, b_initializer),
            ):
                factor = f"lora_{name}_{side}"
                variable = self.add_weight(
                    name=factor, shape=shape, initializer=initializer, **options
                )
                setattr(self, factor, variable)
        self._lock_state()
        weight.trainable = False
        self.lora_enabled, self.lora_rank, self.lora_alpha = True, rank, alpha

    def _check_adaptable(self) -> None:
        name = self.adapted_name
        if getattr(self, f"{name}_constraint") is not None:
            raise ArgumentError(
                message(
                    f"{type(self).__name__} '{self.name}': Lora is incompatible with "
                    f"{name.removesuffix('s')} constraints: its factors are not constrained.",
                    fix=f"remove the `{name}_constraint` argument",
                )
            )
        if not self.built:
            raise NotBuiltError(
                message(
                    f"{type(self).__name__} '{self.name}': Cannot enable lora on a layer that "
                    "isn't yet built.",
                    fix="call it on data or `build(input_shape)` first, or pass `lora_rank` to the "
                    "constructor",
                )
            )
        if self.lora_enabled:
            raise ArgumentError(
                message(
                    f"{type(self).__name__} '{self.name}': lora is already enabled. This can only "
                    "be done once per layer.",
                    received=f"a layer with lora_rank={self.lora_rank}",
                )
            )

    # --- the weight ---

    def adapted_weight(self) -> Any:
        """The weight; once it is adapted, the corrected one, in the compute dtype.

        Raises:
            AttributeError: the layer is not built.
        """
        weight = self._frozen()
        return ops.cast(self._corrected(), self.compute_dtype) if self.lora_enabled else weight

    def _corrected(self) -> Any:
        a, b = self._factors()
        correction = ops.multiply(ops.matmul(a, b), self.lora_alpha / self.lora_rank)
        return ops.add(self._frozen(), correction)

    def _frozen(self) -> Any:
        """The variable of the weight itself."""
        weight = self.__dict__.get(f"_{self.adapted_name}")
        if weight is None:
            raise AttributeError(
                f"{type(self).__name__} '{self.name}' has no attribute '{self.adapted_name}'. It "
                "is not built yet: weights exist after its first call on data, or after "
                "`build(input_shape)`."
            )
        return weight

    def _factors(self) -> tuple[Any, Any]:
        name = self.adapted_name
        return getattr(self, f"lora_{name}_a"), getattr(self, f"lora_{name}_b")

    # --- state ---

    def _set_trainable(self, value: bool) -> None:
        super()._set_trainable(value)
        if self.lora_enabled:
            self._frozen().trainable = False

    def _stored_variables(self) -> list[Any]:
        own = super()._stored_variables()
        if not self.lora_enabled:
            return own
        weight, (a, b) = self._frozen(), self._factors()
        kept = [v for v in own if v is not a and v is not b]
        return [_StoredSum(self) if v is weight else v for v in kept]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; those of the adaptation only if there is one."""
        config = super().get_config()
        if self.lora_rank:
            config.update(lora_rank=self.lora_rank, lora_alpha=self.lora_alpha)
        return config


class _StoredSum:
    """What files hold of an adapted weight: one array, the corrected weight in its own dtype.

    Args:
        layer: an adapted layer.
    """

    def __init__(self, layer: LowRankLayer) -> None:
        self._layer = layer
        weight = layer._frozen()
        self.name, self.shape, self.dtype = weight.name, weight.shape, weight.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(ops.cast(self._layer._corrected(), self.dtype), dtype=dtype)

    def assign(self, value: Any) -> None:
        """Make an array the weight, with no correction.

        Only one factor becomes zero: the slopes of each are products with the other, so that with
        two zeros neither could be trained again.
        """
        self._layer._frozen().assign(value)
        _, b = self._layer._factors()
        b.assign(np.zeros(b.shape, b.dtype))


def _allow_in_loading(elements: int, weight: Any) -> None:
    """Let a load from a file create factors, which are not stored, up to the weight's own size."""
    scope = current_loading()
    if scope is not None:
        stored = math.prod(weight.shape) * dtypes.to_numpy(weight.dtype).itemsize
        scope.allow(min(elements * dtypes.to_numpy("float32").itemsize, stored))


def _checked_alpha(value: Any) -> Any:
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return value
    raise ArgumentError(
        message(
            "`lora_alpha` must be a number.",
            received=f"lora_alpha={value!r} (of type {type(value).__name__})",
        )
    )
