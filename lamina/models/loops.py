"""Loops over data: fit, evaluate, predict, and the same for single batches.

How the steps of an epoch run stands in `stepping`, what a resumed run needs in `training_state`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lamina import callbacks as callbacks_module
from lamina.base import tree
from lamina.base.config import max_epochs, max_steps_per_epoch
from lamina.base.errors import ArgumentError, message
from lamina.data.checks import check_count
from lamina.data.class_weights import class_weight_to_sample_weights
from lamina.data.inputs import batch_kind, make_source, one_batch
from lamina.data.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
from lamina.data.source import Source
from lamina.data.split import split_validation
from lamina.models.compile_metrics import CompileMetrics
from lamina.models.stepping import StepRunner
from lamina.models.steps import Steps
from lamina.models.training_state import FitProgress, restore_state, training_state
from lamina.runtime.compiled import CompiledFunction


class Loops(Steps):
    """Training, evaluation and prediction over data; the second part of `Trainer`."""

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
        if self._is_one_array_batch(x, batch_size) and not (verbose or steps or callbacks):
            self.stop_predicting = False
            return self._predicted(x)
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
        return self._predicted(x)

    def _predicted(self, x: Any) -> Any:
        batch = one_batch(x)
        function = self.make_predict_function()
        if not function.has_programs and not all(v.built for v in self._flatten_layers()):
            self._build_for(batch)
        return function(batch)

    def _is_one_array_batch(self, x: Any, batch_size: Any) -> bool:
        """Whether data are one array of so few rows that a single step does."""
        if type(x) is not np.ndarray or not x.ndim or self.run_eagerly:
            return False
        size = 32 if batch_size is None else batch_size
        return type(size) is int and 1 <= len(x) <= size

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
    """Logs sorted by name, as Keras has them, with scalars as Python floats."""
    if not isinstance(logs, dict):
        return logs
    values: dict[str, Any] = {}
    for name, value in sorted(logs.items()):
        if isinstance(value, dict):
            values.update(as_floats(value))
            continue
        array = np.asarray(value)
        is_number = array.ndim == 0 and array.dtype.kind in "fiub"
        values[name] = float(array) if is_number else value
    return values


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
