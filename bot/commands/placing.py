"""Put files that hold what people wrote into a folder: whole or not at all, for our eyes only, over nothing that is there."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

from bot.keys.files import make_folder, offer, remove

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def place_files(files: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """
    Write files (mode 600) into a folder, which is made (mode 700) if it is not there; returns where they are.

    Where a name is taken, a number is added to it. OSError: there is no room or no right to write; then none of
    them is there.
    """
    placed: list[Path] = []
    try:
        make_folder(folder)
        for name, content in files.items():
            placed.append(_place(folder / name, content))
    except BaseException as fault:
        for path in placed:
            remove(path)
        if isinstance(fault, OSError):
            raise OSError(fault.errno, fault.strerror, str(folder)) from None
        raise
    return tuple(placed)


def is_open_to_others(folder: Path) -> bool:
    """Whether others on this machine may look into the folder, or change what is in it."""
    return bool(folder.stat().st_mode & _OTHERS)


def _place(path: Path, content: bytes) -> Path:
    number, free = 1, path
    while not offer(free, content):
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
