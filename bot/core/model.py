"""
What a conversation is made of, and where one person is in it.

Everything here is frozen: a turn makes a new `Session`, it never changes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

StateId = NewType("StateId", str)
ChoiceId = NewType("ChoiceId", str)
WayOutId = NewType("WayOutId", str)
NoteId = NewType("NoteId", str)
PersonKey = NewType("PersonKey", str)
VisitId = NewType("VisitId", str)

#: The visit of a button that was drawn before anything was stored (the web page's first view).
NOT_YET = VisitId("new")

WayOutKind = Literal["overlay", "restart", "back"]
ChoiceKind = Literal["go", "return", "restart", "erase"]


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble of a state: a zh_TW sentence, said when every guard in `when` holds."""

    text: str
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Where a choice leads when every guard in `when` holds."""

    to: StateId
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """
    A button and where it leads.

    `go` follows the first open route, `return` goes back to what an overlay interrupted, `restart`
    begins again with no answers, `erase` ends the session and destroys it. `sets` are the answers it
    stores, `locale` switches language, `words` are what people type instead of the label.
    """

    id: ChoiceId
    label: str
    kind: ChoiceKind = "go"
    routes: tuple[Route, ...] = ()
    sets: Mapping[str, str] = field(default_factory=dict)
    locale: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """
    What is said and what may be answered.

    An `overlay` interrupts the conversation and can return to it. `ends` marks a place where a
    person may safely stop: it must say the resource card. `silent` leaves without ways out shown.
    """

    id: StateId
    title: str
    say: tuple[Line, ...]
    choices: tuple[Choice, ...]
    overlay: bool = False
    ends: bool = False
    silent: bool = False
    track: str = ""

    def find_choice(self, choice_id: ChoiceId) -> Choice | None:
        """Return the choice with that id, if this state has it."""
        return next((choice for choice in self.choices if choice.id == choice_id), None)


@dataclass(frozen=True, slots=True)
class WayOut:
    """Something always available, by button or by word, in every state and language."""

    id: WayOutId
    label: str
    kind: WayOutKind
    words: tuple[str, ...]
    to: StateId | None = None


@dataclass(frozen=True, slots=True)
class Special:
    """The states and notes that the engine itself needs to know by role."""

    start: StateId
    resume: StateId
    crisis: StateId
    danger: StateId
    erased: StateId


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole conversation, parsed and checked for shape."""

    id: str
    states: Mapping[StateId, State]
    ways_out: tuple[WayOut, ...]
    notes: Mapping[NoteId, str]
    special: Special

    def get_state(self, state_id: StateId) -> State:
        """Return a state that is known to exist; KeyError is a bug."""
        return self.states[state_id]


@dataclass(frozen=True, slots=True)
class Step:
    """
    A place one can go back to, with the answers held there.

    `guarded`: it was left while nobody knew who holds the phone, so going back asks first.
    """

    state: StateId
    answers: Mapping[str, str] = field(repr=False)
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """
    Where one person is.

    `turn` counts the questions asked in this `visit`; a button carries both, so that a button of an
    older question is known. `trail` is where "back" goes, newest last. `interrupted` is set inside
    an overlay. `away`: nobody knows who holds the phone since they left or fell silent, so the earlier
    place is shown only to whoever asks the greeting for it. Moments are aware UTC. `repr` hides everything that a person told us.
    """

    visit: VisitId
    turn: int
    state: StateId
    locale: str
    seen_at: datetime
    sent_at: datetime
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    trail: tuple[Step, ...] = field(default=(), repr=False)
    interrupted: StateId | None = None
    misses: int = 0
    away: bool = False
