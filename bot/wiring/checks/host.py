"""What belongs to the machine: room on its disks, and its clock."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from bot.errors import BotError
from bot.keys.files import SECRET_MODE
from bot.settings import Settings
from bot.store.looking import look
from bot.wiring.checks.finding import Finding, refuse, warn, well

_MIB: Final = 1024 * 1024
#: With less nothing is started: a full disk loses messages in the middle of the night instead.
LEAST_BYTES: Final = 64 * _MIB
_LITTLE_BYTES: Final = 1024 * _MIB
_PROBE_BYTES: Final = 256 * 1024
#: A clock that says less was never set: this release was not there yet.
_NOT_BEFORE: Final = datetime(2026, 11, 1, tzinfo=UTC)
#: Reply tokens live a minute, one-time codes of staff half a minute.
_MOST_APART: Final = timedelta(seconds=20)
#: Source: Linux, linux/timex.h: STA_UNSYNC, and what adjtimex returns while the clock is not synchronised.
_UNSYNCED_BIT: Final = 0x0040
_TIME_ERROR: Final = 5


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Room where the data directory and an SQLite file lie, and whether a file can really be written there."""
    folders = {_find_folder(settings.data_dir)}
    if settings.sqlite_path:
        folders.add(_find_folder(settings.sqlite_path.parent))
    for folder in sorted(folders):
        yield _look_at(folder)


def _look_at(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    told = f"{folder}: {free // _MIB} MiB free"
    if free < LEAST_BYTES:
        return refuse("disk", told, "the disk is full: make room before anything is started")
    if fault := _try_to_write(folder):
        return refuse(
            "disk", f"{folder}: nothing can be written ({fault})", "make room, or look at quota and rights"
        )
    if free < _LITTLE_BYTES:
        return warn("disk", told, "make room soon: with a full disk no message is taken")
    return well("disk", told)


def _try_to_write(folder: Path) -> str:
    """Write a little and wait for the disk; a quota or a read-only disk shows in no number. Empty: it went well."""
    path = folder / f".room.{os.getpid()}"
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, SECRET_MODE)
        try:
            if os.write(file, b"\0" * _PROBE_BYTES) < _PROBE_BYTES:
                return "no space left"
            os.fsync(file)
        finally:
            os.close(file)
            with suppress(OSError):
                path.unlink()
    except OSError as fault:
        return fault.strerror or type(fault).__name__
    return ""


def _find_folder(path: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    here = path.absolute()
    while not here.is_dir() and here != here.parent:
        here = here.parent
    return here


def check_clock(settings: Settings) -> Iterator[Finding]:
    """Whether the time is right: reply tokens, one-time codes, erasing and offices' hours count on it."""
    now = datetime.now(UTC)
    apart = _measure_apart(settings)
    is_synced = ask_kernel()
    if unset := find_unset(now):
        yield unset
    elif apart is not None and apart > _MOST_APART:
        seconds = int(apart.total_seconds())
        yield refuse(
            "clock", f"this clock and the database's are {seconds} seconds apart", "let NTP keep both"
        )
    elif is_synced is False and not (settings.is_demo or settings.clock == "trusted"):
        yield refuse(
            "clock",
            "the clock is not synchronised",
            "start chrony or systemd-timesyncd; if something else keeps it right, FRONTDOOR_CLOCK=trusted",
        )
    elif is_synced is None or (not is_synced and settings.is_demo):
        says = (
            "nobody can say here whether the clock is synchronised"
            if is_synced is None
            else "the clock is not synchronised"
        )
        yield warn("clock", says, "let NTP keep it")
    else:
        yield well(
            "clock", f"{'synchronised' if is_synced else 'trusted'}, {now.isoformat(timespec='seconds')}"
        )


def find_unset(now: datetime) -> Finding | None:
    """Return the refusal of a clock that was never set."""
    if now >= _NOT_BEFORE:
        return None
    return refuse(
        "clock",
        f"the clock says {now.date()}, which was before this release",
        "set the clock, and let NTP keep it",
    )


class _Timex(ctypes.Structure):
    """The beginning of `struct timex` on 64-bit Linux, with room for the rest. Source: adjtimex(2)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def ask_kernel() -> bool | None:
    """Whether the kernel's clock is synchronised. None: this system does not tell. Asking changes nothing."""
    if not sys.platform.startswith("linux"):
        return None
    timex = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    return state != _TIME_ERROR and not timex.status & _UNSYNCED_BIT


def _measure_apart(settings: Settings) -> timedelta | None:
    """How far this clock is from the database's; None on SQLite, or where it does not answer."""
    if settings.sqlite_path:
        return None

    def ask(connection: Connection) -> timedelta:
        before = datetime.now(UTC)
        theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        after = datetime.now(UTC)
        return max(before - theirs, theirs - after, timedelta(0))

    try:
        return look(settings.database, ask)
    except BotError:
        return None  # what is wrong with it, its own check says
