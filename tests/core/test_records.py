"""A record with fields changed is what the library's own way returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from bot.core.model import Session, StateId, VisitId
from bot.core.records import changed

SESSION = Session(
    visit=VisitId("v"),
    turn=3,
    state=StateId("here"),
    locale="en",
    seen_at=datetime(2026, 11, 21, tzinfo=UTC),
    sent_at=datetime(2026, 11, 20, tzinfo=UTC),
    answers={"who": "self"},
)
CHANGES = [
    {},
    {"turn": 4},
    {"state": StateId("there"), "answers": {}, "hushed": True},
    {"pocket": {"begun": "yes"}, "visit": VisitId("w")},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_it_is_what_the_library_returns(changes):
    """The same record, and the one that was given is as it was."""
    before = replace(SESSION)
    assert changed(SESSION, **changes) == replace(SESSION, **changes)
    assert before == SESSION


def test_an_unknown_field_is_refused_by_name():
    with pytest.raises(TypeError, match="Session has no field 'mood'"):
        changed(SESSION, mood="good")


def test_a_record_that_is_not_written_in_its_order_is_refused():
    """Rather than to mix its fields up."""

    @dataclass(frozen=True)
    class Odd:
        one: int
        two: int
        three: int = 0

    @dataclass(frozen=True, kw_only=True)
    class Named(Odd):
        four: int

    assert changed(Odd(1, 2), two=3) == Odd(1, 3)
    with pytest.raises(TypeError, match="in their order"):
        changed(Named(1, 2, four=4), four=5)
