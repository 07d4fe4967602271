"""What comes after the exit: an act that was overtaken, and an exit of which nobody heard."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.inputs import Left
from tests.front.fakes import make_app

SEAT = "s" * 43
OTHER = "o" * 43
TAP = {"delivery": "d" * 32, "tap": "v=new&t=0&c=what", "seat": SEAT}


async def act(client, path: str):
    kind = "json" if path == "/chat/turn" else "data"
    return await client.post(path, **{kind: TAP})


@pytest.mark.parametrize("path", ["/chat", "/chat/turn"])
async def test_an_overtaken_act_begins_nothing(client, conversation, path):
    """It was on its way when its person left: no conversation, no cookie."""
    await client.post("/chat/leave", data={"seat": SEAT})
    response = await act(client, path)
    assert response.status_code == (410 if path == "/chat/turn" else 303)
    assert "set-cookie" not in response.headers
    assert conversation.where == {}


@pytest.mark.parametrize("path", ["/chat", "/chat/turn"])
async def test_an_act_that_was_worked_on_begins_nothing(client, conversation, path, monkeypatch):
    """The exit was done before it: what it began is destroyed again."""
    receive, working, may_end = conversation.receive, asyncio.Event(), asyncio.Event()

    async def dawdle(inbound):
        if inbound.what != Left():
            working.set()
            await may_end.wait()
        return await receive(inbound)

    monkeypatch.setattr(conversation, "receive", dawdle)
    acting = asyncio.create_task(act(client, path))
    await asyncio.wait_for(working.wait(), 10)
    await client.post("/chat/leave", data={"seat": SEAT})
    may_end.set()
    response = await acting
    assert response.status_code == (410 if path == "/chat/turn" else 303)
    assert "set-cookie" not in response.headers
    assert [inbound.what == Left() for inbound in conversation.received] == [True, False, True]
    assert conversation.where == {}


async def test_the_script_is_told_to_leave(client):
    """The page shows what is no more."""
    await client.post("/chat/leave", data={"seat": SEAT})
    assert (await act(client, "/chat/turn")).json() == {"line": "", "view": None, "gone": True}


@pytest.mark.parametrize("path", ["/chat", "/chat/turn"])
async def test_a_cookie_that_names_somebody_who_left_is_taken_back(client, conversation, path):
    """The act of a page with it begins nothing either; a fresh page is a new person's."""
    await client.post("/chat/leave", data={"seat": OTHER})
    kind = "json" if path == "/chat/turn" else "data"
    response = await client.post(path, headers={"cookie": f"chat={OTHER}"}, **{kind: TAP})
    assert "chat=" in response.headers["set-cookie"]
    assert conversation.where == {}
    page = await client.get("/chat", headers={"cookie": f"chat={OTHER}"})
    assert page.status_code == 200
    assert OTHER not in page.text
    assert "Max-Age=0" in page.headers["set-cookie"]


async def test_an_exit_that_nobody_heard_of_is_caught_up_on(client, conversation):
    """The browser carries the mark: what its cookie stands for is destroyed before anything is shown."""
    conversation.where[SEAT] = ("police", 2, "zh_TW")
    page = await client.get("/chat", headers={"cookie": f"chat={SEAT}; left=1"})
    dropped = page.headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in dropped] == ["chat", "left"]
    assert all("Max-Age=0" in cookie for cookie in dropped)
    assert SEAT not in page.text
    assert conversation.where == {}


async def test_with_the_mark_a_fresh_page_begins_anew(client, conversation):
    """Its own name counts, and the cookie that it is given is not taken back by the same answer."""
    conversation.where[OTHER] = ("police", 2, "zh_TW")
    response = await client.post("/chat/turn", json=TAP, headers={"cookie": f"chat={OTHER}; left=1"})
    assert response.status_code == 200
    assert response.headers.get_list("set-cookie")[-1].startswith(f"chat={SEAT};")
    assert list(conversation.where) == [SEAT]


async def test_behind_https_the_mark_is_bound_to_the_host(conversation, connect):
    """A neighbouring host cannot plant it and so end a conversation."""
    conversation.where[SEAT] = ("police", 2, "zh_TW")
    origin = "https://front.example"
    async with connect(make_app(conversation, origin=origin), origin) as client:
        await client.get("/chat", headers={"cookie": f"__Host-chat={SEAT}; left=1"})
        assert list(conversation.where) == [SEAT]
        await client.get("/chat", headers={"cookie": f"__Host-chat={SEAT}; __Host-left=1"})
        assert conversation.where == {}


async def test_the_answer_to_an_exit_takes_the_mark_back(client, conversation):
    """After an exit that was heard of no cookie remains."""
    conversation.where[SEAT] = ("police", 2, "zh_TW")
    response = await client.post(
        "/chat/leave", data={"seat": SEAT}, headers={"cookie": f"chat={SEAT}; left=1"}
    )
    assert {cookie.partition("=")[0] for cookie in response.headers.get_list("set-cookie")} == {
        "chat",
        "left",
    }
    assert conversation.where == {}


@pytest.mark.parametrize("path", ["/chat", "/p/ABCDE-FGHJK"])
async def test_every_way_is_named_where_one_is_refused(client, path):
    """RFC 9110, 15.5.6: the answer lists what the address takes."""
    response = await client.request("PUT", path)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
