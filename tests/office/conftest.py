"""An office with one member of staff, and browsers that visit it without a network."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette

from bot.desk.late_lines import LateLines
from bot.office.app import create_office
from bot.office.auth import hash_token
from bot.office.model import StateOfService
from bot.office.passwords import Cost, Passwords
from bot.office.ways.safe import Safe
from bot.ports import Agency, Unopened
from tests.office.fakes import (
    CHEAP,
    PROMPT,
    FakeAudit,
    FakeClock,
    FakeStaff,
    FakeVaults,
    FakeWays,
    Tokens,
    make_parts,
    make_state,
)

ORIGIN = "http://127.0.0.1:8081"
#: An account of the demo: its password alone is enough.
NAME, PASSWORD = "demo-林社工", "correct horse 電池"
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


class NoHandoffs:
    """A desk at which nothing has arrived."""

    async def list_unseen(self) -> Sequence[Unopened]:
        return ()

    async def list_unopened(self) -> Sequence[Unopened]:
        return ()


class SoundLog:
    """`LogWatch` over a log in which nothing was found."""

    fault = ""


@dataclass
class World:
    """Everything a test of the office may look at or change."""

    staff: FakeStaff
    clock: FakeClock
    state: StateOfService
    app: Starlette
    audit: FakeAudit = field(default_factory=FakeAudit)
    vaults: FakeVaults = field(default_factory=FakeVaults)
    agency: Agency | None = None

    def __post_init__(self) -> None:
        self.ways = FakeWays(self.staff)
        self.safe = Safe(b"k" * 32)
        self.new_token = Tokens()

    def open(self, origin: str = ORIGIN, *, demo: bool = True, cost: Cost = CHEAP) -> Starlette:
        """Build the office over what this world holds, and remember it."""
        parts = make_parts(
            staff=self.staff,
            ways=self.ways,
            handoffs=NoHandoffs(),
            audit=self.audit,
            log_watch=SoundLog(),
            late=LateLines(self.audit, self.clock),
            vaults=self.vaults,
            safe=self.safe,
            agency=self.agency,
            look=self.look,
            clock=self.clock,
            new_token=self.new_token,
        )
        self.app = create_office(parts, demo=demo, origin=origin, limits=PROMPT, cost=cost)
        return self.app

    async def look(self) -> StateOfService:
        return self.state

    def browser(self, source: str = "192.0.2.1", origin: str = ORIGIN) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(source, 1))
        return httpx.AsyncClient(transport=transport, base_url=origin, headers={"accept-language": "en"})


@pytest.fixture
async def world() -> World:
    """The office in the demo environment, with one account."""
    staff, clock = FakeStaff(), FakeClock()
    await staff.add_account(NAME, await Passwords(CHEAP, demo=True).hash(PASSWORD), clock())
    world = World(staff, clock, make_state(), Starlette())
    world.open()
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


def token_in(page: str, action: str = "") -> str:
    """The token of a page's form, or of the one that posts to `action`."""
    forms = page.split("<form")[1:]
    return next(_TOKEN.findall(form)[0] for form in forms if f'action="{action}' in form)


async def sign_in(
    client: httpx.AsyncClient, name: str = NAME, password: str = PASSWORD, code: str = ""
) -> httpx.Response:
    """Fetch the form and post it, as a browser does."""
    token = token_in((await client.get("/login")).text, '/login"')
    form = {"token": token, "name": name, "password": password, "code": code}
    return await client.post("/login", data=form, headers={"sec-fetch-site": "same-origin"})


def hash_in(client: httpx.AsyncClient) -> str:
    """What the database must hold for this browser's session."""
    return hash_token(client.cookies["office"])
