"""What will be sent is shown line by line; in a chat, masked."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.review import ShownLine, find_conflicts, find_missing, hash_lines, list_lines
from tests.form.conftest import ANY_TIME, FORM, READER, TODAY

DRAFT = {
    "types": "t1,t8", "story": "很久以前的事", "name": "王小明", "birth": "1990-05-20", "id_number": "A123456789", "gender": "other",
    "phone_mobile": "0900-000-001", "phone_home": "02-2000-0001#12", "county": "臺北市", "district": "中正區", "address": "某路一段一號",
    "call_number": "safe", "speak": "", "unit_name": "某單位", "unknown": "x",
}  # fmt: skip
FREE = [
    one.key for one in FORM.fields.values() if one.filled_by == "person" and one.kind in {"text", "long_text"}
]
TYPED = ("birth", "id_number", "phone_mobile", "phone_home", "district", *FREE)


def _as_it_is(_: str, sentence: str) -> str:
    return sentence


def _lines(draft: dict[str, str], *, masked: bool = False) -> dict[str, str]:
    return {line.key: line.value for line in list_lines(FORM, draft, say=_as_it_is, masked=masked)}


def test_lines_are_what_a_person_filled_in_and_nothing_else():
    """In the form's order; nothing empty, nothing of others, nothing unknown."""
    lines = list_lines(FORM, DRAFT, say=_as_it_is, masked=False)
    assert [(line.key, line.label, line.value) for line in lines] == [
        ("name", "姓名", "王小明"),
        ("gender", "性別", "其他"),
        ("birth", "出生日期或年齡", "1990 年 5 月 20 日（民國 79 年）"),
        ("id_number", "身分證統一編號（或護照號碼）", "A123456789"),
        ("county", "居住地址縣（市）", "臺北市"),
        ("district", "居住地址鄉（鎮、市、區）", "中正區"),
        ("address", "居住地址", "某路一段一號"),
        ("phone_home", "電話【宅】", "02-2000-0001#12"),
        ("phone_mobile", "電話【手機】", "0900-000-001"),
        ("call_number", "請打哪一支電話", "我信得過的那個人（安全聯絡人的電話）"),
        ("story", "簡述事發原因、經過…及其他補充事項", "很久以前的事"),
        ("types", "受暴類型(複選)", "在我不知道的時候被拍（遭偷拍攝性影像）、別的情況（其他：（請說明））"),
    ]
    assert _lines({"birth": "34"}) == {"birth": "34 歲"}


def test_in_a_chat_only_ends_and_counts_are_shown():
    """T1: enough to see whether it is right, too little for whoever opens the phone."""
    assert _lines(DRAFT, masked=True) == {
        "name": "王○○", "gender": "其他", "birth": "19○○/○○/20", "id_number": "A12****789", "county": "臺北市", "district": "中○○",
        "address": "（寫了 6 個字）", "phone_home": "02-****#12", "phone_mobile": "090****001",
        "call_number": "我信得過的那個人（安全聯絡人的電話）", "story": "（寫了 6 個字）",
        "types": "在我不知道的時候被拍（遭偷拍攝性影像）、別的情況（其他：（請說明））",
    }  # fmt: skip
    assert _lines({"birth": "34", "id_number": "AB1234"}, masked=True) == {
        "birth": "34",
        "id_number": "A****4",
    }


@ANY_TIME
@given(st.sampled_from(TYPED), st.text(st.characters(exclude_characters="（寫了個字）○* "), max_size=120))
def test_a_masked_line_holds_no_four_characters_in_a_row_of_what_was_typed(key, typed):
    """T1: as it was typed or as it is kept, for every field that is typed."""
    read = READER.read(key, typed, {}, today=TODAY)
    for field, value in getattr(read, "values", {}).items():
        if FORM.fields[field].mask == "none":
            continue
        shown = _lines({field: value}, masked=True)[field]
        for text in (typed, value):
            assert not [text[i : i + 4] for i in range(len(text) - 3) if text[i : i + 4] in shown]


@ANY_TIME
@given(st.sampled_from(FREE), st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_a_masked_text_tells_its_length_and_at_most_its_first_character(key, one, other):
    """T1: two texts of the same length and the same beginning look the same."""
    other = (one[0] + other[1:] + "字" * len(one))[: len(one)]
    assert _lines({key: one}, masked=True) == _lines({key: other}, masked=True)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("1990 年 5 月 20 日", "birth"),
        ("34 歲", "birth"),
        ("0900 000 001", "phone_mobile"),
        ("1990/05/20", "birth"),
    ],
)
def test_no_usual_spelling_comes_through_a_mask(typed, key):
    """T1: also where signs around the digits are the same."""
    (value,) = _lines(READER.read(key, typed, {}, today=TODAY).values, masked=True).values()
    assert not [typed[i : i + 4] for i in range(len(typed) - 3) if typed[i : i + 4] in value]


def test_another_language_has_the_forms_own_words_beside():
    """They are what is sent; an untranslated sentence stays as it is."""
    english = {
        "form.gender.label": "Gender", "form.gender.other": "Other", "form.birth.label": "Born",
        "form.phrase.day": "{day}/{month}/{year} (ROC {roc})", "form.phrase.and": ", ", "form.types.t1": "Filmed in secret",
        "form.types.t4": "Passed on",
    }  # fmt: skip
    draft = {"gender": "other", "birth": "1990-05-20", "types": "t1,t4"}
    lines = list_lines(FORM, draft, say=english.get, masked=False)
    assert [(line.label, line.value) for line in lines] == [
        ("Gender（性別）", "Other（其他）"),
        ("Born（出生日期或年齡）", "20/5/1990 (ROC 79)"),
        (
            "受暴類型(複選)",
            "Filmed in secret（遭偷拍攝性影像）, Passed on（未經同意遭他人重製、交付、散布性影像）",
        ),
    ]


def test_the_hash_is_of_the_lines_as_they_are_read():
    """Any change of a field, a label or a value is another hash; masked lines have another one too."""
    lines = list_lines(FORM, DRAFT, say=_as_it_is, masked=False)
    told = json.dumps(
        [[one.key, one.label, one.value] for one in lines], ensure_ascii=False, separators=(",", ":")
    )
    assert hash_lines(lines) == sha256(told.encode()).hexdigest()
    assert hash_lines(lines) != hash_lines(list_lines(FORM, DRAFT, say=_as_it_is, masked=True))
    assert (
        len(
            {hash_lines((ShownLine("a", "b", "c"),)), hash_lines((ShownLine("ab", "", "c"),)), hash_lines(())}
        )
        == 3
    )


def test_a_line_does_not_show_its_value_when_it_is_printed():
    """T30: a traceback would write it into a log."""
    assert "王小明" not in repr(ShownLine("name", "姓名", "王小明"))


@pytest.mark.parametrize(
    ("draft", "missing"),
    [
        ({}, {"name": "name_needed", "birth": "birth_needed", "phone_mobile": "way_needed"}),
        ({"name": "王", "birth": "34"}, {"phone_mobile": "way_needed"}),
        ({"name": "王", "birth": "34", "county": "臺北市"}, {"phone_mobile": "way_needed"}),
        ({"name": "王", "birth": "34", "address": "某路"}, {}),
        ({"name": "王", "birth": "34", "phone_work": "02-2000-0001"}, {}),
        ({"name": "王", "birth": "34", "safe_phone_home": "02-2000-0001"}, {"phone_mobile": "way_needed"}),
        ({"name": "王", "birth": "2026-11-22", "address": "某路"}, {"birth": "birth_future"}),
        ({"name": "", "birth": "34", "address": "某路"}, {"name": "name_needed"}),
    ],
)
def test_a_name_a_birth_and_one_way_are_needed(draft, missing):
    """The form's own marks: all else may stay empty."""
    assert find_missing(FORM, draft, today=TODAY) == missing
    assert set(missing.values()) <= FORM.refusals.keys()


@pytest.mark.parametrize(
    ("draft", "is_sound"),
    [
        ({}, True),
        ({"phone_home": "02-2000-0001"}, True),
        ({"call_number": "home", "phone_home": "02-2000-0001"}, True),
        ({"call_number": "mobile", "phone_home": "02-2000-0001"}, False),
        ({"call_number": "safe", "phone_mobile": "0900-000-001"}, False),
        ({"call_number": "safe", "safe_phone_work": "02-2000-0001"}, True),
    ],
)
def test_the_number_to_call_must_be_there(draft, is_sound):
    """Else somebody would call the one line that is: perhaps the wrong person's."""
    assert find_conflicts(draft) == ({} if is_sound else {"call_number": "call_number_empty"})
