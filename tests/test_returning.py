"""What somebody else learns who takes up the phone, and what a late word from the channel may cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.engine import Engine
from bot.core.events import EraseRequested, Turn
from bot.core.inputs import Arrival, Input, Left, Started, Tapped, Typed
from bot.core.model import ChoiceId, NoteId, Session, VisitId
from bot.core.moves import IDLE_AFTER
from bot.pack import load_pack
from bot.wiring.common import build_engine

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
LONG_AFTER = NOON + IDLE_AFTER


@pytest.fixture(scope="module")
def engine() -> Engine:
    return build_engine(load_pack())


@pytest.fixture
def told(engine) -> Session:
    """Somebody who has answered two questions and looks at the third."""
    session = engine.begin(VisitId("v"), "zh_TW", NOON)
    for what in (Started(), Typed("1"), Typed("1")):
        session = engine.take_turn(session, what, NOON, Arrival(sent_at=NOON)).session
    return session


def _back(session: Session) -> list[Input]:
    """Every way of asking for the question before."""
    return [Typed("上一步"), Typed("back"), Tapped(ChoiceId("back"), session.visit, session.turn)]


def _where(turn: Turn) -> tuple[str, NoteId | None]:
    said = turn.get_said()
    assert said
    return said.state, said.note


@pytest.mark.parametrize("way", range(3))
def test_back_after_silence_shows_the_greeting(engine, told, way):
    """One word, or one tap on an old button, must not show where they were."""
    turn = engine.take_turn(told, _back(told)[way], LONG_AFTER)
    assert _where(turn) == (engine.flow.special.resume, "nothing_before")
    assert turn.session.interrupted == told.state


@pytest.mark.parametrize("way", range(3))
def test_back_after_leaving_shows_the_greeting(engine, told, way):
    """The cover message is of no use if the next word uncovers everything."""
    left = engine.take_turn(told, Typed("離開"), NOON).session
    turn = engine.take_turn(left, _back(left)[way], NOON + timedelta(minutes=1))
    assert _where(turn) == (engine.flow.special.resume, "nothing_before")
    again = engine.take_turn(turn.session, _back(turn.session)[way], NOON + timedelta(minutes=1))
    assert _where(again) == (engine.flow.special.resume, "nothing_before")


def test_the_greeting_still_leads_on(engine, told):
    """Its own first answer goes on where they were, with every answer."""
    greeted = engine.take_turn(told, Typed("back"), LONG_AFTER).session
    turn = engine.take_turn(greeted, Typed("1"), LONG_AFTER)
    assert (turn.session.state, turn.session.answers) == (told.state, told.answers)


def test_a_block_that_arrives_late_costs_nothing(engine, told):
    """They unblocked us and wrote since: what they told is theirs."""
    turn = engine.take_turn(told, Left(), NOON, Arrival(sent_at=NOON - timedelta(minutes=5)))
    assert turn == Turn(told, ())


@pytest.mark.parametrize("sent_at", [None, NOON, NOON + timedelta(seconds=1)])
def test_a_block_in_its_time_forgets_them(engine, told, sent_at):
    """At once, also after hours of silence."""
    for now in (NOON, LONG_AFTER):
        assert EraseRequested() in engine.take_turn(told, Left(), now, Arrival(sent_at=sent_at)).events


def test_a_lost_reply_does_not_keep_a_block_from_counting(engine, told):
    """Only its own time makes it late."""
    fresh = replace(told, sent_at=NOON - timedelta(hours=1))
    assert (
        EraseRequested()
        in engine.take_turn(fresh, Left(), NOON, Arrival(sent_at=NOON, reply_lost=True)).events
    )
