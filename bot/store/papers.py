"""
The rows of what staff wrote about a handoff. They are sealed: nothing here can read one.

A paper is added and never changed, but for its seal. It goes with its handoff.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import LargeBinary, cast, select

from bot.errors import StoreDown
from bot.ports import Sealed, StoredPaper
from bot.store.database import Conn
from bot.store.handoffs import HANDOFF_LOCK
from bot.store.schema import handoff, handoff_paper

#: Below the number of values that a statement may have on either database.
_BATCH = 500
_PLAIN = ("id", "handoff_id", "kind", "author", "created_at", "signer")


async def insert_paper(conn: Conn, paper: StoredPaper) -> None:
    """Add a paper. StoreDown: its handoff is erased, and what is written of it must not outlive it."""
    await conn.keep_together(HANDOFF_LOCK, alone=False)  # nobody erases it between the look and the row
    if await conn.row(select(handoff.c.id).where(handoff.c.id == paper.handoff_id)) is None:
        raise StoreDown("the handoff is not there any more")
    row = {
        "id": paper.id,
        "handoff_id": paper.handoff_id,
        "kind": paper.kind,
        "author": paper.author,
        "created_at": paper.created_at,
        "blob": paper.sealed.blob,
        "signature": paper.sealed.signature,
        "signer": paper.sealed.signer,
    }
    await conn.insert_new(handoff_paper, row)


async def read_papers(conn: Conn, ids: Sequence[str]) -> Mapping[str, tuple[StoredPaper, ...]]:
    """Return the papers of these handoffs by the handoff's id, oldest first."""
    found: dict[str, tuple[StoredPaper, ...]] = defaultdict(tuple)
    plain = [handoff_paper.c[name] for name in _PLAIN]
    # Read as bytes, whatever somebody else has written into them (SQLite keeps any type).
    seal = [cast(handoff_paper.c[name], LargeBinary).label(name) for name in ("blob", "signature")]
    for start in range(0, len(ids), _BATCH):
        mine = handoff_paper.c.handoff_id.in_(ids[start : start + _BATCH])
        in_order = (handoff_paper.c.created_at, handoff_paper.c.id)
        for row in await conn.rows(select(*plain, *seal).where(mine).order_by(*in_order)):
            sealed = Sealed(row.blob, row.signature, row.signer)
            paper = StoredPaper(row.id, row.handoff_id, row.kind, row.author, row.created_at, sealed)
            found[row.handoff_id] += (paper,)
    return found
