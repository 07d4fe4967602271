"""
What one LINE reply costs through the SDK, against the same request on a plain session.

Prints the ratio of both in one run, pair by pair, over the in-tree fake on this machine. Run it with
`python -m benchmarks.line_reply`; the decision it informs is ADR 0007.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import UTC, datetime

import aiohttp

from bot.channels.line import LineChannel
from bot.core.model import VisitId
from bot.core.reply import Button, Reply
from bot.ports import Address
from tests.fakes.line_server import FakeLineServer

ROUNDS, BATCH = 30, 20
REPLY = Reply(
    bubbles=("一" * 100, "二" * 120),
    buttons=tuple(Button(f"choice_{i}", f"選項 {i}", "choice") for i in range(10)),
    visit=VisitId("12345678"),
    turn=3,
    locale="zh_TW",
)
USER = "U" + "1" * 32


async def time_sdk(fake: FakeLineServer, channel: LineChannel) -> float:
    """Return seconds for one batch through the SDK."""
    tokens = [fake.issue_reply_token(USER) for _ in range(BATCH)]
    start = time.perf_counter()
    for token in tokens:
        await channel.deliver(Address(USER, token), REPLY)
    return time.perf_counter() - start


async def time_plain(fake: FakeLineServer, session: aiohttp.ClientSession, messages: list[object]) -> float:
    """Return seconds for one batch of ready JSON on a shared session."""
    tokens = [fake.issue_reply_token(USER) for _ in range(BATCH)]
    headers = {"Authorization": f"Bearer {fake.access_token}"}
    start = time.perf_counter()
    for token in tokens:
        body = {"replyToken": token, "messages": messages}
        async with session.post(
            f"{fake.base_url}/v2/bot/message/reply", json=body, headers=headers
        ) as answer:
            await answer.read()
            assert answer.status == 200
    return time.perf_counter() - start


async def main() -> None:
    """Measure in pairs and print the ratio."""
    async with FakeLineServer() as fake, aiohttp.ClientSession() as session:
        channel = LineChannel(
            channel_secret="none-of-ours",
            access_token=fake.access_token,
            api_base=fake.base_url,
            clock=lambda: datetime.now(UTC),
        )
        await time_sdk(fake, channel)
        messages = list(fake.sent[-1].messages)
        pairs = [
            (await time_sdk(fake, channel), await time_plain(fake, session, messages)) for _ in range(ROUNDS)
        ]
        await channel.close()
    ratios = sorted(sdk / plain for sdk, plain in pairs)
    sdk_ms = 1000 * statistics.median(sdk for sdk, _ in pairs) / BATCH
    plain_ms = 1000 * statistics.median(plain for _, plain in pairs) / BATCH
    print(
        f"replies: {ROUNDS} pairs of {BATCH}; SDK {sdk_ms:.2f} ms, plain {plain_ms:.2f} ms each (fake server included)"
    )
    print(f"ratio SDK/plain: min {ratios[0]:.2f} median {statistics.median(ratios):.2f} max {ratios[-1]:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
