"""The metrics given to `compile`: which belongs to which output, and the names they log under."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from lamina import metrics as metrics_module
from lamina.base import tree
from lamina.base.errors import ArgumentError
from lamina.ir import dims
from lamina.metrics import Metric


def is_binary_or_sparse(y_true: Any, y_pred: Any) -> tuple[bool, bool]:
    """Whether shapes speak of a binary task, and whether of integer labels for several classes."""
    true, pred = tuple(y_true.shape), tuple(y_pred.shape)
    one_output = bool(pred) and dims.is_one(pred[-1])
    one_label = bool(true) and dims.is_one(true[-1])
    several = bool(pred) and not isinstance(pred[-1], dims.Dim) and pred[-1] > 1
    return one_output, len(true) < len(pred) or (one_label and several)


def object_name(obj: Any) -> str:
    """The name under which a metric or loss is logged."""
    if hasattr(obj, "name"):
        return obj.name
    if hasattr(obj, "__name__"):
        return obj.__name__
    return type(obj).__name__.lower()


def resolve_metric(identifier: Any, y_true: Any, y_pred: Any) -> Metric:
    """A metric from what the user gave; "accuracy" is chosen by the shapes."""
    if identifier is None:
        raise ArgumentError("Expected metric, received `None`")
    if str(identifier).lower() in ("accuracy", "acc"):
        binary, sparse = is_binary_or_sparse(y_true, y_pred)
        name = str(identifier)
        if binary:
            return metrics_module.BinaryAccuracy(name=name)
        if sparse:
            return metrics_module.SparseCategoricalAccuracy(name=name)
        return metrics_module.CategoricalAccuracy(name=name)
    metric = metrics_module.get(identifier)
    name = identifier if isinstance(identifier, str) else object_name(metric)
    if not isinstance(metric, Metric):
        metric = metrics_module.MeanMetricWrapper(metric)
    metric.name = name
    return metric


class OutputMetrics:
    """The metrics of one output."""

    def __init__(self, metrics: list[Metric], output_name: str | None) -> None:
        self.metrics = metrics
        self.output_name = output_name

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account."""
        for metric in self.metrics:
            metric.update_state(y_true, y_pred, sample_weight=sample_weight)


def _resolve_all(metrics: Any, y_true: Any, y_pred: Any, output_name: Any) -> Any:
    if metrics is None:
        return None
    given = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    return OutputMetrics([resolve_metric(m, y_true, y_pred) for m in given], output_name)


class CompileMetrics(Metric):
    """All metrics of a compiled model as one.

    Args:
        metrics: as `compile` takes them.
        weighted_metrics: those that sample weights apply to.
        name: for messages.
        output_names: names of the model's outputs, if it has any.
    """

    def __init__(
        self,
        metrics: Any,
        weighted_metrics: Any,
        name: str = "compile_metrics",
        output_names: list[str] | None = None,
    ) -> None:
        super().__init__(name=name)
        for argument, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if value and not isinstance(value, (list, tuple, dict)):
                raise ArgumentError(
                    f"Expected `{argument}` argument to be a list, tuple, or dict. Received "
                    f"instead: {argument}={value!r:.100} of type {type(value).__name__}. Write "
                    f"{argument}=[...] with what you gave inside"
                )
        self._user = {"metrics": metrics, "weighted_metrics": weighted_metrics}
        self.built = False
        self.output_names = output_names
        self._order: list[str] | None = None
        self._plain: list[Any] = []
        self._weighted: list[Any] = []

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, flat; empty before the first batch."""
        return [m for group in self._plain + self._weighted if group for m in group.metrics]

    @property
    def variables(self) -> list[Any]:
        """The variables of all metrics."""
        return [v for m in self.metrics for v in m.variables]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Resolve the metrics for targets and outputs of known structure and shape."""
        count = len(tree.flatten(y_pred))
        flat = tree.is_nested(y_pred) and len(y_pred) == count
        names = self.output_names
        if flat and isinstance(y_pred, dict):
            if not (names and set(y_pred) == set(names)):
                names = list(y_pred) if isinstance(y_pred, OrderedDict) else sorted(y_pred)
        self._order = names if count > 1 and flat else None
        self._plain, self._weighted = (
            self._build_set(argument, count, names, y_true, y_pred, flat)
            for argument in ("metrics", "weighted_metrics")
        )
        self.built = True

    def _build_set(
        self, argument: str, count: int, names: Any, y_true: Any, y_pred: Any, flat: bool
    ) -> list[Any]:
        metrics = self._user[argument]
        if not metrics:
            return [None] * count
        if count == 1:
            true, pred = tree.flatten(y_true)[0], tree.flatten(y_pred)[0]
            return [_resolve_all(tree.flatten(metrics), true, pred, None)]
        per_output = None
        if flat and isinstance(metrics, (list, tuple)) and len(metrics) == count:
            per_output = metrics
        elif flat and names and isinstance(metrics, dict) and set(metrics) <= set(names):
            per_output = [metrics.get(n) for n in names]
        if per_output is not None:
            parts = zip(
                per_output,
                self._flat(y_true),
                self._flat(y_pred),
                names or [None] * count,
                strict=False,
            )
            return [_resolve_all(*part) for part in parts]
        try:
            shape = tree.lists_to_tuples(y_pred)
            named = tree.pack_sequence_as(shape, names or [None] * count)
            return tree.flatten(
                tree.map_structure_up_to(
                    shape,
                    _resolve_all,
                    tree.lists_to_tuples(metrics),
                    tree.lists_to_tuples(y_true),
                    shape,
                    named,
                )
            )
        except (ValueError, TypeError) as error:
            outline = tree.map_structure(lambda _: "X", y_pred)
            match = f"the output names {self.output_names} or " if self.output_names else ""
            raise ArgumentError(
                f"{error}\nInvalid `{argument}`: it should contain metrics objects and match "
                f"{match}the output structure of the model: {outline}.\nReceived: "
                f"{argument}={metrics}"
            ) from error

    def _flat(self, y: Any) -> list[Any]:
        if isinstance(y, dict) and self._order is not None:
            return [y[name] for name in self._order]
        return tree.flatten(y)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch into account."""
        if not self.built:
            self.build(y_true, y_pred)
        true, pred = self._flat(y_true), self._flat(y_pred)
        for group, t, p in zip(self._plain, true, pred, strict=False):
            if group:
                group.update_state(t, p)
        weights = [None] * len(true) if sample_weight is None else self._flat(sample_weight)
        if len(weights) < len(true):
            weights = [weights[0]] * len(true)
        for group, t, p, w in zip(self._weighted, true, pred, weights, strict=False):
            if group:
                group.update_state(t, p, w)

    def reset_state(self) -> None:
        """Forget all batches."""
        for metric in self.metrics:
            metric.reset_state()

    def result(self) -> dict[str, Any]:
        """name -> value; the output's name is put in front where there are several."""
        if not self.built:
            raise ArgumentError("Cannot get result() since the metric has not yet been built.")
        results: dict[str, Any] = {}
        seen: dict[str, int] = {}

        def unused(name: str) -> str:
            number = seen.get(name, 0)
            seen[name] = number + 1
            return f"{name}_{number}" if number else name

        for group in self._plain:
            for metric in group.metrics if group else ():
                results[unused(_joined(group, metric.name))] = metric.result()
        for group in self._weighted:
            for metric in group.metrics if group else ():
                name = _joined(group, metric.name)
                if name in seen:
                    name = _joined(group, f"weighted_{metric.name}")
                results[unused(name)] = metric.result()
        return results

    def get_config(self) -> dict[str, Any]:
        """Not possible: what the user gave is written instead."""
        raise NotImplementedError


def _joined(group: OutputMetrics, name: str) -> str:
    return f"{group.output_name}_{name}" if group.output_name else name
