"""The state of the service, as the back office may show it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

from bot import __version__
from bot.core.issues.material import Issue
from bot.core.knowledge import Contact
from bot.core.taipei import TAIPEI
from bot.keys import (
    read_recipients,
)
from bot.office.model import ContactSeen, LanguageSeen, RecipientSeen, StateOfService
from bot.pack import Pack
from bot.settings import Settings
from bot.store.office import OfficeStore
from bot.voice.catalogs import SOURCE_LOCALE
from bot.wiring.checking import find_pack_issues
from bot.wiring.common import utc_now

#: Nobody who only signs in waits longer than this for what is looked for beside it.
_PATIENCE_S = 0.3


class Looker:
    """Reads the state of the service anew at every call."""

    def __init__(self, settings: Settings, pack: Pack, store: OfficeStore) -> None:
        self._settings = settings
        self._pack = pack
        self._store = store
        self._judging: asyncio.Task[Sequence[Issue]] | None = None

    async def __call__(self) -> StateOfService:
        """Read it."""
        conversations, letters = await self._store.count_open()
        return StateOfService(
            version=__version__,
            demo=self._settings.is_demo,
            conversations=conversations,
            letters=letters,
            flow_issues=await self._count_issues(),
            recipients=tuple(
                RecipientSeen(one.name, one.fingerprint, one.demo)
                for one in read_recipients(self._settings.data_dir)
            ),
            contacts=tuple(
                _see(contact) for contact in self._pack.knowledge.contacts.values() if contact.show != "no"
            ),
            languages=_see_languages(self._pack),
        )

    async def _count_issues(self) -> int | None:
        """Count what is wrong with the flows. None: it is still being looked for, which takes seconds."""
        if self._judging is None:
            self._judging = asyncio.create_task(asyncio.to_thread(find_pack_issues, self._pack, _today()))
        await asyncio.wait({self._judging}, timeout=_PATIENCE_S)
        return len(self._judging.result()) if self._judging.done() else None


def _today() -> date:
    return utc_now().astimezone(TAIPEI).date()


def _see(contact: Contact) -> ContactSeen:
    number = f"{contact.number} #{contact.ext}" if contact.ext else contact.number
    return ContactSeen(
        id=contact.id,
        name=contact.name,
        number=number or contact.url,
        source=contact.source,
        dated=contact.source_date,
        status=contact.status,
        recheck_by=contact.recheck_by,
        overdue=_today() > contact.recheck_by,
        phone_checked_on=contact.phone_checked_on,
    )


def _see_languages(pack: Pack) -> tuple[LanguageSeen, ...]:
    sentences = pack.sentences
    return tuple(
        LanguageSeen(
            tag=locale,
            name=locale,
            translated=1.0
            if locale == SOURCE_LOCALE
            else len(pack.catalogs.by_locale[locale].keys() & sentences) / len(sentences),
        )
        for locale in pack.catalogs.locales
    )
