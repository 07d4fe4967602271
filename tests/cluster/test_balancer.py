"""The balancer of `make run-cluster`: it asks who is ready, takes turns, and sends nothing twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest

from tests.cluster.balancer import Balancer, open_balancer
from tests.end_to_end.programs import free_port


@dataclass
class Replica:
    """Answers by hand: `status` of `/readyz`; `breaks`: it hangs up after it has read a request."""

    name: str
    status: int = 200
    breaks: bool = False
    taken: list[bytes] = field(default_factory=list)
    url: str = ""

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            if b"/readyz" in head:
                writer.write(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % self.status)
            else:
                await self._take(head, reader, writer)
            await writer.drain()
        writer.close()

    async def _take(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = next(
            int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length")
        )
        self.taken.append(head + await reader.readexactly(length))
        if not self.breaks:
            said = self.name.encode()
            writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n")
            writer.write(b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(said), said))


@pytest.fixture
async def replicas() -> AsyncIterator[list[Replica]]:
    async with contextlib.AsyncExitStack() as stack:
        made = [Replica(name) for name in ("one", "two", "three")]
        for one in made:
            server = await asyncio.start_server(one.meet, "127.0.0.1", 0)
            await stack.enter_async_context(server)
            one.url = "http://{}:{}".format(*server.sockets[0].getsockname())
        yield made


@pytest.fixture
async def balancer(replicas: list[Replica]) -> AsyncIterator[Balancer]:
    async with open_balancer(check_every_s=0.02) as balancer:
        for one in replicas:
            balancer.add(one.url)
        await until_ready(balancer, 3)
        yield balancer


async def until_ready(balancer: Balancer, count: int) -> None:
    async with asyncio.timeout(60):
        while len(balancer.ready) != count:  # noqa: ASYNC110 - a balancer tells nobody
            await asyncio.sleep(0.005)


async def post(balancer: Balancer, body: bytes = b"a body") -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(trust_env=False) as http,
        http.post(
            f"{balancer.url}/line/webhook?a=%20b", data=body, headers={"X-Line-Signature": "s"}
        ) as answer,
    ):
        return answer.status, await answer.text()


async def test_everybody_has_a_turn(balancer: Balancer, replicas: list[Replica]) -> None:
    """Round robin, with the path, the headers and the bytes of the body as they came: LINE signs the bytes."""
    said = [await post(balancer) for _ in range(6)]
    assert sorted(said) == sorted(2 * [(200, one.name) for one in replicas])
    head, _, body = replicas[0].taken[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /line/webhook?a=%20b HTTP/1.1")
    assert b"x-line-signature: s" in head.lower()
    assert body == b"a body"


async def test_all_that_a_replica_says_comes_back(balancer: Balancer) -> None:
    """Two cookies are two headers."""
    async with (
        aiohttp.ClientSession(trust_env=False) as http,
        http.post(f"{balancer.url}/chat", data=b"x") as answer,
    ):
        assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]


async def test_who_is_not_ready_gets_nothing(balancer: Balancer, replicas: list[Replica]) -> None:
    """R27: a replica that goes away says so first, and whoever comes back is sent people again."""
    replicas[0].status = 503
    await until_ready(balancer, 2)
    assert {await post(balancer) for _ in range(6)} == {(200, "two"), (200, "three")}
    replicas[0].status = 200
    await until_ready(balancer, 3)
    assert len({await post(balancer) for _ in range(3)}) == 3


async def test_a_replica_that_is_gone_costs_nobody_anything(
    balancer: Balancer, replicas: list[Replica]
) -> None:
    """Nothing was sent where nobody took the connection, so the next one gets it at once, and it alone."""
    gone = f"http://127.0.0.1:{free_port()}"
    balancer.check_every_s = 3600
    await asyncio.sleep(0.1)
    balancer.add(gone)
    balancer.upstreams[gone].is_ready = True
    said = [await post(balancer) for _ in range(8)]
    assert {status for status, _ in said} == {200}
    assert sum(len(one.taken) for one in replicas) == 8
    assert not balancer.upstreams[gone].is_ready


async def test_what_was_sent_is_sent_to_nobody_else(balancer: Balancer, replicas: list[Replica]) -> None:
    """Whoever died with a request in hand may have stored it: the caller hears 503 and decides."""
    for one in replicas:
        one.breaks = True
    assert (await post(balancer))[0] == 503
    assert sum(len(one.taken) for one in replicas) == 1


async def test_without_anybody_ready_it_says_later(balancer: Balancer, replicas: list[Replica]) -> None:
    """503, which a channel answers by sending again."""
    for one in replicas:
        one.status = 503
    await until_ready(balancer, 0)
    assert await post(balancer) == (503, "")
    assert not any(one.taken for one in replicas)
