"""How much a tree of processes works and holds, as Linux counts it. 0 where that cannot be read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
#: Fields of stat after the name in brackets. Source: proc(5), /proc/pid/stat, fields 4, 14 to 17.
_PARENT, _TIMES = 1, slice(11, 15)


def list_tree(roots: Iterable[int]) -> set[int]:
    """List processes and all that they started, as far as they are alive."""
    parents = {int(folder.name): _stat(folder)[_PARENT] for folder in _PROC.glob("[0-9]*") if _stat(folder)}
    tree, grew = {root for root in roots if root in parents}, True
    while grew:
        more = {pid for pid, parent in parents.items() if int(parent) in tree} - tree
        tree, grew = tree | more, bool(more)
    return tree


def cpu_seconds(roots: Iterable[int]) -> float:
    """Sum user and system time of the trees, with children that ended."""
    stats = [_stat(_PROC / str(pid)) for pid in list_tree(roots)]
    return sum(sum(map(int, stat[_TIMES])) for stat in stats if stat) / _TICKS


def memory_mb(roots: Iterable[int]) -> dict[str, float]:
    """Sum RSS and PSS of the trees, in MB of a million bytes."""
    sums = {"rss": 0, "pss": 0}
    for pid in list_tree(roots):
        for line in _read(_PROC / str(pid) / "smaps_rollup").splitlines():
            name, _, value = line.partition(":")
            if name.lower() in sums:
                sums[name.lower()] += int(value.split()[0]) * 1024
    return {name: round(value / 1e6, 1) for name, value in sums.items()}


def _stat(folder: Path) -> list[str]:
    return _read(folder / "stat").rpartition(")")[2].split()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it ended meanwhile
        return ""
