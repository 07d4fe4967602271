"""What a person did, or their silence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from bot.core.model import ChoiceId, VisitId

MediaKind = Literal["image", "video", "audio", "file", "location", "sticker", "other"]


@dataclass(frozen=True, slots=True)
class Started:
    """They opened the chat: followed, unblocked, pressed Start, or asked to see where they are."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """They pressed a button: a choice or a way out, drawn in that visit at that turn."""

    id: ChoiceId
    visit: VisitId
    turn: int


@dataclass(frozen=True, slots=True)
class Typed:
    """
    They wrote. The text lives for this turn only and is never stored.

    `visit` and `turn` are known only where the page says which question it shows (the web chat).
    """

    text: str = field(repr=False)
    visit: VisitId | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """They chose a day in a date picker that was drawn in that visit at that turn."""

    day: date = field(repr=False)
    visit: VisitId
    turn: int


@dataclass(frozen=True, slots=True)
class Edited:
    """They changed a message that they had sent; this is what it says now."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unsent:
    """They took a message back. Which one the caller says; nothing of it may be left anywhere."""


@dataclass(frozen=True, slots=True)
class SentMedia:
    """They sent something that is not text. Only its kind reaches us; the bytes are never fetched."""

    kind: MediaKind


@dataclass(frozen=True, slots=True)
class Left:
    """They blocked or removed the bot: forget them at once and say nothing."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    How an input came.

    `sent_at` is the channel's time for it (aware UTC), if it gives one. `message` names the message it was
    or is about: a keyed hash; `words` begins with the same name and adds a keyed hash of what it says. `reply_lost`: our last reply never arrived. `unread`: it was written before our last
    message could be seen. `recalled`: the reply to the input before is taken back unsent, so this one's must say
    it as well. `waiting`: a reply is on its way.
    """

    channel: str = ""
    sent_at: datetime | None = None
    message: str = field(default="", repr=False)
    words: str = field(default="", repr=False)
    reply_lost: bool = False
    unread: bool = False
    recalled: bool = False
    waiting: bool = False

    @property
    def is_unsaid(self) -> bool:
        """Whether the person has not seen what was said last."""
        return self.reply_lost or self.recalled


#: What may be an answer. What is taken back never is.
Answerable = Started | Tapped | Typed | Picked | Edited | SentMedia | Left
Input = Answerable | Unsent
