"""Two recurrent layers over the same sequences, one from each end."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.base.errors import ArgumentError, message, near
from lamina.layers.layer import Layer
from lamina.saving import deserialize_keras_object, serialize_keras_object

MERGES = {
    "concat": lambda y, z: ops.concatenate([y, z], axis=-1),
    "sum": ops.add,
    "ave": lambda y, z: ops.divide(ops.add(y, z), 2),
    "mul": ops.multiply,
    None: lambda y, z: (y, z),
}


class Bidirectional(Layer):
    """Run a recurrent layer forwards and a copy of it backwards, and merge their outputs.

    Args:
        layer: a recurrent layer; it is not used itself, but made anew from its config.
        merge_mode: "concat", "sum", "ave", "mul", or None for a tuple of both outputs.
        weights: list of arrays for `set_weights`, forward layer first, or None; used once built.
        backward_layer: recurrent layer that goes backwards; default: made from `layer`'s config.
    Call arguments:
        sequences: tensor (batch, time, …).
        initial_state: list of states at the start, those of the forward layer first, or None.
        mask: bool tensor (batch, time) or None; False leaves a step out.
        training: whether dropout works.
    Returns:
        The merged output; if the layers return states, a tuple with the states of both behind it.
    Raises:
        ArgumentError: no layer, an unknown merge mode, or layers that do not fit each other.
    Source: Schuster, Paliwal (1997), Bidirectional recurrent neural networks.
    Example:
        >>> import numpy as np
        >>> from lamina import layers
        >>> Bidirectional(layers.LSTM(4))(np.ones((2, 5, 3), "float32")).shape
        (2, 8)
    """

    _initial_weights: list[Any] | None

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: list[Any] | None = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        _check_layer("layer", layer)
        if backward_layer is not None:
            _check_layer("backward_layer", backward_layer)
        if merge_mode not in MERGES:
            names = [m for m in MERGES if m]
            raise ArgumentError(
                message(
                    f"Invalid merge mode. {near(merge_mode, names)}".rstrip(),
                    received=f"merge_mode={merge_mode!r:.80}",
                    required='one of {"sum", "mul", "ave", "concat", None}',
                )
            )
        super().__init__(**kwargs)
        self.forward_layer = _copy(layer, "forward_")
        if backward_layer is None:
            backward_layer = _copy(layer, "backward_", go_backwards=True)
        self.backward_layer = backward_layer
        self._check_fit()
        for part in (self.forward_layer, self.backward_layer):
            if hasattr(part, "zero_output_for_mask"):  # else padding repeats what stood before it
                part.zero_output_for_mask = part.return_sequences
            if hasattr(layer, "use_cudnn"):  # no part of the config
                part.use_cudnn = layer.use_cudnn
        self.merge_mode = merge_mode
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec
        object.__setattr__(self, "_initial_weights", weights)

    def _check_fit(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ArgumentError(
                message(
                    "Forward layer and backward layer should have different `go_backwards` value.",
                    received=f"forward_layer.go_backwards={forward.go_backwards}, "
                    f"backward_layer.go_backwards={backward.go_backwards}",
                )
            )
        for name in ("stateful", "return_sequences", "return_state"):
            ours, theirs = getattr(forward, name), getattr(backward, name)
            if ours != theirs:
                raise ArgumentError(
                    message(
                        "Forward layer and backward layer are expected to have the same value for "
                        f'attribute "{name}", got "{ours}" for forward layer and "{theirs}" for '
                        "backward layer."
                    )
                )

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build both layers."""
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
        if self._initial_weights:
            self.set_weights(self._initial_weights)

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = None,
    ) -> Any:
        """Both layers' outputs, merged."""
        options: dict[str, Any] = {}
        if self.forward_layer._call_has_training_arg:
            options["training"] = training
        if self.forward_layer._call_has_mask_arg:
            options["mask"] = mask
        half = len(initial_state) // 2 if initial_state is not None else 0
        ahead, back = (None, None) if initial_state is None else (
            initial_state[:half], initial_state[half:]
        )  # fmt: skip
        y = self.forward_layer(sequences, initial_state=ahead, **options)
        z = self.backward_layer(sequences, initial_state=back, **options)
        states: tuple = ()
        if self.return_state:
            states = (*y[1:], *z[1:])
            y, z = y[0], z[0]
        y, z = ops.cast(y, self.compute_dtype), ops.cast(z, self.compute_dtype)
        if self.return_sequences:
            z = ops.flip(z, axis=1)
        merged = MERGES[self.merge_mode](y, z)
        if not self.return_state:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The merged output's shape; with returned states, theirs behind it."""
        output = self.forward_layer.compute_output_shape(sequences_shape)
        states: tuple = ()
        if self.return_state:
            output, states = output[0], tuple(output[1:])
        if self.merge_mode == "concat":
            output = (*output[:-1], output[-1] * 2)
        if self.merge_mode is None:
            return (output, output, *states, *states)
        return (output, *states, *states) if self.return_state else output

    def compute_mask(self, inputs: Any, mask: Any) -> Any:
        """The mask of the steps, for each output that has them."""
        mask = mask[0] if isinstance(mask, list) else mask
        mask = mask if self.return_sequences else None
        masks = (mask, mask) if self.merge_mode is None else (mask,)
        if self.return_state:
            states = len(self.forward_layer.state_size) + len(self.backward_layer.state_size)
            return (*masks, *(None for _ in range(states)))
        return masks if self.merge_mode is None else mask

    @property
    def states(self) -> Any:
        """The kept states of both layers, or None."""
        if self.forward_layer.states and self.backward_layer.states:
            return (*self.forward_layer.states, *self.backward_layer.states)
        return None

    def reset_state(self) -> None:
        """Let the next batch of a stateful layer begin with zeros.

        Raises:
            AttributeError: the layer is not stateful.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """The same as `reset_state`."""
        self.reset_state()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, but for weights."""
        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialize_keras_object(self.forward_layer),
            "backward_layer": serialize_keras_object(self.backward_layer),
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Bidirectional:
        """A layer from what `get_config` gave."""
        config = dict(config)
        for key in ("layer", "backward_layer"):
            if config.get(key) is not None:
                config[key] = deserialize_keras_object(config[key], custom_objects)
        return cls(**config)


def _check_layer(name: str, layer: Any) -> None:
    if not isinstance(layer, Layer):
        raise ArgumentError(
            message(
                f"Please initialize `Bidirectional` with a recurrent layer as `{name}`.",
                received=repr(layer),
                required="a Layer such as LSTM(8)",
            )
        )


def _copy(layer: Layer, prefix: str, **changes: Any) -> Any:
    """A new layer from the config of another, without its state."""
    config = serialize_keras_object(layer)
    name = prefix + layer.name.removeprefix(prefix)
    config["config"] = {**config["config"], **changes, "name": name}
    own = {type(part).__name__: type(part) for part in layer._flatten_layers()}
    return deserialize_keras_object(config, own)  # classes that nobody registered included
