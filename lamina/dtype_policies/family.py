"""The names of dtype policies, and policies to configs and back."""

from lamina.base.families import Family
from lamina.dtype_policies.policy import DTypePolicy, FloatDTypePolicy
from lamina.dtype_policies.policy_map import DTypePolicyMap
from lamina.dtype_policies.quantized import QuantizedDTypePolicy

DTYPE_POLICIES = Family(
    "dtype policy", [DTypePolicy, FloatDTypePolicy, DTypePolicyMap, QuantizedDTypePolicy]
)
serialize = DTYPE_POLICIES.serialize
deserialize = DTYPE_POLICIES.deserialize
