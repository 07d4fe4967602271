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
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.errors import ConfigError
from bot.failpoints import arm
from bot.settings import Settings
from bot.worker import Worker

_T = TypeVar("_T")
#: Seconds given to requests and letters in hand at shutdown; more than any timeout of a channel.
_GRACE_S = 10
#: More than any browser or channel sends before a body; the parser itself knows no limit.
_MAX_HEAD_BYTES = 64 * 1024
#: Who has not said by then what they want holds a place that somebody else may need.
_HEAD_WITHIN_S = 10.0
#: Requests that are served at once. Who only keeps a connection open is not counted: a channel in a hurry opens hundreds.
_MOST_REQUESTS = 1_000
#: Connections at once, as far as the system lets us; some files are for the database and for what we call.
_MOST_CONNECTIONS, _FEWEST_CONNECTIONS, _OTHER_FILES = 4_000, 64, 256
#: New objects that outlive each other before Python looks for circles among them. Its own 700 is less than a handful
#: of messages in hand, so that it would look more than once for each.
_CIRCLES_AFTER = 20_000
#: As large as any delivery that would be read (`front/webhooks.py`).
_MAX_REFUSED_BYTES = 256 * 1024
_COME_AGAIN = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n"
_LAST = b"connection: close\r\n"
_END_OF_HEAD = b"\r\n"
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
            await _listen(front.app, listener, settings.trusted_proxies, stop, front.refuses)
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


def _refuse_nothing(_address: bytes) -> bool:
    """Every request is served."""
    return False


class _Connection(HttpToolsProtocol):
    """
    uvicorn's connection, which bounds neither the size of a request's head nor the wait for it.

    `refuses`: addresses whose requests are answered 503 without a look at them. Who is turned away comes again and again; were
    that dear, a server with too much to do would soon do nothing else. `most`: connections at once; who is one more is hung up on.
    """

    refuses: Callable[[bytes], bool] = staticmethod(_refuse_nothing)
    most = _MOST_CONNECTIONS
    _head_bytes = 0
    _clock: asyncio.TimerHandle | None = None
    _is_refusing = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Wait for the first head."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.close()
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless it is a head that does not end."""
        if self.timeout_keep_alive_task is not None:  # between two requests: uvicorn waits no longer now
            self._await_head()
        self._head_bytes += len(data)
        super().data_received(data)
        most = _MAX_HEAD_BYTES + (_MAX_REFUSED_BYTES if self._is_refusing else 0)
        if self._clock is not None and self._head_bytes > most:
            self.transport.close()

    def on_message_begin(self) -> None:
        """Count from here."""
        self._unset_keepalive_if_required()  # also where it came in one piece with one that was refused
        self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole: what comes now is a body, which the handlers bound. A refused one is bounded as the head was."""
        self._is_refusing = self._must_refuse()
        if not self._is_refusing:
            self._stop_clock()
            super().on_headers_complete()

    def _must_refuse(self) -> bool:
        if self.cycle is not None and not self.cycle.response_complete:
            return False  # it waits behind one that is served; a refusal would be taken for that one's answer
        if len(self.tasks) >= _MOST_REQUESTS:
            return True
        return not self.expect_100_continue and self.refuses(self.url)

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body, unless nobody will read it."""
        if not self._is_refusing:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Let it be served, or refuse it."""
        if not self._is_refusing:
            super().on_message_complete()
            return
        self._is_refusing = False
        self._stop_clock()
        if self.flow.write_paused:  # they ask and ask and do not listen: nothing is kept for them
            self.transport.abort()
        elif self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0":
            self.transport.write(_COME_AGAIN + _END_OF_HEAD)
            self.on_response_complete()
        else:
            self.transport.write(_COME_AGAIN + _LAST + _END_OF_HEAD)
            self.transport.close()

    def _await_head(self) -> None:
        self._stop_clock()
        self._head_bytes = 0
        self._clock = self.loop.call_later(_HEAD_WITHIN_S, self.transport.close)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None


def _make_connection(refuses: Callable[[bytes], bool]) -> type[_Connection]:
    """Return connections of one server: uvicorn makes them, and hands them nothing of ours."""
    own = {
        "refuses": staticmethod(refuses),
        "most": max(_FEWEST_CONNECTIONS, min(_MOST_CONNECTIONS, _allow_files() - _OTHER_FILES)),
    }
    return type("_Refusing", (_Connection,), own)


def _allow_files() -> int:
    """
    Take as many open files as we need and the system lets us, and return how many these are.

    Each connection is one, and so is the journal of each commit. Most systems give 1,024 to who does not ask.
    """
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if sys.platform == "win32":
        return wanted
    import resource  # noqa: PLC0415 - it exists on these platforms only

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


async def _listen(
    app: ASGIApp,
    listener: socket.socket,
    trusted_proxies: str,
    stop: _Stop | None = None,
    refuses: Callable[[bytes], bool] = _refuse_nothing,
) -> None:
    config = uvicorn.Config(
        app,
        http=_make_connection(refuses),
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
