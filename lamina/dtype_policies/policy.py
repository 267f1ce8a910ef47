"""One dtype policy: a compute dtype and a variable dtype, by a name; and the default policy."""

from __future__ import annotations

from typing import Any

from lamina.base import config, dtypes
from lamina.base.errors import ArgumentError, ArgumentTypeError, message, near
from lamina.base.families import deserialize
from lamina.ops.convert import cast, convert_to_tensor, dtype_of, is_tensor
from lamina.ops.symbolic import KerasTensor

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_QUANTIZED = ("int8", "int4", "float8", "gptq", "awq")
_DEFAULT: list[Any] = []


class DTypePolicy:
    """The dtypes of a layer.

    Args:
        name: a dtype's name (compute and variable dtype), "mixed_float16" or "mixed_bfloat16"
            (compute in half precision, keep weights in float32); None for the default policy's
            name.
    Raises:
        ArgumentTypeError: the name is no string.
        ArgumentError: the name is unknown.
    Example:
        >>> policy = DTypePolicy("mixed_float16")
        >>> policy.compute_dtype, policy.variable_dtype
        ('float16', 'float32')
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = dtype_policy().name
        self._name = name
        self._compute_dtype, self._variable_dtype = _parse(name)

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The dtype of computations and outputs."""
        return self._compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of weights."""
        return self._variable_dtype

    @property
    def quantization_mode(self) -> str | None:
        """None, but for a `QuantizedDTypePolicy`."""
        return None

    def convert_input(self, x: Any, autocast: bool, dtype: Any) -> Any:
        """A layer's input as a tensor, floats cast to the compute dtype.

        Args:
            x: anything; what is no array stays as it is.
            autocast: whether floats are cast.
            dtype: the dtype they are cast to.
        Returns:
            The tensor, or x.
        """
        dtype = dtypes.standardize_dtype(dtype)
        if not is_tensor(x) and not isinstance(x, KerasTensor):
            if not hasattr(x, "__array__"):
                return x
            x = convert_to_tensor(x)
        return cast(x, dtype) if self._should_cast(x, autocast, dtype) else x

    def _should_cast(self, x: Any, autocast: bool, dtype: str) -> bool:
        """Whether an input is a float tensor of another dtype."""
        own = dtype_of(x)
        return bool(autocast) and dtypes.is_float(own) and own != dtype

    def get_config(self) -> dict[str, Any]:
        """The name, in a dict."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """A policy from what `get_config` gave."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        alike = (DTypePolicy, FloatDTypePolicy)
        if type(self) in alike and type(other) in alike:
            return self._name == getattr(other, "_name", None)
        return type(self) is type(other) and self._name == getattr(other, "_name", None)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self._name}">'


class FloatDTypePolicy(DTypePolicy):
    """Another name for `DTypePolicy`."""


def _parse(name: Any) -> tuple[str, str]:
    """(compute dtype, variable dtype) of a policy's name."""
    if not isinstance(name, str):
        raise ArgumentTypeError(
            message(
                "'name' must be a string, such as 'mixed_float16'.",
                received=f"name={name!r} (of type {type(name).__name__})",
            )
        )
    if name in _MIXED:
        return _MIXED[name], "float32"
    try:
        dtype = dtypes.standardize_dtype(name)
    except ValueError:
        known = [*_MIXED, *dtypes.ALL]
        raise ArgumentError(
            message(
                f"Cannot convert '{name}' to a mixed precision DTypePolicy. {near(name, known)}",
                required="'mixed_float16', 'mixed_bfloat16', or a dtype such as 'float32'",
            )
        ) from None
    return dtype, dtype


def get(identifier: Any) -> DTypePolicy:
    """A policy from any way to name it.

    Args:
        identifier: None (the default policy), a name, a config, a dtype, or a policy.
    Returns:
        The policy.
    Raises:
        ArgumentError: it names none, or a quantized one.
    Example:
        >>> get("float16").compute_dtype
        'float16'
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier, module_objects=_own_classes())
    if isinstance(identifier, str):
        _refuse_quantized(identifier)
        return DTypePolicy(identifier)
    try:
        return DTypePolicy(dtypes.standardize_dtype(identifier))
    except ValueError:
        raise ArgumentError(
            message(
                "Cannot interpret `dtype` argument. Expected a string or an instance of "
                "DTypePolicy.",
                received=f"dtype={identifier!r:.100}",
            )
        ) from None


def _own_classes() -> dict[str, Any]:
    return {cls.__name__: cls for cls in (DTypePolicy, FloatDTypePolicy)}


def _refuse_quantized(name: str) -> None:
    if name.startswith(_QUANTIZED) and "_from_" in name:
        raise ArgumentError(
            message(
                f"Lamina has no quantized dtype policies, such as {name!r}.",
                fix=f"use {name.partition('_from_')[2]!r}",
            )
        )


def set_dtype_policy(policy: Any) -> None:
    """Set the policy of layers made from now on that are given none.

    Args:
        policy: a policy or its name.
    Raises:
        ArgumentError: it is neither.
    """
    if isinstance(policy, str):
        policy = get(policy)
    if not isinstance(policy, DTypePolicy):
        raise ArgumentError(
            message(
                "Invalid `policy` argument. Expected the string name of a policy (such as "
                "'mixed_float16') or a `DTypePolicy` instance.",
                received=f"policy={policy!r:.100} (of type {type(policy).__name__})",
            )
        )
    _DEFAULT[:] = [policy]


def dtype_policy() -> DTypePolicy:
    """The default policy: floatx unless set otherwise."""
    if not _DEFAULT:
        return DTypePolicy(config.floatx())
    return _DEFAULT[0]
