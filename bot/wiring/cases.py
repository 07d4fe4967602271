"""What the page of one handoff needs beside the database: the use cases, and what the person is told at each status."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.model import StateId
from bot.desk.casework import Casework, Worked
from bot.desk.vaults import Vaults
from bot.pack import Pack
from bot.ports import TOLD, Audit, Clock, Sealer, Status
from bot.store.office import OfficeStore

#: The state that answers somebody who types a receipt, and by which of its guards a sentence says how far the desk is.
_STATE = StateId("receipt_status")
_GUARD = "receipt="


def open_cases(
    store: OfficeStore, pack: Pack, *, vaults: Vaults, audit: Audit, sealer: Sealer, clock: Clock
) -> Casework:
    """Put together what is done with one handoff."""
    return Casework(
        Worked(
            handoffs=store.handoffs,
            store=store.casework,
            audit=audit,
            tally=store.tally,
            vaults=vaults,
            sealer=sealer,
            form=pack.form,
            clock=clock,
        )
    )


def read_told(pack: Pack) -> Mapping[Status, Mapping[str, str]]:
    """Return the sentence that the person reads at each status, by language. Empty: this pack has none for it."""
    lines = {guard: line.text for line in pack.flow.get_state(_STATE).say for guard in line.when}
    return {
        status: {
            locale: _say(pack, lines.get(f"{_GUARD}{word}", ""), locale) for locale in pack.catalogs.locales
        }
        for status, word in TOLD.items()
    }


def _say(pack: Pack, sentence: str, locale: str) -> str:
    return pack.catalogs.translate(f"{pack.flow.id}.{_STATE}", sentence, locale) if sentence else ""
