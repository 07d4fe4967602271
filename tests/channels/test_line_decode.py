"""What people did on LINE, read from its webhooks."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any

import pytest

from bot.channels.line import decode
from bot.channels.line_events import EVENTS
from bot.channels.taps import encode_tap
from bot.core.inputs import Edited, Left, Picked, SentMedia, Started, Tapped, Typed, Unsent
from bot.ports import Address, Errand, Inbound, Received
from tests.channels.material import NOW, NOW_MS, SOMEBODY, make_body, make_event


def decode_one(**changes: Any) -> Inbound:
    [inbound] = decode(make_body(make_event(**changes)), NOW).inbounds
    return inbound


def decode_none(**changes: Any) -> bool:
    return decode(make_body(make_event(**changes)), NOW) == Received()


def decode_postback(**postback: Any) -> object:
    return decode_one(type="postback", message=None, postback=postback).what


def test_a_text_becomes_typed_with_its_way_back() -> None:
    """Everything that the conversation needs, and no more."""
    expected = Inbound(
        channel="line",
        user_id=SOMEBODY,
        delivery_id="01HZZZZZZZZZZZZZZZZZZZZZZZ",
        what=Typed("你好"),
        sent_at=NOW,
        reply_to=Address(to=SOMEBODY, token="a" * 32, until=NOW + timedelta(seconds=50)),
        message_id="1",
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
    """File names, addresses and coordinates do not get past this point; the id does, so that it can be taken back."""
    details = {"id": "31415926", "fileName": "secret.jpg", "latitude": 25.03, "title": "家", "text": "secret"}
    content = {"type": "external", "originalContentUrl": "https://secret.example"}

    inbound = decode_one(message={"type": kind, "contentProvider": content, **details})

    assert inbound.what == SentMedia(expected)  # type: ignore[arg-type]
    assert inbound.message_id == "31415926"
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


@pytest.mark.parametrize("changes", [{"type": "unfollow"}, {"type": "unsend", "unsend": {"messageId": "7"}}])
def test_who_leaves_or_takes_back_is_not_answered(changes: dict[str, Any]) -> None:
    """Even if LINE sent a token, nothing would be said."""
    assert decode_one(**changes).reply_to is None


def test_a_message_taken_back_is_named() -> None:
    """So that what came from it can be forgotten; nothing else of it is known."""
    inbound = decode_one(type="unsend", message=None, replyToken=None, unsend={"messageId": "31415926"})

    assert (inbound.what, inbound.message_id) == (Unsent(), "31415926")
    assert "31415926" not in repr(inbound)


def test_an_edited_message_says_what_it_says_now() -> None:
    """With the id of the message that it was, a delivery of its own, and a way back."""
    inbound = decode_one(type="messageEdited", message={"id": "1", "type": "text", "text": "不是"})

    assert (inbound.what, inbound.message_id) == (Edited("不是"), "1")
    assert inbound.reply_to is not None


def test_an_older_event_without_ids_has_none_of_a_message() -> None:
    """Following and pressing are no messages."""
    assert decode_one(message={"type": "text", "text": "你好"}).message_id == ""
    assert decode_one(type="follow").message_id == ""
    assert decode_one(type="postback", postback={"data": "x"}).message_id == ""


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


PICK = encode_tap("pick", visit="Ab3", turn=7)


def test_a_picked_day_carries_its_question() -> None:
    """The picker answers the question under which it was drawn."""
    found = decode_postback(data=PICK, params={"date": "2026-02-28"})

    assert found == Picked(date(2026, 2, 28), "Ab3", 7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "day",
    ["2026-02-30", "20260228", "2026-W09-6", "２０２６-02-28", "2026-02-28T10:00", "0000-01-01", "", 5, None],
)
def test_a_day_that_is_none_asks_again(day: object) -> None:
    """Forged, or of another kind of picker."""
    assert decode_postback(data=PICK, params={"date": day}) == Started()


@pytest.mark.parametrize("params", [{}, {"time": "10:00"}, {"greatNewFeature": 1}, None, "2026-02-28"])
def test_what_line_adds_to_a_button_does_no_harm(params: object) -> None:
    """A button of ours stays one."""
    carried = encode_tap("yes", visit="Ab3", turn=7)

    assert decode_postback(data=carried, params=params) == Tapped("yes", "Ab3", 7)  # type: ignore[arg-type]


def test_a_day_from_a_picker_of_somebody_else_asks_again() -> None:
    """What it was meant for is unknown."""
    assert decode_postback(data="action=book", params={"date": "2026-02-28"}) == Started()


@pytest.mark.parametrize("status", ["SUCCESS", "RICHMENU_NOTFOUND", "FAILED", 5])
def test_a_menu_changed_for_another_is_silence(status: object) -> None:
    """They turned a page of the menu; nothing was said."""
    postback = {"data": encode_tap("more", visit="menu", turn=0), "params": {"status": status}}

    assert decode_none(type="postback", message=None, postback=postback)


def test_a_postback_without_content_asks_again() -> None:
    """A button was pressed, whatever it carried."""
    assert decode_one(type="postback", message=None).what == Started()


SPEAKING = {"message", "messageEdited", "unsend", "follow", "unfollow", "postback"}


@pytest.mark.parametrize("kind", [*sorted(set(EVENTS) - SPEAKING), "greatNewFeature", "", "Message"])
def test_what_is_no_act_of_speaking_is_left_out(kind: str) -> None:
    """Whatever else such an event holds; new kinds are not guessed."""
    assert decode_none(type=kind, unsend={"messageId": "1"}, postback={"data": PICK})


@pytest.mark.parametrize("kind", [*sorted(EVENTS), "greatNewFeature"])
@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"type": "group", "groupId": "C1", "userId": SOMEBODY}, Errand("leave_place", "C1", "group")),
        ({"type": "room", "roomId": "R1"}, Errand("leave_place", "R1", "room")),
    ],
)
def test_in_groups_and_rooms_nothing_is_read_and_we_leave(
    kind: str, place: dict[str, str], expected: Errand
) -> None:
    """Everybody there could read along. Whoever left need not be asked to leave."""
    received = decode(make_body(make_event(type=kind, source=place)), NOW)

    assert received == Received(errands=() if kind in {"leave", "memberLeft"} else (expected,))


def test_each_place_of_a_body_is_left_once() -> None:
    """However much happened there; and private neighbours are heard."""
    places = [("group", "groupId", "C1"), ("group", "groupId", "C1"), ("room", "roomId", "R1")]
    events = [make_event(source={"type": kind, key: one}) for kind, key, one in places]

    received = decode(make_body(*events, make_event()), NOW)

    assert [(errand.to, errand.detail) for errand in received.errands] == [("C1", "group"), ("R1", "room")]
    assert [inbound.what for inbound in received.inbounds] == [Typed("你好")]


def test_where_another_module_has_the_group_it_stays() -> None:
    """In standby nothing is done, not even leaving."""
    assert decode_none(source={"type": "group", "groupId": "C1"}, mode="standby")


@pytest.mark.parametrize(
    "source",
    [
        {"type": "group", "groupId": "", "userId": SOMEBODY},
        {"type": "room", "groupId": "C1", "userId": SOMEBODY},
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
    """Whatever else stands there."""
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
    inbound = decode_one(timestamp=NOW_MS - 660_000, deliveryContext={"isRedelivery": True})

    assert inbound.sent_at == NOW - timedelta(minutes=11)
    assert inbound.reply_to is not None
    assert inbound.reply_to.until == NOW - timedelta(minutes=10, seconds=10)


@pytest.mark.parametrize("context", [None, {}, "no", {"isRedelivery": True}, {"isRedelivery": "false"}])
@pytest.mark.parametrize("late_s", [3, 90, 599])
def test_what_comes_again_has_a_token_that_counts_from_now(context: object, late_s: int) -> None:
    """LINE gives it another minute: whoever wrote while we were away for a while is answered."""
    inbound = decode_one(timestamp=NOW_MS - late_s * 1000, deliveryContext=context)

    assert inbound.reply_to is not None
    assert inbound.reply_to.until == NOW + timedelta(seconds=50)


def test_a_clock_of_ours_that_is_ahead_leaves_nobody_without_an_answer() -> None:
    """R18: what comes for the first time has a token that counts from now, whatever LINE's clock says."""
    inbound = decode_one(timestamp=NOW_MS - 1_200_000, deliveryContext={"isRedelivery": False})

    assert inbound.sent_at == NOW - timedelta(minutes=20)
    assert inbound.reply_to is not None
    assert inbound.reply_to.until == NOW + timedelta(seconds=50)


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
        {"type": "unsend", "unsend": {"messageId": "9"}},
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": "unsend", "unsend": {"messageId": "8"}}, {"type": "unsend", "unsend": {"messageId": "9"}}),
        (
            {"type": "postback", "postback": {"data": PICK, "params": {"date": "2026-02-27"}}},
            {"type": "postback", "postback": {"data": PICK, "params": {"date": "2026-02-28"}}},
        ),
    ],
)
def test_derived_names_tell_what_it_was_about(one: dict[str, Any], other: dict[str, Any]) -> None:
    """At the same millisecond, another message or another day."""
    assert (
        decode_one(webhookEventId=None, **one).delivery_id
        != decode_one(webhookEventId=None, **other).delivery_id
    )


def test_events_come_out_in_the_order_they_happened() -> None:
    """LINE promises no order within a body."""
    later = make_event(webhookEventId="later")
    earlier = make_event(webhookEventId="earlier", timestamp=NOW_MS - 5)

    assert [i.delivery_id for i in decode(make_body(later, earlier), NOW).inbounds] == ["earlier", "later"]


def test_no_event_of_a_body_is_left_out_for_being_one_of_many() -> None:
    """LINE names no most of them; the size of the body is the bound, and what is late LINE sends again."""
    events = [make_event(webhookEventId=f"e{n}") for n in range(150)]

    assert [f"e{n}" for n in range(150)] == [i.delivery_id for i in decode(make_body(*events), NOW).inbounds]


def test_people_in_one_body_stay_apart() -> None:
    """One body may hold several people's events."""
    other = make_event(source={"type": "user", "userId": "U2"}, replyToken="b" * 32)

    found = decode(make_body(make_event(), other), NOW).inbounds

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


OWN_ID = "U" + "b" * 32


@pytest.mark.parametrize("own_id", ["", OWN_ID])
def test_a_body_for_us_is_read(own_id: str) -> None:
    """Also before we know who we are."""
    assert len(decode(make_body(make_event()), NOW, own_id=own_id).inbounds) == 1


@pytest.mark.parametrize("destination", [b"", b'"destination": null, ', b'"destination": 5, '])
def test_a_body_that_names_nobody_is_ours(destination: bytes) -> None:
    """Older consoles named nobody, and our secret signed it."""
    named = b'"destination": "' + OWN_ID.encode() + b'", '
    raw = make_body(make_event()).replace(named, destination)

    assert named not in raw
    assert len(decode(raw, NOW, own_id=OWN_ID).inbounds) == 1


def test_a_body_for_another_bot_holds_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """One line is logged, and it names nobody."""
    caplog.set_level(logging.DEBUG)

    assert decode(make_body(make_event()), NOW, own_id="Uother") == Received()
    assert [record.getMessage() for record in caplog.records] == ["line_other_destination"]
