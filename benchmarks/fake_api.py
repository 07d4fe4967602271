"""
A LINE and Telegram API that takes everything, as a process of its own: `python -m benchmarks.fake_api`.

It prints two ports: the API's, and the feed's. Whoever connects to the feed hears of every message that was
sent, with the moment in which it was accepted, and may say how long an answer takes: `{"delay_ms": 50}`.

It is not strict (the fakes of the tests are): here it must cost next to nothing. What it does not know, it
answers with an empty object; what it could not read, it closes. Two rules of LINE's it keeps, because
servers may count on them: a reply token works once, and a menu that nobody has set up is not found.
"""

from __future__ import annotations

import asyncio
import json
import re
import struct
import time
from typing import Final, cast

import uvloop

from benchmarks.terms import BOT_USER_ID

#: One record of the feed: when (CLOCK_MONOTONIC, s), what, and how many bytes of body follow.
RECORD: Final = struct.Struct("!dBI")
ACKNOWLEDGED, LINE_REPLY, TELEGRAM_MESSAGE, SPENT_TOKEN = 0, 1, 2, 3
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOKEN = re.compile(rb'"replyToken": ?"([^"]+)"')
_REPLY = b"/v2/bot/message/reply"
#: Source: LINE Messaging API reference, Reply token.
_SPENT = b'{"message":"Invalid reply token"}'
_MENU, _NO_MENU = b"/v2/bot/richmenu/alias/", b'{"message":"richmenu alias not found"}'
_ANSWERS: Final = (
    (_REPLY, b'{"sentMessages":[{"id":"1","quoteToken":"q"}]}'),
    (b"/v2/bot/info", json.dumps({"userId": BOT_USER_ID, "chatMode": "bot"}).encode()),
    (b"/v2/bot/profile/", b'{"displayName":"t","userId":"U","language":"zh-TW"}'),
    (
        b"/sendMessage",
        b'{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"text":"t"}}',
    ),
    (b"/getMe", b'{"ok":true,"result":{"id":100,"is_bot":true,"first_name":"b","username":"b_bot"}}'),
    (b"/bot", b'{"ok":true,"result":true}'),
)


class Switchboard:
    """Who listens, and how long an answer takes."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.listeners: set[asyncio.Transport] = set()
        self._spent: set[bytes] = set()

    def spend(self, body: bytes) -> bool:
        """Use the reply token of a reply. False: it was used."""
        found = _TOKEN.search(body)
        token = found[1] if found else b""
        if token in self._spent:
            return False
        self._spent.add(token)
        return True

    def forget(self) -> None:
        """Begin anew, without delay."""
        self._spent.clear()
        self.delay_s = 0.0

    def tell(self, kind: int, body: bytes = b"") -> None:
        """Tell everybody who listens."""
        record = RECORD.pack(time.monotonic(), kind, len(body)) + body
        for listener in self.listeners:
            listener.write(record)


class Api(asyncio.Protocol):
    """One connection of a server under test; it keeps alive."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._loop = asyncio.get_running_loop()
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take whole requests."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, found = self._buffer[:end], _LENGTH.search(self._buffer, 0, end + 2)
            if found is None and head.startswith(b"POST") and b"hunked" in head:
                self._transport.close()  # nobody measured here sends such a body
                return
            size = int(found[1]) if found else 0
            if len(self._buffer) < end + 4 + size:
                return
            body, self._buffer = self._buffer[end + 4 : end + 4 + size], self._buffer[end + 4 + size :]
            path = head.split(b" ", 2)[1]
            delay_s = self._switchboard.delay_s
            if delay_s:
                self._loop.call_later(delay_s, self._answer, path, body)
            else:
                self._answer(path, body)

    def _answer(self, path: bytes, body: bytes) -> None:
        status, answer = b"200 OK", next((answer for part, answer in _ANSWERS if part in path), b"{}")
        if path == _REPLY and not self._switchboard.spend(body):
            status, answer = b"400 Bad Request", _SPENT
            self._switchboard.tell(SPENT_TOKEN, body)
        elif path == _REPLY:
            self._switchboard.tell(LINE_REPLY, body)
        elif path.startswith(_MENU):
            status, answer = b"404 Not Found", _NO_MENU
        elif path.endswith(b"/sendMessage"):
            self._switchboard.tell(TELEGRAM_MESSAGE, body)
        if not self._transport.is_closing():
            head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            self._transport.write(head % (status, len(answer)) + answer)


class Listener(asyncio.Protocol):
    """One connection of a load generator."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it hear."""
        self._transport = cast("asyncio.Transport", transport)
        self._switchboard.listeners.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the protocol's names
        """Tell it nothing more; the next one begins anew."""
        self._switchboard.listeners.discard(self._transport)
        self._switchboard.forget()

    def data_received(self, data: bytes) -> None:
        """Do as it says, and say so."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._switchboard.delay_s = json.loads(line)["delay_ms"] / 1000
            self._transport.write(RECORD.pack(time.monotonic(), ACKNOWLEDGED, 0))


async def serve() -> None:
    """Serve until the process is ended."""
    loop = asyncio.get_running_loop()
    switchboard = Switchboard()
    api = await loop.create_server(lambda: Api(switchboard), "127.0.0.1", 0, backlog=1024)
    feed = await loop.create_server(lambda: Listener(switchboard), "127.0.0.1", 0)
    print(*(server.sockets[0].getsockname()[1] for server in (api, feed)), flush=True)
    async with api, feed:
        await asyncio.gather(api.serve_forever(), feed.serve_forever())


if __name__ == "__main__":
    uvloop.run(serve())
