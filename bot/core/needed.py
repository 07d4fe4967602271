"""
What must be taken however much its person sent before: words of danger or of a crisis, and two ways out.

The ways are to a human, and to have everything erased, with what confirms it. Elsewhere in a conversation the same
words may be an answer; whoever asks here bounds how often.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.core.hear import Ear
from bot.core.inputs import Edited, Input, Tapped, Typed
from bot.core.text import squeeze

_HUMAN = "human"
_ERASING = ("erase", "wipe")
#: A text longer than this is no name of a button; to compare it would cost others their turn.
_MAX_NAME_CHARS = 40


@dataclass(frozen=True, slots=True)
class Needed:
    """`buttons` by id, and their `names` in every language, as typed text is compared."""

    ear: Ear
    buttons: frozenset[str]
    names: frozenset[str]

    def is_alarm(self, text: str) -> bool:
        """Whether words of danger or of a crisis are in it. This searches the whole text."""
        return self.ear.is_alarm(text)

    def is_way_out(self, what: Input) -> bool:
        """Whether it asks for a human or for the erasure, or confirms that: by button or by word. Cheap."""
        match what:
            case Tapped(id=button):
                return button in self.buttons
            case Typed(text=text) | Edited(text=text):
                return len(text) <= _MAX_NAME_CHARS and squeeze(text) in self.names
        return False


def find_needed(ear: Ear, locales: Collection[str]) -> Needed:
    """Find those buttons in a flow."""
    choices = [(state, choice) for state in ear.flow.states.values() for choice in state.choices]
    places = {state.id for state, choice in choices if choice.kind in _ERASING}
    ways = [way for way in ear.flow.ways_out if way.id == _HUMAN or way.to in places]
    steps = [
        (state, choice)
        for state, choice in choices
        if choice.kind in _ERASING or any(route.to in places for route in choice.routes)
    ]
    names: set[str] = set()
    for locale in locales:
        names |= {name for way in ways for name in ear.name_way(way, locale)}
        names |= {name for state, choice in steps for name in ear.name_choice(choice, state, locale)}
    buttons = {*(way.id for way in ways), *(choice.id for _, choice in steps)}
    return Needed(ear, frozenset(buttons), frozenset(names - {""}))
