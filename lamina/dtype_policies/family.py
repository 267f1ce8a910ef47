"""The names of dtype policies, and policies to configs and back."""

from lamina.base.families import Family
from lamina.dtype_policies.policy import DTypePolicy, FloatDTypePolicy
from lamina.dtype_policies.policy_map import DTypePolicyMap

DTYPE_POLICIES = Family("dtype policy", [DTypePolicy, FloatDTypePolicy, DTypePolicyMap])
serialize = DTYPE_POLICIES.serialize
deserialize = DTYPE_POLICIES.deserialize
