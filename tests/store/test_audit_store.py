"""The lines of the audit log on both databases: one chain whoever writes, nothing changed, and tampering behind our back found."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exc, insert, make_url, text

from bot.desk.audit import AuditLog
from bot.desk.audit_anchor import Anchor
from bot.desk.audit_chain import Check, Proofs, Verdict, verify, write_head
from bot.desk.audit_check import AuditCheck
from bot.errors import AuditDown, StoreDown
from bot.ports import AuditEntry, AuditWanted
from bot.store.audit import SqlAudit
from bot.store.audit_trim import trim_audit
from bot.store.database import Database
from bot.store.engine import for_writing, make_engine
from bot.store.office import OfficeStore
from bot.store.schema import audit_entry
from tests.desk.audit_cast import ACCOUNT, HANDOFF, KEY, NOON, SIGNERS, THIEF, head, make_chain, seal
from tests.store.cast import FakeClock
from tests.store.conftest import FRONT_ROLE, OFFICE_ROLE, Look, as_role

LENGTH = 10_000


@pytest.fixture
def log(desk: OfficeStore) -> SqlAudit:
    return desk.audit


@pytest.fixture
async def second_desk(database_url: str, clock: FakeClock) -> AsyncIterator[OfficeStore]:
    """Another office on the same database."""
    opened = OfficeStore(as_role(database_url, OFFICE_ROLE), clock)
    yield opened
    await opened.close()


@pytest.fixture
async def raw(sql: Look, database_url: str) -> AsyncIterator[Look]:
    """Run SQL of a test behind the store's back; on SQLite without waiting for the disk."""
    if not database_url.startswith("sqlite"):
        yield sql
        return
    connection = sqlite3.connect(str(make_url(database_url).database), isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")

    async def run(statement: str, **values: Any) -> list[Any]:
        return connection.execute(statement, values).fetchall()

    yield run
    connection.close()


async def fill(url: str, entries: list[AuditEntry]) -> None:
    """Put lines in at once, as the owner of the table."""
    engine = make_engine(url, patient=True)
    names = [column.name for column in audit_entry.c]
    rows = [{name: getattr(entry, name) for name in names} for entry in entries]
    async with for_writing(engine).begin() as conn:
        for start in range(0, len(rows), 1000):
            await conn.execute(insert(audit_entry), rows[start : start + 1000])
    await engine.dispose()


async def check(log: SqlAudit, entries: list[AuditEntry], folder: Path) -> Verdict:
    """Check the log of the database with its anchor."""
    (folder / "anchor").write_text(write_head(head(entries[-1])))
    checking = AuditCheck(log, Anchor(folder / "anchor"), signers=lambda: SIGNERS, checkpoints=tuple)
    return await checking.run()


async def test_a_line_comes_back_as_it_was_written(log: SqlAudit) -> None:
    """Every field of it, on either database."""
    chain = make_chain(3)
    for entry in chain:
        assert await log.append(lambda _last, entry=entry: entry) == entry
    assert list(await log.read()) == chain
    assert list(await log.read(after=1, limit=1)) == chain[1:2]
    assert list(await log.read_last()) == chain[::-1]
    assert list(await log.read_last(before=3, limit=1)) == chain[1:2]


async def test_each_line_is_made_from_the_last(log: SqlAudit) -> None:
    """None: there is none yet."""
    seen: list[AuditEntry | None] = []
    chain = make_chain(2)

    def make(last: AuditEntry | None) -> AuditEntry:
        seen.append(last)
        return chain[len(seen) - 1]

    await log.append(make)
    await log.append(make)
    assert seen == [None, chain[0]]


async def test_what_the_maker_raises_passes_and_nothing_is_written(log: SqlAudit) -> None:
    """As when it sees that lines are missing."""

    def refuse(
        last: AuditEntry | None,
    ) -> AuditEntry:
        raise AuditDown("no")

    with pytest.raises(AuditDown):
        await log.append(refuse)
    assert not await log.read()


async def test_lines_are_looked_for(log: SqlAudit, database_url: str) -> None:
    """By act, account, how an id begins, and time; together and apart, with the newest first."""
    base = make_chain(4)
    chain = [
        replace(base[0], act="opened", actor=ACCOUNT),
        replace(base[1], act="exported", actor=ACCOUNT, subject="0b8a3f1e-0000-4000-8000-000000000000"),
        replace(base[2], act="opened", actor="office", subject=""),
        replace(base[3], act="opened", actor=ACCOUNT, subject=ACCOUNT),
    ]
    await fill(database_url, chain)

    async def find(**wanted: Any) -> list[int]:
        return [each.number for each in await log.read_last(wanted=AuditWanted(**wanted))]

    assert await find() == [4, 3, 2, 1]
    assert await find(act="opened") == [4, 3, 1]
    assert await find(actor=ACCOUNT) == [4, 2, 1]
    assert await find(subject="0b8a3f1e") == [2, 1]
    assert await find(subject="%") == []
    assert await find(subject="_b8a3f1e") == []
    assert await find(since=NOON + timedelta(seconds=2), until=NOON + timedelta(seconds=4)) == [3, 2]
    assert await find(act="opened", actor=ACCOUNT, since=NOON + timedelta(seconds=2)) == [4]
    assert [each.number for each in await log.read_last(subject=HANDOFF)] == [1]


async def test_two_offices_write_one_chain(
    desk: OfficeStore, second_desk: OfficeStore, tmp_path: Path
) -> None:
    """T32: at the same time, each with a key of its own and one data directory: no number twice, none left out."""
    anchor = Anchor(tmp_path / "anchor")
    logs = [
        AuditLog(each.audit, KEY, lambda: NOON, anchor, signers=lambda: SIGNERS)
        for each in (desk, second_desk)
    ]
    await asyncio.gather(
        *(
            log.write("opened", actor=ACCOUNT, subject=HANDOFF, detail={"n": n})
            for n in range(15)
            for log in logs
        )
    )
    checking = AuditCheck(desk.audit, anchor, signers=lambda: SIGNERS, checkpoints=tuple)
    verdict = await checking.run()
    assert (verdict.is_sound, verdict.lines, verdict.anchored) == (True, 30, 30)
    assert sorted(json.loads(each.detail)["n"] for each in await desk.audit.read()) == sorted(
        [*range(15)] * 2
    )


async def test_a_line_with_a_number_that_is_taken_is_refused(log: SqlAudit) -> None:
    """It is no bug of whoever wanted to open something: nothing may be done."""
    (entry,) = make_chain(1)
    await log.append(lambda _last: entry)
    with pytest.raises(StoreDown):
        await log.append(lambda _last: entry)


async def test_a_role_that_may_not_add_is_refused(database_url: str) -> None:
    """The public side's, say: nothing may be done then either."""
    if database_url.startswith("sqlite"):
        database = Database(make_engine(database_url, public=True))
    else:
        database = Database(make_engine(as_role(database_url, FRONT_ROLE)))
    with pytest.raises(StoreDown):
        await SqlAudit(database).append(lambda _last: make_chain(1)[0])
    await database.close()


async def test_the_office_adds_lines_and_does_nothing_else_to_them(log: SqlAudit, database_url: str) -> None:
    """T32: on PostgreSQL its role has no right to, on SQLite the guards of the table say no."""
    await log.append(lambda _last: make_chain(1)[0])
    engine = make_engine(as_role(database_url, OFFICE_ROLE))
    statements = ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"]
    if not database_url.startswith("sqlite"):
        statements += [
            "TRUNCATE audit_entry",
            "DROP TABLE audit_entry",
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
            "UPDATE audit_entry SET number = 2",
            (
                "INSERT INTO audit_entry SELECT * FROM audit_entry "
                "ON CONFLICT (number) DO UPDATE SET actor = excluded.signer"
            ),
        ]
    for statement in statements:
        with pytest.raises(exc.DBAPIError) as refusal:
            async with for_writing(engine).begin() as conn:
                await conn.execute(text(statement))
        said = str(refusal.value.orig)
        assert any(word in said for word in ("only added to", "permission denied", "must be owner")), (
            statement
        )
    await engine.dispose()
    assert list(await log.read()) == make_chain(1)


# ─── T32: behind our back ─────────────────────────────────────────────────────


class Thief:
    """Somebody who owns the database. What they do is undone after each look, from a copy of the table."""

    def __init__(self, sql: Look, chain: list[AuditEntry]) -> None:
        self._sql = sql
        self._chain = chain

    async def edit(self, number: int) -> None:
        await self._sql("UPDATE audit_entry SET actor = 'office' WHERE number = :n", n=number)

    async def delete(self, number: int) -> None:
        await self._sql("DELETE FROM audit_entry WHERE number = :n", n=number)

    async def reorder(self, number: int) -> None:
        """Give two lines each other's number."""
        other = number - 1 if number == LENGTH else number + 1
        for old, new in ((number, LENGTH + 9), (other, number), (LENGTH + 9, other)):
            await self._sql("UPDATE audit_entry SET number = :new WHERE number = :old", old=old, new=new)

    async def replace(self, number: int) -> None:
        """Put a line of one's own in its place, which follows well and is signed."""
        await self.delete(number)
        await self._put(seal(replace(self._chain[number - 1], actor="office"), THIEF))

    async def close_gap(self, number: int) -> None:
        """Take a line out and give all later ones the number before theirs."""
        await self.delete(number)
        await self._shift(number, -1)

    async def insert(self, number: int) -> None:
        """Make room, and put one more line in."""
        await self._shift(number - 1, 1)
        await self._put(seal(replace(self._chain[number - 1], actor="office"), THIEF))

    async def undo(self, around: int | None = None) -> None:
        """Put back what was there: everything, or what stands around a number."""
        first, last = (around - 2, around + 2) if around else (0, 2 * LENGTH)
        where = "number BETWEEN :first AND :last"
        await self._sql(f"DELETE FROM audit_entry WHERE {where}", first=first, last=last)  # noqa: S608 - ours
        again = f"INSERT INTO audit_entry SELECT * FROM kept WHERE {where}"  # noqa: S608 - as above
        await self._sql(again, first=first, last=last)

    async def _shift(self, after: int, by: int) -> None:
        await self._sql("UPDATE audit_entry SET number = -number WHERE number > :after", after=after)
        await self._sql("UPDATE audit_entry SET number = -number + :by WHERE number < 0", by=by)

    async def _put(self, entry: AuditEntry) -> None:
        names = [column.name for column in audit_entry.c]
        values = {name: getattr(entry, name) for name in names} | {"at": int(entry.at.timestamp()) * 10**6}
        places = ", ".join(f":{name}" for name in names)
        await self._sql(f"INSERT INTO audit_entry ({', '.join(names)}) VALUES ({places})", **values)  # noqa: S608 - as above


async def lift_guards(sql: Look, url: str) -> None:
    """Take SQLite's guards away, as whoever has the file can."""
    if url.startswith("sqlite"):
        for verb in ("update", "delete"):
            await sql(f"DROP TRIGGER audit_entry_no_{verb}")


async def test_tampering_with_the_rows_is_found(
    log: SqlAudit, database_url: str, raw: Look, tmp_path: Path
) -> None:
    """
    T32: of 10,000 lines in the database both ends and a sample are edited, deleted, swapped, replaced: all are found.

    Only the rows around each place are read again: those before it are untouched, and were looked at once.
    """
    seed, many = 320, 150 if database_url.startswith("sqlite") else 25
    chain = make_chain(LENGTH)
    thief = await rob(raw, database_url, chain)
    assert (await check(log, chain, tmp_path)).is_sound
    before = [Check(Proofs(SIGNERS, [head(chain[-1])]))]
    for entry in chain:
        before.append(before[-1].take(entry))
    for number in (1, LENGTH, *random.Random(seed).sample(range(2, LENGTH), many)):
        start = max(number - 2, 0)
        for tamper in (thief.edit, thief.delete, thief.reorder, thief.replace):
            await tamper(number)
            looking = before[start]
            for entry in await log.read(after=start, limit=5):
                looking = looking.take(entry)
            is_at_the_end = start + 5 > LENGTH
            verdict = looking.finish() if is_at_the_end else looking.verdict
            assert not verdict.is_sound, (seed, number, tamper)
            assert number - 1 <= verdict.number <= number + 1, (seed, number, tamper, verdict)
            await thief.undo(number)
    assert (await check(log, chain, tmp_path)).is_sound


async def test_shifting_the_rows_is_found(
    log: SqlAudit, database_url: str, raw: Look, tmp_path: Path
) -> None:
    """T32: lines put in, and gaps that were closed, with all later ones moved."""
    chain = make_chain(LENGTH)
    thief = await rob(raw, database_url, chain)
    for number in (1, 4_321, LENGTH):
        for tamper in (thief.insert, thief.close_gap):
            await tamper(number)
            verdict = await check(log, chain, tmp_path)
            assert (verdict.is_sound, verdict.number) == (False, number), tamper
            await thief.undo()
    assert (await check(log, chain, tmp_path)).is_sound


async def rob(sql: Look, url: str, chain: list[AuditEntry]) -> Thief:
    """Fill the log, lift its guards, and keep a copy to put back."""
    await fill(url, chain)
    await lift_guards(sql, url)
    await sql("CREATE TABLE kept AS SELECT * FROM audit_entry")
    await sql("CREATE UNIQUE INDEX kept_number ON kept (number)")
    return Thief(sql, chain)


async def test_a_tail_that_was_cut_is_found_by_the_anchor(
    log: SqlAudit, database_url: str, sql: Look, tmp_path: Path
) -> None:
    """T32: nothing in the rows shows it."""
    chain = make_chain(50)
    await fill(database_url, chain)
    await lift_guards(sql, database_url)
    await sql("DELETE FROM audit_entry WHERE number > 40")
    assert verify(await log.read(), Proofs(SIGNERS)).is_sound
    verdict = await check(log, chain, tmp_path)
    assert (verdict.fault, verdict.number) == ("cut", 41)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "9223372036854775807"),
        ("at", "-9223372036854775808"),
        ("at", "1"),
        ("detail", "''"),
        ("signer", "''"),
        ("number", "-5"),
    ],
)
async def test_whatever_stands_in_a_cell_is_read_and_found(
    log: SqlAudit, database_url: str, sql: Look, tmp_path: Path, column: str, value: str
) -> None:
    """T32: an altered row must not keep the log from being read."""
    chain = make_chain(5)
    await fill(database_url, chain)
    await lift_guards(sql, database_url)
    await sql(f"UPDATE audit_entry SET {column} = {value} WHERE number = 3")  # noqa: S608 - as above
    assert not (await check(log, chain, tmp_path)).is_sound
    assert len(await log.read_last()) == 5


@pytest.mark.parametrize("value", ["'x'", "x'00ff'", "1.5", "CAST(x'ff' AS TEXT)"])
@pytest.mark.parametrize("column", ["at", "actor", "detail", "hash", "signature", "signer", "previous"])
async def test_sqlite_keeps_anything_in_any_cell(
    sqlite_url: str, tmp_path: Path, column: str, value: str
) -> None:
    """T32: it has no types, and that too is found."""
    chain = make_chain(3)
    await fill(sqlite_url, chain)
    engine = make_engine(sqlite_url)
    async with for_writing(engine).begin() as conn:
        await conn.execute(text("DROP TRIGGER audit_entry_no_update"))
        await conn.execute(text(f"UPDATE audit_entry SET {column} = {value} WHERE number = 2"))  # noqa: S608 - as above
    await engine.dispose()
    database = Database(make_engine(sqlite_url))
    verdict = await check(SqlAudit(database), chain, tmp_path)
    assert (verdict.is_sound, verdict.number) == (False, 2)
    await database.close()


async def test_old_lines_are_taken_out_by_the_owner(log: SqlAudit, database_url: str) -> None:
    """And the guards stand again behind it."""
    chain = make_chain(6)
    await fill(database_url, chain)
    assert trim_audit(database_url, 4) == 4
    assert list(await log.read()) == chain[4:]
    if database_url.startswith("sqlite"):
        with pytest.raises(exc.IntegrityError, match="only added to"):
            await _delete(database_url)


async def test_old_lines_are_taken_out_where_no_guard_stood(sqlite_url: str) -> None:
    """Somebody took it away before."""
    await fill(sqlite_url, make_chain(2))
    engine = make_engine(sqlite_url)
    async with for_writing(engine).begin() as conn:
        await conn.execute(text("DROP TRIGGER audit_entry_no_delete"))
    await engine.dispose()
    assert trim_audit(sqlite_url, 1) == 1


async def test_the_office_cannot_take_old_lines_out(database_url: str) -> None:
    """T32: on PostgreSQL it takes the owner's role."""
    await fill(database_url, make_chain(2))
    if not database_url.startswith("sqlite"):
        with pytest.raises(exc.ProgrammingError):
            trim_audit(as_role(database_url, OFFICE_ROLE), 1)


async def _delete(url: str) -> None:
    engine = make_engine(url)
    try:
        async with for_writing(engine).begin() as conn:
            await conn.execute(text("DELETE FROM audit_entry"))
    finally:
        await engine.dispose()
