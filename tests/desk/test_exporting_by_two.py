"""Large exports: one person asks, a second one approves, the first one fetches, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.desk.approving import SETTLED_AFTER, Bar
from bot.desk.exporting import APPROVED_WITHIN, MOST, Person
from bot.desk.revealed import DAY, MOST_ALONE
from bot.errors import AuditDown
from bot.ports import Passkey
from tests.desk.export_cast import NOW
from tests.desk.exporting_cast import (
    Desk,
    deliver,
    make_desk,
    name_export,
)

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


async def test_twenty_need_one_person_and_twenty_one_need_two(desk: Desk, lin: Person) -> None:
    """T6: and what needs two is not noted, not opened, and holds no place."""
    assert await desk.exporting.start(lin, desk.want(MOST_ALONE + 1)) == "two"
    assert desk.audit.entries == []
    assert len((await desk.export(lin, desk.want(MOST_ALONE))).handoffs) == 20


async def test_small_steps_add_up(desk: Desk, lin: Person, chen: Person) -> None:
    """T6: within any 24 hours, for each account; the same ones again are no more of them."""
    for start in (0, 7, 14):
        await desk.export(lin, desk.want(7 if start < 14 else 6, start=start))
    assert await desk.exporting.start(lin, desk.want(1, start=20)) == "two"
    await desk.export(lin, desk.want(5, start=15))
    await desk.export(chen, desk.want(1, start=20))
    desk.clock.pass_by(DAY - TICK)
    assert await desk.exporting.start(lin, desk.want(1, start=20)) == "two"
    desk.clock.pass_by(TICK)
    await desk.export(lin, desk.want(1, start=20))


async def test_what_two_agreed_to_does_not_count_against_one(desk: Desk, lin: Person, chen: Person) -> None:
    await ask_and_approve(desk, lin, chen)
    assert await desk.exporting.fetch(lin, name_export(1)) == "started"
    await deliver(desk, lin)
    await desk.export(lin, desk.want(20))


async def ask_and_approve(desk: Desk, lin: Person, chen: Person, count: int = 25) -> None:
    assert await desk.exporting.ask(lin, desk.want(count, fmt="json", reason="supervision")) == "asked"
    assert await desk.exporting.approve(chen, name_export(1))


async def test_a_second_person_approves_and_the_first_fetches_once(
    desk: Desk, lin: Person, chen: Person
) -> None:
    """T6, ASVS 2.3.5: each step is noted, and the file carries the number of the request."""
    await ask_and_approve(desk, lin, chen)
    assert await desk.exporting.fetch(lin, name_export(1)) == "started"
    packed = await deliver(desk, lin)

    assert len(packed.handoffs) == 25
    assert name_export(1).encode() in packed.content
    told = {"format": "json", "reason": "supervision"}
    asked, approved, *exported = desk.audit.list_acts()
    assert asked == ("export_asked", name_export(1), {**told, "count": 25})
    hashed = approved[2].pop("handoffs_hash")
    assert [len(part) for part in hashed.split(" ")] == [16] * 4
    assert approved == ("export_approved", name_export(1), {**told, "count": 25})
    assert [one.actor for one in desk.audit.entries[:2]] == [lin.account_id, chen.account_id]
    assert exported[-1] == ("exported", name_export(1), {**told, "approved": 1, "count": 25})
    assert len(exported) == 26
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"
    assert await desk.exporting.list_waiting() == ()


async def test_who_approves_sees_who_how_many_and_from_when(desk: Desk, lin: Person, chen: Person) -> None:
    """Nothing of the contents. What was erased since is not waited for."""
    desk.handoffs.stored[3] = replace(desk.handoffs.stored[3], created_at=NOW + timedelta(days=2))
    oldest, newest = desk.handoffs.stored[0].created_at, NOW + timedelta(days=2)
    await ask_and_approve(desk, lin, chen)

    [waiting] = await desk.exporting.list_waiting()
    assert (waiting.asked_by, waiting.approved_by) == ("林社工", "陳督導")
    assert (waiting.oldest, waiting.newest) == (oldest, newest)
    assert len(waiting.request.handoff_ids) == 25
    desk.handoffs.stored.clear()
    [waiting] = await desk.exporting.list_waiting()
    assert (waiting.oldest, waiting.newest) == (None, None)
    assert await desk.exporting.fetch(lin, name_export(1)) == "gone"


async def test_nobody_approves_their_own(desk: Desk, lin: Person) -> None:
    """T6: and no line says that they did."""
    await desk.exporting.ask(lin, desk.want(25))
    assert not await desk.exporting.approve(lin, name_export(1))
    assert [one.act for one in desk.audit.entries] == ["export_asked"]
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"


async def test_who_may_not_approve_does_not(desk: Desk, lin: Person) -> None:
    """T6: without the right, disabled, or nobody at all."""
    wang = desk.hire("王", "list", "open")
    gone = desk.hire("前同事", "export")
    leaver = desk.staff.accounts[gone.account_id]
    desk.staff.accounts[gone.account_id] = replace(leaver, disabled_at=NOW)
    await desk.exporting.ask(lin, desk.want(25))

    for person in (wang, gone, Person("nobody", "nobody", "session-nobody")):
        assert not await desk.exporting.approve(person, name_export(1))
    assert not await desk.exporting.approve(lin, name_export(7))
    assert [one.act for one in desk.audit.entries] == ["export_asked"]


@pytest.mark.parametrize(
    "change",
    [
        {"disabled_at": NOW},
        {"rights": frozenset({"list"})},
        {"password_at": NOW},
    ],
)
async def test_an_approval_counts_only_while_its_account_may_give_it(
    desk: Desk, lin: Person, chen: Person, change: dict[str, Any]
) -> None:
    """T6, T7: somebody who left, or lost the right, does not vouch for anything any more."""
    await ask_and_approve(desk, lin, chen)
    account = desk.staff.accounts[chen.account_id]
    desk.staff.accounts[chen.account_id] = replace(account, **change)
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"
    desk.staff.accounts[chen.account_id] = account
    assert await desk.exporting.fetch(lin, name_export(1)) == "started"


async def test_who_has_no_open_vault_approves_nothing(desk: Desk, lin: Person, chen: Person) -> None:
    """T6: an account that was made for it has none, and cannot have one without a colleague."""
    await desk.exporting.ask(lin, desk.want(25))
    desk.vaults.lock(chen.account_id)
    for filled in ({chen.account_id}, set()):
        desk.vaults.filled = filled
        assert not await desk.exporting.approve(chen, name_export(1))
        assert await desk.exporting.find_bar(chen) == Bar("locked")
    assert [one.act for one in desk.audit.entries] == ["export_asked"]


async def test_a_vault_that_is_open_at_another_seat_is_not_open(
    desk: Desk, lin: Person, chen: Person
) -> None:
    """T24."""
    await desk.exporting.ask(lin, desk.want(25))
    assert not await desk.exporting.approve(replace(chen, session=""), name_export(1))


YOUNG = NOW - SETTLED_AFTER + TICK


@pytest.mark.parametrize("what", ["created_at", "password_at", "passkey"])
async def test_who_was_let_in_within_a_day_approves_nothing(
    desk: Desk, lin: Person, chen: Person, what: str
) -> None:
    """T6: whoever manages accounts could be behind it; the page says from when."""
    await desk.exporting.ask(lin, desk.want(25))
    if what == "passkey":
        old, new = (
            Passkey(f"p-{at}", chen.account_id, b"", 0, "", at) for at in (NOW - timedelta(days=9), YOUNG)
        )
        desk.ways.passkeys[chen.account_id] = [old, new]
    else:
        account = desk.staff.accounts[chen.account_id]
        desk.staff.accounts[chen.account_id] = replace(account, **{what: YOUNG})
    assert await desk.exporting.find_bar(chen) == Bar("young", NOW + TICK)
    assert not await desk.exporting.approve(chen, name_export(1))
    assert [one.act for one in desk.audit.entries] == ["export_asked"]
    desk.clock.pass_by(TICK)
    assert await desk.exporting.approve(chen, name_export(1))


async def test_an_account_that_does_not_say_how_old_it_is_approves_nothing(
    desk: Desk, lin: Person, chen: Person
) -> None:
    """Deny by default."""
    account = desk.staff.accounts[chen.account_id]
    desk.staff.accounts[chen.account_id] = replace(account, created_at=None)
    assert await desk.exporting.find_bar(chen) == Bar("right")


async def test_an_approval_counts_only_while_its_vault_is_filled(
    desk: Desk, lin: Person, chen: Person
) -> None:
    """T6: it may be locked by then, for people leave their desks."""
    await ask_and_approve(desk, lin, chen)
    desk.vaults.lock(chen.account_id)
    desk.vaults.filled.discard(chen.account_id)
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"
    desk.vaults.filled.add(chen.account_id)
    assert await desk.exporting.fetch(lin, name_export(1)) == "started"


async def test_it_is_approved_once_and_in_time(desk: Desk, lin: Person, chen: Person) -> None:
    wang = desk.hire("王", "export")
    await ask_and_approve(desk, lin, chen)
    assert not await desk.exporting.approve(wang, name_export(1))
    await desk.exporting.ask(lin, desk.want(25))
    desk.clock.pass_by(APPROVED_WITHIN)
    assert not await desk.exporting.approve(chen, name_export(2))
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"


async def test_only_who_asked_fetches(desk: Desk, lin: Person, chen: Person) -> None:
    """T6: the second person gets nothing by approving."""
    await ask_and_approve(desk, lin, chen)
    assert await desk.exporting.fetch(chen, name_export(1)) == "not_ready"
    assert await desk.exporting.fetch(lin, name_export(9)) == "not_ready"
    assert await desk.exporting.fetch(lin, name_export(1)) == "started"


async def test_of_two_who_fetch_at_once_one_gets_it(desk: Desk, lin: Person, chen: Person) -> None:
    """T6: from two sign-ins of one account as well; the file is made, noted and handed over once."""
    await ask_and_approve(desk, lin, chen)
    other = replace(lin, session="session-elsewhere")
    answers = await asyncio.gather(*(desk.exporting.fetch(one, name_export(1)) for one in (lin, other)))
    assert sorted(answers) == ["busy", "started"]
    assert len(desk.audit.entries) == 2 + 26


async def test_a_race_that_the_store_decides_exports_nothing(desk: Desk, lin: Person, chen: Person) -> None:
    """Somebody fetched it between the look and the step, through another program."""
    await ask_and_approve(desk, lin, chen)
    noted = len(desk.audit.entries)

    async def lose(*_: object) -> None:
        return None

    desk.exports.fetch_export = lose  # type: ignore[method-assign]
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"
    assert len(desk.audit.entries) == noted
    assert desk.exporting.find(lin) is None


@pytest.mark.parametrize(
    "change",
    [{"format": "exe"}, {"reason": "because"}, {"handoff_ids": tuple(map(str, range(MOST + 1)))}],
)
async def test_a_request_that_was_altered_in_the_database_is_none(
    desk: Desk, lin: Person, chen: Person, change: dict[str, Any]
) -> None:
    await ask_and_approve(desk, lin, chen)
    desk.exports.requests[name_export(1)] = replace(desk.exports.requests[name_export(1)], **change)
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"


async def test_an_approval_that_the_log_does_not_know_is_none(desk: Desk, lin: Person, chen: Person) -> None:
    """T6, T32: a name that was written into the request, without a word of that person's."""
    await desk.exporting.ask(lin, desk.want(25))
    request = desk.exports.requests[name_export(1)]
    desk.exports.requests[name_export(1)] = replace(request, approved_by=chen.account_id)
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"


@pytest.mark.parametrize("count", [25, 26])
async def test_other_handoffs_than_those_that_were_approved_are_not_exported(
    desk: Desk, lin: Person, chen: Person, count: int
) -> None:
    """T6, T32: put into the request after a second person agreed to it, as many or more."""
    await ask_and_approve(desk, lin, chen)
    ids = tuple(one.id for one in desk.handoffs.stored[1 : count + 1])
    assert len(ids) == count
    desk.exports.requests[name_export(1)] = replace(desk.exports.requests[name_export(1)], handoff_ids=ids)
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"


async def test_an_approval_of_somebody_else_or_that_nobody_signed_is_none(
    desk: Desk, lin: Person, chen: Person
) -> None:
    """T32: whoever can write to the database can write a line too, but not sign it."""
    wang = desk.hire("王主任", "list", "open", "export")
    await ask_and_approve(desk, lin, chen)
    right = desk.exports.requests[name_export(1)]
    desk.exports.requests[name_export(1)] = replace(right, approved_by=wang.account_id)
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"
    line = desk.audit.entries[1]
    desk.audit.add(line.act, actor=wang.account_id, subject=line.subject, detail=line.detail)
    assert await desk.exporting.fetch(lin, name_export(1)) == "not_ready"
    desk.exports.requests[name_export(1)] = right
    assert await desk.exporting.fetch(lin, name_export(1)) == "started"


async def test_a_request_that_cannot_be_noted_is_not_made(desk: Desk, lin: Person, chen: Person) -> None:
    """Rule 9: neither asked for nor approved."""
    desk.audit.room = 0
    with pytest.raises(AuditDown):
        await desk.exporting.ask(lin, desk.want(25))
    assert desk.exports.requests == {}
    desk.audit.room = 1
    await desk.exporting.ask(lin, desk.want(25))
    with pytest.raises(AuditDown):
        await desk.exporting.approve(chen, name_export(2))
    assert desk.exports.requests[name_export(2)].approved_by is None
