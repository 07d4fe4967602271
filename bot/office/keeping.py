"""What will be erased when: how many are due, every handoff with its day for whoever has their vault open, and how long everything else is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from starlette.responses import Response

from bot.desk.clock_mark import MARK, ClockMark
from bot.desk.export import SHORT_ID_CHARS
from bot.desk.keeping import SOON, SPANS, count_due, list_due
from bot.errors import StoreDown
from bot.office.doors import Door
from bot.office.visit import Visit

#: What else is kept, and how long; each has two words, `keeping_kind_…` and `keeping_time_…`. Source: SECURITY §6.
KINDS: Final = (
    "session", "page", "reply", "event", "chat", "paper", "request", "export", "signing", "account", "audit", "ledger", "backup", "count",
)  # fmt: skip


async def show(visit: Visit) -> Response:
    """Show it. No handoff is opened for this; with a locked vault, or without the right to open, there are sums only."""
    now, parts = visit.office.clock(), visit.office.parts
    due = list_due(await parts.handoffs.list_handoffs())
    may_open = "open" in visit.member.rights
    is_open = may_open and parts.vaults.state(visit.member.account_id, visit.member.seat) == "open"
    return visit.render(
        "keeping_page.html",
        sums=count_due(due, now),
        spans=SPANS,
        due=due if is_open else None,
        may_open=may_open,
        now=now,
        soon=now + SOON,
        short=SHORT_ID_CHARS,
        kinds=KINDS,
        looked_at=now,
        doubt=_find_doubt(visit, now),
    )


def _find_doubt(visit: Visit, now: datetime) -> bool:
    """Say whether nothing is erased now, because the clock may have jumped. A mark that cannot be read erases nothing either."""
    try:
        return ClockMark(visit.office.parts.data_dir / MARK).find_doubt(now) is not None
    except StoreDown:
        return True


DOORS = (Door("/keeping", "GET", show, right="list"),)
