"""What both estimators share: parameters, fitting in order, pickling.

A subclass says how targets are read, how outputs are scored, and what a prediction is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from lamina.base.errors import ArgumentError
from lamina.estimators import builders, rows, training
from lamina.estimators.network import make_network
from lamina.estimators.parameters import check_parameters
from lamina.estimators.rows import Rows
from lamina.estimators.stored_model import restored, stored
from lamina.models import Model

_MOST_SEED = 2**31 - 1
_STORED = "_stored_model"


class NetworkEstimator(BaseEstimator):
    """Base of `LaminaClassifier` and `LaminaRegressor`, which are to be used."""

    early_stopping: bool
    validation_fraction: float
    patience: int
    batch_size: Any
    epochs: int
    dtype: str
    random_state: Any
    warm_start: bool
    verbose: Any
    build: Any
    model_: Model
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    n_iter_: int
    n_features_in_: int

    # --- what a subclass says ---

    def _read(self, X: Any, y: Any, sample_weight: Any, reset: bool) -> Rows:
        """Rows to train on; sets what is learned from the targets alone."""
        raise NotImplementedError

    def _meta(self) -> dict[str, Any]:
        """`task`, `n_outputs` and `classes` for `BuildMeta`."""
        raise NotImplementedError

    def _score_outputs(self, outputs: np.ndarray, part: Rows) -> float:
        """Accuracy or R² of outputs."""
        raise NotImplementedError

    def _targets(self, model: Model, y: np.ndarray) -> np.ndarray:
        """What the loss of a model compares outputs with."""
        return y

    # --- fitting ---

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Any:
        check_parameters(self.get_params(deep=False), type(self).__name__)
        continued = self.warm_start and hasattr(self, "model_")
        part = self._read(X, y, sample_weight, reset=not continued)
        rng = self._random_state = check_random_state(self.random_state)
        if not continued:
            self._start(rng)
        watched = None
        if self.early_stopping:
            by_class = self._meta()["task"] == "classification"
            part, watched = rows.split(part, self.validation_fraction, rng, by_class)
        self._train(part, watched, self.epochs, rng)
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, **options: Any) -> Any:
        check_parameters(self.get_params(deep=False), type(self).__name__)
        first = not hasattr(self, "model_")
        part = self._read(X, y, sample_weight, reset=first, **options)
        if first or not hasattr(self, "_random_state"):
            self._random_state = check_random_state(self.random_state)
        if first:
            self._start(self._random_state)
        self._train(part, None, 1, self._random_state)
        return self

    def _start(self, rng: np.random.RandomState) -> None:
        """A new network; the old one is gone even if this one cannot be made."""
        self.__dict__.pop("model_", None)
        names = getattr(self, "feature_names_in_", None)
        parameters = self.get_params(deep=False)
        meta = builders.BuildMeta(
            n_features=self.n_features_in_,
            feature_names=None if names is None else tuple(names),
            dtype=self.dtype,
            seed=int(rng.randint(_MOST_SEED)),
            parameters=parameters,
            **self._meta(),
        )
        self.model_ = make_network(meta, parameters)
        self.loss_curve_, self.validation_scores_, self.n_iter_ = [], None, 0

    def _train(
        self, part: Rows, watched: Rows | None, epochs: int, rng: np.random.RandomState
    ) -> None:
        plan = training.Plan(epochs, self.batch_size, int(self.verbose), self.patience)
        try:
            record = training.train(
                self.model_, part, watched, plan, self._score_outputs, rng, self._targets
            )
        except ArgumentError:  # the network's weights may be NaN by now
            del self.model_
            raise
        self.loss_curve_ = [*self.loss_curve_, *record.losses]
        self.n_iter_ = len(self.loss_curve_)
        if record.scores is not None:
            self.validation_scores_ = [*(self.validation_scores_ or []), *record.scores]

    def _outputs(self, X: Any) -> np.ndarray:
        """The network's outputs, float64 (rows, outputs)."""
        check_is_fitted(self)
        return training.outputs_of(self.model_, rows.read_rows(self, False, self.dtype, X=X))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    # --- parameters of a builder ---

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters, and as `build__x` the keywords of a builder.

        Args:
            deep: whether to give the keywords too.
        Returns:
            name -> value.
        """
        params = super().get_params(deep)
        if deep:
            found = builders.keywords(self.build)
            params.update({builders.PREFIX + name: value for name, value in found.items()})
        return params

    def set_params(self, **params: Any) -> Any:
        """Set parameters; `build__x` sets the keyword `x` of the builder.

        Args:
            **params: name -> value.
        Returns:
            The estimator itself.
        Raises:
            ValueError: there is no such parameter.
        """
        prefix = builders.PREFIX
        own = {k: v for k, v in params.items() if not k.startswith(prefix)}
        super().set_params(**own)
        keywords = {k.removeprefix(prefix): v for k, v in params.items() if k.startswith(prefix)}
        if keywords:
            self.build = builders.with_keywords(self.build, keywords)
        return self

    # --- pickling ---

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "model_" in state:
            state[_STORED] = stored(state.pop("model_"))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        model = state.pop(_STORED, None)
        super().__setstate__(state)
        if model is not None:
            self.model_ = restored(model, self._meta()["task"], self.dtype)
