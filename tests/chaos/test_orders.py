"""R3, T13: deliveries doubled and in any order leave a conversation where a clean run was, at its end or earlier."""

from __future__ import annotations

import itertools
import os
import random
import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

import pytest

from bot.core.engine import Engine
from bot.core.inputs import Input, Started, Tapped, Typed
from bot.core.model import ChoiceId, Session, VisitId
from bot.ports import Address, Inbound, Stored
from bot.runner import Runner
from bot.wiring.common import build_engine
from tests.end_to_end.service import load_pack_once
from tests.fakes.handing import make_handing
from tests.fakes.memory_store import NOON, BareVoice, MemoryClock, MemoryStore, PlainVault

#: A longer run: FRONTDOOR_TEST_SCHEDULES=100000 python -m pytest tests/chaos/test_orders.py
SCHEDULES = int(os.environ.get("FRONTDOOR_TEST_SCHEDULES", "200"))
VISIT = VisitId("visit")
#: Turn by turn: each button belongs to one question.
SIX: tuple[Input, ...] = (
    Started(),
    Tapped(ChoiceId("safe"), VISIT, 1),
    Tapped(ChoiceId("self"), VISIT, 2),
    Tapped(ChoiceId("adult"), VISIT, 3),
    Typed("1"),
    Tapped(ChoiceId("spread"), VISIT, 5),
)


@cache
def engine() -> Engine:
    return build_engine(load_pack_once())


def make_runner(store: MemoryStore, clock: MemoryClock) -> Runner:
    return Runner(
        engine(),
        store,
        PlainVault(),
        BareVoice(),
        clock,
        lambda: VISIT,
        lambda: "code",
        make_handing(engine()),
    )  # type: ignore[arg-type]  # a vault that only names


def make_inbound(number: int) -> Inbound:
    """Make the delivery of one of the six, at the channel's own time."""
    sent_at = NOON + timedelta(seconds=3 * number)
    to = Address("Usomebody", f"token{number}", sent_at + timedelta(seconds=50))
    return Inbound(
        "line", "Usomebody", f"delivery{number}", SIX[number], sent_at, reply_to=to, message_id=f"m{number}"
    )


async def deliver(schedule: Sequence[int]) -> Session | None:
    """Deliver the six in this order, some of them more than once."""
    store, clock = MemoryStore(), MemoryClock(NOON + timedelta(seconds=30))
    runner = make_runner(store, clock)
    for number in schedule:
        clock.pass_by(milliseconds=10)
        await runner.attempt(make_inbound(number))
    stored: Stored | None = next(iter(store.rows.sessions.values()), None)
    return stored.session if stored else None


async def follow_clean_run() -> list[Session]:
    """Return where somebody stands after each of the six."""
    places = [await deliver(range(count)) for count in range(1, len(SIX) + 1)]
    assert all(places)
    return [place for place in places if place]


def is_filed_right(session: Session, clean: Sequence[Session]) -> bool:
    """Whether every answer is one that the same person gave to the same question, at a place they have been."""
    last = clean[-1]
    is_known = session.state in {place.state for place in clean}
    return is_known and session.answers.items() <= last.answers.items()


async def test_the_six_lead_somewhere() -> None:
    """Else the orders would prove nothing."""
    clean = await follow_clean_run()
    assert len({place.state for place in clean}) >= 5
    assert len(clean[-1].answers) >= 3


async def test_each_delivery_counts_once_however_often_it_comes() -> None:
    """T13: doubled up to three times, one after the other or much later, the end is that of the clean run."""
    clean = (await follow_clean_run())[-1]
    for times in itertools.product((1, 2, 4), repeat=3):
        often = [n for n, count in zip(range(6), (*times, *times), strict=True) for _ in range(count)]
        found = await deliver([*often, *range(6)])
        assert found
        assert (found.state, found.answers, found.turn) == (clean.state, clean.answers, clean.turn)


async def test_no_order_of_six_events_files_an_answer_under_another_question() -> None:
    """T13: all 720 orders end where the clean run was, at its end or at an earlier question."""
    clean = await follow_clean_run()
    for order in itertools.permutations(range(6)):
        found = await deliver(order)
        assert found
        assert is_filed_right(found, clean), (order, found.state, dict(found.answers))


async def test_random_schedules_file_no_answer_wrongly() -> None:
    """R3: any order, any of them left out, any of them up to four times."""
    seed = secrets.randbelow(10**6)
    dice, clean = random.Random(seed), await follow_clean_run()
    for _ in range(SCHEDULES):
        schedule = [number for number in range(6) for _ in range(dice.choice((0, 1, 1, 1, 2, 4)))]
        dice.shuffle(schedule)
        found = await deliver(schedule)
        assert found is None or is_filed_right(found, clean), (
            f"seed {seed}",
            schedule,
            found.state,
            dict(found.answers),
        )


@pytest.mark.parametrize("state", ["happened", "age_now"])
async def test_a_misfiled_answer_would_be_seen(state: str) -> None:
    """The judge of these tests can say no."""
    clean = await follow_clean_run()
    wrong = {**clean[-1].answers, next(iter(clean[-1].answers)): "something else"}
    from dataclasses import replace

    assert not is_filed_right(replace(clean[-1], answers=wrong), clean)
    assert is_filed_right(clean[2], clean)
