"""A reply written as Telegram messages: texts, numbered keys, what each key carries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.limits import TELEGRAM_LIMITS
from bot.channels.measure import count_graphemes, count_units
from bot.channels.numbered import list_numbered
from bot.channels.taps import decode_tap
from bot.channels.telegram_messages import Key, encode
from bot.core.reply import Reply
from tests.channels.material import make_reply


def keys_of(reply: Reply) -> list[Key]:
    return [key for message in encode(reply) for row in message.keyboard for key in row]


def test_choices_show_the_number_that_may_be_typed() -> None:
    """The same numbers as in text; ways out have words of their own."""
    reply = make_reply("？", choices=["安全", "不安全"], ways_out=["找真人"])

    assert [key.label for key in keys_of(reply)] == ["1 安全", "2 不安全", "找真人"]
    assert list_numbered(reply) == ["1 安全", "2 不安全"]


def test_a_choice_per_row_and_the_ways_out_in_pairs() -> None:
    """Long labels stay readable on a narrow phone."""
    [message] = encode(make_reply("？", choices=["一", "二"], ways_out=["甲", "乙", "丙"]))

    assert [len(row) for row in message.keyboard] == [1, 1, 2, 1]


def test_a_long_label_is_cut_with_its_number_kept() -> None:
    """A label longer than a phone is wide."""
    [key] = keys_of(make_reply("？", choices=["長" * 100]))

    assert key.label.startswith("1 長")
    assert count_graphemes(key.label) == TELEGRAM_LIMITS.label_graphemes


def test_a_button_too_long_to_carry_is_told_as_text() -> None:
    """Sixty-four bytes; the others stay, and the numbered text names them all."""
    reply = make_reply("選一個", choices=["好", "不好"], visit="v" * 56)
    long_visit = make_reply("選一個", choices=["好", "不好"], visit="v" * 50)

    [message] = encode(reply)

    assert message.keyboard == ()
    assert message.text == "選一個\n\n也可以輸入數字：\n1 好\n2 不好\n隨時可以輸入：找真人"
    assert len(encode(long_visit)[0].keyboard) == 2


def test_a_key_keeps_its_number_when_one_before_it_has_no_place() -> None:
    """Otherwise a typed number would answer something else than the key that shows it."""
    buttons = make_reply("？", choices=["甲", "乙"], visit="v" * 50).buttons
    first_is_long = (type(buttons[0])("c" * 60, "甲", "choice"), buttons[1])
    reply = make_reply("？")

    [key] = keys_of(
        Reply(
            bubbles=reply.bubbles,
            buttons=first_is_long,
            visit=reply.visit,
            turn=1,
            locale="zh_TW",
            hint="也可以輸入數字：",
        )
    )

    assert key.label == "2 乙"


def test_numbered_text_that_does_not_fit_is_a_message_of_its_own() -> None:
    """With the buttons that are left, if any."""
    *_, last = encode(make_reply("長" * 4_090, choices=["好"], visit="v" * 99))

    assert last.text == "也可以輸入數字：\n1 好\n隨時可以輸入：找真人"


def test_without_words_to_number_nothing_is_added() -> None:
    """Too many ways out, and no hint in this language."""
    reply = make_reply("嗨", ways_out=["離開"], visit="v" * 99, ways_hint="")

    assert [message.text for message in encode(reply)] == ["嗨"]


@pytest.mark.parametrize("look", ["plain", "card", "list", "preview"])
def test_how_a_state_looks_changes_no_word(look: str) -> None:
    """What LINE draws is said here; a day is typed."""
    drawn = make_reply("嗨", choices=["好"], look=look, alt="一則訊息", day_label="選日期")

    assert encode(drawn) == encode(make_reply("嗨", choices=["好"]))


@settings(max_examples=40)
@given(
    bubbles=st.lists(st.text(max_size=50) | st.just("長" * 5_000), max_size=7),
    choices=st.lists(st.text(min_size=1, max_size=80), max_size=110),
    ways_out=st.lists(st.text(min_size=1, max_size=80), max_size=9),
)
def test_every_reply_fits(bubbles: list[str], choices: list[str], ways_out: list[str]) -> None:
    """Texts, rows, keys and what they carry."""
    messages = encode(make_reply(*bubbles, choices=choices, ways_out=ways_out))

    assert all(1 <= count_units(m.text) <= TELEGRAM_LIMITS.text_units for m in messages)
    assert all(m.keyboard == () for m in messages[:-1])
    keys = [key for m in messages for row in m.keyboard for key in row]
    assert len(keys) <= TELEGRAM_LIMITS.buttons
    assert all(1 <= len(key.carried.encode()) <= TELEGRAM_LIMITS.tap_bytes for key in keys)
    assert all(decode_tap(key.carried) for key in keys)
