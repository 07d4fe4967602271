"""Taiwan's own time: facts about Taiwan begin and end there."""

from __future__ import annotations

from datetime import date, timedelta, timezone

from bot.core.model import NEVER, Session

#: UTC+8 all year: no summer time since 1979.
TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")


def day_of(session: Session) -> date:
    """Return the day in Taipei on which this turn is taken."""
    return session.seen_at.astimezone(TAIPEI).date()


def day_written(session: Session) -> date:
    """Return the day in Taipei on which the text was sent: "yesterday" is counted from there, however late it came."""
    sent_at = session.seen_at if session.sent_at == NEVER else min(session.seen_at, session.sent_at)
    return sent_at.astimezone(TAIPEI).date()
