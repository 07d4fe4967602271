"""Who is on the other side, and which requests are from our own page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.front.visitor import prefer_language
from tests.front.fakes import CODE, make_app

TAP = {"delivery": "d" * 32, "tap": "v=new&t=0&c=what"}


async def test_looking_makes_nobody(client, conversation):
    """A crawler stores nothing and gets no cookie."""
    response = await client.get("/chat")
    assert response.status_code == 200
    assert "set-cookie" not in response.headers
    assert (conversation.received, conversation.where) == ([], {})


async def test_acting_makes_a_person(client, conversation):
    """The first act gets a cookie for the browser's session, out of reach of scripts and other sites."""
    response = await client.post("/chat/turn", json=TAP)
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("chat=token-")
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Max-Age" not in cookie
    assert "expires" not in cookie.lower()
    assert [inbound.user_id for inbound in conversation.received] == [client.cookies["chat"]]


async def test_the_cookie_is_given_once(client, conversation):
    """The second act is the same person's."""
    await client.post("/chat/turn", json=TAP)
    response = await client.post("/chat/turn", json={"delivery": "e" * 32, "text": "嗨"})
    assert "set-cookie" not in response.headers
    assert len({inbound.user_id for inbound in conversation.received}) == 1


async def test_behind_https_the_cookie_is_bound_to_the_host(conversation, connect):
    """The __Host- prefix, Secure and no Domain."""
    origin = "https://front.example"
    async with connect(make_app(conversation, origin=origin), origin) as client:
        cookie = (await client.post("/chat", data=TAP)).headers["set-cookie"]
    assert cookie.startswith("__Host-chat=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("planted", ["short", "x" * 129, "字" * 50, "a b" * 20, ""])
async def test_a_planted_cookie_is_nobody(client, conversation, planted):
    """What we did not make is not taken for a name."""
    cookie = f"chat={planted}".encode()
    response = await client.post("/chat/turn", json=TAP, headers={"cookie": cookie})
    assert response.headers["set-cookie"].startswith("chat=token-")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8080"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/chat", "/chat/turn", "/chat/live", "/chat/leave", f"/p/{CODE}"])
async def test_other_sites_cannot_act(client, conversation, path, headers):
    """403, nothing stored, no cookie given or taken."""
    conversation.codes[CODE] = "police"
    response = await client.post(path, json=TAP, headers=headers)
    assert response.status_code == 403
    assert "為了保護你" in response.text
    assert (conversation.received, list(conversation.codes)) == ([], [CODE])
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"origin": "http://127.0.0.1:8080"},
        {},
    ],
)
async def test_our_own_page_can_act(client, headers):
    """A browser that hides the origin says itself where it comes from; an old one tells the origin."""
    assert (await client.post("/chat/turn", json=TAP, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ""),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-TW"),
        ("en;q=0.5, vi;q=0.9", "vi"),
        ("id", "id"),
        ("fil-PH , en", "fil-PH"),
        ("*", ""),
        ("en;q=0", ""),
        ("zh_Hant_TW", "zh_Hant_TW"),
        ("'; drop table", ""),
        ("en;q=abc, th;q=0.1", "th"),
        ("x" * 10_000, ""),
    ],
)
def test_the_preferred_language_is_found(header, expected):
    """The heaviest tag, the first among equals; nonsense is no language."""
    assert expected == prefer_language(header)


@given(st.text())
def test_no_header_breaks_the_language(header):
    """Any header gives a tag of a known shape, or nothing."""
    assert prefer_language(header).replace("-", "").replace("_", "").isascii()
