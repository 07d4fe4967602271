"""The language is that which carries the grammar."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding.folding import fold, split
from bot.understanding.lexicon import Lexicon, load_lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(Path(__file__).parents[2] / "training" / "lexicon")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("他說不匯錢就要把影片傳給我同學", "zh-TW"), ("我的nudes被ex丟到gc 全部人都看到", "zh-TW"), ("他说要传出去", "zh-TW"), ("ㄨㄛ被拍ㄌ", "zh-TW"),
        ("he says he will send my photos to my family", "en"), ("my boss put a camera in the toilet", "en"), ("help me please", "en"),
        ("nó dọa tung clip của em lên mạng", "vi"), ("no doa tung clip cua em len mang", "vi"), ("ông chủ 老闆 quay lén em trong phòng tắm", "vi"),
        ("dia ngancem mau sebar fotoku", "id"), ("gmn cara hapus video saya", "id"), ("majikan saya simpan foto saya", "id"),
        ("แฟนเก่าขู่จะปล่อยคลิปหนู", "th"), ("他要打死我 เค้าถือไม้อยู่ หนูหลบใต้โต๊ะ", "th"), ("หนูโดนแบล็คเมล์ใน ig ทำไงดี", "th"),
        ("pinakalat ng ex ko ang video ko", "fil"), ("may nag-post ng pics ko sa fb, please help naman po", "fil"), ("pahingi po ng number", "fil"),
    ],
)  # fmt: skip
def test_a_language_is_told(lexicon: Lexicon, text: str, language: str) -> None:
    assert lexicon.tell_language(split(fold(text))) == language


@pytest.mark.parametrize("text", ["", "...", "15", "👍", "0912 345 678", "?!"])
def test_where_no_word_stands_none_is_told(lexicon: Lexicon, text: str) -> None:
    assert lexicon.tell_language(split(fold(text))) == ""
