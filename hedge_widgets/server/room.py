"""How many pages a machine or a container has room for."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

# Measured on 2026-11-29 (tests/soak.py: 10 to 40 viewers on eight pages, every slider moved): what a kernel takes
# with its share of what it shares (PSS) is 43 to 67 MB where it is forked, 54 to 95 MB where not; the server has 160 MB
# after many pages, and the process that kernels are forked from 50 to 110.
PLACE_BYTES = {True: 70_000_000, False: 100_000_000}  # by whether kernels are forked
SERVER_BYTES = {True: 300_000_000, False: 200_000_000}
# Beyond that the one process that serves them all is the bottleneck, whatever the memory.
MOST_PLACES = 200

# Where (version 1, version 2) of control groups say what a container may use, what it uses, and what of that are files
# that can be dropped.
_FILES = (
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ("memory.max", "memory.current", "inactive_file"),
)


def free_bytes(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the memory that is free for kernels: the machine's, or less where a container may use less.

    Parameters
    ----------
    proc, groups
        Where Linux tells of processes and of control groups.
    """
    return min([int(psutil.virtual_memory().available), *_group_rooms(proc, groups)])


def places(free: int, *, are_forked: bool) -> int:
    """Return how many kernels fit into so many bytes beside their server; at least 1, or there would be no page."""
    return max(1, min(MOST_PLACES, (free - SERVER_BYTES[are_forked]) // PLACE_BYTES[are_forked]))


def _group_rooms(proc: Path, groups: Path) -> Iterator[int]:
    """Yield what is free in every control group that this process is in, and in those around it."""
    lines = []
    with suppress(OSError):
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    for line in lines:
        _, controllers, own = line.split(":", 2)
        if "memory" in controllers.split(","):
            root, files = groups / "memory", _FILES[0]
        elif not controllers:
            root, files = groups, _FILES[1]
        else:
            continue
        # In a container the own path may be the one outside of it, and then only the root is there.
        inside = root / own.lstrip("/")
        for folder in (inside, *inside.parents):
            with suppress(OSError, ValueError):
                yield _room(folder, *files)
            if folder == root:
                break


def _room(folder: Path, limit: str, usage: str, droppable: str) -> int:
    """Return the free bytes of one group; ValueError where it has no limit ("max")."""
    most, used = (int((folder / name).read_text()) for name in (limit, usage))
    dropped = 0
    with suppress(OSError):
        counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        dropped = int(counts.get(droppable, 0))
    return max(0, most - used + dropped)
