"""
A small HTTP balancer: asks each replica whether it is ready, and gives each request to the next one that is.

What may have reached a replica is never sent to another: the caller hears 503 and sends it again itself, as LINE does.
Only where a replica did not even take the connection is the next one tried. Not for production.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

#: As with most balancers: two failed questions, or a refused connection, and nobody is sent there any more.
_FAILURES = 2
_CHECK_WITHIN_S = 1.0
#: A stream shows that it lives every ten seconds (front/live).
_SILENCE_S = 30.0
_CONNECT_S = 1.0
#: What belongs to one connection (RFC 9110, 7.6.1), and what we say ourselves. The body comes unpacked from neither side.
_HOP = {
    "x-forwarded-for",
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


@dataclass
class Upstream:
    """A replica as the balancer sees it."""

    url: str
    is_ready: bool = False
    failures: int = 0
    served: int = 0


@dataclass
class Balancer:
    """Made by `open_balancer`. `answers`: statuses of what it said itself (503) and of what replicas said."""

    http: aiohttp.ClientSession
    check_every_s: float
    url: str = ""
    upstreams: dict[str, Upstream] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    own_503: int = 0
    _turn: int = 0

    def add(self, url: str) -> None:
        """Know a replica; it gets nothing until it says that it is ready."""
        self.upstreams[url] = Upstream(url)

    def remove(self, url: str) -> None:
        """Forget a replica."""
        self.upstreams.pop(url, None)

    @property
    def ready(self) -> list[Upstream]:
        return [one for one in self.upstreams.values() if one.is_ready]

    async def watch(self) -> None:
        """Ask all of them, for ever."""
        while True:
            await asyncio.gather(*(self._check(one) for one in list(self.upstreams.values())))
            await asyncio.sleep(self.check_every_s)

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """Let a replica answer a request."""
        body = await request.read()
        for upstream in self._choose():
            try:
                answer = await self._send(upstream, request, body)
            except aiohttp.ClientConnectorError:
                upstream.is_ready = False  # nobody listens there: nothing was sent
                continue
            except (aiohttp.ClientError, TimeoutError):
                break  # it may have been taken: whoever asked decides
            return await self._carry_back(upstream, request, answer)
        self.own_503 += 1
        return web.Response(status=503)

    def _choose(self) -> Iterator[Upstream]:
        """Give each ready one, another first each time."""
        ready = self.ready
        self._turn += 1
        for number in range(len(ready)):
            yield ready[(self._turn + number) % len(ready)]

    async def _send(self, upstream: Upstream, request: web.Request, body: bytes) -> aiohttp.ClientResponse:
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP]
        headers.append(("X-Forwarded-For", request.remote or ""))
        return await self.http.request(
            request.method,
            f"{upstream.url}{request.raw_path}",
            data=body,
            headers=headers,
            allow_redirects=False,
        )

    async def _carry_back(
        self, upstream: Upstream, request: web.Request, answer: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        upstream.served += 1
        self.answers[answer.status] += 1
        headers = [(name, value) for name, value in answer.headers.items() if name.lower() not in _HOP]
        response = web.StreamResponse(status=answer.status)
        for name, value in headers:
            response.headers.add(name, value)
        with contextlib.suppress(ConnectionError):  # whoever asked waits no more
            async with answer:
                await self._pour(request, answer, response)
        return response

    async def _pour(
        self, request: web.Request, answer: aiohttp.ClientResponse, response: web.StreamResponse
    ) -> None:
        """Give back what comes, as it comes."""
        await response.prepare(request)
        try:
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
        except (aiohttp.ClientPayloadError, TimeoutError):  # it died in the middle: half an answer is none
            if request.transport:
                request.transport.abort()
            return
        await response.write_eof()

    async def _check(self, upstream: Upstream) -> None:
        try:
            within = aiohttp.ClientTimeout(total=_CHECK_WITHIN_S)
            async with self.http.get(f"{upstream.url}/readyz", timeout=within) as answer:
                says = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            says = 0
        upstream.failures = 0 if says == web.HTTPOk.status_code else upstream.failures + 1
        if says == web.HTTPServiceUnavailable.status_code or upstream.failures >= _FAILURES:
            upstream.is_ready = False  # it says so itself, or it does not answer
        elif not upstream.failures:
            upstream.is_ready = True


@contextlib.asynccontextmanager
async def open_balancer(*, port: int = 0, check_every_s: float = 0.25) -> AsyncIterator[Balancer]:
    """Listen on 127.0.0.1, on a free port if none is named."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SILENCE_S)
    # A connection for each request: a kept one that a replica closes in that moment would cost a 503.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        trust_env=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as http:
        balancer = Balancer(http, check_every_s)
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{path:.*}", balancer.pass_on)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        host, found, *_ = runner.addresses[0]
        balancer.url = f"http://{host}:{found}"
        watching = asyncio.create_task(balancer.watch())
        try:
            yield balancer
        finally:
            watching.cancel()
            await runner.cleanup()
