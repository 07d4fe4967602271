"""The public program without an address of its own: it fetches from Telegram instead of being called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.channels.telegram import decode
from bot.channels.telegram_poll import Poller
from bot.channels.telegram_setup import BotApi
from bot.pack import Pack
from bot.ports import Received
from bot.settings import Settings
from bot.wiring.common import utc_now
from bot.wiring.talking import open_talking
from bot.worker import Worker


@dataclass(frozen=True, slots=True)
class Polling:
    """What fetches, and the worker that delivers beside it."""

    poller: Poller
    worker: Worker


def open_api(settings: Settings) -> BotApi:
    """Open Telegram's API with the bot's token. ConfigError: there is none."""
    return BotApi(
        bot_token=settings.telegram_bot_token.get_secret_value(), api_base=settings.telegram_api_base
    )


@asynccontextmanager
async def open_poll(settings: Settings, pack: Pack | None = None) -> AsyncIterator[Polling]:
    """Open the polling program; see `open_talking`. It delivers for every channel that is set."""
    async with open_api(settings) as api, open_talking(settings, pack) as talking:
        run_errand = talking.channels["telegram"].run_errand
        yield Polling(Poller(api, _read, talking.limiter, run_errand, talking.worker.wake), talking.worker)


def _read(raw: bytes) -> Received:
    return decode(raw, utc_now())
