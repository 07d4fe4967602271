"""T3: nothing in the database leads from a person to a handoff, or back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import BigInteger

from bot.core.model import PersonKey
from bot.store.moments import Moment
from bot.store.schema import metadata
from bot.store.sql import SqlStore
from tests.store.cast import NOON, VAULT, a_mail, begin
from tests.store.conftest import Look
from tests.store.handoff_cast import a_request, submit, take_seat

HOUR = 3_600_000_000
OF_HANDOFFS = {
    "handoff", "handoff_case", "consent_record", "handoff_request", "handoff_work", "handoff_paper",
}  # fmt: skip
#: Of nobody: the same text for everybody who saw it, what belongs to staff, and counts.
OF_NOBODY = {
    "consent_text", "staff_account", "staff_session", "staff_passkey", "staff_invitation", "audit_entry", "tally",
    "export_request", "sealing_test",
}  # fmt: skip
OF_PEOPLE = set(metadata.tables) - OF_HANDOFFS - OF_NOBODY
#: Every column that stands beside a handoff in the clear, with the reason in docs/adr/0019.
IN_THE_CLEAR = {
    "handoff": {"id", "created_at", "signer"},
    "handoff_case": {"handoff_id", "receipt", "status", "status_at", "opened_at", "alerts", "told"},
    "consent_record": {"id", "handoff_id", "created_at", "text_sha256", "signer"},
    "handoff_request": {
        "id",
        "handoff_id",
        "kind",
        "number",
        "created_at",
        "seen_at",
        "alerts",
        "told",
        "signer",
    },
    # Of staff, in ADR 0019's sense: an account, and the hour of the first call.
    "handoff_work": {"handoff_id", "assigned_to", "called_at"},
    "handoff_paper": {"id", "handoff_id", "kind", "author", "created_at", "signer"},
}


async def live(store: SqlStore, number: int) -> PersonKey:
    """Let somebody talk, send, be answered and ask to take it back, as the conversation does it."""
    person = VAULT.person_key("line", f"U{number}")
    await begin(store, person, draft={"name": "娜娜"})
    await take_seat(store, f"seat {number}", person)
    assert await submit(store, f"seat {number}", f"receipt {number}")
    async with store.transaction() as tx:
        await tx.claim("line", f"event {number}", NOON)
        await tx.load_session(person)
        assert await tx.count("handoff", person, NOON, hours=24, limit=3)
        found = await tx.find_case(f"receipt {number}")
        assert found is not None
        assert await tx.add_request(a_request(found.handoff_id))
        await tx.add_code(person, f"code {number}", NOON)
        await tx.remember_message(person, str(number), NOON)
        await tx.queue(person, a_mail(), NOON)
        await tx.add_page(person, f"another {number}", NOON)
    return person


def test_no_table_names_both() -> None:
    """Neither by a column nor by a key to another table."""
    for name in OF_HANDOFFS:
        columns = {column.name for column in metadata.tables[name].c}
        assert not {"person", "channel", "code", "token", "seat", "event", "use"} & columns
        assert not metadata.tables[name].foreign_keys
    for name in OF_PEOPLE:
        columns = {column.name for column in metadata.tables[name].c}
        assert not {column for column in columns if "handoff" in column or "receipt" in column}
        assert not metadata.tables[name].foreign_keys


def test_what_is_in_the_clear_beside_a_handoff_is_on_the_list() -> None:
    """A column that is added must be thought about."""
    for name in OF_HANDOFFS:
        columns = {column.name for column in metadata.tables[name].c}
        assert columns - {"blob", "signature"} == IN_THE_CLEAR[name]


async def test_no_value_of_a_handoff_stands_beside_a_person(store: SqlStore, sql: Look) -> None:
    """Laid side by side, the rows of both have no value in common, nor a piece of one."""
    for number in range(5):
        await live(store, number)
    people = await _values(sql, OF_PEOPLE)
    handoffs = await _values(sql, OF_HANDOFFS)
    assert len(people) > 30
    assert len(handoffs) > 30
    assert not people & handoffs
    texts = [value for value in handoffs if isinstance(value, str)]
    assert not [value for value in texts for other in people if isinstance(other, str) and value in other]


async def test_times_beside_a_handoff_tell_the_hour(store: SqlStore, sql: Look) -> None:
    await live(store, 1)
    for name in OF_HANDOFFS:
        moments = [column.name for column in metadata.tables[name].c if isinstance(column.type, Moment)]
        assert moments
        for row in await sql(f"SELECT {', '.join(moments)} FROM {name}"):  # noqa: S608 - our own names
            assert all(moment is None or moment % HOUR == 0 for moment in row)
        assert not [column for column in metadata.tables[name].c if type(column.type) is BigInteger]


@pytest.mark.parametrize("table", sorted(OF_HANDOFFS | {"page_seat", "use_count"}))
async def test_rows_have_no_number_that_tells_their_order(sqlite_url: str, table: str) -> None:
    """SQLite would number them as they come, and so the n-th handoff of an hour would be the n-th who wrote."""
    import aiosqlite

    async with aiosqlite.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///")) as raw:
        with pytest.raises(aiosqlite.OperationalError, match="no such column"):
            await raw.execute(f"SELECT rowid FROM {table}")  # noqa: S608 - our own table names


async def _values(sql: Look, tables: Iterable[str]) -> set[Any]:
    """Every value that could tell two rows apart: no counts, no states, no rough times."""
    rows = [row for name in tables for row in await sql(f"SELECT * FROM {name}")]  # noqa: S608 - our own table names
    values = {bytes(value) if isinstance(value, memoryview) else value for row in rows for value in row}
    return {value for value in values if isinstance(value, str | bytes) and len(value) > 12}
