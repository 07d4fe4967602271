"""What a person did, or their silence."""

from __future__ import annotations

from dataclasses import dataclass, field
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
class SentMedia:
    """They sent something that is not text. Only its kind reaches us; the bytes are never fetched."""

    kind: MediaKind


@dataclass(frozen=True, slots=True)
class Left:
    """They blocked or removed the bot: forget them at once and say nothing."""


Input = Started | Tapped | Typed | SentMedia | Left
