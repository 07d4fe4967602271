"""A contact's line tells who can be reached now, a directory puts them first, and what people keep does neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.core.events import Said
from bot.core.hours import parse_open
from bot.core.knowledge import Contact, ContactId, Knowledge
from bot.core.model import NOT_YET, Session, StateId
from bot.core.parse import parse_flow, parse_words
from bot.core.parse_knowledge import parse_knowledge
from bot.core.taipei import TAIPEI
from bot.errors import FlowError
from bot.pack import find_data
from bot.voice.catalogs import Catalogs
from bot.voice.contact_lines import REACH_WORDS, ContactLines, arrange
from bot.voice.mentions import Mentioner
from bot.voice.speaker import Speaker
from bot.workdays import is_workday
from tests.core.check_cast import FLOW

WORDS = {
    "ext": "分機 ",
    "open": "（",
    "close": "）",
    "comma": "、",
    "spoken": "可以用你的語言",
    "not_spoken": "只有中文",
    "dated": "資料日期 {dates}",
    "dated_short": "{dates} 的資料",
    "open_now": "現在可以打",
    "opens_today": "現在休息，今天 {time} 開始",
    "opens_tomorrow": "現在休息，明天 {time} 開始",
    "opens_on": "現在休息，{day} {time} 開始",
    "closed_now": "現在休息",
}
DAILY, OFFICE = ("daily 09:00-22:00",), ("workdays 09:00-12:00", "workdays 13:00-18:00")
NIGHT, NOON = "2026-11-21 03:00", "2026-11-20 11:00"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI).astimezone(UTC)


def _contact(contact_id: str = "a", /, *spans: str, **changes: object) -> Contact:
    contact = Contact(
        id=ContactId(contact_id),
        name=f"{contact_id} 專線",
        number="1111",
        url="https://example.org/",
        hours="時間" if spans else "",
        cost="",
        languages=(),
        audience="任何人",
        area="全國",
        purpose="保護",
        source="來源",
        source_date="2026-02-13",
        status="OFF",
        show="yes",
        recheck_by=date(2027, 2, 20),
        open=parse_open(spans, contact_id),
    )
    return replace(contact, **changes)


def _lines(
    moment: str, *, locale: str = "zh_TW", kept: bool = False, works=is_workday, words=WORDS
) -> ContactLines:
    def translate(_: str, sentence: str) -> str:
        return sentence

    return ContactLines(translate, locale, words, _at(moment), works, kept=kept)


def _say(contact: Contact, moment: str, **changes: object) -> str:
    return _lines(moment, **changes).say(contact).removeprefix("a 專線 1111")


def _fill(sentence: str, *contacts: Contact, moment: str = NIGHT, kept: bool = False) -> str:
    mentioner = Mentioner(
        Knowledge({contact.id: contact for contact in contacts}, {}),
        lambda _, said: said,
        _at(moment),
        is_workday,
        "zh_TW",
        WORDS,
        {},
        kept=kept,
    )
    return mentioner.fill(sentence)


# ─── One line ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("spans", "moment", "said"),
    [
        (DAILY, "2026-11-21 09:00", "現在可以打"),
        (DAILY, "2026-11-21 21:59", "現在可以打"),
        (DAILY, "2026-11-21 03:00", "現在休息，今天 9:00 開始"),
        (DAILY, "2026-11-21 22:00", "現在休息，明天 9:00 開始"),
        (DAILY, "2026-12-31 23:59", "現在休息，明天 9:00 開始"),
        (OFFICE, "2026-11-20 12:00", "現在休息，今天 13:00 開始"),
        (OFFICE, "2026-11-20 18:00", "現在休息，週一 9:00 開始"),
        (("mon 00:30-01:00",), "2026-11-23 01:00", "現在休息，11月30日 0:30 開始"),
        (("mon 00:30-01:00",), "2026-11-24 01:00", "現在休息，週一 0:30 開始"),
        (OFFICE, "2026-02-16 10:00", "現在休息，2月23日 9:00 開始"),
        (OFFICE, "2026-02-17 10:00", "現在休息，週一 9:00 開始"),
    ],
)
def test_a_line_tells_whether_somebody_answers_now_or_when(spans, moment, said):
    """Today, tomorrow, a weekday within six days, else the date; by Taipei's clock and calendar."""
    assert _say(_contact("a", *spans), moment) == f"（時間、{said}）"


def test_it_stands_after_the_hours_and_before_the_rest():
    """Hours, now, cost, caveat."""
    contact = _contact("a", *DAILY, cost="免費", show="caveat")
    assert _say(contact, NOON) == "（時間、現在可以打、免費、2026-02 的資料）"


@pytest.mark.parametrize(("languages", "said"), [(("zh", "vi"), "可以用你的語言"), (("zh",), "只有中文")])
def test_who_does_not_read_chinese_learns_both(languages, said):
    """Whether somebody answers, and in which language."""
    contact = _contact("a", *DAILY, languages=languages)
    assert _say(contact, NOON, locale="vi") == f"（時間、現在可以打、{said}）"
    assert _say(contact, NOON) == "（時間、現在可以打）"


def test_who_always_answers_says_only_that():
    """Twenty-four hours need no "now"."""
    assert _say(_contact("a", "always", hours="24 小時"), NIGHT) == "（24 小時）"


def test_hours_that_are_not_known_say_nothing_about_now():
    """Nobody is sent away, nobody is promised an answer."""
    assert _say(_contact(), NIGHT) == ""
    assert _say(_contact(hours="上班時間"), NIGHT) == "（上班時間）"


def test_a_place_without_a_number_is_not_called():
    """Its hours may be said, but not that it can be called now."""
    assert _lines(NOON).say(_contact("a", *DAILY, number="")) == "a 專線（時間）"


def test_nobody_is_told_of_an_opening_that_is_too_far_away():
    """Closed is all there is to say."""
    contact = _contact("a", *OFFICE)
    assert _say(contact, NOON, works=lambda _: False) == "（時間、現在休息）"


def test_what_people_keep_says_hours_and_never_now():
    """Read the next morning, "now" would be wrong."""
    contact = _contact("a", *DAILY)
    assert {_say(contact, moment, kept=True) for moment in (NIGHT, NOON)} == {"（時間）"}


@pytest.mark.parametrize(
    ("locale", "weekday", "later"),
    [
        ("zh_TW", "週一 9:00", "2月23日 9:00"),
        ("en", "Monday 9:00", "February 23 9:00"),
        ("vi", "Thứ Hai 9:00", "23 tháng 2 9:00"),
        ("id", "Senin 9.00", "23 Februari 9.00"),
        ("th", "วันจันทร์ 9:00 น.", "23 กุมภาพันธ์ 9:00 น."),
        ("fil", "Lunes 9:00", "Pebrero 23 9:00"),
    ],
)
def test_days_and_times_are_named_in_the_persons_language(locale, weekday, later):
    """Whole names, a clock of 24 hours, Taipei's time."""
    contact = _contact("a", *OFFICE)
    assert _say(contact, "2026-11-20 18:00", locale=locale) == f"（時間、現在休息，{weekday} 開始）"
    assert _say(contact, "2026-02-13 18:00", locale=locale) == f"（時間、現在休息，{later} 開始）"


def test_the_words_are_in_the_files_that_translators_get():
    """With the holes that are filled."""
    words = _shipped_words()
    assert tuple(key for key in words if key in REACH_WORDS) == REACH_WORDS
    for key in ("opens_today", "opens_tomorrow", "opens_on"):
        assert "{time}" in words[key]
    assert "{day}" in words["opens_on"]


# ─── The order of a directory ─────────────────────────────────────────────────


CLOSED, OPEN, UNKNOWN = _contact("closed", *OFFICE), _contact("open", "always"), _contact("unknown")
DIRECTORY = "{contact.closed}\n{contact.unknown}\n{contact.open}"


def _order(sentence: str, **changes: object) -> list[str]:
    said = _fill(sentence, CLOSED, OPEN, UNKNOWN, **changes).splitlines()
    return [line.split(" 專線")[0] for line in said if not line.startswith("資料日期")]


def test_who_answers_now_comes_first_and_who_is_closed_last():
    """Unknown hours stand between."""
    assert _order(DIRECTORY, moment=NIGHT) == ["open", "unknown", "closed"]


def test_equals_stay_as_they_were_written():
    """At eleven two of them answer."""
    assert _order(DIRECTORY, moment=NOON) == ["closed", "open", "unknown"]


def test_what_people_keep_stays_as_it_was_written():
    """An order by the hour of its making would be wrong by the next."""
    assert _order(DIRECTORY, kept=True) == ["closed", "unknown", "open"]


def test_an_address_moves_with_its_contact():
    """Only its own, only directly below, and a number just so."""
    sentence = "{contact.closed}\n  {url.closed}\n{number.closed}\n{contact.open}\n{url.open}"
    assert arrange(sentence, {"closed": 2, "open": 0}.__getitem__).splitlines() == [
        "{contact.open}",
        "{url.open}",
        "{contact.closed}",
        "  {url.closed}",
        "{number.closed}",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "{contact.closed}\n或是\n{contact.open}",
        "{contact.closed}\n\n{contact.open}",
        "{contact.closed}\n{url.open}\n{contact.open}",
        "打 {contact.closed}\n{contact.open}",
        "{contact.closed} 或 {contact.open}",
        "{url.closed}\n{contact.open}",
        "先打電話",
        "",
    ],
)
def test_only_lines_that_stand_together_and_alone_are_moved(sentence):
    """Words between two lines belong to where they stand."""
    assert arrange(sentence, {"closed": 2, "open": 0}.__getitem__) == sentence


def test_two_directories_of_a_bubble_are_ordered_apart():
    """Each under its own heading."""
    sentence = "甲\n{contact.c}\n{contact.o}\n乙\n{contact.c}\n{contact.u}"
    rank = {"c": 2, "o": 0, "u": 1}.__getitem__
    assert arrange(sentence, rank).split() == [
        "甲",
        "{contact.o}",
        "{contact.c}",
        "乙",
        "{contact.u}",
        "{contact.c}",
    ]


def test_a_contact_stands_where_its_fallback_answers():
    """What is shown decides, not what was wanted; who cannot be shown at all leaves no hole."""
    gone = _contact("gone", *OFFICE, show="no", fallback=("open",))
    lost = _contact("lost", *OFFICE, show="no")
    said = _fill("{contact.closed}\n{contact.lost}\n{contact.gone}", CLOSED, OPEN, gone, lost)
    assert said.splitlines()[:2] == [
        "open 專線 1111（時間）",
        "closed 專線 1111（時間、現在休息，週一 9:00 開始）",
    ]
    assert len(said.splitlines()) == 3


def _shipped_words() -> dict[str, str]:
    folder = find_data("flows")
    return {
        key: said
        for name in ("interface.toml", "phrases.toml")
        for key, said in parse_words((folder / name).read_text("utf-8"), name).items()
    }


def _speak(state: str, moment: str) -> str:
    flow = parse_flow(FLOW.replace("{number.protection_113}", "{contact.protection_113}"), "small.toml")
    line = _contact("protection_113", *DAILY)
    speaker = Speaker(
        flow,
        Knowledge({line.id: line}, {}),
        Catalogs({}),
        words=_shipped_words(),
        operator="",
        is_workday=is_workday,
    )
    session = Session(NOT_YET, 1, StateId(state), "zh_TW", _at(moment), _at(moment))
    return "\n".join(speaker.render(Said(StateId(state)), session, _at(moment)).bubbles)


def test_an_ending_is_kept_and_any_other_message_is_of_now():
    """The resource card says the hours; the way out to a human says when."""
    assert "protection_113 專線 1111（時間、電話現在休息，今天 9:00 開始）" in _speak("human", NIGHT)
    assert "protection_113 專線 1111（時間、現在可以打）" in _speak("human", NOON)
    assert "protection_113 專線 1111（時間）\n" in _speak("card", NIGHT)


# ─── The shipped directory ────────────────────────────────────────────────────


def _shipped() -> Mapping[ContactId, Contact]:
    text = (find_data("flows") / "contacts.toml").read_text("utf-8")
    return parse_knowledge(text, {}).contacts


SHOWN = {
    "police_110": "110 警察（24 小時）",
    "ambulance_119": "119 救護（24 小時）",
    "siarc": "性影像處理中心 02-6605-7373（電話每天 9:00–22:00，網路 24 小時收件、電話現在休息，今天 9:00 開始）",
    "siarc_text": "性影像處理中心文字諮詢",
    "siarc_services": "性影像處理中心服務說明",
    "protection_113": "113 保護專線（24 小時、免費）",
    "taipei_centre": "臺北市家庭暴力暨性侵害防治中心 02-2361-5295 分機 226、227（24 小時、2023-07 的資料）",
    "comfort_1925": "1925 安心專線（24 小時、免費）",
    "lifeline_1995": "1995 生命線",
    "teacher_1980": "1980 張老師",
    "fraud_165": "165 反詐騙專線（免費）",
    "migrant_1955": "1955 移工專線（24 小時、免費）",
    "foreigner_1990": "1990 外來人士在臺生活諮詢熱線（中、英、日文 24 小時，其他語言平日 8 小時、2022-06 的資料）",
    "men_care": "男性關懷專線 0800-013-999",
    "iwin": "iWIN 網路內容防護機構 02-2577-5118（上班時間、2026-10 的資料）",
    "legal_aid_site": "法律扶助基金會（法扶）",
    "welfare_1957": "1957 福利諮詢（8:00–22:00）",
    "ecpat_site": "台灣展翅協會",
    "twrf_site": "婦女救援基金會（2025 的資料）",
    "modern_women_harassment": "現代婦女基金會台北性騷擾專線 02-2391-1067（2026-03 的資料）",
    "modern_women_assault": "現代婦女基金會性侵害防治專線 02-7728-5098 分機 7（2026-03 的資料）",
    "gender_ncii": "Gender愛是零暴力 FB／IG tw.ncii（2024 的資料）",
    "nantou": "南投縣家防中心 049-2209290",
    "kinmen": "金門縣家防中心 082-373000（2026-11 的資料）",
    "stopncii": "StopNCII.org（免費）",
    "take_it_down": "Take It Down（免費、匿名）",
    "report_cybertip": "CyberTipline",
}
HELD = [
    "iwin_appeal",
    "legal_aid",
    "crime_victims",
    "ecpat_phone",
    "twrf_phone",
    "county_new_taipei",
    "county_keelung",
    "county_taoyuan",
    "county_kaohsiung",
    "taipei_2023",
    "siarc_old",
    "ncii_old_site",
    "iwin_old",
    "foreigner_old",
    "care_1966",
    "garden_of_hope",
    "other_content_platform",
    "police_text",
]


def test_every_contact_is_shown_as_its_source_allows_or_held():
    """At three in the morning: nothing else is in the directory."""
    contacts = _shipped()
    lines = _lines(NIGHT, words=WORDS | {key: _shipped_words()[key] for key in REACH_WORDS})
    today = date(2026, 11, 21)
    shown = {key: lines.say(one) for key, one in contacts.items() if one.may_be_shown(today)}
    assert shown == SHOWN
    assert sorted(contacts.keys() - SHOWN.keys()) == sorted(HELD)


def test_a_held_contact_gives_way_to_one_that_is_shown():
    """Whoever asks for it is not left without."""
    knowledge = Knowledge(_shipped(), {})
    for name in HELD:
        found = knowledge.find_contact(ContactId(name), date(2026, 11, 21))
        assert found is not None, name
        assert found.id in SHOWN


def test_nobody_has_dialled_a_number_yet():
    """A date here would claim that somebody has."""
    assert {contact.phone_checked_on for contact in _shipped().values()} == {None}


def test_what_only_third_parties_confirm_needs_its_date():
    """Shown with a date or not at all."""
    text = (find_data("flows") / "contacts.toml").read_text("utf-8")
    entry = 'status = "SEED+3RD"\nshow = "caveat"'
    assert text.count(entry) == 1
    with pytest.raises(FlowError, match="needs its date"):
        parse_knowledge(text.replace(entry, entry.replace("caveat", "yes")), {})


def test_nonsense_in_hours_names_its_contact():
    """The build stops at the entry."""
    text = (find_data("flows") / "contacts.toml").read_text("utf-8")
    with pytest.raises(FlowError, match=r"contacts\.toml \[contacts\.siarc\].*'daily 9-22'"):
        parse_knowledge(text.replace("daily 09:00-22:00", "daily 9-22"), {})
