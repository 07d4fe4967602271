"""The fake LINE as the platform: what people do reaches a bot, what the bot says reaches people."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.line import LineChannel
from tests.channels.material import SOMEBODY
from tests.channels.stand_in_bot import build
from tests.fakes.line_server import FakeLineServer
from tests.fakes.line_terminal import chat
from tests.fakes.serving import FakeServer


class Hosted(FakeServer):
    """The stand-in bot on a socket of its own."""

    def __init__(self, line: FakeLineServer, failures: int) -> None:
        super().__init__()
        self.channel = LineChannel(
            channel_secret=line.channel_secret,
            access_token=line.access_token,
            api_base=line.base_url,
            clock=lambda: datetime.now(UTC),
        )
        self._bot = build(self.channel, failures=failures)

    async def _app(self, scope: object, receive: object, send: object) -> None:
        await self._bot(scope, receive, send)  # type: ignore[arg-type]

    async def respond(self, request: Request, raw: bytes) -> Response:
        raise NotImplementedError


@contextlib.asynccontextmanager
async def hosted(line: FakeLineServer, *, failures: int = 0) -> AsyncIterator[None]:
    async with Hosted(line, failures) as bot:
        await bot.channel.open()
        line.webhook_url = f"{bot.base_url}/line/webhook"
        yield
        await bot.channel.close()


async def test_everything_a_person_does_is_answered(line: FakeLineServer) -> None:
    """In today's shape, signed, each with a token of its own."""
    async with hosted(line):
        for act in (line.follow(SOMEBODY), line.send_text(SOMEBODY, "嗨"), line.tap(SOMEBODY, 2),
                    line.tap(SOMEBODY, "好"), line.sticker(SOMEBODY), line.image(SOMEBODY)):  # fmt: skip
            assert (await act).status == 200
        said = [(await line.wait_for_reply(SOMEBODY))[0]["text"].split("\n")[0] for _ in range(6)]

    assert said == ["Started", "Typed", "Tapped", "Tapped", "SentMedia", "SentMedia"]
    assert [line_ for line_ in line.people[SOMEBODY].bubbles if line_.startswith(">")] == [
        "> 嗨", "> 不好", "> 好", "> sticker", "> image"
    ]  # fmt: skip


async def test_quick_replies_vanish_with_the_next_message(line: FakeLineServer) -> None:
    """What is not on the screen cannot be pressed by number, only replayed."""
    line._meet(SOMEBODY).quick_replies = [{"action": {"label": "好", "data": "v=a&t=1&c=b"}}]
    async with hosted(line, failures=1):
        await line.send_text(SOMEBODY, "嗨")
        with pytest.raises(IndexError):
            await line.tap(SOMEBODY, 1)
        assert (await line.tap_data(SOMEBODY, "v=a&t=1&c=b")).is_accepted


async def test_leaving_hides_what_is_sent_later(line: FakeLineServer) -> None:
    """And following again shows it."""
    async with hosted(line):
        assert (await line.unfollow(SOMEBODY)).status == 200
        assert line.people[SOMEBODY].has_blocked
        line._accept(SOMEBODY, [{"type": "text", "text": "x"}], "push")
        assert line.people[SOMEBODY].bubbles == []
        await line.follow(SOMEBODY)

    assert line.people[SOMEBODY].bubbles != []


async def test_what_was_not_accepted_is_delivered_again(line: FakeLineServer) -> None:
    """With the same id and token, and once more without harm when it had been accepted."""
    async with hosted(line, failures=1):
        first = await line.send_text(SOMEBODY, "嗨")
        [again] = await line.redeliver_failed()
        await line.redeliver(again.events)
        await line.wait_for_reply(SOMEBODY)

    assert (first.status, again.status) == (503, 200)
    assert again.events[0]["deliveryContext"] == {"isRedelivery": True}
    assert again.events[0]["webhookEventId"] == first.events[0]["webhookEventId"]
    assert len(line.sent) == 1
    assert await line.redeliver_failed() == []


async def test_wrong_signatures_and_dead_bots_are_reported(line: FakeLineServer) -> None:
    """403 from a bot, nothing from no bot."""
    async with hosted(line):
        assert await line.post(b"{}", "wrong") == 403
        assert await line.post(b"{}", None) == 403

    assert (await line.send_text(SOMEBODY, "嗨")).status == 0


async def test_no_reply_is_a_timeout(line: FakeLineServer) -> None:
    """Silence is told from an answer."""
    with pytest.raises(TimeoutError):
        await line.wait_for_reply(SOMEBODY, 0.01)


async def test_one_can_chat_in_a_terminal() -> None:
    """Typed text, numbered buttons, media, a repeated event, an unknown command; also from a pipe."""
    typed = io.StringIO("嗨\n\n/1\n/9\n/sticker\n/image\n/again\n/what\n/quit\nnever read\n")
    shown = io.StringIO()

    code = await chat(typed, shown, [sys.executable, "-m", "tests.channels.stand_in_bot"])

    said = shown.getvalue()
    assert code == 0
    bubbles = [line[5:] for line in said.splitlines() if line.startswith("bot: ")]
    assert bubbles[::2] == ["Started", "Typed", "Tapped", "SentMedia", "SentMedia"]
    assert set(bubbles[1::2]) == {"也可以輸入數字："}
    assert "     1 好\n     2 不好\n" in said
    assert "/1 [好]  /2 [不好]" in said
    assert "you: [好]" in said
    assert "there is no button 9" in said
    assert said.count("(no reply)") == 1
    assert "never read" not in said


async def test_a_terminal_says_when_the_bot_does_not_start() -> None:
    """With the bot's last words."""
    shown = io.StringIO()

    code = await chat(io.StringIO(""), shown, [sys.executable, "-c", "raise SystemExit('no keys')"])

    assert code == 1
    assert "no keys" in shown.getvalue()


async def test_a_terminal_says_when_the_bot_refuses() -> None:
    """A webhook that is not accepted is shown."""
    shown = io.StringIO()
    refusing = "import os; os.environ['LINE_CHANNEL_SECRET'] = 'x'; from tests.channels import stand_in_bot as b; b.main()"

    await chat(io.StringIO("/quit\n"), shown, [sys.executable, "-c", refusing])

    assert "(the bot refused the webhook: 403)" in shown.getvalue()
