"""How a turn sounds: with which facts and buttons, and what is said in place of those that ran out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.core.events import Said
from bot.core.knowledge import Contact, ContactId, Fact, FactId, Knowledge
from bot.core.model import NOT_YET, NoteId, Session, StateId
from bot.core.parse import parse_flow
from bot.voice.catalogs import Catalogs
from bot.voice.speaker import Speaker
from bot.workdays import is_workday
from tests.core.cast import NOON, TINY, VISIT, caller, shipped, shipped_speaker

#: Short forms of the words that these tests look at; the rest are the shipped ones.
WORDS = {
    **shipped().words,
    "number_hint": "回數字：",
    "ways_hint": "隨時打：{ways}",
    "sorry": "出了錯，打 113。",
    "operator_demo": "示範版。",
    "operator_line": "由{operator}負責。",
    "extension": "分機 ",
    "bracket_open": "（",
    "bracket_close": "）",
    "comma": "、",
    "spoken": "可以用你的語言",
    "not_spoken": "只有中文",
    "dated": "資料日期 {dates}",
    "dated_short": "{dates} 的資料",
}
LAST_DAY = date(2027, 2, 20)


# ─── Saying a turn ────────────────────────────────────────────────────────────


def _contact(contact_id: str = "a", /, **changes: object) -> Contact:
    contact = Contact(
        id=ContactId(contact_id),
        name=f"{contact_id} 專線",
        number="02-1111-2222",
        url="https://example.org/",
        hours="",
        cost="",
        languages=(),
        audience="任何人",
        area="全國",
        purpose="保護",
        source="來源",
        source_date="2026-02-13",
        status="OFF",
        show="yes",
        recheck_by=LAST_DAY,
    )
    return replace(contact, **changes)


def _fact(**changes: object) -> Fact:
    fact = Fact(FactId("clock"), "限 24 小時。", "請打電話問。", "來源", "2026-03-13", "OFF", LAST_DAY)
    return replace(fact, **changes)


def _speaker(
    say: str, *known: Contact | Fact, operator: str = "", catalogs: Catalogs | None = None
) -> Speaker:
    knowledge = Knowledge(
        {c.id: c for c in known if isinstance(c, Contact)}, {f.id: f for f in known if isinstance(f, Fact)}
    )
    flow = parse_flow(TINY.replace('say = ["滿 18 歲了嗎？"]', f"say = ['''{say}''']"), "tiny.toml")
    return Speaker(
        flow,
        knowledge,
        catalogs or Catalogs({}),
        words=WORDS,
        operator=operator,
        is_workday=is_workday,
    )


def _session(**changes: object) -> Session:
    session = Session(VISIT, 1, StateId("start"), "zh_TW", NOON, NOON)
    return replace(session, **changes)


def _say(
    say: str, *known: Contact | Fact, now: datetime = NOON, locale: str = "zh_TW", **changes: object
) -> str:
    reply = _speaker(say, *known, **changes).render(Said(StateId("start")), _session(locale=locale), now)
    assert len(reply.bubbles) == 1
    return reply.bubbles[0]


@pytest.mark.parametrize(
    ("contact", "line"),
    [
        (_contact(), "a 專線 02-1111-2222\n資料日期 2026-02"),
        (
            _contact(hours="24 小時", cost="免費"),
            "a 專線 02-1111-2222（24 小時、免費）\n資料日期 2026-02",
        ),
        (_contact(ext="226"), "a 專線 02-1111-2222 分機 226\n資料日期 2026-02"),
        (_contact(name="113 專線", number="113"), "113 專線\n資料日期 2026-02"),
        (_contact(name="1130 專線", number="113"), "1130 專線 113\n資料日期 2026-02"),
        (_contact(number=""), "a 專線\n資料日期 2026-02"),
        (_contact(show="caveat"), "a 專線 02-1111-2222（2026-02 的資料）"),
        (_contact(show="caveat", hours="24 小時"), "a 專線 02-1111-2222（24 小時、2026-02 的資料）"),
        (_contact(name="110 警察", number="110", status="EMERGENCY"), "110 警察"),
        (_contact(source_date="2026"), "a 專線 02-1111-2222\n資料日期 2026"),
    ],
)
def test_a_contact_is_said_with_its_date(contact, line):
    """Below the bubble; beside it where the source needs a caveat; nowhere for universal numbers."""
    assert _say("{contact.a}", contact) == line


@pytest.mark.parametrize(
    ("languages", "locale", "detail"),
    [
        (("zh", "en"), "en", "（可以用你的語言）"),
        (("zh",), "en", "（只有中文）"),
        ((), "en", ""),
        (("zh",), "zh_TW", ""),
        (("zh", "en"), "zh_TW", ""),
    ],
)
def test_who_does_not_read_chinese_is_told_which_line_speaks_their_language(languages, locale, detail):
    """Nothing is claimed where nothing is known, and nobody is told that Chinese is spoken in Taiwan."""
    contact = _contact(languages=languages, status="EMERGENCY")
    assert _say("{contact.a}", contact, locale=locale) == f"a 專線 02-1111-2222{detail}"


def test_several_extensions_are_joined_as_the_language_does():
    """The comma of the directory is Chinese."""
    contact = _contact(ext="226、227", status="EMERGENCY")
    told = Catalogs({"en": {("interface.comma", "、"): ", ", ("interface.extension", "分機 "): "ext. "}})
    assert _say("{contact.a}", contact) == "a 專線 02-1111-2222 分機 226、227"
    assert _say("{contact.a}", contact, locale="en", catalogs=told) == "a 專線 02-1111-2222 ext. 226, 227"


def test_dates_are_said_once_and_in_order():
    """Three lines of one month have one date below them."""
    known = (_contact("b", source_date="2026-03"), _contact("c"), _contact("d", source_date="2026-02-01"))
    assert _say("{number.b}{number.c}{number.d}", *known).endswith("\n資料日期 2026-02、2026-03")


def test_a_number_or_an_address_is_said_bare():
    """With the date below all the same."""
    assert _say("打 {number.a}", _contact("a")) == "打 02-1111-2222\n資料日期 2026-02"
    assert _say("看 {url.a}", _contact("a")) == "看 https://example.org/\n資料日期 2026-02"


def _overdue(**changes: object) -> tuple[Contact, Contact]:
    other = _contact("b", number="113", name="113 專線", url="https://b.example/", status="EMERGENCY")
    return _contact("a", recheck_by=date(2026, 11, 19), fallback=("b",)), replace(other, **changes)


def test_an_overdue_contact_gives_way_to_its_fallback():
    """Line for line and number for number; an address gives way to the whole line, never to another address."""
    known = _overdue()
    assert _say("{contact.a}", *known) == "113 專線"
    assert _say("打 {number.a}", *known) == "打 113"
    assert _say("看 {url.a}", *known) == "看 113 專線"


def test_a_fallback_without_a_number_is_named_in_whole():
    """A sentence is never left with a hole where a number was."""
    assert _say("打 {number.a}", *_overdue(number="")) == "打 113 專線"


def test_a_contact_with_nobody_to_fall_back_to_is_not_said():
    """Nothing is better than a wrong number."""
    gone = _contact("a", show="no")
    assert _say("打 {contact.a}{number.a}{url.a}。", gone) == "打 。"


def test_a_fact_is_said_with_its_date_and_its_fallback_without():
    """A fallback claims nothing that could grow old."""
    assert _say("{fact.clock}", _fact()) == "限 24 小時。\n資料日期 2026-03"
    assert _say("{fact.clock}", _fact(status="MEM")) == "請打電話問。"
    assert _say("先{fact.clock}", _fact(status="MEM", fallback="")) == "先"


@pytest.mark.parametrize(
    ("moment", "is_said"),
    [
        (datetime(2027, 2, 20, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2027, 2, 20, 16, 0, tzinfo=UTC), False),
    ],
)
def test_a_recheck_day_ends_at_midnight_in_taipei(moment, is_said):
    """Facts are about Taiwan, wherever the machine stands."""
    assert ("限 24 小時。" in _say("{fact.clock}", _fact(), now=moment)) is is_said


def test_the_operator_is_named_or_it_is_a_demo():
    """Nobody has to wonder who is behind this."""
    assert _say("嗨，{operator}") == "嗨，示範版。"
    assert _say("嗨，{operator}", operator="某某局") == "嗨，由某某局負責。"


def test_facts_contacts_and_words_are_said_in_the_persons_language():
    """Each by its own place in the catalogue."""
    told = {
        ("tiny.start", "{contact.a}。{fact.clock}{operator}"): "{fact.clock} Call {contact.a}. {operator}",
        ("contact.a.name", "a 專線"): "A line",
        ("contact.a.hours", "白天"): "daytime",
        ("fact.clock", "限 24 小時。"): "Within 24 hours.",
        ("interface.bracket_open", "（"): " (",
        ("interface.bracket_close", "）"): ")",
        ("interface.dated", "資料日期 {dates}"): "As of {dates}",
        ("interface.comma", "、"): ", ",
        ("interface.operator_demo", "示範版。"): "A demo.",
    }
    said = _say(
        "{contact.a}。{fact.clock}{operator}",
        _contact("a", hours="白天"),
        _fact(),
        locale="en",
        catalogs=Catalogs({"en": told}),
    )
    assert said == "Within 24 hours. Call A line 02-1111-2222 (daytime). A demo.\nAs of 2026-02, 2026-03"


def test_the_operators_sentence_is_translated_around_the_name():
    """The name is a name in every language."""
    told = {("interface.operator_line", "由{operator}負責。"): "Run by {operator}."}
    assert (
        _say("{operator}", locale="en", operator="某某局", catalogs=Catalogs({"en": told}))
        == "Run by 某某局."
    )


def test_only_what_holds_is_said():
    """A bubble whose guards do not hold is left out."""
    flow = parse_flow(
        TINY.replace('say = ["再一次？"]', 'say = ["一", { text = "二", when = ["is_minor"] }]'), "t.toml"
    )
    speaker = Speaker(flow, Knowledge({}, {}), Catalogs({}), words=WORDS, operator="", is_workday=is_workday)
    loop = Said(StateId("loop"))
    assert speaker.render(loop, _session(), NOON).bubbles == ("一",)
    assert speaker.render(loop, _session(answers={"age_now": "minor"}), NOON).bubbles == ("一", "二")


def test_a_note_comes_with_the_question_alone():
    """Repeating is gentle: the note and the last bubble, in one."""
    reply = _speaker("問題？").render(Said(StateId("start"), NoteId("sticker")), _session(), NOON)
    assert reply.bubbles == ("貼圖\n\n問題？",)
    assert len(reply.choices) == 4


def test_a_reply_carries_its_question_its_buttons_and_its_hints():
    """Choices first, ways out after them, the words that always work named."""
    reply = _speaker("問題？").render(Said(StateId("start")), _session(turn=7), NOON)
    assert (reply.visit, reply.turn, reply.locale, reply.leaving) == (VISIT, 7, "zh_TW", False)
    assert [button.id for button in reply.choices] == ["adult", "minor", "call", "english"]
    assert [button.label for button in reply.ways_out] == ["真人", "上一步", "重新開始", "離開"]
    assert reply.buttons == (*reply.choices, *reply.ways_out)
    assert (reply.hint, reply.ways_hint) == ("回數字：", "隨時打：真人、上一步、重新開始、離開")


def test_labels_are_translated_by_their_own_place():
    """Buttons, ways out and the hint that names them."""
    told = {("tiny.start.adult", "滿了"): "I am", ("tiny.ways_out.human", "真人"): "A person"}
    speaker = _speaker("問題？", catalogs=Catalogs({"en": told}))
    reply = speaker.render(Said(StateId("start")), _session(locale="en"), NOON)
    assert (reply.choices[0].label, reply.ways_out[0].label) == ("I am", "A person")
    assert "A person" in reply.ways_hint


@pytest.mark.parametrize(("state", "leaving"), [("left", True), ("erased", False)])
def test_a_state_that_asks_nothing_has_no_buttons(state, leaving):
    """And no hints, which would give away what it was; leaving sends a browser elsewhere."""
    reply = _speaker("問題？").render(Said(StateId(state)), _session(), NOON)
    assert (reply.buttons, reply.hint, reply.ways_hint, reply.leaving) == ((), "", "", leaving)


def test_sorry_is_said_without_any_session():
    """In the language asked for, with the human route in it."""
    told = {("interface.sorry", WORDS["sorry"]): "Sorry, call 113."}
    speaker = _speaker("問題？", catalogs=Catalogs({"en": told}))
    assert speaker.sorry("en").bubbles == ("Sorry, call 113.",)
    reply = speaker.sorry("zh_TW")
    assert (reply.bubbles, reply.buttons, reply.visit) == ((WORDS["sorry"],), (), NOT_YET)


def test_the_pages_words_come_in_any_form_of_a_language():
    """As the port promises: a header, a tag, or nothing."""
    told = {("interface.sorry", WORDS["sorry"]): "Sorry, call 113."}
    speaker = _speaker("問題？", catalogs=Catalogs({"en": told}))
    for wanted in ("en", "en-US", "en-GB,en;q=0.9"):
        assert speaker.words(wanted)["sorry"] == "Sorry, call 113."
    for wanted in ("", "zh-Hant", "fr"):
        assert speaker.words(wanted) == WORDS
    assert speaker.choose_locale("en-AU") == "en"


def test_the_shipped_sorry_names_the_human_route_in_every_language():
    """It is what is said when everything else failed."""
    for locale in shipped().catalogs.locales:
        (bubble,) = shipped_speaker().sorry(locale).bubbles
        assert "113" in bubble
        assert "110" in bubble


def test_the_shipped_opening_says_what_it_is():
    """A robot, what it keeps, and one question."""
    reply = caller().start().reply
    assert "機器人" in reply.bubbles[0]
    assert reply.bubbles[-1].endswith("？")
