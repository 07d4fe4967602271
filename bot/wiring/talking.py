"""What every public program talks with: the channels, the store, the conversation, and the worker that delivers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from bot.channels.line import LineChannel
from bot.channels.telegram import TelegramChannel
from bot.crypto import RootVault
from bot.keys import read_root
from bot.pack import Pack, load_pack
from bot.ports import Sender, Webhook
from bot.runner import Runner
from bot.settings import Settings
from bot.store.sql import SqlStore, open_store
from bot.voice.speaker import Speaker
from bot.wiring.common import build_engine, build_speaker, new_code, new_visit, refuse_nameless, utc_now
from bot.worker import Worker


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
    worker: Worker


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
    store = open_store(settings.database, vault)
    channels = _build_channels(settings)
    try:
        for channel in channels.values():
            await channel.open()
        speaker = build_speaker(pack, settings.origin)
        runner = Runner(build_engine(pack), store, vault, speaker, utc_now, new_visit, new_code)
        yield Talking(channels, store, speaker, runner, Worker(store, channels, utc_now, runner.speak))
    finally:
        for channel in channels.values():
            await channel.close()
        await store.close()


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
