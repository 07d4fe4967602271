"""The public program: chat in, replies out. It holds no key that opens a handoff."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from bot.channels.line import LineChannel
from bot.channels.web import Web
from bot.connections import Refusing
from bot.draining import Draining
from bot.front.app import LEAVE, create_app
from bot.front.headers import choose_headers
from bot.front.live import Live
from bot.metrics import MeteredApp, Meters
from bot.pack import Pack
from bot.ports import name_door
from bot.settings import Settings
from bot.wiring.common import new_token, utc_now
from bot.wiring.metrics import around_conversation, serving_metrics
from bot.wiring.talking import Channel, Talking, open_talking
from bot.worker import Worker


@dataclass(frozen=True, slots=True)
class Front:
    """
    The public program: its app, the worker that delivers for it, and the pages that listen.

    `draining` is begun before the program stops listening: from then on it is not ready. `in_hand` goes on behind an
    answer: it is waited for before the database is closed. `refusing`: what is answered 503, unread.
    """

    app: ASGIApp
    worker: Worker
    live: Live
    draining: Draining
    in_hand: set[asyncio.Task[Any]]
    refusing: Refusing


@asynccontextmanager
async def open_front(settings: Settings, pack: Pack | None = None) -> AsyncIterator[Front]:
    """Open the public program; see `open_talking`."""
    async with open_talking(settings, pack) as talking:
        front = _build_front(settings, talking)
        async with AsyncExitStack() as stack:
            if talking.meters:
                await stack.enter_async_context(_show_metrics(settings, talking, front))
            learning = asyncio.create_task(_learn(talking.channels))
            stack.callback(learning.cancel)
            yield front


def _show_metrics(settings: Settings, talking: Talking, front: Front) -> AbstractAsyncContextManager[None]:
    async def is_ready() -> bool:
        return not front.draining.is_on and await talking.store.is_ready()

    return serving_metrics(
        settings,
        talking.meters or Meters(),
        port=settings.metrics_port,
        public=True,
        is_ready=is_ready,
        read_counts=talking.meter.read,
    )


async def _learn(channels: Mapping[str, Channel]) -> None:
    """Ask LINE who we are, beside everything else: a start does not wait for it."""
    line = channels.get("line")
    if isinstance(line, LineChannel):
        await line.learn_own_id()


def _build_front(settings: Settings, talking: Talking) -> Front:
    live, draining = Live(), Draining()
    in_hand: set[asyncio.Task[Any]] = set()

    async def is_ready() -> bool:
        return not draining.is_on and await talking.store.is_ready()

    called = {
        name for name, is_on in (("line", settings.has_line), ("telegram", settings.has_telegram)) if is_on
    }
    app = create_app(
        conversation=around_conversation(talking.limiter, talking.meters),
        interface=talking.speaker,
        codec=Web(),
        webhooks={name: channel for name, channel in talking.channels.items() if name in called},
        is_ready=is_ready,
        origin=settings.origin,
        demo=settings.is_demo,
        new_token=new_token,
        clock=utc_now,
        live=live,
        desk=talking.desk,
        form=talking.form,
        voice=talking.speaker,
        gate=talking.gate,
        in_hand=in_hand,
        knows=talking.knows,
    )
    doors = {name_door(name): name for name in called}
    shown = MeteredApp(app, talking.meters, doors=doors) if talking.meters else app
    refusing = _make_refusing(settings, talking, doors)
    return Front(shown, talking.worker, live, draining, in_hand, refusing)


def _make_refusing(settings: Settings, talking: Talking, doors: Collection[str]) -> Refusing:
    """Channels bring again what they are refused; whoever sits at a browser is told more than a number, but not who leaves."""
    late = frozenset(door.encode() for door in doors)
    return Refusing(
        lambda address: address in late and talking.limiter.turns_away(),
        urgent=late | {LEAVE.encode()},
        words=_say_full(talking, demo=settings.is_demo),
        headers=choose_headers(https=settings.origin.startswith("https://")),
        count=lambda: talking.meter.count("crowded"),
    )


def _say_full(talking: Talking, *, demo: bool) -> str:
    """Say in every language that we cannot be reached now, and who can: nobody has time to ask which one."""
    every = [talking.speaker.words(locale) for locale in talking.speaker.locales]
    return "\n\n".join(
        "\n".join(
            (
                *([one["demo"]] if demo else ()),
                one["down"],
                f"113 {one['call_113']}",
                f"110 {one['call_110']}",
            )
        )
        for one in every
    )
