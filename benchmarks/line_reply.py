"""
What one LINE reply costs over the one shared client, against a bare POST of the same bytes.

Prints for each kind of reply the ratio of both in one run, pair by pair, over the in-tree fake on this
machine, and what writing the messages costs by itself. Run it with `python -m benchmarks.line_reply`; the
decision it informs is ADR 0007.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.line import LineChannel
from bot.channels.line_messages import encode, encode_as_text
from bot.core.model import VisitId
from bot.core.reply import Button, Reply
from bot.ports import Address
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import FakeServer

ROUNDS, BATCH = 20, 20
USER = "U" + "1" * 32
TEXT = Reply(
    bubbles=("一" * 100, "二" * 120),
    buttons=(Button("human", "找真人", "way_out"), Button("leave", "離開", "way_out")),
    visit=VisitId("12345678"),
    turn=3,
    locale="zh_TW",
)
CHOICES = tuple(Button(f"choice_{i}", f"選項 {i}，說得長一點", "choice") for i in range(7))
QUESTION = replace(
    TEXT, buttons=(*CHOICES, *TEXT.buttons), hint="看不到按鈕，可以回數字：", ways_hint="隨時可以打：離開"
)
CARD = replace(
    QUESTION,
    look="card",
    bubbles=("\n".join(f"第 {i} 個地方 02-6605-737{i}（24 小時、免費）" for i in range(8)), "二" * 120),
)
KINDS = {"text only": TEXT, "with a drawn question": QUESTION, "with a drawn card": CARD}


class Yes(FakeServer):
    """Takes every reply unread, so that the fake's strictness is not part of what is measured."""

    async def respond(self, request: Request, raw: bytes) -> Response:  # noqa: ARG002  # the port's names
        """Say that it was sent."""
        self.requests.clear()
        return JSONResponse({"sentMessages": [{"id": "1"}]})


@dataclass(frozen=True)
class Cost:
    """Milliseconds for each reply: ours, a bare POST of the same messages, and their ratios by pair."""

    ours: float
    bare: float
    ratios: list[float]


async def time_ours(channel: LineChannel, reply: Reply) -> float:
    """Return seconds for one batch through the channel."""
    start = time.perf_counter()
    for index in range(BATCH):
        await channel.deliver(Address(USER, f"token-{index}"), reply)
    return time.perf_counter() - start


async def time_bare(
    base_url: str, session: aiohttp.ClientSession, messages: list[dict[str, object]]
) -> float:
    """Return seconds for one batch of messages that are ready, on a session of one's own."""
    url, headers = f"{base_url}/v2/bot/message/reply", {"Authorization": "Bearer none-of-ours"}
    start = time.perf_counter()
    for index in range(BATCH):
        body = {"replyToken": f"token-{index}", "messages": messages}
        async with session.post(url, json=body, headers=headers) as answer:
            await answer.read()
            assert answer.status == 200
    return time.perf_counter() - start


async def compare(base_url: str, channel: LineChannel, session: aiohttp.ClientSession, reply: Reply) -> Cost:
    """Measure in pairs, after one that is thrown away."""
    messages = encode(reply)
    pairs = [
        (await time_ours(channel, reply), await time_bare(base_url, session, messages))
        for _ in range(ROUNDS + 1)
    ][1:]
    ours, bare = (1000 * statistics.median(side) / BATCH for side in zip(*pairs, strict=True))
    return Cost(ours, bare, sorted(a / b for a, b in pairs))


def time_writing(write: Callable[[Reply], object], reply: Reply) -> float:
    """Return milliseconds for writing one reply, without sending it."""
    start = time.perf_counter()
    for _ in range(200):
        write(reply)
    return (time.perf_counter() - start) * 1000 / 200


async def check_kinds() -> None:
    """Every kind is one that the strict fake takes."""
    async with FakeLineServer() as fake:
        channel = make_channel(fake.base_url, fake.access_token)
        for reply in KINDS.values():
            await channel.deliver(Address(USER, fake.issue_reply_token(USER)), reply)
        await channel.close()


def make_channel(base_url: str, token: str) -> LineChannel:
    """Make a channel to a fake."""
    return LineChannel(
        channel_secret="none-of-ours", access_token=token, api_base=base_url, clock=lambda: datetime.now(UTC)
    )


async def main() -> None:
    """Measure each kind and print its ratio."""
    logging.disable()
    await check_kinds()
    async with Yes() as yes, aiohttp.ClientSession() as session:
        channel = make_channel(yes.base_url, "none-of-ours")
        for name, reply in KINDS.items():
            cost = await compare(yes.base_url, channel, session, reply)
            print(
                f"{name}: {ROUNDS} pairs of {BATCH}; ours {cost.ours:.2f} ms, bare POST {cost.bare:.2f} ms;"
                f" ratio min {cost.ratios[0]:.2f} median {statistics.median(cost.ratios):.2f} max {cost.ratios[-1]:.2f};"
                f" writing it {time_writing(encode, reply):.2f} ms (as text {time_writing(encode_as_text, reply):.2f} ms)"
            )
        await channel.close()


if __name__ == "__main__":
    asyncio.run(main())
