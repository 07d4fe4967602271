"""The page carries who it belongs to, so that nothing depends on a cookie."""

from __future__ import annotations

import re

import pytest

from tests.front.fakes import list_records, make_app

TAP = {"delivery": "d" * 32, "tap": "v=new&t=0&c=what"}
SEAT = "s" * 43
OTHER = "o" * 43


def find_seats(page: str) -> list[str]:
    return re.findall('name="seat" value="([^"]*)"', page)


@pytest.fixture
async def cookieless(conversation, connect):
    """A browser that refuses every cookie."""
    async with connect(make_app(conversation)) as client:
        refuse = client.cookies.clear
        client.event_hooks["request"].append(lambda request: _drop_cookie(request, refuse))
        yield client


async def _drop_cookie(request, refuse) -> None:
    request.headers.pop("cookie", None)
    refuse()


async def test_every_form_of_the_page_carries_the_same_seat(client):
    """One name of 256 bits in each form; another page has another."""
    first, second = [find_seats((await client.get("/chat")).text) for _ in range(2)]
    assert len(first) == 5
    assert len({*first, *second}) == 2
    assert all(re.fullmatch("[A-Za-z0-9_-]{43,}", seat) for seat in first)


async def test_the_seat_is_the_person(cookieless, conversation):
    """Two acts with one seat are one person's."""
    await cookieless.post("/chat/turn", json={**TAP, "seat": SEAT})
    answer = await cookieless.post(
        "/chat/turn", json={"delivery": "e" * 32, "tap": "v=visit-1&t=1&c=police", "seat": SEAT}
    )
    assert answer.json()["view"]["turn"] == 2
    assert {inbound.user_id for inbound in conversation.received} == {SEAT}


async def test_the_first_act_offers_the_seat_as_cookie(client):
    """So that a reload finds the conversation again, where cookies are kept."""
    await client.post("/chat/turn", json={**TAP, "seat": SEAT})
    assert client.cookies["chat"] == SEAT


async def test_forms_alone_go_from_answer_to_answer(cookieless, conversation):
    """Never a redirect, which would arrive as a stranger: each answer is the page, with the seat."""
    page = (await cookieless.get("/chat")).text
    for turn, choice in enumerate(("what", "police", "list")):
        tap = re.search(f'name="tap" value="([^"]*c={choice})"', page)[1].replace("&amp;", "&")
        sent = {"delivery": f"{turn}" * 32, "tap": tap, "seat": find_seats(page)[0]}
        response = await cookieless.post("/chat", data=sent)
        assert response.status_code == 200
        page = response.text
    assert "先截圖" in page
    assert len({inbound.user_id for inbound in conversation.received}) == 1


async def test_a_refused_form_keeps_its_seat(cookieless, conversation):
    """Whatever goes wrong, the page that says so still belongs to the same person."""
    await cookieless.post("/chat", data={**TAP, "seat": SEAT})
    for sent in ({"text": "我" * 5_001}, {"tap": "nonsense"}, {}):
        page = (await cookieless.post("/chat", data={"delivery": "e" * 32, "seat": SEAT, **sent})).text
        assert set(find_seats(page)) == {SEAT}
        assert "這不是你的錯" in page


async def test_a_seat_never_takes_a_cookies_place(client, conversation):
    """A page left open, or a seat that somebody slipped in, does not change who the browser is."""
    await client.post("/chat/turn", json={**TAP, "seat": SEAT})
    for path, body in (("/chat/turn", "json"), ("/chat", "data")):
        sent = {"delivery": path.rjust(32, "x").replace("/", "_"), "text": "嗨", "seat": OTHER}
        response = await client.post(path, **{body: sent})
        assert "set-cookie" not in response.headers
    assert {inbound.user_id for inbound in conversation.received} == {SEAT}


@pytest.mark.parametrize("planted", ["short", "x" * 129, "字" * 50, "a b" * 20, "", None, 7, ["s" * 43], {}])
async def test_a_seat_that_we_did_not_draw_is_nobody(client, conversation, planted):
    """It is neither taken for a name nor refused: the act is a new person's."""
    response = await client.post("/chat/turn", json={**TAP, "seat": planted})
    assert response.status_code == 200
    assert conversation.received[0].user_id.startswith("token-")


async def test_a_page_with_a_cookie_carries_the_same_name(client):
    """When the cookie is lost in the middle, the page goes on."""
    await client.post("/chat/turn", json={**TAP, "seat": SEAT})
    assert set(find_seats((await client.get("/chat")).text)) == {SEAT}


async def test_no_seat_in_addresses_or_logs(cookieless, conversation, caplog):
    """It opens what the cookie opens, so it is kept as secret."""
    conversation.fault = RuntimeError("broken")
    for path, body in (("/chat/turn", "json"), ("/chat", "data"), ("/chat/leave", "data")):
        response = await cookieless.post(path, **{body: {**TAP, "seat": SEAT}})
        assert SEAT not in str(response.url)
        assert SEAT not in response.headers.get("location", "")
    assert SEAT not in list_records(caplog)
    page = (await cookieless.get("/chat")).text
    assert not re.search('(?:href|src|action)="[^"]*token-', page)


async def test_looking_with_a_seat_makes_nobody(cookieless, conversation):
    """The seat is a name for later; drawing it stores nothing."""
    response = await cookieless.get("/chat")
    assert "set-cookie" not in response.headers
    assert (conversation.received, conversation.where) == ([], {})
