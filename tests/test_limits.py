"""Buckets of a fixed size: nobody gets more than theirs, nobody else pays for it, nothing is thrown out."""

from __future__ import annotations

import random
import tracemalloc
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from bot.limits import Buckets, InHand, Recent


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


def test_so_many_are_in_hand_and_no_more(seconds: Seconds) -> None:
    """R12: one more would not be answered in time; when one is done, there is room for one."""
    in_hand = InHand(20, clock=seconds)
    with ExitStack() as others:
        for number in range(19):
            others.enter_context(in_hand.holding(f"U{number % 3}"))
        assert not in_hand.is_full
        with in_hand.holding("U0"):
            assert (len(in_hand), in_hand.is_full) == (20, True)
        assert not in_hand.is_full
    assert (len(in_hand), in_hand.is_full) == (0, False)


def test_who_would_wait_too_long_is_not_let_in(seconds: Seconds) -> None:
    """However few they are: where sixteen have waited for more than 0.6 seconds, the next would wait longer."""
    in_hand = InHand(500, clock=seconds)
    with ExitStack() as late:
        for number in range(16):
            late.enter_context(in_hand.holding(f"U{number}"))
        seconds.now += 0.6
        assert not in_hand.is_full
        seconds.now += 0.01
        assert in_hand.is_full
    assert not in_hand.is_full


def test_a_few_who_wait_for_each_other_keep_nobody_out(seconds: Seconds) -> None:
    """Fifteen that hang, and hundreds behind them who come and go quickly."""
    in_hand = InHand(500, clock=seconds)
    with ExitStack() as stuck:
        for number in range(15):
            stuck.enter_context(in_hand.holding(f"U{number}"))
        for _ in range(1_000):
            seconds.now += 0.59
            with in_hand.holding("U-next"):
                assert not in_hand.is_full


def test_one_who_sends_much_keeps_nobody_out(seconds: Seconds) -> None:
    """R12: forty of one person wait for each other, for seconds on a slow machine; nobody else waits for them."""
    in_hand = InHand(500, clock=seconds)
    with ExitStack() as flood:
        for _ in range(40):
            flood.enter_context(in_hand.holding("U-flood"))
        seconds.now += 5
        assert not in_hand.is_full


def test_whose_turn_comes_is_not_late_for_having_waited_for_themselves(seconds: Seconds) -> None:
    """Sixteen people send two messages each: the second of each waits from the moment that the first is done."""
    in_hand, twice = InHand(500, clock=seconds), range(16)
    with ExitStack() as first, ExitStack() as second:
        for each in (first, second):
            for number in twice:
                each.enter_context(in_hand.holding(f"U{number}"))
        seconds.now += 0.61
        assert in_hand.is_full
        first.close()
        assert not in_hand.is_full
        seconds.now += 0.61
        assert in_hand.is_full
    assert (len(in_hand), in_hand.is_full) == (0, False)


def test_a_turn_that_fails_is_in_hand_no_longer(seconds: Seconds) -> None:
    in_hand = InHand(1, clock=seconds)
    with pytest.raises(ValueError, match="a fault"), in_hand.holding("U0"):
        raise ValueError("a fault")
    assert not in_hand.is_full
