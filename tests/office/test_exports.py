"""Exports from the screen: choosing what is wanted, and how far it is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.desk.making import Making
from tests.desk.exporting_cast import Press, until
from tests.office.exports_cast import list_acts, make
from tests.office.world import FIELDS, Browser, World, open_world, read_text


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        await opened.hire("林社工", "list", "export")
        await opened.hire("陳督導", "list", "export")
        opened.parts.exporting._moment_s = 60.0  # a busy machine prints slowly
        yield opened


@pytest.fixture
async def lin(world: World) -> Browser:
    return await world.sign_in("林社工")


@pytest.fixture
async def chen(world: World) -> Browser:
    return await world.sign_in("陳督導")


async def test_the_list_shows_what_is_in_the_clear(world: World) -> None:
    """Id, age and status; nothing that a person wrote."""
    old = await world.send()
    world.clock.pass_by(timedelta(days=3))
    new = await world.send()
    lin = await world.sign_in("林社工")
    page = await lin.get("/exports")

    shown = read_text(page.text)
    assert f"{old[:8]} 3 d" in shown
    assert f"{new[:8]} 0 h" in shown
    assert not [value for value in FIELDS.values() if value in page.text]
    assert page.text.count('name="id"') == 2
    assert " checked" not in re.sub(r'type="radio"[^>]*checked', "", page.text)


async def test_a_link_picks_some(world: World, lin: Browser) -> None:
    """Ids are random, so they may stand in an address; what is no id of ours shows nothing."""
    ids = [await world.send() for _ in range(3)]
    page = (await lin.get(f"/exports?id={ids[0]}&id={ids[2]}")).text
    assert set(re.findall(r'name="id" value="([^"]+)"[^>]* checked', page)) == {ids[0], ids[2]}
    assert ids[1] not in page
    assert "There are no handoffs" in (await lin.get('/exports?id="><script>')).text


async def test_a_status_shows_fewer_and_all_can_be_ticked(world: World, lin: Browser) -> None:
    ids = [await world.send() for _ in range(3)]
    await world.parts.handoffs.set_status(ids[1], "called", world.clock())
    page = (await lin.get("/exports?status=called&pick=all")).text
    assert re.findall(r'name="id" value="([^"]+)"[^>]* checked', page) == [ids[1]]
    assert 'href="/exports?status=called&amp;pick=all"' in page
    assert (await lin.get("/exports?status=odd")).text.count('name="id"') == 3
    assert "There are no handoffs" in (await lin.get("/exports?status=done")).text


async def test_an_empty_desk_says_so(lin: Browser) -> None:
    assert "There are no handoffs" in (await lin.get("/exports")).text


@pytest.mark.parametrize("change", [{"id": []}, {"format": "exe"}, {"reason": "because"}, {"reason": ""}])
@pytest.mark.parametrize("path", ["/exports", "/exports/ask"])
async def test_half_a_choice_is_kept_and_nothing_is_done(
    world: World, lin: Browser, path: str, change: dict[str, str | list[str]]
) -> None:
    """The page comes back with what was ticked."""
    id_ = await world.send()
    answer = await lin.post(path, {"id": [id_], "format": "json", "reason": "duty"} | change)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert ("checked" in answer.text.partition(id_)[2][:60]) == ("id" not in change)
    assert await list_acts(world) == []


async def test_with_a_locked_vault_there_is_a_count_and_a_way_to_unlock(
    world: World, lin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing to tick, and a post that comes all the same makes nothing."""
    id_ = await world.send()
    monkeypatch.setattr(world.parts.vaults, "state", lambda *_: "locked")
    monkeypatch.setattr(world.parts.vaults, "opener", lambda *_: None)
    page = (await lin.get("/exports")).text
    assert "There are 1 handoffs" in page
    assert 'href="/vault"' in page
    assert id_[:8] not in page
    answer = await lin.post("/exports", {"id": id_, "format": "csv", "reason": "duty"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/exports")
    assert await list_acts(world) == []


async def test_who_proved_too_long_ago_proves_again_and_finds_the_choice(world: World, lin: Browser) -> None:
    """T6, ASVS 7.5.3: nothing is exported before, and nothing has to be ticked twice."""
    ids = [await world.send() for _ in range(3)]
    world.clock.pass_by(timedelta(minutes=11))
    answer = await lin.post("/exports", {"id": ids[:2], "format": "xlsx", "reason": "handover"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/prove?to=%2Fexports")
    assert await list_acts(world) == []

    page = (await lin.get("/exports")).text
    assert set(re.findall(r'name="id" value="([^"]+)"[^>]* checked', page)) == set(ids[:2])
    assert re.search(r'value="xlsx"[^>]* checked', page)
    assert '<option value="handover" selected>' in page
    assert not re.search(r'name="id"[^>]* checked', (await lin.get("/exports")).text)


async def test_the_page_says_how_far_it_is_and_fetches_itself_anew(world: World, lin: Browser) -> None:
    """Without a script; it can be told to stand still, so that a keyboard reaches the button."""
    press = Press()
    exporting = world.parts.exporting
    exporting._means = replace(exporting._means, printer=press)
    exporting._moment_s = 0.0
    await make(lin, [await world.send() for _ in range(3)], "pdf")
    page = await lin.get("/exports/progress")
    assert page.headers["refresh"] == "2; url=/exports/progress"
    assert 'role="status">Being made: 0 of 3<' in page.text
    assert "refresh" not in (await lin.get("/exports/progress?still=1")).headers
    answer = await lin.post("/exports", {"id": "x", "format": "csv", "reason": "duty"})
    assert answer.headers["location"] == "/exports/progress"

    press.go.set()
    await until(lambda: next(iter(exporting._board._runs.values())).state == "ready")
    page = await lin.get("/exports/progress")
    assert "refresh" not in page.headers
    assert "before 2026-11-20 12:05" in page.text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("taken", "is being sent"),
        ("dropped", "The file was dropped"),
        ("too_large", "Export in parts"),
        ("failed", "this incident: 1a2b3c4d"),
    ],
)
async def test_each_end_has_its_sentence(world: World, lin: Browser, state: Any, said: str) -> None:
    await make(lin, [await world.send()])
    [making] = world.parts.exporting._board._runs.values()
    making.state, making.incident = state, "1a2b3c4d"
    page = await lin.get("/exports/progress")
    assert said in read_text(page.text)
    assert ("refresh" in page.headers) == (state == "taken")


async def test_a_refusal_says_what_to_do(world: World, lin: Browser) -> None:
    """The desk is busy; too many at once; none of them is there any more."""
    id_ = await world.send()
    board = world.parts.exporting._board
    others = [board.reserve(f"somebody-{number}", "x") for number in range(4)]
    answer = await lin.post("/exports", {"id": id_, "format": "csv", "reason": "duty"})
    assert "colleagues are exporting" in answer.text
    for other in others:
        assert isinstance(other, Making)
        board.remove(other)
    answer = await lin.post("/exports", {"id": "x", "format": "csv", "reason": "duty"})
    assert (answer.status_code, "not there any more" in answer.text) == (409, True)


async def test_accounts_that_saw_very_many_are_pointed_at(world: World, lin: Browser) -> None:
    """T6: how many, without names."""
    chen = world.accounts["陳督導"]
    for _ in range(21):
        await world.parts.audit.write("opened", actor=chen, subject=world.parts.new_id(), detail={})
    page = (await lin.get("/exports")).text
    assert "more than 20 handoffs: 1" in page
    assert "陳督導" not in page
