"""The judge of clocks: what a person's past may be while the program's clock jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.inputs import Input, Started, Typed
from bot.crypto import RootVault
from bot.ports import Inbound
from tests.chaos.clean import Clean, Past, address
from tests.chaos.fleet import ORIGIN
from tests.end_to_end.service import load_pack_once

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
RIGHT = timedelta(0)
BEHIND = timedelta(seconds=-4000)
AHEAD = timedelta(seconds=4000)


@pytest.fixture(scope="module")
def clean() -> Clean:
    return Clean(load_pack_once(), RootVault(b"c" * 32), ORIGIN)


def _came(what: Input, seconds: float) -> Inbound:
    at = NOON + timedelta(seconds=seconds)
    return Inbound("line", "U-her", f"event-{seconds}", what, at, reply_to=address("U-her", at))


def _begin(clean: Clean, *ahead: timedelta) -> list[Past]:
    return clean.take([Past()], _came(Started(), 0), 1, troubled=False, ahead=ahead or (RIGHT,))


def _states(pasts: list[Past]) -> set[str]:
    return {past.stored.session.state for past in pasts if past.stored}


def test_one_clock_gives_one_past(clean: Clean) -> None:
    assert len(_begin(clean)) == 1


def test_who_is_read_before_the_jump_and_taken_after_it_has_a_past_of_their_own(clean: Clean) -> None:
    """Behind by more than an hour, LINE's own time would not be believed; here it was, and the turn came later."""
    pasts = clean.take(_begin(clean), _came(Typed("嗯"), 10), 2, troubled=False, ahead=(RIGHT, BEHIND))
    known = {(past.ahead, past.stored.session.sent_at) for past in pasts if past.stored}
    assert known == {
        (RIGHT, NOON + timedelta(seconds=10)),
        (BEHIND, NOON + timedelta(seconds=10)),
        (BEHIND, NOON),
    }


def test_no_event_is_read_after_the_jump_and_taken_before_it(clean: Clean) -> None:
    pasts = clean.take(_begin(clean), _came(Typed("嗯"), 10), 2, troubled=False, ahead=(RIGHT, BEHIND))
    assert (RIGHT, NOON) not in {(past.ahead, past.stored.session.sent_at) for past in pasts if past.stored}


def test_who_was_taken_after_the_jump_is_not_taken_before_it_the_next_time(clean: Clean) -> None:
    pasts = clean.take(_begin(clean, AHEAD), _came(Started(), 10), 2, troubled=False, ahead=(RIGHT, AHEAD))
    assert {past.ahead for past in pasts} == {AHEAD}


@pytest.mark.parametrize(("first", "then", "are_greeted"), [(RIGHT, AHEAD, True), (AHEAD, RIGHT, False)])
def test_a_clock_that_jumps_ahead_greets_again_and_one_that_is_set_back_does_not(
    clean: Clean, first: timedelta, then: timedelta, are_greeted: bool
) -> None:
    """What counts is the program's own time between two events."""
    pasts = clean.take(_begin(clean, first), _came(Started(), 10), 2, troubled=False, ahead=(then,))
    assert ("welcome_back" in _states(pasts)) is are_greeted
