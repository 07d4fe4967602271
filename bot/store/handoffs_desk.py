"""
Handoffs as the desk sees them: sealed rows to read, how far each is, and their end.

It has no vault and no key. What is erased is written into the ledger first: see `bot.desk.ledger`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    union,
    update,
)

from bot.errors import StoreDown
from bot.ports import (
    Ending,
    Sealed,
    Status,
    StoredConsent,
    StoredHandoff,
    StoredPaper,
    StoredRequest,
    Unopened,
)
from bot.store.database import Conn, Database
from bot.store.engine import make_engine
from bot.store.handoffs import HANDOFF_LOCK, HOUR
from bot.store.moments import Moment, round_up
from bot.store.papers import read_papers
from bot.store.schema import (
    consent_record,
    consent_text,
    handoff,
    handoff_case,
    handoff_paper,
    handoff_request,
    handoff_work,
)

#: Source: SECURITY §6, sealed handoff. The hour is what the row may be early.
_DONE_KEPT = timedelta(days=30) + HOUR
_KEPT_AT_MOST = timedelta(days=90)
#: What was found late is not erased in the hour in which it is first read.
_SEEN_KEPT = timedelta(days=7)
#: Below the number of values that a statement may have on either database.
_BATCH = 500

_SEAL = ("blob", "signature", "signer")

#: Writes ids down before they are erased; whatever it raises keeps them from being erased.
WriteDown = Callable[[Sequence[str]], None]

#: Every id that is left anywhere: a row that lost its other half is shown and erased as well.
_known = union(
    select(handoff.c.id.label("id")), select(handoff_case.c.handoff_id), select(consent_record.c.handoff_id)
).subquery("known")
_born_at = func.coalesce(handoff.c.created_at, handoff_case.c.status_at, consent_record.c.created_at)
_status = func.coalesce(handoff_case.c.status, "new")
_rows = (
    _known.outerjoin(handoff, handoff.c.id == _known.c.id)
    .outerjoin(handoff_case, handoff_case.c.handoff_id == _known.c.id)
    .outerjoin(consent_record, consent_record.c.handoff_id == _known.c.id)
    .outerjoin(consent_text, consent_text.c.sha256 == consent_record.c.text_sha256)
)


def open_desk_handoffs(url: str, *, write_down: WriteDown | None = None) -> DeskHandoffs:
    """
    Open the handoffs of a database for the desk; `close` it at the end. Connects at first use.

    `write_down`: the erasure ledger's `append`. Without it nothing can be erased, only read and marked.
    """
    return DeskHandoffs(Database(make_engine(url)), write_down)


class DeskHandoffs:
    """The handoffs of one database; see `ports.DeskStore`. Times of the desk's own are kept by the hour."""

    def __init__(self, db: Database, write_down: WriteDown | None) -> None:
        self._db = db
        self._write_down = write_down

    async def close(self) -> None:
        """Release connections."""
        await self._db.close()

    async def list_handoffs(self, status: Status | None = None) -> Sequence[StoredHandoff]:
        """Return handoffs, oldest first."""
        wanted = None if status is None else _status == status
        return await self._db.read(lambda conn: _read(conn, wanted))

    async def find_handoff(self, handoff_id: str) -> StoredHandoff | None:
        """Return one. None: erased, or never there."""
        found = await self._db.read(lambda conn: _read(conn, _known.c.id == handoff_id))
        return found[0] if found else None

    async def mark_opened(self, handoff_id: str, now: datetime, *, requests: Sequence[str] = ()) -> None:
        """Note that it was opened, and which of its requests were read; the first time counts. A new one is in progress then."""
        hour, is_new = literal(_round_down(now), Moment), handoff_case.c.status == "new"
        first = and_(handoff_case.c.handoff_id == handoff_id, handoff_case.c.opened_at.is_(None))
        opened = {
            "opened_at": hour,
            "status": case((is_new, "in_progress"), else_=handoff_case.c.status),
            "status_at": case((is_new, hour), else_=handoff_case.c.status_at),
        }
        await self._change(handoff_case, first, opened)
        await self.mark_seen(requests, now)

    async def mark_seen(self, requests: Sequence[str], now: datetime) -> None:
        """Note that these requests were read, by their ids; the first time counts."""
        unseen, hour = handoff_request.c.seen_at.is_(None), literal(_round_down(now), Moment)
        for some in _batches(requests):
            await self._change(
                handoff_request, and_(handoff_request.c.id.in_(some), unseen), {"seen_at": hour}
            )

    async def set_status(
        self,
        handoff_id: str,
        status: Status,
        now: datetime,
        *,
        instead_of: Status | None = None,
        counts_as_opened: bool = False,
    ) -> bool:
        """
        Say how far it is; saying the same again does not begin its time anew. False: nothing changed.

        `counts_as_opened`: whoever says more than `new` answers for having seen it. Else only opening it ends its alarms
        and lets its time run.
        """
        hour = literal(_round_down(now), Moment)
        is_other = and_(handoff_case.c.handoff_id == handoff_id, handoff_case.c.status != status)
        values: dict[str, Any] = {"status": status, "status_at": hour}
        if counts_as_opened and status != "new":
            values["opened_at"] = func.coalesce(handoff_case.c.opened_at, hour)
        if instead_of is not None:
            is_other = and_(is_other, handoff_case.c.status == instead_of)
        return await self._change(handoff_case, is_other, values) == 1

    async def list_unopened(self) -> Sequence[Unopened]:
        """Return what nobody has opened yet, oldest first, without anything sealed."""
        counts = (func.coalesce(handoff_case.c[name], 0).label(name) for name in ("alerts", "told"))
        columns = select(_known.c.id, _born_at.label("born_at"), *counts).select_from(_rows)
        wanted = columns.where(handoff_case.c.opened_at.is_(None)).order_by(_born_at, _known.c.id)
        return await self._list_waiting(wanted)

    async def list_unseen(self) -> Sequence[Unopened]:
        """Return requests that nobody has read yet, oldest first. One whose handoff is gone cannot be read by anybody."""
        ask = handoff_request.c
        columns = select(ask.id, ask.created_at.label("born_at"), ask.alerts, ask.told)
        there = ask.handoff_id.in_(select(_known.c.id))
        return await self._list_waiting(
            columns.where(ask.seen_at.is_(None), there).order_by(ask.created_at, ask.id)
        )

    async def _list_waiting(self, wanted: Select[Any]) -> Sequence[Unopened]:
        rows = await self._db.read(lambda conn: conn.rows(wanted))
        return [Unopened(row.id, row.born_at, row.alerts, row.told) for row in rows]

    async def note_alert(self, id_: str, number: int) -> bool:
        """Note that the `number`-th warning is given. False: it was before, or somebody has opened it, or it is gone."""
        for table, is_mine, is_unseen in _find_waiting(id_):
            is_due = and_(is_mine, is_unseen, table.c.alerts < number)
            if await self._change(table, is_due, {"alerts": number}):
                return True
        return False

    async def note_told(self, id_: str, number: int) -> None:
        """Note that so many notices of it left; never fewer than before."""
        for table, is_mine, _ in _find_waiting(id_):
            await self._change(table, and_(is_mine, table.c.told < number), {"told": number})

    async def replace_seal(self, handoff_id: str, kind: str, old: Sealed, new: Sealed) -> bool:
        """Put a new seal in place of the old one. False: it is another one by now."""
        seal = {"blob": new.blob, "signature": new.signature, "signer": new.signer}
        for table, mine in _find_seals(handoff_id, kind):
            is_old = and_(mine, table.c.blob == old.blob, table.c.signature == old.signature)
            if await self._change(table, is_old, seal):
                return True
        return False

    async def list_due(self, now: datetime) -> Sequence[Ending]:
        """Return what has outlived its time, and by which rule; what is done and old as well counts as done."""
        rule = case((_is_over(now), "done"), else_="old")
        return await self._db.read(lambda conn: _read_endings(conn, rule, _is_due(now)))

    async def list_left(self, handoff_ids: Sequence[str]) -> Sequence[Ending]:
        """Return those of them that are there."""

        async def work(conn: Conn) -> list[Ending]:
            left: list[Ending] = []
            for some in _batches(handoff_ids):
                left += await _read_endings(conn, literal("restored"), _known.c.id.in_(some))
            return left

        return await self._db.read(work)

    async def erase_due(self, now: datetime, *, only: Sequence[str]) -> Sequence[str]:
        """Erase those that have outlived their time; returns the ids, which stand in the ledger by then."""
        erased: list[str] = []
        for some in _batches(only):
            erased += await self._erase(and_(_is_due(now), _known.c.id.in_(some)))
        return erased

    async def erase(self, handoff_ids: Sequence[str]) -> Sequence[str]:
        """Erase these, whatever their state; returns those that were there."""
        erased: list[str] = []
        for some in _batches(handoff_ids):
            erased += await self._erase(_known.c.id.in_(some))
        return erased

    async def _change(self, table: Table, which: ColumnElement[bool], values: dict[str, Any]) -> int:
        async def work(conn: Conn) -> int:
            await conn.keep_together(HANDOFF_LOCK, alone=False)
            return (await conn.run(update(table).where(which).values(values))).rowcount

        return await self._db.write(work)

    async def _erase(self, which: ColumnElement[bool]) -> list[str]:
        if self._write_down is None:
            raise ValueError("nothing is erased without a ledger: a restore would bring it back")
        write_down = self._write_down

        async def work(conn: Conn) -> list[str]:
            await conn.keep_together(HANDOFF_LOCK, alone=True)
            found = select(_known.c.id).select_from(_rows).where(which).order_by(_known.c.id)
            ids = [row.id for row in await conn.rows(found)]
            if ids:
                # First the ledger: if we die now, it is erased when the ledger is next replayed.
                write_down(ids)
                await _delete(conn, ids)
            return ids

        erased = await self._db.write(work)
        if erased:
            with suppress(StoreDown):  # it is committed already; the next one empties the log
                await self._db.empty_log()
        return erased


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Done long enough, or old and not first seen a moment ago; never what nobody saw: people are told so."""
    opened_at, seen_at = handoff_case.c.opened_at, handoff_request.c.seen_at
    is_old = and_(_born_at <= now - _KEPT_AT_MOST, opened_at <= now - _SEEN_KEPT)
    is_fresh = or_(seen_at.is_(None), seen_at > now - _SEEN_KEPT)
    asked = select(handoff_request.c.id).where(handoff_request.c.handoff_id == _known.c.id, is_fresh)
    return and_(or_(_is_over(now), is_old), opened_at.is_not(None), ~asked.exists())


def _find_waiting(id_: str) -> tuple[tuple[Table, ColumnElement[bool], ColumnElement[bool]], ...]:
    """Where somebody may wait under an id: each with what finds it, and with what says that it still waits."""
    asked = handoff_request.c
    return (
        (handoff_case, handoff_case.c.handoff_id == id_, handoff_case.c.opened_at.is_(None)),
        (handoff_request, asked.id == id_, asked.seen_at.is_(None)),
    )


def _is_over(now: datetime) -> ColumnElement[bool]:
    return and_(_status == "done", handoff_case.c.status_at <= now - _DONE_KEPT)


async def _read_endings(conn: Conn, rule: ColumnElement[str], which: ColumnElement[bool]) -> list[Ending]:
    columns = select(_known.c.id, rule.label("rule"), _status.label("status")).select_from(_rows)
    rows = await conn.rows(columns.where(which).order_by(_known.c.id))
    return [Ending(row.id, row.rule, row.status) for row in rows]


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


async def _delete(conn: Conn, ids: Collection[str]) -> None:
    await conn.run(delete(handoff).where(handoff.c.id.in_(ids)))
    for table in (handoff_request, handoff_paper, handoff_work, consent_record, handoff_case):
        await conn.run(delete(table).where(table.c.handoff_id.in_(ids)))
    is_used = (
        select(consent_record.c.id).where(consent_record.c.text_sha256 == consent_text.c.sha256).exists()
    )
    await conn.run(delete(consent_text).where(~is_used))


async def _read(conn: Conn, which: ColumnElement[bool] | None) -> list[StoredHandoff]:
    wanted = _columns().order_by(_born_at, _known.c.id)
    rows = await conn.rows(wanted if which is None else wanted.where(which))
    ids = [row.known_id for row in rows]
    requests, papers = await _read_requests(conn, ids), await read_papers(conn, ids)
    return [_handoff_from(row, tuple(requests[row.known_id]), papers.get(row.known_id, ())) for row in rows]


def _columns() -> Select[Any]:
    consents = [consent_record.c[name].label(f"consent_{name}") for name in ("id", "created_at")]
    consents += [_as_bytes(consent_record.c[name]).label(f"consent_{name}") for name in _SEAL]
    return select(
        _known.c.id.label("known_id"),
        _born_at.label("born_at"),
        _status.label("status"),
        handoff_case.c.status_at,
        handoff_case.c.opened_at,
        func.coalesce(handoff_case.c.alerts, 0).label("alerts"),
        *(_as_bytes(handoff.c[name]).label(name) for name in _SEAL),
        *consents,
        consent_record.c.text_sha256,
        consent_text.c.text,
    ).select_from(_rows)


async def _read_requests(conn: Conn, ids: list[str]) -> dict[str, list[StoredRequest]]:
    found: dict[str, list[StoredRequest]] = defaultdict(list)
    for start in range(0, len(ids), _BATCH):
        mine = handoff_request.c.handoff_id.in_(ids[start : start + _BATCH])
        in_order = (handoff_request.c.created_at, handoff_request.c.kind, handoff_request.c.number)
        plain = (handoff_request.c[name] for name in ("id", "handoff_id", "kind", "created_at", "seen_at"))
        sealed = (_as_bytes(handoff_request.c[name]).label(name) for name in _SEAL)
        for row in await conn.rows(select(*plain, *sealed).where(mine).order_by(*in_order)):
            seal = Sealed(row.blob, row.signature, row.signer)
            one = StoredRequest(row.id, row.kind, row.created_at, seal, row.seen_at)
            found[row.handoff_id].append(one)
    return found


def _as_bytes(column: Column[Any]) -> ColumnElement[Any]:
    """Read a column of bytes as bytes, whatever somebody else has written into it (SQLite keeps any type)."""
    return cast(column, LargeBinary) if isinstance(column.type, LargeBinary) else column


def _handoff_from(
    row: Any, requests: tuple[StoredRequest, ...], papers: tuple[StoredPaper, ...]
) -> StoredHandoff:
    """
    Build a handoff from its rows. A row that is missing leaves its part empty.

    It is then shown, and fails by name when it is opened, instead of silently not being there.
    """
    return StoredHandoff(
        id=row.known_id,
        created_at=row.born_at,
        status=row.status,
        status_at=row.status_at or row.born_at,
        opened_at=row.opened_at,
        alerts=row.alerts,
        sealed=_sealed_from(row.blob, row.signature, row.signer),
        consent=StoredConsent(
            id=row.consent_id or "",
            created_at=row.consent_created_at or row.born_at,
            text=row.text or "",
            text_sha256=row.text_sha256 or "",
            sealed=_sealed_from(row.consent_blob, row.consent_signature, row.consent_signer),
        ),
        requests=requests,
        papers=papers,
    )


def _sealed_from(blob: bytes | None, signature: bytes | None, signer: str | None) -> Sealed:
    return Sealed(blob or b"", signature or b"", signer or "")


def _find_seals(handoff_id: str, kind: str) -> tuple[tuple[Table, ColumnElement[bool]], ...]:
    """Where a seal may lie: an id that is no word of ours is that of a request or a paper, and never of both."""
    match kind:
        case "handoff":
            return ((handoff, handoff.c.id == handoff_id),)
        case "consent":
            return ((consent_record, consent_record.c.handoff_id == handoff_id),)
    return tuple(
        (table, and_(table.c.id == kind, table.c.handoff_id == handoff_id))
        for table in (handoff_request, handoff_paper)
    )


def _round_down(moment: datetime) -> datetime:
    return round_up(moment - HOUR, HOUR) if round_up(moment, HOUR) != moment else moment
