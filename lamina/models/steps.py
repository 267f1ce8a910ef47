"""One step of training, evaluation or prediction, and the program it is compiled to.

What a step does (forward, loss, gradients, update, metrics) is one Python method that a subclass
may override. Before the first one, all variables are made by a run that only infers shapes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.base import config, dtypes, tree
from lamina.base.errors import ArgumentError, LaminaError
from lamina.data.packing import unpack_x_y_sample_weight
from lamina.data.source import ArraySource, Source
from lamina.losses.targets import check_targets, check_weights
from lamina.models.compile_loss import CompileLoss
from lamina.models.compile_metrics import CompileMetrics
from lamina.models.training_state import FitProgress
from lamina.ops.symbolic import KerasTensor, infer_spec
from lamina.runtime.compiled import CompiledFunction
from lamina.runtime.gradients import value_and_grad


class Steps:
    """What happens to one batch; the first part of `Trainer`."""

    # What the layer brings.
    __call__: Callable[..., Any]
    built: bool
    name: str
    dtype_policy: Any
    losses: list[Any]
    weights: list[Any]
    trainable_weights: list[Any]
    trainable_variables: list[Any]
    _metrics: list[Any]
    _call_has_training_arg: bool
    _flatten_layers: Callable[..., list[Any]]
    _clear_losses: Callable[[], None]
    # What `compile` brings.
    _check_compiled: Callable[[str], None]
    _check_optimizer: Callable[[], None]
    # What `compile` and `fit` set.
    compiled: bool
    optimizer: Any
    loss: Any
    history: Any
    run_eagerly: bool
    steps_per_execution: int
    jit_compile: Any
    stop_training: bool
    stop_evaluating: bool
    stop_predicting: bool
    _initial_epoch: int | None
    _compile_loss: CompileLoss | None
    _compile_metrics: CompileMetrics | None
    _loss_tracker: Any
    _compile_config: dict[str, Any] | None
    _progress: FitProgress
    _output_specs: Any
    _built_rows: Any
    _trainable_at_compile: dict[int, bool]

    # --- what one step does; subclasses may override these ---

    @property
    def metrics(self) -> list[Any]:
        """The loss, the compiled metrics, and those of the model and its layers."""
        found = self._own_metrics()
        for layer in self._flatten_layers(include_self=False):
            if not isinstance(layer, Steps):
                found += layer._metrics
        return found

    def _own_metrics(self) -> list[Any]:
        found = []
        if self.compiled:
            found += [m for m in (self._loss_tracker, self._compile_metrics) if m is not None]
            if self._compile_loss is not None:
                found += self._compile_loss.metrics
        return found + list(self._metrics)

    @property
    def metrics_names(self) -> list[str]:
        """The names of `metrics`."""
        return [m.name for m in self.metrics]

    def reset_metrics(self) -> None:
        """Let all metrics forget what they saw."""
        for metric in self.metrics:
            metric.reset_state()

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The scalar that training minimises: the compiled loss and all losses of layers.

        Raises:
            ArgumentError: there is no loss at all.
        """
        parts = []
        if self._compile_loss is not None:
            loss = self._compile_loss(y, y_pred, sample_weight)
            if loss is not None:
                parts.append(loss)
        for loss in self.losses:
            if not dtypes.is_float(loss.dtype):
                loss = ops.cast(loss, config.floatx())
            parts.append(ops.sum(loss))
        if not parts:
            raise ArgumentError("No loss to compute. Provide a `loss` argument in `compile()`.")
        total = parts[0]
        for part in parts[1:]:
            total = ops.add(total, part)
        return total

    def _compute_loss(self, x: Any, y: Any, y_pred: Any, weight: Any, training: bool) -> Any:
        if "training" in inspect.signature(self.compute_loss).parameters:
            return self.compute_loss(x, y, y_pred, weight, training=training)
        return self.compute_loss(x, y, y_pred, weight)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        """Update the compiled metrics; name -> value of all metrics."""
        if self._compile_metrics is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """name -> value of all metrics."""
        results: dict[str, Any] = {}
        for metric in self.metrics:
            value = metric.result()
            if isinstance(value, dict):
                results.update(value)
            else:
                results[metric.name] = value
        return results

    def _track_loss(self, x: Any, loss: Any) -> None:
        rows = next(ops.shape(v)[0] for v in tree.flatten(x) if v is not None)
        self._loss_tracker.update_state(loss, sample_weight=ops.cast(rows, "float32"))

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of training on a batch; the logs."""
        x, y, weight = unpack_x_y_sample_weight(data)

        def forward() -> tuple:
            y_pred = self(x, training=True) if self._call_has_training_arg else self(x)
            loss = self._compute_loss(x, y, y_pred, weight, True)
            return self.optimizer.scale_loss(loss), (loss, y_pred)

        weights = self.trainable_weights
        (_, (loss, y_pred)), slopes = value_and_grad(forward, has_aux=True, variables=weights)()
        self._track_loss(x, loss)
        if weights:
            self.optimizer.apply(slopes, weights)
        return self.compute_metrics(x, y, y_pred, sample_weight=weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """One step of evaluation on a batch; the logs."""
        x, y, weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False) if self._call_has_training_arg else self(x)
        loss = self._compute_loss(x, y, y_pred, weight, False)
        self._track_loss(x, loss)
        return self.compute_metrics(x, y, y_pred, sample_weight=weight)

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, training=False) if self._call_has_training_arg else self(x)

    # --- compiled steps ---

    def make_train_function(self, force: bool = False) -> CompiledFunction:
        """The compiled training step, made once."""
        return self._make("train_function", "train_step", force)

    def make_test_function(self, force: bool = False) -> CompiledFunction:
        """The compiled evaluation step, made once."""
        return self._make("test_function", "test_step", force)

    def make_predict_function(self, force: bool = False) -> CompiledFunction:
        """The compiled prediction step, made once."""
        return self._make("predict_function", "predict_step", force)

    def _make(self, slot: str, method: str, force: bool) -> CompiledFunction:
        if self.__dict__[slot] is None or force:
            step = getattr(self, method)

            def run(data: Any) -> Any:
                try:
                    return step(data)
                finally:
                    self._clear_losses()

            function = CompiledFunction(run, f"{self.name}.{method}", always=self.run_eagerly)
            self.__dict__[slot] = function
        return self.__dict__[slot]

    def _is_custom(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(Steps, method)

    def _build_for(self, batch: Any) -> None:
        """Create all variables of model, loss, metrics and optimizer for data like a batch."""
        loss, metrics = self._compile_loss, self._compile_metrics
        unbuilt = (
            not all(v.built for v in self._flatten_layers())
            or (loss is not None and not loss.built)
            or (metrics is not None and not metrics.built)
        )
        if unbuilt:
            try:
                symbols = tree.map_structure(_symbol, batch)
                specs = infer_spec(self._build_step, (symbols,), {})
            except LaminaError:  # again with the batch's own size, for the message's sake
                symbols = tree.map_structure(_symbol_of_known_size, batch)
                specs = infer_spec(self._build_step, (symbols,), {})
            self.__dict__["_output_specs"] = specs
            self.__dict__["_built_rows"] = _row_shapes(unpack_x_y_sample_weight(batch)[0])
            self._clear_losses()
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def _build_step(self, data: Any) -> Any:
        x, y, weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False) if self._call_has_training_arg else self(x)
        if y is not None:
            if self._compile_metrics is not None and not self._compile_metrics.built:
                self.compute_metrics(x, y, y_pred, sample_weight=weight)
            if self._compile_loss is not None and not self._compile_loss.built:
                self._compute_loss(x, y, y_pred, weight, False)
        return y_pred

    def _check_targets(self, source: Source) -> None:
        """Compare targets with the losses that will see them: all of them, or batch by batch."""
        if self._compile_loss is None or self._output_specs is None:
            return
        if isinstance(source, ArraySource):
            self._check_batch(source.arrays)
        else:
            source.check = self._check_batch

    def _check_batch(self, batch: tuple) -> None:
        x, y, weights = batch
        if _row_shapes(x) != self._built_rows:
            return  # sizes vary from batch to batch, and those of the output with them
        for placed in self._compile_loss.placed if self._compile_loss else ():
            try:
                target, weight, output = y, weights, self._output_specs
                for key in placed.path:
                    target, output = _child(target, key), _child(output, key)
                    weight = weight if not tree.is_nested(weight) else _child(weight, key)
                shape = output.shape
            except (KeyError, IndexError, TypeError, AttributeError):
                continue
            if isinstance(target, np.ndarray):
                check_targets(placed.loss, target, shape)
            if isinstance(weight, np.ndarray):
                check_weights(placed.loss, weight, shape)


def _child(structure: Any, key: Any) -> Any:
    if not tree.is_nested(structure):
        raise KeyError(key)
    return structure[key]


def _row_shapes(x: Any) -> list[Any]:
    """The shapes of a batch's inputs without the batch axis."""
    return [None if v is None else v.shape[1:] for v in tree.flatten(x)]


def _symbol(array: Any) -> Any:
    if array is None:
        return None
    return KerasTensor((None, *array.shape[1:]), dtypes.name_of(array.dtype))


def _symbol_of_known_size(array: Any) -> Any:
    return None if array is None else KerasTensor(array.shape, dtypes.name_of(array.dtype))
