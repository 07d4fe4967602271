"""What the channel tests share: the moment it is, a reply to send, and the fake services."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.channels.line import LineChannel
from bot.channels.telegram import TelegramChannel
from tests.channels.material import NOW, WEBHOOK_SECRET
from tests.fakes.line_server import FakeLineServer
from tests.fakes.telegram_server import FakeTelegramServer


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both SDKs honour proxy variables; the fakes are on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
async def line() -> AsyncIterator[FakeLineServer]:
    async with FakeLineServer(patience_s=30) as server:
        yield server
        server.assert_clean()


@pytest.fixture
async def line_channel(line: FakeLineServer) -> AsyncIterator[LineChannel]:
    channel = LineChannel(
        channel_secret=line.channel_secret,
        access_token=line.access_token,
        api_base=line.base_url,
        clock=lambda: NOW,
    )
    yield channel
    await channel.close()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegramServer]:
    async with FakeTelegramServer() as server:
        yield server
        server.assert_clean()


@pytest.fixture
async def telegram_channel(telegram: FakeTelegramServer) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(
        bot_token=telegram.token,
        webhook_secret=WEBHOOK_SECRET,
        api_base=telegram.base_url,
        clock=lambda: NOW,
    )
    yield channel
    await channel.close()
