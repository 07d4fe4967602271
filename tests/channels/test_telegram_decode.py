"""What people did on Telegram, read from its updates."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.taps import encode_tap
from bot.channels.telegram import decode
from bot.channels.telegram_updates import EDIT_WINDOW, KINDS
from bot.core.inputs import Edited, Left, SentMedia, Started, Tapped, Typed
from bot.ports import Address, Errand, Inbound, Received
from tests.channels.material import NOW
from tests.channels.test_line_malformed import NOT_BODIES, json_values
from tests.fakes.line_schema import CONTRACTS

CHAT = {"id": 42, "type": "private", "first_name": "測試"}
SENDER = {"id": 42, "is_bot": False, "first_name": "測試", "language_code": "zh-hant"}
DATE = int(NOW.timestamp()) - 60
SAMPLES = sorted((CONTRACTS.parent / "telegram" / "samples").glob("*.json"))
SPEC = CONTRACTS.parent / "telegram" / "api.json"
#: What a message says about itself whatever it holds. Source: Telegram Bot API, Message.
ABOUT_A_MESSAGE = {"message_id", "from", "chat", "date", "text"}
#: What people can send that is not text. Everything else is a service message or a mark on a message.
SENDABLE = {
    "animation", "audio", "checklist", "contact", "dice", "document", "game", "giveaway",
    "giveaway_winners", "invoice", "live_photo", "location", "paid_media", "photo", "poll",
    "rich_message", "sticker", "story", "venue", "video", "video_note", "voice",
}  # fmt: skip


def take(**update: Any) -> Received:
    return decode(json.dumps({"update_id": 10_000, **update}).encode(), NOW)


def read(**update: Any) -> list[Inbound]:
    return list(take(**update).inbounds)


def read_message(**content: Any) -> list[Inbound]:
    return read(message={"message_id": 7, "from": SENDER, "chat": CHAT, "date": DATE, **content})


def read_edit(**content: Any) -> list[Inbound]:
    return read(
        edited_message={
            "message_id": 7,
            "from": SENDER,
            "chat": CHAT,
            "date": DATE,
            "edit_date": DATE + 30,
            **content,
        }
    )


def read_tap(**changes: Any) -> list[Inbound]:
    message = {"message_id": 9, "chat": CHAT, "date": DATE}
    return read(callback_query={"id": "4000", "from": SENDER, "message": message, "data": "x", **changes})


def spec_fields(name: str) -> set[str]:
    types = json.loads(SPEC.read_text())["types"]
    return {field["name"] for field in types[name]["fields"]}


def test_a_text_becomes_typed_with_its_way_back_and_its_place() -> None:
    """A Telegram chat can be answered without a token, and counts its messages."""
    expected = Inbound(
        channel="telegram",
        user_id="42",
        delivery_id="10000:message",
        what=Typed("你好"),
        sent_at=datetime.fromtimestamp(DATE, UTC),
        locale="zh-hant",
        reply_to=Address(to="42"),
        message_id="7",
        order=7,
    )

    assert [expected] == read_message(text="你好")


@pytest.mark.parametrize("text", ["/start", "/start ref_abc", "/start@frontdoor_bot", " /start", "/START x"])
def test_start_starts(text: str) -> None:
    """What a link put behind the command is dropped: it may say who sent the link."""
    assert [i.what for i in read_message(text=text)] == [Started()]


@pytest.mark.parametrize("payload", ["ABCDE-FGH23", "ABCDEFGH23", "abcde-fgh23"])
def test_a_one_time_code_behind_start_is_heard(payload: str) -> None:
    """A link may carry it from the web to here, so that nobody must type it."""
    assert [i.what for i in read_message(text=f"/start {payload}")] == [Typed("ABCDE-FGH23")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/human", "human"),
        ("/human@frontdoor_bot", "human"),
        ("/start_over", "start over"),
        ("/lookup", "look up"),
        ("/look_up", "look up"),
        ("/Erase", "erase"),
        ("/2", "2"),
        ("/started", "started"),
        ("/human 他說要殺我", "human 他說要殺我"),
        ("/more\n救我", "more 救我"),
        ("/___", ""),
    ],
)
def test_a_command_is_the_words_it_is_made_of(text: str, expected: str) -> None:
    """The conversation hears them as if typed, with whatever else was written."""
    assert [i.what for i in read_message(text=text)] == [Typed(expected)]


@pytest.mark.parametrize(
    "text",
    ["start", "/求救", "/human!", "/" + "a" * 33, "//human", "/@frontdoor_bot", "我 /human", "", "  ", "/"],
)
def test_other_words_are_typed_as_they_are(text: str) -> None:
    """The conversation knows its own words."""
    assert [i.what for i in read_message(text=text)] == [Typed(text)]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"photo": [{"file_id": "secret"}], "caption": "secret"}, "image"),
        ({"live_photo": {"file_id": "secret"}, "photo": []}, "image"),
        ({"animation": {"file_id": "secret"}, "document": {"file_id": "secret"}}, "video"),
        ({"video": {}}, "video"),
        ({"video_note": {}}, "video"),
        ({"voice": {}}, "audio"),
        ({"audio": {}}, "audio"),
        ({"document": {"file_name": "secret"}}, "file"),
        ({"sticker": {}}, "sticker"),
        ({"venue": {}, "location": {"latitude": 25.03}}, "location"),
        ({"contact": {"phone_number": "secret"}}, "other"),
        ({"poll": {}}, "other"),
        ({"dice": {}}, "other"),
        ({"rich_message": {"blocks": ["secret"]}}, "other"),
    ],
)
def test_anything_but_text_is_only_its_kind(content: dict[str, Any], kind: str) -> None:
    """File ids, captions, names and places do not get past this point; where it stands does."""
    [inbound] = read_message(**content)

    assert inbound.what == SentMedia(kind)  # type: ignore[arg-type]
    assert (inbound.message_id, inbound.order) == ("7", 7)
    assert "secret" not in repr(inbound)


@pytest.mark.skipif(not SPEC.exists(), reason="the description of the Bot API is not beside this checkout")
def test_every_part_of_a_message_is_something_people_send_or_silence() -> None:
    """Whatever a message can hold by the Bot API's own description: nothing is taken for another."""
    parts = spec_fields("Message") - ABOUT_A_MESSAGE

    heard = {part for part in parts if read_message(**{part: {}})}

    assert heard == SENDABLE


@pytest.mark.parametrize("number", [None, 0, -3, True, "7", 7.5])
def test_a_message_without_a_place_has_none(number: object) -> None:
    """Then it can be neither ordered nor taken back."""
    [inbound] = read_message(text="x", message_id=number)

    assert (inbound.message_id, inbound.order) == ("", None)


def test_a_button_becomes_tapped_under_its_message() -> None:
    """A tap has no place of its own among the messages."""
    [inbound] = read_tap(data=encode_tap("yes", visit="a", turn=2))

    assert inbound.what == Tapped("yes", "a", 2)  # type: ignore[arg-type]
    assert inbound.reply_to == Address(to="42")
    assert (inbound.message_id, inbound.order, inbound.sent_at) == ("9", None, None)


def test_a_tap_under_a_lost_message_is_a_tap() -> None:
    """Of a message that Telegram no longer shows us only the chat counts."""
    lost = {"chat": CHAT, "message_id": 9, "date": 0}

    [inbound] = read_tap(data=encode_tap("yes", visit="a", turn=2), message=lost)

    assert inbound.what == Tapped("yes", "a", 2)  # type: ignore[arg-type]
    assert inbound.message_id == ""


@pytest.mark.parametrize("data", [None, "", "buy", 5, "v=a&t=1", "v=a&t=1&c=yes&c=no", "v=a&t=-1&c=yes"])
def test_forged_button_data_asks_again(data: object) -> None:
    """A client can send data that no button carries."""
    assert [i.what for i in read_tap(data=data)] == [Started()]


def test_an_edit_is_what_the_message_says_now() -> None:
    """It names the message, and has the time of the change."""
    [inbound] = read_edit(text="他沒有影片")

    assert inbound.what == Edited("他沒有影片")
    assert (inbound.message_id, inbound.order) == ("7", None)
    assert inbound.delivery_id == "10000:edit"
    assert inbound.sent_at == datetime.fromtimestamp(DATE + 30, UTC)
    assert inbound.reply_to == Address(to="42")


def test_an_edit_into_a_command_is_its_words() -> None:
    """As if it had been typed so at first; `/start` changes nothing."""
    assert [i.what for i in read_edit(text="/look_up")] == [Edited("look up")]
    assert read_edit(text="/start") == []


@pytest.mark.parametrize(
    ("age", "counts"),
    [
        (timedelta(0), True),
        (EDIT_WINDOW - timedelta(seconds=1), True),
        (EDIT_WINDOW, False),
        (timedelta(days=2), False),
    ],
)
def test_only_a_young_message_can_be_edited(age: timedelta, counts: bool) -> None:
    """By when it was sent, not by when it was changed."""
    found = read_edit(text="x", date=int((NOW - age).timestamp()), edit_date=int(NOW.timestamp()))

    assert len(found) == counts


@pytest.mark.parametrize(
    "content",
    [
        {"photo": [], "caption": "x"},
        {"location": {"latitude": 25.03}},
        {},
        {"text": "x", "date": None},
        {"text": "x", "date": 0},
        {"text": "x", "chat": {"id": -5, "type": "group"}},
        {"text": "x", "from": None},
    ],
)
def test_other_edits_are_nothing(content: dict[str, Any]) -> None:
    """A place that moves, a caption, a message of unknown age, a group."""
    assert read_edit(**content) == []


def test_an_edit_nobody_dated_has_no_time() -> None:
    """Telegram tells of changes that nobody made."""
    assert [i.sent_at for i in read_edit(text="x", edit_date=None)] == [None]


@pytest.mark.parametrize(
    ("status", "expected"), [("kicked", [Left()]), ("member", []), (None, []), (["kicked"], [])]
)
def test_blocking_leaves(status: object, expected: list[object]) -> None:
    """And has no way back. Unblocking waits for the Start that follows."""
    change = {"chat": CHAT, "from": SENDER, "date": DATE, "new_chat_member": {"status": status}}

    found = take(my_chat_member=change)

    assert expected == [i.what for i in found.inbounds]
    assert all(i.reply_to is None for i in found.inbounds)
    assert found.errands == ()


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"message": {"from": SENDER, "chat": CHAT, "date": DATE, "pinned_message": {}}},
        {"message": {"from": SENDER, "chat": CHAT, "date": DATE, "message_auto_delete_timer_changed": {}}},
        {"message": {"chat": CHAT, "date": DATE, "text": "x"}},
        {"message": {"from": {"id": True}, "chat": CHAT, "text": "x"}},
        {"message": {"from": {"id": "42"}, "chat": CHAT, "text": "x"}},
        {"message": {"from": SENDER, "chat": {"type": "private"}, "text": "x"}},
        {"message": {"from": SENDER, "chat": {"id": 42, "type": ["private"]}, "text": "x"}},
        {"message": {"from": SENDER, "chat": {"id": 42}, "text": "x"}},
        {"message": "text"},
        {"message": None},
        {"callback_query": {"from": SENDER, "message": {"chat": CHAT}, "data": "x"}},
        {"callback_query": {"id": 5, "from": SENDER, "message": {"chat": CHAT}, "data": "x"}},
        {"update_id": "10000", "message": {"from": SENDER, "chat": CHAT, "text": "x"}},
        {"update_id": None, "message": {"from": SENDER, "chat": CHAT, "text": "x"}},
        {"update_id": True, "message": {"from": SENDER, "chat": CHAT, "text": "x"}},
    ],
)
def test_the_rest_is_silence(update: dict[str, Any]) -> None:
    """Service messages, the malformed and the new."""
    assert take(**update) == Received()


@pytest.mark.skipif(not SPEC.exists(), reason="the description of the Bot API is not beside this checkout")
def test_the_table_names_every_kind_of_update() -> None:
    """By the Bot API's own description."""
    assert set(KINDS) == spec_fields("Update") - {"update_id"}


@pytest.mark.parametrize("kind", sorted(kind for kind, fate in KINDS.items() if fate.startswith("nothing")))
def test_a_kind_that_the_table_calls_nothing_is_nothing(kind: str) -> None:
    """Even when it holds what would be heard elsewhere."""
    content = {
        "id": "1",
        "message_id": 7,
        "from": SENDER,
        "chat": CHAT,
        "date": DATE,
        "text": "x",
        "data": "x",
    }

    assert take(**{kind: content}) == Received()
    assert take(**{kind: content | {"chat": {"id": -5, "type": "group"}}}) == Received()


@pytest.mark.parametrize("raw", NOT_BODIES.values(), ids=NOT_BODIES.keys())
def test_what_is_no_body_is_nothing(raw: bytes) -> None:
    """Otherwise Telegram repeats it for a day."""
    assert decode(raw, NOW) == Received()


messages = (
    st.fixed_dictionaries(
        {
            "chat": st.just(CHAT) | st.fixed_dictionaries({"type": json_values}) | json_values,
            "from": st.just(SENDER) | json_values,
            "text": json_values,
        },
        optional={
            "date": st.just(DATE) | json_values,
            "edit_date": json_values,
            "message_id": st.just(7) | json_values,
        },
    )
    | json_values
)


@given(
    raw=st.fixed_dictionaries(
        {"update_id": st.integers() | json_values},
        optional={
            "message": messages,
            "edited_message": messages,
            "channel_post": messages,
            "callback_query": st.fixed_dictionaries({"id": json_values, "message": messages}) | json_values,
            "my_chat_member": st.fixed_dictionaries(
                {
                    "chat": st.fixed_dictionaries({"id": json_values, "type": json_values}),
                    "new_chat_member": st.fixed_dictionaries({"status": json_values}),
                }
            )
            | json_values,
        },
    ).map(lambda update: json.dumps(update).encode())
    | st.binary(max_size=100)
)
def test_no_update_raises(raw: bytes) -> None:
    """Right properties with any values."""
    decode(raw, NOW)


@given(text=st.text(max_size=60) | st.text(max_size=30).map(lambda rest: f"/start {rest}"))
def test_no_text_raises_or_is_lost(text: str) -> None:
    """Whatever is typed is one input."""
    assert len(read_message(text=text)) == 1


def test_kinds_in_one_update_never_clash() -> None:
    """Telegram sends one kind per update; should it send two, neither is taken for the other."""
    message = {"from": SENDER, "chat": CHAT, "date": DATE, "text": "x"}
    callback = {"id": "1", "from": SENDER, "message": {"chat": CHAT}, "data": "x"}

    found = read(message=message, callback_query=callback, edited_message=message)

    assert [i.delivery_id for i in found] == ["10000:message", "10000:edit", "10000:callback"]


@pytest.mark.parametrize("language", [None, 5, "", "x" * 99])
def test_an_odd_language_is_none(language: object) -> None:
    """The language is optional."""
    [inbound] = read_message(text="x", **{"from": {"id": 42, "language_code": language}})

    assert inbound.locale == ""


@pytest.mark.parametrize("date", [None, "x", 0, -1, 10**30, 4_000_000_000])
def test_an_absurd_date_is_none(date: object) -> None:
    """As on every channel."""
    assert [i.sent_at for i in read_message(text="x", date=date)] == [None]


@pytest.mark.skipif(not SAMPLES, reason="Telegram samples are not beside this checkout")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_samples_of_updates_become_what_they_say(sample: Any) -> None:
    """Answers of the API are no updates; one sample sets several kinds at once."""
    tapped = Errand("answer_tap", to="4382bfdwdsb323b2d9")  # under a message of an inline bot: no chat
    expected = {"Update": ([("10000:message", Typed("Bold and italics"))], (tapped,))}
    found = decode(sample.read_bytes(), NOW)

    assert expected.get(sample.stem, ([], ())) == (
        [(i.delivery_id, i.what) for i in found.inbounds],
        found.errands,
    )


@pytest.mark.skipif(not SAMPLES, reason="Telegram samples are not beside this checkout")
@pytest.mark.parametrize("name", ["ResponseWithoutError", "update-with-write-access-allowed-for-webapp"])
def test_the_updates_inside_samples_of_answers_are_read_one_by_one(name: str) -> None:
    """What polling fetches: what was said is heard, a permission to write is not."""
    [path] = [sample for sample in SAMPLES if sample.stem == name]
    updates = json.loads(path.read_text())["result"]

    found = [inbound.what for update in updates for inbound in read(**update)]

    assert found == {"ResponseWithoutError": [Typed("Bold and italics")]}.get(name, [])
