"""What people did on Telegram, read from its webhooks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.taps import encode_tap
from bot.channels.telegram import TelegramChannel, decode, verify
from bot.core.inputs import Left, SentMedia, Started, Tapped, Typed
from bot.errors import BadSignature, ConfigError
from bot.ports import Address, Inbound
from tests.channels.material import NOW, WEBHOOK_SECRET
from tests.channels.test_line_malformed import NOT_BODIES, json_values
from tests.fakes.line_schema import CONTRACTS

CHAT = {"id": 42, "type": "private", "first_name": "測試"}
SENDER = {"id": 42, "is_bot": False, "first_name": "測試", "language_code": "zh-hant"}
DATE = 1_795_000_000
SAMPLES = sorted((CONTRACTS.parent / "telegram" / "samples").glob("*.json"))


def read(**update: Any) -> list[Inbound]:
    return decode(json.dumps({"update_id": 10_000, **update}).encode(), NOW)


def read_message(**content: Any) -> list[Inbound]:
    return read(message={"message_id": 1, "from": SENDER, "chat": CHAT, "date": DATE, **content})


def read_tap(**changes: Any) -> list[Inbound]:
    callback = {"id": "4000", "from": SENDER, "message": {"chat": CHAT, "date": 0}, "data": "x", **changes}
    return read(callback_query=callback)


def test_a_text_becomes_typed_with_its_way_back() -> None:
    """A Telegram chat can be answered without a token."""
    later = datetime.fromtimestamp(DATE, UTC)
    expected = Inbound(
        channel="telegram",
        user_id="42",
        delivery_id="10000:message",
        what=Typed("你好"),
        sent_at=min(later, NOW),
        locale="zh-hant",
        reply_to=Address(to="42"),
    )

    assert [expected] == read_message(text="你好")


@pytest.mark.parametrize("text", ["/start", "/start ref_abc", "/start@frontdoor_bot", " /start"])
def test_start_starts(text: str) -> None:
    """What a link put behind the command is dropped: it may say who sent the link."""
    assert [i.what for i in read_message(text=text)] == [Started()]


@pytest.mark.parametrize("text", ["/started", "start", "/help", "", "  "])
def test_other_words_are_typed(text: str) -> None:
    """The conversation knows its own words."""
    assert [i.what for i in read_message(text=text)] == [Typed(text)]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"photo": [{"file_id": "secret"}], "caption": "secret"}, "image"),
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
    ],
)
def test_anything_but_text_is_only_its_kind(content: dict[str, Any], kind: str) -> None:
    """File ids, captions, names and places do not get past this point."""
    [inbound] = read_message(**content)

    assert inbound.what == SentMedia(kind)  # type: ignore[arg-type]
    assert "secret" not in repr(inbound)


def test_a_button_becomes_tapped_with_its_callback() -> None:
    """The callback id stops the button's spinner."""
    [inbound] = read_tap(data=encode_tap("yes", visit="a", turn=2))

    assert inbound.what == Tapped("yes", "a", 2)  # type: ignore[arg-type]
    assert inbound.reply_to == Address(to="42", token="4000")
    assert inbound.sent_at is None


@pytest.mark.parametrize("data", [None, "", "buy", 5, "v=a&t=1"])
def test_forged_button_data_asks_again(data: object) -> None:
    """A client can send data that no button carries."""
    assert [i.what for i in read_tap(data=data)] == [Started()]


@pytest.mark.parametrize(
    ("status", "expected"), [("kicked", [Left()]), ("member", []), (None, []), (["kicked"], [])]
)
def test_blocking_leaves(status: object, expected: list[object]) -> None:
    """And has no way back. Unblocking waits for the first word."""
    change = {"chat": CHAT, "from": SENDER, "date": DATE, "new_chat_member": {"status": status}}

    found = read(my_chat_member=change)

    assert expected == [i.what for i in found]
    assert all(i.reply_to is None for i in found)


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"edited_message": {"from": SENDER, "chat": CHAT, "date": DATE, "text": "x"}},
        {"channel_post": {"chat": {"id": 1, "type": "channel"}, "date": DATE, "text": "x"}},
        {"message": {"from": SENDER, "chat": {"id": -5, "type": "group"}, "date": DATE, "text": "x"}},
        {"message": {"from": SENDER, "chat": {"id": -5, "type": "supergroup"}, "date": DATE, "text": "x"}},
        {"message": {"from": SENDER, "chat": CHAT, "date": DATE, "pinned_message": {}}},
        {"message": {"from": SENDER, "chat": CHAT, "date": DATE, "write_access_allowed": {}}},
        {"message": {"chat": CHAT, "date": DATE, "text": "x"}},
        {"message": {"from": {"id": True}, "chat": CHAT, "text": "x"}},
        {"message": {"from": {"id": "42"}, "chat": CHAT, "text": "x"}},
        {"message": {"from": SENDER, "chat": {"type": "private"}, "text": "x"}},
        {"message": "text"},
        {"message": None},
        {"callback_query": {"id": "1", "from": SENDER, "data": "x"}},
        {"callback_query": {"from": SENDER, "message": {"chat": CHAT}, "data": "x"}},
        {"callback_query": {"id": "1", "from": SENDER, "message": {"chat": {"id": -5, "type": "group"}}}},
        {"my_chat_member": {"chat": {"id": -5, "type": "group"}, "new_chat_member": {"status": "kicked"}}},
        {"message_reaction": {"chat": CHAT}},
        {"update_id": "10000", "message": {"from": SENDER, "chat": CHAT, "text": "x"}},
        {"update_id": None, "message": {"from": SENDER, "chat": CHAT, "text": "x"}},
        {"update_id": True, "message": {"from": SENDER, "chat": CHAT, "text": "x"}},
    ],
)
def test_the_rest_is_silence(update: dict[str, Any]) -> None:
    """Groups, edits, service messages, the malformed and the new."""
    assert read(**update) == []


@pytest.mark.parametrize("raw", NOT_BODIES.values(), ids=NOT_BODIES.keys())
def test_what_is_no_body_is_nothing(raw: bytes) -> None:
    """Otherwise Telegram repeats it for a day."""
    assert decode(raw, NOW) == []


@given(
    raw=st.fixed_dictionaries(
        {"update_id": st.integers() | json_values},
        optional={
            "message": st.fixed_dictionaries(
                {
                    "chat": st.just(CHAT) | json_values,
                    "from": st.just(SENDER) | json_values,
                    "text": json_values,
                }
            )
            | json_values,
            "callback_query": st.fixed_dictionaries({"id": json_values, "message": json_values})
            | json_values,
            "my_chat_member": json_values,
        },
    ).map(lambda update: json.dumps(update).encode())
    | st.binary(max_size=100)
)
def test_no_update_raises(raw: bytes) -> None:
    """Right properties with any values."""
    decode(raw, NOW)


def test_kinds_in_one_update_never_clash() -> None:
    """Telegram sends one kind per update; should it send two, neither is taken for the other."""
    message = {"from": SENDER, "chat": CHAT, "date": DATE, "text": "x"}
    callback = {"id": "1", "from": SENDER, "message": {"chat": CHAT}, "data": "x"}

    found = read(message=message, callback_query=callback)

    assert [i.delivery_id for i in found] == ["10000:message", "10000:callback"]


@pytest.mark.parametrize("language", [None, 5, "", "x" * 99])
def test_an_odd_language_is_none(language: object) -> None:
    """The language is optional."""
    [inbound] = read_message(text="x", **{"from": {"id": 42, "language_code": language}})

    assert inbound.locale == ""


@pytest.mark.parametrize("date", [None, "x", 0, -1, 10**30, 4_000_000_000])
def test_an_absurd_date_is_now(date: object) -> None:
    """As on every channel."""
    assert [i.sent_at for i in read_message(text="x", date=date)] == [None]


@pytest.mark.skipif(not SAMPLES, reason="Telegram samples are not beside this checkout")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_samples_of_updates_are_read_without_an_exception(sample: Any) -> None:
    """Answers of the API are no updates; one sample sets several kinds at once."""
    names = [i.delivery_id for i in decode(sample.read_bytes(), NOW)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("given_secret", [None, "", "s" * 42, "S" * 43, "密", "\ud800"])
def test_anything_but_the_secret_is_refused(given_secret: str | None) -> None:
    """In constant time and without an exception."""
    assert not verify(given_secret, WEBHOOK_SECRET)


def test_an_empty_secret_lets_nobody_in() -> None:
    """Otherwise a missing header would be right."""
    assert not verify("", "")
    with pytest.raises(ConfigError, match="TELEGRAM_WEBHOOK_SECRET"):
        TelegramChannel(bot_token="t", webhook_secret="", api_base="http://127.0.0.1:9", clock=lambda: NOW)


def test_a_body_is_not_looked_at_before_the_secret() -> None:
    """The header is found in any case."""
    channel = TelegramChannel(
        bot_token="t", webhook_secret=WEBHOOK_SECRET, api_base="http://127.0.0.1:9", clock=lambda: NOW
    )

    with pytest.raises(BadSignature):
        channel.read(b"{", {})

    assert channel.read(b"{", {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}) == []
