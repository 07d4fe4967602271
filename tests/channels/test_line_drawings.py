"""What is drawn for everybody is drawn once: with nothing in it of anybody, and nothing else than would be drawn anew."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels import line_messages
from bot.channels.line_messages import Drawings, encode
from bot.core.events import Said
from bot.core.model import Session, StateId, VisitId
from bot.core.reply import Reply
from bot.pack import Pack, load_pack
from bot.voice.speaker import Speaker
from bot.wiring.common import build_speaker
from tests.channels.material import NOW, make_reply

VISITS = (VisitId("1a2b3c4d"), VisitId("a visit+more"), VisitId("new"))


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture
def speaker(pack: Pack) -> Speaker:
    return build_speaker(pack)


def a_session(state: str, locale: str, **changes: object) -> Session:
    session = Session(VISITS[0], 3, StateId(state), locale, NOW, NOW)
    return replace(session, **changes)  # type: ignore[arg-type]


def kept(drawings: Drawings) -> str:
    return str(drawings._kept)


def test_every_state_is_drawn_as_if_for_the_first_time(pack: Pack, speaker: Speaker) -> None:
    """In every language, whoever else it was drawn for before."""
    drawings = Drawings()
    for locale in pack.catalogs.locales:
        for state in pack.flow.states:
            for turn, visit in enumerate(VISITS):
                session = a_session(state, locale, visit=visit, turn=turn)
                reply = speaker.render(Said(StateId(state)), session, NOW, channel="line")
                anew = build_anew(pack, session)
                assert (reply.bubbles, reply.buttons, reply.hint) == (anew.bubbles, anew.buttons, anew.hint)
                assert json.loads(drawings.write(reply)) == encode(anew)


def build_anew(pack: Pack, session: Session, *, speakers: dict[int, Speaker] = {}) -> Reply:  # noqa: B006 - one for the run
    """What somebody says who keeps nothing."""
    speaker = speakers.setdefault(id(pack), build_speaker(pack))
    speaker._shelf.find("", NOW - timedelta(days=1))  # another minute: nothing is there
    return speaker.render(Said(session.state), session, NOW, channel="line")


def test_nothing_of_a_person_is_kept() -> None:
    """Neither the name of their visit nor a reply that is their own."""
    drawings = Drawings()
    drawings.write(make_reply("小美住在那裡", choices=["好"]))
    assert drawings._kept == {}
    drawings.write(replace(make_reply("問題", choices=["好"]), visit=VISITS[0], common=True))
    assert len(drawings._kept) == 1
    assert VISITS[0] not in kept(drawings)


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_messages, "_MOST_KEPT", 3)
    drawings = Drawings()
    for number in range(10):
        drawings.write(replace(make_reply(f"{number}"), common=True))
    assert 1 <= len(drawings._kept) <= 3


def test_a_reply_that_names_anything_of_a_person_is_their_own(pack: Pack, speaker: Speaker) -> None:
    """What was answered, filled in, or given to them alone: whatever state says it, it is not common."""
    marks = ("Ω", "RECEIPT-MARK", "CODE-MARK", "2026年11月1日")
    answers = {key: next(iter(one.values), "x") for key, one in pack.flow.answers.items()}
    told = {
        "answers": {**answers, "learned_on": "2026-11-01"},
        "draft": dict.fromkeys(pack.form.fields, "ΩΩΩΩ甲乙丙丁"),
        "pocket": {"own_receipt": marks[1], "status": "received"},
    }
    own = []
    for state in pack.flow.states:
        session = a_session(state, "zh_TW", **told)
        reply = speaker.render(Said(state), session, NOW, channel="line", code=marks[2])
        if any(mark in bubble for mark in marks for bubble in reply.bubbles):
            own.append(state)
            assert not reply.common, state
    assert len(own) > 5


def test_a_choice_made_before_is_not_kept_either(pack: Pack, speaker: Speaker) -> None:
    """The line below a question that says what was chosen there is of one person."""
    key, asked = next((key, one) for key, one in pack.flow.answers.items() if one.asked_in and one.values)
    session = a_session(asked.asked_in[0], "zh_TW", answers={key: next(iter(asked.values))})
    assert not speaker.render(Said(session.state), session, NOW, channel="line").common
    bare = replace(session, answers={})
    assert speaker.render(Said(bare.state), bare, NOW, channel="line").common


def test_what_was_said_a_minute_ago_is_said_anew(speaker: Speaker, pack: Pack) -> None:
    """Who answers the telephone may have changed, and a fact may have ended with its day."""
    session = a_session(pack.flow.special.start, "zh_TW")
    first = speaker.render(Said(session.state), session, NOW, channel="line")
    again = speaker.render(Said(session.state), session, NOW, channel="line")
    later = speaker.render(Said(session.state), session, NOW + timedelta(minutes=1), channel="line")
    assert again.bubbles is first.bubbles
    assert later.bubbles is not first.bubbles
    assert later == first
