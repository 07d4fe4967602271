"""
A bot of thirty lines behind the real LINE channel: it says back what kind of thing came in.

It lets the fake platform and the terminal be tested without the conversation.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.line import LineChannel
from bot.errors import BadSignature
from tests.channels.material import make_reply


def build(channel: LineChannel, *, failures: int = 0) -> Starlette:
    """`failures`: so many webhooks are answered with 503 first."""
    seen: set[str] = set()
    left = [failures]

    async def take(request: Request) -> Response:
        try:
            received = channel.read(await request.body(), request.headers)
        except BadSignature:
            return Response(status_code=403)
        if left[0]:
            left[0] -= 1
            return Response(status_code=503)
        for inbound in received.inbounds:
            if inbound.reply_to and inbound.delivery_id not in seen:
                seen.add(inbound.delivery_id)
                kind = type(inbound.what).__name__
                await channel.deliver(inbound.reply_to, make_reply(kind, choices=["好", "不好"]))
        return Response()

    async def health(_: Request) -> Response:
        await channel.open()
        return Response()

    return Starlette(routes=[Route("/line/webhook", take, methods=["POST"]), Route("/healthz", health)])


def main() -> None:
    channel = LineChannel(
        channel_secret=os.environ["LINE_CHANNEL_SECRET"],
        access_token=os.environ["LINE_CHANNEL_ACCESS_TOKEN"],
        api_base=os.environ["LINE_API_BASE"],
        clock=lambda: datetime.now(UTC),
    )
    uvicorn.run(build(channel), host="127.0.0.1", port=int(os.environ["FRONTDOOR_PORT"]), ws="none")


if __name__ == "__main__":
    main()
