"""
The folder of back-ups: how one is called, and when it ends.

Nothing is kept for more than seven days, because people were told so. Of yesterday and before one an hour is enough. Source: SECURITY §6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

MOST_DAYS = 7
_NAME = re.compile(r"frontdoor-(\d{8}T\d{6}Z)(-\d+)?\.backup")
_TIME = "%Y%m%dT%H%M%SZ"
_ALL_OF = timedelta(days=1)


def name_backup(made_at: datetime) -> str:
    """Name a back-up by its moment."""
    return f"frontdoor-{made_at.astimezone(UTC).strftime(_TIME)}.backup"


def list_backups(folder: Path) -> Sequence[tuple[datetime, Path]]:
    """List what is called like a back-up, oldest first; nothing else is ever looked at."""
    return sorted(_find(folder))


def prune(folder: Path, now: datetime, *, days: int, spares_newest: bool = False) -> Sequence[Path]:
    """
    Remove back-ups that are `days` old, and of those older than a day all but the first of each hour.

    Returns what was removed. `spares_newest`: the newest stays, however old. ValueError: `days` is not 1 to 7.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"back-ups are kept for 1 to {MOST_DAYS} days")
    gone, hours = [], set()
    found = list_backups(folder)
    for made_at, path in found[:-1] if spares_newest else found:
        age, hour = now - made_at, made_at.replace(minute=0, second=0)
        if age >= timedelta(days=days) or (age >= _ALL_OF and hour in hours):
            path.unlink(missing_ok=True)  # another command may be at it too
            gone.append(path)
        hours.add(hour)
    return gone


def _find(folder: Path) -> Iterator[tuple[datetime, Path]]:
    for path in folder.iterdir() if folder.is_dir() else ():
        found = _NAME.fullmatch(path.name)
        if found and path.is_file():
            try:
                yield datetime.strptime(found[1], _TIME).replace(tzinfo=UTC), path
            except ValueError:
                continue
