"""What happens to an opened handoff when its time is over: it is covered by itself, nothing is written about it, nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.desk.vaults.memory import Rules
from bot.office.auth import hash_token
from bot.office.words import BY_TONGUE
from tests.office.case_cast import find, open_it, send
from tests.office.locked_world import WORDS, LockedWorld, open_locked_world
from tests.office.world import Browser, World, open_world

ZH = BY_TONGUE["zh_TW"]
LIN = "林社工"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        await opened.hire(LIN, "list", "open", "export")
        yield opened


@pytest.fixture
async def mei(world: World) -> str:
    """One handoff."""
    return await send(world)


@pytest.fixture
async def browser(world: World) -> Browser:
    return await sign_in(world)


async def sign_in(world: World) -> Browser:
    browser = await world.sign_in(LIN)
    browser.client.headers["accept-language"] = "zh-TW"
    return browser


async def let_it_cover(world: World, browser: Browser) -> None:
    """Let the quarter of an hour pass, at work elsewhere."""
    world.clock.pass_by(timedelta(minutes=14))
    await browser.get("/me")
    world.clock.pass_by(timedelta(minutes=1))


# ─── Nothing is written about what is covered ─────────────────────────────────

WRITES = {
    "notes": ({"text": "不能丟的字", "nonce": "n"}, "\n不能丟的字</textarea>"),
    "keep": ({"text": "不能丟的字", "nonce": "n"}, "\n不能丟的字</textarea>"),
    "reply": ({"reply_unit": "不能丟的單位", "nonce": "n", "seen": "0"}, 'value="不能丟的單位"'),
    "status": ({"status": "done", "seen": "in_progress", "seen_requests": "0"}, 'value="done" checked'),
}


@pytest.mark.parametrize("what", WRITES)
async def test_what_was_typed_stays_until_it_is_opened_once_more(
    world: World, browser: Browser, mei: str, what: str
) -> None:
    """T6: nothing is kept and nothing is lost; opening it beside the page is enough to save it."""
    form, given_back = WRITES[what]
    await open_it(browser, mei)
    await let_it_cover(world, browser)
    before = await find(world, mei)
    answer = await browser.post(f"/handoffs/{mei}/{what}", form)
    assert answer.status_code == 409
    assert ZH["case_again_covered"] in answer.text
    assert given_back in answer.text
    assert answer.text.index(f'action="/handoffs/{mei}/open" target="_blank"') < answer.text.index(given_back)
    assert "陳怡君" not in answer.text
    assert await find(world, mei) == before
    await world.parts.staff.prove_session(hash_token(browser.token), world.clock())
    await open_it(browser, mei)
    assert (await browser.post(f"/handoffs/{mei}/{what}", form)).status_code == 303
    assert await find(world, mei) != before


async def test_nobody_calls_done_what_nobody_opened(world: World, browser: Browser, mei: str) -> None:
    """T6, R29: not by a post that no page of ours offers; it rings on, and its time does not run."""
    answer = await browser.post(
        f"/handoffs/{mei}/status", {"status": "done", "seen": "new", "seen_requests": "0"}
    )
    assert (answer.status_code, ZH["case_again_covered"] in answer.text) == (409, True)
    assert [one.id for one in await world.parts.handoffs.list_unopened()] == [mei]
    assert (await find(world, mei)).status == "new"


async def test_an_account_without_a_vault_writes_nothing(tmp_path: Path) -> None:
    """T6: the right alone does not make somebody who reads."""
    async with open_locked_world(tmp_path) as world:
        await world.hire("沒有金鑰的", "list", "open")
        mei, browser = await world.send(), await world.sign_in("沒有金鑰的")
        for what, (form, _) in WRITES.items():
            assert (await browser.post(f"/handoffs/{mei}/{what}", form)).status_code == 409
        stored = await find(world, mei)
        assert (stored.status, stored.opened_at, stored.papers) == ("new", None, ())


async def test_a_reply_is_not_written_over_a_colleagues_after_opening_once_more(
    world: World, browser: Browser, mei: str
) -> None:
    """What the form was drawn with goes on, so that what came meanwhile is told."""
    await open_it(browser, mei)
    await browser.post(f"/handoffs/{mei}/reply", {"reply_unit": "甲", "seen": "0", "nonce": "n-1"})
    await let_it_cover(world, browser)
    answer = await browser.post(f"/handoffs/{mei}/reply", {"reply_unit": "乙", "seen": "0", "nonce": "n-2"})
    assert re.findall(r'name="seen" value="(\d+)"', answer.text) == ["0"]


# ─── The page covers itself ───────────────────────────────────────────────────


def read_refresh(header: str) -> tuple[int, str]:
    """After how many seconds the page fetches what."""
    seconds, _, url = header.partition("; url=")
    return int(seconds), url


async def test_an_opened_page_fetches_the_covered_one_when_its_time_is_over(
    world: World, browser: Browser, mei: str
) -> None:
    """T24: also where nobody sits any more; a minute late, and it says until when to save."""
    masked = await browser.get(f"/handoffs/{mei}")
    assert "refresh" not in masked.headers
    await open_it(browser, mei)
    world.clock.pass_by(timedelta(minutes=5, seconds=30))
    page = await browser.get(f"/handoffs/{mei}")
    wait, url = read_refresh(page.headers["refresh"])
    assert (wait, url) == (9 * 60 + 30 + 60, f"/handoffs/{mei}?quiet=1")
    assert page.text.count("12:15") == 2
    world.clock.pass_by(timedelta(seconds=wait))
    covered = await browser.get(url)
    assert (covered.status_code, "陳怡君" in covered.text) == (200, False)
    assert "refresh" not in covered.headers


async def test_a_page_that_fetches_itself_is_no_use_of_the_session(
    world: World, browser: Browser, mei: str
) -> None:
    """T24: an empty chair keeps nobody signed in."""
    world.clock.pass_by(timedelta(minutes=14))
    assert (await browser.get(f"/handoffs/{mei}?quiet=1")).status_code == 200
    world.clock.pass_by(timedelta(minutes=1))
    assert (await browser.get(f"/handoffs/{mei}")).headers["location"] == "/login"


async def test_it_shows_the_covered_page_even_while_the_handoff_is_open(browser: Browser, mei: str) -> None:
    """It does not read, so it uses no vault."""
    await open_it(browser, mei)
    assert "陳怡君" not in (await browser.get(f"/handoffs/{mei}?quiet=1")).text


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[LockedWorld]:
    async with open_locked_world(tmp_path) as opened:
        await opened.hire(LIN, "list", "open")
        yield opened


async def unlock(locked: LockedWorld) -> Browser:
    """Sign in and open the vault there."""
    browser = await sign_in(locked)
    await locked.fill(LIN)
    await browser.post("/vault/unlock", {"words": WORDS})
    return browser


async def test_it_is_covered_when_the_vault_closes_first(locked: LockedWorld) -> None:
    """SECURITY §5: eight hours after it was opened, whatever is open then."""
    mei, browser = await send(locked), await unlock(locked)
    locked.parts.vaults._memory._rules = Rules(longest=timedelta(minutes=6))
    page = await open_it(browser, mei)
    assert page.count("12:06") == 2
    answer = await browser.get(f"/handoffs/{mei}")
    wait, url = read_refresh(answer.headers["refresh"])
    assert wait == 7 * 60
    locked.clock.pass_by(timedelta(seconds=wait))
    answer = await browser.get(url)
    assert answer.headers["location"] == f"/vault?quiet=1&to=/handoffs/{mei}"


async def test_a_page_that_fetches_itself_is_no_use_of_the_vault(locked: LockedWorld) -> None:
    """T24: it would stay open for as long as somebody has left it."""
    mei, browser = await send(locked), await unlock(locked)
    before = locked.parts.vaults.closes_at(locked.accounts[LIN], browser.seat)
    locked.clock.pass_by(timedelta(minutes=3))
    await browser.get(f"/handoffs/{mei}?quiet=1")
    assert locked.parts.vaults.closes_at(locked.accounts[LIN], browser.seat) == before
    await open_it(browser, mei)
    assert locked.parts.vaults.closes_at(locked.accounts[LIN], browser.seat) != before


async def test_another_sign_in_of_the_same_member_sees_nothing(locked: LockedWorld) -> None:
    """T24: the vault is open where its words were typed."""
    mei, browser = await send(locked), await unlock(locked)
    await open_it(browser, mei)
    other = await sign_in(locked)
    assert (await other.get(f"/handoffs/{mei}")).headers["location"] == f"/vault?to=/handoffs/{mei}"
    assert "陳怡君" in (await browser.get(f"/handoffs/{mei}")).text


# ─── Proving, and back ────────────────────────────────────────────────────────


async def test_who_proves_who_they_are_finds_the_reason_chosen(
    world: World, browser: Browser, mei: str
) -> None:
    """T6: a code of ours stands in the address, and nothing that somebody typed."""
    world.clock.pass_by(timedelta(minutes=11))
    for reason, to in (
        ("follow_up", f"%2Fhandoffs%2F{mei}%3Freason%3Dfollow_up"),
        ("x&y", f"%2Fhandoffs%2F{mei}"),
    ):
        answer = await browser.post(f"/handoffs/{mei}/open", {"reason": reason})
        assert answer.headers["location"] == f"/prove?to={to}&again=1"
    page = (await browser.get(f"/handoffs/{mei}?reason=follow_up")).text
    assert re.findall(r'value="(\w+)" checked', page) == ["follow_up"]
    assert " checked" not in (await browser.get(f"/handoffs/{mei}?reason=x")).text
