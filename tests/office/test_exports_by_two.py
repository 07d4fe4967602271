"""Large exports from the screen: one asks, another one approves, the first one fetches."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.office.exports_cast import list_acts, make
from tests.office.world import Browser, World, open_world, read_text


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        opened.clock.pass_by(-timedelta(days=2))  # both have worked here for a while
        await opened.hire("林社工", "list", "open", "export")
        await opened.hire("陳督導", "list", "open", "export")
        opened.clock.pass_by(timedelta(days=2))
        opened.parts.exporting._moment_s = 60.0  # a busy machine prints slowly
        yield opened


@pytest.fixture
async def lin(world: World) -> Browser:
    return await world.sign_in("林社工")


@pytest.fixture
async def chen(world: World) -> Browser:
    return await world.sign_in("陳督導")


@pytest.fixture
async def ids(world: World) -> list[str]:
    """One more than a person may take out alone."""
    return [await world.send() for _ in range(21)]


async def ask(lin: Browser, ids: list[str]) -> None:
    answer = await lin.post("/exports/ask", {"id": ids, "format": "json", "reason": "supervision"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/exports")


def export_id_in(page: str) -> str:
    """The request that a page has a button for."""
    [found] = re.findall(r'name="id" value="([0-9a-f-]{36})">\s*<button', page)
    return str(found)


async def test_twenty_come_at_once_and_twenty_one_need_a_colleague(
    world: World, lin: Browser, ids: list[str]
) -> None:
    """T6: the page says so, offers to ask, and nothing has happened yet."""
    answer = await lin.post("/exports", {"id": ids, "format": "json", "reason": "supervision"})
    assert answer.status_code == 200
    assert "A colleague must approve" in answer.text
    assert set(re.findall(r'name="id" value="([^"]+)"', answer.text)) == set(ids)
    assert await list_acts(world) == []
    await make(lin, ids[:20])
    assert (await lin.post("/exports/file")).status_code == 200
    one_more = await lin.post("/exports", {"id": ids[20], "format": "json", "reason": "duty"})
    assert "A colleague must approve" in one_more.text


async def test_from_asking_to_the_file(world: World, lin: Browser, chen: Browser, ids: list[str]) -> None:
    """T6, ASVS 2.3.5: each step on its page, each step in the log."""
    await ask(lin, ids)
    assert "Waiting for a colleague" in (await lin.get("/exports")).text
    assert "waiting for your approval: 1" in (await chen.get("/exports")).text
    page = (await chen.get("/exports/approvals")).text
    shown = read_text(page)
    assert "林社工 2026-11-20 12:00 2026-11-20 13:00 21 JSON Supervision or case conference" in shown
    assert not [one for one in ids if one[:8] in page]

    answer = await chen.post("/exports/approvals", {"id": export_id_in(page)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/exports/approvals")
    assert "Approved by 陳督導" in (await chen.get("/exports/approvals")).text
    mine = (await lin.get("/exports")).text
    assert "Approved by 陳督導" in mine
    answer = await lin.post("/exports/fetch", {"id": export_id_in(mine)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/exports/progress")
    whole = (await lin.post("/exports/file")).json()
    assert len(whole["handoffs"]) == 21
    assert whole["exported"]["id"] == export_id_in(mine)
    assert await list_acts(world) == ["export_asked", "export_approved"] + ["exported"] * 22
    assert "Approved by" not in (await lin.get("/exports")).text


async def test_nobody_approves_their_own(world: World, lin: Browser, ids: list[str]) -> None:
    """T6: there is no button, and a post that comes all the same does nothing."""
    await ask(lin, ids)
    page = (await lin.get("/exports/approvals")).text
    assert "somebody else must approve" in page
    assert "Approve this export" not in page
    [request] = await world.parts.exports.list_exports(world.clock())
    answer = await lin.post("/exports/approvals", {"id": request.id})
    assert (answer.status_code, "not yours to approve" in answer.text) == (409, True)
    answer = await lin.post("/exports/fetch", {"id": request.id})
    assert (answer.status_code, "nobody has approved" in answer.text) == (409, True)
    assert await list_acts(world) == ["export_asked"]


async def test_without_the_right_nobody_sees_or_approves(world: World, lin: Browser, ids: list[str]) -> None:
    """T6."""
    await ask(lin, ids)
    [request] = await world.parts.exports.list_exports(world.clock())
    await world.hire("稽核", "list", "open", "audit")
    auditor = await world.sign_in("稽核")
    assert (await auditor.get("/exports/approvals")).status_code == 403
    assert (await auditor.post("/exports/approvals", {"id": request.id})).status_code == 403
    [request] = await world.parts.exports.list_exports(world.clock())
    assert request.approved_by is None


async def test_an_approval_goes_with_its_account(
    world: World, lin: Browser, chen: Browser, ids: list[str]
) -> None:
    """T7: somebody who left vouches for nothing."""
    await ask(lin, ids)
    [request] = await world.parts.exports.list_exports(world.clock())
    await chen.post("/exports/approvals", {"id": request.id})
    await world.parts.staff.disable_account("陳督導", world.clock())
    answer = await lin.post("/exports/fetch", {"id": request.id})
    assert answer.status_code == 409


async def test_an_account_that_was_made_for_it_approves_nothing(
    world: World, lin: Browser, ids: list[str]
) -> None:
    """T6: the page has no button and says from when; a post that comes all the same does nothing."""
    await ask(lin, ids)
    [request] = await world.parts.exports.list_exports(world.clock())
    await world.hire("替身", "list", "open", "export")
    puppet = await world.sign_in("替身")
    page = (await puppet.get("/exports/approvals")).text
    assert "you may approve from 2026-11-21 12:00" in page
    assert "Approve this export" not in page
    answer = await puppet.post("/exports/approvals", {"id": request.id})
    assert (answer.status_code, "not yours to approve" in answer.text) == (409, True)
    assert (await lin.post("/exports/fetch", {"id": request.id})).status_code == 409
    assert await list_acts(world) == ["export_asked"]


async def test_an_approval_does_not_outlive_a_reset_of_the_one_who_gave_it(
    world: World, lin: Browser, chen: Browser, ids: list[str]
) -> None:
    """T6: by then it may be somebody else."""
    await ask(lin, ids)
    [request] = await world.parts.exports.list_exports(world.clock())
    await chen.post("/exports/approvals", {"id": request.id})
    await world.parts.staff.set_password(world.accounts["陳督導"], "hash", now=world.clock())
    answer = await lin.post("/exports/fetch", {"id": request.id})
    assert (answer.status_code, "may not approve any more" in answer.text) == (409, True)


async def test_who_has_not_opened_their_vault_approves_nothing(
    world: World, lin: Browser, chen: Browser, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """T6: only who could read them agrees to taking them out; the page leads to the vault."""
    await ask(lin, ids)
    [request] = await world.parts.exports.list_exports(world.clock())
    monkeypatch.setattr(world.parts.vaults, "_free", ())
    page = (await chen.get("/exports/approvals")).text
    assert 'href="/vault?to=/exports/approvals"' in page
    assert "Approve this export" not in page
    assert (await chen.post("/exports/approvals", {"id": request.id})).status_code == 409
    assert await list_acts(world) == ["export_asked"]


async def test_an_approval_is_of_its_hour_and_for_one_fetch(
    world: World, lin: Browser, chen: Browser, ids: list[str]
) -> None:
    for _ in range(2):
        await ask(lin, ids)
    first, second = await world.parts.exports.list_exports(world.clock())
    for request in (first, second):
        await chen.post("/exports/approvals", {"id": request.id})
    assert (await lin.post("/exports/fetch", {"id": first.id})).status_code == 303
    await lin.post("/exports/file")
    assert (await lin.post("/exports/fetch", {"id": first.id})).status_code == 409
    world.clock.pass_by(timedelta(hours=1))
    late = await world.sign_in("林社工")
    assert (await late.post("/exports/fetch", {"id": second.id})).status_code == 409


async def test_who_approves_proves_who_they_are(
    world: World, lin: Browser, chen: Browser, ids: list[str]
) -> None:
    """T6, ASVS 7.5.3: also who fetches."""
    await ask(lin, ids)
    [request] = await world.parts.exports.list_exports(world.clock())
    world.clock.pass_by(timedelta(minutes=11))
    for answer in (
        await chen.get("/exports/approvals"),
        await chen.post("/exports/approvals", {"id": request.id}),
        await lin.post("/exports/fetch", {"id": request.id}),
    ):
        assert answer.headers["location"].startswith("/prove?")
    assert await list_acts(world) == ["export_asked"]


async def test_with_nothing_to_approve_the_page_says_so(lin: Browser) -> None:
    assert "No request is waiting" in (await lin.get("/exports/approvals")).text


async def test_what_was_erased_meanwhile_has_no_days(
    world: World, lin: Browser, chen: Browser, ids: list[str]
) -> None:
    await ask(lin, ids)
    await world.parts.handoffs.erase(ids)
    assert "Not there any more" in (await chen.get("/exports/approvals")).text
