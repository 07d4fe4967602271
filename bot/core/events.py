"""Past-tense facts of one turn. The runner acts on them; nothing else does."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.model import ChoiceId, NoteId, Session, StateId


@dataclass(frozen=True, slots=True)
class Said:
    """The state's sentences were said, after an optional gentle note."""

    state: StateId
    note: NoteId | None = None


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
class SessionEnded:
    """The conversation is over without a word: they left."""


Event = Said | Answered | Interrupted | EraseRequested | SessionEnded


@dataclass(frozen=True, slots=True)
class Turn:
    """The result of one input: the session as it is now, and what happened."""

    session: Session
    events: tuple[Event, ...]

    def get_said(self) -> Said | None:
        """Return what was said, if anything was."""
        return next((event for event in self.events if isinstance(event, Said)), None)
