"""How a reply looks on LINE, and that it is always within LINE's limits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.limits import LINE_LIMITS
from bot.channels.line_messages import encode
from bot.channels.taps import decode_tap
from bot.core.reply import Reply
from tests.channels.material import QUESTION, make_reply
from tests.fakes import line_schema
from tests.fakes.line_rules import find_complaints


def write(reply: Reply) -> list[dict[str, Any]]:
    """Encode, and hold every payload of these tests to LINE's rules and its API description."""
    messages = [message.to_dict() for message in encode(reply)]
    if messages:
        assert find_complaints(messages) == []
    if messages and line_schema.is_available():
        assert line_schema.find_faults("ReplyMessageRequest", {"replyToken": "t", "messages": messages}) == []
    return messages


def get_actions(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item["action"] for item in messages[-1]["quickReply"]["items"]]


def test_each_bubble_is_a_message_and_the_last_has_the_buttons() -> None:
    """Quick replies vanish with the next message, so only the last may have them."""
    first, last = write(QUESTION)

    assert first == {"type": "text", "text": "我相信你。"}
    assert [a["label"] for a in get_actions([last])] == ["安全", "不安全", "找真人", "離開"]


def test_the_last_bubble_says_the_same_without_buttons() -> None:
    """LINE on a computer shows no quick replies."""
    expected = "你現在安全嗎？\n\n也可以輸入數字：\n1 安全\n2 不安全\n隨時可以輸入：找真人"

    assert expected == write(QUESTION)[-1]["text"]


def test_a_button_leaves_its_label_in_the_chat_and_carries_the_choice() -> None:
    """Otherwise a tap leaves no trace, and the conversation cannot be read back."""
    action = get_actions(write(QUESTION))[0]

    assert action["type"] == "postback"
    assert action["displayText"] == "安全"
    assert decode_tap(action["data"]).id == "c0"  # type: ignore[union-attr]


def test_without_choices_there_is_no_hint_to_number_them() -> None:
    """Only the words that always work."""
    assert write(make_reply("再見。", ways_out=["找真人"]))[-1]["text"] == "再見。\n\n隨時可以輸入：找真人"


def test_without_any_buttons_there_are_only_bubbles() -> None:
    """A cover message says nothing else."""
    assert write(make_reply("今天天氣不錯。", ways_hint="")) == [{"type": "text", "text": "今天天氣不錯。"}]


def test_a_long_label_is_shortened_on_the_button_and_whole_in_the_text() -> None:
    """Twenty graphemes on the button."""
    label = "有人拿我的照片威脅我，要我付錢或是傳更多照片給他"

    last = write(make_reply("怎麼了？", choices=[label]))[-1]

    [action] = get_actions([last])
    assert action["label"] == label[:19] + "…"
    assert action["displayText"] == label
    assert f"1 {label}" in last["text"]


@pytest.mark.parametrize("label", ["👨‍👩‍👧‍👦" * 20, "e\u0301" * 20, "🇹🇼" * 20, "字" * 20])
def test_twenty_graphemes_are_twenty_whatever_they_are_made_of(label: str) -> None:
    """A label at the limit is left alone."""
    assert get_actions(write(make_reply("嗯", choices=[label])))[0]["label"] == label


def test_too_many_buttons_never_cost_a_way_out() -> None:
    """The last choices go from the buttons, and stay in the numbered text."""
    reply = make_reply("選一個", choices=[f"第{n}個" for n in range(1, 14)], ways_out=["找真人", "離開"])

    messages = write(reply)

    labels = [action["label"] for action in get_actions(messages)]
    assert labels == [f"第{n}個" for n in range(1, 12)] + ["找真人", "離開"]
    assert "13 第13個" in messages[-1]["text"]


def test_a_bubble_gives_way_to_the_numbered_text() -> None:
    """How to answer stays whole when the last bubble is too long."""
    last = write(make_reply("長" * 6_000, choices=["好"]))[-1]["text"]

    assert len(last) == LINE_LIMITS.text_units
    assert last.endswith("…\n\n也可以輸入數字：\n1 好\n隨時可以輸入：找真人")


def test_a_numbered_text_at_the_limit_stands_alone() -> None:
    """Nothing else fits beside it."""
    assert write(make_reply("問題", choices=["好" * 6_000]))[-1]["text"].startswith("也可以輸入數字：")


def test_more_bubbles_than_line_takes_are_left_out() -> None:
    """Ours have three; LINE takes five."""
    assert len(write(make_reply(*"一二三四五六七", choices=["好"]))) == 5


def test_blank_bubbles_are_left_out() -> None:
    """LINE refuses an empty text, and with it the whole reply."""
    assert [m["text"] for m in write(make_reply("", "嗨", "  \n", ways_hint=""))] == ["嗨"]


def test_a_reply_of_buttons_alone_is_its_numbered_text() -> None:
    """Better than nothing at all."""
    assert write(make_reply("", choices=["好"]))[-1]["text"] == "也可以輸入數字：\n1 好\n隨時可以輸入：找真人"


def test_a_reply_that_says_nothing_is_no_message() -> None:
    """The sender refuses it rather than asking LINE."""
    assert write(make_reply("", ways_hint="", hint="")) == []


labels = st.text(min_size=1, max_size=40).filter(str.strip)


@settings(max_examples=60)
@given(
    bubbles=st.lists(st.text(max_size=80), max_size=6),
    choices=st.lists(labels, max_size=15),
    ways_out=st.lists(labels, max_size=15),
)
def test_no_reply_is_refused_by_line(bubbles: list[str], choices: list[str], ways_out: list[str]) -> None:
    """Whatever a flow or a translation says."""
    texts = [bubble.encode("utf-8", "replace").decode() for bubble in bubbles]

    write(make_reply(*texts, choices=choices, ways_out=ways_out))
