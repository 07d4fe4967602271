"""What both programs need before they start: the time, random names, keys and a current schema."""

from __future__ import annotations

import secrets
import sqlite3
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.core.code import ALPHABET, LENGTH, write_code
from bot.core.engine import Engine
from bot.core.hear import Ear
from bot.core.receipt import LENGTH as RECEIPT_LENGTH
from bot.core.receipt import write_receipt
from bot.core.stated import Understand
from bot.errors import ConfigError, StoreDown
from bot.failpoints import shifted
from bot.form.reading import FormReader
from bot.keys import fill_demo, read_root, refuse_demo
from bot.pack import Pack
from bot.settings import Settings
from bot.store.migrate import is_served, upgrade
from bot.voice.speaker import Speaker
from bot.wiring.ourselves import succeeds_elsewhere
from bot.wiring.understanding import LocaleFinder, load_understanding
from bot.workdays import is_workday

#: Where the program answers while nobody has set anything else.
DEMO_ORIGIN = "http://127.0.0.1:8080"


def utc_now() -> datetime:
    """Return aware UTC now."""
    return shifted(datetime.now(UTC))


def new_token() -> str:
    """Return 256 random bits as base64url text."""
    return secrets.token_urlsafe(32)


def new_visit() -> str:
    """Return a name for one visit: short, because it travels in every button."""
    return secrets.token_hex(4)


def new_code() -> str:
    """Return a one-time code, the way people are told it."""
    return write_code("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def prepare(settings: Settings, *, needs_root: bool = True, lean: bool = False) -> None:
    """
    Fill an empty demo data directory and bring the schema up to date. ConfigError stops the start.

    `needs_root`: false for the back office, whose machine must not have the root key. `lean`: a process of
    its own migrates, whose memory is free again before ours is needed.
    """
    _refuse_odd_database(settings)
    if settings.is_demo:
        fill_demo(settings.data_dir)
    else:
        refuse_demo(settings.data_dir)
    if needs_root:
        read_root(settings.env, settings.data_dir)
    if settings.sqlite_path:
        settings.sqlite_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        if lean and not is_served(settings.database):
            succeeds_elsewhere("migrate")
        upgrade(settings.database)
    except StoreDown as fault:
        raise ConfigError(
            f"FRONTDOOR_DATABASE_URL: {fault}; see that it runs, that we may write there, and that the disk has room"
        ) from None


def new_page() -> str:
    """Return the token of a one-time page: 128 random bits as base64url text."""
    return secrets.token_urlsafe(16)


def new_receipt() -> str:
    """Return a receipt, the way people are told it."""
    return write_receipt("".join(secrets.choice(ALPHABET) for _ in range(RECEIPT_LENGTH)))


def new_id() -> str:
    """Return a random id (UUID 4): of a handoff, a consent, a request."""
    return str(uuid.uuid4())


def _always() -> bool:
    return True


def build_speaker(
    pack: Pack, origin: str = DEMO_ORIGIN, *, is_desk_open: Callable[[], bool] = _always
) -> Speaker:
    """
    Build the voice of a pack.

    `origin` begins the addresses that people are given; `is_desk_open` says whether handoffs are taken now.
    """
    return Speaker(
        pack.flow,
        pack.knowledge,
        pack.catalogs,
        words=pack.words,
        operator=pack.operator,
        origin=origin,
        is_workday=is_workday,
        form=pack.form,
        receiver=pack.receiver,
        is_desk_open=is_desk_open,
    )


def build_engine(
    pack: Pack, *, is_desk_open: Callable[[], bool] = _always, understand: Understand | None = None
) -> Engine:
    """Build the engine of a pack; `is_desk_open` as above. `understand` reads free words: as the shipped model does."""
    reads = understand or load_understanding()
    ear = Ear(pack.flow, pack.alarms, pack.catalogs.translate, reads)
    return Engine(
        pack.flow,
        ear,
        fields=FormReader(pack.form),
        is_desk_open=is_desk_open,
        find_locale=LocaleFinder(reads, pack.catalogs.locales),
    )


def _refuse_odd_database(settings: Settings) -> None:
    try:
        make_url(settings.database)
    except (ArgumentError, ValueError):
        raise ConfigError(
            "FRONTDOOR_DATABASE_URL: cannot be read; write postgresql+asyncpg://user:password@host:5432/name, "
            "with %-codes for odd characters in the password"
        ) from None
    path = settings.sqlite_path
    if path is not None and (not path.is_absolute() or "?" in path.name):
        raise ConfigError("FRONTDOOR_DATABASE_URL: name an absolute file, sqlite+aiosqlite:////path/to/file")
    if sqlite3.threadsafety == 0:
        raise ConfigError("this Python's SQLite is not thread-safe: use another Python build")


def has_receiver(pack: Pack) -> bool:
    """Whether people can be told who receives what they send, and how to ask about it."""
    return {"unit", "phone", "hours"} <= pack.receiver.keys()


def takes_handoffs(settings: Settings, pack: Pack) -> bool:
    """Whether handoffs are to be taken at all: nobody said otherwise, and people can be told who receives them."""
    return settings.handoffs == "taken" and (settings.is_demo or has_receiver(pack))


def refuse_nameless(pack: Pack) -> None:
    """ConfigError unless somebody answers for the service: people are told who."""
    if not pack.operator:
        raise ConfigError("flows/operator.toml: say in `name` who runs this service; people are told")
