"""An office with one member of staff, and browsers that visit it without a network."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette

from bot.office.app import create_office
from bot.office.auth import hash_token
from bot.office.model import StateOfService
from bot.office.passwords import Passwords
from tests.office.fakes import CHEAP, PROMPT, FakeClock, FakeStaff, Tokens, make_state

ORIGIN = "http://127.0.0.1:8081"
NAME, PASSWORD = "林社工", "correct horse 電池"
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@dataclass
class World:
    """Everything a test of the office may look at or change."""

    staff: FakeStaff
    clock: FakeClock
    state: StateOfService
    app: Starlette

    async def look(self) -> StateOfService:
        return self.state

    def browser(self, source: str = "192.0.2.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(source, 1))
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"accept-language": "en"})


@pytest.fixture
async def world() -> World:
    """The office in the demo environment, with one account."""
    staff, clock = FakeStaff(), FakeClock()
    await staff.add_account(NAME, await Passwords(CHEAP, demo=True).hash(PASSWORD), clock())
    world = World(staff, clock, make_state(), Starlette())
    world.app = create_office(
        staff=staff,
        look=world.look,
        clock=clock,
        demo=True,
        origin=ORIGIN,
        new_token=Tokens(),
        limits=PROMPT,
        cost=CHEAP,
    )
    return world


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody has signed in with."""
    async with world.browser() as client:
        yield client


@pytest.fixture
async def desk_browser(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which the member of staff has signed in."""
    async with world.browser() as client:
        answer = await sign_in(client)
        assert answer.status_code == 303
        yield client


def token_in(page: str) -> str:
    """The token of a page's only form."""
    return _TOKEN.findall(page)[0]


async def sign_in(client: httpx.AsyncClient, name: str = NAME, password: str = PASSWORD) -> httpx.Response:
    """Fetch the form and post it, as a browser does."""
    token = token_in((await client.get("/login")).text)
    form = {"token": token, "name": name, "password": password}
    return await client.post("/login", data=form, headers={"sec-fetch-site": "same-origin"})


def hash_in(client: httpx.AsyncClient) -> str:
    """What the database must hold for this browser's session."""
    return hash_token(client.cookies["office"])
