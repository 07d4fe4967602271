"""Servers of tests: on a free port, they leave the process's signals alone, and nothing of theirs stays open."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp

#: Makes what is served, from its address.
Make = Callable[[str], ASGIApp]
_HOST = "127.0.0.1"


class Server(uvicorn.Server):
    """Stops at once, whoever is still connected."""

    def __init__(self, app: ASGIApp, **more: Any) -> None:
        super().__init__(
            uvicorn.Config(app, lifespan="off", ws="none", log_config=None, access_log=False, **more)
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.should_exit = self.force_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0.01)  # connections end in the loop's next round
        if self.server_state.tasks:
            # Whoever reads a file closes it first; who waits for ever is not waited for.
            _, left = await asyncio.wait(list(self.server_state.tasks), timeout=2)
            for task in left:
                task.cancel()


def listen(port: int = 0) -> socket.socket:
    """
    Return a bound socket.

    asyncio switches Nagle off only where the protocol is named; with it, every answer waits 40 ms.
    """
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_HOST, port))
    return listener


class Threaded:
    """A server in a thread of its own, for tests that do not run in a loop."""

    def __init__(self, make: Make, *, port: int = 0) -> None:
        self._listener = listen(port)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{_HOST}:{self.port}"
        self._server = Server(make(self.url))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        self._server.stop()
        self._thread.join(timeout=10)
        self._listener.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])


@contextlib.contextmanager
def serve_in_thread(make: Make) -> Iterator[str]:
    """Serve until the block ends; yields the address."""
    served = Threaded(make)
    try:
        yield served.url
    finally:
        served.stop()


@contextlib.asynccontextmanager
async def serve_beside(make: Make, *, host: str = _HOST) -> AsyncIterator[str]:
    """Serve in this loop until the block ends; yields the address, in which `host` may be another name."""
    listener = listen()
    url = f"http://{host}:{listener.getsockname()[1]}"
    server = Server(make(url))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag only
        await asyncio.sleep(0.005)
    try:
        yield url
    finally:
        server.stop()
        await serving
