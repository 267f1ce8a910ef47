"""The training half of a model: what `compile` sets, on top of the loops and the steps."""

from __future__ import annotations

import warnings
from typing import Any

from lamina import metrics as metrics_module
from lamina import optimizers
from lamina.base.errors import NotBuiltError, message
from lamina.data.checks import check_count
from lamina.models.compile_loss import CompileLoss
from lamina.models.compile_metrics import CompileMetrics
from lamina.models.loops import Loops
from lamina.saving import deserialize_keras_object, serialize_keras_object


class Trainer(Loops):
    """The training half of `Model`; the other half is a `Layer`."""

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
            _trainable_at_compile=self._trainable_now(),
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
        before = self._trainable_at_compile
        changed = [
            v.name
            for v in (*self._flatten_layers(), *self.weights)
            if v.trainable != before.get(id(v), v.trainable)
        ]
        if changed:
            warnings.warn(
                "A layer's `trainable` state has changed since the model was compiled. Call "
                f"`compile()` again for the change to take effect. Changed layers: {changed}",
                stacklevel=3,
            )
            self.__dict__["_trainable_at_compile"] = self._trainable_now()

    def _trainable_now(self) -> dict[int, bool]:
        """Which layers and weights optimizers change, by their id."""
        return {id(v): v.trainable for v in (*self._flatten_layers(), *self.weights)}
