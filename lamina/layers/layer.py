"""The base of all layers: what a call does, and the state a layer owns.

A call converts inputs to the layer's dtype, builds the weights on first use, settles `training` and
`mask`, runs `call`, and lets masks, losses and the symbolic graph take notice. What a layer
computes stands in its own file; saving, bookkeeping of state and of calls stand here and in the
modules beside this one.
"""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections import deque
from collections.abc import Callable
from typing import Any

from lamina import constraints, dtype_policies, initializers, ops, regularizers
from lamina.base import dtypes, tree
from lamina.base.errors import (
    ArgumentError,
    ArgumentTypeError,
    ConcreteBatchNeeded,
    LaminaError,
    message,
    near,
)
from lamina.layers.call_spec import CallSpec, is_tensor_like
from lamina.layers.input_spec import assert_input_compatibility
from lamina.layers.state import LayerState, checked_policy
from lamina.ops.masking import get_keras_mask, set_keras_mask
from lamina.ops.operation import Node, Operation
from lamina.ops.symbolic import KerasTensor, any_symbolic, infer_spec
from lamina.runtime.autocast import AutocastScope, current_autocast
from lamina.runtime.name_scope import current_path, name_scope
from lamina.runtime.variable import Variable

_LOCAL = threading.local()
# Arguments in configs that Keras writes, for features that Lamina does without; None is accepted.
_KERAS_ONLY = ("quantization_config",)


def default(method: Callable) -> Callable:
    """Mark a method of the base class, so that an override can be told from it."""
    method._is_default = True  # type: ignore[attr-defined]
    return method


def is_default(method: Callable) -> bool:
    """Whether a method is the base class's own."""
    return getattr(method, "_is_default", False)


class CallContext:
    """What nested calls share: the outermost layer, and whether it trains."""

    def __init__(self, entry: Layer) -> None:
        self.entry = entry
        self.training: Any = None


class Layer(LayerState, Operation):
    """A part of a network: a function with weights of its own.

    Subclasses create weights in `__init__` or `build(input_shape)` with `add_weight`, and compute
    in `call(inputs)`.

    Args:
        activity_regularizer: penalty for the layer's output.
        trainable: whether optimizers change its weights.
        dtype: dtype policy, or the name of one ("float32", "mixed_float16" …).
        autocast: whether float inputs are cast to the compute dtype.
        name: made up if None.
    Example:
        >>> import lamina, numpy as np
        >>> class Scale(lamina.Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight(shape=(), initializer="ones")
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> Scale()(np.ones((1, 2))).tolist()
        [[1.0, 1.0]]
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        build = cls.__dict__.get("build")
        if build is not None and not is_default(build):
            cls.build = _recorded(build)  # type: ignore[method-assign]

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        Operation.__init__(self, name=name)
        self._initialize_tracker()
        self._dtype_policy = checked_policy(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        input_dim = kwargs.pop("input_dim", None)
        input_shape = kwargs.pop("input_shape", None)
        if input_dim is not None or input_shape is not None:
            warnings.warn(
                "Do not pass an `input_shape`/`input_dim` argument to a layer. When using "
                "Sequential models, prefer using an `Input(shape)` object as the first layer in "
                "the model instead.",
                stacklevel=3,
            )
            self._input_shape_arg = (input_dim,) if input_dim is not None else input_shape
        for name in _KERAS_ONLY:
            if kwargs.get(name) is None:
                kwargs.pop(name, None)
        if kwargs:
            known = inspect.signature(type(self).__init__).parameters
            hint = near(next(iter(kwargs)), [n for n in known if n not in ("self", "kwargs")])
            raise ArgumentError(
                f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs!s:.200} "
                f"{hint}".rstrip()
            )
        if not isinstance(trainable, bool):
            raise ArgumentError(
                f"Expected `trainable` to be a boolean. Received: trainable={trainable} (of type "
                f"{type(trainable)})"
            )
        self.built = False
        self.autocast = autocast
        self._trainable = trainable
        self._path: str | None = None
        self._input_spec: Any = None
        self._losses: list[Any] = []
        self._build_shapes: dict[str, Any] | None = None
        self._build_depth = 0
        self._convert_input_args = True
        self._allow_non_tensor_positional_args = False
        self._call_signature = inspect.signature(self.call)
        names = self._call_signature.parameters
        self._call_has_training_arg = "training" in names
        self._call_has_mask_arg = "mask" in names
        self._supports_masking = not is_default(self.compute_mask)
        self.supports_jit = True

    # --- building ---

    @default
    def build(self, input_shape: Any) -> None:
        """Create the weights for inputs of a shape; subclasses override it."""
        self._check_super_called()
        if any(not layer.built for layer in self._layers) and not self._build_depth:
            warnings.warn(
                f"`build()` was called on layer '{self.name}', however the layer does not have a "
                "`build()` method implemented and it looks like it has unbuilt state. This will "
                "cause the layer to be marked as built, despite not being actually built. Make "
                "sure to implement a proper `build()` method.",
                stacklevel=2,
            )
        self.built = True

    def _after_build(self) -> None:
        self.built = True
        self._lock_state()

    def _lock_state(self) -> None:
        """Refuse weights and sublayers made after building: they would not be saved."""
        self._tracker.lock(
            "You cannot add new elements of state (variables or sub-layers) to a layer that is "
            "already built. All state must be created in the `__init__()` method or in the "
            "`build()` method."
        )

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes that the layer was built for, or None."""
        if self._build_shapes is None:
            return None
        if len(self._build_shapes) == 1:
            return {"input_shape": next(iter(self._build_shapes.values()))}
        return {"shapes_dict": dict(self._build_shapes)}

    def build_from_config(self, config: dict[str, Any] | None) -> None:
        """Build for the shapes that `get_build_config` gave."""
        if config:
            if "input_shape" in config:
                self.build(config["input_shape"])
            elif "shapes_dict" in config:
                self.build(**config["shapes_dict"])

    def _maybe_build(self, spec: CallSpec) -> None:
        if self.built:
            return
        if not is_default(self.build):
            self.build(**spec.shapes_for(self.build, type(self).__name__))
            self._assert_input_compatibility(spec.first)
            return
        if any(not layer.built for layer in self._layers):
            try:
                infer_spec(self.call, (), _symbolic(spec.arguments))
                self._clear_losses()
            except Exception as error:
                if spec.eager:
                    return  # the call itself will build
                warnings.warn(
                    f"Layer '{self.name}' looks like it has unbuilt state, but it was not possible "
                    f"to trace its `call()` in order to build it automatically: {error}. Implement "
                    "`build(self, input_shape)`, which creates all variables, also those of its "
                    "children.",
                    stacklevel=3,
                )
        shapes = spec.shapes()
        self.build(next(iter(shapes.values()), None))
        self._lock_state()
        if len(shapes) == 1:
            self._build_shapes = {"input_shape": next(iter(shapes.values()))}
        elif shapes:
            self._build_shapes = shapes

    def add_weight(
        self,
        *args: Any,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new weight of the layer.

        Args:
            *args: `shape`, `initializer` and `dtype` may be given by position.
            shape: tuple of int; () for a scalar.
            initializer: name or object; default "glorot_uniform" for floats, "zeros" otherwise.
            dtype: default the layer's variable dtype.
            trainable: whether optimizers change it.
            autocast: whether it is read in the compute dtype.
            regularizer: penalty added to the loss.
            constraint: applied after each update.
            aggregation: kept for Keras's sake.
            overwrite_with_gradient: whether the optimizer replaces it by its gradient.
            name: for messages and paths.
        Returns:
            The variable.
        """
        self._check_super_called()
        if args:
            named = {"shape": shape, "initializer": initializer, "dtype": dtype}
            shape, initializer, dtype = _by_position(args, named)
        dtype = self.variable_dtype if dtype is None else dtypes.standardize_dtype(dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtypes.is_float(dtype) else "zeros"
        with name_scope(self.name, caller=self):
            variable = Variable(
                initializer=initializers.get(initializer),
                shape=() if shape is None else shape,
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._track_variable(variable)
        return variable

    def add_variable(self, shape: Any, initializer: Any, **kwargs: Any) -> Variable:
        """The same as `add_weight`."""
        return self.add_weight(shape=shape, initializer=initializer, **kwargs)

    # --- calling ---

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the layer: build it if need be, then `call`; masks and losses are passed on."""
        self._check_super_called()
        try:
            return self._called(args, kwargs)
        except ConcreteBatchNeeded:
            raise
        except LaminaError as error:
            raise self._located(error) from error.__cause__
        except Exception as error:  # from code of the user's
            self._note_place(error)
            raise

    def _called(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """One call; errors in it do not know yet where they are."""
        original = (args, kwargs)
        if self._convert_input_args:
            args, kwargs = tree.map_structure(self._converted, (args, kwargs))
        if not self._allow_non_tensor_positional_args:
            for value in tree.flatten(args):
                if not is_tensor_like(value, allow_none=True):
                    raise self._no_tensor(value)
        spec = CallSpec(self._call_signature, args, kwargs)
        kwargs.pop("training", None)
        self._assert_input_compatibility(spec.first)
        context, outermost = self._enter_context()
        before = context.training
        try:
            with name_scope(self.name, caller=self):
                self._maybe_build(spec)
                context.training = self._training(spec, context)
                if self._call_has_training_arg and context.training is not None:
                    kwargs["training"] = context.training
                previous_mask = self._fill_masks(spec, kwargs)
                with self._autocast_scope():
                    outputs = self._run(args, kwargs)
                self.built = True
                self._add_activity_loss(outputs)
            self._pass_mask_on(spec.first, outputs, previous_mask)
        finally:
            context.training = before
            if outermost:
                _LOCAL.context = None
        if any_symbolic(*original):
            Node(self, *original, outputs)
        return outputs

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes; subclasses define it."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `call` method implemented."
        )

    def _run(self, args: tuple, kwargs: dict) -> Any:
        if any_symbolic(args, kwargs):
            outputs = self.compute_output_spec(*args, **kwargs)
            self._clear_losses()
            return outputs
        return self.call(*args, **kwargs)

    def _located(self, error: Exception) -> Exception:
        """The error with the layer's name in front, unless it names a layer already."""
        if not getattr(error, "located", False) and error.args:
            if f"'{self.name}'" not in str(error.args[0]):
                where = f"In {type(self).__name__} '{self.name}': "
                error.args = (where + str(error.args[0]), *error.args[1:])
            error.located = True  # type: ignore[attr-defined]
        return error

    def _note_place(self, error: Exception) -> None:
        """Let the traceback of a foreign error end with the innermost layer that it came from."""
        if not getattr(error, "__notes__", None):
            error.add_note(f"Raised in {type(self).__name__} '{self.name}'.")

    def _no_tensor(self, value: Any) -> ArgumentError:
        """The error for something else in the place of a tensor."""
        kind, fix = type(value).__name__, None
        if isinstance(value, Layer):
            fix = f"pass that layer's output: {kind}(...)(inputs)"
        elif isinstance(value, (int, float)):
            fix = "pass an array: np.array(...); rows of a list must have equal lengths"
        return ArgumentError(
            message(
                f"In {type(self).__name__} '{self.name}': Only input tensors may be passed as "
                "positional arguments. Anything else should be passed as a keyword argument.",
                received=f"{value!r:.100} (of type {kind})",
                fix=fix,
            )
        )

    def _converted(self, x: Any) -> Any:
        """An argument as a tensor of the layer's input dtype, its mask kept."""
        mask = get_keras_mask(x)
        y = self.dtype_policy.convert_input(x, self.autocast, self.input_dtype)
        if mask is not None and y is not x:
            set_keras_mask(y, mask)
        return y

    def _enter_context(self) -> tuple[CallContext, bool]:
        context = getattr(_LOCAL, "context", None)
        if context is not None:
            return context, False
        context = _LOCAL.context = CallContext(self)
        self._clear_losses()
        return context, True

    def _training(self, spec: CallSpec, context: CallContext) -> Any:
        """From the caller, else from the layer around, else from the signature's default."""
        given = spec.user_arguments.get("training")
        if given is not None:
            return given
        if context.training is not None:
            return context.training
        return spec.arguments.get("training")

    def _fill_masks(self, spec: CallSpec, kwargs: dict) -> Any:
        """Masks of the inputs for arguments that want them; the mask of the first input."""
        if len(spec.tensors) == 1:
            if "mask" in spec.arguments and spec.arguments["mask"] is None:
                only = next(iter(spec.tensors.values()))
                kwargs["mask"] = tree.map_structure(get_keras_mask, only)
        else:
            for name, value in spec.tensors.items():
                argument = f"{name}_mask"
                if argument in spec.arguments and spec.arguments[argument] is None:
                    kwargs[argument] = tree.map_structure(get_keras_mask, value)
        if kwargs.get("mask") is not None:
            return kwargs["mask"]
        return tree.map_structure(get_keras_mask, spec.first)

    def _pass_mask_on(self, inputs: Any, outputs: Any, previous_mask: Any) -> None:
        if not self.supports_masking:
            if any(m is not None for m in tree.flatten(previous_mask)):
                warnings.warn(
                    f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with "
                    "a mask attached to it. However, this layer does not support masking and will "
                    "therefore destroy the mask information. Downstream layers will not see the "
                    "mask.",
                    stacklevel=3,
                )
            return
        leaves = tree.flatten(outputs)
        if all(get_keras_mask(x) is not None for x in leaves):
            return
        masks = self.compute_mask(inputs, previous_mask)
        if masks is None:
            return
        for x, mask in zip(leaves, tree.flatten(masks), strict=False):
            if get_keras_mask(x) is None and mask is not None:
                set_keras_mask(x, mask)

    def _autocast_scope(self) -> AutocastScope:
        current = current_autocast()
        compute = self.compute_dtype
        if current is None and compute == self.variable_dtype:
            return AutocastScope(None)
        plain = not self.autocast or not dtypes.is_float(compute)
        return AutocastScope(None if plain else compute)

    def _add_activity_loss(self, outputs: Any) -> None:
        if self.activity_regularizer is None:
            return
        for output in tree.flatten(outputs):
            if ops.is_tensor(output):
                loss = self.activity_regularizer(output)
                if output.ndim > 0:
                    batch = ops.cast(ops.shape(output)[0], loss.dtype)
                    loss = ops.divide(loss, ops.maximum(batch, 1))
                self.add_loss(loss)

    @default
    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the output; the input's own by default."""
        return previous_mask

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic output of a call."""
        if is_default(self.compute_output_shape):
            return super().compute_output_spec(*args, **kwargs)
        spec = CallSpec(self._call_signature, args, kwargs)
        arguments = spec.shapes_for(self.compute_output_shape, type(self).__name__)
        shape = self.compute_output_shape(**arguments)
        if isinstance(shape, list) and shape and isinstance(shape[0], (int, type(None))):
            shape = tuple(shape)
        if not isinstance(shape, (list, tuple, dict)):
            raise ArgumentError(
                f"Method `compute_output_shape()` of layer {type(self).__name__} is returning a "
                "type that cannot be interpreted as a shape. It should return a shape tuple. "
                f"Received: {shape}"
            )
        return tree.map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), shape)

    @default
    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shape of the output for shapes of the inputs, None where a size is unknown."""
        if not args or args[0] is None:
            raise NotImplementedError(
                f"Layer {type(self).__name__} does not have a `compute_output_shape` method "
                "implemented."
            )
        shapes = tree.map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), args[0])
        return tree.map_structure(lambda t: t.shape, infer_spec(self.call, (shapes,), kwargs))

    def stateless_call(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple:
        """Call without side effects: values of variables go in and come out.

        Args:
            trainable_variables: values for `self.trainable_variables`.
            non_trainable_variables: values for `self.non_trainable_variables`.
            *args: arguments of the call.
            return_losses: whether losses are returned too.
            **kwargs: keyword arguments of the call.
        Returns:
            (outputs, new values of non-trainable variables[, losses]).
        """
        self._check_super_called()
        if not self.built:
            raise ArgumentError(
                f"To call stateless_call, {type(self).__name__} must be built (i.e. its variables "
                "must have been already created). You can build it by calling it on some data."
            )
        pairs = []
        for what, values in (
            ("trainable_variables", trainable_variables),
            ("non_trainable_variables", non_trainable_variables),
        ):
            own = getattr(self, what)
            if len(values) != len(own):
                raise ArgumentError(
                    f"Argument `{what}` must be a list of tensors corresponding 1:1 to "
                    f"{type(self).__name__}().{what}. Received list with length {len(values)}, but "
                    f"expected {len(own)} variables."
                )
            pairs += list(zip(own, values, strict=True))
        from_scope = ops.scopes.StatelessScope(pairs, collect_losses=return_losses)
        with from_scope:
            outputs = self.call(*args, **kwargs)
            losses = list(self.losses) if return_losses else []
        if return_losses:
            self._clear_losses()
        changed = [from_scope.get_current_value(v) for v in self.non_trainable_variables]
        return (outputs, changed, losses) if return_losses else (outputs, changed)

    # --- losses ---

    def add_loss(self, loss: Any) -> None:
        """Add a scalar, or several, to what training minimises; to be used inside `call`."""
        for x in tree.flatten(loss):
            if not ops.is_tensor(x):
                raise ArgumentError(
                    "`add_loss()` can only be called from inside `build()` or `call()`, on a "
                    f"tensor input. Received invalid value: {x}"
                )
            self._losses.append(x)

    @property
    def losses(self) -> list[Any]:
        """Scalars added by `add_loss` and by regularizers, here and in sublayers."""
        found = list(self._losses)
        for layer in self._flatten_layers(include_self=False):
            found.extend(layer._losses)
        for variable in self.trainable_weights:
            if variable.regularizer is not None:
                found.append(variable.regularizer(variable))
        return found

    def _clear_losses(self) -> None:
        self._losses.clear()
        for layer in self._layers:
            layer._clear_losses()

    # --- odds and ends ---

    @property
    def path(self) -> str | None:
        """The layer's name behind those of the layers around it; None before it is built."""
        return self._path

    @property
    def input_spec(self) -> Any:
        """Demands on the inputs; see `InputSpec`."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        self._input_spec = value

    def _assert_input_compatibility(self, first: Any) -> None:
        if self.input_spec:
            assert_input_compatibility(self.input_spec, first, layer_name=self.name)

    @property
    def supports_masking(self) -> bool:
        """Whether the layer passes masks on."""
        return self._supports_masking

    @supports_masking.setter
    def supports_masking(self, value: bool) -> None:
        self._supports_masking = value

    @default
    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to make an equal layer, without weights."""
        self._check_super_called()
        config = {
            **super().get_config(),
            "trainable": self.trainable,
            "dtype": dtype_policies.serialize(self.dtype_policy),
        }
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from what `get_config` gave; a plain dtype policy comes by its name."""
        if isinstance(config.get("dtype"), dict):
            policy = dtype_policies.deserialize(config["dtype"])
            plain = not isinstance(policy, dtype_policies.DTypePolicyMap)
            if plain and policy.quantization_mode is None:
                policy = policy.name
            config = {**config, "dtype": policy}
        return super().from_config(config)

    def quantize(self, mode: Any = None, **kwargs: Any) -> None:
        """Lamina has no quantization.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(f"Layer {type(self).__name__} cannot be quantized.")

    def rematerialized_call(self, layer_call: Callable, *args: Any, **kwargs: Any) -> Callable:
        """The call that trades time for memory in Keras; Lamina computes nothing twice.

        Args:
            layer_call: the layer's `call`.
            *args: what it is going to be called with.
            **kwargs: the same, by name.
        Returns:
            `layer_call` itself.
        """
        return layer_call

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Layer]:
        """The layer and its sublayers, each once, depth first."""
        found = [self] if include_self else []
        seen: set[int] = set()
        queue = deque(self._layers)
        while queue:
            layer = queue.popleft()
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            found.append(layer)
            if recursive:
                queue.extendleft(layer._layers)
        return found

    def _check_super_called(self) -> None:
        if "_convert_input_args" not in self.__dict__:
            raise RuntimeError(
                f"In layer '{type(self).__name__}', you forgot to call `super().__init__()` as "
                "the first statement in the `__init__()` method. Go add it!"
            )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _recorded(build: Callable) -> Callable:
    """`build` inside the layer's name scope; the shapes are noted and the state locked after it."""

    @functools.wraps(build)
    def wrapper(self: Layer, *args: Any, **kwargs: Any) -> None:
        if self._build_depth:  # called through super() from an override
            return build(self, *args, **kwargs)
        self._build_depth += 1
        try:
            with name_scope(self.name, caller=self):
                self._path = current_path()
                build(self, *args, **kwargs)
        finally:
            self._build_depth -= 1
        bound = inspect.signature(build).bind(self, *args, **kwargs).arguments
        self._build_shapes = dict(list(bound.items())[1:])
        self._after_build()
        return None

    return wrapper


def _by_position(args: tuple, named: dict[str, Any]) -> list[Any]:
    """The first arguments of `add_weight`, some of them given by position."""
    if isinstance(args[0], str):
        raise ArgumentError(
            "`name` must be passed as a keyword argument. Received: "
            f"add_weight('{args[0]}', ...). Use: add_weight(shape=..., name='{args[0]}')."
        )
    if len(args) > len(named):
        raise ArgumentTypeError(
            f"add_weight() takes at most {len(named)} positional arguments (shape, initializer, "
            f"dtype), but {len(args)} were given."
        )
    for name in list(named)[: len(args)]:
        if named[name] is not None:
            raise ArgumentError(f"`{name}` was passed both positionally and as a keyword argument.")
    return [*args, *list(named.values())[len(args) :]]


def _symbolic(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments with arrays replaced by symbolic tensors of their shapes."""

    def convert(x: Any) -> Any:
        if ops.is_tensor(x):
            shape = tuple(s if isinstance(s, int) else None for s in x.shape)
            return KerasTensor(shape, dtypes.standardize_dtype(x.dtype))
        return x

    return {k: tree.map_structure(convert, v) for k, v in arguments.items()}
