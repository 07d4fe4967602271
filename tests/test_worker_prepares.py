"""What a worker does around a letter: its language, messages taken back, bubbles that arrived, a sign of waiting."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import worker as module
from bot.core.model import NOT_YET
from bot.core.reply import Reply
from bot.errors import ChannelError
from bot.ports import Wipe
from tests.fakes.memory_store import (
    NOON,
    MemoryOutbox,
    ScriptedSender,
    blocked,
    busy,
    refused,
    timeout,
    unauthorised,
)
from tests.test_worker import World

PARTLY = Reply(("some stay",), (), NOT_YET, 0, "zh_TW")
WIPE = Wipe(("m1", "m2"), PARTLY)


@pytest.fixture
def world() -> World:
    return World()


def partial(*, reached: bool = False, permanent: bool = False) -> ChannelError:
    """The first bubble arrived as a message, the next did not."""
    return ChannelError("x", permanent=permanent, reached=reached, done=1, message_ids=("m1",))


# ─── Without a token that is spent once ───────────────────────────────────────


@pytest.mark.parametrize(
    ("script", "end", "tries"),
    [
        ([timeout], "uncertain", 1),
        ([busy, timeout], "uncertain", 2),
        ([busy], "sent", 2),
        ([busy, busy, busy], "sent", 4),
        ([busy, busy, busy, busy], "expired", 4),
        ([blocked], "gone", 1),
        ([refused], "dead", 1),
        ([partial], "sent", 2),
        ([lambda: partial(reached=True)], "uncertain", 1),
        ([lambda: partial(permanent=True)], "dead", 1),
    ],
)
async def test_what_may_have_arrived_is_never_said_again(world, script, end, tries):
    """A second try would say it twice; what surely did not arrive is tried again."""
    world.post(until=None)
    world.line.script = [fault() for fault in script]
    await world.deliver_all()
    assert world.outbox.ends == [("a", end)]
    assert len(world.line.tried_at) == tries


@pytest.mark.parametrize(
    ("fault", "noted"),
    [
        (partial, ("m1", "message 1")),
        (lambda: partial(reached=True), ("m1",)),
        (lambda: partial(permanent=True), ("m1",)),
    ],
)
async def test_every_bubble_that_arrived_is_noted(world, fault, noted):
    """Whatever becomes of the rest: it must be possible to take it back."""
    world.post(until=None)
    world.line.script = [fault()]
    await world.deliver_all()
    assert world.outbox.noted == noted


async def test_bubbles_that_arrived_are_not_said_again(world):
    """The next try goes on behind them, and so does the one after it."""
    world.post(until=None)
    world.line.script = [partial(), busy()]
    await world.deliver_all()
    assert [done for _, done in world.line.said] == [1]


# ─── Their own language ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("meets", "tag", "locale"), [(True, "en", "en"), (True, "", "zh_TW"), (False, "en", "zh_TW")]
)
async def test_only_the_first_reply_asks_for_the_language(world, meets, tag, locale):
    """The channel is asked once, and where it does not tell, the reply stays as it was drawn."""
    world.post(meets=meets)
    world.line.locale = tag
    await world.worker.deliver_due()
    assert [reply.locale for reply, _ in world.line.said] == [locale]


# ─── Messages taken back ──────────────────────────────────────────────────────


@pytest.mark.parametrize(("wipes_all", "said"), [(True, "小美住在那裡"), (False, "some stay")])
async def test_messages_are_taken_back_before_the_last_words(world, wipes_all, said):
    """And the last words tell the truth about it."""
    world.post(wipe=WIPE)
    world.line.wipes_all = wipes_all
    await world.worker.deliver_due()
    assert world.line.wiped == [("m1", "m2")]
    assert [reply.bubbles for reply, _ in world.line.said] == [(said,)]


@pytest.mark.parametrize("fault", [timeout, lambda: busy(3)])
async def test_a_wipe_that_fails_is_done_again(world, fault):
    """Also where the channel gave no clear answer: to take back twice harms nothing, and nothing was said yet."""
    world.post(wipe=WIPE, until=None)
    world.line.wipe_script = [fault()]
    await world.worker.deliver_due()
    assert world.outbox.ends == []
    assert not world.outbox.waiting[0].reached
    await world.deliver_all()
    assert world.line.wiped == [("m1", "m2")] * 2
    assert world.line.delivered == ["U-a"]


@pytest.mark.parametrize("fault", [busy, timeout, refused, lambda: busy(601)])
async def test_who_cannot_be_helped_is_told_that_messages_stay(world, fault):
    """They must know that there is something left to delete."""
    world.post(wipe=WIPE, until=None)
    world.line.wipe_script = [fault() for _ in range(4)]
    await world.deliver_all()
    assert [reply for reply, _ in world.line.said] == [PARTLY]


@pytest.mark.parametrize(("fault", "events"), [(busy, []), (refused, ["delivery_refused"])])
async def test_operators_hear_of_a_wipe_that_was_refused(world, caplog, fault, events):
    """A channel that is busy is no incident."""
    world.post(wipe=WIPE, until=None)
    world.line.wipe_script = [fault() for _ in range(4)]
    await world.deliver_all()
    assert [record.getMessage() for record in caplog.records] == events


@pytest.mark.parametrize(("fault", "end"), [(blocked, "gone"), (unauthorised, "dead")])
async def test_where_nothing_passes_nothing_is_said(world, fault, end):
    """They blocked us, or our credentials are refused."""
    world.post(wipe=WIPE, until=None)
    world.line.wipe_script = [fault()]
    await world.deliver_all()
    assert world.outbox.ends == [("a", end)]
    assert world.line.said == []


async def test_a_wipe_is_done_again_when_the_last_words_fail(world):
    """The letter is tried as a whole; what is gone already stays gone."""
    world.post(wipe=WIPE, until=None)
    world.line.script = [busy()]
    await world.deliver_all()
    assert (len(world.line.wiped), world.outbox.ends) == (2, [("a", "sent")])


# ─── A sign that it takes longer ──────────────────────────────────────────────


@pytest.mark.parametrize(
    ("script", "signs"), [([], 0), ([busy], 1), ([timeout, busy], 2), ([refused], 0), ([blocked], 0)]
)
async def test_people_see_that_an_answer_is_on_its_way(world, script, signs):
    """Each time it is put off; not when it came, and not when it never will."""
    world.post()
    world.line.script = [fault() for fault in script]
    await world.deliver_all()
    assert world.line.shown_waiting == ["U-a"] * signs


# ─── What is still gathered ───────────────────────────────────────────────────


async def test_what_is_gathered_leaves_before_the_program_does(world, monkeypatch):
    """A reply waits a second for more words; who stops the program waits with it."""
    monkeypatch.setattr(module, "_GATHERED_S", 0.05)
    began = asyncio.get_running_loop().time()
    world.worker = replace(
        world.worker, clock=lambda: NOON + timedelta(seconds=asyncio.get_running_loop().time() - began)
    )
    world.post()
    world.outbox.due["a"] = NOON + timedelta(seconds=0.05)
    world.worker.wake()
    await world.worker.finish()
    assert world.outbox.ends == [("a", "sent")]


async def test_the_loop_looks_again_when_the_second_is_over(world, monkeypatch):
    """One call for what came in, one for when it is due; nobody waits for the worker's own rhythm."""
    monkeypatch.setattr(module, "_GATHERED_S", 0.01)
    monkeypatch.setattr(module, "_IDLE_S", 60)

    class Counting(MemoryOutbox):
        claims = 0

        async def claim_due(self, now, limit, channels=None):
            self.claims += 1
            return await super().claim_due(now, limit, channels)

    world.outbox = Counting()
    world.worker = world.hire(line=world.line)
    task = asyncio.create_task(world.worker.run())
    await asyncio.sleep(0)
    world.worker.wake()
    async with asyncio.timeout(5):
        while world.outbox.claims < 3:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)
    world.worker.stop()
    await asyncio.wait_for(task, 5)


def test_waking_a_worker_that_nobody_runs_harms_nothing(world):
    """A command may store something without delivering it."""
    world.worker.wake()


async def test_a_letter_let_go_frees_the_next_of_the_same_person(world, monkeypatch):
    """It waits behind the one in hand, and leaves at once when that one is done."""
    monkeypatch.setattr(module, "_IDLE_S", 60)
    opened = asyncio.Event()

    class Slow(ScriptedSender):
        async def deliver(self, address, reply, *, done=0):
            await opened.wait()
            if not self.delivered:
                world.post("second")
            return await super().deliver(address, reply, done=done)

    world.worker = world.hire(line=Slow())
    world.post("first")
    task = asyncio.create_task(world.worker.run())
    opened.set()
    async with asyncio.timeout(5):
        while len(world.outbox.ends) < 2:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)
    world.worker.stop()
    await asyncio.wait_for(task, 5)
