"""The public program: chat in, replies out. It holds no key that opens a handoff."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp

from bot.channels.line import LineChannel
from bot.channels.web import Web
from bot.front.app import create_app
from bot.front.live import Live
from bot.pack import Pack
from bot.settings import Settings
from bot.wiring.common import new_token, utc_now
from bot.wiring.talking import Channel, Talking, open_talking
from bot.worker import Worker


@dataclass(frozen=True, slots=True)
class Front:
    """The public program: its app, the worker that delivers for it, and the pages that listen."""

    app: ASGIApp
    worker: Worker
    live: Live


@asynccontextmanager
async def open_front(settings: Settings, pack: Pack | None = None) -> AsyncIterator[Front]:
    """Open the public program; see `open_talking`."""
    async with open_talking(settings, pack) as talking:
        learning = asyncio.create_task(_learn(talking.channels))
        try:
            yield _build_front(settings, talking)
        finally:
            learning.cancel()


async def _learn(channels: Mapping[str, Channel]) -> None:
    """Ask LINE who we are, beside everything else: a start does not wait for it."""
    line = channels.get("line")
    if isinstance(line, LineChannel):
        await line.learn_own_id()


def _build_front(settings: Settings, talking: Talking) -> Front:
    live = Live()
    called = {
        name for name, is_on in (("line", settings.has_line), ("telegram", settings.has_telegram)) if is_on
    }
    app = create_app(
        conversation=talking.runner,
        interface=talking.speaker,
        codec=Web(),
        webhooks={name: channel for name, channel in talking.channels.items() if name in called},
        wake=talking.worker.wake,
        is_ready=talking.store.is_ready,
        origin=settings.origin,
        demo=settings.is_demo,
        new_token=new_token,
        clock=utc_now,
        live=live,
        desk=talking.desk,
        form=talking.form,
        voice=talking.speaker,
    )
    return Front(app, talking.worker, live)
