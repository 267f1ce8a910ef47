"""Quantized dtype policies, as data only: no layer computes by one.

They exist so that tables and configs written for Keras can be read; whoever gives one to a layer
is told.
"""

from __future__ import annotations

from typing import Any

from lamina.base.errors import ArgumentError, message
from lamina.dtype_policies.policy import DTypePolicy, dtype_policy

MODES = ("int8", "float8", "int4", "gptq", "awq")


class QuantizedDTypePolicy(DTypePolicy):
    """A quantization mode and the policy it was made from.

    Args:
        mode: "int8", "int4" or "float8", or one of the modes with a suffix such as "gptq/4/128".
        source_name: the name of the policy before; None for the default policy's.
    Raises:
        ArgumentError: an unknown mode.
    """

    def __init__(self, mode: str, source_name: str | None = None) -> None:
        source_name = dtype_policy().name if source_name is None else source_name
        super().__init__(source_name)
        if str(mode).partition("/")[0] not in MODES:
            raise ArgumentError(
                message(
                    f"Invalid quantization mode. Expected one of {MODES}.", received=f"mode={mode}"
                )
            )
        self._name = f"{mode}_from_{source_name}"
        self._mode, self._source_name = mode, source_name

    @property
    def quantization_mode(self) -> str:
        """Its mode."""
        return self._mode

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"mode": self._mode, "source_name": self._source_name}

    def __repr__(self) -> str:
        return f'<QuantizedDTypePolicy "{self._name}">'
