"""What turns count: the golden transcripts are told again, and every turn is counted as the program would."""

from __future__ import annotations

from collections import Counter as Bag
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.engine import Engine
from bot.core.events import (
    Answered,
    EraseRequested,
    Interrupted,
    RequestMade,
    Said,
    SessionEnded,
    SubmitRequested,
    Turn,
)
from bot.core.inputs import Started
from bot.core.model import ChoiceId, Session, StateId, Step, VisitId
from bot.core.parse_statistics import parse_statistics
from bot.core.tally import FIXED, Counter, Happening, Key, PageOpened, PageSent, Statistics, Took
from bot.core.transcript import TOLD_ON, Stage, parse_script
from bot.errors import FlowError
from bot.pack import Pack, load_pack
from bot.voice.speaker import Speaker
from bot.wiring.common import build_engine, build_speaker
from tests.counting_lines import unmeasured

TRANSCRIPTS = sorted((Path(__file__).parent.parent / "transcripts").glob("*.txt"))
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@cache
@unmeasured()
def cast() -> tuple[Pack, Engine, Speaker, Counter]:
    pack = load_pack()
    counter = Counter(
        pack.flow, pack.statistics, channels=("line", "telegram", "web"), locales=pack.catalogs.locales
    )
    return pack, build_engine(pack), build_speaker(pack), counter


class CountingStage(Stage):
    """A transcript being told, with a counter that sees what the program's would see."""

    def __init__(self, channel: str, locale: str) -> None:
        _, engine, speaker, self.counter = cast()
        begun = engine.begin(VisitId("visit"), locale, TOLD_ON)
        super().__init__(engine, speaker.render, begun, TOLD_ON, channel)
        self.counted: Bag[Key] = Bag()
        started = self.take(Started())
        self.see(Took(None, started, channel, TOLD_ON))
        self.known: Session | None = started.session

    def see(self, what: Happening) -> None:
        self.counted.update(self.counter.count(what))

    def act(self, what: str) -> Turn | None:
        before = self.known
        turn = super().act(what)
        if turn is None:
            return None
        if what == "(sent on the page)":
            self.see(PageSent(before, turn.session, self.now))
        elif what != "(on another channel)":
            self.see(Took(before, turn, self.channel, self.now))
        self.known = None if EraseRequested() in turn.events else turn.session
        return turn


def tell(*acts: str, channel: str = "web", locale: str = "zh_TW") -> Bag[Key]:
    """Tell a conversation; returns what it counted."""
    stage = CountingStage(channel, locale)
    for act in acts:
        stage.act(act)
    return stage.counted


def tell_transcript(path: Path) -> Bag[Key]:
    script = parse_script(path.read_text("utf-8"), path.name)
    return tell(*script.acts, channel=script.channel, locale=script.locale)


def of(counted: Bag[Key], kind: str) -> dict[str, int]:
    return {name: count for (one, name), count in counted.items() if one == kind}


TO_HAPPENED = ("[方便，可以說]", "[我自己]", "[滿 18 歲了]", "[那時滿 18 歲]")


# ─── Golden transcripts ───────────────────────────────────────────────────────


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_golden_conversation_counts_known_names_and_balances(path: Path) -> None:
    """T3, T8: every name is an id of the flow, and what is entered and not left is where one conversation stands."""
    pack, _, _, counter = cast()
    counted = tell_transcript(path)
    for kind, name in counted:
        assert name in counter.names[kind], (kind, name)
    contacts = sum(of(counted, "channel").values())
    assert contacts >= 1
    assert sum(of(counted, "hour").values()) == contacts
    entered, left = of(counted, "entered"), of(counted, "left")
    for step in pack.statistics.steps:
        assert 0 <= entered.get(step.state, 0) - left.get(step.state, 0) <= contacts, step.state


def test_the_transcripts_meet_every_row() -> None:
    """A row that no conversation can reach would be for ever zero, and nobody would notice."""
    counted: Bag[Key] = Bag()
    for path in TRANSCRIPTS:
        counted += tell_transcript(path)
    pack = cast()[0]
    rows = {(group.id, name.id) for group in pack.statistics.groups for name in group.names}
    rows |= {("entered", step.state) for step in pack.statistics.steps}
    rows |= {(kind, name) for kind in ("alarm", "handoff", "request") for name in FIXED[kind]}
    assert rows - counted.keys() == set()


# ─── A conversation ───────────────────────────────────────────────────────────


def test_a_new_conversation_counts_once_by_channel_hour_and_language() -> None:
    """The transcripts begin at ten in the morning in Taiwan."""
    counted = tell(*TO_HAPPENED)
    assert of(counted, "channel") == {"web": 1}
    assert of(counted, "hour") == {"10": 1}
    assert of(counted, "language") == {"zh_TW": 1}


def test_a_language_counts_when_the_first_question_is_answered() -> None:
    """It may be chosen before that, and somebody who says nothing more has shown none."""
    assert of(tell("hi"), "language") == {}
    assert of(tell("hi", "換語言", "[English]", "safe"), "language") == {"en": 1}


def test_the_way_there_is_counted_at_both_ends() -> None:
    """Who stops at a question entered it and did not leave it."""
    counted = tell(*TO_HAPPENED)
    assert of(counted, "entered") == dict.fromkeys(("start", "who", "age_now", "age_filmed", "happened"), 1)
    assert of(counted, "left") == dict.fromkeys(("start", "who", "age_now", "age_filmed"), 1)


def test_a_look_aside_ends_no_step() -> None:
    """Neither a human's number, nor a question that is said again, nor leaving, moves a conversation."""
    counted = tell(*TO_HAPPENED, "真人", "[回到剛才]", "鐵道迷", "離開")
    assert of(counted, "entered").get("happened") == 1
    assert "happened" not in of(counted, "left")
    assert of(counted, "human") == {"human": 1}


def test_the_first_answers_count() -> None:
    """Whom it is for, and both ages."""
    counted = tell(*TO_HAPPENED)
    assert of(counted, "track") == {"self": 1}
    assert of(counted, "age_now") == {"adult": 1}
    assert of(counted, "age_made") == {"adult": 1}


def test_an_answer_that_is_changed_is_not_counted_again() -> None:
    """It was asked before, and the conversation knows that."""
    before = tell(*TO_HAPPENED)
    after = tell(*TO_HAPPENED, "改答案", "[我自己的年齡]", "[還沒滿 18 歲]")
    for kind in ("track", "age_now", "age_made"):
        assert of(after, kind) == of(before, kind)


def test_an_answer_that_was_taken_back_counts_anew() -> None:
    """Nothing is kept of what was taken back, so nothing knows that it was counted."""
    counted = tell(*TO_HAPPENED[:3], "上一步", "[滿 18 歲了]")
    assert of(counted, "age_now") == {"adult": 2}
    assert of(counted, "entered")["age_now"] == 2
    assert of(counted, "left")["age_now"] == 2


def test_several_kinds_of_abuse_count_each_once() -> None:
    """And what is said again counts no more."""
    counted = tell(
        *TO_HAPPENED, "[好幾種，或是其他]", "[好幾種都有]", "[被合成、換臉]", "[已經被傳出去]", "[就這些]"
    )
    assert of(counted, "type") == {"fake": 1, "spread": 1, "fake_spread": 1}


def test_words_of_alarm_count_and_are_not_kept() -> None:
    """That they were met, never which."""
    counted = tell("我想死", "我想死")
    assert of(counted, "alarm") == {"crisis": 1}


def test_an_erasure_begins_anew_and_leaves_the_counts() -> None:
    """Whoever comes back after it is a new conversation: nothing knows them any more."""
    counted = tell(*TO_HAPPENED, "刪除", "[全部刪除]", "hi")
    assert of(counted, "channel") == {"web": 2}
    assert "happened" not in of(counted, "left")


# ─── One turn ─────────────────────────────────────────────────────────────────


def a_session(state: str, **changes: object) -> Session:
    session = Session(
        VisitId("v"), 3, StateId(state), "zh_TW", NOON, NOON, trail=(Step(StateId("start"), {}),)
    )
    return replace(session, **changes)  # type: ignore[arg-type]  # by name


def count(before: Session | None, after: Session, *events: object, channel: str = "web") -> tuple[Key, ...]:
    turn = Turn(after, (*events, Said(after.state)))  # type: ignore[arg-type]  # events
    return cast()[3].count(Took(before, turn, channel, NOON))


def test_somebody_unknown_who_leaves_is_nobody() -> None:
    """They never said anything to us."""
    left = Turn(a_session("start"), (EraseRequested(), SessionEnded()))
    assert cast()[3].count(Took(None, left, "line", NOON)) == ()


@pytest.mark.parametrize("word", ["王小明", "0912345678", "=1+1", "x" * 500, ""])
def test_nothing_but_a_known_name_is_counted(word: str) -> None:
    """T3, T8: a channel, a language, a state or a button that the flow does not have is no name."""
    odd = a_session(word, locale=word, answers={"age_now": word, word: "yes"})
    events = (Answered(StateId(word), ChoiceId(word)), Interrupted(StateId(word)))
    found = count(None, odd, *events, channel=word)
    assert found == (
        ("channel", "other"), ("hour", "12"), ("entered", "start"), ("left", "start"), ("language", "other"),
    )  # fmt: skip


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_words_of_anybody_become_a_name(said: str, written: str) -> None:
    """T3, T8: whatever is typed, into the form or into the chat, only ids of the flow come out."""
    counter = cast()[3]
    after = a_session("who", draft={"name": written}, pocket={"receipt": said}, answers={"about": said})
    asked = RequestMade("correct", said, written)
    for kind, name in count(a_session("start"), after, asked, Answered(StateId(said), ChoiceId(written))):
        assert name in counter.names[kind]


def test_sending_counts_when_it_was_sent() -> None:
    """What could not be sent leads elsewhere and is no handoff."""
    here = a_session("handoff_send")
    assert ("handoff", "chat") in count(here, a_session("handoff_sent"), SubmitRequested())
    assert ("handoff", "chat") not in count(here, a_session("handoff_closed"), SubmitRequested())


def test_to_ask_twice_to_take_it_back_is_to_ask_once() -> None:
    """A correction is another one each time."""
    here, asked = a_session("receipt_status"), a_session("receipt_status", pocket={"asked": "withdraw"})
    there = a_session("receipt_asked")
    for kind, again in (("withdraw", 0), ("correct", 1)):
        made = RequestMade(kind, "ABCD")  # type: ignore[arg-type]  # a kind
        assert count(here, there, made).count(("request", kind)) == 1
        assert count(asked, there, made).count(("request", kind)) == again


def test_the_page_counts_when_it_is_opened_and_when_it_is_sent() -> None:
    """Also when there is no conversation any more."""
    counter = cast()[3]
    assert counter.count(PageOpened(NOON)) == (("page", "opened"),)
    assert counter.count(PageSent(None, None, NOON)) == (("handoff", "page"),)
    sent = counter.count(PageSent(a_session("handoff_page"), a_session("handoff_sent"), NOON))
    assert sent == (("handoff", "page"), ("left", "handoff_page"))


def test_an_hour_is_one_of_taiwan() -> None:
    """Half past four in the afternoon in London is after midnight in Taipei."""
    late = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    turn = Turn(a_session("start"), (Said(StateId("start")),))
    assert ("hour", "00") in cast()[3].count(Took(None, turn, "line", late))


def test_a_service_that_counts_no_groups_still_counts_contacts() -> None:
    """The file may be empty."""
    counter = Counter(cast()[0].flow, Statistics(), channels=("web",), locales=("zh_TW",))
    turn = Turn(a_session("start"), (Said(StateId("start")),))
    assert counter.count(Took(None, turn, "web", NOON)) == (("channel", "web"), ("hour", "12"))


def test_what_happened_shows_nothing_of_anybody() -> None:
    """T30: it may stand in a traceback."""
    secret = a_session("who", answers={"about": "a secret"})
    for one in (Took(secret, Turn(secret, ()), "web", NOON), PageSent(secret, secret, NOON)):
        assert "secret" not in repr(one)


# ─── The file ─────────────────────────────────────────────────────────────────

GROUP = """
[groups.track]
title = "為了誰"
en = "For whom"
means = "…"
means_en = "…"
names = [{ id = "self", label = "自己", en = "Self", %s }]
"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GROUP % 'chosen = ["who.nobody"]', "there is no button 'who.nobody'"),
        (GROUP % 'chosen = ["nowhere.self"]', "there is no state 'nowhere'"),
        (GROUP % 'answers = ["about=nobody"]', "there is no answer 'about=nobody'"),
        (GROUP % 'answers = ["nothing"]', "there is no answer 'nothing'"),
        (GROUP % 'said = ["nowhere"]', "there is no state 'nowhere'"),
        (GROUP % 'sad = ["who"]', "say in 'chosen', 'answers' or 'said'"),
        (GROUP % 'said = ["who"], sad = ["who"]', "unknown key 'sad'"),
        ((GROUP % 'said = ["who"]').replace("groups.track", "groups.hour"), "cannot be called 'hour'"),
        ((GROUP % 'said = ["who"]').replace("groups.track", f"groups.{'x' * 25}"), "cannot be called"),
        ((GROUP % 'said = ["who"]').replace('"self"', '"自己"'), "is not an id"),
        ('[groups.a]\ntitle = "a"\nen = "a"\nmeans = "a"\nmeans_en = "a"\n', "'names' is empty"),
        ('[[steps]]\nstate = "nowhere"\nlabel = "a"\nen = "a"\n', "there is no state 'nowhere'"),
        ('[[steps]]\nstate = "who"\nlabel = "a"\nen = "a"\n' * 2, "'who' is there twice"),
        ("[group.a]\n", "unknown key 'group'"),
        ("[groups", "not valid TOML"),
    ],
)
def test_a_slip_in_the_file_is_named(text: str, reason: str) -> None:
    """Somebody who is no programmer edits it."""
    with pytest.raises(FlowError, match=r"statistics\.toml") as refusal:
        parse_statistics(text, cast()[0].flow)
    assert reason in str(refusal.value)


def test_the_same_option_twice_is_refused() -> None:
    """One row would take from the other."""
    twice = GROUP.replace(" }]", ' }, { id = "self", label = "又", en = "Again", said = ["who"] }]')
    with pytest.raises(FlowError, match="'self' is there twice"):
        parse_statistics(twice % 'said = ["who"]', cast()[0].flow)
