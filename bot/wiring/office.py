"""The back office: staff sign in and look. It loads nothing of the public side and opens no vault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from starlette.types import ASGIApp

from bot import __version__
from bot.core.knowledge import Contact
from bot.core.taipei import TAIPEI
from bot.errors import ConfigError
from bot.keys import DEMO_PASSWORD, read_recipients
from bot.office.app import create_office
from bot.office.auth import DEMO_NAME, ensure_demo_account
from bot.office.model import ContactSeen, LanguageSeen, RecipientSeen, StateOfService
from bot.pack import Pack, load_pack
from bot.settings import Settings
from bot.store.desk import DeskStore
from bot.voice.catalogs import SOURCE_LOCALE
from bot.wiring.checking import find_pack_issues
from bot.wiring.common import new_token, utc_now


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[ASGIApp]:
    """Open the back office. In the demo environment the printed login works."""
    pack = load_pack()
    store = DeskStore(settings.database, utc_now)
    try:
        if settings.is_demo:
            await ensure_demo_account(store.staff, read_demo_password(settings), clock=utc_now, demo=True)
        yield create_office(
            staff=store.staff,
            look=_Looker(settings, pack, store),
            clock=utc_now,
            demo=settings.is_demo,
            origin=settings.office_origin,
            new_token=new_token,
        )
    finally:
        await store.close()


def read_demo_password(settings: Settings) -> str:
    """Return the password of the demo login, made with the demo keys. ConfigError: these are no demo keys."""
    path = settings.data_dir / DEMO_PASSWORD
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: missing, so these keys are not the demo's; set FRONTDOOR_ENV=production, "
            "or point FRONTDOOR_DATA_DIR at an empty directory"
        ) from None


def describe_demo_login(settings: Settings) -> str:
    """Say how to sign in to the demo back office."""
    return f"DEMO staff login: {settings.office_origin}  name: {DEMO_NAME}  password: {read_demo_password(settings)}"


class _Looker:
    """Reads the state of the service anew at every call."""

    def __init__(self, settings: Settings, pack: Pack, store: DeskStore) -> None:
        self._settings = settings
        self._pack = pack
        self._store = store
        self._issues = len(find_pack_issues(pack, _today()))

    async def __call__(self) -> StateOfService:
        conversations, letters = await self._store.count_open()
        return StateOfService(
            version=__version__,
            demo=self._settings.is_demo,
            conversations=conversations,
            letters=letters,
            flow_issues=self._issues,
            recipients=tuple(
                RecipientSeen(one.name, one.fingerprint, one.demo)
                for one in read_recipients(self._settings.data_dir)
            ),
            contacts=tuple(
                _see(contact) for contact in self._pack.knowledge.contacts.values() if contact.show != "no"
            ),
            languages=_see_languages(self._pack),
        )


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
    total = len(pack.sentences)
    return tuple(
        LanguageSeen(
            tag=locale,
            name=locale,
            translated=1.0
            if locale == SOURCE_LOCALE
            else len(pack.catalogs.by_locale[locale].keys() & pack.sentences) / total,
        )
        for locale in pack.catalogs.locales
    )
