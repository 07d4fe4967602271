"""
Whether the clock may be believed before something is erased by it: a file beside the ledger says when the desk last looked.

A clock that jumps ahead makes everything old at once, and what is erased is gone for good. So whoever erases leaves a mark each time,
every hour in the office; when more than a few days have passed since the last one, somebody has to say that they really did. A desk
where nothing happens leaves its marks like any other. Source: SECURITY R18.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.desk.audit_anchor import give_to_owner
from bot.errors import BotError, StoreDown

#: In the data directory.
MARK: Final = Path("desk/clock-mark")
#: Longer than a long weekend with the host switched off.
LONGEST: Final = timedelta(days=4)
_OWNER_ONLY = 0o600


class ClockDoubtful(BotError):
    """So much time has passed since the last look that the clock may have jumped: nothing is erased by it."""


class ClockMark:
    """The mark in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find_doubt(self, now: datetime) -> datetime | None:
        """
        Return when was last looked, if that is too long ago for the clock to be believed. None: it is believed.

        Where nobody ever looked there is nothing to compare with. StoreDown: the mark cannot be read.
        """
        try:
            last = datetime.fromisoformat(self._path.read_text("ascii").strip()).astimezone(UTC)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as fault:
            raise StoreDown(f"the mark of the clock cannot be read ({type(fault).__name__})") from None
        return last if now - last > LONGEST else None

    def require_belief(self, now: datetime) -> None:
        """ClockDoubtful: erase nothing. StoreDown as above."""
        last = self.find_doubt(now)
        if last is not None:
            raise ClockDoubtful(
                f"nothing was erased: the clock says {now:%Y-%m-%d %H:%M} UTC, and the desk last looked on {last:%Y-%m-%d}. "
                "If the clock is right (the desk was switched off), run frontdoor handoffs erase-due --even-so"
            )

    def put(self, now: datetime) -> None:
        """Note that it was looked now; also when the clock was put back. StoreDown: it could not be noted, so erase nothing."""
        part = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}.part")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            with os.fdopen(file, "w", encoding="ascii") as out:
                out.write(now.astimezone(UTC).isoformat(timespec="seconds") + "\n")
                out.flush()
                os.fsync(file)
                give_to_owner(file, self._path.parent)
            part.replace(self._path)
        except OSError as fault:
            with suppress(OSError):
                part.unlink()
            raise StoreDown(f"the mark of the clock cannot be written ({fault.strerror})") from None
