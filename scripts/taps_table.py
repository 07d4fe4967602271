"""
Writes docs/taps.md: how many taps it takes from the first message to a human and to the right door.

The buttons are pressed on the real engine, so that the table cannot say what is not true.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.core.events import Said
from bot.core.inputs import Started, Tapped
from bot.core.model import ChoiceId, Session, VisitId
from bot.core.standing import list_open, see
from bot.pack import Pack, load_pack
from bot.wiring.common import build_engine, build_speaker

_OUT = Path(__file__).parents[1] / "docs" / "taps.md"
_NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
_CENTRE = "02-6605-7373"
_STOPNCII, _TAKE_IT_DOWN = "stopncii.org", "takeitdown.ncmec.org"
#: What the table promises: taps to a human's number, taps to the right takedown door.
HUMAN_AT_MOST, DOOR_AT_MOST = 1, 4


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a track: what they answer, and what the right door says to them."""

    track: str
    answers: tuple[str, ...]
    door: tuple[str, ...]
    never: tuple[str, ...] = ()


_ADULT = ("safe", "self", "adult", "adult")
_YOUNG_THEN = ("safe", "self", "adult", "minor")
PEOPLE = (
    Person("成年，已被散布", (*_ADULT, "spread"), (_CENTRE, _STOPNCII)),
    Person("成年，被威脅", (*_ADULT, "threatened"), (_CENTRE, _STOPNCII)),
    Person("成年，被偷拍", (*_ADULT, "secret"), (_CENTRE, _STOPNCII)),
    Person("成年，被逼著拍", (*_ADULT, "forced"), (_CENTRE, _STOPNCII)),
    Person("成年，被合成", (*_ADULT, "fake"), (_CENTRE, _STOPNCII)),
    Person("成年，拍攝時未滿 18 歲", (*_YOUNG_THEN, "spread"), (_CENTRE, _TAKE_IT_DOWN), (_STOPNCII,)),
    Person("現在未滿 18 歲", ("safe", "self", "minor"), (_CENTRE, _TAKE_IT_DOWN), (_STOPNCII,)),
    Person("親友，當事人成年", ("safe", "friend", "adult"), (_CENTRE,)),
    Person("親友，當事人未滿 18 歲", ("safe", "friend", "minor"), (_CENTRE,), (_STOPNCII,)),
    Person("工作上遇到", ("safe", "work"), (_CENTRE,)),
    Person("在網路上看到", ("safe", "seen"), (_CENTRE,)),
)


class Presser:
    """Presses buttons on the real conversation."""

    def __init__(self, pack: Pack) -> None:
        self._flow = pack.flow
        self._engine = build_engine(pack)
        self._speaker = build_speaker(pack)

    def begin(self) -> Session:
        """Return the session that has heard the first question."""
        return self._engine.take_turn(
            self._engine.begin(VisitId("v"), "zh_TW", _NOW), Started(), _NOW
        ).session

    def press(self, session: Session, button: str) -> Session:
        """Return the session after one tap."""
        tap = Tapped(ChoiceId(button), session.visit, session.turn)
        return replace(self._engine.take_turn(session, tap, _NOW).session, trail=())

    def says(self, session: Session) -> str:
        """Return everything that is said there."""
        return "\n".join(self._speaker.render(Said(session.state), session, _NOW, channel="line").bubbles)

    def list_buttons(self, session: Session) -> list[str]:
        """Return what can be pressed there, except what goes back, begins again or changes the subject."""
        state = self._flow.get_state(session.state)
        choices = [c.id for c in list_open(state, see(session, _NOW.date())) if c.kind == "go"]
        return [*choices, *(way.id for way in self._flow.ways_out if way.id in {"human", "look_up"})]

    def count(self, start: Session, is_there: Callable[[str], bool], *, by_answering: bool = False) -> int:
        """Return the fewest taps to a place that says what is wanted; `by_answering` uses no way out."""
        waiting, seen = deque([(start, 0)]), set()
        while waiting:
            session, taps = waiting.popleft()
            key = (session.state, tuple(sorted(session.answers.items())))
            if key in seen:
                continue
            seen.add(key)
            if is_there(self.says(session)):
                return taps
            for button in self.list_buttons(session):
                if not (by_answering and button in {"human", "look_up"}):
                    waiting.append((self.press(session, button), taps + 1))
        raise ValueError("no button leads there")


def _holds(wanted: Iterable[str], never: Iterable[str]) -> Callable[[str], bool]:
    return lambda text: all(one in text for one in wanted) and not any(one in text for one in never)


@dataclass(frozen=True, slots=True)
class Row:
    """One person's taps: to a human's number, to the door by looking it up, to the centre by answering."""

    track: str
    human: int
    looked_up: int
    answering: int


def measure(pack: Pack) -> list[Row]:
    """Press until everybody is where they need to be."""
    presser = Presser(pack)
    return [_measure(presser, person) for person in PEOPLE]


def _measure(presser: Presser, person: Person) -> Row:
    first = presser.begin()
    here = first
    for button in person.answers:
        here = presser.press(here, button)
    is_door = _holds(person.door, person.never)
    return Row(
        person.track,
        human=max(presser.count(session, lambda text: "113" in text) for session in (first, here)),
        looked_up=presser.count(first, is_door),
        answering=len(person.answers)
        + presser.count(here, _holds((_CENTRE,), person.never), by_answering=True),
    )


def draw(rows: Iterable[Row]) -> str:
    """Return the page."""
    lines = [
        "# Taps",
        "",
        "Written by `python scripts/taps_table.py`; a test presses the buttons again and compares.",
        f"Promised: a human's number in at most {HUMAN_AT_MOST} tap from anywhere, the right takedown door in at most",
        f"{DOOR_AT_MOST} taps from the first message. The right door names the centre and, for the person concerned, the tool for the age",
        "at filming, and never the wrong one. Who answers the questions on the way needs more taps and gets more: safety,",
        "what to save first, and the words for their own case. That column counts to the centre.",
        "",
        "| Who | Human | Door, looked up (查資料) | Door, by answering the questions |",
        "|---|---|---|---|",
    ]
    lines += [f"| {row.track} | {row.human} | {row.looked_up} | {row.answering} |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    _OUT.write_text(draw(measure(load_pack())), encoding="utf-8")
