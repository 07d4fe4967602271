"""What only takes away is noted afterwards: at once if the log can be written, else as soon as it can."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.desk.late_lines import LateLines
from bot.errors import AuditDown
from bot.wiring.late_lines import writing_late_lines
from tests.office.fakes import FakeAudit, FakeClock

WHO = "5f0c0000-0000-4000-8000-000000000001"
MINUTE = timedelta(minutes=1)


class World:
    """A log that can be down, and what is owed to it."""

    def __init__(self, most: int = 10_000) -> None:
        self.clock, self.audit = FakeClock(), FakeAudit()
        self.late = LateLines(self.audit, self.clock, most=most)

    async def end(self, number: int) -> None:
        await self.late.note("session_ended", actor=WHO, subject=WHO, detail={"others": number})

    async def wait_until_written(self) -> None:
        while self.late.count:  # noqa: ASYNC110 - nobody tells, as in the office
            await asyncio.sleep(0)

    @property
    def written(self) -> list[dict[str, str | int]]:
        return [detail for _, _, _, detail in self.audit.lines]


async def test_a_line_is_written_at_once_when_it_can_be() -> None:
    world = World()
    await world.end(1)
    await world.late.note("locked_out", actor="office", subject=WHO)
    assert world.audit.lines == [
        ("session_ended", WHO, WHO, {"others": 1}),
        ("locked_out", "office", WHO, {}),
    ]


async def test_lines_wait_in_their_order_and_say_how_late_they_are(caplog: pytest.LogCaptureFixture) -> None:
    """T7, T32: nothing is lost while the program runs; the newest is not late."""
    world = World()
    world.audit.is_down = True
    for number in (1, 2):
        await world.end(number)
        world.clock.pass_by(3 * MINUTE)
    with pytest.raises(AuditDown):
        await world.late.write_waiting()
    assert (world.late.count, len(caplog.records)) == (2, 2)
    world.audit.is_down = False
    await world.end(3)
    assert world.written == [{"others": 1, "late": 6}, {"others": 2, "late": 3}, {"others": 3}]
    await world.late.write_waiting()
    assert (len(world.audit.lines), world.late.count) == (3, 0)


async def test_a_clock_that_was_wrong_for_years_stops_no_line() -> None:
    """A count that no line takes would keep all others waiting."""
    world = World()
    world.audit.is_down = True
    await world.end(1)
    world.clock.pass_by(timedelta(days=4_000))
    world.audit.is_down = False
    await world.late.write_waiting()
    assert world.written == [{"others": 1, "late": 999_999}]


async def test_more_lines_than_there_is_room_for_are_incidents_only(caplog: pytest.LogCaptureFixture) -> None:
    """The memory is bounded; the oldest stay."""
    world = World(most=2)
    world.audit.is_down = True
    for number in range(4):
        await world.end(number)
    world.audit.is_down = False
    await world.late.write_waiting()
    assert [detail["others"] for detail in world.written] == [0, 1]
    assert len(caplog.records) == 4


class SlowAudit(FakeAudit):
    """A log that takes its time, and can be interrupted."""

    async def write(
        self, act: str, *, actor: str, subject: str = "", detail: Mapping[str, str | int] | None = None
    ) -> None:
        await asyncio.sleep(0)
        await super().write(act, actor=actor, subject=subject, detail=detail)


async def test_each_line_is_written_once_however_many_write_at_once() -> None:
    world = World()
    world.audit = SlowAudit()
    world.late = LateLines(world.audit, world.clock)
    await asyncio.gather(*(world.end(number) for number in range(20)))
    assert [detail["others"] for detail in world.written] == list(range(20))


async def test_who_is_interrupted_leaves_the_line_to_the_next() -> None:
    """T32: a request that is broken off takes no line with it."""
    world = World()
    world.audit = SlowAudit()
    world.late = LateLines(world.audit, world.clock)
    broken = asyncio.create_task(world.end(1))
    await asyncio.sleep(0)
    broken.cancel()
    with pytest.raises(asyncio.CancelledError):
        await broken
    await world.late.write_waiting()
    assert world.written == [{"others": 1}]


async def test_the_office_writes_what_waits_by_itself() -> None:
    """And a last time when it ends."""
    world = World()
    world.audit.is_down = True
    await world.end(1)
    async with asyncio.timeout(30):
        async with writing_late_lines(world.late, every=timedelta(0)):
            await asyncio.sleep(0.01)
            world.audit.is_down = False
            await world.wait_until_written()
        async with writing_late_lines(world.late, every=timedelta(hours=1)):
            await asyncio.sleep(0.01)
            world.audit.is_down = True
            await world.end(2)
            world.audit.is_down = False
    assert [detail["others"] for detail in world.written] == [1, 2]


async def test_what_no_log_takes_is_an_incident_and_stops_no_other_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Such a line is a bug of ours; also a log that is down to the end is told."""
    world = World()
    world.audit.is_down = True
    await world.late.note("no such act", actor=WHO)
    await world.end(1)
    caplog.clear()
    async with asyncio.timeout(30):
        async with writing_late_lines(world.late, every=timedelta(0)):
            world.audit.is_down = False
            await world.wait_until_written()
            world.audit.is_down = True
            await world.end(2)
    assert world.written == [{"others": 1}]
    told = [record.message for record in caplog.records]
    assert told == ["audit_line_lost", "the audit log could not be written", "audit_line_lost"]
