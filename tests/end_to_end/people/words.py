"""What the conversation says, looked up where it is written: a sentence may be reworded, its place stays."""

from __future__ import annotations

from bot.core.model import ChoiceId, NoteId, StateId
from tests.end_to_end.people.person import Person
from tests.end_to_end.service import load_pack_once


def note(name: str, channel: str = "") -> str:
    """Return a note in the words for that channel, where it has its own."""
    notes = load_pack_once().flow.notes
    return notes.get(NoteId(f"{name}_{channel}")) or notes[NoteId(name)]


def say(state: str) -> str:
    """Return the first bubble of a state."""
    return load_pack_once().flow.get_state(StateId(state)).say[0].text


def label(state: str, choice: str) -> str:
    """Return what a button is called."""
    found = load_pack_once().flow.get_state(StateId(state)).find_choice(ChoiceId(choice))
    assert found
    return found.label


def find_button(person: Person, state: str, kind: str) -> str:
    """Return the button on the screen that does this: `erase`, `wipe`, `move` …"""
    choices = load_pack_once().flow.get_state(StateId(state)).choices
    return next(one.label for one in choices if one.kind == kind and one.label in person.buttons())
