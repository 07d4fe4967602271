"""Exports that wait for a second person: the contract of `ExportStore`, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import ExportRequest
from bot.store.exports import SqlExports
from bot.store.office import OfficeStore
from bot.store.schema import export_request, staff_account
from tests.store.cast import NOON
from tests.store.conftest import OFFICE_ROLE, as_role

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


@pytest.fixture
def exports(desk: OfficeStore) -> SqlExports:
    return desk.exports


@pytest.fixture
async def second(database_url: str) -> AsyncIterator[SqlExports]:
    """The same database as another program of the office sees it."""
    opened = OfficeStore(as_role(database_url, OFFICE_ROLE), lambda: NOON)
    yield opened.exports
    await opened.close()


async def hire(desk: OfficeStore, name: str) -> str:
    assert await desk.staff.add_account(name, "hash", NOON)
    account = await desk.staff.find_account(name)
    assert account is not None
    return account.id


@pytest.fixture
async def lin(desk: OfficeStore) -> str:
    """Who asks."""
    return await hire(desk, "lin")


@pytest.fixture
async def chen(desk: OfficeStore) -> str:
    """The second person."""
    return await hire(desk, "chen")


def request_of(
    account_id: str, export_id: str = "export-1", after: timedelta = timedelta(0)
) -> ExportRequest:
    return ExportRequest(
        id=export_id,
        asked_by=account_id,
        asked_at=NOON + after,
        format="xlsx",
        reason="supervision",
        handoff_ids=("handoff-b", "handoff-a"),
        until=NOON + after + HOUR,
    )


async def test_what_is_asked_for_waits_as_it_was_asked(exports: SqlExports, lin: str) -> None:
    await exports.add_export(request_of(lin))
    assert [request_of(lin)] == list(await exports.list_exports(NOON))


async def test_they_are_listed_oldest_first_until_their_time_is_over(exports: SqlExports, lin: str) -> None:
    """To the microsecond."""
    minute = timedelta(minutes=1)
    for number, after in enumerate((minute, timedelta(0), 2 * minute)):
        await exports.add_export(request_of(lin, f"export-{number}", after))
    assert [one.id for one in await exports.list_exports(NOON)] == ["export-1", "export-0", "export-2"]
    assert [one.id for one in await exports.list_exports(NOON + HOUR - TICK)][:1] == ["export-1"]
    assert [one.id for one in await exports.list_exports(NOON + HOUR)] == ["export-0", "export-2"]


async def test_a_new_one_drops_those_past_their_time(
    exports: SqlExports, desk: OfficeStore, lin: str
) -> None:
    """What waited in vain does not stay in the database."""
    await exports.add_export(request_of(lin))
    await exports.add_export(request_of(lin, "export-2", HOUR))
    assert [one.id for one in await exports.list_exports(NOON - HOUR)] == ["export-2"]


async def test_a_second_person_approves_and_the_first_fetches_once(
    exports: SqlExports, lin: str, chen: str
) -> None:
    """T6."""
    await exports.add_export(request_of(lin))
    assert await exports.approve_export("export-1", chen, NOON)

    fetched = await exports.fetch_export("export-1", lin, NOON + TICK)
    assert fetched == replace(request_of(lin), approved_by=chen, fetched_at=NOON + TICK)
    assert await exports.fetch_export("export-1", lin, NOON + 2 * TICK) is None
    assert [fetched] == list(await exports.list_exports(NOON))


async def test_nobody_approves_their_own(exports: SqlExports, lin: str) -> None:
    """T6: and nothing changed."""
    await exports.add_export(request_of(lin))
    assert not await exports.approve_export("export-1", lin, NOON)
    assert await exports.fetch_export("export-1", lin, NOON) is None
    assert [request_of(lin)] == list(await exports.list_exports(NOON))


async def test_an_own_approval_in_the_database_does_not_count(
    exports: SqlExports, desk: OfficeStore, lin: str
) -> None:
    """T6: however it came there."""
    await exports.add_export(request_of(lin))
    forged = export_request.update().values(approved_by=lin)
    await desk._db.write(lambda conn: conn.run(forged))
    assert await exports.fetch_export("export-1", lin, NOON) is None


async def test_it_is_approved_once(exports: SqlExports, desk: OfficeStore, lin: str, chen: str) -> None:
    """The first approval stands."""
    wang = await hire(desk, "wang")
    await exports.add_export(request_of(lin))
    assert await exports.approve_export("export-1", chen, NOON)
    assert not await exports.approve_export("export-1", wang, NOON)
    assert [one.approved_by for one in await exports.list_exports(NOON)] == [chen]


async def test_only_who_asked_fetches_it(exports: SqlExports, lin: str, chen: str) -> None:
    """T6: not even who approved it."""
    await exports.add_export(request_of(lin))
    await exports.approve_export("export-1", chen, NOON)
    assert await exports.fetch_export("export-1", chen, NOON) is None
    assert await exports.fetch_export("export-2", lin, NOON) is None
    assert await exports.fetch_export("export-1", lin, NOON)


async def test_without_approval_nothing_is_fetched(exports: SqlExports, lin: str) -> None:
    await exports.add_export(request_of(lin))
    assert await exports.fetch_export("export-1", lin, NOON) is None


async def test_past_its_time_it_is_neither_approved_nor_fetched(
    exports: SqlExports, lin: str, chen: str
) -> None:
    """To the microsecond."""
    for number in (1, 2):
        await exports.add_export(request_of(lin, f"export-{number}"))
    assert await exports.approve_export("export-1", chen, NOON + HOUR - TICK)
    assert not await exports.approve_export("export-2", chen, NOON + HOUR)
    assert await exports.fetch_export("export-1", lin, NOON + HOUR) is None
    assert await exports.fetch_export("export-1", lin, NOON + HOUR - TICK)


async def test_the_approval_of_a_disabled_account_does_not_count(
    exports: SqlExports, desk: OfficeStore, lin: str, chen: str
) -> None:
    """T6, T7: neither one that is disabled later, nor one that approves afterwards."""
    for number in (1, 2):
        await exports.add_export(request_of(lin, f"export-{number}"))
    assert await exports.approve_export("export-1", chen, NOON)
    await desk.staff.disable_account("chen", NOON)

    assert await exports.fetch_export("export-1", lin, NOON) is None
    assert not await exports.approve_export("export-2", chen, NOON)
    assert not await exports.approve_export("export-2", "nobody", NOON)


async def test_a_disabled_account_fetches_nothing(
    exports: SqlExports, desk: OfficeStore, lin: str, chen: str
) -> None:
    """T7: although its export was approved before."""
    await exports.add_export(request_of(lin))
    await exports.approve_export("export-1", chen, NOON)
    await desk.staff.disable_account("lin", NOON)
    assert await exports.fetch_export("export-1", lin, NOON) is None
    back = staff_account.update().values(disabled_at=None)
    await desk._db.write(lambda conn: conn.run(back))
    assert await exports.fetch_export("export-1", lin, NOON)


async def test_of_many_who_fetch_at_once_one_gets_it(
    exports: SqlExports, second: SqlExports, lin: str, chen: str
) -> None:
    """T6: also through two programs; nobody looks first and takes later."""
    await exports.add_export(request_of(lin))
    await exports.approve_export("export-1", chen, NOON)
    both = [exports, second] * 4
    got = await asyncio.gather(*(each.fetch_export("export-1", lin, NOON) for each in both))
    assert [one.id for one in got if one] == ["export-1"]


async def test_of_many_who_approve_at_once_one_does(exports: SqlExports, desk: OfficeStore, lin: str) -> None:
    """T6."""
    others = [await hire(desk, f"other-{number}") for number in range(4)]
    await exports.add_export(request_of(lin))
    done = await asyncio.gather(*(exports.approve_export("export-1", one, NOON) for one in others))
    assert sorted(done) == [False, False, False, True]
    [asked] = await exports.list_exports(NOON)
    assert asked.approved_by == others[done.index(True)]
