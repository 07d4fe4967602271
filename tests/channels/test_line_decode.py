"""What people did on LINE, read from its webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.channels.line import decode
from bot.channels.taps import encode_tap
from bot.core.inputs import Left, SentMedia, Started, Tapped, Typed
from bot.ports import Address, Inbound
from tests.channels.material import NOW, NOW_MS, SOMEBODY, make_body, make_event


def decode_one(**changes: Any) -> Inbound:
    [inbound] = decode(make_body(make_event(**changes)), NOW)
    return inbound


def decode_none(**changes: Any) -> bool:
    return decode(make_body(make_event(**changes)), NOW) == []


def test_a_text_becomes_typed_with_its_way_back() -> None:
    """Everything that the conversation needs, and no more."""
    expected = Inbound(
        channel="line",
        user_id=SOMEBODY,
        delivery_id="01HZZZZZZZZZZZZZZZZZZZZZZZ",
        what=Typed("你好"),
        sent_at=NOW,
        reply_to=Address(to=SOMEBODY, token="a" * 32, until=NOW + timedelta(seconds=50)),
    )

    assert expected == decode_one()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("sticker", "sticker"),
        ("image", "image"),
        ("video", "video"),
        ("audio", "audio"),
        ("file", "file"),
        ("location", "location"),
        ("hologram", "other"),
    ],
)
def test_anything_but_text_is_only_its_kind(kind: str, expected: str) -> None:
    """Ids, file names, addresses and coordinates do not get past this point."""
    details = {"id": "31415926", "fileName": "secret.jpg", "latitude": 25.03, "title": "家", "text": "secret"}
    content = {"type": "external", "originalContentUrl": "https://secret.example"}

    inbound = decode_one(message={"type": kind, "contentProvider": content, **details})

    assert inbound.what == SentMedia(expected)  # type: ignore[arg-type]
    assert not {"31415926", "secret", "25.03", "家"} & set(repr(inbound).split("'"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"type": "follow", "message": None, "follow": {"isUnblocked": True}}, Started()),
        ({"type": "follow", "message": None}, Started()),
        ({"type": "unfollow", "message": None, "replyToken": None}, Left()),
    ],
)
def test_coming_and_leaving(changes: dict[str, Any], expected: object) -> None:
    """Following starts, blocking leaves."""
    assert expected == decode_one(**changes).what


def test_leaving_has_no_way_back() -> None:
    """Even if LINE sent a token, nothing would be said."""
    assert decode_one(type="unfollow").reply_to is None


def test_a_button_of_ours_becomes_tapped() -> None:
    """The choice with the visit and the turn it was drawn in."""
    carried = encode_tap("yes", visit="Ab3", turn=7)

    assert Tapped("yes", "Ab3", 7) == decode_one(type="postback", postback={"data": carried}).what  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data", ["", "hello", "v=a&t=x&c=y", "action=buy&item=1", None, 5, ["v"], "v=a&t=1&c=y" * 99]
)
def test_a_foreign_button_asks_the_question_again(data: object) -> None:
    """An old edition's button, or one of another menu: the person did something and gets an answer."""
    assert decode_one(type="postback", postback={"data": data}).what == Started()


def test_a_postback_without_content_asks_again() -> None:
    """A button was pressed, whatever it carried."""
    assert decode_one(type="postback", message=None).what == Started()


@pytest.mark.parametrize(
    "kind",
    ["unsend", "beacon", "videoPlayComplete", "accountLink", "messageEdited", "join", "leave", "memberJoined",
     "membership", "module", "activated", "delivery", "greatNewFeature"],
)  # fmt: skip
def test_what_is_no_act_of_speaking_is_left_out(kind: str) -> None:
    """We keep no text of theirs, so there is nothing to take back; new kinds are not guessed."""
    assert decode_none(type=kind)


@pytest.mark.parametrize(
    "source",
    [
        {"type": "group", "groupId": "C1", "userId": SOMEBODY},
        {"type": "room", "roomId": "R1", "userId": SOMEBODY},
        {"type": "user"},
        {"type": "user", "userId": ""},
        {"type": "user", "userId": 5},
        {"type": "user", "userId": "U" * 300},
        {"type": "newkind", "userId": SOMEBODY},
        {"userId": SOMEBODY},
        "user",
        None,
    ],
)
def test_only_a_known_person_in_private_is_heard(source: object) -> None:
    """In groups and rooms there is silence."""
    assert decode_none(source=source)


def test_standby_is_silence() -> None:
    """Another module has the chat."""
    assert decode_none(mode="standby")


def test_an_older_body_without_mode_is_heard() -> None:
    """LINE's own older samples have none."""
    assert decode_one(mode=None).what == Typed("你好")


@pytest.mark.parametrize("token", ["0" * 32, "f" * 32, "", 5, "t" * 300, None])
def test_without_a_usable_token_there_is_no_way_back(token: object) -> None:
    """The console's dummy tokens are refused by LINE."""
    assert decode_one(replyToken=token).reply_to is None


@pytest.mark.parametrize(
    "timestamp", [None, "1462629479859", True, -1, 0, 10**18, 10**40, 1.5, float("nan"), NOW_MS + 7_200_000]
)
def test_an_absurd_time_is_now(timestamp: object) -> None:
    """Missing, of another type, before LINE existed, or hours ahead."""
    inbound = decode_one(timestamp=timestamp)

    assert inbound.sent_at is None
    assert inbound.reply_to is not None
    assert inbound.reply_to.until == NOW + timedelta(seconds=50)


def test_a_late_event_has_a_token_past_its_time() -> None:
    """It is still heard; its token is not used."""
    inbound = decode_one(timestamp=NOW_MS - 600_000, deliveryContext={"isRedelivery": True})

    assert inbound.sent_at == NOW - timedelta(minutes=10)
    assert inbound.reply_to is not None
    assert inbound.reply_to.until == NOW - timedelta(minutes=9, seconds=10)


def test_a_clock_ahead_does_not_lengthen_the_token() -> None:
    """The minute counts from receipt at the latest."""
    inbound = decode_one(timestamp=NOW_MS + 30_000)

    assert inbound.sent_at == NOW + timedelta(seconds=30)
    assert inbound.reply_to is not None
    assert inbound.reply_to.until == NOW + timedelta(seconds=50)


def test_a_redelivery_has_the_same_name() -> None:
    """With LINE's own id, and also with the one derived for older bodies."""
    again = {"deliveryContext": {"isRedelivery": True}}

    assert decode_one().delivery_id == decode_one(**again).delivery_id
    assert decode_one(webhookEventId=None).delivery_id == decode_one(webhookEventId=None, **again).delivery_id


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": NOW_MS - 1},
        {"replyToken": "b" * 32},
        {"message": {"id": "2", "type": "text", "text": "你好"}},
        {"source": {"type": "user", "userId": "U2"}},
        {"type": "follow"},
        {"type": "postback", "postback": {"data": "x"}},
    ],
)
def test_derived_names_differ_between_events(change: dict[str, Any]) -> None:
    """Two events of an older shape are never taken for one."""
    names = {
        decode_one(webhookEventId=None).delivery_id,
        decode_one(webhookEventId=None, **change).delivery_id,
    }

    assert len(names) == 2
    assert all(len(name) == 64 for name in names)


def test_events_come_out_in_the_order_they_happened() -> None:
    """LINE promises no order within a body."""
    later = make_event(webhookEventId="later")
    earlier = make_event(webhookEventId="earlier", timestamp=NOW_MS - 5)

    assert [i.delivery_id for i in decode(make_body(later, earlier), NOW)] == ["earlier", "later"]


def test_a_body_counts_a_hundred_events() -> None:
    """What is beyond is no body of LINE's."""
    events = [make_event(webhookEventId=f"e{n}") for n in range(150)]

    assert [f"e{n}" for n in range(100)] == [i.delivery_id for i in decode(make_body(*events), NOW)]


def test_people_in_one_body_stay_apart() -> None:
    """One body may hold several people's events."""
    other = make_event(source={"type": "user", "userId": "U2"}, replyToken="b" * 32)

    found = decode(make_body(make_event(), other), NOW)

    assert [(i.user_id, i.reply_to and i.reply_to.token) for i in found] == [
        (SOMEBODY, "a" * 32),
        ("U2", "b" * 32),
    ]


def test_nothing_personal_is_in_the_repr() -> None:
    """Whatever is logged by accident names nobody."""
    shown = repr(decode_one())

    assert "你好" not in shown
    assert SOMEBODY not in shown
    assert "a" * 32 not in shown
