"""The promises of the ways in, kept by the fake, by SQLite and by PostgreSQL alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.ports import Passkey, Shown, StaffStore, WaysStore
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.staff import SqlStaff
from bot.store.ways import SqlWays
from tests.office.fakes import NOON, FakeStaff, FakeWays

LATER = NOON + timedelta(hours=1)


@dataclass
class Store:
    """Accounts and their ways in."""

    staff: StaffStore
    ways: WaysStore

    async def add(self, name: str = "lin") -> str:
        await self.staff.add_account(name, "a hash", NOON)
        account = await self.staff.find_account(name)
        assert account
        return account.id


@pytest.fixture(params=["fake", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Each kind of store, empty."""
    if request.param == "fake":
        staff = FakeStaff()
        yield Store(staff, FakeWays(staff))
        return
    database = Database(make_engine(request.getfixturevalue(f"{request.param}_url")))
    yield Store(SqlStaff(database), SqlWays(database))
    await database.close()


def make_passkey(account_id: str, name: str = "first", count: int = 0) -> Passkey:
    return Passkey(name, account_id, b"public half", count, "手機", NOON)


async def test_a_passkey_is_found_with_its_account_and_once(store: Store) -> None:
    """By its name; a name that is known is not added again, not even for another account."""
    mine, other = await store.add(), await store.add("chen")
    assert await store.ways.add_passkey(make_passkey(mine))
    assert not await store.ways.add_passkey(make_passkey(other))
    found = await store.ways.find_passkey("first")
    assert found
    assert found[0] == make_passkey(mine)
    assert found[1].id == mine
    assert await store.ways.list_passkeys(mine) == [make_passkey(mine)]
    assert await store.ways.list_passkeys(other) == []
    assert await store.ways.find_passkey("another") is None


async def test_the_passkey_of_a_disabled_account_is_not_found(store: Store) -> None:
    """T7."""
    mine = await store.add()
    await store.ways.add_passkey(make_passkey(mine))
    await store.staff.disable_account("lin", NOON, even_last=True)
    assert await store.ways.find_passkey("first") is None


@pytest.mark.parametrize(
    ("stored", "said", "is_used"),
    [(0, 0, True), (0, 1, True), (5, 6, True), (5, 5, False), (5, 4, False), (5, 0, False)],
)
async def test_a_counter_must_grow_unless_there_is_none(
    store: Store, stored: int, said: int, is_used: bool
) -> None:
    """T24: what did not grow changes nothing. Source: WebAuthn 3 §6.1.1."""
    await store.ways.add_passkey(before := make_passkey(await store.add(), count=stored))
    assert await store.ways.use_passkey("first", sign_count=said, now=LATER) is is_used
    found = await store.ways.find_passkey("first")
    assert found
    assert found[0] == (replace(before, sign_count=said, used_at=LATER) if is_used else before)


async def test_one_counter_is_believed_once_even_at_once(store: Store) -> None:
    """Two copies that answer at the same moment: one is refused."""
    await store.ways.add_passkey(make_passkey(await store.add(), count=5))
    used = await asyncio.gather(*(store.ways.use_passkey("first", sign_count=6, now=LATER) for _ in range(4)))
    assert sorted(used) == [False, False, False, True]


async def test_the_last_way_in_stays(store: Store) -> None:
    """Of two passkeys one can go; the other when there are codes, or an agency."""
    mine = await store.add()
    for name in ("first", "second"):
        await store.ways.add_passkey(make_passkey(mine, name))
    assert await store.ways.remove_passkey(mine, "first")
    assert not await store.ways.remove_passkey(mine, "first")
    assert not await store.ways.remove_passkey(mine, "second")
    await store.ways.set_totp(mine, b"locked", NOON)
    assert await store.ways.remove_passkey(mine, "second")
    assert await store.ways.list_ways(mine) == {"password", "code"}


async def test_a_passkey_of_somebody_else_is_not_removed(store: Store) -> None:
    """Nor any of nobody."""
    mine, other = await store.add(), await store.add("chen")
    await store.ways.add_passkey(make_passkey(mine))
    await store.ways.set_subject(other, "theirs")
    assert not await store.ways.remove_passkey(other, "first")
    assert not await store.ways.remove_passkey(other, "none")
    assert await store.ways.find_passkey("first")


async def test_two_removed_at_once_leave_one(store: Store) -> None:
    """Whichever it is."""
    mine = await store.add()
    for name in ("first", "second"):
        await store.ways.add_passkey(make_passkey(mine, name))
    gone = await asyncio.gather(*(store.ways.remove_passkey(mine, name) for name in ("first", "second")))
    assert sorted(gone) == [False, True]
    assert len(await store.ways.list_passkeys(mine)) == 1


async def test_ten_codes_are_looked_at_until_one_is_right(store: Store) -> None:
    """T24: also when they come at once."""
    mine = await store.add()
    await store.ways.set_totp(mine, b"locked", NOON)
    claimed = await asyncio.gather(*(store.ways.claim_totp(mine, limit=10) for _ in range(14)))
    assert sorted(claimed) == [0, 0, 0, 0, *range(1, 11)]
    assert await store.ways.use_totp_step(mine, 7)
    assert await store.ways.claim_totp(mine, limit=10) == 1


async def test_a_step_is_used_once_and_never_an_earlier_one(store: Store) -> None:
    """T24: of four at once one is right."""
    mine = await store.add()
    assert sorted(await asyncio.gather(*(store.ways.use_totp_step(mine, 7) for _ in range(4)))) == [
        False,
        False,
        False,
        True,
    ]
    assert not await store.ways.use_totp_step(mine, 6)
    assert await store.ways.use_totp_step(mine, 8)


async def test_a_new_secret_begins_anew(store: Store) -> None:
    """Tries and the last step are forgotten; taken away, there is no code."""
    mine = await store.add()
    await store.ways.use_totp_step(mine, 7)
    await store.ways.claim_totp(mine, limit=10)
    await store.ways.set_totp(mine, b"locked", NOON)
    account = await store.staff.find_account("lin")
    assert account
    assert account.totp == b"locked"
    assert await store.ways.claim_totp(mine, limit=10) == 1
    assert await store.ways.use_totp_step(mine, 1)
    await store.ways.set_totp(mine, None, NOON)
    assert await store.ways.list_ways(mine) == {"password"}


async def test_an_outside_identity_belongs_to_one_account(store: Store) -> None:
    """Whoever binds it first; bound again by the same it stays."""
    mine, other = await store.add(), await store.add("chen")
    bound = await asyncio.gather(*(store.ways.set_subject(each, "theirs") for each in (mine, other)))
    assert sorted(bound) == [False, True]
    owner, second = (mine, other) if bound[0] else (other, mine)
    found = await store.ways.find_subject("theirs")
    assert found
    assert found.id == owner
    assert await store.ways.set_subject(owner, "theirs")
    assert not await store.ways.set_subject(second, "theirs")
    assert await store.ways.find_subject("another") is None


async def test_an_identity_is_unbound_only_where_another_way_leads_in(store: Store) -> None:
    """A password needs its codes for that."""
    mine = await store.add()
    await store.ways.set_subject(mine, "theirs")
    assert not await store.ways.set_subject(mine, None)
    await store.ways.set_totp(mine, b"locked", NOON)
    assert await store.ways.set_subject(mine, None)
    assert await store.ways.find_subject("theirs") is None


async def test_the_identity_of_a_disabled_account_is_not_found(store: Store) -> None:
    """T7."""
    await store.ways.set_subject(await store.add(), "theirs")
    await store.staff.disable_account("lin", NOON, even_last=True)
    assert await store.ways.find_subject("theirs") is None


async def test_nobody_has_no_ways(store: Store) -> None:
    """An account that is not there."""
    assert await store.ways.list_ways("nobody") == frozenset()
    assert await store.ways.list_passkeys("nobody") == []


async def put_second(store: Store, mine: str, way: str, *, by: str = "") -> bool:
    if way == "code":
        return await store.ways.set_totp(mine, b"locked", NOON, step=7, by=by)
    return await store.ways.add_passkey(make_passkey(mine), by=by)


async def open_half(store: Store, mine: str, token: str) -> str:
    assert await store.staff.add_session(token, mine, NOON, method="half")
    session = await store.staff.find_session(token)
    assert session
    return session.id


@pytest.mark.parametrize("way", ["code", "passkey"])
async def test_a_second_way_makes_the_session_that_stores_it_whole_and_ends_the_others(
    store: Store, way: str
) -> None:
    """T24: all of it at once."""
    mine, other = await store.add(), await store.add("chen")
    by = await open_half(store, mine, "mine")
    await open_half(store, mine, "thief")
    await open_half(store, other, "chen")
    assert await put_second(store, mine, way, by=by)
    kept, theirs = await store.staff.find_session("mine"), await store.staff.find_session("chen")
    assert kept
    assert theirs
    assert (kept.method, theirs.method) == ("password", "half")
    assert await store.staff.find_session("thief") is None


@pytest.mark.parametrize("way", ["code", "passkey"])
async def test_a_second_way_leaves_whole_sessions_as_they_are(store: Store, way: str) -> None:
    mine = await store.add()
    for token in ("here", "elsewhere"):
        await store.staff.add_session(token, mine, NOON, method="oidc")
    here = await store.staff.find_session("here")
    assert here
    assert await put_second(store, mine, way, by=here.id)
    assert await store.staff.find_session("elsewhere")
    assert await store.staff.find_session("here") == here


@pytest.mark.parametrize("way", ["code", "passkey"])
async def test_a_session_that_has_ended_stores_no_second_way(store: Store, way: str) -> None:
    """T24: nor one of somebody else."""
    mine, other = await store.add(), await store.add("chen")
    by = await open_half(store, mine, "mine")
    foreign = await open_half(store, other, "chen")
    await store.staff.end_session("mine")
    assert not await put_second(store, mine, way, by=by)
    assert not await put_second(store, mine, way, by=foreign)
    assert await store.ways.list_ways(mine) == {"password"}


async def test_of_two_half_sessions_that_store_a_second_way_at_once_one_does(store: Store) -> None:
    """T24: the other has ended by then, and stored nothing."""
    mine = await store.add()
    first, second = [await open_half(store, mine, token) for token in ("first", "second")]
    stored = await asyncio.gather(
        store.ways.add_passkey(make_passkey(mine, "one"), by=first),
        store.ways.add_passkey(make_passkey(mine, "two"), by=second),
    )
    assert sorted(stored) == [False, True]
    assert len(await store.ways.list_passkeys(mine)) == 1
    left = await store.staff.list_sessions(mine)
    assert [each.method for each in left] == ["password"]


async def test_a_passkey_that_is_known_makes_nothing_whole(store: Store) -> None:
    mine, other = await store.add(), await store.add("chen")
    await store.ways.add_passkey(make_passkey(other))
    by = await open_half(store, mine, "mine")
    assert not await store.ways.add_passkey(make_passkey(mine), by=by)
    session = await store.staff.find_session("mine")
    assert session
    assert session.method == "half"


@pytest.mark.parametrize("way", ["code", "passkey", "agency"])
async def test_no_half_session_opens_beside_a_second_way(store: Store, way: str) -> None:
    """T24: a password alone that was right a moment before it was stored."""
    mine = await store.add()
    if way == "agency":
        await store.ways.set_subject(mine, "theirs")
    else:
        await put_second(store, mine, way)
    assert not await store.staff.add_session("late", mine, NOON, method="half")
    assert await store.staff.find_session("late") is None
    assert await store.staff.add_session("whole", mine, NOON, method="passkey")
    assert await store.ways.list_ways(mine) == {"password", way}


async def test_a_session_opens_with_what_the_account_still_has(store: Store) -> None:
    """T24: password, codes, passkey and agency as they were checked; none of them as it was before."""
    mine = await store.add()
    await store.ways.set_totp(mine, b"locked", NOON)
    await store.ways.add_passkey(make_passkey(mine))
    await store.ways.set_subject(mine, "theirs")
    good = (
        Shown(password_hash="a hash", totp=b"locked"),
        Shown(passkey="first"),
        Shown(subject="theirs", totp=b"locked"),
    )
    bad = (
        Shown(password_hash="another", totp=b"locked"),
        Shown(password_hash="a hash", totp=b"old"),
        Shown(passkey="removed"),
        Shown(subject="old"),
    )
    opened = [
        await store.staff.add_session(f"token {number}", mine, NOON, method="oidc", shown=shown)
        for number, shown in enumerate((*good, *bad))
    ]
    assert opened == [True, True, True, False, False, False, False]
    assert len(await store.staff.list_sessions(mine)) == 3
