"""Many hands: one slow letter keeps nobody else waiting, and the last ones still leave."""

from __future__ import annotations

import asyncio

import pytest

from bot import worker as module
from bot.ports import Letter
from bot.programs import finish
from tests.test_worker import ScriptedSender, World


class Stuck(ScriptedSender):
    """A channel that does not answer until it is let go; `waiting` are the letters it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()
        self.waiting = 0

    async def deliver(self, address, reply, *, done=0):
        self.waiting += 1
        await self.opened.wait()
        return await super().deliver(address, reply, done=done)


@pytest.fixture
def world() -> World:
    return World()


async def _wait_until(is_so) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)


def _note_later(world: World, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let no letter be noted as sent until the event that is returned."""
    noted, mark_sent = asyncio.Event(), world.outbox.mark_sent

    async def wait(letter: Letter, message_ids: tuple[str, ...] = (), *, awaited: bool = False) -> None:
        await noted.wait()
        await mark_sent(letter, message_ids, awaited=awaited)

    monkeypatch.setattr(world.outbox, "mark_sent", wait)
    return noted


async def test_a_letter_that_takes_long_keeps_nobody_waiting(world):
    """Somebody else's answer does not wait for a channel that hangs, and the slow one arrives too."""
    slow = Stuck()
    world.worker = world.hire(line=world.line, telegram=slow)
    world.post("a", channel="telegram")
    task = asyncio.create_task(world.worker.run())
    await _wait_until(lambda: slow.waiting == 1)
    world.post("b")
    world.worker.wake()
    await _wait_until(lambda: ("b", "sent") in world.outbox.ends)
    slow.opened.set()
    world.worker.stop()
    await asyncio.wait_for(task, 5)
    assert ("a", "sent") in world.outbox.ends


async def test_no_more_than_so_many_at_once(world, monkeypatch):
    """What has no hand stays in the outbox until one is free."""
    monkeypatch.setattr(module, "_HANDS", 2)
    slow = Stuck()
    world.worker = world.hire(line=slow)
    for name in "abc":
        world.post(name)
    task = asyncio.create_task(world.worker.run())
    await _wait_until(lambda: slow.waiting == 2)
    world.worker.wake()
    await asyncio.sleep(0.01)
    assert slow.waiting == 2
    slow.opened.set()
    await _wait_until(lambda: len(world.outbox.ends) == 3)
    world.worker.stop()
    await asyncio.wait_for(task, 5)


@pytest.mark.parametrize(("bound", "most", "go_out"), [("_HANDS", 1, 3), ("_MOST_OPEN", 2, 2)])
async def test_a_letter_that_only_is_to_be_written_down_holds_no_hand(
    world, monkeypatch, bound: str, most: int, go_out: int
):
    """While the database is slow to note that one arrived, the next is on its way; but not without end."""
    monkeypatch.setattr(module, bound, most)
    noted = _note_later(world, monkeypatch)
    task = asyncio.create_task(world.worker.run())
    for name in "abc":
        world.post(name)
    world.worker.wake()
    await _wait_until(lambda: len(world.line.delivered) == go_out)
    assert world.outbox.ends == []
    assert world.worker.has_hand("line") == (go_out == 3)
    noted.set()
    await _wait_until(lambda: len(world.outbox.ends) == 3)
    world.worker.stop()
    await asyncio.wait_for(task, 5)


async def test_what_was_stored_last_leaves_before_the_program_does(world):
    """A reply token would not outlive a slow restart."""
    task = asyncio.create_task(world.worker.run())
    await asyncio.sleep(0.01)
    world.post("a")
    await finish(world.worker, task)
    assert world.outbox.ends == [("a", "sent")]


async def test_a_channel_that_hangs_does_not_keep_the_program(world, monkeypatch):
    """After the grace it is cut off; the letter is repaired by a sweep."""
    monkeypatch.setattr("bot.programs._GRACE_S", 0.05)
    slow = Stuck()
    world.worker = world.hire(line=slow)
    world.post("a")
    task = asyncio.create_task(world.worker.run())
    await _wait_until(lambda: slow.waiting == 1)
    await asyncio.wait_for(finish(world.worker, task), 2)
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0)
    assert world.outbox.ends == []
    assert not world.worker._in_hand
