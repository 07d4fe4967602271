"""What every fake server shares: a real socket, a record of requests, faults on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections import deque
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import uvicorn
from starlette.requests import Request
from starlette.responses import Response

Receive = Any
Send = Any


@dataclass(frozen=True, slots=True)
class Fault:
    """
    What goes wrong with one request.

    `status`: refused with it, nothing is done. `body`: what stands in the answer. `delay_s`: the
    answer comes late. `drop`: the connection breaks before or after the request is carried out.
    Without a status the request is carried out as usual.
    """

    status: int | None = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop: Literal["before", "after"] | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request as it came, and how it was answered."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    status: int

    def json(self) -> Any:
        return json.loads(self.raw)


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone and stops at once."""

    async def main_loop(self) -> None:
        while not self.should_exit:  # noqa: ASYNC110  # uvicorn offers a flag only
            await asyncio.sleep(0.005)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _linger(receive: Receive, delay_s: float) -> None:
    """Let the caller wait, but no longer than it does wait."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(delay_s):
            while (await receive())["type"] != "http.disconnect":
                pass


class FakeServer:
    """
    An HTTP server on 127.0.0.1 and a free port, run as a task of the current loop.

    Subclasses answer in `respond`. `violations` are requests that must never happen.
    """

    def __init__(self) -> None:
        self.requests: list[Recorded] = []
        self.faults: deque[Fault] = deque()
        self.violations: list[str] = []
        # asyncio switches Nagle off only where the protocol is named; with it, every answer waits 40 ms.
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def respond(self, request: Request, raw: bytes) -> Response:
        raise NotImplementedError

    def fail_next(self, *faults: Fault) -> None:
        """Let the coming requests go wrong, one fault each."""
        self.faults.extend(faults)

    def assert_clean(self) -> None:
        """Fail when something was asked for that must never be asked for."""
        assert self.violations == []

    @property
    def base_url(self) -> str:
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        self._socket.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            lifespan="off",
            proxy_headers=False,
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:  # noqa: ASYNC110  # uvicorn offers a flag only
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        assert self._task is not None
        self._server.should_exit = True
        await self._task

    async def _app(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        fault = self.faults.popleft() if self.faults else Fault()
        if fault.drop == "before":
            self._record(request, raw, 0)
            receive.__self__.transport.abort()
            return
        response = await self._carry_out(request, raw, fault)
        self._record(request, raw, response.status_code)
        if fault.delay_s:
            await _linger(receive, fault.delay_s)
        if fault.drop == "after":
            receive.__self__.transport.abort()
            return
        await response(scope, receive, send)

    async def _carry_out(self, request: Request, raw: bytes, fault: Fault) -> Response:
        if fault.status is not None:
            body = b'{"message":"fault on demand"}' if fault.body is None else fault.body
            return Response(body, fault.status, fault.headers, "application/json")
        response = await self.respond(request, raw)
        if fault.body is None:
            return response
        return Response(fault.body, response.status_code, fault.headers, "application/json")

    def _record(self, request: Request, raw: bytes, status: int) -> None:
        self.requests.append(Recorded(request.method, request.url.path, dict(request.headers), raw, status))
