"""What an open ceremony must remember for a few minutes: in memory, for one browser, to be taken once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.ports import Clock

_T = TypeVar("_T")


class Once(Generic[_T]):
    """
    Holds one thing for each owner, for `lives`; `owner` is a secret that only one browser has.

    At most `most` of them: beyond that the oldest is forgotten, and its owner begins again.
    """

    def __init__(self, clock: Clock, *, lives: timedelta = timedelta(minutes=5), most: int = 10_000) -> None:
        self._clock = clock
        self._lives = lives
        self._most = most
        self._held: OrderedDict[str, tuple[datetime, _T]] = OrderedDict()

    def put(self, owner: str, thing: _T) -> None:
        """Keep a thing in place of any that the owner had."""
        name = _name_of(owner)
        self._held.pop(name, None)
        self._held[name] = (self._clock() + self._lives, thing)
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    def look(self, owner: str) -> _T | None:
        """Return what is kept, and keep it. None: nothing, or too old."""
        until, thing = self._held.get(_name_of(owner), (None, None))
        return thing if until is not None and self._clock() < until else None

    def take(self, owner: str) -> _T | None:
        """Return what is kept, for the last time."""
        thing = self.look(owner)
        self._held.pop(_name_of(owner), None)
        return thing


def _name_of(owner: str) -> str:
    """The memory of a running program is no place for what lets somebody in."""
    return hashlib.sha256(owner.encode("utf-8", "replace")).hexdigest()
