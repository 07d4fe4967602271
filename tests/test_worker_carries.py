"""Letters that were stored as ours: carried at once, finished like any other, and never looked for in vain."""

import asyncio
from datetime import timedelta

import pytest

from bot import worker as module
from bot.core.model import NOT_YET, PersonKey
from bot.core.reply import Reply
from bot.ports import Address, Letter
from tests.fakes.memory_store import NOON, MemoryOutbox, ScriptedSender, timeout
from tests.test_worker import World

HER = PersonKey("line:a")


class CountingOutbox(MemoryOutbox):
    """Counts how often somebody looked for letters."""

    looks = 0

    async def claim_due(self, now, limit, channels=None):
        self.looks += 1
        return await super().claim_due(now, limit, channels)


class Slow(ScriptedSender):
    """Sends once the gate is open."""

    async def deliver(self, address, reply, *, done=0):
        await self.opened.wait()
        return await super().deliver(address, reply, done=done)


@pytest.fixture
async def world(monkeypatch):
    monkeypatch.setattr(module, "_IDLE_S", 60)
    world = World()
    world.outbox = CountingOutbox()
    world.line = Slow(clock=world.clock)
    world.line.opened = asyncio.Event()
    world.line.opened.set()
    world.worker = world.hire(line=world.line)
    return world


@pytest.fixture
async def running(world):
    """A worker at work, after its first look."""
    task = asyncio.create_task(world.worker.run())
    await until(lambda: world.outbox.looks == 1)
    yield world.worker
    world.worker.stop()
    await asyncio.wait_for(task, 5)


async def until(holds):
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)


def a_letter(name="a", person=HER):
    address = Address("U-a", "token-1", NOON + timedelta(seconds=50))
    return Letter(name, person, "line", address, Reply(("嗨",), (), NOT_YET, 0, "zh_TW"), 1, reached=False)


async def test_a_letter_in_hand_is_delivered_without_being_looked_for(world, running):
    running.carry(a_letter())
    await until(lambda: world.outbox.ends)
    assert world.outbox.ends == [("a", "sent")]
    assert world.outbox.looks == 1


async def test_a_letter_in_hand_that_meets_a_fault_goes_back_to_the_outbox(world, running):
    """From there it is tried again like any other."""
    world.line.script = [timeout()]
    running.carry(a_letter())
    await until(lambda: world.outbox.waiting)
    (again,) = world.outbox.waiting
    assert (again.attempts, again.reached) == (1, True)


async def test_the_next_letter_of_the_same_person_follows_at_once(world, running):
    """It was stored behind the one in hand: looked for when that one is out, and not before."""
    world.line.opened.clear()
    running.carry(a_letter("first"))
    world.post("a")
    running.expect(HER, timedelta(0))
    await asyncio.sleep(0.01)
    assert world.outbox.looks == 1

    world.line.opened.set()

    await until(lambda: len(world.outbox.ends) == 2)
    assert world.outbox.ends == [("first", "sent"), ("a", "sent")]


async def test_what_nobody_has_in_hand_is_looked_for_at_once(world, running):
    world.post("a")
    running.expect(HER, timedelta(0))
    await until(lambda: world.outbox.ends == [("a", "sent")])


async def test_what_gathers_is_looked_for_when_its_time_has_come(world, running):
    """Not earlier: one look, and it is there."""
    running.expect(HER, timedelta(seconds=0.03))
    await asyncio.sleep(0.01)
    assert world.outbox.looks == 1
    world.post("a")
    await until(lambda: world.outbox.ends == [("a", "sent")])
    await until(lambda: world.outbox.looks == 3)  # and one more when it was out


async def test_hands_are_free_only_while_somebody_works(world, monkeypatch):
    """Before the start and after the stop letters go into the outbox; so do those for which there is no hand."""
    assert not world.worker.has_hand("line")
    task = asyncio.create_task(world.worker.run())
    await until(lambda: world.outbox.looks == 1)
    assert world.worker.has_hand("line")
    assert not world.worker.has_hand("telegram")

    world.line.opened.clear()
    monkeypatch.setattr(module, "_HANDS", 1)
    world.worker.carry(a_letter())
    assert not world.worker.has_hand("line")

    world.worker.stop()
    monkeypatch.setattr(module, "_HANDS", 2)
    assert not world.worker.has_hand("line")
    world.line.opened.set()
    await asyncio.wait_for(task, 5)
    assert world.outbox.ends == [("a", "sent")]
