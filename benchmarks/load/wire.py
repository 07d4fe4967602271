"""
HTTP as a platform speaks it to a webhook: kept alive, one request at a time on each connection.

Written on bare protocols, because a general client costs more than the servers that are measured.
"""

from __future__ import annotations

import asyncio
import re
import struct
import time
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from benchmarks.fake_api import RECORD

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
#: Servers close what was idle for five seconds; we leave before that, so that no request meets a closing door.
_FRESH_S = 2.0


class Broken(Exception):
    """The connection ended before the answer was whole."""


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None
        self.used_at = time.monotonic()
        self.is_open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> asyncio.Future[int]:
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        found = _LENGTH.search(self._buffer, 0, end + 2)
        is_whole = (
            len(self._buffer) >= end + 4 + int(found[1]) if found else self._buffer.endswith(b"0\r\n\r\n")
        )
        if is_whole and not self._answer.done():
            status = int(self._buffer[9:12])
            if b"onnection: close" in self._buffer[:end]:
                self.is_open = False
            self._buffer = b""
            self.used_at = time.monotonic()
            self._answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the protocol's names
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Broken())


class Target:
    """One webhook address, with the connections that are open to it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._start = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        self._idle: list[_Connection] = []

    def write(self, headers: str, body: bytes) -> bytes:
        """Write a request. `headers` end with a line end each."""
        return (
            f"{self._start}Content-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    async def post(self, request: bytes) -> int:
        """Send a request and return the status. Broken: there was no answer."""
        connection = await self._take()
        try:
            status = await connection.send(request)
        except BaseException:
            connection.transport.abort()
            raise
        if connection.is_open:
            self._idle.append(connection)
        return status

    async def _take(self) -> _Connection:
        stale = time.monotonic() - _FRESH_S
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and connection.used_at > stale:
                return connection
            connection.transport.close()
        try:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, self._host, self._port)
        except OSError as fault:
            raise Broken from fault
        return connection


class Feed(asyncio.Protocol):
    """Hears from the fake API what was sent, and when."""

    def __init__(self, hear: Callable[[float, int, bytes], None]) -> None:
        self._hear = hear
        self._buffer = b""
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the protocol's names
        """Whoever measures must know that it hears nothing any more."""
        if not self.lost.done():
            self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Read whole records."""
        buffer, at = self._buffer + data, 0
        while len(buffer) - at >= RECORD.size:
            try:
                moment, kind, size = RECORD.unpack_from(buffer, at)
            except struct.error:
                break
            if len(buffer) - at - RECORD.size < size:
                break
            self._hear(moment, kind, buffer[at + RECORD.size : at + RECORD.size + size])
            at += RECORD.size + size
        self._buffer = buffer[at:]
