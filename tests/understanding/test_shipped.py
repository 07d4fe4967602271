"""The file that is shipped reads plain sentences in six languages, and holds what it is held to."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.stated import Stated
from bot.understanding.artefact import load
from bot.understanding.folding import MAX_CHARS
from bot.understanding.reading import Reader

SHIPPED = Path(__file__).parents[2] / "flows" / "words" / "understood.bin"
MOST_BYTES = 10_000_000


@cache
def shipped() -> Reader:
    return Reader(load(SHIPPED))


def test_the_file_is_small_enough() -> None:
    assert SHIPPED.stat().st_size <= MOST_BYTES


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("我不想活了", {"crisis": True}), ("i want to kill myself", {"crisis": True}), ("em muốn chết", {"crisis": True}), ("aku mau bunuh diri", {"crisis": True}),
        ("หนูอยากตาย", {"crisis": True}), ("gusto ko nang mamatay", {"crisis": True}),
        ("他拿刀在我家門口", {"danger": True}), ("he is at my door with a knife", {"danger": True}), ("nó đang cầm dao đánh em", {"danger": True}),
        ("dia mukul aku sekarang, aku dikunci di kamar", {"danger": True}), ("มันถือมีดอยู่หน้าห้องหนูตอนนี้", {"danger": True}), ("sinasaktan nya ako ngayon, may kutsilyo sya", {"danger": True}),
        ("前男友把我的裸照傳到群組了", {"status": "spread", "abuser": "known", "role": "self"}),
        ("my ex posted my nudes on telegram", {"status": "spread", "abuser": "known", "role": "self", "platforms": ["telegram"]}),
        ("người yêu cũ đăng ảnh khỏa thân của em lên facebook", {"status": "spread", "platforms": ["facebook"]}),
        ("mantan saya menyebarkan foto telanjang saya di instagram", {"status": "spread", "platforms": ["instagram"]}),
        ("แฟนเก่าปล่อยคลิปหนูในทวิตเตอร์", {"status": "spread", "platforms": ["x"]}),
        ("pinost ng ex ko ang hubad na litrato ko sa facebook", {"status": "spread", "platforms": ["facebook"]}),
        ("他說不匯錢就把我的裸照傳給我家人", {"status": "threatened", "money_demanded": True}),
        ("he says if i don't pay he will send my nudes to my family", {"status": "threatened", "money_demanded": True}),
        ("我15歲", {"minor": True}), ("im 16", {"minor": True}), ("em 15 tuổi", {"minor": True}), ("umurku 15 tahun", {"minor": True}), ("หนูอายุ 15", {"minor": True}),
        ("15 anyos lang po ako", {"minor": True}), ("我25歲", {"minor": False}), ("i am 30 years old", {"minor": False}),
        ("怎麼把影片下架", {"wants": ["takedown"]}), ("how do i get the video taken down", {"wants": ["takedown"]}),
    ],
)  # fmt: skip
def test_what_is_said_plainly_is_understood(text: str, stated: dict[str, Any]) -> None:
    facts = shipped().read(text).as_facts()
    assert {field: facts.get(field) for field in stated} == stated


@pytest.mark.parametrize(
    "text",
    [
        "大概秋天", "大概三月吧", "還沒想好", "讓我想想", "為什麼", "昨天", "上週三", "我不敢看", "我不知道該怎麼辦", "他還在線上",
        "không biết nữa", "để tôi nghĩ", "siguro noong tag-init", "let me think", "last autumn",
        "每天晚上七點以後", "週末晚上九點比較好", "打手機，先響兩聲", "李涵靜",
    ],
)  # fmt: skip
def test_a_few_words_that_name_nothing_alarming_are_no_alarm(text: str) -> None:
    """They are answers: a page about suicide in reply to "maybe in autumn" frightens."""
    stated = shipped().read(text)
    assert not stated.crisis
    assert not stated.danger


@pytest.mark.parametrize(
    "text",
    ["不知道", "不確定", "i don't know", "idk", "không biết", "tidak tahu", "ไม่รู้", "hindi ko alam", "ewan"],
)
def test_whoever_does_not_know_has_not_said_no(text: str) -> None:
    assert shipped().read(text).command != "no"


@pytest.mark.parametrize("text", ["他30歲", "對方30歲", "he is 30", "my ex is 35"])
def test_the_age_of_the_other_side_makes_an_adult_of_nobody(text: str) -> None:
    """Whoever is asked about their own age and says so may be fourteen."""
    assert shipped().read(text).minor is None


@pytest.mark.parametrize(
    "text",
    ["離開", "start over", "quay lại", "bantuan", "ภาษาไทย", "oo", "no", "我要找真人", "erase everything"],
)
def test_orders_are_orders(text: str) -> None:
    facts = shipped().read(text).as_facts()
    assert facts.keys() - {"language"} == {"command"}


@pytest.mark.parametrize("text", ["你好", "hello", "chào", "halo", "สวัสดีค่ะ", "kumusta po", "...", "👍"])
def test_a_greeting_says_no_harm(text: str) -> None:
    stated = shipped().read(text)
    assert not stated.crisis
    assert not stated.danger
    assert not stated.harms


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read(text: str) -> None:
    assert isinstance(shipped().read(text), Stated)


@pytest.mark.parametrize(
    "piece", ["我想死", "nó đánh em ", "ม.3 ", "15 ", "a", "😭", "\u0e33", "i'm at my door? ", "\n"]
)
def test_texts_of_any_length_are_read(piece: str) -> None:
    for size in (1, 50, MAX_CHARS, 4 * MAX_CHARS):
        assert isinstance(shipped().read((piece * size)[:size]), Stated)
