"""What closes vaults while the office runs, and what seals everything anew in the background."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.desk.opening import Opener
from bot.desk.reseal_job import ResealJob
from bot.errors import AuditDown, DeskClosed, StoreDown
from bot.ports import StaffAccount
from bot.wiring.watching import EVERY, close_lost, forbid_core_dumps, watching_vaults
from tests.desk.vault_cast import (
    ANNA,
    BEN,
    ELSEWHERE,
    OTHER_WORDS,
    SEAT,
    WORDS,
    FakeAudit,
    FakeTime,
    VaultDesk,
    make_identity,
)


class Staff:
    """Accounts in memory; `down`: the database is away."""

    def __init__(self) -> None:
        self.rights: dict[str, frozenset[str]] = {ANNA: frozenset({"open"}), BEN: frozenset({"open"})}
        self.seats = {SEAT}
        self.down = False
        self.asked = 0

    async def list_seats(self, account_id: str) -> frozenset[str]:
        return frozenset(self.seats)

    async def list_accounts(self) -> Sequence[StaffAccount]:
        self.asked += 1
        if self.down:
            raise StoreDown("away")
        return [StaffAccount(one, one, "", rights) for one, rights in self.rights.items()]  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path) -> VaultDesk:
    return VaultDesk(tmp_path)


async def test_time_and_rights_close_vaults_at_the_next_look(desk: VaultDesk) -> None:
    """T7: each with its reason in the log; whoever may still open stays open; nobody is asked when nothing is open."""
    staff = Staff()
    await close_lost(desk.vaults, staff)  # type: ignore[arg-type]  # as much of a store as is needed
    assert staff.asked == 0
    await desk.fill(ANNA, make_identity())
    desk.clock.pass_by(timedelta(minutes=10))
    await desk.fill(BEN, make_identity(), words=OTHER_WORDS)
    desk.clock.pass_by(timedelta(minutes=5))
    await close_lost(desk.vaults, staff)  # type: ignore[arg-type]  # as above
    assert desk.vaults.list_open() == (BEN,)
    staff.rights[BEN] = frozenset({"list"})
    await close_lost(desk.vaults, staff)  # type: ignore[arg-type]  # as above
    assert desk.vaults.list_open() == ()
    assert [line[1:] for line in desk.audit.lines if line[0] == "vault_locked"] == [
        ("office", ANNA, {"why": "idle"}),
        ("office", BEN, {"why": "right"}),
    ]


async def test_a_seat_without_a_session_is_closed_at_the_next_look(desk: VaultDesk) -> None:
    """T24: whatever ended the session, and also where the words were looked at when it had ended already."""
    staff = Staff()
    await desk.fill(ANNA, make_identity())
    await desk.vaults.unlock(ANNA, WORDS, seat=ELSEWHERE)
    staff.seats = {ELSEWHERE}
    await close_lost(desk.vaults, staff)  # type: ignore[arg-type]  # as above
    assert desk.vaults.list_seats(ANNA) == (ELSEWHERE,)
    assert desk.audit.lines[-1] == ("vault_locked", ANNA, ANNA, {"why": "asked"})


async def test_a_database_or_a_log_that_is_away_does_not_end_the_watch(
    desk: VaultDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """Time closes all the same, and the line is written later."""
    staff = Staff()
    await desk.fill(ANNA, make_identity())
    staff.down = desk.audit.down = True
    await close_lost(desk.vaults, staff)  # type: ignore[arg-type]  # as above
    assert desk.vaults.list_open() == (ANNA,)
    desk.vaults.lock(ANNA)
    await close_lost(desk.vaults, staff)  # type: ignore[arg-type]  # as above
    assert caplog.text.count("vault_watch_failed") == 2
    desk.audit.down = False
    await close_lost(desk.vaults, staff)  # type: ignore[arg-type]  # as above
    assert desk.audit.acts[-1] == "vault_locked"


async def test_what_was_set_aside_long_ago_goes_while_the_office_runs(
    desk: VaultDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """Once a day; a fault is told, and tried again on the next."""
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    await desk.vaults.set_aside(ANNA, by=BEN)
    await desk.vaults.write_closed()
    for is_down, left in ((True, 1), (False, 0)):
        desk.clock.pass_by(timedelta(days=90))
        desk.audit.down = is_down
        await close_lost(desk.vaults, Staff())  # type: ignore[arg-type]  # as above
        assert len(list(desk.path(ANNA).parent.glob("*.removed-*"))) == left
    assert caplog.text.count("vault_watch_failed") == 1
    assert desk.audit.lines[-1] == ("vault_removed", "office", ANNA, {"step": "dropped"})


async def test_the_watch_runs_until_the_program_ends_and_closes_everything(desk: VaultDesk) -> None:
    """It looks again and again; two looks fit into the five seconds that a leaver may have."""
    assert timedelta(seconds=5) > EVERY
    staff = Staff()
    await desk.fill(ANNA, make_identity())
    async with watching_vaults(desk.vaults, staff, every=timedelta(0)):  # type: ignore[arg-type]  # as above
        while staff.asked < 3:  # noqa: ASYNC110 - the watch under test tells nobody
            await asyncio.sleep(0)
        staff.rights[ANNA] = frozenset()
        while desk.vaults.list_open():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
        assert await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT) is None
    assert desk.vaults.list_open() == ()
    assert desk.audit.lines[-1] == ("vault_locked", "office", BEN, {"why": "shutdown"})


def test_no_core_dump_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """T30: one byte where the host allows it, none where it does not."""
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _what, limits: told.append(limits))
    for hard in (resource.RLIM_INFINITY, 4096, 0):
        monkeypatch.setattr(resource, "getrlimit", lambda _what, hard=hard: (hard, hard))
        forbid_core_dumps()
    assert told == [(1, 1), (1, 1), (0, 0)]


# ─── Sealing anew ─────────────────────────────────────────────────────────────


class Store:
    """Handoffs that cannot be listed."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    async def list_handoffs(self) -> list[object]:
        raise self.fault


def job_of(fault: Exception, audit: FakeAudit) -> ResealJob:
    return ResealJob(Store(fault), None, audit=audit, clock=FakeTime(), is_open=lambda *_: True)  # type: ignore[arg-type]  # never reached


@pytest.mark.parametrize(
    ("fault", "state"),
    [(DeskClosed("few"), "desk_closed"), (StoreDown("away"), "failed"), (ValueError("bug"), "failed")],
)
async def test_a_job_that_cannot_go_on_says_how_it_ended(fault: Exception, state: str) -> None:
    """And may be started again."""
    audit = FakeAudit()
    job = job_of(fault, audit)
    await job.wait()
    await job.stop()
    assert job.progress.state == "none"
    for _ in range(2):
        assert await job.start(ANNA, Opener((), ()), seat=SEAT)
        await job.wait()
        assert job.progress.state == state
    assert [line[3]["step"] for line in audit.lines] == ["begin", state, "begin", state]


async def test_a_job_is_not_begun_when_the_log_is_down() -> None:
    """SECURITY §1 rule 9; and one whose end cannot be written has ended all the same."""
    audit = FakeAudit(down=True)
    job = job_of(StoreDown("away"), audit)
    with pytest.raises(AuditDown):
        await job.start(ANNA, Opener((), ()), seat=SEAT)
    assert job.progress.state == "none"
    audit.down = False
    await job.start(ANNA, Opener((), ()), seat=SEAT)
    audit.down = True
    await job.wait()
    assert job.progress.state == "failed"


async def test_a_job_is_ended_with_the_program() -> None:
    """In the middle of anything."""

    class Slow(Store):
        async def list_handoffs(self) -> list[object]:
            await asyncio.Event().wait()
            raise self.fault

    job = ResealJob(Slow(ValueError()), None, audit=FakeAudit(), clock=FakeTime(), is_open=lambda *_: True)  # type: ignore[arg-type]  # never reached
    await job.start(ANNA, Opener((), ()), seat=SEAT)
    assert not await job.start(ANNA, Opener((), ()), seat=SEAT)
    await asyncio.sleep(0)
    await job.stop()
    assert job.progress.state == "failed"
