"""How LINE is drawn on: what people keep, look up and read over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.limits import LINE_FLEX_LIMITS
from bot.channels.line_flex import INK, KEY, LINK, PAPER, QUIET, draw_look
from tests.channels.line_drawing import Json, list_actions, list_parts, said_in, write
from tests.channels.material import QUESTION, make_reply

CARD = """這張可以留著。急的時候打 110，平常可以打：

113 保護專線（24 小時、免費）
性影像處理中心 02-6605-7373（電話每天 9:00–22:00）
https://siarc.mohw.gov.tw/
臺北市家庭暴力暨性侵害防治中心 02-2361-5295 分機226
資料日期 2026-02"""


def draw(text: str, look: str = "card", **more: Any) -> Json:
    [drawing] = write(make_reply(text, ways_hint="", look=look, **more))
    assert drawing["type"] == "flex"
    return drawing


def list_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


@pytest.mark.parametrize("look", ["card", "list"])
def test_a_list_is_drawn_line_by_line_and_loses_nothing(look: str) -> None:
    """Every character, in order; lines wrap, and grow with the letters the person has chosen."""
    drawing = draw(CARD, look)

    assert said_in(drawing) == list_lines(CARD)
    texts = [part for part in list_parts(drawing["contents"]) if part["type"] == "text"]
    assert all(part["wrap"] and part["scaling"] and part["size"] in {"md", "sm"} for part in texts)


def test_what_can_be_called_or_opened_is_pressed_in_its_line() -> None:
    """By telephone or by address, as it stands there."""
    assert [(action["type"], action["label"], action["uri"]) for action in list_actions(draw(CARD))] == [
        ("uri", "110", "tel:110"),
        ("uri", "113", "tel:113"),
        ("uri", "02-6605-7373", "tel:0266057373"),
        ("uri", "https://siarc.mohw.gov.tw/", "https://siarc.mohw.gov.tw/"),
        ("uri", "02-2361-5295 分機226", "tel:0223615295,226"),
    ]


def test_a_link_looks_like_one() -> None:
    """Underlined and in its own colour; the words around it are not."""
    spans = [part for part in list_parts(draw(CARD)["contents"]) if part["type"] == "span"]

    links = [
        span["text"] for span in spans if span.get("decoration") == "underline" and span["color"] == LINK
    ]
    assert links == ["110", "113", "02-6605-7373", "https://siarc.mohw.gov.tw/", "02-2361-5295 分機226"]
    assert all(span["color"] == INK for span in spans if span["text"] not in links)


def test_several_in_one_line_have_each_a_line_to_press() -> None:
    """The first on the line itself, each further one small below it; the same one twice only once."""
    drawing = draw("怕的時候\n打 110 或 113，也可以打 110，或看 https://a.example/")

    assert said_in(drawing) == [
        "怕的時候", "打 110 或 113，也可以打 110，或看 https://a.example/", "113", "https://a.example/"
    ]  # fmt: skip
    assert [action["uri"] for action in list_actions(drawing)] == ["tel:110", "tel:113", "https://a.example/"]


def test_what_stands_between_two_links_is_kept() -> None:
    """Also when it is nothing but a space, which may not stand alone."""
    spans = [p["text"] for p in list_parts(draw("打\n110 113 1925")["contents"]) if p["type"] == "span"]

    assert spans == ["110 ", "113 ", "1925"]


def test_an_empty_line_is_a_wider_gap() -> None:
    """Lines belong together, paragraphs stand apart."""
    texts = [p for p in list_parts(draw("甲 113\n乙\n\n \n丙")["contents"]) if p["type"] == "text"]

    assert [text["margin"] for text in texts] == ["none", "sm", "lg"]


@pytest.mark.parametrize("look", ["card", "list"])
@pytest.mark.parametrize("text", ["打 113", "沒有號碼\n的兩行", "\n打 113\n"])
def test_what_is_no_list_is_text(look: str, text: str) -> None:
    """One line, or nothing to call or open: LINE itself makes the number in it callable."""
    assert [m["type"] for m in write(make_reply(text, ways_hint="", look=look))] == ["text"]


def test_only_the_bubbles_that_list_are_drawn() -> None:
    """What is said around them stays text."""
    messages = write(make_reply("先喘口氣。", CARD, "還想看什麼嗎？", choices=["好"], look="card"))

    assert [m["type"] for m in messages] == ["text", "flex", "text", "flex"]


def test_a_plain_card_is_text_to_forward() -> None:
    """The flow decides by its look."""
    assert [m["type"] for m in write(make_reply(CARD, ways_hint="", look="plain"))] == ["text"]


# Read over


PREVIEW = "這些會交給社工：\n稱呼：小雨\n安全的電話：0912-345-678\nName: Yu\n可以打 113 嗎\n什麼時候打："


def test_what_is_read_over_has_labels_and_values_apart() -> None:
    """A rule before each, the label small and quiet, the value large; nothing is lost."""
    drawing = draw(PREVIEW, "preview")

    assert said_in(drawing) == [
        "這些會交給社工：", "稱呼：", "小雨", "安全的電話：", "0912-345-678", "Name:", "Yu", "可以打 113 嗎", "什麼時候打："
    ]  # fmt: skip
    kinds = [part["type"] for part in drawing["contents"]["body"]["contents"]]
    assert kinds == ["text", "separator", "box", "separator", "box", "separator", "box", "text", "text"]
    label, value = drawing["contents"]["body"]["contents"][2]["contents"]
    assert (label["size"], label["color"], value["size"], value["color"]) == ("sm", QUIET, "md", INK)


def test_nothing_a_person_told_becomes_a_link() -> None:
    """A stranger may have sent it to them."""
    assert list_actions(draw("稱呼：小雨\n他傳的網址：https://evil.example/ 113", "preview")) == []


@pytest.mark.parametrize("text", ["稱呼：小雨", "沒有標籤\n的兩行", "：\n：空的", "什麼時候打：\n怎麼打："])
def test_what_has_no_labels_is_text(text: str) -> None:
    """Nothing to set apart."""
    assert [m["type"] for m in write(make_reply(text, ways_hint="", look="preview"))] == ["text"]


# What a bystander sees


def test_a_lock_screen_shows_the_neutral_words() -> None:
    """Never a label, never a bubble."""
    messages = write(make_reply("嗯", CARD, choices=["我被威脅"], look="card", alt="你有一則新訊息"))

    assert [m["altText"] for m in messages if m["type"] == "flex"] == ["你有一則新訊息"] * 2


@pytest.mark.parametrize("alt", ["", " \n"])
def test_without_neutral_words_a_lock_screen_shows_the_hint(alt: str) -> None:
    """And without that three dots: LINE wants some text."""
    assert write(make_reply("嗯", choices=["好"], alt=alt))[-1]["altText"] == "也可以輸入數字："
    assert write(make_reply("嗯", choices=["好"], alt=alt, hint=" "))[-1]["altText"] == "…"


def test_neutral_words_are_shortened_to_what_line_takes() -> None:
    """1,500 code units."""
    assert len(write(make_reply("嗯", choices=["好"], alt="字" * 2_000))[-1]["altText"]) == 1_500


# Within the limits


def test_a_drawing_beyond_its_size_is_text() -> None:
    """Thirty kilobytes, counted the most cautious way."""
    long = "\n".join(f"{n} 打 113 {'字' * 40}" for n in range(50))

    assert [m["type"] for m in write(make_reply(long, ways_hint="", look="list"))] == ["text"]


@given(lines=st.integers(2, 90))
def test_whatever_is_drawn_is_within_its_size(lines: int) -> None:
    """And what is not drawn is said."""
    drawing = draw_look("打 113\n" * lines, make_reply("", look="list"))

    assert drawing is None or len(json.dumps(drawing["contents"])) <= LINE_FLEX_LIMITS.bubble_bytes


def test_an_address_longer_than_line_opens_is_words() -> None:
    """A thousand code units."""
    long = "https://a.example/" + "a" * 1_000

    assert [action["uri"] for action in list_actions(draw(f"打 113\n{long}"))] == ["tel:113"]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours. Source: WCAG 2.2, contrast ratio and relative luminance."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_can_be_read() -> None:
    """Words by 4.5 to 1 on their ground, the edge of a button by 3 to 1; so on light and dark phones alike."""
    edge = next(p["borderColor"] for p in list_parts(write(QUESTION)[-1]["contents"]) if "borderColor" in p)

    assert all(contrast(colour, PAPER) >= 4.5 for colour in (INK, QUIET, LINK))
    assert contrast(INK, KEY) >= 4.5
    assert contrast(edge, PAPER) >= 3
    for drawing in (write(QUESTION)[-1], draw(CARD), draw(PREVIEW, "preview")):
        assert drawing["contents"]["styles"]["body"]["backgroundColor"] == PAPER
        parts = [part for part in list_parts(drawing["contents"]) if part["type"] in {"text", "span"}]
        assert all("color" in part for part in parts)
