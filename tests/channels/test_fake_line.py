"""The fake LINE refuses what LINE refuses: tests that pass against it mean something."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.channels.material import SOMEBODY
from tests.fakes import line_schema
from tests.fakes.line_platform import read_message
from tests.fakes.line_rules import find_complaints
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import Fault

FLEX = sorted((line_schema.CONTRACTS / "flex-samples").glob("*.json"))


def text(words: str = "嗨", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def postback(**changes: Any) -> dict[str, Any]:
    action = {"type": "postback", "label": "好", "data": "d", "displayText": "好", **changes}
    return {key: value for key, value in action.items() if value is not None}


def quick(*actions: Any) -> dict[str, Any]:
    return text(quickReply={"items": [{"type": "action", "action": action} for action in actions]})


def template(kind: str, **content: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "嗨", "template": {"type": kind, **content}}


def uri(target: str) -> dict[str, Any]:
    return {"type": "uri", "label": "去", "uri": target}


BUBBLE = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": []}}
FAMILY = "👨‍👩‍👧‍👦"


def flex(*parts: Any, **bubble: Any) -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": list(parts)}
    return {"type": "flex", "altText": "a", "contents": {"type": "bubble", "body": body, **bubble}}


def box(*parts: Any, layout: str = "vertical", **more: Any) -> dict[str, Any]:
    return {"type": "box", "layout": layout, "contents": list(parts), **more}


SPANS = {
    "type": "text",
    "contents": [{"type": "span", "text": " "}, {"type": "span", "text": "打", "size": "md"}],
}

ACCEPTED: list[list[Any]] = [
    [text()],
    [text("😀" * 2_500)],
    [text(), text(), text(), text(), quick(*[postback()] * 13)],
    [quick(postback(label=FAMILY * 20, displayText=FAMILY * 300, data="d" * 300))],
    [quick({"type": "location", "label": "在哪"}, {"type": "camera", "label": "拍"}, uri("tel:113"))],
    [quick({"type": "clipboard", "label": "複製", "clipboardText": "c" * 1_000})],
    [template("confirm", text="t" * 240, actions=[postback()] * 2)],
    [template("buttons", text="t" * 160, actions=[postback()] * 4)],
    [template("buttons", title="t" * 40, text="t" * 60, actions=[postback()])],
    [template("carousel", columns=[{"text": "t" * 120, "actions": [postback()] * 3}] * 10)],
    [template("image_carousel", columns=[{"imageUrl": "https://a.example/a.png", "action": postback()}])],
    [{"type": "flex", "altText": "a" * 1_500, "contents": BUBBLE}],
    [{"type": "flex", "altText": "a", "contents": {"type": "carousel", "contents": [BUBBLE] * 12}}],
    [
        flex(
            text("嗨", size="3xl", margin="5px", color="#1A1A1Aff"),
            SPANS,
            {"type": "separator", "margin": "md"},
        )
    ],
    [
        flex(
            box(text("1 好"), action=postback(label="字" * 40), paddingAll="12px", borderWidth="1px"),
            size="giga",
        )
    ],
    [
        flex(
            {
                "type": "button",
                "action": {"type": "datetimepicker", "label": "日", "data": "d", "mode": "date"},
            }
        )
    ],
    [flex(box(text("嗨"), layout="baseline"), styles={"body": {"backgroundColor": "#FFFFFF"}})],
    [{"type": "sticker", "packageId": "1", "stickerId": "2"}],
    [{"type": "location", "title": "t" * 100, "address": "a", "latitude": 25.03, "longitude": 121.5}],
    [text(sender={"name": "n" * 20})],
]

REFUSED: list[Any] = [
    None, [], [text()] * 6, [None], ["嗨"], [{}], [{"text": "嗨"}], [{"type": "txt", "text": "嗨"}], [{"type": []}],
    [{"type": "text"}], [text("")], [text(" \n")], [text("字" * 5_001)], [text("😀" * 2_501)],
    [quick(postback()), text()],
    [text(quickReply={"items": []})], [text(quickReply={})], [text(quickReply=None)], [quick(*[postback()] * 14)],
    [text(quickReply={"items": ["x"]})], [text(quickReply={"items": [{"type": "button", "action": postback()}]})],
    [text(quickReply={"items": [{"imageUrl": "http://a.example/a.png", "action": postback()}]})],
    [quick(None)], [quick({"type": "dance", "label": "x"})], [quick(postback(label=None))],
    [quick(postback(label=""))], [quick(postback(label="字" * 21))], [quick(postback(data=None))],
    [quick(postback(data="d" * 301))], [quick(postback(displayText="字" * 301))], [quick(postback(displayText=""))],
    [quick(postback(text="好"))], [quick(postback(fillInText="好"))],
    [quick({"type": "message", "label": "好"})], [quick({"type": "message", "label": "好", "text": "字" * 301})],
    [quick(uri("javascript:alert(1)"))], [quick(uri("https://a.example/" + "a" * 1_000))], [quick(uri("ftp://a"))],
    [quick({"type": "clipboard", "label": "複製", "clipboardText": "c" * 1_001})],
    [quick({"type": "richmenuswitch", "label": "x", "richMenuAliasId": "a", "data": "d"})],
    [template("confirm", text="t", actions=[postback()])], [template("confirm", text="t" * 241, actions=[postback()] * 2)],
    [template("buttons", text="t", actions=[postback()] * 5)], [template("buttons", text="t" * 161, actions=[postback()])],
    [template("buttons", title="t", text="t" * 61, actions=[postback()])],
    [template("buttons", title="t" * 41, text="t", actions=[postback()])],
    [template("buttons", thumbnailImageUrl="http://a", text="t", actions=[postback()])],
    [template("buttons", text="t", actions=[{"type": "camera", "label": "拍"}])],
    [template("carousel", columns=[])], [template("carousel", columns=["x"])],
    [template("carousel", columns=[{"text": "t" * 121, "actions": [postback()]}])],
    [template("carousel", columns=[{"text": "t", "actions": [postback()] * n} for n in (1, 2)])],
    [template("image_carousel", columns=[])],
    [template("image_carousel", columns=[{"imageUrl": "https://a", "action": postback(label="字" * 13)}])],
    [template("poster", text="t")], [{"type": "template", "altText": "a" * 1_501, "template": {"type": "confirm"}}],
    [{"type": "flex", "altText": "a", "contents": {"type": "box"}}], [{"type": "flex", "contents": BUBBLE}],
    [{"type": "flex", "altText": "a" * 1_501, "contents": BUBBLE}],
    [{"type": "flex", "altText": "a", "contents": {**BUBBLE, "x": "x" * 31_000}}],
    [{"type": "flex", "altText": "a", "contents": {"type": "carousel", "contents": [BUBBLE] * 13}}],
    [{"type": "flex", "altText": "a", "contents": {"type": "carousel", "contents": [{**BUBBLE, "x": "x" * 20_000}] * 3}}],
    [{"type": "flex", "altText": "a", "contents": {**BUBBLE, "action": postback(label="字" * 41)}}],
    [flex(None)], [flex("嗨")], [flex({"type": "span", "text": "嗨"})], [flex({"type": "icon", "url": "https://a"})],
    [flex(text(""))], [flex(text(" "))], [flex({"type": "text"})], [flex({"type": "text", "contents": []})],
    [flex({"type": "text", "contents": ["嗨"]})], [flex({"type": "text", "contents": [{"type": "span", "text": ""}]})],
    [flex({"type": "text", "contents": [{"type": "span", "text": "嗨", "color": "red"}]})],
    [flex(text("嗨", color="red"))], [flex(text("嗨", color=5))], [flex(text("嗨", size="huge"))], [flex(text("嗨", margin="big"))],
    [flex(text("嗨", margin=5))], [flex(text("嗨", action=postback(data=None)))], [flex(text("嗨", action=uri("javascript:x")))],
    [flex({"type": "button"})], [flex({"type": "button", "action": postback(label=None)})], [flex({"type": "image"})],
    [flex({"type": "button", "action": {"type": "datetimepicker", "label": "日", "data": "d", "mode": "week"}})],
    [flex(box(text("嗨"), layout="diagonal"))], [flex({"type": "box", "layout": "vertical"})], [flex(box({"type": "button"}, layout="baseline"))],
    [flex(box(paddingAll="x"))], [flex(box(borderWidth="12"))], [flex(size="enormous")], [flex(header=text("嗨"))],
    [flex(styles={"body": {"backgroundColor": "white"}})],
    [{"type": "image", "originalContentUrl": "http://a", "previewImageUrl": "https://a"}],
    [{"type": "imagemap", "altText": "a" * 1_501, "baseUrl": "x", "baseSize": {"width": 1}, "actions": [1]}],
    [{"type": "location", "title": "t" * 101, "address": "a", "latitude": 1, "longitude": 1}],
    [{"type": "sticker"}], [text(sender={"name": "n" * 21})], [text(sender={"name": "LINE 客服"})],
]  # fmt: skip


@pytest.mark.parametrize("messages", ACCEPTED)
def test_messages_at_the_limits_are_accepted(messages: list[Any]) -> None:
    """And the published API description agrees."""
    assert find_complaints(messages) == []
    if line_schema.is_available():
        assert line_schema.find_faults("ReplyMessageRequest", {"replyToken": "t", "messages": messages}) == []


@pytest.mark.parametrize("messages", REFUSED)
def test_messages_beyond_the_limits_are_refused(messages: Any) -> None:
    """Each with a reason and the place."""
    complaints = find_complaints(messages)

    assert complaints
    assert all(reason and where.startswith("messages") for reason, where in complaints)


@pytest.mark.skipif(not FLEX, reason="LINE's samples are not beside this checkout")
@pytest.mark.parametrize("sample", FLEX, ids=lambda path: path.stem)
def test_published_flex_samples_are_accepted(sample: Any) -> None:
    """By the rules here and by the API description."""
    messages = [{"type": "flex", "altText": "a", "contents": json.loads(sample.read_text(encoding="utf-8"))}]

    assert find_complaints(messages) == []
    assert line_schema.find_faults("ReplyMessageRequest", {"replyToken": "t", "messages": messages}) == []


@pytest.mark.skipif(not line_schema.is_available(), reason="the API description is not beside this checkout")
@pytest.mark.parametrize(
    "message",
    [{"type": "text"}, {"type": "txt", "text": "x"}, text(txet="x"), quick(postback(data="d" * 301)),
     quick({**postback(), "displaytext": "x"}), quick(*[postback()] * 14), text(5)],
)  # fmt: skip
def test_the_api_description_is_followed_into_each_type(message: dict[str, Any]) -> None:
    """A base schema alone would accept all of these."""
    assert line_schema.find_faults("ReplyMessageRequest", {"replyToken": "t", "messages": [message]})


@pytest.fixture
async def api(line: FakeLineServer) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {line.access_token}"}
    async with httpx.AsyncClient(base_url=line.base_url, headers=headers, trust_env=False) as client:
        yield client


async def reply(api: httpx.AsyncClient, token: str, messages: Any = None, **more: Any) -> httpx.Response:
    body = {"replyToken": token, "messages": [text()] if messages is None else messages}
    return await api.post("/v2/bot/message/reply", json=body, **more)


async def test_a_reply_is_answered_with_its_message_ids(line: FakeLineServer, api: httpx.AsyncClient) -> None:
    """And every answer has a request id."""
    answer = await reply(api, line.issue_reply_token(SOMEBODY), [text("一"), text("二")])

    assert answer.status_code == 200
    assert len(answer.json()["sentMessages"]) == 2
    assert answer.headers["x-line-request-id"]
    assert line.people[SOMEBODY].bubbles == ["一", "二"]


async def test_tokens_are_its_own_single_and_short_lived() -> None:
    """Unknown, used, more than a minute old: the same refusal. A redelivery gives another minute."""
    now = 0.0
    async with FakeLineServer(now=lambda: now) as line:
        headers = {"authorization": f"Bearer {line.access_token}"}
        async with httpx.AsyncClient(base_url=line.base_url, headers=headers, trust_env=False) as api:
            used, old, renewed = (line.issue_reply_token(SOMEBODY) for _ in range(3))
            assert (await reply(api, used)).status_code == 200
            now = 61.0
            line.renew_reply_token(renewed)
            refusals = [await reply(api, token) for token in ("unknown", used, old)]
            assert [r.json() for r in refusals] == [{"message": "Invalid reply token"}] * 3
            assert {r.status_code for r in refusals} == {400}
            assert (await reply(api, renewed)).status_code == 200


async def test_an_error_sends_nothing_and_keeps_the_token(
    line: FakeLineServer, api: httpx.AsyncClient
) -> None:
    """One wrong message refuses them all, with the place of the fault."""
    token = line.issue_reply_token(SOMEBODY)

    answer = await reply(api, token, [text(), text("")])

    assert answer.status_code == 400
    assert answer.json() == {
        "message": "The request body has 1 error(s)",
        "details": [{"message": "May not be empty", "property": "messages[1].text"}],
    }
    assert line.sent == []
    assert (await reply(api, token)).status_code == 200


async def test_a_reply_takes_no_retry_key(line: FakeLineServer, api: httpx.AsyncClient) -> None:
    """Only pushes do."""
    key = {"X-Line-Retry-Key": "123e4567-e89b-12d3-a456-426614174000"}

    assert (await reply(api, line.issue_reply_token(SOMEBODY), headers=key)).status_code == 400


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"headers": {"authorization": "Bearer wrong"}, "json": {}}, 401),
        ({"content": b"{" * 3, "headers": {"content-type": "application/json"}}, 400),
        ({"content": b"[]", "headers": {"content-type": "application/json"}}, 400),
        ({"content": b"[" * 99_999, "headers": {"content-type": "application/json"}}, 400),
        ({"content": b"{}"}, 415),
        ({"content": b" " * 2_097_153, "headers": {"content-type": "application/json"}}, 413),
        ({"json": {"messages": [text()]}}, 400),
    ],
)
async def test_bad_requests_are_refused(
    api: httpx.AsyncClient, request_: dict[str, Any], status: int
) -> None:
    """Before anything is looked at."""
    assert (await api.post("/v2/bot/message/reply", **request_)).status_code == status


async def test_a_repeated_push_is_a_conflict_with_the_first_answer(
    line: FakeLineServer, api: httpx.AsyncClient
) -> None:
    """Accepted once under one retry key."""
    line.issue_reply_token(SOMEBODY)
    line._meet(SOMEBODY)
    key = {"X-Line-Retry-Key": "123e4567-e89b-12d3-a456-426614174000"}
    push = {"to": SOMEBODY, "messages": [text()]}

    first, again = [await api.post("/v2/bot/message/push", json=push, headers=key) for _ in range(2)]

    assert (first.status_code, again.status_code) == (200, 409)
    assert again.json()["sentMessages"] == first.json()["sentMessages"]
    assert again.headers["x-line-accepted-request-id"]
    assert len(line.sent) == 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"to": "Unobody", "messages": [text()]}, {}),
        ({"messages": [text()]}, {}),
        ({"to": SOMEBODY, "messages": []}, {}),
        ({"to": SOMEBODY, "messages": [text()]}, {"X-Line-Retry-Key": "1"}),
    ],
)
async def test_bad_pushes_are_refused(
    api: httpx.AsyncClient, body: dict[str, Any], headers: dict[str, str]
) -> None:
    """Nobody to send to, nothing to send, a key that is no UUID."""
    assert (await api.post("/v2/bot/message/push", json=body, headers=headers)).status_code == 400


async def test_the_other_endpoints_answer_as_line_does(line: FakeLineServer, api: httpx.AsyncClient) -> None:
    """Profile, bot, loading, validation; an unknown path is not found."""
    line._meet(SOMEBODY)
    line._meet("Ublocker").has_blocked = True
    loading = "/v2/bot/chat/loading/start"

    assert (await api.get(f"/v2/bot/profile/{SOMEBODY}")).json()["language"] == "zh-TW"
    assert (await api.get("/v2/bot/profile/Ublocker")).status_code == 404
    assert (await api.get("/v2/bot/info")).json()["chatMode"] == "bot"
    for seconds, status in ((5, 202), (60, 202), (7, 400), (65, 400)):
        body = {"chatId": SOMEBODY, "loadingSeconds": seconds}
        assert (await api.post(loading, json=body)).status_code == status
    assert (await api.post(loading, json={})).status_code == 400
    assert line.waiting == [SOMEBODY] * 2
    assert (await api.post("/v2/bot/message/validate/reply", json={"messages": [text()]})).status_code == 200
    assert (await api.post("/v2/bot/message/validate/reply", json={"messages": []})).status_code == 400
    assert (await api.get("/v2/bot/anything")).status_code == 404


@pytest.mark.parametrize("kind", ["group", "room"])
async def test_a_place_is_left_once(line: FakeLineServer, api: httpx.AsyncClient, kind: str) -> None:
    """Where the bot is not, it cannot leave."""
    line.places = {"C1"}

    answers = [await api.post(f"/v2/bot/{kind}/C1/leave") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 404]


@pytest.mark.parametrize(("quietly", "status"), [(True, 200), (False, 200), ("yes", 400), (None, 400)])
async def test_whether_a_phone_stays_quiet_is_yes_or_no(
    line: FakeLineServer, api: httpx.AsyncClient, quietly: Any, status: int
) -> None:
    """Anything else is refused, and nothing is sent."""
    body = {
        "replyToken": line.issue_reply_token(SOMEBODY),
        "messages": [text()],
        "notificationDisabled": quietly,
    }

    assert (await api.post("/v2/bot/message/reply", json=body)).status_code == status
    assert [sent.quietly for sent in line.sent] == ([quietly] if status == 200 else [])


def test_a_drawing_can_be_read_off_the_screen() -> None:
    """Line by line, a text with its spans as one."""
    assert read_message(flex(text("一"), box(SPANS), {"type": "separator"})) == "一\n 打"
    assert read_message({"type": "sticker"}) == "[sticker]"


@pytest.mark.parametrize("path", ["content", "content/preview", "content/transcoding"])
async def test_asking_for_content_fails_the_test(path: str) -> None:
    """Whether or not the caller is known."""
    async with FakeLineServer() as line:
        async with httpx.AsyncClient(base_url=line.base_url, trust_env=False) as api:
            assert (await api.get(f"/v2/bot/message/1/{path}")).status_code == 500
        with pytest.raises(AssertionError):
            line.assert_clean()


async def test_a_dropped_connection_after_accepting_was_still_accepted(
    line: FakeLineServer, api: httpx.AsyncClient
) -> None:
    """And before accepting it was not."""
    line.fail_next(Fault(drop="before"), Fault(drop="after"))

    for sent in (0, 1):
        with pytest.raises(httpx.HTTPError):
            await reply(api, line.issue_reply_token(SOMEBODY))
        assert len(line.sent) == sent
