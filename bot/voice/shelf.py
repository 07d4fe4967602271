"""
Replies that are the same for everybody, kept for the minute in which they were made.

What a state says depends on facts that end with a day, and on who answers the telephone at this minute: so nothing is
kept for longer. Nothing in which a person's own words or answers stand comes here at all.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime

from bot.core.reply import Reply

_MINUTE_S = 60


class Shelf:
    """One speaker's replies of this minute, by everything else that they depend on."""

    def __init__(self) -> None:
        self._minute = 0
        self._kept: dict[Hashable, Reply] = {}

    def find(self, what: Hashable, now: datetime) -> Reply | None:
        """Return what was put here under that name in this minute; `now` is aware."""
        minute = int(now.timestamp()) // _MINUTE_S
        if minute != self._minute:
            self._minute, self._kept = minute, {}
        return self._kept.get(what)

    def put(self, what: Hashable, reply: Reply) -> None:
        """Keep a reply until the minute is over."""
        self._kept[what] = reply
