"""Staff accounts and sessions: the contract of `StaffStore`, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.ports import StaffAccount
from bot.store.office import OfficeStore
from bot.store.staff import SqlStaff
from tests.store.cast import NOON, insist

QUARTER = timedelta(minutes=15)


@pytest.fixture
def staff(desk: OfficeStore) -> SqlStaff:
    return desk.staff


async def hire(staff: SqlStaff, name: str = "worker") -> StaffAccount:
    assert await staff.add_account(name, "hash-1", NOON)
    account = await staff.find_account(name)
    assert account is not None
    return account


async def try_once(staff: SqlStaff, account: StaffAccount, after: timedelta = timedelta(0)) -> bool:
    return bool(await staff.claim_attempt(account.id, NOON + after, limit=5, lock_for=QUARTER))


async def test_an_account_is_found_by_its_name(staff: SqlStaff) -> None:
    account = await hire(staff)
    assert (account.name, account.password_hash) == ("worker", "hash-1")
    assert await staff.find_account("somebody") is None


async def test_a_name_is_given_once(staff: SqlStaff) -> None:
    """The second attempt changes nothing."""
    await hire(staff)
    assert not await staff.add_account("worker", "hash-2", NOON)
    account = await staff.find_account("worker")
    assert account is not None
    assert account.password_hash == "hash-1"


async def test_the_fifth_try_locks_for_a_quarter(staff: SqlStaff) -> None:
    """Five passwords are looked at, the sixth is not; after the lock a new count starts."""
    account = await hire(staff)
    assert [await try_once(staff, account) for _ in range(6)] == [True] * 5 + [False]
    assert not await try_once(staff, account, QUARTER - timedelta(seconds=1))
    assert [await try_once(staff, account, QUARTER) for _ in range(6)] == [True] * 5 + [False]


async def test_a_burst_of_guesses_is_counted_one_by_one(staff: SqlStaff) -> None:
    account = await hire(staff)
    looked_at = await asyncio.gather(*(insist(lambda: try_once(staff, account)) for _ in range(12)))
    assert sum(looked_at) == 5


async def test_a_right_password_forgets_the_tries(staff: SqlStaff) -> None:
    account = await hire(staff)
    for _ in range(5):
        await try_once(staff, account)
    await staff.record_success(account.id)
    assert await try_once(staff, account)


async def test_a_session_knows_who_and_since_when(staff: SqlStaff) -> None:
    account = await hire(staff)
    await staff.add_session("token", account.id, NOON)
    await staff.touch_session("token", NOON + QUARTER)
    found = await staff.find_session("token")
    assert found is not None
    assert (found.name, found.created_at, found.seen_at) == ("worker", NOON, NOON + QUARTER)
    assert await staff.find_session("other") is None
    await staff.end_session("token")
    await staff.end_session("token")
    assert await staff.find_session("token") is None


async def test_a_new_password_lifts_the_lock_and_ends_sessions(staff: SqlStaff) -> None:
    account = await hire(staff)
    await staff.add_session("token", account.id, NOON)
    for _ in range(5):
        await try_once(staff, account)
    await staff.set_password(account.id, "hash-2")
    assert await staff.find_session("token") is None
    assert await try_once(staff, account)
    found = await staff.find_account("worker")
    assert found is not None
    assert found.password_hash == "hash-2"


async def test_a_disabled_account_is_nowhere_to_be_found(staff: SqlStaff) -> None:
    """Its sessions end at once, it cannot try, open a session, or be made again; others stay."""
    account = await hire(staff)
    other = await hire(staff, "other")
    await staff.add_session("token", account.id, NOON)
    await staff.add_session("others-token", other.id, NOON)
    await staff.disable_account("worker", NOON)
    await staff.add_session("late", account.id, NOON)
    assert await staff.find_account("worker") is None
    assert [await staff.find_session(token) for token in ("token", "late")] == [None, None]
    assert not await try_once(staff, account)
    assert not await staff.add_account("worker", "hash-2", NOON)
    assert await staff.find_session("others-token") is not None


async def test_old_sessions_are_dropped(staff: SqlStaff) -> None:
    account = await hire(staff)
    await staff.add_session("old", account.id, NOON)
    await staff.add_session("new", account.id, NOON + QUARTER)
    await staff.drop_sessions(NOON + QUARTER)
    assert await staff.find_session("old") is None
    assert await staff.find_session("new") is not None
