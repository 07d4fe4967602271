"""How a reply is said on LINE, and that it is always within LINE's limits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.limits import LINE_LIMITS
from bot.channels.line_messages import encode_as_text
from bot.channels.numbered import write_numbered
from bot.channels.taps import decode_tap
from bot.core.inputs import Tapped
from tests.channels.line_drawing import judge, list_actions, list_quick, said_in, write
from tests.channels.material import QUESTION, VISIT, make_reply


def test_each_bubble_is_a_text_and_the_question_is_drawn_below() -> None:
    """Texts can be copied and forwarded; quick replies vanish with the next message, so the last has them."""
    first, second, last = write(QUESTION)

    assert first == {"type": "text", "text": "我相信你。"}
    assert second == {"type": "text", "text": "你現在安全嗎？"}
    assert last["type"] == "flex"
    assert [action["label"] for action in list_quick([last])] == ["安全", "不安全", "找真人", "離開"]


def test_the_numbers_drawn_are_those_that_can_be_typed() -> None:
    """The hint, each choice behind its number, then the words that always work."""
    assert said_in(write(QUESTION)[-1]) == write_numbered(QUESTION).split("\n")
    assert said_in(write(QUESTION)[-1]) == ["也可以輸入數字：", "1 安全", "2 不安全", "隨時可以輸入：找真人"]


def test_every_way_of_pressing_is_the_same_answer() -> None:
    """The drawn buttons and the quick replies carry the same choice of the same question."""
    messages = write(QUESTION)

    drawn = [decode_tap(action["data"]) for action in list_actions(messages[-1])]
    quick = [decode_tap(action["data"]) for action in list_quick(messages)]

    assert drawn == [Tapped("c0", VISIT, 3), Tapped("c1", VISIT, 3)]  # type: ignore[arg-type]
    assert quick[:2] == drawn
    assert [tap.id for tap in quick[2:] if tap] == ["w0", "w1"]


def test_a_button_leaves_its_words_in_the_chat() -> None:
    """Without the number; otherwise a tap leaves no trace, and the conversation cannot be read back."""
    messages = write(QUESTION)

    for action in (list_actions(messages[-1])[0], list_quick(messages)[0]):
        assert (action["type"], action["displayText"]) == ("postback", "安全")
    assert list_actions(messages[-1])[0]["label"] == "1 安全"


def test_without_choices_there_is_no_hint_to_number_them() -> None:
    """Only the words that always work, and text alone."""
    [last] = write(make_reply("再見。", ways_out=["找真人"]))

    assert last["text"] == "再見。\n\n隨時可以輸入：找真人"
    assert [action["label"] for action in list_quick([last])] == ["找真人"]


def test_without_any_buttons_there_are_only_bubbles() -> None:
    """A cover message says nothing else."""
    assert write(make_reply("今天天氣不錯。", ways_hint="")) == [{"type": "text", "text": "今天天氣不錯。"}]


def test_a_long_label_is_whole_wherever_it_can_be() -> None:
    """Twenty graphemes on a quick reply; all of it in the drawing and in what a tap leaves behind."""
    label = "有人拿我的照片威脅我，要我付錢或是傳更多照片給他，還說要傳給我的家人跟學校，我不知道怎麼辦"

    messages = write(make_reply("怎麼了？", choices=[label]))

    [quick], [drawn] = list_quick(messages), list_actions(messages[-1])
    assert quick["label"] == label[:19] + "…"
    assert drawn["label"] == f"1 {label}"[:39] + "…"
    assert quick["displayText"] == drawn["displayText"] == label
    assert f"1 {label}" in said_in(messages[-1])


@pytest.mark.parametrize("one", ["👨‍👩‍👧‍👦", "e\u0301", "🇹🇼", "字", "ที่", "𠮷"])
def test_graphemes_are_counted_whatever_they_are_made_of(one: str) -> None:
    """A label at the limit is left alone, on quick replies (20) and in drawings (40 with its number)."""
    assert list_quick(write(make_reply("嗯", choices=[one * 20])))[0]["label"] == one * 20
    assert list_actions(write(make_reply("嗯", choices=[one * 38]))[-1])[0]["label"] == "1 " + one * 38


def test_too_many_buttons_never_cost_a_way_out() -> None:
    """The last choices go from the quick replies, and stay in the drawing."""
    reply = make_reply("選一個", choices=[f"第{n}個" for n in range(1, 14)], ways_out=["找真人", "離開"])

    messages = write(reply)

    labels = [action["label"] for action in list_quick(messages)]
    assert labels == [f"第{n}個" for n in range(1, 12)] + ["找真人", "離開"]
    assert [action["label"] for action in list_actions(messages[-1])] == [
        f"{n} 第{n}個" for n in range(1, 14)
    ]


def test_more_bubbles_than_line_takes_are_put_together() -> None:
    """Five messages with the question; nothing is left out."""
    texts = [m["text"] for m in write(make_reply(*"一二三四五六七", choices=["好"]))[:-1]]

    assert texts == ["一", "二", "三", "四\n\n五\n\n六\n\n七"]
    assert [m["text"] for m in write(make_reply(*"一二三四五六", ways_hint=""))][-1] == "五\n\n六"


def test_blank_bubbles_are_left_out() -> None:
    """LINE refuses an empty text, and with it the whole reply."""
    assert [m["text"] for m in write(make_reply("", "嗨", "  \n", ways_hint=""))] == ["嗨"]


def test_a_reply_of_buttons_alone_is_its_drawing() -> None:
    """Better than nothing at all."""
    assert [m["type"] for m in write(make_reply("", choices=["好"]))] == ["flex"]


def test_a_reply_that_says_nothing_is_no_message() -> None:
    """The sender refuses it rather than asking LINE."""
    assert write(make_reply("", ways_hint="", hint="")) == []


def test_a_day_can_be_picked_first_of_all() -> None:
    """On the quick replies and in the drawing; which days make sense is not for LINE to say."""
    reply = make_reply("哪一天？", choices=["不知道"], ways_out=["找真人"], day_label="選日期")

    messages = write(reply)

    quick, drawn = list_quick(messages)[0], list_actions(messages[-1])[0]
    expected = {"type": "datetimepicker", "label": "選日期", "data": "v=Ab3-_xyz&t=3&c=pick", "mode": "date"}
    assert quick == drawn == expected
    assert said_in(messages[-1]) == ["選日期", "也可以輸入數字：", "1 不知道", "隨時可以輸入：找真人"]


def test_a_day_alone_can_be_picked() -> None:
    """Without any choice beside it."""
    messages = write(make_reply("哪一天？", day_label="選日期"))

    assert [m["type"] for m in messages] == ["text", "flex"]
    assert [action["type"] for action in list_quick(messages)] == ["datetimepicker"]


def test_a_picker_takes_a_choice_from_the_quick_replies_and_no_way_out() -> None:
    """Thirteen in all."""
    many = [f"第{n}個" for n in range(1, 14)]

    quick = list_quick(write(make_reply("選", choices=many, ways_out=["找真人"], day_label="選日期")))
    crowded = list_quick(write(make_reply("選", ways_out=many, day_label="選日期")))

    assert [action["label"] for action in quick] == ["選日期", *many[:11], "找真人"]
    assert [action["label"] for action in crowded] == ["選日期", *many[:12]]


# What cannot be drawn


def test_more_than_a_drawing_holds_is_said_as_text() -> None:
    """The numbered choices stand under the last bubble, and stay whole when that one is too long."""
    choices = ["好" * 500] * 6
    [last] = write(make_reply("長" * 6_000, choices=choices, ways_hint=""))

    assert len(last["text"]) == LINE_LIMITS.text_units
    assert "…\n\n也可以輸入數字：\n1 好" in last["text"]
    assert last["text"].endswith("6 " + "好" * 500)


def test_a_numbered_text_at_the_limit_stands_alone() -> None:
    """Nothing else fits beside it."""
    [last] = write(make_reply("問題", choices=["好" * 6_000]))

    assert last["text"].startswith("也可以輸入數字：")


def test_a_reply_can_be_said_without_any_drawing() -> None:
    """For when LINE refuses one: the same words, numbers and quick replies."""
    reply = make_reply("我相信你。", "打 113\n打 110", choices=["安全"], ways_out=["離開"], look="card")

    messages = encode_as_text(reply)

    judge(messages)
    assert messages[0] == {"type": "text", "text": "我相信你。"}
    assert messages[-1]["text"] == "打 113\n打 110\n\n也可以輸入數字：\n1 安全\n隨時可以輸入：找真人"
    assert list_quick(messages) == list_quick(write(reply))


labels = st.text(min_size=1, max_size=45).filter(str.strip)
bubbles = st.text(max_size=60) | st.from_regex(
    r"(打 (113|02-6605-7373)|https://a\.example/|稱呼：\S+|\n){1,6}"
)


@settings(max_examples=60, deadline=None)
@given(
    bubbles=st.lists(bubbles, max_size=6),
    choices=st.lists(labels, max_size=15),
    ways_out=st.lists(labels, max_size=15),
    look=st.sampled_from(["plain", "card", "list", "preview"]),
    alt=st.text(max_size=10),
    day_label=st.just("") | labels,
)
def test_no_reply_is_refused_by_line(
    bubbles: list[str], choices: list[str], ways_out: list[str], look: str, alt: str, day_label: str
) -> None:
    """Whatever a flow or a translation says, and however it looks."""
    texts = [bubble.encode("utf-8", "replace").decode() for bubble in bubbles]

    write(make_reply(*texts, choices=choices, ways_out=ways_out, look=look, alt=alt, day_label=day_label))
