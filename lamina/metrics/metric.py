"""`Metric`, the base of all metrics: named numbers that gather what batches add to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import initializers, ops
from lamina.base.errors import ArgumentError, message
from lamina.base.naming import auto_name
from lamina.base.tracking import Tracker
from lamina.losses.loss import compute_dtype
from lamina.runtime.name_scope import name_scope
from lamina.runtime.scopes import StatelessScope
from lamina.runtime.variable import Variable


def _is_variable(value: Any) -> bool:
    return isinstance(value, Variable)


def _is_metric(value: Any) -> bool:
    return isinstance(value, Metric)


class Metric:
    """Base class of metrics; a subclass keeps sums in variables and says how batches change them.

    Args:
        dtype: dtype or dtype policy that the metric computes in; default floatx.
        name: the metric's name; made from the class's name if None.
    Call arguments:
        *args: arguments of `update_state`.
        **kwargs: further ones.
    Returns:
        The result after the update.
    Example:
        >>> class Largest(Metric):
        ...     def __init__(self, name="largest"):
        ...         super().__init__(name=name)
        ...         self.value = self.add_variable((), "zeros", name="value")
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.value.assign(ops.maximum(self.value, ops.max(y_pred)))
        ...     def result(self):
        ...         return self.value
        >>> float(Largest()([0.0], [7.0]))
        7.0
    """

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or auto_name(type(self).__name__)
        self._dtype = compute_dtype(dtype)
        self._metrics: list[Metric] = []
        self._variables: list[Variable] = []
        self._tracker = Tracker(
            {
                "variables": (_is_variable, self._variables),
                "metrics": (_is_metric, self._metrics),
            }
        )

    # --- what subclasses write ---

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Take a batch into account.

        Args:
            *args: usually targets and predictions.
            **kwargs: usually `sample_weight`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement `update_state`.")

    def result(self) -> Any:
        """The metric's value: a scalar, a tensor, or a dict of them."""
        raise NotImplementedError(f"{type(self).__name__} does not implement `result`.")

    def reset_state(self) -> None:
        """Start again: all variables become zero."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain values."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A metric from what `get_config` returned."""
        return cls(**config)

    # --- state ---

    @property
    def dtype(self) -> str:
        """The name of the dtype that the metric computes in."""
        return self._dtype

    @property
    def variables(self) -> list[Variable]:
        """The variables of the metric and of the metrics inside it."""
        nested = [variable for metric in self._metrics for variable in metric.variables]
        return [*self._variables, *nested]

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        aggregation: str | None = "sum",
        name: str | None = None,
    ) -> Variable:
        """A new variable that is part of the metric's state.

        Args:
            shape: tuple of int.
            initializer: an initializer or its name; None: zeros.
            dtype: default floatx.
            aggregation: how replicas would be joined.
            name: its name.
        Returns:
            The variable.
        Raises:
            RuntimeError: the subclass did not call `super().__init__()`.
        """
        self._check_super_called()
        with name_scope(self.name.replace("/", ">"), caller=self):
            variable = Variable(
                initializers.get("zeros" if initializer is None else initializer),
                shape=tuple(shape) if isinstance(shape, list) else shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                synchronization="on_read",
                name=name,
            )
        self._tracker.add_to_store("variables", variable)
        return variable

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """`add_variable` under its older name.

        Args:
            shape: tuple of int.
            initializer: an initializer or its name; None: zeros.
            dtype: default floatx.
            name: its name.
        """
        return self.add_variable(shape=shape, initializer=initializer, dtype=dtype, name=name)

    # --- the same without changing the metric ---

    def stateless_update_state(
        self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any
    ) -> list[Any]:
        """The values that the variables would have after an update.

        Args:
            metric_variables: values to start from, one for each of `variables`.
            *args: arguments of `update_state`.
            **kwargs: further ones.
        Returns:
            One value for each of `variables`.
        Raises:
            ArgumentError: there are more or fewer values than variables.
        """
        with self._holding(metric_variables) as scope:
            self.update_state(*args, **kwargs)
        return self._values_in(scope)

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """The result that the metric would have with given values.

        Args:
            metric_variables: one value for each of `variables`.
        Raises:
            ArgumentError: there are more or fewer values than variables.
        """
        with self._holding(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Any]:
        """The values that the variables would have after `reset_state`."""
        with StatelessScope() as scope:
            self.reset_state()
        return self._values_in(scope)

    def _holding(self, values: Sequence[Any]) -> StatelessScope:
        variables = self.variables
        if len(values) != len(variables):
            raise ArgumentError(
                message(
                    f"Argument `metric_variables` must be a list of tensors corresponding 1:1 to "
                    f"{type(self).__name__}().variables.",
                    received=f"list with length {len(values)}",
                    required=f"{len(variables)} variables",
                )
            )
        tensors = [
            ops.convert_to_tensor(value, dtype=variable.dtype)
            for variable, value in zip(variables, values, strict=True)
        ]
        return StatelessScope(zip(variables, tensors, strict=True))

    def _values_in(self, scope: StatelessScope) -> list[Any]:
        values = [(v, scope.get_current_value(v)) for v in self.variables]
        return [v if value is None else value for v, value in values]

    # --- the rest ---

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Update with a batch and return the result; see the class."""
        self._check_super_called()
        self.update_state(*args, **kwargs)
        return self.result()

    def __setattr__(self, name: str, value: Any) -> None:
        if "_tracker" in self.__dict__:
            value = self._tracker.track(value)
        super().__setattr__(name, value)

    def _check_super_called(self) -> None:
        if "_tracker" not in self.__dict__:
            raise RuntimeError(
                "You forgot to call `super().__init__()` in the `__init__()` method of "
                f"{type(self).__name__}. Go add it!"
            )

    def _obj_type(self) -> str:
        return "Metric"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
