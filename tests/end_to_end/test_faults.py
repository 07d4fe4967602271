"""Every way of failing at every try: each reply has one end, and nobody sees it twice (docs/faults.md)."""

from __future__ import annotations

import itertools
import os
import random

import pytest

from scripts.fault_table import OUT, draw
from tests.end_to_end.clockwork import make_template, open_clockwork
from tests.end_to_end.fault_cells import KINDS, TRIES, Outcomes, measure
from tests.fakes.telegram_server import FakeTelegramServer

#: A longer run: FRONTDOOR_TEST_SENDS=10000 python -m pytest tests/end_to_end/test_faults.py
SENDS = int(os.environ.get("FRONTDOOR_TEST_SENDS", "300"))
SEED = 20261121
DELIVERED = ("sent", 1, "goes on")
PERHAPS = ("uncertain", 1, "asks again")
PERHAPS_NOT = ("uncertain", 0, "asks again")
REFUSED = ("dead", 0, "asks again")

#: What SECURITY notes §4 asks for, whichever try it is: the end, how often seen, what the next message brings.
ASKED_FOR = {
    "line": {
        "none": DELIVERED,
        "slow 200": DELIVERED,
        "200 that cannot be read": DELIVERED,
        "connection refused": DELIVERED,
        "connection breaks before it is taken": DELIVERED,
        "connection breaks after it was taken": PERHAPS,
        "no answer in time, not taken": DELIVERED,
        "no answer in time, taken": PERHAPS,
        "429": DELIVERED,
        "429, come back later": DELIVERED,
        "500": DELIVERED,
        "503": DELIVERED,
        "400 invalid reply token": ("expired", 0, "asks again"),
        "400 of another kind": REFUSED,
        "401": REFUSED,
        "403": REFUSED,
    },
    "telegram": {
        "none": DELIVERED,
        "slow 200": DELIVERED,
        "200 that cannot be read": DELIVERED,
        "connection refused": DELIVERED,
        "connection breaks before it is taken": PERHAPS_NOT,
        "connection breaks after it was taken": PERHAPS,
        "no answer in time, not taken": PERHAPS_NOT,
        "no answer in time, taken": PERHAPS,
        "429": DELIVERED,
        "429, come back later": DELIVERED,
        "500": PERHAPS_NOT,
        "502": PERHAPS_NOT,
        "400": REFUSED,
        "401": REFUSED,
        "403, blocked": ("erased", 0, "begins anew"),
        "403 of another kind": REFUSED,
    },
}
#: After these the same letter is tried once more.
REPEATED = {"connection refused", "429", "429, come back later"}
REPEATED_ON_LINE = REPEATED | {
    kind.name for kind in KINDS["line"] if kind.name.startswith(("connection", "no ", "50"))
}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both SDKs honour proxy variables; the fakes are on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_there_are_fourteen_kinds_and_more_for_every_try() -> None:
    """On both channels, beside the try that meets nothing."""
    assert all(len(kinds) > 14 for kinds in KINDS.values())
    assert {channel: set(kinds) for channel, kinds in ASKED_FOR.items()} == {
        channel: {kind.name for kind in kinds} for channel, kinds in KINDS.items()
    }


async def test_every_cell_ends_as_it_must_and_the_page_says_so() -> None:
    """
    Nobody sees a reply twice; whoever may have missed it is asked again; what cannot help is not tried again.

    One test, because the cells are run once for it. After a change: python -m scripts.fault_table.
    """
    outcomes = await measure()
    assert len(outcomes) == sum(map(len, KINDS.values())) * len(TRIES)
    assert {cell: outcome for cell, outcome in outcomes.items() if outcome.seen > 1} == {}
    found = {cell: (outcome.state, outcome.seen, outcome.then) for cell, outcome in outcomes.items()}
    assert found == {cell: ASKED_FOR[cell[0]][cell[1]] for cell in outcomes}
    assert {cell: outcome.tries for cell, outcome in outcomes.items()} == _list_tries(outcomes)
    assert OUT.read_text(encoding="utf-8") == draw(outcomes)


def _list_tries(outcomes: Outcomes) -> dict[tuple[str, str, int], int]:
    """A passing fault costs one more try, anything else none."""
    again = {"line": REPEATED_ON_LINE, "telegram": REPEATED}
    return {cell: cell[2] + (cell[1] in again[cell[0]]) for cell in outcomes}


async def test_telegram_is_never_asked_before_it_allows() -> None:
    """Whatever waits it asks for, and however often in a row; each reply still arrives once."""
    waits = random.Random(SEED)
    with make_template() as template:
        async with open_clockwork("telegram", template) as work:
            telegram = work.fake
            assert isinstance(telegram, FakeTelegramServer)
            people = [work.meet() for _ in range(20)]
            for person in people:
                await person.arrive()
                await person.hear()
            for _, person in zip(range(SENDS), itertools.cycle(people), strict=False):
                telegram.slow_down(int(person.user_id), waits.choice((1, 2, 3, 7, 30, 61)))
                before = len(person.list_said())
                await person.write("真人" if before % 2 else "1")
                await person.hear()
                assert len(person.list_said()) > before, f"seed {SEED}"
                assert len(set(person.list_said()[before:])) == len(person.list_said()) - before
    assert telegram.early == []
