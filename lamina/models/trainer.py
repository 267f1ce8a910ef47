"""Training, evaluation and prediction.

A step (forward, loss, gradients, update, metrics) is one Python method, compiled to a program. What
runs an epoch of steps stands in `stepping`, what a resumed run needs in `training_state`.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import callbacks as callbacks_module
from lamina import metrics as metrics_module
from lamina import ops, optimizers
from lamina.base import config, dtypes, tree
from lamina.base.config import max_epochs, max_steps_per_epoch
from lamina.base.errors import ArgumentError, LaminaError, NotBuiltError, message
from lamina.data.checks import check_count
from lamina.data.class_weights import class_weight_to_sample_weights
from lamina.data.inputs import batch_kind, make_source
from lamina.data.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
from lamina.data.source import ArraySource, Source
from lamina.data.split import split_validation
from lamina.losses.targets import check_targets, check_weights
from lamina.models.compile_loss import CompileLoss
from lamina.models.compile_metrics import CompileMetrics
from lamina.models.stepping import StepRunner
from lamina.models.training_state import FitProgress, restore_state, training_state
from lamina.ops.symbolic import KerasTensor, infer_spec
from lamina.runtime.compiled import CompiledFunction
from lamina.runtime.gradients import value_and_grad
from lamina.saving import deserialize_keras_object, serialize_keras_object


class Trainer:
    """The training half of `Model`; the other half is a `Layer`."""

    # What the layer brings.
    __call__: Callable[..., Any]
    built: bool
    name: str
    dtype_policy: Any
    losses: list[Any]
    trainable_weights: list[Any]
    trainable_variables: list[Any]
    _metrics: list[Any]
    _call_has_training_arg: bool
    _flatten_layers: Callable[..., list[Any]]
    _clear_losses: Callable[[], None]
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

    def __init__(self) -> None:
        plain = {
            "compiled": False,
            "optimizer": None,
            "loss": None,
            "stop_training": False,
            "stop_evaluating": False,
            "stop_predicting": False,
            "steps_per_execution": 1,
            "run_eagerly": False,
            "jit_compile": "auto",
            "history": None,
            "train_function": None,
            "test_function": None,
            "predict_function": None,
            "_initial_epoch": None,
            "_compile_loss": None,
            "_compile_metrics": None,
            "_loss_tracker": None,
            "_compile_config": None,
            "_progress": None,
            "_output_specs": None,
            "_built_rows": None,
        }
        for name, value in plain.items():
            self.__dict__.setdefault(name, value)

    # --- compile ---

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how the model is to be trained.

        Args:
            optimizer: name or Optimizer.
            loss: name, function (y_true, y_pred) or Loss; a structure of them for several outputs.
            loss_weights: factors for the losses of several outputs.
            metrics: list of names, functions or Metrics, or a structure of lists for several
                outputs.
            weighted_metrics: the same, for metrics that sample weights apply to.
            run_eagerly: trace every step anew with its batch size fixed, for debugging.
            steps_per_execution: how many batches run between two calls of batch hooks.
            jit_compile: accepted for Keras's sake; steps are always compiled.
            auto_scale_loss: whether float16 training gets a LossScaleOptimizer.
        Raises:
            ArgumentError: something is unknown; close names are suggested.
        """
        check_count(steps_per_execution, "steps_per_execution")
        optimizer = optimizers.get(optimizer)
        if (
            auto_scale_loss
            and optimizer is not None
            and self.dtype_policy.name == "mixed_float16"
            and not isinstance(optimizer, optimizers.LossScaleOptimizer)
        ):
            optimizer = optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")
        names = getattr(self, "output_names", None)
        self.__dict__.update(
            optimizer=optimizer,
            loss=loss,
            _compile_loss=None
            if loss is None
            else CompileLoss(loss, loss_weights, output_names=names),
            _compile_metrics=None
            if metrics is None and weighted_metrics is None
            else CompileMetrics(metrics, weighted_metrics, output_names=names),
            _loss_tracker=metrics_module.Mean(name="loss"),
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            stop_training=False,
            compiled=True,
            train_function=None,
            test_function=None,
            predict_function=None,
            _compile_config={
                "optimizer": optimizer,
                "loss": loss,
                "loss_weights": loss_weights,
                "metrics": metrics,
                "weighted_metrics": weighted_metrics,
                "run_eagerly": run_eagerly,
                "steps_per_execution": steps_per_execution,
                "jit_compile": False,
            },
            _trainable_at_compile={id(v): v.trainable for v in self._flatten_layers()},
        )

    def get_compile_config(self) -> dict[str, Any]:
        """What was given to `compile`, as plain values; {} before it."""
        if not self.compiled or self._compile_config is None:
            return {}
        return serialize_keras_object(self._compile_config)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with what `get_compile_config` gave."""
        if type(self).compile is not Trainer.compile:
            warnings.warn(
                "`compile()` was not called as part of model loading because the model's "
                "`compile()` method is custom. Override `get_compile_config()` and "
                "`compile_from_config(config)` too, or call `compile()` after loading.",
                stacklevel=2,
            )
            return
        self.compile(**deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def _check_optimizer(self) -> None:
        if self.optimizer is None:
            raise NotBuiltError(
                message(
                    "Training needs an optimizer, but `compile` was given optimizer=None.",
                    fix="for example model.compile(optimizer='adam', loss=...)",
                )
            )

    def _check_compiled(self, method: str) -> None:
        if not self.compiled:
            raise NotBuiltError(
                message(
                    f"You must call `compile()` before calling `{method}()`.",
                    fix="for example model.compile(optimizer='adam', loss='mse')",
                )
            )
        changed = [
            v.name
            for v in self._flatten_layers()
            if v.trainable != self._trainable_at_compile.get(id(v), v.trainable)
        ]
        if changed:
            warnings.warn(
                "A layer's `trainable` state has changed since the model was compiled. Call "
                f"`compile()` again for the change to take effect. Changed layers: {changed}",
                stacklevel=3,
            )
            self.__dict__["_trainable_at_compile"] = {
                id(v): v.trainable for v in self._flatten_layers()
            }

    # --- what one step does; subclasses may override these ---

    @property
    def metrics(self) -> list[Any]:
        """The loss, the compiled metrics, and those of the model and its layers."""
        found = self._own_metrics()
        for layer in self._flatten_layers(include_self=False):
            if not isinstance(layer, Trainer):
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
        return getattr(type(self), method) is not getattr(Trainer, method)

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

    # --- loops ---

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> Any:
        """Train for a number of epochs.

        Args:
            x: arrays, frames, lists, dicts or tuples of them; or a generator, PyDataset or loader.
            y: targets in the same forms; None if `x` brings them along.
            batch_size: rows in a step, 32 by default.
            epochs: the number of the last epoch, counted from 1.
            verbose: 0 silent, 1 progress bar, 2 a line an epoch, "auto".
            callbacks: list of Callbacks.
            validation_split: share of the rows, the last ones, kept for validation.
            validation_data: (x, y) or (x, y, sample_weight), or a loader.
            shuffle: whether rows come in a new order each epoch.
            class_weight: class number -> weight of its rows in the loss.
            sample_weight: weight of each row in the loss.
            initial_epoch: epochs already done.
            steps_per_epoch: batches in an epoch.
            validation_steps: batches of validation.
            validation_batch_size: rows in a batch of validation.
            validation_freq: validate every so many epochs, or after the listed ones.
        Returns:
            History: `.history` maps names to lists of values, one for each epoch.
        Raises:
            ArgumentError: data or arguments do not fit; nothing was trained then.
        """
        self._check_compiled("fit")
        limit = max_epochs()
        epochs = epochs if limit is None else min(epochs, limit)
        if not self._is_custom("train_step"):
            self._check_optimizer()
        _check_epochs(epochs, initial_epoch)
        check_count(validation_batch_size, "validation_batch_size")
        check_count(validation_steps, "validation_steps")
        _is_due(0, validation_freq)
        _check_verbose(verbose)
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = split_validation(
                (x, y, sample_weight), validation_split
            )
        source = make_source(
            x,
            y,
            sample_weight,
            batch_size=batch_size,
            steps=steps_per_epoch,
            shuffle=shuffle,
            class_weight=class_weight,
        )
        validation = None
        try:
            if validation_data is not None:
                vx, vy, vw = _validation_parts(validation_data)
                size = validation_batch_size or batch_size if vy is not None else None
                validation = make_source(vx, vy, vw, batch_size=size, steps=validation_steps)
            return self._fit(
                source, validation, epochs, verbose, callbacks, initial_epoch, validation_freq
            )
        finally:
            source.close()
            if validation is not None:
                validation.close()

    def _fit(
        self,
        source: Source,
        validation: Source | None,
        epochs: int,
        verbose: Any,
        callbacks: Any,
        initial_epoch: int,
        validation_freq: Any,
    ) -> Any:
        self._build_for(pack_x_y_sample_weight(*source.peek()))
        for data in (source, validation):
            if data is not None:
                self._check_targets(data)
        progress = self.__dict__["_progress"] = FitProgress(source)
        if not isinstance(callbacks, callbacks_module.CallbackList):
            callbacks = callbacks_module.CallbackList(
                callbacks,
                add_history=True,
                add_progbar=verbose != 0,
                verbose=verbose,
                epochs=epochs,
                steps=source.num_batches,
                model=self,
            )
        runner = self._runner("train", self.make_train_function(), callbacks)
        self.stop_training = False
        callbacks.on_train_begin()
        first_epoch = self._initial_epoch or initial_epoch
        logs: dict[str, Any] = {}
        training_logs: dict[str, Any] = {}
        for epoch in range(max(first_epoch, progress.resume_epoch or 0), epochs):
            skip = progress.begin_epoch(epoch)
            if not skip:
                self.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            logs = self._run_epoch(runner, source, progress, callbacks, skip)
            epoch_logs = dict(logs)
            if validation is not None and _is_due(epoch, validation_freq):
                val_logs = self._evaluate(validation, callbacks)
                epoch_logs.update({f"val_{name}": value for name, value in val_logs.items()})
            progress.end_epoch()
            callbacks.on_epoch_end(epoch, epoch_logs)
            training_logs = epoch_logs
            if self.stop_training or source.exhausted:
                break
        if self.optimizer is not None and epochs > 0:
            self.optimizer.finalize_variable_values(self.trainable_weights)
        callbacks.on_train_end(logs=training_logs)
        return self.history

    def _runner(self, phase: str, function: CompiledFunction, callbacks: Any) -> StepRunner:
        fixed: int | None = self.steps_per_execution
        if fixed == 1 and not callbacks.has_batch_hooks:
            fixed = None
        singly = self._is_custom(f"{phase}_step") or self.run_eagerly
        return StepRunner(function, singly, fixed, max_steps_per_epoch())

    def _run_epoch(
        self, runner: StepRunner, source: Source, progress: FitProgress, callbacks: Any, skip: int
    ) -> dict[str, Any]:
        # An earlier run may have died between the last batch and the end of the epoch.
        logs: dict[str, Any] = self._current_logs([]) if skip else {}
        steps = runner.epoch(source, progress.order_rng(), callbacks.on_train_batch_begin, skip)
        for done, results in steps:
            progress.batch = done
            logs = self._current_logs(results)
            callbacks.on_train_batch_end(runner.last_index(done), logs)
            if self.stop_training:
                break
        return logs

    def _current_logs(self, results: list[Any]) -> dict[str, Any]:
        """Values of the metrics, or what a step of the user's own returned."""
        values = self.get_metrics_result()
        if results and isinstance(results[-1], dict) and set(results[-1]) != set(values):
            values = results[-1]
        return as_floats(values)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Loss and metrics on data.

        Args:
            x: data, as for `fit`.
            y: targets, as for `fit`.
            batch_size: rows in a step, 32 by default.
            verbose: 0 silent, 1 progress bar, 2 one line, "auto".
            sample_weight: weight of each row.
            steps: batches to use.
            callbacks: list of Callbacks.
            return_dict: whether to return a dict in place of a list.
        Returns:
            The loss as a float, or a list of loss and metrics, or a dict name -> value.
        """
        if kwargs:
            raise ArgumentError(f"Arguments not recognized: {kwargs}")
        self._check_compiled("evaluate")
        source = make_source(x, y, sample_weight, batch_size=batch_size, steps=steps)
        try:
            self._build_for(pack_x_y_sample_weight(*source.peek()))
            self._check_targets(source)
            callbacks = self._callbacks(callbacks, verbose, source)
            logs = self._evaluate(source, callbacks)
        finally:
            source.close()
        return logs if return_dict else self._in_order(logs)

    def _callbacks(self, callbacks: Any, verbose: Any, source: Source) -> Any:
        if isinstance(callbacks, callbacks_module.CallbackList):
            return callbacks
        return callbacks_module.CallbackList(
            callbacks,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=1,
            steps=source.num_batches,
            model=self,
        )

    def _evaluate(self, source: Source, callbacks: Any) -> dict[str, Any]:
        runner = self._runner("test", self.make_test_function(), callbacks)
        self.stop_evaluating = False
        callbacks.on_test_begin()
        self.reset_metrics()
        logs: dict[str, Any] = {}
        for done, results in runner.epoch(source, None, callbacks.on_test_batch_begin):
            logs = self._current_logs(results)
            callbacks.on_test_batch_end(runner.last_index(done), logs)
            if self.stop_evaluating:
                break
        callbacks.on_test_end(logs)
        return logs

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The model's outputs for data.

        Args:
            x: data, as for `fit`.
            batch_size: rows in a step, 32 by default.
            verbose: 0 silent, 1 progress bar, 2 one line, "auto".
            steps: batches to use.
            callbacks: list of Callbacks.
        Returns:
            NumPy array (rows, …), or the model's output structure of them.
        """
        source = make_source(x, batch_size=batch_size, steps=steps, for_predict=True)
        try:
            if not all(v.built for v in self._flatten_layers()):
                self._build_for(pack_x_y_sample_weight(*source.peek()))
            callbacks = self._callbacks(callbacks, verbose, source)
            function = self.make_predict_function()
            runner = StepRunner(function, True, self.steps_per_execution, max_steps_per_epoch())
            self.stop_predicting = False
            callbacks.on_predict_begin()
            parts = []
            for done, results in runner.epoch(source, None, callbacks.on_predict_batch_begin):
                parts += results
                outputs = tree.map_structure(lambda *leaves: _joined(leaves), *results)
                callbacks.on_predict_batch_end(runner.last_index(done), {"outputs": outputs})
                if self.stop_predicting:
                    break
            callbacks.on_predict_end()
        finally:
            source.close()
        return tree.map_structure(lambda *leaves: _joined(leaves), *parts)

    # --- single batches ---

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step of training on one batch.

        Args:
            x: batch of data.
            y: batch of targets.
            sample_weight: weight of each row.
            class_weight: class number -> weight of its rows.
            return_dict: whether to return a dict in place of a list.
        Returns:
            Loss and metrics, as `evaluate` returns them.
        """
        self._check_compiled("train_on_batch")
        self._check_optimizer()
        if class_weight is not None:
            if sample_weight is not None:
                raise ArgumentError(
                    "Arguments `sample_weight` and `class_weight` cannot be specified at the same "
                    f"time. Received: sample_weight={sample_weight}, class_weight={class_weight}"
                )
            sample_weight = class_weight_to_sample_weights(np.asarray(y), class_weight)
        batch = self._one_batch(x, y, sample_weight)
        self.reset_metrics()
        return self._logs_of(self.make_train_function()(batch), return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step of evaluation on one batch; arguments as for `train_on_batch`."""
        self._check_compiled("test_on_batch")
        batch = self._one_batch(x, y, sample_weight)
        self.reset_metrics()
        return self._logs_of(self.make_test_function()(batch), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch."""
        source = make_source(x, batch_size=None, for_predict=True)
        batch = pack_x_y_sample_weight(*source.arrays)  # type: ignore[attr-defined]
        if not all(v.built for v in self._flatten_layers()):
            self._build_for(batch)
        return self.make_predict_function()(batch)

    def _one_batch(self, x: Any, y: Any, sample_weight: Any) -> Any:
        source = make_source(x, y, sample_weight)
        batch = pack_x_y_sample_weight(*source.arrays)  # type: ignore[attr-defined]
        self._build_for(batch)
        self._check_targets(source)
        return batch

    def _logs_of(self, logs: Any, return_dict: bool) -> Any:
        values = as_floats(logs)
        return values if return_dict else self._in_order(values)

    def _in_order(self, logs: dict[str, Any]) -> Any:
        """Values in the order of the metrics; a single one alone."""
        names: list[str] = []
        for metric in self.metrics:
            if isinstance(metric, CompileMetrics):
                names += [m.name for m in metric.metrics]
            else:
                names.append(metric.name)
        values = [logs[n] for n in names if n in logs]
        values += [logs[n] for n in sorted(logs) if n not in names]
        return values[0] if len(values) == 1 else values

    # --- resuming ---

    def _training_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Everything that the rest of a running `fit` depends on."""
        return training_state(self)

    def _restore_training_state(self, arrays: dict[str, np.ndarray], info: dict[str, Any]) -> None:
        """Put back what `_training_state` gave, inside a running `fit`."""
        restore_state(self, arrays, info)


def as_floats(logs: Any) -> Any:
    """Scalars as Python floats, everything else as it is."""
    if not isinstance(logs, dict):
        return logs

    def convert(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: convert(v) for k, v in value.items()}
        array = np.asarray(value)
        return float(array) if array.ndim == 0 and array.dtype.kind in "fiub" else value

    return {name: convert(value) for name, value in logs.items()}


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


def _joined(leaves: tuple) -> np.ndarray:
    return np.concatenate(leaves) if len(leaves) > 1 else np.asarray(leaves[0])


def _check_epochs(epochs: Any, initial_epoch: Any) -> None:
    for name, value in (("epochs", epochs), ("initial_epoch", initial_epoch)):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 0:
            raise ArgumentError(
                message(f"fit: `{name}` cannot be used.", repr(value)[:80], "an int >= 0")
            )
    if initial_epoch > epochs:
        warnings.warn(
            f"fit: nothing is left to train: initial_epoch={initial_epoch} is beyond "
            f"epochs={epochs}. `epochs` is the number of the last epoch, not how many follow.",
            stacklevel=4,
        )


def _check_verbose(verbose: Any) -> None:
    if isinstance(verbose, str) and verbose != "auto" or verbose is None:
        raise ArgumentError(
            message("`verbose` is unknown.", repr(verbose)[:80], "0, 1, 2 or 'auto'")
        )


def _is_due(epoch: int, frequency: Any) -> bool:
    """Whether validation follows an epoch."""
    if isinstance(frequency, int):
        check_count(frequency, "validation_freq")
        return (epoch + 1) % frequency == 0
    if isinstance(frequency, list):
        return epoch + 1 in frequency
    raise ArgumentError(
        "Expected `validation_freq` to be a list or int. Received: "
        f"validation_freq={frequency} of the type {type(frequency)}."
    )


def _validation_parts(data: Any) -> tuple[Any, Any, Any]:
    """x, y and sample weights of `validation_data`; a loader stays whole."""
    if isinstance(data, (tuple, list)):
        if len(data) in (2, 3):
            return unpack_x_y_sample_weight(tuple(data))
    elif batch_kind(data) is not None:
        return data, None, None
    raise ArgumentError(
        message(
            "`validation_data` brings no targets, or too many parts.",
            received=f"{type(data).__name__} of length {len(data)}"
            if hasattr(data, "__len__")
            else type(data).__name__,
            required="(x, y) or (x, y, sample_weight), a generator or a dataset",
        )
    )
