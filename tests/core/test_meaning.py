"""Inside a question the choice that was meant is taken; nothing binding is ever read out of words."""

from __future__ import annotations

import pytest

from bot.core.exact import is_exact
from bot.core.model import StateId
from bot.core.stated import COMMANDS, WANTS, Stated
from bot.wiring.common import build_engine
from tests.core.cast import LIVE_STATES, RECEIPT, Talk, caller, shipped, show_receipt, walk_to

FLOW = shipped().flow
EXACT = [state for state in LIVE_STATES if is_exact(walk_to(state).session, FLOW)]
#: What somebody may write anywhere, as it is understood.
MEANT = (
    *(f"command={one}" for one in COMMANDS),
    *(f"wants={one}" for one in WANTS),
    "role=self minor=no minor_at_filming=no harms=deepfake",
    "minor=yes",
    "第一個",
    "out_of_scope=yes 今天天氣真的很好",
)


def at(*acts: str) -> Talk:
    return caller().start().act(*acts).wait(1)


# ─── The choice that was meant ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("acts", "text", "state"),
    [
        (("safe",), "role=self", "age_now"),
        (("safe",), "role=professional", "work_first"),
        (("safe", "self"), "minor=yes", "minor_start"),
        (("safe", "self"), "minor=no", "age_filmed"),
        (("safe", "self", "adult"), "minor_at_filming=yes", "happened"),
        (("safe", "self", "adult", "adult"), "harms=filmed_secretly", "secret_first"),
        (("safe", "self", "adult", "adult"), "status=spread harms=shared_without_consent", "spread_first"),
        (("safe", "self", "adult", "adult", "secret"), "status=spread", "spread_first"),
        (("safe", "self", "adult", "adult", "threat", "money"), "abuser=unknown", "first_hour"),
        (("safe", "self", "adult", "adult", "threat"), "money_demanded=yes demands=money", "who_threatens"),
        (("safe", "self", "minor", "threat"), "money_demanded=yes demands=more", "minor_threat_who"),
        (("safe", "self", "minor"), "harms=threatened_sharing", "minor_threat"),
        (("safe", "friend"), "minor=no", "friend_adult"),
        (("safe", "self", "adult", "adult", "spread", "saved"), "wants=takedown", "takedown_door"),
        (
            ("safe", "self", "adult", "adult", "spread", "saved", "yes", "platforms"),
            "platforms=dcard",
            "platforms_forum",
        ),
    ],
)
def test_words_take_the_choice_that_they_mean(acts: tuple[str, ...], text: str, state: str):
    """As if it had been tapped."""
    assert at(*acts).type(text).state == state


@pytest.mark.parametrize(
    ("acts", "text", "state"),
    [
        (("safe", "self"), "role=self minor=yes minor_at_filming=yes", "minor_start"),
        (("safe", "self", "adult"), "role=self minor=no minor_at_filming=yes", "happened"),
        (("safe", "self", "adult", "adult"), "role=self minor=no harms=filmed_secretly", "secret_first"),
    ],
)
def test_what_was_answered_before_is_not_said_back_again(acts: tuple[str, ...], text: str, state: str):
    """「我現在 20，那時 17」: only the question that stands is new, and it is answered at once."""
    assert at(*acts).type(text).state == state


def test_what_a_question_does_not_ask_is_said_back():
    """The age was asked, and more was told."""
    assert at("safe", "self").type("minor=no harms=filmed_secretly").state == "understood"


def test_a_choice_that_is_not_shown_is_never_meant():
    """Already spread: that button is gone, and so is its meaning. Nobody is told that it was not understood."""
    talk = at("safe", "self", "adult", "adult", "spread", "pressed")
    talk.act("none", "unknown").wait(1).type("status=spread")
    assert (talk.state, talk.note) == ("threat_evidence", "heard")


def test_two_choices_of_one_kind_mean_none():
    """Which of them is asked."""
    talk = at("safe", "self", "adult", "adult", "spread", "saved", "yes", "platforms").type(
        "platforms=dcard,line"
    )
    assert (talk.state, talk.note) == ("platforms", "heard")


@pytest.mark.parametrize(("command", "state"), [("yes", "age_filmed"), ("no", "minor_start")])
def test_yes_and_no_choose_where_the_page_has_a_clear_one(command: str, state: str):
    """Its own words say which."""
    assert at("safe", "self").type(f"command={command}").state == state


def test_where_no_button_is_a_yes_none_is_chosen():
    """A yes to a question with five kinds says nothing."""
    assert at("safe").type("command=yes").note == "not_understood"


@pytest.mark.parametrize(
    ("command", "state"),
    [
        ("exit", "left"),
        ("restart", "start"),
        ("back", "who"),
        ("delete_data", "erase_confirm"),
        ("help", "human"),
        ("human", "human"),
        ("language", "language"),
    ],
)
def test_commands_in_own_words_lead_to_the_ways_out(command: str, state: str):
    """However they say it."""
    assert at("safe", "self").type(f"command={command}").state == state


@pytest.mark.parametrize("want", WANTS)
def test_what_they_ask_for_is_shown_over_the_question(want: str):
    """And they come back to where they were."""
    talk = at("safe", "self").type(f"wants={want}")
    assert talk.state == FLOW.wants[want]
    assert FLOW.states[talk.state].overlay
    assert talk.tap("return").state == "age_now"


def test_what_is_read_comes_before_what_may_be_meant():
    """A day is a day."""
    talk = walk_to("deadline_date").wait(1)
    talk.engine = build_engine(shipped(), understand=lambda _: Stated(wants=("police",)))
    assert talk.type("昨天").state == "deadline_told"


# ─── Cries for help ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", LIVE_STATES)
@pytest.mark.parametrize("alarm", ["crisis", "danger"])
def test_a_cry_that_no_phrase_knows_is_helped_wherever_it_comes(state: str, alarm: str):
    """Also in the form, and of whoever holds the phone; one tap says that it was not meant so."""
    talk = walk_to(state).wait(1).type(f"{alarm}=yes")
    assert talk.state == alarm
    assert talk.tap("mistake").state != alarm


def test_danger_comes_before_a_crisis():
    """Who is in both needs the police first."""
    assert at().type("crisis=yes danger=yes").state == "danger"


def test_a_phrase_counts_whatever_else_is_understood():
    """The lists are never overruled."""
    assert at().type("我想死 out_of_scope=yes").state == "crisis"


def test_a_button_named_exactly_is_no_alarm():
    """It says itself where it leads."""
    assert at().type("方便，可以說").state == "who"


def test_a_day_that_was_asked_for_is_no_alarm():
    """Just the day: nothing is read into it, however it is misread. With anything beside it, it is."""
    talk = walk_to("deadline_date").wait(1)
    talk.engine = build_engine(shipped(), understand=lambda _: Stated(crisis=True))
    assert talk.type("昨天，我不行了").state == "crisis"
    assert talk.tap("mistake").wait(1).type("昨天").state == "deadline_told"


def test_on_the_pages_of_an_alarm_only_ways_out_are_meant():
    """A story or a wish does not take 110 away."""
    for words in ("wants=law", "role=self minor=no", "platforms=line"):
        assert at().type("救命").wait(1).type(words).state == "danger"
    assert at().type("救命").wait(1).type("command=human").state == "human"


def test_who_looks_for_such_material_is_refused():
    """By the phrases, whatever else the words mean."""
    assert at("safe").type("求連結 wants=law").state == "seeking"


# ─── Nothing binding ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", EXACT)
def test_where_something_binds_words_choose_nothing(state: str):
    """No consent, no sending, no erasing, no withdrawing by what somebody may have meant; nothing given is lost."""
    for words in MEANT:
        talk = walk_to(state).wait(1)
        before = talk.session
        talk.type(words)
        reads = FLOW.states[StateId(state)].reads
        if reads is not None and reads.kind == "correction":
            continue  # whatever is written there is for the social worker
        assert talk.session.answers == before.answers, words
        assert set(before.pocket) <= set(talk.session.pocket) | {"asked"}, words
        if reads is None:
            assert (talk.state, talk.session.draft) == (state, before.draft), words


def test_every_page_of_consent_form_erasing_and_sending_is_exact():
    """By what it does, not by a list that somebody forgets."""
    binding = {
        state.id
        for state in FLOW.states.values()
        for choice in state.choices
        if choice.kind in {"erase", "wipe", "submit", "withdraw"}
        or any(key.startswith("use_") for key in choice.sets)
    }
    assert binding <= {*EXACT, "welcome_back"}
    assert {state.id for state in FLOW.states.values() if state.track in {"handoff", "form"}} <= set(EXACT)


@pytest.mark.parametrize("words", ["yse", "全部刪", "同易", "deleet", "第一個", "command=yes"])
@pytest.mark.parametrize("state", ["use_contact", "erase_confirm", "handoff_send", "receipt_withdraw"])
def test_a_slip_of_the_finger_agrees_to_nothing(state: str, words: str):
    """Nor does it send, erase or withdraw."""
    talk = walk_to(state).wait(1)
    before = talk.session.answers
    talk.type(words)
    assert talk.session.answers == before
    assert talk.state in {state, "human", "look_up"}


def test_a_receipt_is_not_lost_by_a_sentence():
    """The page that tells it stays, whatever is meant, and so it does behind another page."""
    for words in MEANT:
        talk = walk_to("handoff_sent").wait(1).type(words)
        assert talk.session.pocket.get("own_receipt") == RECEIPT, words
        talk.type("電話").wait(1).type(words).tap("back")
        assert talk.state == "handoff_sent", words
        assert talk.session.pocket.get("own_receipt") == RECEIPT, words


def test_a_page_over_the_form_reads_as_exactly_as_the_form():
    """「重新開始」 meant on the page of numbers would throw away what was filled in."""
    talk = walk_to("form_story").wait(1).type("後來他又打來").type("電話").wait(1)
    draft = dict(talk.session.draft)
    talk.type("command=restart")
    assert (talk.state, dict(talk.session.draft)) == ("human", draft)


def test_a_typed_receipt_shows_no_story():
    """Its pages belong to the form."""
    talk = show_receipt(at("safe"), "received").wait(1).type("role=self minor=no")
    assert (talk.state, talk.session.told) == ("receipt_status", ())


# ─── Not ours, and not understood ─────────────────────────────────────────────


def test_what_is_not_ours_gets_one_kind_line():
    """However often it comes, it counts as missed once."""
    talk = at("safe").type("out_of_scope=yes 今天天氣真的很好").wait(1)
    assert (talk.state, talk.note) == ("who", "off_topic")
    talk.type("out_of_scope=yes 今天天氣真的很好").wait(1)
    assert (talk.note, talk.session.misses) == ("off_topic", 1)
    assert talk.type("嗯嗯").note == "not_understood_again"


def test_too_few_letters_are_no_topic():
    """A sigh is only not understood."""
    from bot.core.meaning import has_enough_letters

    assert not has_enough_letters("唉唷喂")
    assert has_enough_letters("今天天氣真好")


def test_where_one_may_stop_nothing_is_off_topic():
    """It is mostly a thank-you."""
    assert walk_to("card").wait(1).type("out_of_scope=yes 今天天氣真的很好").note == "at_an_ending"


def test_twice_not_understood_names_the_human():
    """Never a dead end: the choices, and who answers instead."""
    talk = at("safe").type("嗯嗯嗯").wait(1).type("嗯嗯嗯")
    assert talk.note == "not_understood_again"
    assert "真人" in talk.text
    assert talk.reply.choices


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("第二個", "friend_first"),
        ("二", "friend_first"),
        ("no. 2", "friend_first"),
        ("số 2", "friend_first"),
        ("第九個", "who"),
    ],
)
def test_a_number_in_words_is_the_choice_of_that_number(text: str, state: str):
    """In six languages; beyond the list it is none."""
    assert at("safe").type(text).state == state


@pytest.mark.parametrize(
    ("text", "state"),
    [("freind", "friend_first"), ("mysef", "age_now"), ("witnes", "witness"), ("humann", "human")],
)
def test_one_slip_of_the_finger_is_forgiven(text: str, state: str):
    """Of a choice's word or of a page that is always there."""
    assert at("safe").type(text).state == state


def test_a_slip_never_starts_over():
    """What was told would be lost."""
    talk = at("safe", "self").type("restar")
    assert (talk.state, talk.note) == ("age_now", "not_understood")
