"""Counting on the public side: nobody waits for it, nothing fails with it, and nothing is counted twice."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
from collections import Counter as Bag
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.inputs import Left, Started, Typed, Unsent
from bot.core.tally import Counter, Happening, Key, PageOpened
from bot.errors import StaleSession, StoreDown
from bot.form.review import hash_lines
from bot.ports import Counted, Counts, Inbound, NotSent, Sent
from bot.settings import Settings
from bot.store.office import OfficeStore
from bot.tallying import Tallies
from bot.wiring.common import prepare
from bot.wiring.talking import open_talking
from tests.core.cast import shipped
from tests.fakes.desk_world import FILLED, DeskWorld, Visitor
from tests.fakes.memory_store import NOON, MemoryTx
from tests.store.cast import FakeClock

TODAY = date(2026, 11, 20)
OPENED = ("page", "opened")


@dataclass
class MemoryTally:
    """`TallyStore` in memory, with faults to be switched on."""

    rows: dict[date, Bag[Key]] = field(default_factory=dict)
    fault: Exception | None = None
    added: asyncio.Event = field(default_factory=asyncio.Event)
    holds: asyncio.Event | None = None

    async def add(self, day: date, counts: Counts) -> None:
        if self.holds:
            await self.holds.wait()
        if self.fault:
            raise self.fault
        self.rows.setdefault(day, Bag()).update(dict(counts))
        self.added.set()

    async def read(self, since: date, until: date) -> Sequence[Counted]:
        return [
            Counted(day, *key, count)
            for day, counts in self.rows.items()
            for key, count in counts.items()
            if since <= day <= until
        ]


class BrokenCounter(Counter):
    """A counter with a bug."""

    def count(self, what: Happening) -> tuple[Key, ...]:
        raise KeyError("a bug, and 王小明 in its message")


def make_counter(kind: type[Counter] = Counter) -> Counter:
    pack = shipped()
    return kind(pack.flow, pack.statistics, channels=("line", "web"), locales=("zh_TW", "en"))


def make_tallies(store: MemoryTally, *, every_s: float = 3600, counter: Counter | None = None) -> Tallies:
    return Tallies(store, counter or make_counter(), every_s=every_s)


def counting(tallies: Tallies) -> DeskWorld:
    """A whole conversation and its page, counted."""
    world = DeskWorld()
    world.runner = replace(world.runner, count=tallies.count)
    world.desk = replace(world.desk, count=tallies.count)
    return world


@pytest.fixture
def store() -> MemoryTally:
    return MemoryTally()


@pytest.fixture
def tallies(store: MemoryTally) -> Tallies:
    return make_tallies(store)


async def written(tallies: Tallies, store: MemoryTally) -> Mapping[Key, int]:
    """What is in the store after everything was written down."""
    await tallies.flush()
    return sum(store.rows.values(), Bag())


# ─── What is told to it ───────────────────────────────────────────────────────


async def test_a_conversation_is_counted_turn_by_turn(store: MemoryTally, tallies: Tallies) -> None:
    """From the first word on, once."""
    her = Visitor(counting(tallies))
    await her.type("hi")
    await her.tap("safe")
    await her.tap("self")
    counts = await written(tallies, store)
    assert counts["channel", "web"] == 1
    assert counts["language", "zh_TW"] == 1
    assert counts["track", "self"] == 1
    assert counts["entered", "age_now"] == 1


async def test_a_delivery_that_comes_twice_counts_once(store: MemoryTally, tallies: Tallies) -> None:
    """T13: what was handled already is no turn."""
    world = counting(tallies)
    her = Visitor(world)
    await her.type("hi")
    await her.tap("safe")
    her.sent -= 1
    await her.type("safe")
    assert (await written(tallies, store))["left", "start"] == 1


async def test_a_turn_that_is_undone_is_not_counted(
    store: MemoryTally, tallies: Tallies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what was committed: the second try of a turn is the same turn."""
    her = Visitor(counting(tallies))
    await her.type("hi")
    save, refusals = MemoryTx.save_session, [StaleSession("another was faster"), StoreDown("gone")]

    async def refuse(self: MemoryTx, *args: object, **more: object) -> None:
        await save(self, *args, **more)  # type: ignore[arg-type]  # passed on
        if refusals:
            raise refusals.pop(0)

    monkeypatch.setattr(MemoryTx, "save_session", refuse)
    with pytest.raises(StoreDown):
        await her.tap("safe")
    assert ("left", "start") not in await written(tallies, store)
    await her.tap("safe")
    assert (await written(tallies, store))["left", "start"] == 1


async def test_somebody_who_leaves_unknown_is_not_counted(store: MemoryTally, tallies: Tallies) -> None:
    """Blocking an account is no conversation."""
    await Visitor(counting(tallies)).send(Left())
    assert await written(tallies, store) == {}


async def test_a_message_taken_back_moves_nobody_without_a_count(
    store: MemoryTally, tallies: Tallies
) -> None:
    """What is entered and not left stays where the conversation stands."""
    world = counting(tallies)
    her = Visitor(world, channel="line")
    await her.send(Started())
    await her.send(Unsent(), message_id="never seen")
    counts = await written(tallies, store)
    assert counts["entered", "start"] - counts.get(("left", "start"), 0) == 1


# ─── The page ─────────────────────────────────────────────────────────────────


async def seated(world: DeskWorld) -> Visitor:
    her = await Visitor(world).stand_at("handoff_way", draft=dict.fromkeys(FILLED, ""))
    await her.tap("page")
    (link,) = world.store.rows.links
    assert await world.desk.open_page(link, "seat") is not None
    return her


async def submit(world: DeskWorld, **changes: str) -> Sent | NotSent:
    draft = {key: value for key, value in {**FILLED, **changes}.items() if value}
    shown = hash_lines(world.submitting.list_lines(draft, "zh_TW", masked=False))
    uses = {"contact": True, "special": True}
    return await world.desk.submit("seat", draft, uses, shown=shown, locale="zh-TW")


async def test_a_page_that_is_sent_counts_the_whole_way(store: MemoryTally, tallies: Tallies) -> None:
    """Offered, opened, sent; and the conversation went on."""
    world = counting(tallies)
    await seated(world)
    assert isinstance(await submit(world), Sent)
    assert isinstance(await submit(world), NotSent)
    counts = await written(tallies, store)
    assert (counts["page", "offered"], counts["page", "opened"], counts["handoff", "page"]) == (1, 1, 1)
    assert counts["left", "handoff_page"] == 1


async def test_a_page_that_is_refused_counts_as_opened_only(store: MemoryTally, tallies: Tallies) -> None:
    """Nor does a link that leads nowhere."""
    world = counting(tallies)
    await seated(world)
    assert isinstance(await submit(world, name=""), NotSent)
    assert await world.desk.open_page("nowhere", "another") is None
    counts = await written(tallies, store)
    assert (counts["page", "opened"], counts.get(("handoff", "page"))) == (1, None)


async def test_a_page_that_somebody_else_ended_meanwhile_is_not_counted(
    store: MemoryTally, tallies: Tallies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A try that was undone leaves no count behind."""
    world = counting(tallies)
    await seated(world)
    close = MemoryTx.close_page

    async def lose(self: MemoryTx, seat: str) -> bool:
        await close(self, seat)
        return False

    monkeypatch.setattr(MemoryTx, "close_page", lose)
    with pytest.raises(StoreDown):
        await submit(world)
    assert ("handoff", "page") not in await written(tallies, store)


# ─── Never in the way ─────────────────────────────────────────────────────────


async def test_a_turn_works_while_the_counts_cannot_be_written(store: MemoryTally, tallies: Tallies) -> None:
    """And they are written when they can be again."""
    store.fault = StoreDown("gone")
    her = Visitor(counting(tallies))
    await her.type("hi")
    await tallies.flush()
    await her.tap("safe")
    assert her.reply is not None
    assert store.rows == {}
    store.fault = None
    assert (await written(tallies, store))["channel", "web"] == 1


async def test_a_turn_does_not_wait_for_a_slow_writing(store: MemoryTally, tallies: Tallies) -> None:
    """What is counted meanwhile is written the next time."""
    store.holds = asyncio.Event()
    tallies.count(PageOpened(NOON))
    writing = asyncio.create_task(tallies.flush())
    await asyncio.sleep(0)
    her = Visitor(counting(tallies))
    await her.type("hi")
    assert her.reply is not None
    store.holds.set()
    await writing
    assert sum(store.rows.values(), Bag()) == {OPENED: 1}
    assert (await written(tallies, store))["channel", "web"] == 1


async def test_a_bug_in_counting_costs_a_count_and_nothing_else(
    store: MemoryTally, caplog: pytest.LogCaptureFixture
) -> None:
    """T30: it is logged without a word of anybody."""
    tallies = make_tallies(store, counter=make_counter(BrokenCounter))
    her = Visitor(counting(tallies))
    with caplog.at_level(logging.ERROR):
        await her.type("hi")
    assert her.reply is not None
    assert await written(tallies, store) == {}
    assert [record.getMessage() for record in caplog.records] == ["count_failed"]
    assert "王小明" not in caplog.text


@pytest.mark.parametrize("fault", [StoreDown("gone"), RuntimeError("a bug")])
async def test_what_was_surely_not_written_is_written_later(
    store: MemoryTally, tallies: Tallies, fault: Exception
) -> None:
    """Together with what came since."""
    store.fault = fault
    tallies.count(PageOpened(NOON))
    await tallies.flush()
    tallies.count(PageOpened(NOON))
    store.fault = None
    assert await written(tallies, store) == {OPENED: 2}
    assert await written(tallies, store) == {OPENED: 2}


async def test_midnight_in_taiwan_begins_a_new_day(store: MemoryTally, tallies: Tallies) -> None:
    """However late the day before is written down."""
    evening = datetime(2026, 11, 20, 15, 59, tzinfo=UTC)
    tallies.count(PageOpened(evening))
    tallies.count(PageOpened(evening + timedelta(minutes=1)))
    await tallies.flush()
    assert store.rows == {TODAY: {OPENED: 1}, TODAY + timedelta(days=1): {OPENED: 1}}


# ─── From the start to the stop ───────────────────────────────────────────────


async def test_counts_are_written_now_and_then_and_at_the_end(store: MemoryTally) -> None:
    """Also those of the last moment."""
    tallies = make_tallies(store, every_s=0.01)
    async with tallies.keeping():
        tallies.count(PageOpened(NOON))
        await asyncio.wait_for(store.added.wait(), timeout=30)
        tallies.count(PageOpened(NOON))
    assert store.rows == {TODAY: {OPENED: 2}}


async def test_a_store_that_hangs_does_not_keep_the_program_from_stopping(
    store: MemoryTally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What hangs is given up: it may have been written, so it is not written again."""
    monkeypatch.setattr("bot.tallying._LAST_S", 0.01)
    store.holds, tallies = asyncio.Event(), make_tallies(store)
    async with tallies.keeping():
        tallies.count(PageOpened(NOON))
    store.holds.set()
    assert await written(tallies, store) == {}


async def test_the_public_program_writes_what_it_counted_when_it_stops(tmp_path: Path) -> None:
    """The real one, from the first word to the database that the office reads."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "var")  # type: ignore[call-arg]  # no .env
    prepare(settings)
    async with open_talking(settings) as talking:
        await talking.runner.attempt(Inbound(channel="web", user_id="her", delivery_id="1", what=Typed("hi")))
    desk = OfficeStore(settings.database, FakeClock())
    rows = await desk.tally.read(date.min, date.max)
    await desk.close()
    assert {(row.kind, row.name): row.count for row in rows if row.kind != "hour"} == {
        ("channel", "web"): 1,
        ("entered", "start"): 1,
    }


KILLED = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from bot.core.tally import Counter, PageOpened, Statistics
from bot.crypto import RootVault
from bot.pack import load_pack
from bot.store.sql import open_store
from bot.tallying import Tallies

class Dying:
    def __init__(self, store): self.store = store
    async def add(self, day, counts):
        await self.store.add(day, counts)
        if sys.argv[2] == "after the commit": os.kill(os.getpid(), signal.SIGKILL)

async def main():
    store = open_store(sys.argv[1], RootVault(bytes(32)))
    counter = Counter(load_pack().flow, Statistics(), channels=(), locales=())
    tallies = Tallies(Dying(store.tally), counter)
    for _ in range(3): tallies.count(PageOpened(datetime(2026, 11, 20, 4, tzinfo=UTC)))
    await tallies.flush()
    for _ in range(5): tallies.count(PageOpened(datetime(2026, 11, 20, 4, tzinfo=UTC)))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.parametrize("point", ["before the next flush", "after the commit"])
async def test_a_killed_program_loses_what_was_not_written_and_doubles_nothing(
    sqlite_url: str, point: str
) -> None:
    """R1: twice, because the second one begins with what the first has left."""
    for _ in range(2):
        died = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", KILLED, sqlite_url, point],
            check=False,
            cwd=Path(__file__).parent.parent,
        )
        assert died.returncode == -signal.SIGKILL
    desk = OfficeStore(sqlite_url, FakeClock())
    assert list(await desk.tally.read(TODAY, TODAY)) == [Counted(TODAY, *OPENED, 6)]
    await desk.close()
