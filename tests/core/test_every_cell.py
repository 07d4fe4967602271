"""
R17: every kind of input in every place where somebody can be, one cell for each; the table stands in cells.py.

Each cell has one end, or one of a few that are named; it is said or nothing is, no answer is lost unless it says so, and what
is said is in words that may be said.
"""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest

from bot.core.inputs import Arrival, Input, MediaKind, SentMedia
from tests.core.cast import LIVE_STATES, settle
from tests.core.cells import KINDS, Kind, Place, fits, list_choices, place_of, tell_end


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_input_ends_as_it_must_everywhere(kind: Kind) -> None:
    """R17: a row of the table: this input, in each of the places."""
    wrong = [(state, end) for state in LIVE_STATES if (end := _try(kind, place_of(state)))]
    assert wrong == []


@pytest.mark.parametrize("half", [0, 1])
def test_every_choice_leads_where_the_flow_says_by_button_number_and_words(half: int) -> None:
    """R17: the rest of the table: the choices of each place, which no other place has; all three ways end alike."""
    wrong = [
        (state, kind.name, end)
        for state in LIVE_STATES[half::2]
        for kind in list_choices(place_of(state))
        if (end := _try(kind, place_of(state)))
    ]
    assert wrong == []


def test_a_choice_is_the_same_however_it_is_made() -> None:
    """R17: pressed, numbered or named, the session is the same afterwards, to the last answer."""
    for state in LIVE_STATES:
        place = place_of(state)
        for pressed, *others in zip(*[iter(list_choices(place))] * 3, strict=True):
            ends = []
            for kind in (pressed, *others):
                talk = place.come()
                kind.act(talk)
                ends.append((settle(talk.session), talk.turn.get_said()))
            assert ends[0] == ends[1] == ends[2], (state, pressed.name)


def test_the_table_has_a_row_for_every_kind_that_there_is() -> None:
    """R17: a new class of input, kind of media or way of arriving needs its row."""
    samples = [kind.what(place_of("start").session) for kind in KINDS]
    assert {type(what) for what in samples} == set(get_args(Input))
    assert {what.kind for what in samples if isinstance(what, SentMedia)} == set(get_args(MediaKind))
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    told = {name for kind in KINDS for name in kind.came}
    assert told == {field.name for field in fields(Arrival)} - {"channel"}  # no input differs by its channel


def _try(kind: Kind, place: Place) -> str:
    """Return how it ended, if it should have ended otherwise."""
    talk = place.come()
    before = kind.act(talk)
    stood = Place(before.state, before) if kind.after else place
    end, rule = tell_end(before, talk), kind.rule(stood)
    return "" if fits(end, rule) else f"{end!r} not in {sorted(rule)}"
