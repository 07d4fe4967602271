"""
Tries at the words of a vault, counted in memory for each account.

A restart forgets them. It opens nothing: each try still costs what Argon2id costs, and whoever can restart the program
could try at the file itself.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta


class Tries:
    """Pauses an account after `limit` wrong tries within `pause`, for as long again."""

    def __init__(self, limit: int, pause: timedelta) -> None:
        self._limit = limit
        self._pause = pause
        self._wrong: dict[str, deque[datetime]] = {}
        self._until: dict[str, datetime] = {}

    def claim(self, account_id: str, now: datetime) -> bool:
        """Count a try as wrong before the words are looked at, so that a burst of them counts. False: do not look."""
        if self.paused_until(account_id, now):
            return False
        wrong = self._wrong.setdefault(account_id, deque())
        while wrong and now - wrong[0] >= self._pause:
            wrong.popleft()
        wrong.append(now)
        if len(wrong) >= self._limit:
            self._until[account_id] = now + self._pause
            del self._wrong[account_id]
        return True

    def forgive(self, account_id: str) -> None:
        """The words were right: forget the tries and end the pause."""
        self._wrong.pop(account_id, None)
        self._until.pop(account_id, None)

    def paused_until(self, account_id: str, now: datetime) -> datetime | None:
        """Say until when this account is paused. None: it may try."""
        until = self._until.get(account_id)
        if until is not None and now >= until:
            del self._until[account_id]
            return None
        return until
