"""
What the bot says in one turn, rendered in a language but still channel-neutral.

Channels turn a `Reply` into bubbles and buttons of their own; they add no words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.core.model import Look, VisitId

ButtonKind = Literal["choice", "way_out"]


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. `id` is a choice or way-out id, unique within one reply."""

    id: str
    label: str
    kind: ButtonKind


@dataclass(frozen=True, slots=True)
class Reply:
    """
    One to three bubbles of text, then the buttons that answer them.

    `hint` introduces the numbered list for people who see no buttons; `ways_hint` names the words
    that always work. `leaving`: the person asked to leave, so a browser should go elsewhere.

    `alt` is said instead where a phone can or may not show what was drawn: neutral words. `day_label`
    is set when a day may be picked: what the picker is called. `hushed`: the phone should stay quiet.
    `meets`: the first reply to somebody whose language the channel did not tell. `relabels`: the
    channel's own menus should change to `locale`. `common`: nothing in it is anybody's own, so whoever draws it may
    keep the drawing for the next person; it is not stored, and without it nothing is kept.
    """

    bubbles: tuple[str, ...]
    buttons: tuple[Button, ...]
    visit: VisitId
    turn: int
    locale: str
    hint: str = ""
    ways_hint: str = ""
    leaving: bool = False
    look: Look = "plain"
    alt: str = ""
    day_label: str = ""
    hushed: bool = False
    meets: bool = False
    relabels: bool = False
    common: bool = field(default=False, compare=False)

    @property
    def choices(self) -> tuple[Button, ...]:
        """The buttons that answer the question."""
        return tuple(button for button in self.buttons if button.kind == "choice")

    @property
    def ways_out(self) -> tuple[Button, ...]:
        """The buttons that are always there."""
        return tuple(button for button in self.buttons if button.kind == "way_out")
