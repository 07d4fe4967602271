"""
Letters that were sent, closed together on PostgreSQL: in one statement that is a transaction of its own.

What somebody else holds is left to its own transaction, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.failpoints import reach
from bot.ports import Letter
from bot.store.conn import written
from bot.store.database import PATIENT_WAIT_S

if TYPE_CHECKING:  # its driver is loaded only where there is PostgreSQL
    from bot.store.postgres import Postgres

#: As `outbox.Letters.finish` closes one, but those that others hold, and last words.
_CLOSE = written(
    "WITH mine AS (SELECT outbox.id FROM outbox JOIN unnest(?::text[], ?::int[]) AS held (id, attempts)"
    " ON held.id = outbox.id AND held.attempts = outbox.attempts"
    " WHERE state = 'sending' AND NOT final FOR UPDATE OF outbox SKIP LOCKED),"
    " done AS (UPDATE outbox SET state = 'sent', body = NULL, claimed_at = NULL, until = NULL, due_at = created_at"
    " FROM mine WHERE outbox.id = mine.id RETURNING outbox.id),"
    " gone AS (DELETE FROM erasable_key USING done WHERE erasable_key.id = 'outbox:' || done.id)"
    " SELECT id FROM done"
)


async def close_alone(postgres: Postgres, letters: Sequence[Letter]) -> frozenset[str]:
    """Close letters, each with its key. Returns the ids of those that it did. StoreDown: none is closed."""
    reach("in_mark")
    rows = await postgres.ask_alone(
        _CLOSE, [one.id for one in letters], [one.attempts for one in letters], wait_s=PATIENT_WAIT_S
    )
    return frozenset(letter_id for (letter_id,) in rows)
