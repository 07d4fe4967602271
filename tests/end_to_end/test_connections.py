"""Nobody may hold places or memory that somebody in need is waiting for."""

from __future__ import annotations

import asyncio
import contextlib
import re
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot import connections, programs
from bot.connections import Refusing
from bot.front import bodies
from tests.end_to_end.programs import ROOT

QUICK_S = 0.2
FULL = 1_000
WORDS = "人太多，請打 113"


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await bodies.read_capped(request, max_bytes=10_000))


@pytest.fixture
def servers() -> list[uvicorn.Server]:
    """The server of `port`."""
    return []


@pytest.fixture
def refused() -> list[str]:
    """One for each who was refused with everybody."""
    return []


@pytest.fixture
def opened() -> asyncio.Event:
    """When the slow page is answered."""
    return asyncio.Event()


@pytest.fixture
async def port(
    monkeypatch, servers: list[uvicorn.Server], opened: asyncio.Event, refused: list[str]
) -> AsyncIterator[int]:
    """A program that listens as ours do, with less patience."""

    async def wait(_: Request) -> PlainTextResponse:
        await opened.wait()
        return PlainTextResponse("at last")

    class Seen(programs._Server):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            servers.append(self)

    monkeypatch.setattr(programs, "_Server", Seen)
    monkeypatch.setattr(connections, "_HEAD_WITHIN_S", QUICK_S)
    monkeypatch.setattr(connections, "_MOST_CONNECTIONS", FULL)
    monkeypatch.setattr(bodies, "_WITHIN_S", QUICK_S)
    listener = programs._bind("127.0.0.1", 0, "a free port")
    echoing = [Route(path, _echo, methods=["GET", "POST"]) for path in ("/", "/full", "/urgent")]
    app = Starlette(routes=[*echoing, Route("/slow", wait)])
    refusing = Refusing(
        lambda address: address == b"/full",
        frozenset({b"/urgent"}),
        WORDS,
        {"x-safe": "yes"},
        lambda: refused.append(""),
    )
    serving = asyncio.create_task(programs._listen(app, listener, "", refusing=refusing))
    async with asyncio.timeout(30):
        while not (servers and servers[0].started):
            assert not serving.done(), "the program ended before it listened"
            await asyncio.sleep(0.005)
    yield int(listener.getsockname()[1])
    servers[0].should_exit = servers[0].force_exit = True
    await serving


async def _talk(port: int, *parts: bytes) -> bytes:
    """Send, and return all that comes until they hang up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = b""
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionError):  # they may hang up before everything is sent
            for part in parts:
                writer.write(part)
                await writer.drain()
            found = await reader.read()
    await _hang_up(writer)
    return found


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


GET = b"GET / HTTP/1.1\r\nHost: a\r\n"


async def test_a_head_without_end_is_not_kept(port: int):
    """The parser would take gigabytes."""
    line = b"X: " + b"a" * 1_000 + b"\r\n"
    assert await _talk(port, GET, *([line] * 1_000)) == b""


async def test_an_address_without_end_is_not_kept(port: int):
    """The first line counts too."""
    assert await _talk(port, b"GET /", *([b"a" * 1_000] * 1_000)) == b""


async def test_a_large_head_and_a_large_body_are_taken(port: int):
    """Neither the body nor the request before it counts as head."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\nX: " + b"a" * 30_000 + b"\r\n"
    one = head + b"\r\n" + b"b" * 9_000
    found = await _talk(port, one, one, one, head + b"Connection: close\r\n\r\n" + b"b" * 9_000)
    assert found.count(b"200 OK") == 4


@pytest.mark.parametrize("begun", [b"", b"GET / HT", GET, b"\r\n", GET + b"\r\n" + GET])
async def test_who_does_not_go_on_is_hung_up_on(port: int, begun: bytes):
    """A silent connection holds a place; a thousand of them would hold all."""
    await _talk(port, begun)


async def test_a_body_that_does_not_come_is_answered(port: int):
    """408, and the place is free again."""
    found = await _talk(
        port, b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\n", b"abc"
    )
    assert found.startswith(b"HTTP/1.1 408")


async def test_who_goes_on_slowly_between_requests_is_hung_up_on(port: int):
    """An empty line stops uvicorn's own clock; ours runs."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GET + b"\r\n")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\r\n")
    async with asyncio.timeout(30):
        assert await reader.read() == b""
    await _hang_up(writer)


async def test_a_thousand_silent_connections_do_not_shut_the_door(port: int):
    """They are hung up on, and whoever tries again gets in although all of them still hold on."""
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(FULL)]
    try:
        for _ in range(150):  # how soon depends on the machine; without our clock it would be never
            found = await _talk(port, GET + b"Connection: close\r\n\r\n")
            if b"200 OK" in found:
                break
            await asyncio.sleep(QUICK_S)
        assert b"200 OK" in found
    finally:
        for one in silent:
            one.close()


# What is refused unread

POST = b"POST /full HTTP/1.1\r\nHost: a\r\n"


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Send a request and read its whole answer; returns the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    size = re.search(rb"content-length: (\d+)", head)
    assert size is not None
    await reader.readexactly(int(size[1]))
    return int(head[9:12])


async def test_what_would_come_too_late_is_refused_and_the_connection_goes_on(port: int):
    """A channel keeps its connections; the next request on it is served as if nothing had been."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b"Content-Length: 3\r\n\r\nabc"
    served = b"POST / HTTP/1.1\r\nHost: a\r\n"
    async with asyncio.timeout(30):
        found = [await _ask(reader, writer, head + body) for head in (POST, served, POST, POST, served)]
    await _hang_up(writer)
    assert found == [503, 200, 503, 503, 200]


async def test_a_refused_request_may_end_its_connection(port: int):
    found = await _talk(port, POST + b"Connection: close\r\nContent-Length: 3\r\n\r\n", b"abc")
    assert found == b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


async def test_a_refused_connection_that_goes_silent_is_hung_up_on(port: int):
    """After the refusal, and in the middle of a body that nobody reads."""
    assert (await _talk(port, POST + b"Content-Length: 0\r\n\r\n")).startswith(b"HTTP/1.1 503")
    assert await _talk(port, POST + b"Content-Length: 9\r\n\r\nabc") == b""


async def test_a_refused_body_without_end_is_not_taken(port: int):
    """It is read by nobody, so it must not keep us reading."""
    head = POST + b"Content-Length: 900000000\r\n\r\n"
    assert await _talk(port, head, *([b"a" * 10_000] * 100)) == b""


async def test_a_request_behind_one_that_is_served_is_not_refused(port: int):
    """The refusal would come before the answer to the first, and be taken for it."""
    served = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
    end = POST + b"Connection: close\r\nContent-Length: 0\r\n\r\n"
    found = await _talk(port, served + b"abc" + end)
    assert found.count(b"HTTP/1.1 200") == 2


async def test_who_asks_before_sending_a_body_is_told(port: int):
    """Expect: 100-continue: they would wait for a word from us, and we for their body. They are refused before they send it."""
    asking = b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    found = await _talk(port, POST + asking)
    assert found == b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    assert (await _talk(port, POST + asking + b"abc")).count(b"503") == 1
    served = await _talk(port, b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + asking, b"abc")
    assert b"100 Continue" in served
    assert b"200 OK" in served


async def test_the_largest_delivery_is_told_to_come_again(port: int):
    """However it is cut into pieces."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(POST + b"Content-Length: 262144\r\n\r\n")
    for _ in range(32):
        writer.write(b"a" * 8192)
        await writer.drain()
    async with asyncio.timeout(30):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 503")
    await _hang_up(writer)


async def test_who_does_not_listen_to_refusals_is_cut_off(port: int):
    """Requests in one piece, and nobody who reads the answers: they would be kept in memory, without end."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.setblocking(False)
    loop, many = asyncio.get_running_loop(), (POST + b"Content-Length: 0\r\n\r\n") * 1_000

    async def ask_on() -> None:
        while True:
            await loop.sock_sendall(sock, many)

    async with asyncio.timeout(30):
        with pytest.raises(ConnectionError):
            await ask_on()
    sock.close()


async def test_a_slow_answer_behind_a_refusal_is_not_cut_off(
    port: int, servers: list[uvicorn.Server], opened: asyncio.Event
):
    """Both requests come in one piece; between two requests a connection is closed soon, but it is not between two."""
    servers[0].config.timeout_keep_alive = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    slow = b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    writer.write(POST + b"Content-Length: 0\r\n\r\n" + slow)
    async with asyncio.timeout(30):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 503")
        await asyncio.sleep(QUICK_S)
        opened.set()
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
    await _hang_up(writer)


# How many at once

REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 22\r\nx-safe: yes\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"retry-after: 30\r\n%bconnection: close\r\n\r\n"
)
SLOW = b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
END = b"Connection: close\r\n\r\n"


@pytest.fixture
async def crowd(
    port: int, servers: list[uvicorn.Server], opened: asyncio.Event, monkeypatch
) -> AsyncIterator[list[asyncio.Task[bytes]]]:
    """Two whose answers are slow, and no place for a third."""
    monkeypatch.setattr(connections, "_MOST_REQUESTS", 2)
    waiting = [asyncio.create_task(_talk(port, SLOW)) for _ in range(2)]
    async with asyncio.timeout(30):
        while len(servers[0].server_state.tasks) < 2:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
        yield waiting
        opened.set()
        await asyncio.gather(*waiting)


async def test_only_so_many_requests_are_served_at_once(
    port: int, crowd: list[asyncio.Task[bytes]], opened: asyncio.Event, refused: list[str]
):
    """Back-pressure, and it is counted; when there is room again, the next one is served."""
    assert await _talk(port, GET + END) == REFUSED % b"" + WORDS.encode()
    assert len(refused) == 1
    opened.set()
    assert [one[9:12] for one in await asyncio.gather(*crowd)] == [b"200", b"200"]
    assert b"200 OK" in await _talk(port, GET + END)
    assert len(refused) == 1


@pytest.mark.usefixtures("crowd")
async def test_who_is_refused_with_everybody_is_told_whom_to_call(port: int):
    """Somebody may sit there: the words come whole, and the connection goes on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert [await _ask(reader, writer, GET + b"\r\n") for _ in range(2)] == [503, 503]
    await _hang_up(writer)


@pytest.mark.usefixtures("crowd")
async def test_who_asks_for_the_head_alone_gets_the_head_of_the_words(port: int):
    """Source: RFC 9110 §8.6: the length is that of the answer to GET."""
    assert await _talk(port, b"HEAD / HTTP/1.1\r\nHost: a\r\n" + END) == REFUSED % b""


@pytest.mark.usefixtures("crowd")
async def test_who_asks_before_sending_a_body_reads_the_words_too(port: int):
    found = await _talk(
        port, b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    )
    assert found == REFUSED % b"" + WORDS.encode()


@pytest.mark.usefixtures("crowd")
async def test_places_are_kept_for_what_is_urgent(port: int, monkeypatch, refused: list[str]):
    """Who leaves in a hurry is served where others are not; and where even they are not, no word appears on their screen."""
    assert b"200 OK" in await _talk(port, b"GET /urgent HTTP/1.1\r\nHost: a\r\n" + END)
    monkeypatch.setattr(connections, "_KEPT", 0)
    found = await _talk(port, b"GET /urgent HTTP/1.1\r\nHost: a\r\n" + END)
    assert found == b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    assert len(refused) == 1


@pytest.mark.usefixtures("crowd")
async def test_a_body_may_take_less_time_where_half_of_the_places_are_taken(port: int, monkeypatch):
    """One machine could hold all places with heads alone."""
    monkeypatch.setattr(connections, "_MOST_REQUESTS", 4)
    monkeypatch.setattr(connections, "_BODY_WITHIN_S", 0.1)
    monkeypatch.setattr(bodies, "_WITHIN_S", 60)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n"
    assert await _talk(port, head + b"\r\n", b"abc") == b""
    assert b"200 OK" in await _talk(port, head + END, b"a" * 9_000)


@pytest.mark.usefixtures("crowd")
async def test_a_large_body_is_no_head_where_half_of_the_places_are_taken(port: int, monkeypatch):
    """It is larger than any head may be, and comes in pieces."""
    monkeypatch.setattr(connections, "_MOST_REQUESTS", 4)
    monkeypatch.setattr(connections, "_MAX_HEAD_BYTES", 1_000)
    found = await _talk(
        port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n" + END, *([b"a" * 3_000] * 3)
    )
    assert b"200 OK" in found


async def test_who_asks_for_another_protocol_fills_no_log(port: int, caplog: pytest.LogCaptureFixture):
    """They are answered in this one."""
    assert b"200 OK" in await _talk(port, GET + b"Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n")
    assert caplog.records == []


async def test_who_only_keeps_a_connection_open_takes_nobodys_place(port: int, monkeypatch):
    """A channel in a hurry opens hundreds, and keeps them for the next time."""
    monkeypatch.setattr(connections, "_MOST_REQUESTS", 2)
    kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(10)]
    async with asyncio.timeout(30):
        assert [await _ask(*one, GET + b"\r\n") for one in kept] == [200] * 10
    for _, writer in kept:
        await _hang_up(writer)


@pytest.mark.parametrize(
    ("soft", "hard", "most"), [(1_024, 20_000, 4_256), (1_024, 2_048, 2_048), (8_192, 8_192, 4_256)]
)
def test_as_many_files_are_taken_as_the_system_lets_us(soft: int, hard: int, most: int):
    """Most systems give 1,024 unless asked, and a commit opens a file: connections must not use up all of them."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        hard = most = min(most, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    code = (
        "import resource, sys; from bot import connections; "
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({min(soft, hard)}, {hard})); "
        "print(connections._allow_files(), resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= connections._allow_files())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.split() == [str(most), "True"]


async def test_one_connection_too_many_is_closed(monkeypatch):
    """The others keep theirs."""
    monkeypatch.setattr(connections, "_FEWEST_CONNECTIONS", 3)
    monkeypatch.setattr(connections, "_MOST_CONNECTIONS", 3)
    made = connections.make_connections(Refusing())
    listener = programs._bind("127.0.0.1", 0, "a free port")
    config = uvicorn.Config(Starlette(), http=made, log_config=None, lifespan="off", ws="none")
    config.load()
    state = uvicorn.server.ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: made(config=config, server_state=state, app_state={}, _loop=loop), sock=listener
    )
    port = int(listener.getsockname()[1])
    kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    async with asyncio.timeout(30):
        assert await _talk(port) == b""
        assert await _ask(*kept[0], GET + b"\r\n") == 404
    for _, writer in kept:
        await _hang_up(writer)
    server.close()
