"""Every letter has one end, no letter arrives twice, and no fault stops the ones behind it."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.core.model import NOT_YET, PersonKey
from bot.core.reply import Reply
from bot.errors import ChannelError, StoreDown
from bot.ports import Address, Letter, Wipe
from bot.worker import RETRY_AFTER_S, Worker
from tests.fakes.memory_store import (
    NOON,
    MemoryClock,
    MemoryOutbox,
    ScriptedSender,
    blocked,
    busy,
    refused,
    timeout,
    token_gone,
    unauthorised,
)

SECRET = "小美住在那裡"
TOKEN_ENDS = NOON + timedelta(seconds=50)


class Even(random.Random):
    """No jitter, so that waiting times are exact."""

    def random(self) -> float:
        return 0.0


@dataclass
class World:
    """A worker with one channel, its outbox and its clock in memory."""

    clock: MemoryClock = field(default_factory=MemoryClock)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)

    def __post_init__(self) -> None:
        self.line = ScriptedSender(clock=self.clock)
        self.worker = self.hire(line=self.line)

    def hire(self, **senders: ScriptedSender) -> Worker:
        """A worker for these channels, without jitter, who finds every first letter's language."""
        return Worker(self.outbox, senders, self.clock, self._speak, Even())

    def post(
        self,
        name: str = "a",
        *,
        channel: str = "line",
        until: datetime | None = TOKEN_ENDS,
        wipe: Wipe | None = None,
        **drawn: bool,
    ) -> None:
        address = Address(f"U-{name}", "token-1", until)
        reply = replace(Reply((SECRET,), (), NOT_YET, 0, "zh_TW"), **drawn)
        person = PersonKey(f"line:{name}")
        letter = Letter(name, person, channel, address, reply, attempts=0, reached=False, wipe=wipe)
        self.outbox.waiting.append(letter)

    async def _speak(self, letter: Letter, tag: str) -> Reply:
        return replace(letter.reply, locale=tag)

    async def deliver_all(self, *, every_s: float = 0.5, for_s: float = 60) -> None:
        """Work for a minute of the fake clock."""
        for _ in range(int(for_s / every_s)):
            await self.worker.deliver_due()
            self.clock.pass_by(seconds=every_s)

    @property
    def waits_s(self) -> list[float]:
        """How long after the first try each later one came."""
        return [(at - self.line.tried_at[0]).total_seconds() for at in self.line.tried_at[1:]]


@pytest.fixture
def world() -> World:
    return World()


Fault = Callable[[], Exception]


def reached_and_gone() -> ChannelError:
    """The first try says that the token was gone before it: whatever else it says, nothing arrived."""
    return ChannelError("Invalid reply token", permanent=True, token_gone=True, reached=True)


@pytest.mark.parametrize(
    ("script", "end", "tries"),
    [
        ([], "sent", 1),
        ([timeout], "sent", 2),
        ([busy], "sent", 2),
        ([timeout, timeout, timeout], "sent", 4),
        ([timeout, timeout, timeout, timeout], "uncertain", 4),
        ([busy, busy, busy, busy], "expired", 4),
        ([busy, timeout, busy, busy], "uncertain", 4),
        ([token_gone], "expired", 1),
        ([busy, token_gone], "expired", 2),
        ([reached_and_gone], "expired", 1),
        ([timeout, token_gone], "uncertain", 2),
        ([timeout, busy, token_gone], "uncertain", 3),
        ([blocked], "gone", 1),
        ([timeout, blocked], "gone", 2),
        ([unauthorised], "dead", 1),
        ([refused], "dead", 1),
        ([timeout, refused], "dead", 2),
        ([KeyError], "dead", 1),
        ([timeout, KeyError], "dead", 2),
    ],
)
async def test_every_fault_has_its_end(world, script, end, tries):
    """SECURITY §4, row by row: what was unclear is never sent with another token, what is refused is closed."""
    world.post()
    world.line.script = [fault() for fault in script]
    await world.deliver_all()
    assert world.outbox.ends == [("a", end)]
    assert len(world.line.tried_at) == tries
    assert world.line.delivered == (["U-a"] if end == "sent" else [])


async def test_an_unclear_try_is_repeated_after_half_two_and_six_seconds(world):
    """With the same token each time."""
    world.post()
    world.line.script = [timeout() for _ in range(3)]
    await world.deliver_all(every_s=0.1)
    expected = [sum(RETRY_AFTER_S[: n + 1]) for n in range(3)]
    assert world.waits_s == pytest.approx(expected, abs=0.3)
    assert RETRY_AFTER_S == (0.5, 2.0, 6.0)


async def test_jitter_only_ever_makes_it_later(world):
    """A crowd that was turned away together does not come back together, nor early."""
    world.worker.jitter = random.SystemRandom()
    for place in range(30):
        world.post(f"p{place}")
    world.line.script = [busy() for _ in range(30)]
    await world.worker.deliver_due()
    waits = {(due - NOON).total_seconds() for due in world.outbox.due.values()}
    assert len(waits) > 20
    assert all(0.5 <= wait <= 0.6 for wait in waits)


async def test_nothing_is_sent_before_the_channel_allows_it(world):
    """`retry_after` is kept, however often, and a shorter one does not shorten our own wait."""
    world.post(until=None)
    world.line.script = [busy(30), busy(10), busy(0.1), busy(5), busy(5)]
    await world.deliver_all(every_s=0.5, for_s=120)
    assert world.outbox.ends == [("a", "sent")]
    gaps = [b - a for a, b in zip([0.0, *world.waits_s], world.waits_s, strict=False)]
    assert all(gap >= least for gap, least in zip(gaps, [30, 10, 6, 6, 6], strict=True))


@pytest.mark.parametrize(
    ("fault", "end"), [(busy, "expired"), (timeout, "uncertain"), (lambda: busy(20), "expired")]
)
async def test_a_reply_token_is_not_used_after_its_time(world, fault, end):
    """What cannot be tried again in time is closed at once; the next message shows the question anew."""
    world.post(until=NOON + timedelta(seconds=2))
    world.line.script = [fault() for _ in range(9)]
    await world.deliver_all()
    assert world.outbox.ends == [("a", end)]
    assert all(at < NOON + timedelta(seconds=2) for at in world.line.tried_at)


@pytest.mark.parametrize(("retry_after_s", "end"), [(600, "sent"), (601, "expired")])
async def test_a_reply_that_could_only_come_much_later_is_not_sent(world, retry_after_s, end):
    """By then the phone may be in other hands; the next message asks anew."""
    world.post(until=None)
    world.line.script = [busy(retry_after_s)]
    await world.deliver_all(every_s=10, for_s=700)
    assert world.outbox.ends == [("a", end)]


async def test_a_try_due_exactly_at_the_deadline_is_too_late(world):
    """The token dies at that moment."""
    world.post(until=NOON + timedelta(seconds=0.5))
    world.line.script = [busy()]
    await world.worker.deliver_due()
    assert world.outbox.ends == [("a", "expired")]


async def test_a_letter_for_a_channel_that_is_switched_off_is_left_to_others(world):
    """Another program may share the database and have that channel; if none has, the sweep ends it."""
    world.post(channel="fax")
    await world.worker.deliver_due()
    assert world.outbox.ends == []
    assert world.line.tried_at == []


@pytest.mark.parametrize("fault", [KeyError, refused, token_gone, timeout])
async def test_a_letter_that_fails_does_not_hold_up_the_next(world, fault):
    """People are served side by side."""
    world.post("a")
    world.post("b")
    world.line.script = [fault()]
    assert await world.worker.deliver_due() == 2
    assert world.line.delivered == ["U-b"]
    assert ("b", "sent") in world.outbox.ends


async def test_a_letter_whose_end_cannot_be_written_does_not_cost_the_others_theirs(world):
    """The fault is raised only when everybody in hand has an outcome, however slow the others are."""

    class SlowForOthers(ScriptedSender):
        async def deliver(self, address, reply, *, done=0):
            if address.to != "U-a":
                await asyncio.sleep(0.01)
            return await super().deliver(address, reply, done=done)

    world.worker = world.hire(line=SlowForOthers())
    for name in "abc":
        world.post(name)
    world.outbox.broken_marks = {"a"}
    with pytest.raises(StoreDown):
        await world.worker.deliver_due()
    assert world.outbox.ends == [("b", "sent"), ("c", "sent")]


@pytest.mark.parametrize(
    ("fault", "event"),
    [
        (refused, "delivery_refused"),
        (unauthorised, "channel_refuses_us"),
        (lambda: KeyError(SECRET), "delivery_failed"),
    ],
)
async def test_operators_are_told_without_content(world, caplog, fault, event):
    """An alert names the channel, the kind of fault and an incident; no text, id or token."""
    caplog.set_level(logging.DEBUG)
    world.post()
    world.line.script = [fault()]
    await world.worker.deliver_due()
    (record,) = caplog.records
    assert (record.getMessage(), record.channel) == (event, "line")
    assert not any(secret in repr(record.__dict__) for secret in (SECRET, "U-a", "token-1"))


@pytest.mark.parametrize("fault", [timeout, busy, token_gone, blocked])
async def test_ordinary_trouble_raises_no_alarm(world, caplog, fault):
    """A slow network is no incident."""
    world.post()
    world.line.script = [fault()]
    await world.worker.deliver_due()
    assert not caplog.records


# ─── The loop ─────────────────────────────────────────────────────────────────


async def _run_until(world: World, is_done: Callable[[], bool]) -> None:
    """Let it work, woken at every turn so that no test waits for a second."""
    task = asyncio.create_task(world.worker.run())
    async with asyncio.timeout(5):
        while not is_done():
            world.worker.wake()
            await asyncio.sleep(0)
    world.worker.stop()
    await asyncio.wait_for(task, 5)


async def test_the_loop_delivers_and_stops_when_told(world):
    """What is in hand is finished; what comes later stays in the outbox."""
    world.post("a")
    await _run_until(world, lambda: bool(world.outbox.ends))
    world.post("b")
    await world.worker.run()
    assert world.outbox.ends == [("a", "sent")]
    assert [letter.id for letter in world.outbox.waiting] == ["b"]


async def test_stopping_lets_the_letter_in_hand_arrive(world):
    """Its outcome is written down before the loop ends."""
    arrived = asyncio.Event()

    class Slow(ScriptedSender):
        async def deliver(self, address, reply, *, done=0):
            arrived.set()
            await asyncio.sleep(0.01)
            return await super().deliver(address, reply, done=done)

    world.worker = world.hire(line=Slow())
    world.post()
    task = asyncio.create_task(world.worker.run())
    await arrived.wait()
    world.worker.stop()
    await asyncio.wait_for(task, 5)
    assert world.outbox.ends == [("a", "sent")]


async def test_stop_ends_the_rest_at_once(world):
    """An idle worker is not waited for."""
    task = asyncio.create_task(world.worker.run())
    await asyncio.sleep(0)
    world.worker.stop()
    await asyncio.wait_for(task, 5)
    assert task.done()


async def test_an_idle_worker_looks_again_by_itself(world, monkeypatch):
    """A letter that another process stored needs nobody to wake this one."""
    monkeypatch.setattr("bot.worker._IDLE_S", 0.001)
    task = asyncio.create_task(world.worker.run())
    await asyncio.sleep(0.01)
    world.post()
    async with asyncio.timeout(5):
        while not world.outbox.ends:  # noqa: ASYNC110 - nobody may wake the worker here
            await asyncio.sleep(0)
    world.worker.stop()
    await task


@pytest.mark.parametrize(
    ("fault", "event"),
    [(StoreDown("out"), "database_down"), (RuntimeError(SECRET), "worker_failed")],
)
@pytest.mark.parametrize("where", ["claim_faults", "sweep_faults"])
async def test_the_loop_survives_a_database_that_is_down(world, caplog, fault, event, where):
    """Any fault is logged without content, and letters are delivered as soon as it is gone."""
    world.post()
    getattr(world.outbox, where).append(fault)
    await _run_until(world, lambda: bool(world.outbox.ends))
    assert world.outbox.ends == [("a", "sent")]
    assert [record.getMessage() for record in caplog.records] == [event]
    assert SECRET not in repr(caplog.records[0].__dict__)


async def test_a_sweep_that_always_fails_does_not_stop_the_letters(world):
    """Cleaning is important; answering is urgent."""
    world.outbox.sweep_faults = [RuntimeError() for _ in range(1_000)]
    world.post()
    await _run_until(world, lambda: bool(world.outbox.ends))
    assert world.outbox.ends == [("a", "sent")]


async def test_sweeping_is_done_at_the_start_and_then_now_and_then(world):
    """A crash before us is repaired first; what is due is destroyed within seconds."""
    for _ in range(120):
        await world.worker._work_once()
        world.clock.pass_by(seconds=1)
    assert world.outbox.swept[0] == NOON
    gaps = {(b - a).total_seconds() for a, b in zip(world.outbox.swept, world.outbox.swept[1:], strict=False)}
    assert max(gaps) <= 60
    assert len(world.outbox.swept) < 60


async def test_a_clock_that_was_set_back_keeps_nobody_from_sweeping(world):
    """R18: what a crash left is not to wait until the clock has come as far again."""
    await world.worker._work_once()
    world.clock.pass_by(seconds=-6 * 3600)
    await world.worker._work_once()
    assert len(world.outbox.swept) == 2


async def test_a_failed_sweep_is_tried_again_at_once(world):
    """It does not wait for its next time."""
    world.outbox.sweep_faults = [StoreDown("out")]
    await world.worker._work_once()
    await world.worker._work_once()
    assert len(world.outbox.swept) == 2


def test_an_error_of_a_channel_says_what_may_be_done():
    """One bit for trying again, one for the token, one for what may have arrived."""
    fault = ChannelError("x", permanent=False)
    assert (fault.token_gone, fault.reached, fault.retry_after_s) == (False, False, None)
