"""A policy that is a table: layer paths, or patterns of them, to policies."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from lamina.base.errors import ArgumentError, ArgumentTypeError, message
from lamina.base.families import deserialize, serialize
from lamina.base.loading import current_loading
from lamina.dtype_policies.policy import DTypePolicy, get


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """A dict from layer paths to dtype policies, with a default.

    Args:
        default_policy: what a path that is not listed gets; None for the process's default.
        policy_map: dict of path or regular expression -> policy.
    Raises:
        ArgumentError: `default_policy` is a map itself.
        ArgumentTypeError: `policy_map` is no dict.
    Example:
        >>> policies = DTypePolicyMap("float32")
        >>> policies["encoder/.*"] = "bfloat16"
        >>> policies["encoder/dense"].name, policies["head"].name
        ('bfloat16', 'float32')
    """

    def __init__(
        self, default_policy: Any = None, policy_map: dict[str, Any] | None = None
    ) -> None:
        if isinstance(default_policy, DTypePolicyMap):
            raise ArgumentError("`default_policy` cannot be a `DTypePolicyMap`.")
        if policy_map is not None and not isinstance(policy_map, dict):
            raise ArgumentTypeError(
                message(
                    "If specified, `policy_map` must be a dict.",
                    received=f"policy_map={policy_map!r:.100} of type {type(policy_map).__name__}",
                )
            )
        self._default_policy_arg = default_policy
        self._default_policy = get(default_policy)
        self._policy_map = policy_map or {}

    @property
    def name(self) -> str:
        """Made from the default policy's name."""
        return f"map_{self.default_policy.name}"

    @property
    def default_policy(self) -> DTypePolicy:
        """What a path that is not listed gets."""
        return self._default_policy

    @property
    def compute_dtype(self) -> str:
        """That of the default policy."""
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """That of the default policy."""
        return self.default_policy.variable_dtype

    def __getitem__(self, key: str) -> DTypePolicy:
        if key in self._policy_map:
            return self._policy_map[key]
        found = [pattern for pattern in self._policy_map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ArgumentError(
                message(
                    f"Path '{key}' matches multiple dtype policy specification keys: {found}.",
                    fix="make sure each path matches one key at most",
                )
            )
        return self._policy_map[found[0]] if found else self.default_policy

    def __setitem__(self, key: str, policy: Any) -> None:
        if key in self._policy_map:
            raise ArgumentError(
                message(
                    f"{key} already exist in the DTypePolicyMap with value "
                    f"{self._policy_map[key]}.",
                    fix="do not use duplicated keys",
                )
            )
        try:
            self._policy_map[key] = get(policy)
        except ValueError as error:
            raise ArgumentError(
                message(
                    "Cannot interpret the assigned value by `lamina.dtype_policies.get`.",
                    received=f"{policy!r:.100} of type {type(policy).__name__}",
                )
            ) from error

    def __delitem__(self, key: str) -> None:
        del self._policy_map[key]

    def __contains__(self, key: object) -> bool:
        return key in self._policy_map

    def __len__(self) -> int:
        return len(self._policy_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self._policy_map)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DTypePolicyMap):
            return False
        return self.name == other.name and self._policy_map == other._policy_map

    def __hash__(self) -> int:
        return id(self)

    def get_config(self) -> dict[str, Any]:
        """Default policy and table; without a default, names are left to whoever loads them."""
        if self._default_policy_arg is None:
            for policy in self._policy_map.values():
                policy._name = policy._source_name = None
        return {
            "default_policy": self._default_policy_arg,
            "policy_map": serialize(self._policy_map),
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> DTypePolicyMap:
        """A map from what `get_config` gave."""
        table = deserialize(config["policy_map"], custom_objects)
        if current_loading() is not None:
            _check_patterns(table)
        return cls(**{**config, "policy_map": table})

    def __repr__(self) -> str:
        mapping = [(key, policy.name) for key, policy in self._policy_map.items()]
        return (
            f"<DTypePolicyMap at {hex(id(self))} default_policy={self.default_policy.name}, "
            f"mapping={mapping}>"
        )


def _check_patterns(table: dict[str, Any]) -> None:
    """Refuse patterns of a file that could take Python's matching an endless time."""
    for pattern in table:
        repeats = len(re.findall(r"[*+?{]", pattern))
        if len(pattern) > 1_000 or repeats > 3 or re.search(r"\)[*+?{]", pattern):
            raise ArgumentError(
                message(
                    "A pattern of a DTypePolicyMap in a file is too complex.",
                    received=f"{pattern!r:.100}",
                    required="at most three of * + ? {, none of them after a group",
                )
            )
