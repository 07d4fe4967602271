"""The public program: chat in, replies out. It holds no key that opens a handoff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp

from bot.channels.line import LineChannel
from bot.channels.telegram import TelegramChannel
from bot.channels.web import Web
from bot.crypto import RootVault
from bot.front.app import create_app
from bot.keys import read_root
from bot.pack import Pack, load_pack
from bot.ports import Sender, Webhook
from bot.runner import Runner
from bot.settings import Settings
from bot.store.sql import SqlStore, open_store
from bot.wiring.common import build_engine, build_speaker, new_token, new_visit, refuse_nameless, utc_now
from bot.worker import Worker


class _Channel(Webhook, Sender, Protocol):
    """Both halves of a messaging channel."""

    async def open(self) -> None:
        """Connect ahead of the first reply."""
        ...


@dataclass(frozen=True, slots=True)
class Front:
    """The public program: its app and the worker that delivers for it."""

    app: ASGIApp
    worker: Worker


@asynccontextmanager
async def open_front(settings: Settings, pack: Pack | None = None) -> AsyncIterator[Front]:
    """Open the public program. Leaving closes connections; what is not delivered stays in the outbox."""
    pack = pack or load_pack()
    if not settings.is_demo:
        refuse_nameless(pack)
    vault = RootVault(read_root(settings.env, settings.data_dir))
    store = open_store(settings.database, vault)
    channels = _build_channels(settings)
    try:
        for channel in channels.values():
            await channel.open()
        yield _build_front(settings, pack, store, vault, channels)
    finally:
        for channel in channels.values():
            await channel.close()
        await store.close()


def _build_front(
    settings: Settings, pack: Pack, store: SqlStore, vault: RootVault, channels: dict[str, _Channel]
) -> Front:
    speaker = build_speaker(pack, settings.origin)
    runner = Runner(build_engine(pack), store, vault, speaker, utc_now, new_visit)
    worker = Worker(store, channels, utc_now)
    app = create_app(
        conversation=runner,
        interface=speaker,
        codec=Web(),
        webhooks=channels,
        wake=worker.wake,
        is_ready=store.is_ready,
        origin=settings.origin,
        demo=settings.is_demo,
        new_token=new_token,
        clock=utc_now,
    )
    return Front(app, worker)


def _build_channels(settings: Settings) -> dict[str, _Channel]:
    channels: dict[str, _Channel] = {}
    if settings.has_line:
        channels["line"] = LineChannel(
            channel_secret=settings.line_channel_secret.get_secret_value(),
            access_token=settings.line_channel_access_token.get_secret_value(),
            api_base=settings.line_api_base,
            clock=utc_now,
        )
    if settings.has_telegram:
        channels["telegram"] = TelegramChannel(
            bot_token=settings.telegram_bot_token.get_secret_value(),
            webhook_secret=settings.telegram_webhook_secret.get_secret_value(),
            api_base=settings.telegram_api_base,
            clock=utc_now,
        )
    return channels
