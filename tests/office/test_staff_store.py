"""The staff store's promises, kept by the fake, by SQLite and by PostgreSQL alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.ports import Shown, StaffStore
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.staff import SqlStaff
from tests.office.fakes import NOON, FakeStaff

QUARTER = timedelta(minutes=15)


@pytest.fixture(params=["fake", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def staff(request: pytest.FixtureRequest) -> AsyncIterator[StaffStore]:
    """Each kind of store, empty."""
    if request.param == "fake":
        yield FakeStaff()
        return
    database = Database(make_engine(request.getfixturevalue(f"{request.param}_url")))
    yield SqlStaff(database)
    await database.close()


async def add(staff: StaffStore, name: str = "lin") -> str:
    await staff.add_account(name, f"hash of {name}", NOON)
    account = await staff.find_account(name)
    assert account
    return account.id


async def claim(staff: StaffStore, account_id: str, now=NOON) -> int:
    return await staff.claim_attempt(account_id, now, limit=5, lock_for=QUARTER)


async def test_an_account_is_found_by_its_exact_name(staff: StaffStore) -> None:
    """With its id and hash; `repr` hides the hash."""
    account_id = await add(staff, "林社工")
    account = await staff.find_account("林社工")
    assert account
    assert (account.id, account.name, account.password_hash) == (account_id, "林社工", "hash of 林社工")
    assert "hash of" not in repr(account)
    assert await staff.find_account("林") is None


async def test_adding_a_taken_name_changes_nothing(staff: StaffStore) -> None:
    """Also the name of a disabled account: names are not handed on."""
    assert await staff.add_account("lin", "first", NOON)
    assert not await staff.add_account("lin", "second", NOON)
    account = await staff.find_account("lin")
    assert account
    assert account.password_hash == "first"
    await staff.disable_account("lin", NOON)
    assert not await staff.add_account("lin", "third", NOON)
    assert await staff.find_account("lin") is None


async def test_the_fifth_try_is_still_looked_at_and_locks(staff: StaffStore) -> None:
    """It says which one it is; the lock ends after its time, with a new count of five."""
    account_id = await add(staff)
    assert [await claim(staff, account_id) for _ in range(7)] == [1, 2, 3, 4, 5, 0, 0]
    assert not await claim(staff, account_id, NOON + QUARTER - timedelta(microseconds=1))
    later = NOON + QUARTER
    assert [await claim(staff, account_id, later) for _ in range(6)] == [1, 2, 3, 4, 5, 0]


async def test_tries_at_once_are_counted_one_by_one(staff: StaffStore) -> None:
    """Five of twelve may be looked at, whichever they are."""
    account_id = await add(staff)
    claimed = await asyncio.gather(*(claim(staff, account_id) for _ in range(12)))
    assert sorted(claimed) == [0] * 7 + [1, 2, 3, 4, 5]


async def test_success_forgets_the_tries_and_lifts_the_lock(staff: StaffStore) -> None:
    """The right one may have been the fifth."""
    account_id = await add(staff)
    for _ in range(5):
        await claim(staff, account_id)
    await staff.record_success(account_id)
    assert [await claim(staff, account_id) for _ in range(6)] == [1, 2, 3, 4, 5, 0]


async def test_one_account_is_not_locked_with_another(staff: StaffStore) -> None:
    """Each counts for itself."""
    first, second = await add(staff, "lin"), await add(staff, "chen")
    for _ in range(5):
        await claim(staff, first)
    assert await claim(staff, second)


async def test_a_session_is_found_touched_and_ended(staff: StaffStore) -> None:
    """By the hash of its token only."""
    account_id = await add(staff)
    assert await staff.add_session("hash 1", account_id, NOON, shown=Shown(at=NOON))
    found = await staff.find_session("hash 1")
    assert found
    assert (found.name, found.account_id, found.created_at, found.seen_at) == ("lin", account_id, NOON, NOON)
    assert (found.method, found.proved_at) == ("password", NOON)
    await staff.touch_session("hash 1", NOON + QUARTER)
    assert await staff.find_session("hash 1") == replace(found, seen_at=NOON + QUARTER)
    await staff.prove_session("hash 1", NOON + QUARTER)
    proved = replace(found, seen_at=NOON + QUARTER, proved_at=NOON + QUARTER)
    assert await staff.find_session("hash 1") == proved
    await staff.end_session("hash 1")
    await staff.end_session("hash 1")
    assert await staff.find_session("hash 1") is None


async def test_a_session_knows_how_its_member_came_in(staff: StaffStore) -> None:
    """And has a name of its own, by which it can be ended from elsewhere."""
    account_id = await add(staff)
    await staff.add_session("hash 1", account_id, NOON, method="passkey")
    await staff.add_session("hash 2", account_id, NOON + QUARTER, method="oidc")
    first, second = await staff.find_session("hash 1"), await staff.find_session("hash 2")
    assert first
    assert second
    assert (first.method, second.method) == ("passkey", "oidc")
    assert first.id != second.id
    assert {each.id for each in await staff.list_sessions(account_id)} == {first.id, second.id}
    assert await staff.end_other_sessions(account_id, keep=second.id) == 1
    assert await staff.find_session("hash 1") is None


async def test_signing_in_is_when_an_account_was_last_used(sqlite_url: str) -> None:
    """So that idle accounts are noticed."""
    database = Database(make_engine(sqlite_url))
    staff = SqlStaff(database)
    account_id = await add(staff)
    await staff.add_session("hash", account_id, NOON + QUARTER)
    account = await staff.find_account("lin")
    await database.close()
    assert account
    assert account.seen_at == NOON + QUARTER


async def test_the_seats_of_an_account_are_those_of_its_sessions(staff: StaffStore) -> None:
    """T24: by which vaults are closed where nobody sits; no session carries its own, and a disabled account has none."""
    account_id, other = await add(staff, "lin"), await add(staff, "chen")
    assert await staff.list_seats(account_id) == frozenset()
    for key, whose in (("hash 1", account_id), ("hash 2", account_id), ("hash 3", other)):
        await staff.add_session(key, whose, NOON)
    assert await staff.list_seats(account_id) == {"hash 1", "hash 2"}
    found = await staff.find_session("hash 1")
    assert found is not None
    assert found.seat == ""
    await staff.end_session("hash 1")
    assert await staff.list_seats(account_id) == {"hash 2"}
    await staff.disable_account("lin", NOON)
    assert await staff.list_seats(account_id) == frozenset()


async def test_sessions_past_their_time_are_dropped(staff: StaffStore) -> None:
    """Younger ones stay."""
    account_id = await add(staff)
    await staff.add_session("old", account_id, NOON)
    await staff.add_session("young", account_id, NOON + QUARTER)
    await staff.drop_sessions(NOON + QUARTER)
    assert await staff.find_session("old") is None
    assert await staff.find_session("young")


async def test_disabling_ends_what_the_account_had_and_nothing_of_others(staff: StaffStore) -> None:
    """No session, no way in, no new session."""
    account_id, other = await add(staff, "lin"), await add(staff, "chen")
    await staff.add_session("hers", account_id, NOON)
    await staff.add_session("other's", other, NOON)
    await staff.disable_account("lin", NOON)
    await staff.add_session("late", account_id, NOON)
    assert await staff.find_session("hers") is None
    assert await staff.find_session("late") is None
    assert await staff.find_session("other's")
    assert not await claim(staff, account_id)


async def test_a_new_password_lifts_the_lock_and_ends_the_sessions(staff: StaffStore) -> None:
    """Whoever knew the old one is out."""
    account_id = await add(staff)
    await staff.add_session("hers", account_id, NOON)
    for _ in range(5):
        await claim(staff, account_id)
    await staff.set_password(account_id, "new hash")
    account = await staff.find_account("lin")
    assert account
    assert account.password_hash == "new hash"
    assert await staff.find_session("hers") is None
    assert await claim(staff, account_id)


@pytest.mark.parametrize("name", ["' OR 1=1 --", "lin'; DROP TABLE staff_account; --", "%", "_in", "lin\x01"])
async def test_a_name_is_never_part_of_a_statement(staff: StaffStore, name: str) -> None:
    """Whatever is typed, it is a name that nobody has."""
    await add(staff)
    assert await staff.find_account(name) is None
    assert await staff.find_account("lin")


async def test_disabling_is_remembered_from_the_first_time(sqlite_url: str) -> None:
    """The day somebody left does not move."""
    database = Database(make_engine(sqlite_url))
    staff = SqlStaff(database)
    await add(staff)
    await staff.disable_account("lin", NOON)
    await staff.disable_account("lin", NOON + QUARTER)
    async with database.reading() as conn:
        row = await conn.row(text("SELECT disabled_at FROM staff_account"))
    await database.close()
    assert row == (int(NOON.timestamp()) * 1_000_000,)


async def test_since_when_an_account_may_open_is_written_down_once(staff: StaffStore) -> None:
    """T6: from when the right is given that it did not have; another right beside it changes nothing."""
    account_id = await add(staff)

    async def read() -> object:
        account = await staff.find_member(account_id)
        assert account
        return account.opens_since

    await staff.set_rights(account_id, frozenset({"list"}), now=NOON)
    assert await read() is None
    await staff.set_rights(account_id, frozenset({"list", "open"}), now=NOON + QUARTER)
    await staff.set_rights(account_id, frozenset({"list", "open", "export"}), now=NOON + 2 * QUARTER)
    assert await read() == NOON + QUARTER
    await staff.set_rights(account_id, frozenset({"list"}), now=NOON + 3 * QUARTER)
    await staff.set_rights(account_id, frozenset({"open"}), now=NOON + 4 * QUARTER)
    assert await read() == NOON + 4 * QUARTER
