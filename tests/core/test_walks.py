"""
Random conversations over the real flow and the real sentences, held to the promises of SECURITY R16.

HYPOTHESIS_PROFILE=nightly walks 5,000 conversations instead of 40; a failure prints its shortest form.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.channels import line_messages, telegram_messages
from bot.channels.limits import LINE_LIMITS, TELEGRAM_LIMITS
from bot.channels.web import Web
from bot.core.events import EraseRequested, Said
from bot.core.inputs import Typed, Unsent
from bot.core.issues.phrases import parse_phrases
from bot.core.model import NEVER, Reads, Session, StateId, VisitId
from bot.core.reply import Reply
from bot.core.standing import list_open, see
from bot.pack import find_data
from tests.core.cast import LIVE_STATES, NOON, Talk, caller, explore, shipped, shipped_speaker, walk_to
from tests.depth import DEEP, pick

FLOW = shipped().flow
WALKS = pick(5_000, 40)
QUIET = settings(
    max_examples=WALKS,
    stateful_step_count=50,
    deadline=None,
    database=None,
    derandomize=not DEEP,  # the same walks at every commit, new ones every night
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
BUTTONS = sorted(
    {c.id for state in FLOW.states.values() for c in state.choices} | {w.id for w in FLOW.ways_out}
)
WORDS = sorted(
    {word for w in FLOW.ways_out for word in w.words}
    | {"1", "2", "3", "4", "好", "不要", "我想死", "救命", "?"}
)
#: What somebody tells us in their own words. None of it is in any sentence of ours.
CANARIES = ("鸑鷟龘靐我叫王曉龢", "魑魅魍魎他叫齉齾", "zyxwvQ7-qqxkj", "0971 717 737", "饕餮夔龗住在鼉鼇街")
SUPERSEDED = ("02-2576-2016", "2576-2016", "tw-ncii", "www.win.org.tw", "0800-024-111", "02-2933-9055")
#: What somebody writes into the form, by the kind of the field; each can be told from every sentence of ours.
WRITTEN = {
    "birth": ("1987-06-05", "民國76年6月5日"),
    "identity": ("K171717176",),
    "phone": ("0971 717 737", "0971717737", "(07)3737171"),
    "county": ("高雄市那瑪夏區",),
    "district": ("那瑪夏區", "阿里山鄉"),
}
NAMES = ("鸑鷟龘靐", "Zyxwvq Qqxkjwz", "Ngụy Thị Quỳnhx")
STORIES = (*CANARIES, "饕餮說要夔龗去鼉鼇街\n不然就齉齾魑魅", "我想死，鸑鷟龘靐不要我了", "救命，他在爨鬱廳")
#: Where the form is filled in, looked over and sent, and where a receipt leads.
IN_THE_FORM = sorted(
    s.id for s in FLOW.states.values() if s.track in {"form", "handoff"} and s.id in LIVE_STATES
)
PROMISES = parse_phrases((find_data("flows") / "words" / "promises.toml").read_text("utf-8"), "promises.toml")
#: What only an adult may be asked: everything that leads to a handoff.
FOR_ADULTS = {"worker_ask"} | {s.id for s in FLOW.states.values() if s.track == "form" or s.id[:3] == "use"}
FOR_ADULTS |= {
    "handoff_what",
    "notice_1",
    "notice_2",
    "notice_3",
    "handoff_way",
    "handoff_page",
    "handoff_send",
}
#: 113, the city's centre, and the centre that takes images down: one of them wherever one may stop.
HUMAN_ROUTES = ("113", "02-2361-5295", "02-6605-7373")


# ─── What must be true of anything that is said ───────────────────────────────


def require_fit_to_say(reply: Reply, said: Said, session: Session) -> None:
    """Hold one rendered reply to what is promised of every one."""
    state = said.state
    text = "\n".join(reply.bubbles)
    assert 1 <= len(reply.bubbles) <= (4 if said.whole else 3), state
    assert all(bubble.strip() for bubble in reply.bubbles), state
    assert len(reply.buttons) <= 13, state
    assert len({button.id for button in reply.buttons}) == len(reply.buttons), state
    assert "{" not in text, state
    assert not any(old in text for old in SUPERSEDED), state
    assert PROMISES.find_in(text) == (), state
    assert not (session.answers.get("age_now") == "minor" and state in FOR_ADULTS), state
    _require_harmless_previews(reply, state)
    _require_the_right_tool(text, state, session)
    _require_fit_for_every_channel(reply, state)
    if FLOW.states[state].ends and said.note is None:
        assert any(number in text for number in HUMAN_ROUTES), state


def _require_harmless_previews(reply: Reply, state: str) -> None:
    for bubble in reply.bubbles:
        seen = bubble[:40].casefold()
        assert not [word for word in shipped().denied_in_previews if word in seen], (state, seen)


def _require_fit_for_every_channel(reply: Reply, state: str) -> None:
    for encode, limits in ((line_messages.encode, LINE_LIMITS), (telegram_messages.encode, TELEGRAM_LIMITS)):
        messages = encode(reply)
        assert 1 <= len(messages) <= limits.bubbles, state
        texts = [one.get("text", "") if isinstance(one, dict) else one.text for one in messages]
        assert all(len(text.encode("utf-16-le")) // 2 <= limits.text_units for text in texts), state
    view = Web().encode(reply)
    assert len(view["bubbles"]) == len(reply.bubbles), state


def _require_the_right_tool(text: str, state: str, session: Session) -> None:
    ages = (session.answers.get("age_now"), session.answers.get("age_filmed"))
    if "minor" in ages:
        assert "StopNCII" not in text, state
        assert "stopncii" not in text, state
    is_looked_up = session.interrupted is not None
    if "StopNCII" in text and not is_looked_up:
        assert ages[1] == "adult", state
    if "Take It Down" in text and not is_looked_up:  # who is not sure is helped as a minor; an adult is not
        assert "minor" in ages or ages[1] != "adult", state


# ─── Walks ────────────────────────────────────────────────────────────────────


class Walk(RuleBasedStateMachine):
    """Somebody does anything at all, in any order, at any pace."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = caller()
        self.told: list[str] = []
        self.visits = 1
        self.messages: dict[str, str] = {}

    @rule(button=st.sampled_from(BUTTONS))
    def presses_any_button(self, button: str) -> None:
        self._after(self.talk.tap, button)

    @rule(day=st.sampled_from(["昨天", "2026/1/31", "115年2月3日", "2030-01-01"]))
    def tells_a_day(self, day: str) -> None:
        self._after(self.talk.type, day)

    @rule(place=st.integers(0, 12))
    def answers_the_question(self, place: int) -> None:
        """Most people do."""
        session = self.talk.session
        choices = list_open(FLOW.states[session.state], see(session, NOON.date()))
        if not choices:
            return
        self._after(self.talk.tap, choices[place % len(choices)].id)
        if "police" in session.answers and session.interrupted is None:
            assert self.talk.session.state != "police_ask"

    @rule(button=st.sampled_from(BUTTONS), age=st.integers(1, 5))
    def presses_an_old_button(self, button: str, age: int) -> None:
        before = (dict(self.talk.session.answers), self.talk.session.trail, self.talk.session.draft)
        is_overlay = any(way.id == button and way.kind == "overlay" for way in FLOW.ways_out)
        self.talk.tap(button, turn=self.talk.session.turn - age, visit="earlier")
        if not is_overlay:
            after = (dict(self.talk.session.answers), self.talk.session.trail, self.talk.session.draft)
            assert after == before
        if self.talk.turn.events:  # none where it was pressed twice: its answer is on the way
            self._check()

    @rule(words=st.sampled_from(WORDS))
    def types_something_known(self, words: str) -> None:
        self._after(self.talk.type, words)

    @rule(canary=st.sampled_from(CANARIES), reply_lost=st.booleans())
    def tells_a_secret(self, canary: str, reply_lost: bool) -> None:
        self.told.append(canary)
        reads = self._reads
        before = (dict(self.talk.session.answers), self.talk.session.trail, dict(self.talk.session.draft))
        self._write(canary, reply_lost=reply_lost)
        after = (dict(self.talk.session.answers), self.talk.session.trail, dict(self.talk.session.draft))
        assert after == before or reads is not None

    @rule(state=st.sampled_from(IN_THE_FORM))
    def fills_in_the_form(self, state: str) -> None:
        """What was written before stays written."""
        there, now = _at(state), self.talk.session
        self.visits += 1
        self.talk.session = replace(
            there,
            visit=VisitId(f"visit-{self.visits}"),
            seen_at=self.talk.now,
            sent_at=now.sent_at,
            asked_at=NEVER,
            draft={**there.draft, **now.draft},
            heard=now.heard,
        )
        self._after(self.talk.start)

    @rule(place=st.integers(0, 11), burst=st.booleans(), reply_lost=st.booleans())
    def writes_what_is_asked_for(self, place: int, burst: bool, reply_lost: bool) -> None:
        """Names, days, numbers, a story in several pieces; the piece itself is never said again."""
        reads = self._reads
        if reads is None:
            return
        field = shipped().form.fields.get(reads.key)
        kind = field.kind if field else ""
        words = NAMES if reads.key in {"name", "safe_name"} else WRITTEN.get(kind, STORIES)
        self._write(words[place % len(words)], recalled=burst, reply_lost=reply_lost)

    @precondition(lambda self: self.messages)
    @rule(place=st.integers(0, 11))
    def takes_a_message_back(self, place: int) -> None:
        """T27: nothing of it is left in what will be sent, unless it was written twice."""
        message, words = list(self.messages.items())[place % len(self.messages)]
        del self.messages[message]
        self.talk.send(Unsent(), message=message)
        said_again = any(_holds(other, words) for other in self.messages.values())
        for key, value in self.talk.session.draft.items():
            assert said_again or key in {"county", "district"} or not _holds(value, words), key

    @rule(kind=st.sampled_from(["image", "video", "sticker", "location"]))
    def shows_something(self, kind: str) -> None:
        self._after(self.talk.show, kind)

    @rule(words=st.sampled_from(["1", "2", "好"]))
    def is_late(self, words: str) -> None:
        before = dict(self.talk.session.answers)
        is_first = self.talk.session.turn == 0
        self.talk.type(words, sent_at=self.talk.session.sent_at - timedelta(minutes=1))
        assert is_first or dict(self.talk.session.answers) == before
        self._check()

    @rule(minutes=st.sampled_from([1, 29, 31, 60 * 20]))
    def is_silent(self, minutes: int) -> None:
        self.talk.wait(minutes)

    @rule()
    def opens_the_chat_again(self) -> None:
        self._after(self.talk.start)

    @invariant()
    def looking_changes_nothing(self) -> None:
        """And shows what may be said, to whoever holds the phone."""
        session = self.talk.session
        seen = self.talk.engine.look(session, self.talk.now)
        said = seen.get_said()
        assert said is not None
        reply = shipped_speaker().render(said, seen.session, self.talk.now, channel="line")
        require_fit_to_say(reply, said, seen.session)
        assert seen.session.answers == session.answers

    @invariant()
    def a_human_is_one_input_away(self) -> None:
        assert "113" in self._copy().tap("human", turn=0).text
        assert "113" in self._copy().type("真人").text

    @invariant()
    def erasing_takes_two_inputs(self) -> None:
        assert EraseRequested() in self._copy().tap("erase", turn=0).tap("erase_yes").turn.events

    @invariant()
    def the_way_back_stays_short(self) -> None:
        assert len(self.talk.session.trail) <= 50

    @property
    def _reads(self) -> Reads | None:
        """What any words are an answer to, where that is so."""
        reads = FLOW.states[self.talk.session.state].reads
        return reads if reads and reads.kind != "day" else None

    def _write(self, words: str, **how: bool) -> None:
        self.told.append(words)
        message = f"message-{len(self.told)}"
        self.talk.send(Typed(words), message=message, words=f"{message}:{words}", **how)
        self.messages[message] = words
        self._check()

    def _after(self, act: object, *what: object) -> None:
        act(*what)
        if self.talk.turn.events:  # none where a button was pressed twice
            self._check()

    def _check(self) -> None:
        talk = self.talk
        said = talk.turn.get_said()
        assert said is not None
        require_fit_to_say(talk.reply, said, talk.session)
        self._require_no_echo("".join(talk.reply.bubbles))
        if EraseRequested() in talk.turn.events:
            self._begin_anew()

    def _require_no_echo(self, text: str) -> None:
        """T1: no four characters in a row of anything that was typed."""
        assert not any(_holds(text, secret) for secret in self.told)

    def _begin_anew(self) -> None:
        """What the runner does after an erasure: the next input meets a new session."""
        self.visits += 1
        self.messages.clear()
        self.talk.session = self.talk.engine.begin(VisitId(f"visit-{self.visits}"), "zh_TW", self.talk.now)

    def _copy(self) -> Talk:
        """Try something without having done it."""
        copied = replace(self.talk)
        copied.session = self.talk.session
        return copied


def _holds(text: str, secret: str) -> bool:
    return any(secret[i : i + 4] in text for i in range(len(secret) - 3))


@cache
def _at(state: str) -> Session:
    return walk_to(state).session


def test_random_conversations_keep_the_promises():
    """Whatever is pressed and typed, nothing is said that must not be, and the ways out stand open."""
    run_state_machine_as_test(Walk, settings=QUIET)


# ─── Every conversation ───────────────────────────────────────────────────────


@pytest.mark.parametrize("locale", shipped().catalogs.locales)
def test_every_question_with_every_set_of_answers_is_fit_to_say(locale):
    """Every place that buttons lead to, not a sample of them, in every language."""
    for session, _ in explore():
        said, spoken = Said(session.state), replace(session, locale=locale)
        require_fit_to_say(shipped_speaker().render(said, spoken, NOON, channel="line"), said, spoken)


def test_every_state_is_reached_by_buttons():
    """Except what only time, words or an alarm lead to."""
    reached = {session.state for session, _ in explore()}
    assert set(LIVE_STATES) - reached <= {"welcome_back"}
    assert len(explore()) > 1_000


def test_a_minor_who_answers_stays_among_what_is_for_minors():
    """Given under 18, no answer to any question leads to a state of the adults' tracks."""
    waiting, seen = ["minor_start"], set()
    while waiting:
        state = FLOW.states[StateId(waiting.pop())]
        seen.add(state.id)
        follow = [route.to for choice in state.choices for route in choice.routes]
        waiting += [to for to in follow if to not in seen and not FLOW.states[to].overlay]
    assert {FLOW.states[StateId(state)].track for state in seen} == {"minor"}


def test_after_no_nobody_is_asked_about_the_police_again():
    """Given "no", no question on the way asks again; the door stays in the card and where things are looked up."""
    for session, path in explore():
        if session.answers.get("police") == "no" and session.interrupted is None and "change" not in path:
            assert session.state != "police_ask"


def test_nothing_overdue_is_ever_said_as_if_it_were_known():
    """Two years on, every reply still ends at a number, and no overdue fact is among its words."""
    later = NOON + timedelta(days=365 * 2 - 2)
    facts = [fact.text for fact in shipped().knowledge.facts.values() if not fact.may_be_shown(later.date())]
    assert facts
    for session, _ in explore():
        said = Said(session.state)
        text = "\n".join(shipped_speaker().render(said, session, later).bubbles)
        assert not any(fact in text for fact in facts), said.state
        assert "02-6605-7373" not in text, said.state
        if FLOW.states[said.state].ends:
            assert "110" in text, said.state


def test_the_greeting_after_silence_recaps_nothing():
    """It is one text for all, however different what they told us."""
    greetings = {walk_to(state).wait(45).start().text for state in LIVE_STATES}
    assert len(greetings) == 1
    told = " ".join(
        choice.label
        for state in ("age_now", "happened", "police_ask")
        for choice in FLOW.states[StateId(state)].choices
    )
    assert not set(told.split()) & set(greetings.pop().split())
