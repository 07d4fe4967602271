"""The audit log is looked over by itself, and what is wrong with it is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.desk.log_watch import LogWatch
from bot.wiring.log_watch import watching_log
from tests.desk.audit_cast import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_a_sound_log_is_no_incident(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Nor is one without a line."""
    watch = LogWatch(desk.check)
    await watch.look()
    await desk.write(3)
    await watch.look()
    assert watch.fault == ""
    assert caplog.messages == []


async def test_a_log_that_was_cut_is_an_incident_until_it_is_sound(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """T32: also when nobody asks for a check."""
    await desk.write(3)
    last = desk.store.entries.pop()
    watch = LogWatch(desk.check)
    await watch.look()
    assert watch.fault == "cut"
    assert caplog.messages == ["audit_not_sound"]
    desk.store.entries.append(last)
    await watch.look()
    assert watch.fault == ""


async def test_it_is_looked_over_at_the_start_and_again(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A database that is away does not end it."""
    await desk.write(3)
    desk.store.is_down = True
    watch = LogWatch(desk.check)
    async with watching_log(watch, every=timedelta(0)):
        while "audit_not_checked" not in caplog.messages:  # noqa: ASYNC110 - nobody tells, as in the office
            await asyncio.sleep(0)
        desk.store.entries.pop()
        desk.store.is_down = False
        while not watch.fault:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
    assert "audit_not_sound" in caplog.messages
