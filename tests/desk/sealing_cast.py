"""Public hosts and a desk for the tests of test handoffs: real keys and seals, a clock that moves when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.core.envelope import TEST_TEXT, fingerprint, name_test
from bot.desk.clock_mark import ClockMark
from bot.desk.identity import Identity
from bot.desk.opening import Opener
from bot.desk.sealing_tests import SETTLED_AFTER, SealingTests, Verdict
from bot.errors import Unreadable
from bot.keys import create_signer, read_recipients, read_sign_key, read_signers
from bot.keys.signers import Signer
from bot.ports import SealingTest
from bot.proving import Proving
from bot.sealing import AgeSealer
from bot.wiring.keyring import FileKeyRing
from tests.fakes.sealing_tests import MemorySealingTests
from tests.keys.folders import new_folder, new_key, put
from tests.store.cast import FakeClock

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass
class PublicHost:
    """A public host: its own list, its own signing key, its own program."""

    folder: Path
    clock: FakeClock
    rows: MemorySealingTests

    def __post_init__(self) -> None:
        (self.folder / "recipients.d").mkdir(parents=True)
        self.signer = create_signer(self.folder, "front", self.clock())
        self.start()

    @property
    def sealer(self) -> AgeSealer:
        return AgeSealer(lambda: read_recipients(self.folder), read_sign_key(self.folder))

    def start(self) -> None:
        self.proving = Proving(self.sealer, self.rows, self.clock)


@dataclass
class Hosts:
    """A public host and a desk with a data directory each, one clock, and the database between them."""

    folder: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(datetime(2026, 11, 20, 4, 0, 20, tzinfo=UTC)))
    rows: MemorySealingTests = field(default_factory=MemorySealingTests)
    signers: tuple[Signer, ...] = ()
    takes: bool = True
    mark: ClockMark | None = None

    def __post_init__(self) -> None:
        self.front = PublicHost(self.folder / "public", self.clock, self.rows)
        self.publics = [self.front]
        self.public, self.desk = self.front.folder, self.folder / "desk"
        keys = new_folder(self.desk, "anna", "ben")
        self.identities = {
            name: Identity(fingerprint(str(key.to_public())), demo=False, key=key)
            for name, key in keys.items()
        }
        self.carry()
        self.signers = read_signers(self.public)
        self.ring = FileKeyRing(self.desk, self.clock)
        self.start()

    def carry(self) -> None:
        """Copy the list of the desk to the public hosts."""
        for path in (self.desk / "recipients.d").iterdir():
            for host in self.publics:
                put(host.folder, path.name, path.read_text())

    def add_host(self, name: str) -> PublicHost:
        """Start another public host beside the first, with a signing key of its own that the desk knows."""
        made = PublicHost(self.folder / name, self.clock, self.rows)
        self.publics.append(made)
        self.signers = (*self.signers, made.signer)
        self.carry()
        return made

    def start(self) -> None:
        """Start all programs."""
        for host in self.publics:
            host.start()
        self.tests = SealingTests(
            self.rows,
            self.clock,
            look_at_keys=self.ring.look,
            read_signers=lambda: self.signers,
            takes_handoffs=self.takes,
            mark=self.mark,
        )

    async def run_for(self, span: timedelta) -> Verdict:
        """Let all programs run for a while, minute by minute, as they do; returns what is said at the end."""
        end = self.clock() + span
        while self.clock() < end:
            await self._turn()
            self.clock.pass_by(min(MINUTE, end - self.clock()))
        await self._turn()
        return self.tests.judge()

    async def _turn(self) -> None:
        for host in self.publics:
            await host.proving.prove()
        await self.tests.look()

    async def desk_alone_for(self, span: timedelta) -> Verdict:
        """The same while no public program runs."""
        end = self.clock() + span
        while self.clock() < end:
            self.clock.pass_by(min(SETTLED_AFTER, end - self.clock()))
            await self.tests.look()
        return self.tests.judge()

    def prove(self, *names: str, by: str = "") -> None:
        """Somebody at the desk has a vault open, with these keys."""
        held = [self.identities[name] for name in names]
        openers = {one.fingerprint: Opener([one], self.signers) for one in held}
        self.tests.prove(by or names[0], openers)

    def prove_blindly(self, name: str) -> None:
        """The same with a key that opens nothing."""
        self.tests.prove(name, {self.identities[name].fingerprint: Blind()})

    @property
    def newest(self) -> SealingTest:
        return max(self.rows.rows.values(), key=lambda one: one.hour)


def swap(folder: Path, name: str) -> None:
    put(folder, f"{name}.pub", new_key())


def add(folder: Path, name: str) -> None:
    put(folder, f"{name}.pub", new_key())


def take_away(folder: Path, name: str) -> None:
    put(folder, f"{name}x.pub", new_key())
    (folder / "recipients.d" / f"{name}.pub").unlink()


def seal_as(
    hosts: Hosts, told: tuple[str, ...], text: bytes = TEST_TEXT, *, host: PublicHost | None = None
) -> None:
    """What a public host that lies puts in: signed by its key, naming whom it likes."""
    hour = hosts.clock().replace(minute=0, second=0, microsecond=0)
    sealed = (host or hosts.front).sealer.seal(text, purpose="test", name=name_test(told), at=hour)
    hosts.rows.put(SealingTest(hour, told, sealed))


def lie_to(hosts: Hosts, name: str, *, host: PublicHost | None = None) -> None:
    """Seal to somebody else in the place of this one, and name the list of the desk."""
    swap((host or hosts.front).folder, name)
    seal_as(hosts, tuple(sorted(hosts.ring.look().in_use)), host=host)


class Blind:
    """Opens nothing."""

    def open(self, *_args: object, **_more: object) -> bytes:
        raise Unreadable("none of our identities opens it")
