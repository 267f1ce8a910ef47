"""How much memory this process may still take, by the machine and by a container's limit."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_UNKNOWN = 4 << 30  # where a system does not say


def available_memory() -> int:
    """Bytes that can be taken without pushing others out, as far as the system tells.

    Returns:
        An int > 0, measured at every call.
    """
    granted = _granted()
    free = _free()
    return max(1, min(free, granted) if granted is not None else free)


def _free() -> int:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                return int(value.split()[0]) << 10
    except (OSError, ValueError, IndexError):
        pass
    try:  # no such file on a Mac: half of what the machine has
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN


def _granted() -> int | None:
    """What a Linux control group leaves of its limit, or None where it sets none."""
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            most, now = (
                int((_CGROUPS / name).read_text(encoding="ascii")) for name in (limit, used)
            )
        except (OSError, ValueError):  # no such group, or "max": no limit
            continue
        return max(most - now, 0)
    return None
