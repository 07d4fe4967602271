"""R29: nobody who asked for help is forgotten. Alarms at 15 minutes, 4 hours and 24 hours, each once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.desk.notices import Notices
from bot.desk.waiting import LEVELS, Round, Waiting, Watch, count_waiting
from bot.errors import StoreDown
from bot.ports import Unopened
from bot.settings import Settings
from bot.store.handoffs_desk import open_desk_handoffs
from bot.store.sql import open_store
from bot.wiring import alarms
from tests.office.fakes import FakeClock
from tests.store.cast import VAULT
from tests.store.handoff_cast import send

START = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class FakeDesk:
    """What nobody opened, and each warning that was noted, with its moment."""

    clock: FakeClock
    rows: dict[str, Unopened] = field(default_factory=dict)
    asked: dict[str, Unopened] = field(default_factory=dict)
    noted: list[tuple[str, int, datetime]] = field(default_factory=list)
    is_down: bool = False
    fails_after: int = 1_000_000
    tried: int = 0

    def arrive(self, id_: str) -> None:
        """Somebody sends one: the database keeps the full hour only."""
        hour = self.clock().replace(minute=0, second=0, microsecond=0)
        self.rows[id_] = Unopened(id_, hour, 0)

    def ask(self, id_: str) -> None:
        """Somebody asks for something about one that was opened."""
        hour = self.clock().replace(minute=0, second=0, microsecond=0)
        self.asked[id_] = Unopened(id_, hour, 0)

    def open(self, id_: str) -> None:
        self.rows.pop(id_, None)
        self.asked.pop(id_, None)

    async def list_unopened(self) -> Sequence[Unopened]:
        if self.is_down:
            raise StoreDown("away")
        return sorted(self.rows.values(), key=lambda row: (row.created_at, row.id))

    async def list_unseen(self) -> Sequence[Unopened]:
        return sorted(self.asked.values(), key=lambda row: (row.created_at, row.id))

    async def note_alert(self, id_: str, number: int) -> bool:
        self.tried += 1
        if len(self.noted) >= self.fails_after:
            raise StoreDown("away")
        for rows in (self.rows, self.asked):
            row = rows.get(id_)
            if row is not None and row.alerts < number:
                rows[id_] = replace(row, alerts=number)
                self.noted.append((id_, number, self.clock()))
                return True
        return False

    async def note_told(self, id_: str, number: int) -> None:
        if len(self.noted) >= self.fails_after:
            raise StoreDown("away")
        for rows in (self.rows, self.asked):
            if id_ in rows and rows[id_].told < number:
                rows[id_] = replace(rows[id_], told=number)


@dataclass
class Office:
    """An office that looks once a minute."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    desk: FakeDesk = field(init=False)
    watch: Watch = field(init=False)
    second: float = 0.0
    notices_leave: bool = True

    def __post_init__(self) -> None:
        self.desk = FakeDesk(self.clock)
        self.restart()

    def restart(self) -> None:
        self.watch = Watch(self.desk, self.clock, monotonic=lambda: self.second)  # type: ignore[arg-type]  # what is used

    async def pass_by(self, span: timedelta, step: timedelta = MINUTE) -> list[Round]:
        """Look, and go on, until the time is over; returns the rounds that had news."""
        until, news = self.clock() + span, []
        while self.clock() < until:
            found = await self.watch.look()
            if found.news:
                news.append(found)
            if self.notices_leave:
                await self.watch.note_told()
            self.clock.pass_by(step)
            self.second += step.total_seconds()
        return news

    async def count(self) -> Waiting:
        """What a page shows."""
        return await count_waiting(self.desk, self.clock())  # type: ignore[arg-type]  # as above


@pytest.fixture
def office() -> Office:
    return Office()


async def test_the_alarm_rises_at_15_minutes_4_hours_and_24_hours_once_each(office: Office):
    """R29: a minute early at most and never late, whatever the minute at which it came, and however long nobody looks."""
    await office.pass_by(47 * MINUTE)
    office.desk.arrive("one")
    came = office.clock()
    news = await office.pass_by(3 * DAY)
    assert [number for _, number, _ in office.desk.noted] == [1, 2, 3]
    for _, number, at in office.desk.noted:
        assert LEVELS[number - 1] - MINUTE <= at - came <= LEVELS[number - 1]
    assert [found.waiting.level for found in news] == [0, 1, 2, 3]
    assert [found.waiting.count for found in news] == [1] * 4


async def test_what_somebody_opens_raises_no_more_alarms(office: Office):
    """R29: only what waits is warned of."""
    office.desk.arrive("one")
    await office.pass_by(20 * MINUTE)
    office.desk.open("one")
    assert await office.pass_by(2 * DAY) == []
    assert [number for _, number, _ in office.desk.noted] == [1]
    assert await office.count() == Waiting(0, timedelta(0), 0)


async def test_in_a_hundred_days_every_handoff_that_nobody_opens_is_warned_of_three_times(office: Office):
    """R29: one every day, at any hour; each level once, never late, early by one round at most."""
    came: dict[str, datetime] = {}
    opened: set[str] = set()
    for day in range(100):
        await office.pass_by(timedelta(minutes=(day * 37) % 60), 5 * MINUTE)
        id_ = f"handoff {day:03}"
        office.desk.arrive(id_)
        came[id_] = office.clock()
        if day % 3 == 0 and day:
            opened.add(f"handoff {day - 1:03}")
            office.desk.open(f"handoff {day - 1:03}")
        await office.pass_by(DAY - timedelta(minutes=(day * 37) % 60), 5 * MINUTE)
    await office.pass_by(2 * DAY, 5 * MINUTE)
    for id_ in came.keys() - opened:
        ages = [(number, at - came[id_]) for noted, number, at in office.desk.noted if noted == id_]
        assert [number for number, _ in ages] == [1, 2, 3]
        assert all(timedelta(0) <= LEVELS[number - 1] - age <= 5 * MINUTE for number, age in ages)
    assert all(office.desk.rows[id_].alerts == 3 for id_ in came.keys() - opened)


async def test_after_a_restart_it_warns_rather_early_than_late(office: Office):
    """ADR 0029: the database knows the hour only, so it counts from its beginning."""
    office.clock.pass_by(50 * MINUTE)
    office.desk.arrive("one")
    await office.watch.look()
    office.restart()
    await office.pass_by(MINUTE)
    assert [number for _, number, _ in office.desk.noted] == [1]


async def test_a_restart_repeats_no_alarm(office: Office):
    """The database remembers which were given, and which notices left."""
    office.desk.arrive("one")
    await office.pass_by(30 * MINUTE)
    office.restart()
    assert await office.pass_by(30 * MINUTE) == []
    assert [number for _, number, _ in office.desk.noted] == [1]


async def test_after_days_without_an_office_the_level_is_the_highest_at_once(office: Office):
    """One alarm, not three in a row."""
    office.desk.arrive("one")
    office.clock.pass_by(5 * DAY)
    news = await office.pass_by(HOUR)
    assert [(number, len(news)) for _, number, _ in office.desk.noted] == [(3, 1)]


async def test_nothing_ends_in_the_database_that_nobody_opened(sqlite_url: str):
    """R29: half a year with the real store; nobody opens anything, the office is away for weeks: all are still there."""
    clock = FakeClock(START)
    store = open_store(sqlite_url, VAULT, clock=clock)
    sent = {
        (await send(store, f"receipt {number}", created_at=START + number * 10 * DAY)).id
        for number in range(6)
    }
    handoffs = open_desk_handoffs(sqlite_url, write_down=lambda _ids: None)
    watch = Watch(handoffs, clock)
    for hour in range(0, 170 * 24, 12):
        clock.now = START + hour * HOUR
        if 20 <= clock.now.day <= 30:
            watch = Watch(handoffs, clock)
        else:
            await watch.look()
        assert await handoffs.list_due(clock.now) == []
    left = await handoffs.list_unopened()
    assert {row.id for row in left} == sent
    assert {row.alerts for row in left} == {3}
    await handoffs.close()
    await store.close()


async def test_one_that_came_while_the_database_was_away_counts_from_the_last_look(office: Office):
    """Rather early than late: it may have come right after it."""
    await office.watch.look()
    office.clock.pass_by(10 * MINUTE)
    office.desk.arrive("one")
    office.clock.pass_by(5 * MINUTE)
    await office.watch.look()
    assert [number for _, number, _ in office.desk.noted] == [1]


async def test_a_time_that_is_still_to_come_keeps_nothing_silent(office: Office):
    """Somebody's clock was wrong: it counts from when it was seen."""
    office.desk.rows["one"] = Unopened("one", START + 300 * DAY, 0)
    await office.pass_by(20 * MINUTE)
    assert [number for _, number, _ in office.desk.noted] == [1]
    assert (await office.count()).oldest == timedelta(0)


async def test_two_offices_note_each_level_once():
    """The database decides who did."""
    office, other = Office(), Office()
    other.clock, other.desk = office.clock, office.desk
    other.restart()
    office.desk.arrive("one")
    told = []
    for _ in range(20):
        told += [(await one.watch.look()).news for one in (office, other)]
        office.clock.pass_by(MINUTE)
    assert len(office.desk.noted) == 1
    assert told.count(True) == 3  # each saw that it was new; one of them noted the level


async def test_a_database_that_can_only_be_read_silences_nothing(
    office: Office, caplog: pytest.LogCaptureFixture
):
    """R29: the disk is full: each level is told once all the same, and one fault is logged a round, with nobody's id."""
    for id_ in ("one", "two"):
        office.desk.arrive(id_)
    office.desk.fails_after = 0
    news = await office.pass_by(2 * DAY)
    assert [(found.waiting.count, found.waiting.level) for found in news] == [(2, 0), (2, 1), (2, 2), (2, 3)]
    assert office.desk.noted == []
    assert {record.message for record in caplog.records} == {"alarm_not_noted"}
    assert office.desk.tried <= 2 * 24 * 60
    office.desk.fails_after = 1_000_000
    assert await office.pass_by(2 * MINUTE) == []
    assert [(id_, number) for id_, number, _ in office.desk.noted] == [("one", 3), ("two", 3)]
    assert {row.told for row in office.desk.rows.values()} == {4}


async def test_one_that_is_opened_is_forgotten_also_where_nothing_could_be_noted(office: Office):
    """What it owed is owed no more."""
    office.desk.arrive("one")
    office.desk.fails_after = 0
    await office.pass_by(20 * MINUTE)
    office.desk.open("one")
    office.desk.fails_after = 1_000_000
    assert await office.pass_by(DAY) == []
    assert office.desk.noted == []


async def test_a_notice_that_never_left_is_owed_after_a_restart(office: Office):
    """R29: the level was noted, then the power went; the next office tells it at once, and only once."""
    office.desk.arrive("one")
    await office.pass_by(10 * MINUTE)
    office.notices_leave = False
    assert len(await office.pass_by(10 * MINUTE)) == 1
    office.restart()
    assert (await office.watch.look()).news
    office.restart()
    office.notices_leave = True
    assert len(await office.pass_by(MINUTE)) == 1
    office.restart()
    assert await office.pass_by(HOUR) == []


async def test_a_clock_that_is_put_back_delays_no_alarm(office: Office):
    """R18, R29: it was six hours ahead; what came under it is as old as it is."""
    office.clock.pass_by(6 * HOUR)
    office.desk.arrive("one")
    await office.pass_by(MINUTE)
    office.clock.pass_by(-6 * HOUR)
    news = await office.pass_by(5 * HOUR)
    assert [found.waiting.level for found in news] == [1, 2]
    ages = [at - START for _, _, at in office.desk.noted]
    assert [age <= level + MINUTE for age, level in zip(ages, LEVELS, strict=False)] == [True, True]


async def test_a_request_that_nobody_reads_rings_like_a_handoff(office: Office):
    """R29: "that number is not safe any more", at a handoff that was done weeks ago: its own count and its own level."""
    await office.pass_by(MINUTE)
    office.desk.ask("ask")
    news = await office.pass_by(2 * DAY)
    assert [found.waiting.asked.level for found in news] == [0, 1, 2, 3]
    assert {(found.waiting.count, found.waiting.level, found.waiting.asked.count) for found in news} == {
        (0, 0, 1)
    }
    counted = await office.count()
    assert (counted.asked.count, counted.asked.level, counted.level, counted.is_empty) == (1, 3, 0, False)
    assert counted.asked.hours == 48
    office.desk.open("ask")
    assert (await office.count()).is_empty


@pytest.mark.parametrize(
    ("age", "alerts", "level"),
    [
        (0 * MINUTE, 0, 0),
        (70 * MINUTE, 0, 0),
        (75 * MINUTE, 0, 1),  # a quarter of an hour after the end of its hour: no doubt
        (5 * HOUR, 0, 2),
        (25 * HOUR, 0, 3),
        (MINUTE, 1, 1),
        (MINUTE, 9, 3),
    ],
)
async def test_a_page_shows_what_was_noted_or_is_beyond_doubt(age: timedelta, alerts: int, level: int):
    """Also while the watch is not running."""
    desk = FakeDesk(FakeClock(START))
    desk.rows = {"one": Unopened("one", START - age, alerts), "two": Unopened("two", START, 0)}
    waiting = await count_waiting(desk, START)  # type: ignore[arg-type]  # as above
    assert waiting == Waiting(2, age, level)
    assert waiting.hours == age // HOUR


# ─── The loop ─────────────────────────────────────────────────────────────────


async def test_a_round_that_fails_is_logged_and_the_next_one_looks_again(
    office: Office, caplog: pytest.LogCaptureFixture
):
    """Nothing stops the watch."""
    caplog.set_level(logging.INFO)
    office.desk.arrive("one")
    office.desk.is_down = True
    notices = Notices((), office="http://127.0.0.1:8081")
    await alarms.watch_once(office.watch, notices)
    assert [record.message for record in caplog.records] == ["alarm_failed"]
    office.desk.is_down = False
    office.clock.pass_by(20 * MINUTE)
    await alarms.watch_once(office.watch, notices)
    assert [number for _, number, _ in office.desk.noted] == [1]


async def test_it_goes_on_until_the_office_ends(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Also without anybody signed in; the database is left at the end."""
    office, looked = Office(), asyncio.Event()
    closed: list[bool] = []

    class Opened(FakeDesk):
        looks = 0

        async def list_unopened(self) -> Sequence[Unopened]:
            self.looks += 1
            if self.looks == 2:
                looked.set()
            return ()

        async def close(self) -> None:
            closed.append(True)

    monkeypatch.setattr(alarms, "open_desk_handoffs", lambda _url: Opened(office.clock))
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]  # no .env
    async with asyncio.timeout(30), alarms.keeping_watch(settings, every=timedelta(0), clock=office.clock):
        await looked.wait()
    assert closed == [True]
