"""The quick exit: away at once, and what was told is destroyed."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.inputs import Left
from bot.errors import StoreDown, TooOften
from bot.front import leaving
from bot.front.live import Live, Pace
from tests.front.fakes import list_records, make_app
from tests.front.listening import listen

SEAT = "s" * 43
OTHER = "o" * 43
TAP = {"delivery": "d" * 32, "tap": "v=new&t=0&c=what", "seat": SEAT}


async def test_leaving_forgets_the_person(client, conversation):
    """The cookie and the conversation go, the browser drops what it kept, the screen is elsewhere at once."""
    await client.post("/chat/turn", json=TAP)
    response = await client.post("/chat/leave")
    assert response.status_code == 200
    assert response.headers["refresh"] == "0; url=https://www.cwa.gov.tw/"
    assert response.headers["clear-site-data"] == '"cache", "storage"'
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert "chat" not in client.cookies
    assert "113" not in response.text
    assert conversation.received[-1].what == Left()
    assert conversation.received[-1].reply_to is None
    assert conversation.where == {}


@pytest.mark.parametrize("kind", ["form", "beacon"])
async def test_without_a_cookie_the_seat_is_left(client, conversation, kind):
    """By the page's form, and by the script's beacon, whose type names a charset."""
    await client.post("/chat/turn", json=TAP)
    client.cookies.clear()
    charset = ";charset=UTF-8" if kind == "beacon" else ""
    await client.post(
        "/chat/leave",
        content=f"seat={SEAT}",
        headers={"content-type": f"application/x-www-form-urlencoded{charset}"},
    )
    assert conversation.where == {}


async def test_the_cookies_and_the_pages_own_conversation_both_end(client, conversation):
    """A page that was open before the cookie changed may show the other one."""
    await client.post("/chat/turn", json=TAP)
    conversation.where[OTHER] = ("what", 1, "zh_TW")
    await client.post("/chat/leave", data={"seat": OTHER})
    assert conversation.where == {}


async def test_a_fault_in_looking_keeps_nothing_that_is_to_go(conversation, connect, caplog):
    """Whether anything is stored could not be told, so it is destroyed."""

    async def knows(_name):
        raise RuntimeError("canary-text")

    conversation.where[SEAT] = ("what", 1, "zh_TW")
    async with connect(make_app(conversation, knows=knows)) as client:
        await client.post("/chat/leave", data={"seat": SEAT})
    assert conversation.where == {}
    assert [record.getMessage() for record in caplog.records] == ["exit_failed"]
    assert "canary" not in list_records(caplog)


async def test_a_stranger_just_leaves(client, conversation):
    """Nobody acted, so there is nothing to end."""
    response = await client.post("/chat/leave")
    assert (response.status_code, conversation.received) == (200, [])


async def test_other_pages_are_told_to_leave(conversation, connect):
    """Before the database answers."""
    conversation.where[SEAT] = ("what", 1, "zh_TW")
    app = make_app(conversation, live=Live(Pace(look_s=30)))
    conversation.is_down = True
    async with connect(app) as client, listen(app, seat=SEAT, last="visit-1.1") as page:
        await client.post("/chat/leave", data={"seat": SEAT})
        assert (await page.next_event()).kind == "gone"
        await page.wait_for_end()


@pytest.mark.parametrize("refusal", [StoreDown("away"), TooOften("messages")])
async def test_a_database_that_is_away_holds_nobody_back(client, conversation, monkeypatch, refusal):
    """Nor a limit. The answer is the same, and the end is tried again behind the person."""
    monkeypatch.setattr(leaving, "_PAUSES_S", (0.0, 0.01, 0.01))
    conversation.where[SEAT] = ("what", 1, "zh_TW")
    asked, has_ended = 0, asyncio.Event()

    async def receive(inbound):
        nonlocal asked
        asked += 1
        if asked < 3:
            raise refusal
        has_ended.set()

    monkeypatch.setattr(conversation, "receive", receive)
    response = await client.post("/chat/leave", data={"seat": SEAT})
    assert response.headers["refresh"].startswith("0; ")
    await asyncio.wait_for(has_ended.wait(), 10)


async def test_a_slow_database_is_not_waited_for(client, conversation, monkeypatch):
    """The person is elsewhere while it works."""
    monkeypatch.setattr(leaving, "_END_WITHIN_S", 0.01)
    working, may_end, has_ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def receive(inbound):
        working.set()
        await may_end.wait()
        has_ended.set()

    monkeypatch.setattr(conversation, "receive", receive)
    assert (await client.post("/chat/leave", data={"seat": SEAT})).status_code == 200
    assert (working.is_set(), has_ended.is_set()) == (True, False)
    may_end.set()
    await asyncio.wait_for(has_ended.wait(), 10)


@pytest.mark.parametrize(("fault", "logged"), [("down", "exit_not_stored"), ("broken", "RuntimeError")])
async def test_what_could_not_be_ended_is_logged_without_a_name(
    client, conversation, monkeypatch, caplog, fault, logged
):
    """An operator learns that it happened, not to whom."""
    monkeypatch.setattr(leaving, "_PAUSES_S", (0.0, 0.0))
    conversation.is_down = fault == "down"
    conversation.fault = RuntimeError("canary-text")
    await client.post("/chat/leave", data={"seat": SEAT})
    assert logged in list_records(caplog)
    assert SEAT not in list_records(caplog)
    assert "canary" not in list_records(caplog)


async def test_a_body_that_does_not_come_holds_nobody_back(conversation, monkeypatch, connect):
    """The page leaves without the seat."""
    monkeypatch.setattr(leaving, "_BODY_WITHIN_S", 0.01)

    async def dawdle():
        yield b"seat="
        await asyncio.sleep(5)
        yield b"s"

    async with connect(make_app(conversation)) as client:
        response = await client.post("/chat/leave", content=dawdle())
    assert response.headers["refresh"].startswith("0; ")


async def test_a_large_body_holds_nobody_back(client, conversation):
    """Nothing of it is read."""
    response = await client.post("/chat/leave", content=b"x" * 5_000)
    assert (response.status_code, conversation.received) == (200, [])


async def test_an_exit_from_every_page_carries_what_the_page_knows(client):
    """The exit is on all of them, also where nothing is known."""
    for path in ("/chat", "/nothing-here"):
        page = (await client.get(path)).text
        form = page[page.index('<form id="leave"') : page.index("</form>")]
        assert 'name="seat"' in form
        assert 'src="/static/exit.js"' in page
