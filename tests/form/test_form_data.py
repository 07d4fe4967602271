"""The form in flows/ is the city's form, field by field, with what people need beside it."""

import re

import pytest

from bot.form.parse import PHRASES, REASONS, parse_form
from tests.form.conftest import CONSENT, FORM, read_flow

#: Source: 成人性影像案件轉介表, from the top to the bottom.
LABELS = {
    "unit_name": "單位名稱", "referrer_name": "轉介人姓名", "referrer_phone": "電話",
    "name": "姓名", "gender": "性別", "birth": "出生日期或年齡", "id_number": "身分證統一編號（或護照號碼）",
    "foreign_worker": "是否為外籍勞工", "schooling": "就學狀況", "disability": "是否為身心障礙者", "disability_kind": "障別",
    "county": "居住地址縣（市）", "district": "居住地址鄉（鎮、市、區）", "address": "居住地址", "address_secret": "居住地址是否須保密",
    "phone_home": "電話【宅】", "phone_work": "電話【公】", "phone_mobile": "電話【手機】",
    "contact_time": "方便聯絡時間", "contact_way": "方便聯繫方式", "safe_name": "安全聯絡人姓名",
    "safe_phone_home": "安全聯絡人電話【宅】", "safe_phone_work": "安全聯絡人電話【公】",
    "safe_phone_mobile": "安全聯絡人電話【手機】", "safe_relation": "與受保護（被害）人關係",
    "story": "簡述事發原因、經過…及其他補充事項", "needs": "服務需求", "types": "受暴類型(複選)", "types_other": "其他：（請說明）",
    "reply_unit": "接案單位", "reply_name": "接案人姓名", "reply_title": "職稱", "reply_phone": "聯繫電話",
}  # fmt: skip
OPTIONS = {
    "gender": "男 女 其他",
    "foreign_worker": "是 否",
    "schooling": "高中（職）在學 高中（職）休學 高中（職）畢業 大專以上在學 大專以上休學 大專以上畢業 非學生",
    "disability": "是 疑似 非身心障礙者 不詳 其他",
    "address_secret": "是 否",
    "needs": "諮詢協談 庇護安置 陪同服務 驗傷診療 法律扶助 經濟扶助 心理諮商與輔導 就業服務 通譯服務 就學或轉學服務 轉介戒毒中心 其他扶助",
    "types": "遭偷拍攝性影像 遭強迫拍攝性影像 遭他人以電腦合成或其他科技方法製造性影像 未經同意遭他人重製、交付、散布性影像 "
    "未經同意遭他人重製、交付、散布以電腦合成或其他科技方法製造之性影像 遭他人恐嚇散布性影像 "
    "遭他人恐嚇散布以電腦合成或其他科技方法製造之性影像 其他：（請說明）",
}
BLAME = re.compile(r"錯誤|無效|不合法|必須|應該|為什麼|請重新輸入|早知道")


def test_the_form_has_every_field_of_the_citys_form_and_its_own_words():
    """Labels and options are exact, in the form's order; what is ours says that it is ours."""
    official = [one for one in FORM.fields.values() if one.official]
    assert [(one.key, one.label) for one in official] == list(LABELS.items())
    labels = {one.key: " ".join(o.label for o in one.options) for one in official if one.options}
    assert labels == OPTIONS
    ours = [one.key for one in FORM.fields.values() if not one.official]
    assert ours == [
        "call_number", "may_say", "if_other", "if_other_words", "may_text", "urgency", "speak", "needs_other",
    ]  # fmt: skip


def test_the_blocks_stand_in_the_forms_order():
    """With one of ours after the person: how to call safely. What others fill in has no page."""
    assert [block.title for block in FORM.blocks] == [
        "轉介單位", "受保護／被害人", "怎麼聯絡你才安全", "案情陳述", "服務需求", "受暴類型(複選)", "回復受理結果",
    ]  # fmt: skip
    assert [block.step for block in FORM.blocks] == ["", "you", "calling", "story", "needs", "needs", ""]
    assert [block.said for block in FORM.blocks][:3] == ["轉介單位", "關於你", "怎麼聯絡你才安全"]
    assert [one.key for one in FORM.list_fields("story")] == ["story"]


def test_the_marks_are_the_forms():
    """Needed are a name, a birthday or age, and one way to reach somebody."""
    marks = {one.key: one.mark for one in FORM.fields.values() if one.mark}
    needed = {"referrer_name", "referrer_phone", "name", "birth"}
    ways = {"county", "address", "phone_home", "phone_work", "phone_mobile"}
    assert marks == dict.fromkeys(needed, "*") | dict.fromkeys(ways, "◎")


@pytest.mark.parametrize(
    "one", [one for one in FORM.fields.values() if one.filled_by == "person"], ids=lambda one: one.key
)
def test_every_question_has_a_reason_and_says_what_to_write(one):
    """SECURITY §6: each field has a written reason; the page asks plainly, says what may stay empty, and blames nobody."""
    assert one.ask
    assert one.why
    assert one.help
    assert not BLAME.search(one.ask + one.help)
    assert one.mark or one.options or one.key == "story" or "空著" in one.help
    assert one.mask != "none" or one.options or one.key == "county"


def test_free_text_is_never_shown_in_a_chat():
    """T1: whatever somebody writes in their own words is masked whole, names and numbers but for their ends."""
    free = {
        one.key
        for one in FORM.fields.values()
        if one.filled_by == "person" and one.kind in {"text", "long_text"}
    }
    shown = {one.key for one in FORM.fields.values() if one.mask != "all"}
    assert free & shown == {"name", "safe_name"}


def test_every_refusal_is_one_gentle_sentence_that_says_what_to_write():
    """And none repeats what was written: there is no place for it."""
    assert tuple(FORM.refusals) == REASONS
    for reason, sentence in FORM.refusals.items():
        assert not BLAME.search(sentence), reason
        assert sentence.endswith("。")
        assert len(sentence) <= 80
        assert set(re.findall(r"\{\w+\}", sentence)) == ({"{over}"} if reason == "too_long_by" else set())
    assert tuple(FORM.phrases) == tuple(PHRASES)


def test_the_consent_of_this_service_has_the_shape_that_is_read():
    """Six notices, what may be agreed to, and what nothing can be sent without."""
    consent = read_flow("consent.toml")
    notices = parse_form(read_flow("form.toml"), read_flow("places.toml"), consent).notices
    assert list(notices.notices) == ["name", "purpose", "categories", "use", "rights", "without"]
    assert [(use.id, use.needed) for use in notices.uses] == [
        ("contact", True), ("special", True), ("refer", False), ("safe_person", False),
    ]  # fmt: skip


def _refuse(old: str, new: str, file: str = "form.toml") -> str:
    texts = {
        "form.toml": read_flow("form.toml"),
        "places.toml": read_flow("places.toml"),
        "consent.toml": CONSENT,
    }
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    with pytest.raises(Exception, match=re.escape(file)) as caught:
        parse_form(*texts.values())
    return f"{type(caught.value).__name__}: {caught.value}"


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("form.toml", 'version = "2023-02-15"', "", "'version' is missing"),
        ("form.toml", 'kind = "birth"', 'kind = "born"', "[fields.birth]: 'kind' must be one of"),
        ("form.toml", 'block = "story"', 'block = "tale"', "[fields.story]: 'block' must be one of"),
        ("form.toml", 'mask = "ends"', 'mask = "some"', "'mask' must be one of"),
        ("form.toml", 'label = "姓名"', 'label = "姓名"\nlabels = 1', "[fields.name]: unknown key 'labels'"),
        ("form.toml", 'ask = "社工要怎麼稱呼你？"', "", "[fields.name]: what a person is asked needs 'ask'"),
        (
            "form.toml",
            'kind = "identity"',
            'kind = "choice"',
            "'options' are for the kinds choice and choices",
        ),
        ("form.toml", "max_chars = 2000", "max_chars = 6000", "[fields.story]: 'max_chars' must be between"),
        (
            "form.toml",
            "max_chars = 2000",
            "max_chars = true",
            "[fields.story]: 'max_chars' is missing or is not a int",
        ),
        ("form.toml", 'id = "female"', 'id = "male"', "[fields.gender]: 'male' stands twice in options"),
        ("form.toml", "[fields.call_number]", "[fields.call]", "the field 'call_number' is missing"),
        ("form.toml", 'block = "referrer"', 'block = "person"', "do not stand in the order of their blocks"),
        (
            "form.toml",
            'label = "性別"',
            'label = "性別"\nmark = "*"',
            "'gender' is needed, but no refusal says so",
        ),
        ("form.toml", "{age} 歲", "歲", "the phrase 'age' must hold {age}"),
        ("form.toml", 'empty = "', 'void = "', "[refusals]: 'empty' is missing"),
        ("form.toml", 'and = "、"', 'and = "、"\nor = "或"', "[phrases]: unknown key 'or'"),
        ("form.toml", 'title = "成人性影像案件轉介表"', 'title = "表"\nextra = 1', "unknown key 'extra'"),
        ("places.toml", "[counties]", "[county]", "'counties' must be a table"),
        ("places.toml", "[counties]", "more = 1\n[counties]", "unknown key 'more'"),
        ("places.toml", '"南竿鄉", "北竿鄉", "莒光鄉", "東引鄉",', "", "'連江縣' has no districts"),
        ("places.toml", '"北竿鄉"', '"南竿鄉"', "'南竿鄉' stands twice in 連江縣"),
        ("consent.toml", 'rights = "五"', "", "[notices]: 'rights' is missing"),
        ("consent.toml", "needed = true", "needed = false", "no use is needed"),
        ("consent.toml", "needed = true", "", "'needed' is missing"),
        ("consent.toml", 'id = "refer"', 'id = "contact"', "'contact' stands twice in uses"),
        ("consent.toml", 'title = "說明"', 'title = "說明"\nnote = ""', "unknown key 'note'"),
    ],
)
def test_a_slip_in_the_data_stops_with_file_place_and_reason(file, old, new, reason):
    """It must not reach a person."""
    told = _refuse(old, new, file)
    assert told.startswith("FlowError")
    assert reason in told
