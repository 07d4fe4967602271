"""
The desk for the command line: handoffs of the database, identities that somebody named, the form, the erasure ledger.

It belongs to the office side. The public program never loads it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.desk.acts import COMMAND, Act
from bot.desk.clock_mark import MARK, ClockMark
from bot.desk.erasing import Note
from bot.desk.identity import load_identities
from bot.desk.ledger import Ledger
from bot.desk.opening import Opener
from bot.keys import read_signers
from bot.ports.desk import DeskStore
from bot.settings import Settings
from bot.store.office import OfficeStore
from bot.wiring.auditing import open_audit_log
from bot.wiring.common import utc_now

#: Which handoffs were erased, beside the database and never in it: no restore brings one back. Source: SECURITY §6.
LEDGER = Path("desk/erased-handoffs")


@dataclass(frozen=True, slots=True)
class Desk:
    """
    What the commands of the desk work with. `ledger` remembers what was erased, `mark` when was last looked what is due.

    `note` writes an act into the audit log, before it is done. AuditDown: so do nothing; ConfigError:
    the desk has no key to sign the log with.
    """

    store: DeskStore
    ledger: Ledger
    note: Note
    mark: ClockMark


@asynccontextmanager
async def open_desk(settings: Settings, *, actor: str = COMMAND) -> AsyncIterator[Desk]:
    """
    Open the handoffs of the database. No key is needed for it, and none is read before something is to be noted.

    `actor`: who acts in the audit log.
    """
    ledger = open_ledger(settings)
    store = OfficeStore(settings.database, utc_now, write_down=ledger.append)

    async def note(act: Act, subject: str, **detail: str | int) -> None:
        log = open_audit_log(settings.data_dir, store.audit, utc_now)
        await log.write(act, actor=actor, subject=subject, detail=detail)

    try:
        yield Desk(store.handoffs, ledger, note, ClockMark(settings.data_dir / MARK))
    finally:
        await store.close()


def open_ledger(settings: Settings) -> Ledger:
    """Open the erasure ledger of the data directory; its folder is made if need be."""
    (settings.data_dir / LEDGER.parent).mkdir(mode=0o700, parents=True, exist_ok=True)
    return Ledger(settings.data_dir / LEDGER)


def build_opener(settings: Settings, paths: Sequence[Path], *, ask: Callable[[Path], str]) -> Opener:
    """
    Read the identities in these files, or those of the data directory; `ask` is asked for the passphrase of a locked one.

    ConfigError: no identity, a wrong passphrase, or a signer that is not sound.
    """
    identities = load_identities(list(paths) or settings.data_dir, ask)
    return Opener(identities, read_signers(settings.data_dir))
