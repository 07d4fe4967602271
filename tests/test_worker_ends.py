"""What a worker has in hand has its end: when the program stops, when the database is away, when it is no longer theirs to say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot import worker as module
from bot.core.model import NOT_YET, PersonKey
from bot.core.reply import Reply
from bot.errors import StoreDown
from bot.ports import Address, Letter
from tests.fakes.memory_store import NOON, MemoryOutbox, ScriptedSender, timeout
from tests.test_worker import World

HER, HIM = PersonKey("line:her"), PersonKey("line:him")


@dataclass
class Gate(ScriptedSender):
    """Sends to each address once that is let through; what was broken off is in `cut`."""

    cut: list[str] = field(default_factory=list)
    began: list[str] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    open: dict[str, asyncio.Event] = field(default_factory=dict)

    async def deliver(self, address, reply, *, done=0):
        self.began.append(address.token)
        try:
            await self.open.setdefault(address.token, asyncio.Event()).wait()
        except asyncio.CancelledError:
            self.cut.append(address.token)
            raise
        self.arrived.append(address.token)
        return await super().deliver(address, reply, done=done)

    def let(self, token: str) -> None:
        self.open.setdefault(token, asyncio.Event()).set()


class Shaky(MemoryOutbox):
    """A database that is away for the next `away` things that are written down."""

    away = 0

    async def is_held(self, letter):
        self._write()
        return await super().is_held(letter)

    def _write(self) -> None:
        if self.away:
            self.away -= 1
            raise StoreDown("away")

    async def mark_sent(self, letter, message_ids=(), *, awaited=False):
        self._write()
        await super().mark_sent(letter, message_ids, awaited=awaited)

    async def mark_lost(self, letter, state, message_ids=()):
        self._write()
        await super().mark_lost(letter, state, message_ids)

    async def postpone(self, letter, due_at, *, reached, done=0, message_ids=()):
        self._write()
        await super().postpone(letter, due_at, reached=reached, done=done, message_ids=message_ids)


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(module, "_IDLE_S", 60)
    world = World()
    world.outbox = Shaky()
    world.line = Gate(clock=world.clock)
    world.worker = world.hire(line=world.line)
    world.paused = []

    async def pause(seconds):
        world.paused.append(seconds)

    world.worker.sleep = pause
    return world


async def until(holds):
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)


def a_letter(token, person=HER, *, meets=False):
    address = Address("U", token, NOON + timedelta(seconds=50))
    reply = replace(Reply(("嗨",), (), NOT_YET, 0, "zh_TW"), meets=meets)
    return Letter(token, person, "line", address, reply, 1, reached=False)


async def test_what_is_taken_up_while_the_program_stops_is_not_cut_off(world):
    """T18: whatever was begun has its end, also when an earlier letter ends first."""
    running = asyncio.create_task(world.worker.run())
    await asyncio.sleep(0)
    world.worker.carry(a_letter("first"))
    await until(lambda: world.line.began == ["first"])
    world.worker.stop()
    world.outbox.waiting.append(a_letter("second", HIM))
    finishing = asyncio.create_task(world.worker.finish())
    await until(lambda: world.line.began == ["first", "second"])
    world.line.let("first")
    await until(lambda: world.outbox.ends == [("first", "sent")])
    for _ in range(5):
        await asyncio.sleep(0)
    world.line.let("second")
    await asyncio.wait_for(asyncio.gather(running, finishing), 5)
    assert world.line.cut == []
    assert world.outbox.ends == [("first", "sent"), ("second", "sent")]


@pytest.mark.parametrize("away", [1, 3])
async def test_an_end_that_cannot_be_written_down_is_written_a_moment_later(world, away):
    """R6: else the person's next answer would wait until the sweep, and be asked for anew."""
    world.outbox.away = away
    world.line.let("a")
    world.outbox.waiting.append(a_letter("a"))
    await world.worker.deliver_due()
    assert world.outbox.ends == [("a", "sent")]
    assert world.paused == [0.5, 1.5, 3.0][:away]
    assert world.line.arrived == ["a"]


async def test_what_must_be_tried_again_is_given_back_a_moment_later(world):
    """The same where it did not arrive."""
    world.outbox.away = 1
    world.line.let("a")
    world.line.script = [timeout()]
    world.outbox.waiting.append(a_letter("a"))
    await world.worker.deliver_due()
    assert [letter.id for letter in world.outbox.waiting] == ["a"]


async def test_a_database_that_stays_away_is_said_so(world):
    """Whoever sweeps takes it up."""
    world.outbox.away = 10
    world.line.let("a")
    world.outbox.waiting.append(a_letter("a"))
    with pytest.raises(StoreDown):
        await world.worker.deliver_due()
    assert world.outbox.ends == []


async def test_what_was_erased_while_their_language_was_asked_for_is_not_said(world):
    """They had all of it erased: nothing of it may be shown after that was said."""
    world.outbox.gone_meanwhile = {"a"}
    world.outbox.waiting.append(a_letter("a", meets=True))
    await world.worker.deliver_due()
    assert world.line.began == []
    assert world.outbox.ends == []


async def test_a_database_that_is_away_makes_no_letter_lost(world):
    """Whether it is still to be said is asked again; it is never taken for a bug."""
    world.outbox.away = 2
    world.line.let("a")
    world.outbox.waiting.append(a_letter("a", meets=True))
    await world.worker.deliver_due()
    assert world.outbox.ends == [("a", "sent")]
    world.outbox.away = 10
    world.outbox.waiting.append(a_letter("b", meets=True))
    with pytest.raises(StoreDown):
        await world.worker.deliver_due()
    assert (world.line.arrived, world.outbox.ends) == (["a"], [("a", "sent")])


async def test_a_letter_that_is_found_in_the_outbox_does_not_overtake_one_in_hand(world):
    """The last words, found by somebody's look, come after the reply that is on the network."""
    running = asyncio.create_task(world.worker.run())
    await asyncio.sleep(0)
    world.worker.carry(a_letter("reply"))
    await until(lambda: world.line.began == ["reply"])
    world.line.let("farewell")
    world.outbox.waiting.append(a_letter("farewell"))
    world.worker.wake()
    await until(lambda: not world.outbox.waiting)
    for _ in range(10):
        await asyncio.sleep(0)
    assert world.line.began == ["reply"]
    world.line.let("reply")
    await until(lambda: len(world.outbox.ends) == 2)
    assert world.line.arrived == ["reply", "farewell"]
    world.worker.stop()
    await asyncio.wait_for(running, 5)
