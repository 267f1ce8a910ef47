"""The loss given to `compile`: which loss belongs to which output, their weights, and their sum."""

from __future__ import annotations

from typing import Any, NamedTuple

from lamina import losses as losses_module
from lamina import metrics as metrics_module
from lamina import ops
from lamina.base import tree
from lamina.base.errors import ArgumentError, PathError, message, near
from lamina.losses import Loss
from lamina.losses.wrapper import LossFunctionWrapper
from lamina.models.compile_metrics import is_binary_or_sparse, object_name


class _Given:
    """A loss as given, with its weight; a leaf for tree functions."""

    def __init__(self, loss: Any, weight: Any) -> None:
        self.loss, self.weight = loss, weight


class PlacedLoss(NamedTuple):
    """A loss for the output at a path of the output structure."""

    path: tuple
    loss: Loss
    weight: Any
    name: str


def resolve_loss(identifier: Any, y_true: Any, y_pred: Any) -> Loss | None:
    """A loss from what the user gave; "crossentropy" is chosen by the shapes."""
    if identifier is None:
        return None
    if str(identifier).lower() in ("crossentropy", "ce"):
        binary, sparse = is_binary_or_sparse(y_true, y_pred)
        if binary:
            loss = losses_module.binary_crossentropy
        elif sparse:
            loss = losses_module.sparse_categorical_crossentropy
        else:
            loss = losses_module.categorical_crossentropy
    else:
        loss = losses_module.get(identifier)
    if not isinstance(loss, Loss):
        name = identifier if isinstance(identifier, str) else object_name(loss)
        loss = LossFunctionWrapper(loss, name=name)
    return loss


def _given(loss: Any, weight: Any = None) -> Any:
    return None if loss is None else _Given(loss, weight)


def _at(path: tuple, structure: Any) -> Any:
    for key in path:
        structure = structure[key]
    return structure


class CompileLoss(Loss):
    """All losses of a compiled model as one.

    Args:
        loss: as `compile` takes it.
        loss_weights: factors, as `compile` takes them.
        reduction: for the base class.
        output_names: names of the model's outputs, if it has any.
    """

    def __init__(
        self,
        loss: Any,
        loss_weights: Any = None,
        reduction: str = "sum_over_batch_size",
        output_names: list[str] | None = None,
    ) -> None:
        if loss_weights and not isinstance(loss_weights, (list, tuple, dict, float)):
            raise ArgumentError(
                "Expected `loss_weights` argument to be a float (single output case) or a list, "
                "tuple, or dict (multiple output case). Received instead: "
                f"loss_weights={loss_weights!r} of type {type(loss_weights).__name__}"
            )
        names = [w for w in tree.flatten(loss_weights) if isinstance(w, str)]
        if names:
            raise ArgumentError(
                message(
                    "`loss_weights`, the third argument of compile, holds names.",
                    received=repr(loss_weights),
                    required="numbers, one for each loss",
                    fix=f"if metrics were meant, write metrics={names!r}",
                )
            )
        super().__init__(name="compile_loss", reduction=reduction)
        self._user_loss = loss
        self._user_weights = loss_weights
        self.output_names = output_names
        self.built = False
        self.metrics: list[Any] = []
        self.placed: list[PlacedLoss] = []

    @property
    def variables(self) -> list[Any]:
        """The variables of the metrics that log each output's loss."""
        return [v for m in self.metrics for v in m.variables]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Resolve the losses for targets and outputs of known structure and shape."""
        loss, weights, names = self._user_loss, self._user_weights, self.output_names
        if names and isinstance(loss, dict) and not isinstance(y_pred, dict):
            if set(names) != set(loss):
                raise ArgumentError(
                    f"Expected keys {names} in loss dict, but found loss.keys()={list(loss)}"
                )
            loss = [loss[n] for n in names]
            if isinstance(weights, dict):
                weights = [weights[n] for n in names]
        loss = self._weighted(loss, weights)
        if names is not None and len(tree.flatten(y_pred)) == len(names):
            output_names = tree.pack_sequence_as(y_pred, names)
        else:
            output_names = tree.map_structure(lambda _: None, y_pred)
        if not tree.is_nested(loss):
            common = loss
            loss = tree.map_structure(lambda _: common, y_pred)
        self.placed = []
        self._place(y_true, y_pred, loss, output_names, ())
        if len(self.placed) > 1:
            self.metrics = [metrics_module.Mean(name=f"{p.name}_loss") for p in self.placed]
        self._pred_form = tree.map_structure(lambda _: None, y_pred)
        self._true_form = tree.map_structure(lambda _: None, y_true)
        self.built = True

    def _weighted(self, loss: Any, weights: Any) -> Any:
        if weights is None:
            return tree.map_structure(_given, loss)
        flat_losses, flat_weights = tree.flatten(loss), tree.flatten(weights)
        if len(flat_losses) != len(flat_weights):
            raise ArgumentError(
                f"`loss_weights` must match the number of losses, got {len(flat_losses)} losses "
                f"and {len(flat_weights)} weights."
            )
        pairs = [_given(v, w) for v, w in zip(flat_losses, flat_weights, strict=True)]
        if isinstance(loss, dict) and isinstance(weights, dict):
            return {k: _given(v, weights[k]) for k, v in loss.items()}
        return tree.pack_sequence_as(loss, pairs)

    def _place(self, y_true: Any, y_pred: Any, loss: Any, names: Any, path: tuple) -> None:
        """Note the losses of a part of the output structure."""
        if loss is None:
            return
        if isinstance(loss, _Given):
            resolved = resolve_loss(loss.loss, y_true, y_pred)
            if resolved is not None:
                name = self._name(path, names, resolved)
                self.placed.append(PlacedLoss(path, resolved, loss.weight, name))
            return
        flat = tree.flatten(y_pred)
        if isinstance(loss, (list, tuple)):
            if not any(map(tree.is_nested, loss)) and len(loss) == len(flat):
                loss = tree.pack_sequence_as(y_pred, loss)
                if not tree.is_nested(loss):
                    return self._place(y_true, y_pred, loss, names, path)
            elif self._too_many(loss, y_pred, path):
                raise ArgumentError(
                    message(
                        "`loss` has several losses for a model with one output.",
                        received=f"{[part.loss for part in loss if part]!s:.200}",
                        required="one loss for each output",
                        fix="pass one loss; to add up two, write a function that returns their sum",
                    )
                )
            elif not isinstance(y_pred, type(loss)):
                for part in loss:
                    self._place(y_true, y_pred, part, names, path)
                return
        if not tree.is_nested(y_pred) or isinstance(loss, dict) != isinstance(y_pred, dict):
            raise self._no_such_path(path, "the model's output (`y_pred`).", loss)
        items = loss.items() if isinstance(loss, dict) else enumerate(loss)
        for key, part in items:
            if part is None:
                continue
            if not (_has(y_true, key) and _has(y_pred, key)):
                where = "either the model's output (`y_pred`) or in the labels (`y_true`)."
                raise self._no_such_path((*path, key), where, loss)
            self._place(y_true[key], y_pred[key], part, names[key], (*path, key))
        return

    def _no_such_path(self, path: tuple, where: str, loss: Any) -> PathError:
        """The error for a loss that belongs to no output."""
        keys = list(loss) if isinstance(loss, dict) else f"{len(loss)} losses in a list"
        wrong = path[-1] if path else keys[0] if isinstance(keys, list) and keys else ""
        hint = near(wrong, self.output_names or ())
        return PathError(
            message(
                f"The path: {path} in the `loss` argument, can't be found in {where} "
                f"{hint}".strip(),
                received=f"{keys!s:.200}",
                required=f"one loss for each output; the outputs are {self.output_names}"
                if self.output_names
                else None,
            )
        )

    @staticmethod
    def _too_many(loss: Any, y_pred: Any, path: tuple) -> bool:
        """Whether several losses are given to a model that has one output only."""
        single = not path and not tree.is_nested(y_pred)
        return single and sum(part is not None for part in loss) > 1

    @staticmethod
    def _name(path: tuple, names: Any, loss: Loss) -> str:
        """The log name: the output's own, or the path to it."""
        if tree.is_nested(names):
            leaves = list(names) if isinstance(names, dict) else tree.flatten(names)
            return "/".join(map(str, path)) or "_".join(map(str, leaves))
        output = names if names is not None else loss.name
        if not path:
            return output
        if isinstance(path[-1], int):
            path = (*path[:-1], output)
        return "/".join(map(str, path))

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The weighted sum of all losses, a scalar; None if there is no loss at all."""
        if y_true is None:
            raise ArgumentError(
                message(
                    "The loss given to `compile` needs targets, but `y` is None.",
                    fix="pass y, or let each batch of a generator or dataset be (x, y)",
                )
            )
        if tree.is_nested(y_true) or tree.is_nested(y_pred):
            y_true = self._aligned(y_true, y_pred)
        if not self.built:
            self.build(y_true, y_pred)
        y_pred = self._in_form(self._pred_form, y_pred)
        y_true = self._in_form(self._true_form, y_true)
        total = None
        trackers = self.metrics or [None] * len(self.placed)
        for placed, tracker in zip(self.placed, trackers, strict=True):
            pred = _at(placed.path, y_pred)
            weight = sample_weight
            if weight is not None and tree.is_nested(weight):
                weight = _at(placed.path, weight)
            value = ops.cast(placed.loss(_at(placed.path, y_true), pred, weight), self.dtype)
            if tracker is not None:
                rows = ops.cast(ops.shape(tree.flatten(pred)[0])[0], "float32")
                tracker.update_state(value, sample_weight=rows)
            if placed.weight is not None:
                value = ops.multiply(value, placed.weight)
            total = value if total is None else ops.add(total, value)
        return total

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The sum without sample weights."""
        return self(y_true, y_pred)

    @staticmethod
    def _in_form(form: Any, structure: Any) -> Any:
        return tree.pack_sequence_as(form, tree.flatten(structure))

    def _aligned(self, y_true: Any, y_pred: Any) -> Any:
        """The targets in the structure of the outputs, where that can be told."""
        if self._same_form(y_true, y_pred):
            return y_true
        if not tree.is_nested(y_true) and tree.is_nested(y_pred) and len(y_pred) == 1:
            y_true = [y_true]
        elif isinstance(y_pred, (list, tuple)) and isinstance(y_true, dict) and self.output_names:
            if set(self.output_names) == set(y_true):
                y_true = [y_true[name] for name in self.output_names]
        leaves = tree.flatten(y_true)
        if len(leaves) == len(tree.flatten(y_pred)):
            if not isinstance(y_true, dict) or isinstance(y_pred, dict):
                return tree.pack_sequence_as(y_pred, leaves)
        wanted = tree.flatten(self._user_loss)
        with_loss = [i for i, loss in enumerate(wanted) if loss is not None]
        if tree.is_nested(self._user_loss) and len(leaves) == len(with_loss):
            filled: list[Any] = [None] * len(wanted)
            for i, y in zip(with_loss, leaves, strict=True):
                filled[i] = y
            return tree.pack_sequence_as(self._user_loss, filled)
        outlines = [tree.map_structure(lambda _: "*", y) for y in (y_true, y_pred)]
        raise ArgumentError(
            message(
                "y_true and y_pred have different structures.\ny_true: "
                f"{outlines[0]!s:.150}\ny_pred: {outlines[1]!s:.150}",
                received=f"`y` with {len(leaves)} arrays for {len(tree.flatten(y_pred))} outputs",
                required=f"one for each of the outputs {self.output_names!s:.150}"
                if self.output_names
                else None,
            )
        )

    @staticmethod
    def _same_form(a: Any, b: Any) -> bool:
        try:
            tree.assert_same_structure(a, b)
        except ValueError:
            return False
        return True

    def get_config(self) -> dict[str, Any]:
        """Not possible: what the user gave is written instead."""
        raise NotImplementedError


def _has(structure: Any, key: Any) -> bool:
    if isinstance(structure, dict):
        return key in structure
    return isinstance(structure, (list, tuple)) and isinstance(key, int) and key < len(structure)
