"""How much an account saw within a day, from the audit log."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.desk import making as making_module
from bot.desk.exporting import APPROVED_WITHIN, Person
from bot.desk.making import KEPT, MOST_MAKING
from bot.desk.revealed import DAY, MOST_ALONE, read_day
from bot.errors import StoreDown
from bot.wiring.reveals import watching_reveals
from tests.desk.export_cast import NOW, make_id
from tests.desk.exporting_cast import QUICK_S, Desk, make_desk, until

TICK = timedelta(microseconds=1)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = make_desk(30)
    yield made
    await made.exporting.close()


@pytest.fixture
def lin(desk: Desk) -> Person:
    return desk.hire("林社工", "list", "export")


@pytest.fixture
def chen(desk: Desk) -> Person:
    return desk.hire("陳督導", "list", "export")


async def test_accounts_that_saw_more_than_twenty_are_told_to_the_log_once(
    desk: Desk, lin: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """T6: opened and exported together, each handoff once; without names. Commands are no account."""
    caplog.set_level(logging.WARNING)
    for number in range(20):
        desk.audit.add("opened", actor=lin.account_id, subject=make_id(number), detail='{"reason":"duty"}')
        desk.audit.add("opened", actor="command", subject=make_id(number), detail="{}")
    desk.audit.add("exported", actor=lin.account_id, subject=make_id(19), detail='{"approved":1}')
    desk.audit.add("exported", actor="command", subject=make_id(20), detail="{}")
    assert await desk.exporting.count_busy() == 0
    desk.audit.add("exported", actor=lin.account_id, subject=make_id(20), detail='{"approved":1}')

    assert [await desk.exporting.count_busy() for _ in range(3)] == [1, 1, 1]
    assert len(caplog.records) == 1
    assert lin.name not in caplog.text
    assert lin.account_id not in caplog.text
    desk.clock.pass_by(DAY)
    assert await desk.exporting.count_busy() == 0


async def test_a_line_that_was_altered_hides_no_others(desk: Desk, lin: Person) -> None:
    """T32: what cannot be read counts against the account, and an odd time ends nothing."""
    for number, detail in enumerate(("nonsense", "[]", "", '{"approved":0}')):
        desk.audit.add("exported", actor=lin.account_id, subject=make_id(number), detail=detail)
    odd = desk.audit.entries[-1]
    desk.audit.entries[-1] = replace(odd, at=NOW - timedelta(days=9000))
    assert (await read_day(desk.audit, NOW)).alone == {  # type: ignore[arg-type]
        lin.account_id: frozenset(make_id(number) for number in range(3))
    }


async def test_a_long_day_is_read_to_its_end(desk: Desk, lin: Person) -> None:
    """And what is older is not read on and on."""
    desk.clock.now = NOW - 2 * DAY
    for _ in range(1500):
        desk.audit.add("listed", actor=lin.account_id, subject="", detail="{}")
    desk.clock.now = NOW
    desk.audit.add("opened", actor=lin.account_id, subject=make_id(1), detail="{}")
    for _ in range(1200):
        desk.audit.add("listed", actor=lin.account_id, subject="", detail="{}")
    asked: list[int | None] = []
    read_last = desk.audit.read_last

    async def count(*, before: int | None = None, limit: int = 100) -> Any:
        asked.append(before)
        return await read_last(before=before, limit=limit)

    desk.audit.read_last = count  # type: ignore[method-assign]
    assert (await read_day(desk.audit, NOW)).seen == {lin.account_id: frozenset({make_id(1)})}  # type: ignore[arg-type]
    assert len(asked) == 4


def test_the_bounds_are_those_that_were_decided() -> None:
    """SECURITY T6; the documents name them."""
    assert (20, timedelta(days=1), timedelta(minutes=5), 4) == (MOST_ALONE, DAY, KEPT, MOST_MAKING)
    assert making_module.KEPT <= APPROVED_WITHIN == timedelta(hours=1)


async def test_the_office_looks_by_itself(desk: Desk, lin: Person, caplog: pytest.LogCaptureFixture) -> None:
    """T6: whether anybody opens the page or not; a database that is away for a moment does not end the watch."""
    caplog.set_level(logging.WARNING)
    for number in range(21):
        desk.audit.add("opened", actor=lin.account_id, subject=make_id(number), detail="{}")
    read_last, answers = desk.audit.read_last, iter((False, True))

    async def read(**which: Any) -> Any:
        if not next(answers, True):
            raise StoreDown("away")
        return await read_last(**which)

    desk.audit.read_last = read  # type: ignore[method-assign]
    async with watching_reveals(desk.exporting, every=timedelta(seconds=QUICK_S)):
        await until(lambda: "many_handoffs_seen" in caplog.text)
    assert [one.message for one in caplog.records] == ["reveal_watch_failed", "many_handoffs_seen"]
