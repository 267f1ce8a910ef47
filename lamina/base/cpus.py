"""How many processors this process may use: its own limits, not what the machine has."""

import functools
import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


@functools.cache
def available_cpus() -> int:
    """The processors given to this process, by its affinity and by a container's quota.

    Returns:
        An int >= 1; it is found once per process.
    """
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    quota = _quota()
    return max(1, min(count, int(quota + 0.5)) if quota else count)


def _quota() -> float | None:
    """Processors' worth of time that a Linux control group grants, or None for no limit."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            words = " ".join((_CGROUPS / name).read_text(encoding="utf-8") for name in names)
            quota, period = (int(word) for word in words.split())
        except (OSError, ValueError):  # no such group, or "max": no limit
            continue
        if quota > 0 and period > 0:
            return quota / period
    return None
