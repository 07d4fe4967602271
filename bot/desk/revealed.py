"""
How much each account has seen within a day, read from the audit log: what two people are needed for, and what is odd.

Handoffs are counted, not clicks: whoever exports the same ones again has seen no more of them. Source: SECURITY T6.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.desk.acts import COMMAND, OFFICE
from bot.ports import AuditEntry, AuditStore

#: A stretch of time, not a day of the calendar: nobody gets twice as much at midnight.
DAY: Final = timedelta(days=1)
#: So many handoffs one person may take out alone, at once or by and by; and open without anybody hearing of it.
MOST_ALONE: Final = 20
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Revealed:
    """
    Ids of handoffs by account.

    `alone`: exported without a second person; `seen`: opened, or exported in whatever way.
    """

    alone: Mapping[str, frozenset[str]]
    seen: Mapping[str, frozenset[str]]

    @property
    def many(self) -> tuple[str, ...]:
        """Accounts that saw more than `MOST_ALONE`."""
        return tuple(sorted(one for one, ids in self.seen.items() if len(ids) > MOST_ALONE))


async def read_day(log: AuditStore, now: datetime) -> Revealed:
    """Read what was seen in the day before `now`. StoreDown."""
    alone: defaultdict[str, set[str]] = defaultdict(set)
    seen: defaultdict[str, set[str]] = defaultdict(set)
    async for entry in _read_since(log, now - DAY):
        detail = _read_detail(entry)
        is_of_a_handoff = entry.act in {"opened", "exported"} and "count" not in detail
        if not is_of_a_handoff or entry.actor in {COMMAND, OFFICE}:
            continue
        seen[entry.actor].add(entry.subject)
        if entry.act == "exported" and not detail.get("approved"):
            alone[entry.actor].add(entry.subject)
    return Revealed(_freeze(alone), _freeze(seen))


async def _read_since(log: AuditStore, since: datetime) -> AsyncIterator[AuditEntry]:
    """
    Give lines newest first, down to those that are older.

    One of them alone ends nothing: a clock may have been put right, and a line that was altered hides no others.
    """
    before: int | None = None
    while entries := await log.read_last(before=before, limit=_BATCH):
        young = [entry for entry in entries if entry.at > since]
        if not young:
            return
        for entry in young:
            yield entry
        before = entries[-1].number


def _read_detail(entry: AuditEntry) -> Mapping[str, Any]:
    """Read what a line adds. What is not as we write it adds nothing, so that it counts against the account."""
    try:
        detail = json.loads(entry.detail or "{}")
    except (ValueError, RecursionError):
        return {}
    return detail if isinstance(detail, dict) else {}


def _freeze(ids: Mapping[str, set[str]]) -> Mapping[str, frozenset[str]]:
    return {account: frozenset(some) for account, some in ids.items()}
