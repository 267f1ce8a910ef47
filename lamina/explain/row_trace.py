"""What `trace` returns: the numbers of one row, layer by layer, and the chain rule for any weight.

For a weight from input i to neuron j of a layer, with z = sum of weighted inputs, a =
activation(z):

    dL/dw_ij = dL/da_j * da_j/dz_j * dz_j/dw_ij        with dz_j/dw_ij = input_i

Where the activation mixes neurons (softmax), the first two factors are one: dL/dz_j.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.base.errors import ArgumentError, message, near
from lamina.explain.rendering import row_as_html, row_as_text


@dataclass
class LayerTrace:
    """One layer's numbers for the row.

    Attributes:
        name: the layer's name.
        kind: its class.
        inputs: what it received, without the batch axis.
        weighted_sum: inputs times weights plus bias; None for layers without them.
        outputs: what it gave.
        activation: name of the activation, None where there is none.
        slope: derivative of the activation at the weighted sum, None where neurons mix.
        d_outputs: derivative of the loss in the outputs.
        d_weighted_sum: derivative of the loss in the weighted sum.
        weights: name -> value.
        gradients: name -> derivative of the loss.
        updated: name -> value after one step of the optimizer.
    """

    name: str
    kind: str
    inputs: np.ndarray
    weighted_sum: np.ndarray | None
    outputs: np.ndarray
    activation: str | None
    slope: np.ndarray | None
    d_outputs: np.ndarray
    d_weighted_sum: np.ndarray | None
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    gradients: dict[str, np.ndarray] = field(default_factory=dict)
    updated: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass
class WeightTrace:
    """The chain rule for one weight.

    Attributes:
        where: the weight, for example "dense.kernel[0, 2]".
        value: its value.
        factors: name -> number; their product is the gradient.
        gradient: derivative of the loss in the weight.
        updated: its value after one step of the optimizer; None without an optimizer.
        learning_rate: the optimizer's rate; None without an optimizer.
    """

    where: str
    value: float
    factors: dict[str, float]
    gradient: float
    updated: float | None
    learning_rate: float | None

    def to_text(self) -> str:
        """The chain rule in words and numbers."""
        names = " * ".join(self.factors)
        numbers = " * ".join(f"{v:.6g}" for v in self.factors.values())
        lines = [f"dL/d {self.where} = {names}", f"  = {numbers}", f"  = {self.gradient:.6g}"]
        if self.updated is not None:
            rate = (
                "" if self.learning_rate is None else f"   (learning rate {self.learning_rate:g})"
            )
            lines.append(f"  {self.value:.6g} -> {self.updated:.6g}{rate}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values."""
        return dict(self.__dict__)

    def __repr__(self) -> str:
        return self.to_text()


@dataclass
class RowTrace:
    """The way of one row through a model, forward and back.

    Attributes:
        inputs: the row.
        target: its target.
        prediction: the model's output.
        loss: the loss of this row.
        loss_name: which loss.
        layers: one entry for each layer.
        learning_rate: the optimizer's, None without an optimizer.
    """

    inputs: np.ndarray
    target: np.ndarray
    prediction: np.ndarray
    loss: float
    loss_name: str
    layers: list[LayerTrace]
    learning_rate: float | None = None

    def layer(self, name: str | int) -> LayerTrace:
        """A layer by name or number.

        Raises:
            ArgumentError: there is no such layer.
        """
        if isinstance(name, int):
            return self.layers[name]
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise ArgumentError(
            message(f"No layer is named {name!r}. {near(name, names)}", required=", ".join(names))
        )

    def weight(self, layer: str | int, *index: int, weight: str = "kernel") -> WeightTrace:
        """The chain rule for one weight.

        Args:
            layer: name or number of a layer.
            *index: the weight's place: (input, neuron) in a kernel, (neuron,) in a bias.
            weight: name of the weight within the layer.
        Returns:
            Factors, gradient and updated value.
        Raises:
            ArgumentError: there is no such weight.
        """
        found = self.layer(layer)
        if weight not in found.weights:
            raise ArgumentError(
                message(
                    f"Layer '{found.name}' has no weight {weight!r}.",
                    required=", ".join(found.weights) or "none: the layer has no weights",
                )
            )
        values = found.weights[weight]
        if len(index) != values.ndim or any(
            not 0 <= i < n for i, n in zip(index, values.shape, strict=False)
        ):
            raise ArgumentError(
                message(
                    f"`{found.name}.{weight}` has no element {index}.",
                    required=f"{values.ndim} indices within {values.shape}",
                )
            )
        gradient = float(found.gradients[weight][index])
        updated = found.updated.get(weight)
        return WeightTrace(
            where=f"{found.name}.{weight}[{', '.join(map(str, index))}]",
            value=float(values[index]),
            factors=_factors(found, weight, index, gradient),
            gradient=gradient,
            updated=None if updated is None else float(updated[index]),
            learning_rate=self.learning_rate,
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain lists and numbers."""

        def plain(value: Any) -> Any:
            if isinstance(value, np.ndarray):
                return value.tolist()
            if isinstance(value, dict):
                return {k: plain(v) for k, v in value.items()}
            if isinstance(value, list):
                return [plain(v) for v in value]
            return plain(value.__dict__) if isinstance(value, LayerTrace) else value

        return {k: plain(v) for k, v in self.__dict__.items()}

    def to_text(self, digits: int = 4) -> str:
        """A report for a terminal."""
        return row_as_text(self, digits)

    def to_html(self, digits: int = 4) -> str:
        """A report for a browser: one fragment without scripts."""
        return row_as_html(self, digits)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.to_text()


def _factors(layer: LayerTrace, weight: str, index: tuple, gradient: float) -> dict[str, float]:
    """The factors of the chain rule, for the weights of dense layers; else the gradient alone."""
    dense = layer.d_weighted_sum is not None and layer.weighted_sum is not None
    if not dense or layer.inputs.ndim != 1 or weight not in ("kernel", "bias"):
        return {"dL/dw": gradient}
    assert layer.d_weighted_sum is not None
    neuron = index[-1]
    if layer.slope is None:
        factors = {f"dL/dz[{neuron}]": float(layer.d_weighted_sum[neuron])}
    else:
        factors = {
            f"dL/da[{neuron}]": float(layer.d_outputs[neuron]),
            f"da[{neuron}]/dz[{neuron}]": float(layer.slope[neuron]),
        }
    if weight == "kernel":
        factors[f"dz[{neuron}]/dw (input {index[0]})"] = float(layer.inputs[index[0]])
    else:
        factors[f"dz[{neuron}]/db"] = 1.0
    return factors
