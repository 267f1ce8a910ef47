"""`LaminaRegressor`: one number or several for each row, as scikit-learn expects of a regressor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import column_or_1d

from lamina.base.errors import ArgumentError, message
from lamina.estimators.base import NetworkEstimator
from lamina.estimators.rows import Rows, read_rows, read_weights, weighted


class LaminaRegressor(RegressorMixin, NetworkEstimator):
    """A neural network that predicts numbers, with the interface of scikit-learn.

    Scale X and y first: `TransformedTargetRegressor(make_pipeline(StandardScaler(),
    LaminaRegressor()), transformer=StandardScaler())`.

    Args:
        hidden_layer_sizes: units of each hidden layer. Default (100,); () for none.
        activation: of the hidden layers, a name or a function.
        dropout: share of each hidden layer's units that a training step leaves out, in [0, 1).
        optimizer: a name, or an Optimizer, which brings its own rate and is not changed itself.
        learning_rate: number > 0 or LearningRateSchedule, for an optimizer given by name.
        l2: number >= 0; l2 times the sum of the squared kernel weights is added to the loss.
        batch_size: rows in a step; None or "all" for all rows at once.
        epochs: passes over the rows.
        early_stopping: whether to set rows aside, and to end once their loss gets no better; the
            weights of the best epoch are kept. `partial_fit` does not look at it.
        validation_fraction: the share of rows set aside.
        patience: epochs without a better loss that are borne.
        dtype: "float32" or "float64".
        random_state: int, RandomState or None, for weights, dropout, split and order of rows.
        warm_start: whether `fit` goes on with the network that there is, for `epochs` more.
        verbose: 0 silent, 1 progress bar, 2 a line an epoch.
        build: function (meta, **keywords) that returns the model to train, see `BuildMeta`; its
            keywords are parameters `build__x`. Of the parameters above, `hidden_layer_sizes`,
            `activation`, `dropout` and `l2` then have no say, nor `optimizer` and `learning_rate`
            if it compiles the model.
    Attributes:
        model_: the `lamina.Model`.
        n_outputs_: how many numbers it predicts for a row.
        loss_curve_: the loss of each epoch.
        validation_scores_: R² on the rows set aside after each epoch, or None.
        n_iter_: epochs trained.
        n_features_in_, feature_names_in_: of the X that it was fitted on.
    Raises:
        ValueError: in `fit`: a parameter or the data cannot be used.
    Numerics: with `dtype="float64"` and all rows at once, a weight of 2 gives the network that
        repeating the row gives.
    Example:
        >>> X = np.linspace(-1, 1, 40).reshape(-1, 1)
        >>> y = X[:, 0] ** 2
        >>> regressor = LaminaRegressor((16,), learning_rate=0.02, epochs=80, random_state=0)
        >>> bool(regressor.fit(X, y).score(X, y) > 0.9)
        True
        >>> regressor.predict(X[:2]).shape
        (2,)
    """

    n_outputs_: int

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        activation: Any = "relu",
        dropout: float = 0.0,
        optimizer: Any = "adam",
        learning_rate: Any = 0.001,
        l2: float = 0.0,
        batch_size: int | str | None = 32,
        epochs: int = 100,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        dtype: str = "float32",
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        build: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.l2 = l2
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.dtype = dtype
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.build = build

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LaminaRegressor:
        """Train a new network, or with `warm_start` the one there is.

        Args:
            X: numbers (rows, features): array or data frame.
            y: numbers (rows,) or (rows, targets).
            sample_weight: numbers >= 0 (rows,); rows of weight 0 count as absent.
        Returns:
            The estimator itself.
        Raises:
            ValueError: data or parameters cannot be used, or the loss became NaN.
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> LaminaRegressor:
        """Train for one pass over these rows, on top of what was learned before.

        Args:
            X: numbers (rows, features).
            y: numbers (rows,) or (rows, targets).
            sample_weight: numbers >= 0 (rows,).
        Returns:
            The estimator itself.
        Raises:
            ValueError: data or parameters cannot be used.
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        """The numbers for each row.

        Args:
            X: numbers (rows, features).
        Returns:
            float64 (rows,), or (rows, targets) if there is more than one target.
        """
        outputs = self._outputs(X)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    # --- what the base asks for ---

    def _read(self, X: Any, y: Any, sample_weight: Any, reset: bool, **options: Any) -> Rows:
        X, y = read_rows(self, reset, self.dtype, X=X, y=y, multi_output=True, y_numeric=True)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        targets = _as_targets(y, self.dtype)
        if not reset and targets.shape[1] != self.n_outputs_:
            raise ArgumentError(
                message(
                    "`y` has another number of targets than in the first fit.",
                    received=targets.shape[1],
                    required=self.n_outputs_,
                )
            )
        rows = weighted(X, targets, read_weights(sample_weight, X))
        self.n_outputs_ = targets.shape[1]
        return rows

    def _meta(self) -> dict[str, Any]:
        return {"task": "regression", "n_outputs": self.n_outputs_}

    def _score_outputs(self, outputs: np.ndarray, part: Rows) -> float:
        return float(r2_score(part.y, outputs, sample_weight=part.weight))


def _as_targets(y: np.ndarray, dtype: str) -> np.ndarray:
    """Targets (rows, targets) in the network's dtype."""
    with np.errstate(over="ignore"):
        targets = y.reshape(len(y), -1).astype(dtype)
    if not np.isfinite(targets).all():
        raise ArgumentError(
            message(
                f"Input y contains a value too large for dtype('{dtype}').",
                received=f"up to {np.abs(y).max():.3g}",
                fix="scale y, for example with TransformedTargetRegressor, or use dtype='float64'",
            )
        )
    return targets
