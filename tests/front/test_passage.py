"""The one-time page: opening it uses nothing, the button uses the code once."""

from __future__ import annotations

import re

import pytest

from bot.front.live import Live, Pace
from tests.front.fakes import CODE, SOURCE_WORDS, list_records, make_app
from tests.front.listening import listen

SEAT = "s" * 43
TAP = {"delivery": "d" * 32, "tap": "v=new&t=0&c=what", "seat": SEAT}


@pytest.fixture(autouse=True)
def code_is_good(conversation) -> None:
    conversation.codes[CODE] = "police"


async def test_opening_it_looks_nothing_up(client, conversation):
    """A program that previews addresses does not use the code, and learns not whether it is good."""
    pages = [await client.get(f"/p/{code}") for code in (CODE, "ZZZZZ-ZZZZZ")]
    bare = [re.sub("token-[0-9]+|[A-Z]{5}-[A-Z]{5}", "", page.text) for page in pages]
    assert bare[0] == bare[1]
    assert (conversation.looks, list(conversation.codes), conversation.received) == (0, [CODE], [])
    assert all("set-cookie" not in page.headers for page in pages)
    assert (await client.head(f"/p/{CODE}")).status_code == 200
    assert list(conversation.codes) == [CODE]


async def test_it_is_neutral(client):
    """One button, no word of the subject, the exit, and the title of every page."""
    page = (await client.get(f"/p/{CODE}")).text
    assert "<title>備忘</title>" in page
    assert '<button class="button">繼續</button>' in page
    assert 'class="exit"' in page
    assert not re.search("性|影像|威脅|受害|LINE|Telegram", re.sub("<footer.*", "", page, flags=re.DOTALL))


@pytest.mark.parametrize("written", [CODE, "abcde-fghjk", "ABCDEFGHJK", "abcdefghjk", "a-b-c-d-e-f-g-h-j-k"])
async def test_the_button_goes_on_with_the_conversation(client, conversation, written):
    """However the code is written: the chat page with that question, and a cookie where they are kept."""
    response = await client.post(f"/p/{written}", data={"seat": SEAT})
    assert response.status_code == 200
    assert "你可以報警，也可以不報" in response.text
    assert set(re.findall('name="seat" value="([^"]*)"', response.text)) == {SEAT}
    assert client.cookies["chat"] == SEAT
    assert conversation.where == {SEAT: ("police", 7, "zh_TW")}
    assert conversation.codes == {}


async def test_with_a_cookie_the_address_is_left_behind(client, conversation):
    """303 to the chat: what is in the history then holds no code."""
    await client.post("/chat/turn", json=TAP)
    response = await client.post(f"/p/{CODE}", data={"seat": "o" * 43})
    assert (response.status_code, response.headers["location"]) == (303, "/chat")
    assert list(conversation.where) == [SEAT]


async def test_a_used_code_says_so_and_leads_on(client, conversation):
    """410, a kind line and the way to the chat; nothing changed."""
    await client.post(f"/p/{CODE}", data={"seat": SEAT})
    before = dict(conversation.where)
    response = await client.post(f"/p/{CODE}", data={"seat": "o" * 43})
    assert response.status_code == 410
    assert SOURCE_WORDS["code_gone"] in response.text
    assert 'href="/chat"' in response.text
    assert "set-cookie" not in response.headers
    assert conversation.where == before


@pytest.mark.parametrize("keeps_cookies", [True, False])
async def test_the_button_pressed_twice_leads_to_the_same_conversation(client, conversation, keeps_cookies):
    """Or the first answer was lost: whoever this page has brought here is not told that the code is used."""
    await client.post(f"/p/{CODE}", data={"seat": SEAT})
    if not keeps_cookies:
        client.cookies.clear()
    response = await client.post(f"/p/{CODE}", data={"seat": SEAT}, follow_redirects=True)
    assert response.status_code == 200
    assert "你可以報警，也可以不報" in response.text
    assert list(conversation.where) == [SEAT]


async def test_whoever_talks_here_already_is_told_that_a_code_did_nothing(client, conversation):
    """Their own conversation must not look like the one that the code stood for."""
    await client.post("/chat/turn", json=TAP)
    conversation.codes.clear()
    response = await client.post(f"/p/{CODE}", data={"seat": "o" * 43})
    assert response.status_code == 410


async def test_a_page_that_was_left_uses_nothing(conversation, connect):
    """The button was pressed before the exit and comes after it."""
    live = Live()
    live.end(SEAT)
    async with connect(make_app(conversation, live=live)) as client:
        response = await client.post(f"/p/{CODE}", data={"seat": SEAT})
    assert (response.status_code, response.headers["location"]) == (303, "/chat")
    assert "set-cookie" not in response.headers
    assert (list(conversation.codes), conversation.where) == ([CODE], {})


async def test_a_conversation_that_comes_while_its_person_leaves_ends(conversation, connect, monkeypatch):
    """It was on its way when the exit was pressed."""
    live, take_over = Live(), conversation.take_over

    async def leave_meanwhile(channel, user_id, code):
        live.end(SEAT)
        return await take_over(channel, user_id, code)

    monkeypatch.setattr(conversation, "take_over", leave_meanwhile)
    async with connect(make_app(conversation, live=live)) as client:
        response = await client.post(f"/p/{CODE}", data={"seat": SEAT})
    assert response.status_code == 303
    assert "set-cookie" not in response.headers
    assert conversation.where == {}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "code",
    ["ABCDE", "ABCDE-FGHJ0", "ABCDE-FGHJI", "ABCDE-FGHJKL", "%20", "ABCDE%2FFGHJK", "字" * 10, "A" * 5_000],
)
async def test_what_is_no_code_is_no_page(client, conversation, method, code):
    """404, and nothing is asked of anybody."""
    response = await client.request(method, f"/p/{code}")
    assert response.status_code == 404
    assert "沒有你要找的頁面" in response.text
    assert list(conversation.codes) == [CODE]


@pytest.mark.parametrize("is_bug", [False, True])
async def test_a_database_that_is_away_uses_nothing(client, conversation, caplog, is_bug):
    """503 with the same button: the code is still good. What broke is logged without it."""
    conversation.is_down, conversation.fault = not is_bug, RuntimeError("canary-text") if is_bug else None
    response = await client.post(f"/p/{CODE}", data={"seat": SEAT})
    assert response.status_code == 503
    assert "113" in response.text
    assert f'action="/p/{CODE}"' in response.text
    assert set(re.findall('name="seat" value="([^"]*)"', response.text)) == {SEAT}
    assert "set-cookie" not in response.headers
    assert ("RuntimeError" in list_records(caplog)) is is_bug
    assert not re.search(f"canary|{CODE}", list_records(caplog))
    conversation.is_down, conversation.fault = False, None
    assert (await client.post(f"/p/{CODE}", data={"seat": SEAT})).status_code == 200


async def test_other_pages_of_the_same_person_follow(conversation, connect):
    """They show the conversation that came."""
    app = make_app(conversation, live=Live(Pace(look_s=30)))
    conversation.where[SEAT] = ("what", 1, "zh_TW")
    async with connect(app) as client, listen(app, seat=SEAT, last="visit-1.1") as page:
        await client.post(f"/p/{CODE}", data={"seat": SEAT})
        assert (await page.next_event()).id == "visit-1.7"


async def test_a_large_body_is_no_seat(client):
    """The code still leads on, to a new person."""
    response = await client.post(f"/p/{CODE}", content=b"x" * 5_000)
    assert response.status_code == 200
    assert client.cookies["chat"].startswith("token-")
