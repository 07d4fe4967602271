"""Letters that arrived are closed with their person's next message or together, and each is told how that ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from bot.core.model import PersonKey
from bot.errors import StoreDown
from bot.ports import Letter
from bot.store.finishing import Finishing
from tests.store.cast import a_reply, an_address


class SlowDatabase:
    """Takes one batch at a time, when it is let; `faults` are raised by the next ones, `held` are others' for now."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, ...]] = []
        self.faults: list[Exception] = []
        self.held: frozenset[str] = frozenset()
        self.turn = asyncio.Semaphore(0)

    async def close(self, take: Callable[[], Sequence[Letter]]) -> frozenset[str]:
        await self.turn.acquire()
        batch = tuple(letter.id for letter in take())
        await asyncio.sleep(0)
        if self.faults:
            raise self.faults.pop()
        self.batches.append(batch)
        return frozenset(batch) - self.held


@pytest.fixture
def database() -> SlowDatabase:
    return SlowDatabase()


@pytest.fixture
def finishing(database) -> Finishing:
    return Finishing(database.close, gather_s=0)


def person(letter_id: str) -> PersonKey:
    return PersonKey(f"person-{letter_id}")


def a_letter(letter_id: str) -> Letter:
    return Letter(letter_id, person(letter_id), "line", an_address(), a_reply(), attempts=1, reached=False)


async def give(finishing: Finishing, *ids: str) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(finishing.close(a_letter(one))) for one in ids]
    for _ in range(3):  # until it asks for its turn
        await asyncio.sleep(0)
    return tasks


async def test_who_comes_while_others_write_is_closed_together(database, finishing):
    """One transaction for all that wait, and who comes after it began is in the next."""
    first = await give(finishing, "a", "b")
    second = await give(finishing, "c")
    database.turn.release()
    await asyncio.gather(*first, *second)
    third = await give(finishing, "d")
    database.turn.release()
    await asyncio.gather(*third)
    assert database.batches == [("a", "b", "c"), ("d",)]


async def test_who_comes_while_a_batch_is_stored_waits_for_the_next(database, finishing):
    """And is not told that it is stored with the others."""
    first = await give(finishing, "a")
    database.turn.release()
    await asyncio.sleep(0)
    (late,) = await give(finishing, "b")
    await asyncio.gather(*first)
    assert not late.done()
    database.turn.release()
    await late
    assert database.batches == [("a",), ("b",)]


async def test_nobody_is_told_before_it_is_stored(database, finishing):
    (waiting,) = await give(finishing, "a")
    assert not waiting.done()
    database.turn.release()
    await waiting
    assert database.batches == [("a",)]


async def test_a_fault_is_told_to_each_and_ends_nothing(database, finishing):
    """The next batch is tried as if nothing had been."""
    database.faults = [StoreDown("away")]
    database.turn.release()
    tasks = await give(finishing, "a", "b")
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in outcomes] == [StoreDown, StoreDown]
    database.turn.release()
    await finishing.close(a_letter("c"))
    assert database.batches == [("c",)]


async def test_a_database_that_is_away_from_the_start_is_told_to_each(finishing, database):
    """Also when it never asked what there is to close."""

    async def refuse(_take: object) -> None:
        raise StoreDown("away")

    gone = Finishing(refuse, gather_s=0)
    outcomes = await asyncio.gather(*await give(gone, "a", "b"), return_exceptions=True)
    assert [type(one) for one in outcomes] == [StoreDown, StoreDown]
    assert gone.find_open(person("a")) == ()


async def test_who_stops_waiting_takes_nobody_along(database, finishing):
    """Their letter is closed all the same."""
    gone, stays = await give(finishing, "a", "b")
    gone.cancel()
    await asyncio.sleep(0)
    database.turn.release()
    await stays
    assert gone.cancelled()
    assert database.batches == [("a", "b")]


async def test_a_persons_next_message_closes_it_on_its_way(database):
    """Then there is nothing left to do for the others' transaction."""
    finishing = Finishing(database.close, gather_s=0.001)
    mine, others = await give(finishing, "a", "b")
    (found,) = finishing.find_open(person("a"))
    assert found.id == "a"
    finishing.settle([a_letter("a")])
    await mine
    assert finishing.find_open(person("a")) == ()
    database.turn.release()
    await others
    assert database.batches == [("b",)]


async def test_where_all_were_closed_on_the_way_nothing_is_written(database):
    finishing = Finishing(database.close, gather_s=0.001)
    (mine,) = await give(finishing, "a")
    finishing.settle([a_letter("a")])
    await mine
    database.turn.release()
    await asyncio.sleep(0.01)
    assert database.batches == []


async def test_a_letter_that_is_given_in_twice_is_one(database, finishing):
    """Both who wait for it are told."""
    twice = [asyncio.create_task(finishing.close(a_letter("a"))) for _ in range(2)]
    await asyncio.sleep(0)
    database.turn.release()
    await asyncio.gather(*twice)
    assert database.batches == [("a",)]


async def test_what_others_hold_is_left_and_the_rest_is_closed(database, finishing):
    """Whoever gave it in closes it by itself; its neighbours do not wait for that."""
    database.held = frozenset({"a"})
    database.turn.release()
    left, closed = await asyncio.gather(*await give(finishing, "a", "b"))
    assert (left, closed) == (False, True)
