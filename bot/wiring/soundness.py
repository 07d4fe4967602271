"""
No program starts on data with an error: once a day, and whenever they have changed, they are judged before anybody comes.

A process of its own judges them and is gone: what it needs for that, the program would keep for months.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

from bot import __version__
from bot.core.taipei import TAIPEI
from bot.pack import find_data
from bot.wiring.ourselves import succeeds_elsewhere


def refuse_faulty(
    today: date | None = None, *, flows: Path | None = None, remember: Path | None = None
) -> None:
    """
    ConfigError with the first error of the shipped data: a fault must not meet a person first.

    `remember` is a file that names the data that had none today, so that a program that was stopped is
    back at once; it is never believed for other data, another day or another release.
    """
    day = today or datetime.now(TAIPEI).date()
    seal = seal_data(day, flows or find_data("flows"), find_data("locales")) if remember else ""
    if remember and _read(remember) == seal:
        return
    if flows or not succeeds_elsewhere("flow", "check", "--today", day.isoformat()):
        # Elsewhere they were not, or nothing could be started there: here an error has its words.
        from bot.wiring.checking import refuse_errors  # noqa: PLC0415 - it is large, and seldom needed here

        refuse_errors(day, flows)
    if remember:
        with suppress(OSError):  # a full disk costs a few seconds at the next start
            remember.write_text(seal, encoding="ascii")


def seal_data(day: date, *folders: Path) -> str:
    """Return what changes with the day, the release and any byte of the data."""
    digest = hashlib.sha256(f"{day} {__version__}".encode())
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
