"""
The usual stack that keeps: FastAPI, the SDK, transitions' AsyncMachine, aiosqlite (its journal and durability as they come).

One machine and one connection for the process; a person's state is committed before the answer is sent.

`python -m benchmarks.alternatives.usual_stack`
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosqlite
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import AsyncMessagingApi
from linebot.v3.webhooks import PostbackEvent
from transitions import MachineError
from transitions.extensions.asyncio import AsyncMachine

from benchmarks.alternatives.line_sdk import make_client, make_parser, say
from benchmarks.alternatives.menu import MENU, START
from benchmarks.alternatives.place import FOLDER, PORT

parser = make_parser()
machine = AsyncMachine(
    model=None,
    states=list(MENU),
    initial=START,
    auto_transitions=False,
    transitions=[
        {"trigger": name, "source": page, "dest": to}
        for page, (_, choices) in MENU.items()
        for name, _, to in choices
    ],
)


class Conversation:
    """Where one person is, while an event is handled."""

    state: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one client and one connection for the process."""
    async with make_client() as client, aiosqlite.connect(FOLDER / "usual.sqlite3") as database:
        await database.execute("PRAGMA synchronous = FULL")
        await database.execute("CREATE TABLE IF NOT EXISTS person (id TEXT PRIMARY KEY, state TEXT NOT NULL)")
        await database.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")
        await database.commit()
        app.state.line, app.state.database = AsyncMessagingApi(client), database
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/callback")
async def callback(request: Request) -> str:
    """Store and answer every event, then answer the webhook."""
    body = (await request.body()).decode()
    try:
        events = parser.parse(body, request.headers["x-line-signature"])
    except InvalidSignatureError:
        raise HTTPException(400) from None
    database: aiosqlite.Connection = app.state.database
    for event in events:
        seen = await database.execute(
            "INSERT INTO seen VALUES (?) ON CONFLICT DO NOTHING", (event.webhook_event_id,)
        )
        if seen.rowcount != 1:
            continue
        state = await move(database, event)
        await say(app.state.line, event.reply_token, state)
    return "OK"


async def move(database: aiosqlite.Connection, event: object) -> str:
    """Load, move, store. Returns where the person is now."""
    user_id = event.source.user_id  # type: ignore[attr-defined]  # every event here has a person
    async with database.execute("SELECT state FROM person WHERE id = ?", (user_id,)) as cursor:
        row = await cursor.fetchone()
    conversation = Conversation()
    machine.add_model(conversation, initial=row[0] if row else START)
    try:
        if isinstance(event, PostbackEvent):
            await conversation.trigger(event.postback.data.removeprefix("c="))  # type: ignore[attr-defined]  # the machine adds it
    except (MachineError, AttributeError):
        pass  # a button of another page: the question is asked again
    finally:
        machine.remove_model(conversation)
    await database.execute(
        "INSERT INTO person VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
        (user_id, conversation.state),
    )
    await database.commit()
    return conversation.state


if __name__ == "__main__":
    uvicorn.run(app, port=PORT, access_log=False, log_level="warning")
