"""
The floor: what any server that keeps its word must do for an event, and nothing else.

Bare uvicorn, one HMAC, one durable commit of one row (SQLite, synchronous FULL, the journal mode that the
program chooses for this library), the answer 200, then one POST by a shared aiohttp session. No framework,
no conversation, no encryption.

`python -m benchmarks.alternatives.floor`
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import sqlite3
from typing import Any

import aiohttp
import uvicorn

from benchmarks.alternatives.menu import MENU, START, carry
from benchmarks.alternatives.place import API, FOLDER, JOURNAL, PORT
from benchmarks.terms import ACCESS_TOKEN, CHANNEL_SECRET
from bot.store.engine import choose_journal

_SECRET = CHANNEL_SECRET.encode()
_TEXT, _CHOICES = MENU[START]
_MESSAGE = {
    "type": "text",
    "text": _TEXT,
    "quickReply": {
        "items": [
            {"type": "action", "action": {"type": "postback", "label": label, "data": carry(name)}}
            for name, label, _ in _CHOICES
        ]
    },
}


class Floor:
    """An ASGI application."""

    def __init__(self) -> None:
        self._database = sqlite3.connect(FOLDER / "floor.sqlite3", isolation_level=None)
        journal = JOURNAL or choose_journal(sqlite3.sqlite_version_info)
        self._database.execute(f"PRAGMA journal_mode = {journal}")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID"
        )
        self._session: aiohttp.ClientSession | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Take one request."""
        if scope["type"] != "http":
            return
        body, is_more = b"", True
        while is_more:
            part = await receive()
            body, is_more = body + part.get("body", b""), part.get("more_body", False)
        status = self._take(dict(scope["headers"]), body)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    def _take(self, headers: dict[bytes, bytes], body: bytes) -> int:
        expected = base64.b64encode(hmac.digest(_SECRET, body, hashlib.sha256))
        if not hmac.compare_digest(expected, headers.get(b"x-line-signature", b"")):
            return 403
        for event in json.loads(body)["events"]:
            row = (event["webhookEventId"], body)
            new = self._database.execute("INSERT INTO event VALUES (?, ?) ON CONFLICT DO NOTHING", row)
            if new.rowcount == 1:
                task = asyncio.create_task(self._send(event["replyToken"]))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
        return 200

    async def _send(self, token: str) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {ACCESS_TOKEN}"}, connector=aiohttp.TCPConnector(limit=256)
            )
        body = {"replyToken": token, "messages": [_MESSAGE]}
        async with self._session.post(f"{API}/v2/bot/message/reply", json=body) as answer:
            await answer.read()


if __name__ == "__main__":
    uvicorn.run(Floor(), port=PORT, access_log=False, log_level="warning", lifespan="off")  # type: ignore[arg-type]  # typed by hand
