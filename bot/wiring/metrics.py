"""
The listener for metrics: a port of its own on this machine alone, never the public one. Off unless a port is set.

A program without it has none of the counting around its parts either.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import __version__
from bot.errors import BotError, ConfigError, StoreDown
from bot.log import log_incident
from bot.metrics import (
    MeteredApp,
    MeteredConversation,
    MeteredOutbox,
    MeteredSealer,
    MeteredStore,
    Meters,
    Sample,
    write_text,
)
from bot.ports import Conversation, Outbox, Sealer, Store
from bot.settings import Settings
from bot.store.watching import Figure, Watcher
from bot.wiring.common import utc_now

_log = logging.getLogger(__name__)
#: Only this machine asks; from elsewhere the operator's own tunnel or collector does.
HOST: Final = "127.0.0.1"
_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_WITHIN_S: Final = 1.0
#: What each figure is called, what it says, and what its label is.
_FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "schema_is_right": ("whether the schema is this release's", ""),
    "outbox_letters": ("replies that wait or are on their way", "state"),
    "outbox_oldest_seconds": ("age of the oldest of them, to the minute", ""),
    "quarantine_records": ("inputs that made our code fail, kept seven days", ""),
    "conversations": ("conversations that are stored", ""),
    "handoffs_unopened": ("handoffs that nobody opened", ""),
    "handoffs_oldest_unopened_seconds": ("age of the oldest of them, to the hour", ""),
    "handoffs": ("handoffs by how far they are", "status"),
    "sealing_test_age_seconds": ("age of the newest test handoff, from the beginning of its hour", ""),
}
IsReady = Callable[[], Awaitable[bool]]
ReadCounts = Callable[[], Mapping[str, int]]


def make_meters(settings: Settings) -> Meters | None:
    """Make the cells of the public program; None: nobody looks."""
    return Meters() if settings.metrics_port else None


def around_store(store: Store, meters: Meters | None) -> Store:
    """Time its commits, if somebody looks."""
    return MeteredStore(store, meters) if meters else store


def around_outbox(outbox: Outbox, meters: Meters | None) -> Outbox:
    """Count its letters, if somebody looks."""
    return MeteredOutbox(outbox, meters) if meters else outbox


def around_sealer(sealer: Sealer, meters: Meters | None) -> Sealer:
    """Count what it seals, if somebody looks."""
    return MeteredSealer(sealer, meters) if meters else sealer


def around_conversation(conversation: Conversation, meters: Meters | None) -> Conversation:
    """Count its inputs, if somebody looks."""
    return MeteredConversation(conversation, meters) if meters else conversation


def count_doubled(meters: Meters | None) -> Callable[[str], None]:
    """Return what is told of an input that had been taken before, by its channel."""

    def count(channel: str) -> None:
        if meters:
            meters.count("frontdoor_duplicates_total", channel)

    return count


def _no_counts() -> Mapping[str, int]:
    return {}


@asynccontextmanager
async def serving_metrics(
    settings: Settings,
    meters: Meters,
    *,
    port: int,
    public: bool,
    is_ready: IsReady | None = None,
    read_counts: ReadCounts = _no_counts,
) -> AsyncIterator[None]:
    """Serve `/metrics` while this is open. ConfigError: the port is taken. `read_counts`: what else was counted, by name."""
    listener = _bind(port)
    watcher = Watcher(settings.database, utc_now, public=public)
    began = time.time()

    async def tell(_: Request) -> Response:
        figures, is_up = await _ask(watcher)
        ready = is_up if is_ready is None else await _is_true(is_ready)
        samples = [
            Sample("frontdoor_build_info", "the release", 1, {"version": __version__}),
            Sample("frontdoor_start_time_seconds", "when the program started", round(began), {}),
            Sample("frontdoor_ready", "whether it takes work", float(ready), {}),
            *map(_show, figures),
            *_show_counts(read_counts()),
        ]
        return PlainTextResponse(write_text(meters, samples), media_type=_TYPE)

    app = Starlette(routes=[Route("/metrics", tell, methods=["GET"])])
    server = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        server.force_exit = True
        await serving
        await watcher.close()


@asynccontextmanager
async def metering_office(settings: Settings, app: Any) -> AsyncIterator[Any]:
    """Give the office's app, counted and watched if a port is set."""
    if not settings.office_metrics_port:
        yield app
        return
    meters = Meters()
    async with serving_metrics(settings, meters, port=settings.office_metrics_port, public=False):
        yield MeteredApp(app, meters, classes=True)


class _Server(uvicorn.Server):
    """Leaves signals to the program's own server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Take none."""
        yield


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as fault:
        listener.close()
        raise ConfigError(
            f"FRONTDOOR_METRICS_PORT, FRONTDOOR_OFFICE_METRICS_PORT: cannot listen on {HOST}:{port} "
            f"({fault.strerror}); choose another"
        ) from None
    return listener


async def _ask(watcher: Watcher) -> tuple[Sequence[Figure], bool]:
    """Look, for a second at most: who watches must learn that the database is away, not wait for it."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            figures = await watcher.look()
    except (TimeoutError, StoreDown):
        return (), False
    except Exception as fault:  # noqa: BLE001 - metrics that cannot be told must not look like a dead program
        log_incident(_log, "metrics_failed", fault)
        return (), False
    return figures, all(one.value for one in figures if one.name == "schema_is_right")


async def _is_true(is_ready: IsReady) -> bool:
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await is_ready()
    except (TimeoutError, BotError):
        return False


def _show(figure: Figure) -> Sample:
    says, label = _FIGURES[figure.name]
    return Sample(f"frontdoor_{figure.name}", says, figure.value, {label: figure.label} if label else {})


def _show_counts(counts: Mapping[str, int]) -> Sequence[Sample]:
    says = "what was held back, dropped or made up for; docs/operators.md has each word"
    return [
        Sample("frontdoor_guard_total", says, number, {"what": what}, "counter")
        for what, number in counts.items()
    ]
