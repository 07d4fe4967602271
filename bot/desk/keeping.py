"""
When each handoff will be erased, and why: the rule of `bot.store.handoffs_desk`, said beforehand for whoever looks.

Nothing expires unseen: what nobody opened waits until somebody does, which is what people are told; so does one about which
its person asked for something that nobody read. Source: SECURITY §6, R29.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.ports.desk import StoredHandoff
from bot.ports.handoff import Status

#: A time of the desk is kept by the hour, rounded down: what is done is kept an hour longer.
DONE_KEPT: Final = timedelta(days=30, hours=1)
KEPT_AT_MOST: Final = timedelta(days=90)
#: What was found late is not erased in the hour in which it is first read.
SEEN_KEPT: Final = timedelta(days=7)

#: What is due within this time is pointed at.
SOON: Final = timedelta(days=7)
_MONTH: Final = timedelta(days=30)
#: How soon handoffs end, as they are counted; `unseen` is what nobody opened, or whose person asked for something unread.
Span = Literal["week", "month", "later", "unseen"]
SPANS: Final[tuple[Span, ...]] = ("unseen", "week", "month", "later")

#: `done`: its time after it was finished. `old`: the longest time there is. `unseen`: nobody opened it, so it waits. `asked`:
#: nobody has read a request about it yet, so it waits as well.
Why = Literal["done", "old", "unseen", "asked"]


@dataclass(frozen=True, slots=True)
class Due:
    """
    When one handoff is erased, and by which rule. `erase_at` is None for what waits to be seen.

    `alerts`: how often was warned that nobody opened it.
    """

    handoff_id: str
    status: Status
    created_at: datetime
    erase_at: datetime | None
    why: Why
    alerts: int = 0

    def days_left(self, now: datetime) -> int:
        """Return the whole days until then; 0 for today and for what is late."""
        return max(((self.erase_at or now) - now).days, 0)


def find_due(one: StoredHandoff) -> Due:
    """Say when a handoff is erased."""
    if one.opened_at is None:
        return Due(one.id, one.status, one.created_at, None, "unseen", one.alerts)
    seen_at = [request.seen_at for request in one.requests if request.seen_at is not None]
    if len(seen_at) < len(one.requests):
        return Due(one.id, one.status, one.created_at, None, "asked", one.alerts)
    old_at = max(one.created_at + KEPT_AT_MOST, one.opened_at + SEEN_KEPT)
    done_at = one.status_at + DONE_KEPT if one.status == "done" else old_at
    why: Why = "done" if done_at < old_at else "old"
    erase_at = max([min(done_at, old_at), *(moment + SEEN_KEPT for moment in seen_at)])
    return Due(one.id, one.status, one.created_at, erase_at, why, one.alerts)


def list_due(handoffs: Iterable[StoredHandoff]) -> tuple[Due, ...]:
    """Return all, those that nobody saw first, then by the day of their end."""
    found = (find_due(one) for one in handoffs)
    return tuple(sorted(found, key=lambda due: (due.erase_at is not None, due.erase_at or due.created_at)))


def count_due(due: Iterable[Due], now: datetime) -> Mapping[Span, int]:
    """Return how many end within 7 days, within 30, later, and not before somebody has seen them: each counted once."""
    counts = Counter(_name_span(one, now) for one in due)
    return {span: counts[span] for span in SPANS}


def _name_span(one: Due, now: datetime) -> Span:
    if one.erase_at is None:
        return "unseen"
    left = one.erase_at - now
    return "week" if left <= SOON else "month" if left <= _MONTH else "later"
