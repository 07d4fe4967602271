"""Past-tense facts of one turn. The runner acts on them; nothing else does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.core.model import ChoiceId, NoteId, Session, StateId

RequestKind = Literal["withdraw", "correct"]


@dataclass(frozen=True, slots=True)
class Said:
    """
    The state's sentences were said, after an optional gentle note.

    `whole`: all of them although there is a note, because they were not read yet.
    """

    state: StateId
    note: NoteId | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """A question was answered with one of its choices."""

    state: StateId
    choice: ChoiceId = field(repr=False)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An overlay (human now, crisis, danger, language…) stopped the flow; it can be returned from."""

    by: StateId


@dataclass(frozen=True, slots=True)
class EraseRequested:
    """Everything about this person must be destroyed in this transaction."""


@dataclass(frozen=True, slots=True)
class WipeRequested:
    """The messages of this chat must be taken back on both sides, as far as the channel lets us."""


@dataclass(frozen=True, slots=True)
class MoveRequested:
    """A one-time code must be made, under which they can go on elsewhere."""


@dataclass(frozen=True, slots=True)
class PageRequested:
    """A one-time link must be made to a page on which the form can be filled in."""


@dataclass(frozen=True, slots=True)
class SubmitRequested:
    """What was filled in must be sealed and sent, or it must be said why it cannot be."""


@dataclass(frozen=True, slots=True)
class RequestMade:
    """
    Whoever has the receipt asks for something: to take back what was sent, or to put something right.

    `words` are for the social worker; they are sealed at once and kept nowhere else.
    """

    kind: RequestKind
    receipt: str = field(repr=False)
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The conversation is over without a word: they left."""


Event = (
    Said
    | Answered
    | Interrupted
    | EraseRequested
    | WipeRequested
    | MoveRequested
    | PageRequested
    | SubmitRequested
    | RequestMade
    | SessionEnded
)


@dataclass(frozen=True, slots=True)
class Turn:
    """The result of one input: the session as it is now, and what happened."""

    session: Session
    events: tuple[Event, ...]

    def get_said(self) -> Said | None:
        """Return what was said, if anything was."""
        return next((event for event in self.events if isinstance(event, Said)), None)
