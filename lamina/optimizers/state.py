"""The variables of an optimizer: which there are, in which order, and how they are saved.

The order is part of the file format (`optimizer/vars/0`, `1`, … in a `.keras` file) and the same as
Keras's: the iteration, the learning rate if it is a variable, then what `build` adds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

from lamina import initializers
from lamina.base.errors import ArgumentError, NotBuiltError, message
from lamina.runtime.name_scope import name_scope
from lamina.runtime.variable import Variable

Initial = str | Callable[..., Any]


class OptimizerState:
    """Mixin of `Optimizer`: keeps its variables.

    Attributes:
        name: the first part of the variables' paths.
        built: whether the variables for the model's weights exist.
    """

    name: str
    built: bool
    _variables: list[Variable]
    _trainable_variables: list[Variable]

    def _start_state(self) -> None:
        """Must come before any other attribute is set."""
        self.__dict__["_variables"] = []
        self.__dict__["_trainable_variables"] = []
        self._trainable_variables_indices: dict[int, int] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        if "_variables" not in self.__dict__:
            raise RuntimeError(
                f"In optimizer '{type(self).__name__}', you forgot to call `super().__init__()` as "
                "the first statement in the `__init__()` method. Go add it!"
            )
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, Variable):
                self._track_variable(item)
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Copies and unpickled optimizers know their variables by new identities."""
        self.__dict__.update(state)
        self.__dict__["_trainable_variables_indices"] = {
            self._var_key(v): i for i, v in enumerate(self._trainable_variables)
        }

    # --- which variables there are ---

    @property
    def variables(self) -> list[Variable]:
        """All variables of the optimizer, in the order in which they are saved."""
        return self._variables[:]

    def _track_variable(self, variable: Variable) -> None:
        if not any(v is variable for v in self._variables):
            self._variables.append(variable)

    def _untrack_variable(self, variable: Variable) -> None:
        self.__dict__["_variables"] = [v for v in self._variables if v is not variable]

    def _track_trainable(self, variables: Sequence[Variable]) -> None:
        """Remember the model's variables without taking them for the optimizer's own."""
        self.__dict__["_trainable_variables"] = list(variables)
        self._trainable_variables_indices = {self._var_key(v): i for i, v in enumerate(variables)}

    def _var_key(self, variable: Variable) -> int:
        return id(variable)

    def _get_variable_index(self, variable: Variable) -> int:
        return self._trainable_variables_indices[self._var_key(variable)]

    def _overwrite_variable_with_gradient(self, variable: Variable) -> bool:
        return getattr(variable, "overwrite_with_gradient", False)

    # --- adding variables ---

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Initial = "zeros",
        dtype: str | None = None,
        aggregation: str | None = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Add a variable of the optimizer's own.

        Args:
            shape: tuple of int.
            initializer: initializer, or its name.
            dtype: its dtype; default: floatx.
            aggregation: "none", "mean", "sum" or "only_first_replica".
            layout: kept for Keras's sake.
            name: its name.
        Returns:
            The variable.
        """
        with name_scope(self.name, caller=self):
            variable = Variable(
                initializers.get(initializer),
                shape=shape,
                dtype=dtype,
                trainable=False,
                aggregation=aggregation,
                layout=layout,
                name=name,
            )
        self._track_variable(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Initial = "zeros"
    ) -> Variable:
        """Add a variable of the shape and dtype of one of the model's.

        Args:
            reference_variable: the model's variable.
            name: what the new one is for, such as "momentum"; its name is "<path>_<name>".
            initializer: initializer, or its name.
        Returns:
            The variable.
        """
        owner = getattr(reference_variable, "path", reference_variable.name)
        return self.add_variable(
            shape=reference_variable.shape,
            initializer=initializer,
            dtype=reference_variable.dtype,
            layout=getattr(reference_variable, "_layout", None),
            name=f"{owner.replace('/', '_').replace(':', '_')}_{name or 'var'}",
        )

    def add_optimizer_variables(
        self,
        trainable_variables: Sequence[Variable],
        name: str | Sequence[str],
        initializer: Initial | Sequence[Initial] = "zeros",
    ) -> Any:
        """Add one or several variables for each of the model's.

        Args:
            trainable_variables: the model's variables. Those that are overwritten with their
                gradient get None.
            name: what the new ones are for; a list adds several for each of the model's variables.
            initializer: one for all names, or one for each.
        Returns:
            List of variables; with a list of names, a tuple of such lists.
        Raises:
            ArgumentError: not as many initializers as names.
        """
        names = [name] if isinstance(name, str) else list(name)
        initials: list[Any] = [initializer] * len(names)
        if isinstance(initializer, (list, tuple)):
            initials = list(initializer)
        if len(names) != len(initials):
            raise ArgumentError(
                message(
                    "The number of provided names must match the number of provided initializers.",
                    received=f"name={name}, initializer={initializer}",
                )
            )
        lists: tuple[list[Variable | None], ...] = tuple([] for _ in names)
        for variable in trainable_variables:  # all of one weight, then those of the next
            skipped = self._overwrite_variable_with_gradient(variable)
            for found, kind, initial in zip(lists, names, initials, strict=True):
                found.append(
                    None if skipped else self.add_variable_from_reference(variable, kind, initial)
                )
        return lists[0] if isinstance(name, str) else lists

    # --- saving ---

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Give all variables new values.

        Args:
            weights: arrays in the order of `variables`.
        Raises:
            NotBuiltError: the optimizer is not built.
            ArgumentError: a number or shape differs.
        """
        if not self.built:
            raise NotBuiltError(
                message(
                    "You are calling `set_weights()` on an optimizer that has not yet been built.",
                    fix="call `optimizer.build(trainable_variables)` before",
                )
            )
        variables = self.variables
        if len(weights) != len(variables):
            raise ArgumentError(
                message(
                    f"Optimizer '{self.name}': `weights` must have one array for each variable.",
                    received=f"{len(weights)} arrays",
                    required=f"{len(variables)} arrays",
                )
            )
        for variable, weight in zip(variables, weights, strict=True):
            if tuple(variable.shape) != tuple(np.shape(weight)):
                raise ArgumentError(
                    message(
                        f"Optimizer variable '{variable.path}' has another shape than the value.",
                        received=np.shape(weight),
                        required=variable.shape,
                    )
                )
            variable.assign(weight)

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Put all values into a store, under "0", "1", and so on."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take all values from a store; with a warning none, if the number of them differs."""
        saved, own = len(store.keys()), self.variables
        if saved != len(own):
            text = (
                f"Skipping variable loading for optimizer '{self.name}', because it has {len(own)} "
                f"variables whereas the saved optimizer has {saved} variables."
            )
            if not self.built:
                text += " This is likely because the optimizer has not been called/built yet."
            warnings.warn(text, stacklevel=2)
            return
        for i, variable in enumerate(own):
            variable.assign(store[str(i)])
