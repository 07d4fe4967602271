"""Handoffs are erased when their time is over, as long as the office runs, and never without a line in the audit log."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.desk.acts import OFFICE
from bot.desk.clock_mark import MARK, ClockDoubtful
from bot.desk.erasing import erase_what_is_over
from bot.errors import AuditDown, ConfigError, StoreDown
from bot.keys.places import DESK_SIGN_KEY
from bot.ports import Ending
from bot.settings import Settings
from bot.wiring import retention
from bot.wiring.common import prepare, utc_now
from bot.wiring.desk import Desk, open_desk
from bot.wiring.retention import erase_once
from tests.desk.sending import Sending

DAY = timedelta(days=1)


@dataclass
class Store:
    """Has handoffs that are due and one that came back; erases what it is told."""

    due: list[Ending] = field(default_factory=list)
    left: list[Ending] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    looked: int = 0
    seen: asyncio.Event = field(default_factory=asyncio.Event)

    async def list_due(self, now: datetime) -> Sequence[Ending]:
        assert now.tzinfo is not None
        self.looked += 1
        if self.looked == 2:
            self.seen.set()
        return self.due

    async def list_left(self, handoff_ids: Sequence[str]) -> Sequence[Ending]:
        return [one for one in self.left if one.id in handoff_ids]

    async def erase_due(self, now: datetime, *, only: Sequence[str]) -> Sequence[str]:
        return await self.erase(only)

    async def erase(self, handoff_ids: Sequence[str]) -> Sequence[str]:
        self.erased += handoff_ids
        return handoff_ids


@dataclass
class Ledger:
    """Is replayed before anything else is erased."""

    ids: Sequence[str] = ()
    replayed: int = 0
    broken: bool = False

    async def replay(self, erase: Callable[[Sequence[str]], Awaitable[Sequence[str]]]) -> Sequence[str]:
        if self.broken:
            raise StoreDown("the erasure ledger cannot be read")
        self.replayed += 1
        return await erase(self.ids)


@dataclass
class Log:
    """The audit log: what was erased by then, at each line. `takes`: how many lines, until the fault."""

    store: Store
    takes: int = 99
    fault: Exception = field(default_factory=AuditDown)
    lines: list[tuple[str, str, dict[str, object], int]] = field(default_factory=list)

    async def __call__(self, act: str, subject: str, **detail: str | int) -> None:
        if len(self.lines) >= self.takes:
            raise self.fault
        self.lines.append((act, subject, dict(detail), len(self.store.erased)))


@dataclass
class Mark:
    """Believes every clock, or none; remembers when it was looked."""

    is_doubtful: bool = False
    put_at: list[datetime] = field(default_factory=list)

    def require_belief(self, now: datetime) -> None:
        if self.is_doubtful:
            raise ClockDoubtful("nothing was erased")

    def put(self, now: datetime) -> None:
        self.put_at.append(now)


def _desk(store: Store, ledger: Ledger, log: Log | None = None, mark: Mark | None = None) -> Desk:
    return Desk(store, ledger, log or Log(store, takes=0), mark or Mark())  # type: ignore[arg-type]  # what is asked for


@pytest.fixture
def store() -> Store:
    """Two that are due and one that a restore brought back."""
    return Store(
        due=[Ending("one", "done", "done"), Ending("two", "old", "called")],
        left=[Ending("back", "restored", "new")],
    )


async def test_the_ledger_comes_before_what_is_due() -> None:
    store, ledger = Store(), Ledger()
    await erase_once(_desk(store, ledger))
    assert (store.looked, ledger.replayed) == (1, 1)


async def test_each_is_noted_before_it_is_gone(store: Store) -> None:
    """SECURITY §1 rule 9, T32: by which rule and at which status; what a restore brought back as well."""
    log = Log(store)
    await erase_once(_desk(store, Ledger(["back", "long gone"]), log))
    assert store.erased == ["back", "one", "two"]
    assert log.lines == [
        ("erased", "back", {"rule": "restored", "status": "new"}, 0),
        ("erased", "one", {"rule": "done", "status": "done"}, 1),
        ("erased", "two", {"rule": "old", "status": "called"}, 1),
    ]


async def test_a_clock_that_may_have_jumped_erases_nothing_that_is_due(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """R18: what a restore brought back goes all the same, for no clock says so; the log tells what is the matter."""
    mark = Mark(is_doubtful=True)
    await erase_once(_desk(store, Ledger(["back"]), Log(store), mark))
    assert (store.erased, mark.put_at) == (["back"], [])
    assert [record.message for record in caplog.records] == ["nothing is erased: the clock may have jumped"]


async def test_somebody_can_say_that_the_clock_is_right(store: Store) -> None:
    """R18, T32: that stands in the log before anything is erased by it."""
    log, mark = Log(store), Mark(is_doubtful=True)
    desk, now = _desk(store, Ledger(), log, mark), utc_now()
    log.takes = 0
    with pytest.raises(AuditDown):
        await erase_what_is_over(desk.store, desk.ledger, desk.note, mark=desk.mark, now=now, even_so=True)
    assert (store.erased, mark.put_at) == ([], [])
    log.takes = 99
    await erase_what_is_over(desk.store, desk.ledger, desk.note, mark=desk.mark, now=now, even_so=True)
    assert [line[:2] for line in log.lines] == [("clock_confirmed", ""), ("erased", "one"), ("erased", "two")]
    assert (store.erased, mark.put_at) == (["one", "two"], [now])


@pytest.mark.parametrize(("takes", "erased"), [(0, []), (1, ["back"]), (2, ["back", "one"])])
async def test_what_cannot_be_noted_stays(
    store: Store, caplog: pytest.LogCaptureFixture, takes: int, erased: list[str]
) -> None:
    """T32: until the next hour; what the log says already is erased, so that it says the truth."""
    log = Log(store, takes=takes)
    await erase_once(_desk(store, Ledger(["back"]), log))
    assert store.erased == erased
    assert [record.message for record in caplog.records] == ["the audit log could not be written"]
    log.takes = 99
    store.left, store.due = store.left[len(erased) :], [one for one in store.due if one.id not in erased]
    await erase_once(_desk(store, Ledger(["back"]), log))
    assert store.erased == ["back", "one", "two"]


async def test_a_desk_that_cannot_sign_is_told_the_mend(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Erasing must not end in silence: the notices promise it."""
    await erase_once(_desk(store, Ledger(), Log(store, takes=0, fault=ConfigError("missing"))))
    assert store.erased == []
    [told] = [record.message for record in caplog.records]
    assert "frontdoor keys create signer desk" in told


async def test_a_ledger_that_cannot_be_read_stops_the_erasing_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged by its name, and tried again later."""
    caplog.set_level(logging.INFO)
    store = Store()
    await erase_once(_desk(store, Ledger(broken=True)))
    assert store.looked == 0
    assert [record.message for record in caplog.records] == ["retention_failed"]


async def test_it_goes_on_until_the_office_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()

    class Opened:
        async def __aenter__(self) -> Desk:
            return _desk(store, Ledger())

        async def __aexit__(self, *_: object) -> None:
            store.looked += 100

    def open_desk(_settings: Settings, *, actor: str) -> Opened:
        assert actor == OFFICE
        return Opened()

    monkeypatch.setattr(retention, "open_desk", open_desk)
    async with asyncio.timeout(30):
        async with retention.keeping_retention(SimpleNamespace(), every=timedelta(0)):  # type: ignore[arg-type]
            await store.seen.wait()
    assert store.looked > 100


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A real desk over SQLite."""
    made = Settings(_env_file=None, data_dir=tmp_path / "var")  # type: ignore[call-arg]  # no .env
    prepare(made)
    return made


async def _send_old(settings: Settings, desk: Desk) -> str:
    now = utc_now()
    handoff_id = await Sending(settings)._send({"name": "王小明"}, now - 95 * DAY)
    await desk.store.mark_opened(handoff_id, now - 60 * DAY)
    return handoff_id


async def _read_log(settings: Settings) -> list[tuple[str, str, str, object]]:
    from bot.store.office import OfficeStore

    store = OfficeStore(settings.database, utc_now)
    lines = await store.audit.read()
    await store.close()
    return [(line.act, line.actor, line.subject, json.loads(line.detail)) for line in lines]


async def test_on_a_real_desk_line_and_erasing_do_not_wait_for_each_other(settings: Settings) -> None:
    """T32: on SQLite one writes at a time; the office is named, and what is not due has no line."""
    async with asyncio.timeout(60):
        async with open_desk(settings, actor=OFFICE) as desk:
            old = await _send_old(settings, desk)
            kept = await Sending(settings)._send({"name": "王小明"}, utc_now())
            await erase_once(desk)
            assert [one.id for one in await desk.store.list_handoffs()] == [kept]
            await erase_once(desk)
            assert (settings.data_dir / MARK).exists()
    assert await _read_log(settings) == [("erased", OFFICE, old, {"rule": "old", "status": "in_progress"})]


async def test_on_a_real_desk_without_its_key_nothing_is_erased_in_silence(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """And after the mend it goes on by itself."""
    async with open_desk(settings, actor=OFFICE) as desk:
        old = await _send_old(settings, desk)
        key = settings.data_dir / DESK_SIGN_KEY
        aside = key.rename(key.with_name("aside"))
        await erase_once(desk)
        assert [one.id for one in await desk.store.list_handoffs()] == [old]
        assert "frontdoor keys create signer desk" in caplog.text
        aside.rename(key)
        await erase_once(desk)
        assert not await desk.store.list_handoffs()
