"""T10: what the newest test handoff tells the desk, with real keys and seals: swapped, late, odd, unopened, and well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyrage import x25519

from bot.core.envelope import TEST_TEXT, fingerprint, name_test
from bot.desk.identity import Identity
from bot.desk.opening import Opener
from bot.desk.sealing_tests import SealingTests, Verdict
from bot.errors import ConfigError, Unreadable
from bot.keys import create_signer, read_recipients, read_sign_key, read_signers
from bot.keys.signers import Signer
from bot.ports import SealingTest
from bot.proving import Proving
from bot.sealing import AgeSealer
from bot.wiring.keyring import FileKeyRing
from bot.wiring.sealing_tests import watching_sealing_tests
from tests.fakes.sealing_tests import MemorySealingTests
from tests.keys.folders import new_folder, new_key, put
from tests.store.cast import FakeClock

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WELL = Verdict()


@dataclass
class Hosts:
    """A public host and a desk with a data directory each, one clock, and the database between them."""

    folder: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(datetime(2026, 11, 20, 4, 0, 20, tzinfo=UTC)))
    rows: MemorySealingTests = field(default_factory=MemorySealingTests)
    signers: tuple[Signer, ...] = ()
    takes: bool = True

    def __post_init__(self) -> None:
        self.public, self.desk = self.folder / "public", self.folder / "desk"
        keys = new_folder(self.desk, "anna", "ben")
        self.identities = {
            name: Identity(fingerprint(str(key.to_public())), demo=False, key=key)
            for name, key in keys.items()
        }
        (self.public / "recipients.d").mkdir(parents=True)
        self.carry()
        create_signer(self.public, "front", self.clock())
        self.signers = read_signers(self.public)
        self.ring = FileKeyRing(self.desk, self.clock)
        self.start()

    def carry(self) -> None:
        """Copy the list of the desk to the public host."""
        for path in (self.desk / "recipients.d").iterdir():
            put(self.public, path.name, path.read_text())

    def start(self) -> None:
        """Start both programs."""
        sealer = AgeSealer(lambda: read_recipients(self.public), read_sign_key(self.public))
        self.proving = Proving(sealer, self.rows, self.clock)
        self.tests = SealingTests(
            self.rows,
            self.clock,
            look_at_keys=self.ring.look,
            read_signers=lambda: self.signers,
            takes_handoffs=self.takes,
        )

    async def run_for(self, span: timedelta) -> Verdict:
        """Let both programs run for a while, minute by minute, as they do; returns what is said at the end."""
        end = self.clock() + span
        while self.clock() < end:
            await self.proving.prove()
            await self.tests.look()
            self.clock.pass_by(min(MINUTE, end - self.clock()))
        await self.proving.prove()
        await self.tests.look()
        return self.tests.judge()

    async def desk_alone_for(self, span: timedelta) -> Verdict:
        """The same while the public program is stopped."""
        self.clock.pass_by(span)
        await self.tests.look()
        return self.tests.judge()

    def prove(self, name: str, *, holds: bool = True) -> None:
        """Somebody at the desk has the vault open."""
        opener = Opener([self.identities[name]], self.signers)
        self.tests.prove(name, opener, holds_active=lambda _: holds)

    @property
    def newest(self) -> SealingTest:
        return max(self.rows.rows.values(), key=lambda one: one.hour)


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    return Hosts(tmp_path)


async def test_all_is_well_for_days(hosts: Hosts, caplog: pytest.LogCaptureFixture) -> None:
    """T10: no hour without one, no alarm without a cause; whoever is there opens each."""
    for _ in range(60):
        assert not (await hosts.run_for(HOUR)).faults
        hosts.prove("anna")
        hosts.prove("ben")
    assert not hosts.tests.judge().faults
    assert caplog.messages == []


async def test_after_48_hours_they_are_gone(hosts: Hosts) -> None:
    """T10: what is kept is what docs/what-we-hold.md says."""
    await hosts.run_for(60 * HOUR)
    ages = sorted(hosts.clock() - hour for hour in hosts.rows.rows)
    assert (len(ages), ages[-1] // HOUR) == (48, 47)


# ─── Swapped recipients ───────────────────────────────────────────────────────


def swap(folder: Path, name: str) -> None:
    put(folder, f"{name}.pub", new_key())


def add(folder: Path, name: str) -> None:
    put(folder, f"{name}.pub", new_key())


def take_away(folder: Path, name: str) -> None:
    put(folder, f"{name}x.pub", new_key())
    (folder / "recipients.d" / f"{name}.pub").unlink()


@pytest.mark.parametrize("change", [swap, add, take_away])
@pytest.mark.parametrize("after", [MINUTE, 30 * MINUTE, 59 * MINUTE])
async def test_swapped_recipients_are_noticed_within_an_hour(
    hosts: Hosts,
    change: Callable[[Path, str], None],
    after: timedelta,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """T10: from the test alone, though nobody writes and nobody signs in; whenever in the hour it happens."""
    assert not (await hosts.run_for(after)).faults
    change(hosts.public, "ben" if change is not add else "carol")
    swapped_at = hosts.clock()
    while not (await hosts.run_for(MINUTE)).faults:
        assert hosts.clock() - swapped_at <= HOUR
    assert hosts.tests.judge().faults == ("others",)
    assert caplog.messages == ["sealing_test_wrong"]
    assert [record.channel for record in caplog.records] == ["others"]


async def test_it_is_told_once_an_hour_until_it_is_mended(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: and then no more, since the newest one tells."""
    swap(hosts.public, "ben")
    await hosts.run_for(3 * HOUR - MINUTE)
    assert caplog.messages == ["sealing_test_wrong"] * 3
    hosts.carry()
    await hosts.run_for(HOUR)
    assert not hosts.tests.judge().faults
    assert caplog.messages == ["sealing_test_wrong"] * 3


async def test_a_change_of_the_desk_has_an_hour_to_be_carried(hosts: Hosts) -> None:
    """T10: nobody is frightened by what they did themselves; forgotten, it is told."""
    await hosts.run_for(HOUR)
    carol = x25519.Identity.generate()
    since = hosts.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    put(hosts.desk, "carol.pub", f"# since: {since}\n{carol.to_public()}\n")
    assert hosts.ring.look().changed_at == hosts.clock()
    assert not (await hosts.run_for(HOUR - MINUTE)).faults
    assert (await hosts.run_for(HOUR + 2 * MINUTE)).faults == ("others",)
    hosts.carry()
    assert not (await hosts.run_for(HOUR)).faults


async def test_it_counts_for_the_pages_as_the_newest_handoff_does(hosts: Hosts) -> None:
    """T10: one way of comparing."""
    await hosts.run_for(HOUR)
    (sealing,) = hosts.tests.sealing
    assert sealing.recipients == hosts.ring.look().in_use
    assert sealing.created_at == hosts.newest.hour


# ─── Too old ──────────────────────────────────────────────────────────────────


async def test_a_public_program_that_stands_still_is_told(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: two hours after the last one's hour began, with how many it is by now."""
    await hosts.run_for(MINUTE)
    assert await hosts.desk_alone_for(2 * HOUR - 2 * MINUTE) == Verdict((), 1)
    assert await hosts.desk_alone_for(2 * MINUTE) == Verdict(("late",), 2)
    assert await hosts.desk_alone_for(70 * HOUR) == Verdict(("late",), 72)
    assert {record.channel for record in caplog.records} == {"late"}
    assert not (await hosts.run_for(MINUTE)).faults


async def test_one_that_never_came_is_told_from_the_start_of_the_office_on(hosts: Hosts) -> None:
    """T10: as after a restore, or where the public program was never started; nobody is told before."""
    assert hosts.tests.judge() == WELL
    assert await hosts.desk_alone_for(MINUTE) == WELL
    assert await hosts.desk_alone_for(2 * HOUR) == Verdict((), 2)
    assert await hosts.desk_alone_for(MINUTE) == Verdict(("late",), 2)


@pytest.mark.parametrize("closed", ["no recipient", "not taken"])
async def test_where_no_handoffs_are_taken_none_is_missed(tmp_path: Path, closed: str) -> None:
    """T10."""
    hosts = Hosts(tmp_path, takes=closed != "not taken")
    if closed == "no recipient":
        for folder in (hosts.desk, hosts.public):
            (folder / "recipients.d" / "ben.pub").unlink()
    await hosts.run_for(5 * HOUR) if closed == "no recipient" else await hosts.desk_alone_for(MINUTE)
    assert not (await hosts.desk_alone_for(5 * HOUR)).faults
    assert hosts.rows.rows == {}


async def test_a_test_from_the_future_hides_nothing(hosts: Hosts) -> None:
    """T10: a clock that was ahead, or somebody who signed one for later: it is not believed, and taken away."""
    await hosts.run_for(MINUTE)
    hosts.clock.pass_by(100 * HOUR)
    await hosts.proving.prove()
    hosts.clock.pass_by(-100 * HOUR)
    assert await hosts.desk_alone_for(3 * HOUR) == Verdict(("late",), 3)
    assert len(hosts.rows.rows) == 1


# ─── Odd ──────────────────────────────────────────────────────────────────────


def lie_of_recipients(test: SealingTest) -> SealingTest:
    return replace(test, recipients=(test.recipients[0], "0000 0000 0000 0000"))


def move(test: SealingTest) -> SealingTest:
    return replace(test, hour=test.hour + HOUR)


def break_seal(test: SealingTest) -> SealingTest:
    return replace(test, sealed=replace(test.sealed, blob=test.sealed.blob[:-1] + b"\0"))


def sign_as_nobody(test: SealingTest) -> SealingTest:
    return replace(test, sealed=replace(test.sealed, signer="0000 0000 0000 0000"))


@pytest.mark.parametrize("change", [lie_of_recipients, move, break_seal, sign_as_nobody])
async def test_what_is_not_signed_as_it_stands_is_odd(
    hosts: Hosts, change: Callable[[SealingTest], SealingTest]
) -> None:
    """T10, T11: and what it says of its recipients is not believed then."""
    await hosts.run_for(MINUTE)
    (test,) = hosts.rows.rows.values()
    changed = change(test)
    hosts.rows.rows = {changed.hour: changed}
    assert (await hosts.desk_alone_for(MINUTE)).faults == ("odd",)
    assert hosts.tests.sealing == ()
    hosts.prove("anna")
    assert hosts.tests.judge().faults == ("odd",)


async def test_a_host_that_signs_another_list_than_it_seals_to_is_seen_without_a_key(hosts: Hosts) -> None:
    """T10: one key more than it names, so that a stranger could read; the head of an age file says how many there are."""
    add(hosts.public, "stranger")
    told = tuple(sorted(hosts.ring.look().in_use))
    _seal_as(hosts, told)
    assert (await hosts.desk_alone_for(MINUTE)).faults == ("odd",)


async def test_signers_that_cannot_be_read_make_it_odd(hosts: Hosts) -> None:
    """T10: nothing is believed then; and the desk goes on."""
    await hosts.run_for(MINUTE)

    def refuse() -> tuple[Signer, ...]:
        raise ConfigError("signers.d is not sound")

    tests = SealingTests(hosts.rows, hosts.clock, look_at_keys=hosts.ring.look, read_signers=refuse)
    await tests.look()
    assert tests.judge().faults == ("odd",)


# ─── Unopened ─────────────────────────────────────────────────────────────────


def _seal_as(hosts: Hosts, told: tuple[str, ...], text: bytes = TEST_TEXT) -> None:
    """What a public host that lies puts in: signed by its key, naming whom it likes."""
    sealer = AgeSealer(lambda: read_recipients(hosts.public), read_sign_key(hosts.public))
    hour = hosts.clock().replace(minute=0, second=0, microsecond=0)
    sealed = sealer.seal(text, purpose="test", name=name_test(told), at=hour)
    hosts.rows.rows[hour] = SealingTest(hour, told, sealed)


async def test_a_host_that_swaps_a_key_and_names_the_old_one_is_seen_by_who_has_it(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: the list it tells is right, and yet the key of Ben opens nothing; that Anna's does excuses nobody."""
    swap(hosts.public, "ben")
    _seal_as(hosts, tuple(sorted(hosts.ring.look().in_use)))
    assert not (await hosts.desk_alone_for(MINUTE)).faults
    hosts.prove("anna")
    assert not hosts.tests.judge().faults
    hosts.prove("ben")
    hosts.prove("anna")
    assert hosts.tests.judge().faults == ("unopened",)
    await hosts.tests.look()
    assert [record.channel for record in caplog.records] == ["unopened"]


async def test_it_is_said_until_that_member_opens_a_later_one(hosts: Hosts) -> None:
    """T10: the next test alone proves nothing for their key; two days later nobody knows any more."""
    swap(hosts.public, "ben")
    _seal_as(hosts, tuple(sorted(hosts.ring.look().in_use)))
    await hosts.desk_alone_for(MINUTE)
    hosts.prove("ben")
    hosts.carry()
    assert (await hosts.run_for(HOUR)).faults == ("unopened",)
    hosts.prove("ben")
    assert not hosts.tests.judge().faults
    hosts.tests.prove("ben", _Blind(), holds_active=lambda _: True)
    assert (await hosts.run_for(47 * HOUR)).faults == ("unopened",)
    assert not (await hosts.run_for(2 * HOUR)).faults


async def test_another_text_in_it_is_as_bad_as_none(hosts: Hosts) -> None:
    """T10: it must say what it always says."""
    _seal_as(hosts, tuple(sorted(hosts.ring.look().in_use)), b"something else")
    await hosts.desk_alone_for(MINUTE)
    hosts.prove("anna")
    assert hosts.tests.judge().faults == ("unopened",)


async def test_who_holds_no_recipients_key_says_nothing(hosts: Hosts) -> None:
    """T10: a closed vault, an empty one, an old key, before the first test: none of them is an alarm."""
    hosts.tests.prove("carol", _Blind(), holds_active=lambda _: True)
    await hosts.run_for(MINUTE)
    hosts.tests.prove("carol", None, holds_active=lambda _: True)
    hosts.tests.prove("carol", _Blind(), holds_active=lambda _: False)
    assert not hosts.tests.judge().faults


async def test_a_vault_that_knows_older_signers_says_nothing(hosts: Hosts) -> None:
    """T10: the signature was judged by the signers of now; an office that runs on need not be started anew for it."""
    await hosts.run_for(MINUTE)
    hosts.tests.prove("anna", Opener([hosts.identities["anna"]], ()), holds_active=lambda _: True)
    assert not hosts.tests.judge().faults


class _Blind:
    """Opens nothing."""

    def open(self, *_args: object, **_more: object) -> bytes:
        raise Unreadable("none of our identities opens it")


# ─── The watch ────────────────────────────────────────────────────────────────


async def test_the_office_looks_at_its_start_and_again(
    hosts: Hosts, caplog: pytest.LogCaptureFixture
) -> None:
    """T10: also when nobody is signed in; a database that is away does not end it."""
    swap(hosts.public, "ben")
    await hosts.proving.prove()
    hosts.rows.take_down()
    async with asyncio.timeout(30), watching_sealing_tests(hosts.tests, every=timedelta(0)):
        while "sealing_test_not_looked_at" not in caplog.messages:  # noqa: ASYNC110 - nobody tells, as in the office
            await asyncio.sleep(0)
        hosts.rows.fault = None
        while "sealing_test_wrong" not in caplog.messages:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)


async def test_keys_that_are_not_sound_are_told_elsewhere(hosts: Hosts) -> None:
    """With a list that cannot be read nothing can be compared, and nothing is missed by it."""
    await hosts.run_for(MINUTE)
    hosts.prove("anna")
    put(hosts.desk, "odd.pub", "no key\n")
    assert not (await hosts.desk_alone_for(5 * HOUR)).faults
