"""
The SDK with FastAPI and a dict: what LINE's own example grows into first. It keeps nothing.

`python -m benchmarks.alternatives.line_dict`
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import AsyncMessagingApi
from linebot.v3.webhooks import PostbackEvent

from benchmarks.alternatives.line_sdk import make_client, make_parser, say
from benchmarks.alternatives.menu import START, follow
from benchmarks.alternatives.place import PORT

parser = make_parser()
pages: dict[str, str] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one client for the process."""
    async with make_client() as client:
        app.state.line = AsyncMessagingApi(client)
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/callback")
async def callback(request: Request) -> str:
    """Answer every event, then the webhook."""
    body = (await request.body()).decode()
    try:
        events = parser.parse(body, request.headers["x-line-signature"])
    except InvalidSignatureError:
        raise HTTPException(400) from None
    for event in events:
        user_id = event.source.user_id
        page = START
        if isinstance(event, PostbackEvent):
            page = follow(pages.get(user_id, START), event.postback.data)
        pages[user_id] = page
        await say(app.state.line, event.reply_token, page)
    return "OK"


if __name__ == "__main__":
    uvicorn.run(app, port=PORT, access_log=False, log_level="warning")
