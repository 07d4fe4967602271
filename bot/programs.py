"""Run a program until it is told to stop: listen, deliver, finish what is in hand, leave."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp

from bot.connections import Refusing, make_connections
from bot.errors import ConfigError
from bot.failpoints import arm
from bot.settings import Settings
from bot.worker import Worker

_T = TypeVar("_T")
#: Seconds given to requests and letters in hand at shutdown; more than any timeout of a channel.
_GRACE_S = 10
#: New objects that outlive each other before Python looks for circles among them. Its own 700 is less than a handful
#: of messages in hand, so that it would look more than once for each.
_CIRCLES_AFTER = 20_000
#: In the data directory: which flows and translations were found without an error.
SOUND_DATA = "sound-data"


async def run_front(settings: Settings) -> None:
    """Serve the public program."""
    from bot.wiring.checks import refuse_to_start  # noqa: PLC0415 - neither program loads the other
    from bot.wiring.front import open_front  # noqa: PLC0415 - as above
    from bot.wiring.soundness import refuse_faulty  # noqa: PLC0415 - as above

    arm(settings.fail_at)
    refuse_to_start(settings, "serve")
    refuse_faulty(remember=settings.data_dir / SOUND_DATA)
    listener = _bind(settings.host, settings.port, "FRONTDOOR_HOST, FRONTDOOR_PORT")
    async with open_front(settings) as front:
        worker = asyncio.create_task(front.worker.run())
        try:
            _look_less_for_circles()
            _give_back_memory()
            stop = _Stop(front.draining.begin, front.live.close, settings.drain_s)
            await _listen(front.app, listener, settings.trusted_proxies, stop, front.refusing)
        finally:
            if front.in_hand:  # what somebody left, and what goes on behind a 503
                await asyncio.wait(front.in_hand, timeout=_GRACE_S / 2)
            await finish(front.worker, worker)


async def run_office(settings: Settings) -> None:
    """Serve the back office."""
    from bot.wiring.alarms import keeping_watch  # noqa: PLC0415 - as above
    from bot.wiring.checks import refuse_to_start  # noqa: PLC0415 - as above
    from bot.wiring.checks.audit import check_audit  # noqa: PLC0415 - as above
    from bot.wiring.metrics import metering_office  # noqa: PLC0415 - as above
    from bot.wiring.office import open_office  # noqa: PLC0415 - as above
    from bot.wiring.retention import keeping_retention  # noqa: PLC0415 - as above

    refuse_to_start(settings, "office", check_audit)
    listener = _bind(
        settings.office_host, settings.office_port, "FRONTDOOR_OFFICE_HOST, FRONTDOOR_OFFICE_PORT"
    )
    async with (
        keeping_retention(settings),
        keeping_watch(settings),
        open_office(settings) as app,
        metering_office(settings, app) as shown,
    ):
        await _listen(shown, listener, settings.trusted_proxies)


def run(program: Coroutine[Any, Any, _T]) -> _T:
    """Run on uvloop where there is one."""
    if sys.platform == "win32":
        return asyncio.run(program)
    import uvloop  # noqa: PLC0415 - it exists on these platforms only

    return uvloop.run(program)


def _look_less_for_circles() -> None:
    """
    Let Python look for circles seldom, and never again through what the start has loaded.

    What nobody holds is freed at once as ever; only what holds itself waits for the next look.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_CIRCLES_AFTER, 10, 10)
    gc.enable()  # the start went without (`commands/serving.py`)


def _give_back_memory() -> None:
    """
    Return to the system what the start needed and nobody holds any more: a fifth of all.

    The C library of most Linux systems keeps it otherwise; others have no such call, and need none.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _nothing() -> None:
    """The back office keeps nothing open."""


@dataclass(frozen=True, slots=True)
class _Stop:
    """
    How a program ends: what says so, what ends that which would stay open, and how long it listens in between.

    Whoever balances asks `/readyz` every few seconds; until they have asked, they still send people here.
    """

    announce: Callable[[], None] = _nothing
    close: Callable[[], None] = _nothing
    drain_s: float = 0.0


class _Server(uvicorn.Server):
    """Stops on a signal without raising it again, so that what is in hand can be finished first."""

    def __init__(self, config: uvicorn.Config, stop: _Stop) -> None:
        super().__init__(config)
        self._stop = stop
        self._stops_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Say that we go, and listen on for the time that was set. A second signal, or Ctrl-C, waits for nobody."""
        self._stop.announce()
        if sig == signal.SIGTERM and self._stops_at is None and self._stop.drain_s > 0:
            self._stops_at = time.monotonic() + self._stop.drain_s
            return
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Say whether it is time to stop listening."""
        if self._stops_at is not None and time.monotonic() >= self._stops_at:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would stay open, then wait for the rest."""
        self._stop.announce()
        self._stop.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM while serving; a second SIGINT does not wait for requests."""
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def _listen(
    app: ASGIApp,
    listener: socket.socket,
    trusted_proxies: str,
    stop: _Stop | None = None,
    refusing: Refusing | None = None,
) -> None:
    config = uvicorn.Config(
        app,
        http=make_connections(refusing or Refusing()),
        log_config=None,
        access_log=False,  # paths and addresses are nobody's business
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies or "",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_GRACE_S,
    )
    await _Server(config, stop or _Stop()).serve(sockets=[listener])


def _bind(host: str, port: int, names: str) -> socket.socket:
    """Take the port before anything else is opened. ConfigError: it is taken or not ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # asyncio switches Nagle off only where the protocol is named.
        listener = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as fault:
        raise ConfigError(
            f"{names}: cannot listen on {host}:{port} ({fault.strerror}); choose another"
        ) from None
    return listener


async def finish(worker: Worker, task: asyncio.Task[None]) -> None:
    """Let the worker write down what it has in hand, in a few seconds at most."""
    worker.stop()
    last = asyncio.create_task(worker.finish())
    await asyncio.wait({task, last}, timeout=_GRACE_S)
    for each in (task, last):
        each.cancel()
