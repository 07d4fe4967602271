"""A browser made of httpx, talking to the program without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from bot.front.live import Live
from bot.ports import Opened
from tests.front.fakes import FakeConversation, make_app
from tests.front.filling import Person
from tests.front.small_form import FORM, KNOWN, TOKEN, FakeDesk, FormInterface, PlainVoice

ORIGIN = "http://127.0.0.1:8080"


@pytest.fixture
def conversation() -> FakeConversation:
    return FakeConversation()


@pytest.fixture
def connect() -> Callable[..., httpx.AsyncClient]:
    """Make a client of an app; faults that escape the app fail the test."""

    def open_client(app, origin: str = ORIGIN, **options: object) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=origin, **options)

    return open_client


@pytest.fixture
async def client(conversation, connect) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has not acted yet."""
    async with connect(make_app(conversation)) as somebody:
        yield somebody


@pytest.fixture
def desk() -> FakeDesk:
    """A desk with one link, and a conversation that told something."""
    return FakeDesk({TOKEN: Opened(KNOWN, "zh_TW")})


@pytest.fixture
def live() -> Live:
    return Live()


@pytest.fixture
async def person(desk, live, connect) -> AsyncIterator[Person]:
    """Somebody with the link to the form, who has not opened it yet."""
    app = make_app(
        FakeConversation(), interface=FormInterface(), live=live, desk=desk, form=FORM, voice=PlainVoice()
    )
    async with connect(app) as client:
        yield Person(client)
