"""What people wrote becomes tokens that can be drawn, broken and found again."""

from __future__ import annotations

import json
import unicodedata

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.paper.address import split_address
from bot.desk.paper.letters import BREAK, FONTS, NEW_LINE, clean, merge, to_tokens
from tests.desk.papers import official

ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=80)


def _join(tokens):
    return "".join(tokens)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  早安\t你好 \n", "早安 你好"),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("a\x00b\x07c\x1bd\x9be", "abcde"),
        ("\u202e反\u2066轉\u200f\u061c", "反轉"),
        ("零\u200b寬\ufeff字\u2060元\u00ad", "零寬字元"),
        ("空\u00a0白\u2003字", "空 白 字"),
        ("全　形", "全　形"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("\ud800x", "\ufffdx"),
        ("好\ufe0f", "好"),
    ],
)
def test_what_cannot_be_seen_is_dropped(raw, kept):
    """T17: controls, bidi controls, joiners; one kind of line end; NFC."""
    assert clean(raw) == kept


@given(ANYTHING)
def test_nothing_that_acts_is_left(text):
    """T17: whatever came in, no control and no bidi control goes out, and the tokens are the text."""
    tokens = to_tokens(text)
    assert not {unicodedata.category(sign) for token in tokens for sign in token} - {"Cc"} & {
        "Cs",
        "Cf",
        "Zl",
        "Zp",
    }
    assert not {sign for token in tokens for sign in token if unicodedata.category(sign) == "Cc"} - {NEW_LINE}
    assert all(token == NEW_LINE or NEW_LINE not in token for token in tokens)
    assert _join(merge(tokens)) == _join(tokens)


@given(st.text(st.characters(codec="big5"), max_size=80))
def test_what_taiwan_writes_is_kept_sign_by_sign(text):
    """Every character of the everyday character set has its glyph: the tokens joined are the text."""
    assert _join(to_tokens(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("😢", "[U+1F622]"),
        ("葛\U000e0100", "葛[U+E0100]"),
        ("中\u0316", "中[U+0316]"),
        ("\ue123", "[U+E123]"),
        ("سلام", "[U+0633][U+0644][U+0627][U+0645]"),
        ("\u0301a", "[U+0301]a"),
        ("a" + "\u0316" * 9, "a" + "[U+0316]" * 9),
    ],
)
def test_what_no_font_draws_is_named_by_its_code(text, drawn):
    """A character that would be an empty box, or a heap of marks, is told instead."""
    assert _join(to_tokens(text)) == drawn


def test_a_text_may_be_divided_between_syllables_and_after_spaces():
    """Not before a comma, and not within a word."""
    assert to_tokens("他說，好嗎 I am here") == ["他", "說，", "好", "嗎 ", "I ", "am ", "here"]


@pytest.mark.parametrize("word", ["x" * 40, '中"' * 30, "！" * 30, "https://a.example/" + "q" * 30])
def test_a_word_that_is_too_long_may_be_broken_anywhere(word):
    """No cell may be run over."""
    tokens = to_tokens(word)
    assert _join(tokens) == word
    assert max(len(token) for token in merge(tokens)) <= 2
    assert tokens.count(BREAK) >= len(word) // 2


def test_scripts_without_spaces_are_helped_now_and_then():
    """We know no words of theirs; Thai's we do (tests/desk/test_paper_thai.py)."""
    text = "ຂ້ອຍຕ້ອງການຄວາມຊ່ວຍເຫຼືອຈາກເຈົ້າດຽວນີ້ເລີຍ"
    tokens = to_tokens(text)
    assert _join(tokens) == text
    assert 1 <= tokens.count(BREAK) <= 3


def test_lines_stay_lines():
    """Also empty ones between two others."""
    assert merge(to_tokens("一二\n\n三\n")) == ["一二", NEW_LINE, NEW_LINE, "三"]
    assert to_tokens(" \n ") == []


# ─── Addresses ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("中里路5號", {"road": "中里路", "number": "5"}),
        ("光復村12鄰8號", {"village": "光復村", "neighbourhood": "12", "number": "8"}),
        (
            "忠孝東路四段５６號１２樓",
            {"road": "忠孝東路", "section": "四", "number": "５６", "floor": "１２"},
        ),
        ("民族路7-2號", {"road": "民族路", "number": "7", "sub": "2"}),
        ("市民大道六段9號之3", {"road": "市民大道", "section": "六", "number": "9", "sub": "3"}),
        ("和平街1號, 3樓之2", {"road": "和平街", "number": "1", "floor": "3", "room": "2"}),
    ],
)
def test_parts_of_an_address_are_found(text, parts):
    """As people write them."""
    found = split_address(text)
    assert {name: part for name, part in found.items() if part} == parts


@pytest.mark.parametrize(
    "text", ["", "宿舍B棟", "中正路", "中正路5號後面的鐵皮屋", "民族路7之2號之3", "5號\n6號"]
)
def test_what_is_not_surely_an_address_is_left_whole(text):
    """Nothing is guessed."""
    assert split_address(text) is None


@given(st.text("中正路里村段巷弄號之樓0123456789 ,大道街鄰", max_size=24))
def test_no_digit_of_an_address_is_lost(text):
    """Whatever was divided holds all of it but the names of the parts."""
    parts = split_address(text)
    if parts:
        digits = [sign for sign in text if sign.isdigit()]
        assert digits == [sign for part in parts.values() for sign in part if sign.isdigit()]


# ─── Fonts ─────────────────────────────────────────────────────────────────────


def test_the_table_of_characters_is_what_the_fonts_have():
    """The desk trusts it without reading fonts."""
    table = json.loads((FONTS / "coverage.json").read_text("utf-8"))
    for name, ranges in table.items():
        (path,) = FONTS.glob(f"{name.replace(' ', '')}.*")
        there = {code for first, last in ranges for code in range(first, last + 1)}
        assert there == set(TTFont(path).getBestCmap())


def test_every_font_may_be_embedded_and_comes_with_its_licence():
    """OFL 1.1: the licence travels with the files; names that are reserved or trademarks are not used."""
    licence = (FONTS / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    for path in FONTS.glob("*.?tf"):
        font = TTFont(path)
        assert path.name in licence
        assert font["OS/2"].fsType == 0
        assert font["name"].getDebugName(1).startswith("Frontdoor")


def test_headings_are_bold_to_the_last_character():
    """A template that says something new needs `scripts/fonts.py --head`."""
    bold = set(TTFont(FONTS / "FrontdoorHead.otf").getBestCmap())
    template = (FONTS.parent / "form.typ").read_text("utf-8")
    assert {sign for sign in template if ord(sign) > 0x7F and ord(sign) not in bold} - set("─") == set()


def test_all_words_of_the_form_can_be_drawn():
    """Labels and options of flows/form.toml, and every county and district."""
    form = official()
    words = [one.label for field in form.fields.values() for one in (field, *field.options)]
    words += [name for county in form.counties for name in (county.name, *county.districts)]
    assert [word for word in words if "[U+" in _join(to_tokens(word))] == []
