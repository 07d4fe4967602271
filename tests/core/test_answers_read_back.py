"""What was answered can be changed, read back and hidden again: within the visit, and only then."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.events import Said
from bot.core.parse import parse_flow
from bot.core.standing import find_deadline, is_shown, list_open, see
from bot.errors import FlowError
from tests.core.cast import NOON, TINY, Talk, caller, explore, shipped_speaker, tiny

#: 23:59 in Taipei.
BEFORE_MIDNIGHT = datetime(2026, 11, 20, 15, 59, tzinfo=UTC)
ASKING = TINY.replace(
    '[states.minor]\ntitle = "minor"',
    """[states.day]
title = "day"
say = ["哪一天知道的？"]
reads = { kind = "day", key = "learned_on", to = "told" }
choices = [
  { id = "minor_only", label = "我還沒滿", to = "loop", when = ["is_minor"] },
  { id = "skip", label = "跳過", to = "loop" },
]
[states.told]
title = "told"
say = ["好。"]
choices = [{ id = "again", label = "好", to = "loop" }]
[states.menu]
title = "menu"
overlay = true
say = ["看什麼？"]
choices = [{ id = "page", label = "一頁", to = "page" }, { id = "return", label = "回去", kind = "return" }]
[states.page]
title = "page"
overlay = true
up = "menu"
say = ["這一頁。"]
choices = [{ id = "return", label = "回去", kind = "return" }]
[states.minor]
title = "minor\"""",
).replace(
    '{ id = "call", label = "先打電話"',
    '{ id = "day", label = "說日期", to = "day" },\n  { id = "menu", label = "選單", to = "menu" },\n'
    '  { id = "call", label = "先打電話"',
)


def asking() -> Talk:
    return tiny(ASKING).start()


def today(talk: Talk) -> object:
    return talk.session.seen_at.date()


# ─── A day ───


def test_a_typed_day_is_taken_as_an_answer_and_leads_on():
    """Given a question for a day, when a day is typed, then it is kept in ISO form and the flow goes on."""
    talk = asking().tap("day").wait(1).type("2026/10/31")
    assert (talk.state, talk.session.answers["learned_on"]) == ("told", "2026-10-31")
    talk.tap("back")
    assert (talk.state, dict(talk.session.answers)) == ("day", {})


def test_a_day_that_has_not_come_is_asked_for_again():
    """A slip of the year is said kindly, and nothing is kept."""
    talk = asking().tap("day").wait(1).type("2027/10/31")
    assert (talk.state, talk.note, dict(talk.session.answers)) == ("day", "day_ahead", {})


def test_words_that_are_no_day_are_not_understood_and_choices_are_still_heard():
    """A choice typed by its words comes before any reading of a day."""
    talk = asking().tap("day").wait(1).type("我忘記了")
    assert (talk.state, talk.note) == ("day", "not_understood")
    assert talk.wait(1).type("跳過").state == "loop"


def test_a_day_means_nothing_where_none_was_asked_for():
    """Dates in a story are not taken out of it."""
    assert asking().wait(1).type("2026/10/31").note == "not_understood"


# ─── Choices that are there for some ───


def test_a_hidden_choice_is_neither_heard_nor_numbered_nor_pressed():
    """Given a choice for minors, when an adult says its number or presses it, then it is not theirs."""
    talk = asking().tap("day").wait(1)
    assert talk.tap("minor_only").note == "old_button"
    assert talk.wait(1).type("1").state == "loop"  # the first that is shown is "skip"


def test_the_hidden_choice_is_there_for_whom_it_is_meant():
    """Given a minor, the same place shows both."""
    talk = asking().tap("minor").tap("back").tap("day")
    session = talk.session
    state = talk.engine.flow.states[session.state]
    minor = Talk(talk.engine)
    assert [c.id for c in list_open(state, {"age_now": "minor"})] == ["minor_only", "skip"]
    assert [c.id for c in list_open(state, see(minor.session, today(talk)))] == ["skip"]


def test_a_choice_that_depends_on_the_channel_is_refused():
    """Where a person gets must not depend on the app they write in."""
    with pytest.raises(FlowError, match="cannot depend on the channel"):
        parse_flow(
            ASKING.replace(
                'when = ["is_minor"] },\n  { id = "skip"', 'when = ["channel=line"] },\n  { id = "skip"'
            ),
            "x",
        )


# ─── Looking something up ───


def test_back_in_a_page_leads_to_its_menu_and_then_to_the_conversation():
    """An overlay may have a place above it; nothing that was answered is touched."""
    talk = asking().tap("adult").tap("back").tap("menu").tap("page").tap("back")
    assert (talk.state, talk.session.interrupted) == ("menu", "start")
    assert talk.tap("back").state == "start"


def test_back_from_a_page_that_was_opened_directly_returns_to_the_conversation():
    """Its menu was never seen, so it is not where one came from."""
    talk = caller().start().tap("safe").tap("self").tap("adult").tap("adult").tap("spread").tap("apps")
    assert talk.state == "look_evidence_app"
    assert talk.tap("back").state == "spread_first"


def test_back_from_a_human_leads_to_the_page_that_was_read():
    """One looked up the law, asked for a number, and reads on."""
    talk = caller().start().tap("look_up").tap("law").tap("human")
    assert [talk.tap("back").state, talk.tap("back").state, talk.tap("back").state] == [
        "look_law",
        "look_up",
        "start",
    ]


def test_a_round_through_the_menu_does_not_grow_the_way_back():
    """Menu, page, menu, page: back leads to the menu and out."""
    talk = caller().start().tap("look_up")
    for _ in range(3):
        talk.tap("law").tap("back").tap("police").tap("menu")
    assert (talk.state, talk.session.opened) == ("look_up", ())


# ─── Read back ───


def told_all() -> Talk:
    return caller().start().tap("safe").tap("self").tap("adult")


def test_what_is_known_is_said_in_words():
    """Given an answer, "what do you know about me" names it and promises what is not kept."""
    talk = told_all().wait(1).type("你知道我什麼")
    assert talk.state == "about_me"
    assert "現在的年齡：滿 18 歲了" in talk.text


def test_before_anything_was_answered_it_says_so():
    """Nothing is known of somebody who has only just come."""
    assert "目前沒有記下任何答案" in caller().start().wait(1).type("你知道我什麼").text


def test_a_question_that_is_changed_shows_the_old_answer():
    """Given an answer, when it is to be changed, then the question comes with what was chosen before."""
    talk = told_all().wait(1).type("改答案").tap("age")
    assert talk.state == "age_now"
    assert "你之前選的是：滿 18 歲了" in talk.text
    assert talk.tap("minor").session.answers["age_now"] == "minor"


@pytest.mark.parametrize(
    "gone", [lambda talk: talk.wait(31).start(), lambda talk: talk.tap("leave").wait(1).start()]
)
def test_after_a_silence_old_answers_count_but_are_not_read_back(gone):
    """Given hours away, when somebody goes on, then no answer from before is shown to whoever holds the phone."""
    talk = gone(told_all()).tap("resume_go_on")
    assert talk.session.answers["age_now"] == "adult"
    talk.wait(1).type("你知道我什麼")
    assert "滿 18 歲了" not in talk.text
    assert "不在這裡顯示" in talk.text
    talk.tap("return").wait(1).type("改答案").tap("age")
    assert "你之前選的是" not in talk.text


def test_an_old_answer_does_not_show_on_a_locked_phone():
    """Wherever an answer is read back, it begins after the first 40 characters of its bubble."""
    shown = 0
    for session, _ in explore():
        last = shipped_speaker().render(Said(session.state), session, session.seen_at).bubbles[-1]
        if "你之前選的是：" in last:
            shown += 1
            assert last.index("你之前選的是：") + len("你之前選的是：") >= 40, session.state
    assert shown > 20


@pytest.mark.parametrize(("today", "deadline"), [((2027, 4, 30), "ahead"), ((2027, 5, 1), "past")])
def test_the_last_day_itself_still_counts(today, deadline):
    """Past is what comes after it."""
    told = replace(caller().session, answers={"learned_on": "2026-10-31"})
    assert see(told, date(*today))["deadline"] == deadline


def test_a_day_from_before_a_silence_is_not_said_again():
    """Neither the day nor what was counted from it: it would tell whoever holds the phone that something happened."""
    talk = told_all().tap("adult").tap("spread").tap("saved").tap("no").tap("unknown").tap("no")
    talk.tap("date").wait(1).type("昨天")
    assert "最晚是" in talk.text
    talk.wait(40).start().tap("resume_go_on")
    assert "最晚是" not in talk.text
    assert "/date/" not in talk.text


def test_yesterday_is_counted_from_when_it_was_written():
    """Given a message from before midnight in Taipei that arrives after it, the day is the sender's."""
    talk = tiny(ASKING)
    talk.session = talk.engine.begin(talk.visit, "zh_TW", BEFORE_MIDNIGHT)
    talk.now = BEFORE_MIDNIGHT - timedelta(minutes=5)
    talk.start().tap("day").wait(10).type("昨天", sent_at=BEFORE_MIDNIGHT)
    assert talk.session.answers["learned_on"] == "2026-11-19"


def test_going_back_does_not_unveil_what_was_veiled():
    """Given an answer from before the silence and a new one, back restores the old one, still unseen."""
    talk = told_all().wait(31).start().tap("resume_go_on").wait(1).type("改答案").tap("age").tap("minor")
    assert is_shown(talk.session, "age_now")
    talk.tap("back")
    assert talk.session.answers["age_now"] == "adult"
    assert not is_shown(talk.session, "age_now")


def test_while_nobody_knows_who_holds_the_phone_nothing_is_known_or_asked_to_change():
    """The pages that anybody can open from the greeting say no more than to a stranger."""
    talk = told_all().wait(31).start().wait(1).type("你知道我什麼")
    assert "目前沒有記下任何答案" in talk.text
    assert [b.id for b in talk.wait(1).type("改答案").reply.choices] == ["return"]


def test_what_a_minor_must_not_be_told_is_not_told_on_the_same_phone_either():
    """Given a minor who left, the look-up pages still leave out the adults' tool."""
    talk = caller().start().tap("safe").tap("self").tap("minor").wait(31).start()
    assert see(talk.session, today(talk))["shielded"] == "yes"
    talk.tap("look_up").tap("takedown")
    assert not any("滿 18 歲" in b.label and "還沒" not in b.label for b in talk.reply.choices)


def test_the_deadline_is_known_only_while_the_person_is():
    """And only once a day was told."""
    talk = caller().start()
    assert find_deadline(talk.session) is None
    told = talk.engine.begin("v", "zh_TW", NOON)
    object.__setattr__(told, "answers", {"learned_on": "2026-10-31"})
    assert str(find_deadline(told)) == "2027-04-30"
    assert see(told, NOON.date())["deadline"] == "ahead"
    object.__setattr__(told, "away", True)
    assert find_deadline(told) is None


# ─── Taken back, and thanked ───


def test_what_happened_is_replaced_when_it_is_told_anew():
    """Given a threat, when it turns out to have been spread, then the threat and its demand are forgotten."""
    talk = told_all().tap("adult").tap("threat").tap("money").wait(1).type("改答案").tap("what").tap("spread")
    told = talk.session.answers
    assert (told.get("spread"), told.get("threat"), told.get("demand")) == ("yes", None, None)


def test_going_back_brings_back_what_was_taken_back():
    """Nothing that was given is lost by a wrong tap."""
    talk = told_all().tap("adult").tap("threat").wait(1).type("改答案").tap("what").tap("spread").tap("back")
    assert talk.state == "happened"
    assert (talk.session.answers.get("threat"), talk.session.answers.get("spread")) == ("yes", None)


def test_thanks_where_one_may_stop_get_a_kind_word():
    """Not "I did not understand": the card is where people say thank you."""
    talk = caller().start().tap("safe").tap("other").wait(1).type("謝謝你")
    assert (talk.state, talk.note) == ("card", "at_an_ending")
    assert "真人" in talk.text
