"""A page that listens: reads a live stream event by event, while it is open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette


@dataclass
class Event:
    """One event as browsers understand it; a heartbeat has no kind and no data."""

    kind: str = ""
    id: str = ""
    data: object = None
    retry: int | None = None


@dataclass
class Listener:
    """What came so far. `stalls`: it takes nothing any more."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    chunks: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)
    has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    leaves: asyncio.Event = field(default_factory=asyncio.Event)
    stalls: bool = False

    async def next(self) -> Event:
        """Wait for the next block of lines."""
        return read_event((await asyncio.wait_for(self.chunks.get(), 10)).decode())

    async def next_event(self) -> Event:
        """Wait for the next event that a page acts on."""
        while not (found := await self.next()).kind:
            pass
        return found

    async def wait_for_end(self) -> None:
        await asyncio.wait_for(self.has_ended.wait(), 10)

    async def send(self, message) -> None:
        if self.stalls:
            await asyncio.Event().wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self.has_begun.set()
        elif message["body"]:
            self.chunks.put_nowait(message["body"])


def read_event(text: str) -> Event:
    found = Event()
    for line in text.splitlines():
        match line.partition(":"):
            case ("event", _, kind):
                found.kind = kind.strip()
            case ("id", _, name):
                found.id = name.strip()
            case ("data", _, data):
                found.data = json.loads(data)
            case ("retry", _, pause):
                found.retry = int(pause)
    return found


@asynccontextmanager
async def listen(
    app: Starlette, *, last: str = "", cookie: str = "", address: str = "127.0.0.1", **fields: object
) -> AsyncIterator[Listener]:
    """Open a stream as the page does, and hang up at the end."""
    listener, sent = Listener(), False

    async def receive():
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": json.dumps(fields).encode(), "more_body": False}
        await listener.leaves.wait()
        return {"type": "http.disconnect"}

    async def run() -> None:
        try:
            await app(_make_scope(last, cookie, address), receive, listener.send)
        finally:
            listener.has_ended.set()
            listener.has_begun.set()

    task = asyncio.create_task(run())
    await asyncio.wait_for(listener.has_begun.wait(), 10)
    try:
        yield listener
    finally:
        listener.leaves.set()
        await asyncio.wait_for(task, 10)


def _make_scope(last: str, cookie: str, address: str) -> dict[str, object]:
    headers = [(b"content-type", b"application/json"), (b"sec-fetch-site", b"same-origin")]
    if last:
        headers.append((b"last-event-id", last.encode()))
    if cookie:
        headers.append((b"cookie", f"chat={cookie}".encode()))
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": "POST", "scheme": "http", "path": "/chat/live", "raw_path": b"/chat/live", "query_string": b"",
        "root_path": "", "headers": headers, "client": (address, 1), "server": ("127.0.0.1", 8080),
    }  # fmt: skip
