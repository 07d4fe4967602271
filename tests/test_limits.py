"""Buckets of a fixed size: nobody gets more than theirs, nobody else pays for it, nothing is thrown out."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from bot.limits import Buckets, InHand, Recent, TooLate


@dataclass
class Seconds:
    """A clock that only goes when told to."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def take_all(buckets: Buckets, name: str, tries: int = 200) -> int:
    return sum(buckets.take(name) for _ in range(tries))


def test_what_is_given_back_is_there_again_and_not_more(seconds: Seconds) -> None:
    """T14: however often, whoever else took in the meantime."""
    buckets = Buckets(20, 40, clock=seconds)
    for _ in range(1_000):
        assert buckets.take("her")
        buckets.take("somebody else")
        buckets.give_back("her")
    assert take_all(buckets, "her") == 40
    assert take_all(buckets, "somebody else") == 0
    buckets.give_back("her")
    assert [buckets.take("her"), buckets.take("her")] == [True, False]


def test_a_burst_is_taken_and_then_the_rate_holds(seconds: Seconds) -> None:
    """T14: forty at once, then twenty a minute, at exactly N and N + 1."""
    buckets = Buckets(20, 40, clock=seconds)
    assert take_all(buckets, "her") == 40
    seconds.now += 2.9
    assert not buckets.take("her")
    seconds.now += 0.1
    assert [buckets.take("her"), buckets.take("her")] == [True, False]
    seconds.now += 60
    assert take_all(buckets, "her") == 20
    seconds.now += 600
    assert take_all(buckets, "her") == 40


def test_a_refusal_costs_nothing(seconds: Seconds) -> None:
    """Whoever goes on trying is not kept out for longer."""
    buckets = Buckets(20, 40, clock=seconds)
    take_all(buckets, "her", 10_000)
    seconds.now += 3
    assert buckets.take("her")


def test_what_costs_more_takes_more(seconds: Seconds) -> None:
    """A long text is searched at the cost of many short ones."""
    buckets = Buckets(60_000, 60_000, clock=seconds)
    assert sum(buckets.take("her", 5_000) for _ in range(20)) == 12
    assert not buckets.take("her", 1)


def test_others_do_not_pay_for_a_flooder(seconds: Seconds) -> None:
    """T14: fifty who send without end, and ten thousand others who each get all of theirs."""
    buckets = Buckets(20, 40, clock=seconds)
    for flooder in range(50):
        take_all(buckets, f"flooder {flooder}", 100)
    short = [name for name in range(10_000) if not all(buckets.take(f"person {name}") for _ in range(3))]
    assert short == []


def test_nobody_gets_theirs_back_by_sending_others_ahead(seconds: Seconds) -> None:
    """There is nothing to push out: a hundred thousand strangers later the flooder is still over the limit."""
    buckets = Buckets(20, 40, clock=seconds)
    take_all(buckets, "flooder")
    for stranger in range(100_000):
        buckets.take(f"stranger {stranger}")
    assert not buckets.take("flooder")


def test_memory_does_not_grow_with_names(seconds: Seconds) -> None:
    """Whatever comes, no more than what stands there from the start."""
    buckets, recent = Buckets(20, 40, clock=seconds), Recent(60, clock=seconds)
    tracemalloc.start()
    try:
        for name in range(20_000):
            buckets.take(str(name))
            recent.note(str(name))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 64 * 1024


def test_no_order_of_takes_gives_more_than_the_rule(seconds: Seconds) -> None:
    """In any stretch of time: at most the burst and what ran in meanwhile. Random walks, seed printed."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    for _ in range(50):
        buckets, began = Buckets(20, 40, clock=seconds), seconds.now
        taken = 0
        for _ in range(300):
            seconds.now += dice.choice((0, 0, 0.01, 0.5, 3, 30))
            taken += buckets.take("her")
            assert taken <= 40 + (seconds.now - began) / 3 + 1e-6


def test_it_is_known_for_a_while_who_was_here(seconds: Seconds) -> None:
    recent = Recent(600, clock=seconds)
    assert not recent.holds("her")
    recent.note("her")
    seconds.now += 599
    assert recent.holds("her")
    assert not recent.holds("somebody else")
    seconds.now += 2
    assert not recent.holds("her")


async def _hold(in_hand: InHand, stack: AsyncExitStack, *names: str) -> None:
    for name in names:
        await stack.enter_async_context(in_hand.holding(name))


def _name(number: int) -> list[str]:
    return [f"U{one}" for one in range(number)]


async def test_so_many_are_in_hand_and_no_more(seconds: Seconds) -> None:
    """R12: one more would not be answered in time; when one is done, there is room for one."""
    in_hand = InHand(20, clock=seconds)
    async with AsyncExitStack() as others:
        await _hold(in_hand, others, *_name(19))
        assert not in_hand.is_full
        async with in_hand.holding("U-next"):
            assert (len(in_hand), in_hand.is_full) == (20, True)
        assert not in_hand.is_full
    assert (len(in_hand), in_hand.is_full) == (0, False)


async def test_who_would_wait_too_long_is_not_let_in(seconds: Seconds) -> None:
    """However few they are: where sixteen have waited for more than 0.6 seconds, the next would wait longer."""
    in_hand = InHand(500, clock=seconds)
    async with AsyncExitStack() as late:
        await _hold(in_hand, late, *_name(16))
        seconds.now += 0.6
        assert not in_hand.is_full
        seconds.now += 0.01
        assert in_hand.is_full
    assert not in_hand.is_full


async def test_a_few_who_wait_for_each_other_keep_nobody_out(seconds: Seconds) -> None:
    """Fifteen that hang, and hundreds behind them who come and go quickly."""
    in_hand = InHand(500, clock=seconds)
    async with AsyncExitStack() as stuck:
        await _hold(in_hand, stuck, *_name(15))
        for _ in range(1_000):
            seconds.now += 0.59
            async with in_hand.holding("U-next"):
                assert not in_hand.is_full


async def test_what_one_person_sends_is_taken_in_its_order_and_one_at_a_time(seconds: Seconds) -> None:
    """R12: forty of one person wait for themselves, and whoever comes after them waits for none of them."""
    in_hand, taken = InHand(500, clock=seconds), []

    async def take(name: str, number: int) -> None:
        async with in_hand.holding(name):
            taken.append(number)
            await asyncio.sleep(0)

    flood = [asyncio.create_task(take("U-flood", number)) for number in range(40)]
    other = asyncio.create_task(take("U-other", 1_000))
    await other
    assert taken[:2] == [0, 1_000]
    await asyncio.gather(*flood)
    assert taken[2:] == [*range(1, 40)]
    assert len(in_hand) == 0


async def test_who_waits_for_themselves_for_too_long_is_told(
    seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their first message hangs; the second one comes again, and holds no place meanwhile."""
    monkeypatch.setattr("bot.limits._TURN_WITHIN_S", 0.01)
    in_hand = InHand(500, clock=seconds)
    async with in_hand.holding("U0"):
        with pytest.raises(TooLate):
            async with in_hand.holding("U0"):
                raise AssertionError("let in beside the first")
        assert len(in_hand) == 1
    async with in_hand.holding("U0"):
        assert len(in_hand) == 1


async def test_who_gives_up_while_waiting_leaves_nothing(seconds: Seconds) -> None:
    """The server ends, or the browser goes away: neither the place nor the turn is kept."""
    in_hand = InHand(500, clock=seconds)
    async with in_hand.holding("U0"):
        waiting = asyncio.create_task(_pass(in_hand, "U0"))
        await asyncio.sleep(0)
        assert len(in_hand) == 2
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert len(in_hand) == 1
    await _pass(in_hand, "U0")
    assert len(in_hand) == 0


async def test_one_who_sends_much_keeps_nobody_out(seconds: Seconds) -> None:
    """R12: what waits behind the same person's says nothing of how much there is to do."""
    in_hand = InHand(500, clock=seconds)
    async with in_hand.holding("U-flood"):
        waiting = [asyncio.create_task(_pass(in_hand, "U-flood")) for _ in range(40)]
        await asyncio.sleep(0)
        seconds.now += 5
        assert (len(in_hand), in_hand.is_full) == (41, False)
    await asyncio.gather(*waiting)


async def _pass(in_hand: InHand, name: str) -> None:
    async with in_hand.holding(name):
        pass


async def test_whose_turn_comes_is_not_late_for_having_waited_for_themselves(seconds: Seconds) -> None:
    """Sixteen people send two messages each: the second of each waits from the moment that the first is done."""
    in_hand, held = InHand(500, clock=seconds), asyncio.Event()

    async def hang(name: str) -> None:
        async with in_hand.holding(name):
            await held.wait()

    async with AsyncExitStack() as first:
        await _hold(in_hand, first, *_name(16))
        second = [asyncio.create_task(hang(name)) for name in _name(16)]
        await asyncio.sleep(0)
        seconds.now += 0.61
        assert in_hand.is_full
    assert not in_hand.is_full
    seconds.now += 0.61
    assert in_hand.is_full
    held.set()
    await asyncio.gather(*second)
    assert (len(in_hand), in_hand.is_full) == (0, False)


async def test_a_turn_that_fails_is_in_hand_no_longer(seconds: Seconds) -> None:
    in_hand = InHand(1, clock=seconds)
    with pytest.raises(ValueError, match="a fault"):
        async with in_hand.holding("U0"):
            raise ValueError("a fault")
    assert not in_hand.is_full
    async with in_hand.holding("U0"):
        assert len(in_hand) == 1
