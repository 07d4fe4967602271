"""What every public program talks with: the channels, the store, the conversation, and the worker that delivers."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from bot.channels.line import LineChannel
from bot.channels.telegram import TelegramChannel
from bot.core.tally import Counter
from bot.crypto import RootVault
from bot.form.model import Form
from bot.form.reading import FormReader
from bot.front.gate import Gate
from bot.handing import Handing
from bot.keys import mark_recipients, read_recipients, read_root, read_sign_key
from bot.limiting import Limiter, make_limits
from bot.meter import Meter
from bot.metrics import Meters
from bot.pack import Pack, load_pack
from bot.page_desk import PageDesk
from bot.ports import Sealer, Sender, Webhook
from bot.proving import Proving
from bot.runner import Runner
from bot.sealing import AgeSealer
from bot.settings import Settings
from bot.store.sql import SqlStore, open_store
from bot.submitting import Submitting
from bot.tallying import Tallies
from bot.voice.speaker import Speaker
from bot.wiring.common import (
    build_engine,
    build_speaker,
    new_code,
    new_id,
    new_page,
    new_receipt,
    new_visit,
    refuse_nameless,
    takes_handoffs,
    utc_now,
)
from bot.wiring.limiting import build_gate, build_limiter, find_pressing, hear_doubled
from bot.wiring.metrics import around_outbox, around_sealer, around_store, count_doubled, make_meters
from bot.worker import Worker

#: How long it is known whether the desk is open: looking is a few calls of the file system, twice a turn.
_REMEMBERED_S = 0.1
#: Every channel that somebody can come by.
CHANNELS = ("line", "telegram", "web")


class Channel(Webhook, Sender, Protocol):
    """Both halves of a messaging channel."""

    async def open(self) -> None:
        """Connect ahead of the first reply."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


@dataclass(frozen=True, slots=True)
class Talking:
    """One open conversation with everybody; `channels` are those that can be sent on, by name."""

    channels: dict[str, Channel]
    store: SqlStore
    speaker: Speaker
    runner: Runner
    limiter: Limiter
    gate: Gate
    meter: Meter
    worker: Worker
    desk: PageDesk
    form: Form
    meters: Meters | None
    knows: Callable[[str], Awaitable[bool]]


@asynccontextmanager
async def open_talking(settings: Settings, pack: Pack | None = None) -> AsyncIterator[Talking]:
    """
    Open what talks. Leaving closes connections; what is not delivered stays in the outbox.

    ConfigError: in production somebody must answer for the service.
    """
    pack = pack or load_pack()
    if not settings.is_demo:
        refuse_nameless(pack)
    vault = RootVault(read_root(settings.env, settings.data_dir))
    store = open_store(settings.database, vault, clock=utc_now)
    channels = _build_channels(settings)
    try:
        for channel in channels.values():
            await channel.open()
        sealer = build_sealer(settings, is_named=takes_handoffs(settings, pack))
        is_desk_open = _remember_briefly(sealer.is_open)
        speaker = build_speaker(pack, settings.origin, is_desk_open=is_desk_open)
        engine = build_engine(pack, is_desk_open=is_desk_open)
        meters = make_meters(settings)
        submitting = build_submitting(pack, speaker, around_sealer(sealer, meters))
        handing = Handing(engine, submitting, submitting.reader, new_page)
        tallies = build_tallies(pack, store)
        limits = make_limits(settings.person_per_minute, settings.person_burst)
        runner = Runner(
            *(engine, around_store(store, meters), vault, speaker, utc_now, new_visit, new_code, handing),
            count=tallies.count,
            doubled=hear_doubled(limits, count_doubled(meters)),
        )
        desk = PageDesk(store, engine, speaker, submitting, utc_now, tallies.count, store.has_page)
        worker = Worker(around_outbox(store, meters), channels, utc_now, runner.speak, sorry=speaker.sorry)
        store.deliver_by(worker)
        meter = Meter()
        needed = find_pressing(pack)
        limiter = build_limiter(
            limits,
            pack,
            needed=needed,
            runner=runner,
            engine=engine,
            store=store,
            vault=vault,
            speaker=speaker,
            senders=channels,
            count=meter.count,
        )
        gate = build_gate(settings, vault, limiter, needed=needed, count=meter.count)
        knows = _look_for(store, vault)
        proving = Proving(sealer, store.sealing_tests, utc_now)
        async with tallies.keeping(), proving.keeping():
            yield Talking(
                channels, store, speaker, runner, limiter, gate, meter, worker, desk, pack.form, meters, knows
            )
    finally:
        for channel in channels.values():
            await channel.close()
        await store.close()


def _look_for(store: SqlStore, vault: RootVault) -> Callable[[str], Awaitable[bool]]:
    """Return what says of a name of the web page whether anything is stored, without a transaction."""

    async def knows(name: str) -> bool:
        return await store.look(vault.person_key("web", name)) is not None

    return knows


def _remember_briefly(ask: Callable[[], bool]) -> Callable[[], bool]:
    """Ask ten times a second at most: this only says what is shown, and whoever seals looks for themselves."""
    answer, until = False, 0.0

    def tell() -> bool:
        nonlocal answer, until
        now = time.monotonic()
        if now >= until:
            answer, until = ask(), now + _REMEMBERED_S
        return answer

    return tell


def build_sealer(settings: Settings, *, is_named: bool = True) -> AgeSealer:
    """
    Build what seals to the recipients of the data directory. ConfigError: the signing key is missing or unsound.

    `is_named`: people can be told who receives what they send; else nothing is sealed to anybody.
    """
    folder = settings.data_dir
    return AgeSealer(
        lambda: read_recipients(folder) if is_named else (),
        read_sign_key(folder),
        mark=lambda: mark_recipients(folder),
    )


def build_tallies(pack: Pack, store: SqlStore) -> Tallies:
    """Build what counts turns."""
    counter = Counter(pack.flow, pack.statistics, channels=CHANNELS, locales=pack.catalogs.locales)
    return Tallies(store.tally, counter)


def build_submitting(pack: Pack, speaker: Speaker, sealer: Sealer) -> Submitting:
    """Build what sends handoffs."""
    return Submitting(
        form=pack.form,
        reader=FormReader(pack.form),
        sealer=sealer,
        say=speaker.say,
        write_notices=speaker.write_notices,
        new_id=new_id,
        new_receipt=new_receipt,
    )


def _build_channels(settings: Settings) -> dict[str, Channel]:
    channels: dict[str, Channel] = {}
    if settings.has_line:
        channels["line"] = LineChannel(
            channel_secret=settings.line_channel_secret.get_secret_value(),
            access_token=settings.line_channel_access_token.get_secret_value(),
            api_base=settings.line_api_base,
            clock=utc_now,
        )
    if settings.has_telegram_bot:  # also where updates are fetched and no webhook has a secret
        channels["telegram"] = TelegramChannel(
            bot_token=settings.telegram_bot_token.get_secret_value(),
            webhook_secret=settings.telegram_webhook_secret.get_secret_value(),
            api_base=settings.telegram_api_base,
            clock=utc_now,
        )
    return channels
