"""
The desk for the command line: handoffs of the database, identities that somebody named, the form, the erasure ledger.

It belongs to the office side. The public program never loads it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.desk.identity import load_identities
from bot.desk.ledger import Ledger
from bot.desk.opening import Opener
from bot.keys import read_signers
from bot.ports.desk import DeskStore
from bot.settings import Settings
from bot.store.handoffs_desk import open_desk_handoffs

#: Which handoffs were erased, beside the database and never in it: no restore brings one back. Source: SECURITY §6.
LEDGER = Path("desk/erased-handoffs")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the commands of the desk work with. `ledger` remembers what was erased."""

    store: DeskStore
    ledger: Ledger


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Open the handoffs of the database. No key is needed for it, and none is read."""
    (settings.data_dir / LEDGER.parent).mkdir(mode=0o700, parents=True, exist_ok=True)
    ledger = Ledger(settings.data_dir / LEDGER)
    store = open_desk_handoffs(settings.database, write_down=ledger.append)
    try:
        yield Desk(store, ledger)
    finally:
        await store.close()


def build_opener(settings: Settings, paths: Sequence[Path], *, ask: Callable[[Path], str]) -> Opener:
    """
    Read the identities in these files, or those of the data directory; `ask` is asked for the passphrase of a locked one.

    ConfigError: no identity, a wrong passphrase, or a signer that is not sound.
    """
    identities = load_identities(list(paths) or settings.data_dir, ask)
    return Opener(identities, read_signers(settings.data_dir))
