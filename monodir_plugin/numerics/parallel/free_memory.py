"""How much memory this process may still take."""

from __future__ import annotations

import psutil

__all__ = ["free_memory"]


def free_memory() -> int:
    """Bytes that are available, and within a limit on the address space if one was set."""
    available = int(psutil.virtual_memory().available)
    try:
        import resource
    except ImportError:  # not on this system
        return available
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return available
    return max(min(available, limit - int(psutil.Process().memory_info().vms)), 0)
