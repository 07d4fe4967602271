"""The same turns as JSON, for the page's script."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.inputs import Tapped, Typed
from tests.front.fakes import make_app

TAP = {"delivery": "d" * 32, "tap": "v=new&t=0&c=what", "lang": "zh-Hant-TW"}


async def test_a_tap_is_answered_with_the_next_question(client, conversation):
    """Bubbles, buttons and no words that the page has already."""
    response = await client.post("/chat/turn", json=TAP)
    answer = response.json()
    assert response.status_code == 200
    assert answer["line"] == ""
    assert answer["view"]["bubbles"][0] == [{"text": "謝謝你願意說，這不是你的錯。"}]
    assert [choice["label"] for choice in answer["view"]["choices"]] == ["是，有人威脅我", "我還不確定"]
    assert "words" not in answer
    assert conversation.received[0].what == Tapped("what", "new", 0)


async def test_a_change_of_language_brings_the_words(client):
    """The page can speak the new language without a reload."""
    answer = (await client.post("/chat/turn", json={**TAP, "tap": "v=new&t=0&c=language"})).json()
    assert (answer["words"]["lang"], answer["words"]["send"]) == ("en", "Send")


async def test_the_same_delivery_is_one_answer(client, conversation):
    """A retry after a lost answer gets the current question."""
    first = await client.post("/chat/turn", json=TAP)
    second = await client.post("/chat/turn", json=TAP)
    assert second.json()["view"] == first.json()["view"]
    assert len(conversation.received) == 1


async def test_a_first_act_whose_answer_was_lost_is_known_again(client, conversation):
    """The cookie was lost with the answer; the page's seat is the same, so the retry is a repetition."""
    act = {**TAP, "seat": "s" * 43}
    await client.post("/chat/turn", json=act)
    client.cookies.clear()
    answer = (await client.post("/chat/turn", json=act)).json()
    assert answer["view"]["turn"] == 1
    assert len(conversation.received) == 1


async def test_a_first_act_without_a_seat_still_counts(client, conversation):
    """Then nobody knows that it is the same person, and it must not be swallowed as a repetition."""
    await client.post("/chat/turn", json=TAP)
    client.cookies.clear()
    answer = (await client.post("/chat/turn", json=TAP)).json()
    assert answer["view"]["turn"] == 1
    assert len(conversation.received) == 2


BAD_BODIES = [
    b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe", b"{}",
    b"[" * 30_000, b'{"a":' * 8_000,
    b'{"text":"a","text":"b"}', b'{"turn":NaN}', b'{"turn":Infinity}', b'{"n":' + b"9" * 5_000 + b"}",
    b'{"delivery":1,"text":"a"}', b'{"delivery":"dddddddddddddddddddd","text":["a"]}',
    b'{"delivery":"dddddddddddddddddddd","text":"a","tap":{}}',
    b'{"delivery":"dddddddddddddddddddd","text":"\\u0000"}',
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
async def test_bad_json_repeats_the_question(client, conversation, body):
    """400 with a kind line and the current question; nothing stored, no cookie."""
    response = await client.post("/chat/turn", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert "不是你的問題" in response.json()["line"]
    assert response.json()["view"]["turn"] == 0
    assert conversation.received == []
    assert "set-cookie" not in response.headers


async def test_a_lone_surrogate_is_replaced(client, conversation):
    """Legal in JSON, impossible in UTF-8: it must not break what comes after."""
    body = b'{"delivery":"dddddddddddddddddddd","text":"hi \\ud800"}'
    response = await client.post("/chat/turn", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 200
    assert conversation.received[0].what == Typed("hi \ufffd")


async def test_json_must_say_that_it_is_json(client, conversation):
    """A form of another site cannot send the JSON type."""
    response = await client.post(
        "/chat/turn", content=json.dumps(TAP), headers={"content-type": "text/plain"}
    )
    assert response.status_code == 400
    assert conversation.received == []


async def test_a_text_that_is_too_long_is_not_taken(client, conversation):
    """413 with words: the text is still in the page's box."""
    response = await client.post("/chat/turn", json={"delivery": "d" * 32, "text": "我" * 5_001})
    assert response.status_code == 413
    assert "5,000" in response.json()["line"]
    assert conversation.received == []


async def test_a_megabyte_is_not_taken(client, conversation):
    """413 without reading it all."""
    response = await client.post("/chat/turn", json={"delivery": "d" * 32, "text": "x" * 1_000_000})
    assert response.status_code == 413
    assert "太長" in response.json()["line"]
    assert conversation.received == []


async def test_a_store_that_is_down_is_said(client, conversation):
    """503: not saved, try again, and who to call meanwhile."""
    conversation.is_down = True
    response = await client.post("/chat/turn", json=TAP)
    assert response.status_code == 503
    assert response.json()["view"] is None
    assert "沒有存下來" in response.json()["line"]
    assert "113" in response.json()["line"]
    assert "set-cookie" not in response.headers


async def test_the_store_coming_back_takes_the_same_delivery(client, conversation):
    """Nothing was stored, so the retry is the first."""
    conversation.is_down = True
    await client.post("/chat/turn", json=TAP)
    conversation.is_down = False
    assert (await client.post("/chat/turn", json=TAP)).json()["view"]["turn"] == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(body=st.binary(max_size=200) | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "tap", "delivery", "lang"]), inner, max_size=4), max_leaves=6).map(lambda tree: json.dumps(tree).encode()))  # fmt: skip
async def test_no_body_breaks_a_turn(conversation, connect, body):
    """Any bytes get a kind answer: never a 500."""
    async with connect(make_app(conversation)) as client:
        for path, kind in (
            ("/chat/turn", "application/json"),
            ("/chat", "application/x-www-form-urlencoded"),
        ):
            response = await client.post(path, content=body, headers={"content-type": kind})
            assert response.status_code in {200, 303, 400, 413}
