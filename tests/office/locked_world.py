"""The office's world where vaults need words, as in real use: cheap locks, and a log in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.desk.casework import Casework, Worked
from bot.desk.identity import Identity, load_identities
from bot.desk.key_changes import KeyChanges
from bot.desk.reseal_job import ResealJob
from bot.desk.vaults import StaffVaults
from bot.keys import read_signers
from bot.keys.places import VAULTS
from bot.keys.vault_files import VaultFiles
from bot.office.app import create_office
from bot.wiring.keyring import FileKeyRing
from tests.desk.vault_cast import CHEAP_LOCK, FakeAudit
from tests.office.fakes import CHEAP, PROMPT
from tests.office.world import ORIGIN, World, open_world

WORDS = "馬 電池 正確 釘書機 雲 湯匙"


@dataclass
class LockedWorld(World):
    """A world whose vaults are locked; `log` is what was written down."""

    log: FakeAudit = None  # type: ignore[assignment]  # always given

    @property
    def desk_identity(self) -> Identity:
        """The desk's identity, as it lies in a file of the host."""
        return load_identities(self.settings.data_dir / "desk" / "desk.identity")[0]

    @property
    def identity_text(self) -> str:
        """The text of that file, without the line that calls it a demo's."""
        text = (self.settings.data_dir / "desk" / "desk.identity").read_text("utf-8")
        return text.splitlines()[-1]

    async def fill(self, name: str, words: str = WORDS) -> None:
        """Set a member's vault up where they sit, open it there and put the desk's identity into it."""
        vaults, account_id = self.parts.vaults, self.accounts[name]
        seat = self.seats.get(name, "nowhere in particular")
        assert await vaults.set_up(account_id, words, seat=seat) is None
        code = vaults.look(account_id).fingerprint
        assert (
            await vaults.grant_these([self.desk_identity], account_id, fingerprint=code, by="command") is None
        )


@asynccontextmanager
async def open_locked_world(folder: Path) -> AsyncIterator[LockedWorld]:
    """Open an office with nobody in it, all vaults to be made."""
    async with open_world(folder) as world:
        log, data_dir = FakeAudit(), world.settings.data_dir
        ring = FileKeyRing(data_dir, world.clock)
        vaults = StaffVaults(
            VaultFiles(data_dir / VAULTS),
            read_signers(data_dir),
            audit=log,
            clock=world.clock,
            ring=ring.glance,
            cost=CHEAP_LOCK,
            least=CHEAP_LOCK,
        )
        resealing = ResealJob(
            world.parts.handoffs,
            world.parts.sealer,
            audit=log,
            clock=world.clock,
            is_open=lambda account_id, seat: vaults.state(account_id, seat) == "open",
        )
        given = world.parts
        keys = KeyChanges(ring, log, staff=given.staff, clock=world.clock)
        cases = Casework(
            Worked(
                handoffs=given.handoffs,
                store=given.casework,
                audit=log,
                tally=given.tally,
                vaults=vaults,
                sealer=given.sealer,
                form=given.form,
                clock=world.clock,
            )
        )
        parts = replace(given, audit=log, vaults=vaults, keys=keys, resealing=resealing, cases=cases)
        app = create_office(parts, demo=True, origin=ORIGIN, limits=PROMPT, cost=CHEAP)
        yield LockedWorld(parts, app, world.clock, world.settings, log=log)
        await resealing.stop()
