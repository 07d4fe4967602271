"""Thai, Vietnamese and Filipino on the printed form: lines end where a reader expects it, and every letter is there."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.paper import print_sheet
from bot.desk.paper.letters import BREAK, merge, to_tokens
from bot.desk.paper.thai import WORDS, split_thai
from tests.desk.papers import SOMEBODY, list_signs, read_pages, sheet, squeeze

#: One sentence with its words apart, as somebody who reads Thai would divide it.
DIVIDED = [
    "แฟน",
    "เก่า",
    "ของ",
    "ฉัน",
    "ขู่",
    "ว่า",
    "จะ",
    "ส่ง",
    "คลิป",
    "วิดีโอ",
    "ให้",
    "เพื่อน",
    "ร่วม",
    "งาน",
    "และ",
    "ครอบครัว",
    "ที่",
    "ประเทศ",
    "ไทย",
    "ถ้า",
    "ฉัน",
    "ไม่",
    "กลับ",
    "ไป",
    "หา",
    "เขา",
    "เมื่อ",
    "วานซืน",
    "เขา",
    "โทร",
    "มา",
    "หลาย",
    "สิบ",
    "ครั้ง",
    "และ",
    "ส่ง",
    "ข้อความ",
    "ข่มขู่",
    "ตลอด",
    "ทั้ง",
    "คืน",
    "จน",
    "ฉัน",
    "นอน",
    "ไม่",
    "หลับ",
    "แต่",
    "ยัง",
    "ไม่",
    "ได้",
    "แจ้ง",
    "ความ",
    "เพราะ",
    "กลัว",
]
THAI = "".join(DIVIDED)
#: For reading back: this reader tells a letter twice that has both MAI HAN-AKAT and a tone on it.
READABLE = THAI.replace("ครั้ง", "ที").replace("ทั้ง", "ค่อน")
VIETNAMESE = (
    "Bạn trai cũ dọa sẽ gửi video cho đồng nghiệp và gia đình tôi ở Việt Nam nếu tôi không quay lại. Tôi đã lưu lại tất cả tin nhắn, "
    "nhưng chưa dám báo cảnh sát vì sợ bị trả về nước. Nguyễn Thị Thuỳ Dương, Phường Bến Nghé."
)
FILIPINO = (
    "Tinatakot niya ako na ipapadala niya ang mga bidyo sa aking pamilya sa Pilipinas. Nakapag-save na ako ng mga mensahe; ngunit "
    "natatakot akong magsumbong. Si Señora Muñoz ang nakaaalam, at ang anák kong si José."
)
#: What may not begin a line, because it belongs to the letter before it; and what may not end one.
DEPENDENT = set("ะาำๅๆฯ") | {chr(code) for code in (0xE31, *range(0xE34, 0xE3B), *range(0xE47, 0xE4F))}
LEADING = set("เแโใไ")
#: Everything that Thai is written with, and what stands between it.
THAI_LETTERS = st.text(
    st.sampled_from([*map(chr, range(0xE01, 0xE3B)), *map(chr, range(0xE3F, 0xE5C)), "a", "5", " ", "(", "”", "中", "\u0301"]), max_size=120
)  # fmt: skip


def fill(text: str) -> dict[str, str]:
    """The text wherever somebody may write freely, also where a cell is narrow."""
    short = dict.fromkeys(("contact_time", "contact_way", "may_say", "address", "speak"), text[:60])
    return {**SOMEBODY, **short, "name": text[:40], "story": text}


def find_story(pdf: bytes) -> str:
    """The text of the story, lines kept: between its heading and what follows."""
    text = "".join(read_pages(pdf))
    return text.partition("其他補充事項")[2].partition("服務\r\n需求")[0].partition("諮詢協談")[0]


def test_thai_is_divided_between_its_words():
    """As a reader would; together they are the text."""
    assert split_thai(THAI) == DIVIDED


def test_a_tie_goes_to_the_longer_first_word():
    """บอก ว่า, not บอ กว่า."""
    assert split_thai("เขาบอกว่าถ้า") == ["เขา", "บอก", "ว่า", "ถ้า"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("ส่งทางLINEแล้ว", ["ส่ง", "ทาง", "LINE", "แล้ว"]),
        ("ไม่(จริงๆ)นะ", ["ไม่(จริงๆ)นะ"]),
        ("“ไม่”", ["“ไม่”"]),
        ("เข้", ["เข้"]),
        ("", []),
    ],
)
def test_signs_stay_with_their_words(text: str, pieces: list[str]):
    """A bracket or a quotation mark neither begins nor ends a line by itself."""
    assert split_thai(text) == pieces


def test_a_name_that_no_list_has_stays_whole():
    """As long as it fits."""
    assert "โสภิตนภา" in "|".join(split_thai("เขาชื่อโสภิตนภา")).replace("|", "")
    assert max(len(piece) for piece in split_thai("ฑฒณฎฏฐฌฆ")) == 8


@given(THAI_LETTERS)
def test_no_piece_begins_or_ends_where_thai_cannot(text: str):
    """Whatever was typed, nothing is lost, and no vowel or mark is parted from its letter."""
    pieces = split_thai(text)
    assert "".join(pieces) == text
    for before, after in itertools.pairwise(pieces):
        assert after[0] not in DEPENDENT
        assert before
    assert merge(to_tokens(text)) is not None


@given(THAI_LETTERS)
def test_tokens_of_thai_are_its_text_and_fit_a_cell(text: str):
    """Also what is no Thai at all: a cell is never run over."""
    tokens = to_tokens(text)
    assert all(len(token) <= 24 * 9 for token in tokens)
    assert BREAK.join(tokens) == "".join(tokens)


@pytest.mark.parametrize(
    "text", [READABLE, f"{READABLE} {READABLE}", READABLE[:60]], ids=["long", "spaced", "short"]
)
def test_printed_lines_of_thai_end_between_words(text: str):
    """Read back from the page: no line begins with a vowel that follows, or ends with one that leads, or within a word."""
    pdf = print_sheet(sheet(fill(text)), demo=False)
    lines = [line.strip() for line in find_story(pdf).splitlines() if line.strip()]
    ends = set(itertools.accumulate(map(len, split_thai(text.replace(" ", "")))))
    at = 0
    for line in lines:
        at += len(squeeze(line))
        assert squeeze(line)[0] not in DEPENDENT
        assert squeeze(line)[-1] not in LEADING
        assert at in ends, line
    assert squeeze("".join(lines)) == squeeze(text)


@pytest.mark.parametrize("text", [READABLE, VIETNAMESE, FILIPINO], ids=["th", "vi", "fil"])
def test_every_letter_is_printed_and_found_again(text: str):
    """Drawn by a font that has it, never named by its code, and searchable as it was written."""
    pdf = print_sheet(sheet(fill(text)), demo=False)
    whole = "".join(read_pages(pdf))
    assert "[U+" not in whole
    assert squeeze(unicodedata.normalize("NFC", text)) in squeeze(
        unicodedata.normalize("NFC", find_story(pdf))
    )


@pytest.mark.parametrize(
    "text",
    [THAI * 3, THAI.replace("เ", "") * 3, "ก" * 300, "กขคงจช" * 60, "เ" * 120, "ฮ่า" * 90, "5555" * 50 + "ก" * 50, VIETNAMESE * 4, "ñ" * 300, FILIPINO * 4],
    ids=range(10),
)  # fmt: skip
def test_nothing_runs_over_the_edge(text: str):
    """Words or nonsense: every sign lies within the frame of the page."""
    page = list(list_signs(print_sheet(sheet(fill(text)), demo=False)))
    assert max(one.right for one in page) <= 557
    assert min(one.left for one in page) >= 38


def test_lines_of_thai_are_filled():
    """A line does not end long before the edge: the last letter stands within a word's width of it."""
    signs = [
        one
        for one in list_signs(print_sheet(sheet(fill(THAI * 4)), demo=False))
        if "\u0e00" < one.sign < "\u0e7f"
    ]
    rows: dict[tuple[int, int], float] = {}
    for one in signs:
        if one.sign not in DEPENDENT:
            key = one.page, round(one.bottom)
            rows[key] = max(rows.get(key, 0.0), one.right)
    full = sorted(rows.values())[-4:]
    assert min(full) > 510


def test_the_words_are_words():
    """Sorted, each once, Thai alone, none that begins with what cannot begin one."""
    words = WORDS.read_text("utf-8").split()
    assert words == sorted(set(words))
    assert len(words) > 2_000
    assert not [
        word for word in words if word[0] in DEPENDENT or not all("\u0e00" < char < "\u0e7f" for char in word)
    ]
