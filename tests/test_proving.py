"""T10: once an hour the public side sends a test handoff, also when nobody writes, and nobody waits for it."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.envelope import STEP_BYTES, TEST_TEXT, name_test
from bot.core.inputs import Typed
from bot.desk.identity import load_identities
from bot.desk.opening import Opener
from bot.errors import StoreDown
from bot.keys import read_recipients, read_signers
from bot.ports import Inbound, NewSealingTests, SealingTest
from bot.proving import Proving
from bot.settings import Settings
from bot.store.office import OfficeStore
from bot.store.sealing_tests import AddedSealingTests
from bot.wiring.common import prepare
from bot.wiring.talking import Talking, build_sealer, open_talking
from tests.fakes.handing import GlassSealer
from tests.fakes.sealing_tests import MemorySealingTests
from tests.store.cast import FakeClock

HOUR = timedelta(hours=1)
FAR = datetime.max.replace(tzinfo=UTC)


@pytest.fixture
def tests() -> MemorySealingTests:
    return MemorySealingTests()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 20, 4, 7, 30, tzinfo=UTC))


def proving(
    tests: NewSealingTests, clock: FakeClock, sealer: GlassSealer | None = None, every_s: float = 0.001
) -> Proving:
    return Proving(sealer or GlassSealer(open=True), tests, clock, first_after_s=0, every_s=every_s)


async def test_one_an_hour_of_the_clock_says_to_whom_and_nothing_of_anybody(
    tests: MemorySealingTests, clock: FakeClock
) -> None:
    """T10: the constant text, under the recipients of now and the full hour."""
    sealer = GlassSealer(open=True)
    one = proving(tests, clock, sealer)
    for _ in range(5):
        await one.prove()
        clock.pass_by(timedelta(minutes=15))
    hours = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (4, 5)]
    assert [hour for hour, _ in tests.rows] == hours
    assert [row.recipients for row in tests.rows.values()] == [("aaaa", "bbbb")] * 2
    assert sealer.sealed == [("test", name_test(("aaaa", "bbbb")), TEST_TEXT)] * 2


async def test_each_host_sends_its_own(tests: MemorySealingTests, clock: FakeClock) -> None:
    """T10: one whose recipients were swapped is heard in every hour, though another was there first."""
    hosts = [proving(tests, clock, GlassSealer(open=True, signer=name)) for name in ("front", "second")]
    for _ in range(2):
        for one in hosts:
            await one.prove()
        hosts.reverse()
        clock.pass_by(HOUR)
    assert [signer for _, signer in tests.rows] == ["front", "second", "second", "front"]


async def test_several_replicas_with_one_key_send_one_together(
    tests: MemorySealingTests, clock: FakeClock
) -> None:
    """T10: and none of them takes the other's for a fault."""
    replicas = [proving(tests, clock) for _ in range(3)]
    for _ in range(3):
        await asyncio.gather(*(one.prove() for one in replicas))
        clock.pass_by(HOUR)
    assert len(tests.rows) == 3


async def test_without_a_desk_there_is_none(tests: MemorySealingTests, clock: FakeClock) -> None:
    """T10: nor an incident; and it comes in the same hour in which the desk opens."""
    sealer = GlassSealer()
    one = proving(tests, clock, sealer)
    await one.prove()
    assert tests.asked == 0
    sealer.open = True
    await one.prove()
    assert len(tests.rows) == 1


async def test_keys_that_change_while_it_is_sealed_are_no_lie(
    tests: MemorySealingTests, clock: FakeClock
) -> None:
    """T10: what it says of its recipients is what it was sealed to; the next try fits the new ones."""
    told = [("aaaa", "bbbb"), ("aaaa", "cccc"), ("aaaa", "cccc"), ("aaaa", "cccc")]

    class Changing(GlassSealer):
        def list_fingerprints(self) -> tuple[str, ...]:
            return told.pop(0)

    one = proving(tests, clock, Changing(open=True))
    await one.prove()
    assert not tests.rows
    await one.prove()
    assert [row.recipients for row in tests.rows.values()] == [("aaaa", "cccc")]


@pytest.mark.parametrize("fault", [StoreDown("gone"), RuntimeError("a bug, and 王小明 in its message")])
async def test_what_cannot_be_stored_is_one_incident_an_hour_and_tried_again(
    tests: MemorySealingTests, clock: FakeClock, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    """T10, T30: nothing is raised, and no word of the fault is told."""
    tests.fault = fault
    one = proving(tests, clock)
    for _ in range(3):
        await one.prove()
    assert caplog.messages == ["sealing_test_failed"]
    assert "王小明" not in caplog.text
    tests.fault = None
    await one.prove()
    assert len(tests.rows) == 1


async def test_it_comes_by_itself_soon_after_a_start_and_goes_on(
    tests: MemorySealingTests, clock: FakeClock
) -> None:
    """T10: also when nobody writes, and after the database was away."""
    tests.take_down()
    async with proving(tests, clock).keeping(), asyncio.timeout(30):
        while tests.asked < 3:  # noqa: ASYNC110 - nobody tells, as in the program
            await asyncio.sleep(0)
        tests.fault = None
        for number in range(3):
            while len(tests.rows) <= number:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0)
            clock.pass_by(HOUR)


async def test_a_clock_that_is_set_back_makes_no_second_one(
    tests: MemorySealingTests, clock: FakeClock
) -> None:
    """T10: the hour names it, whoever tries again."""
    one = proving(tests, clock)
    for span in (HOUR, -HOUR, HOUR):
        await one.prove()
        clock.pass_by(span)
    assert len(tests.rows) == 2


async def test_a_database_that_hangs_keeps_no_program_from_stopping(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T10: what hangs is given up; there is another one in an hour."""
    monkeypatch.setattr("bot.proving._LAST_S", 0.01)
    began = asyncio.Event()

    class Hanging:
        async def add(self, _test: SealingTest) -> bool:
            began.set()
            await asyncio.Event().wait()
            return True

    async with asyncio.timeout(30), proving(Hanging(), clock).keeping():
        await began.wait()


# ─── The real program ─────────────────────────────────────────────────────────


def demo(tmp_path: Path, **more: object) -> Settings:
    settings = Settings(_env_file=None, data_dir=tmp_path / "var", **more)  # type: ignore[call-arg,arg-type]  # no .env
    prepare(settings)
    return settings


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the real program's three seconds."""
    monkeypatch.setattr("bot.wiring.talking.Proving", _hurried)


def _hurried(*parts: object) -> Proving:
    return Proving(*parts, first_after_s=0, every_s=0.01)  # type: ignore[arg-type]  # as it is given


async def say(talking: Talking, words: str) -> None:
    await talking.runner.attempt(Inbound(channel="web", user_id="her", delivery_id=words, what=Typed(words)))


async def read_newest(settings: Settings) -> SealingTest | None:
    office = OfficeStore(settings.database, FakeClock())
    try:
        names = [one.fingerprint for one in read_signers(settings.data_dir)]
        found = await office.sealing_tests.find_newest(names, since=FAR, until=FAR)
        return next(iter(found.tests), None)
    finally:
        await office.close()


@pytest.mark.usefixtures("at_once")
async def test_the_real_program_seals_it_as_it_seals_a_handoff(tmp_path: Path, database_url: str) -> None:
    """T10: the same keys, the same files, and each of the recipients opens it; it is there before anybody wrote."""
    settings = demo(tmp_path, database_url=database_url)
    async with open_talking(settings), asyncio.timeout(60):
        while (test := await read_newest(settings)) is None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    assert test.hour == test.hour.replace(minute=0, second=0, microsecond=0)
    assert set(test.recipients) == {one.fingerprint for one in read_recipients(settings.data_dir)}
    for identity in load_identities(settings.data_dir):
        opener = Opener([identity], read_signers(settings.data_dir))
        opened = opener.open(test.sealed, purpose="test", name=name_test(test.recipients), at=test.hour)
        assert opened == TEST_TEXT


@pytest.mark.usefixtures("at_once")
async def test_where_no_handoffs_are_taken_the_real_program_sends_none(tmp_path: Path) -> None:
    """T10: and it talks with people as ever."""
    settings = demo(tmp_path, handoffs="not-taken")
    async with open_talking(settings) as talking:
        await asyncio.sleep(0.1)
        await say(talking, "hi")
    assert await read_newest(settings) is None


@pytest.mark.usefixtures("at_once")
async def test_nobodys_message_is_disturbed_while_none_can_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: the database refuses the tests; whoever writes is answered, and the program stops in time."""

    async def refuse(_self: AddedSealingTests, _test: SealingTest) -> bool:
        raise StoreDown("gone")

    monkeypatch.setattr(AddedSealingTests, "add", refuse)
    settings = demo(tmp_path)
    with caplog.at_level(logging.ERROR):
        async with open_talking(settings) as talking, asyncio.timeout(60):
            while "sealing_test_failed" not in caplog.messages:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            for words in ("hi", "你好"):
                await say(talking, words)
    assert caplog.messages == ["sealing_test_failed"]
    assert await read_newest(settings) is None


async def test_what_a_dump_of_it_holds(tmp_path: Path) -> None:
    """T8, T10: an hour, fingerprints that are public, and a seal; the constant text is not to be seen anywhere."""
    settings = demo(tmp_path)
    async with open_talking(settings) as talking:
        await Proving(build_sealer(settings), talking.store.sealing_tests, FakeClock()).prove()
    test = await read_newest(settings)
    assert test is not None
    assert len(test.sealed.blob) > STEP_BYTES
    raw = b"".join(path.read_bytes() for path in settings.data_dir.glob("*.sqlite3*"))
    assert test.recipients[0].encode() in raw
    assert TEST_TEXT not in raw
