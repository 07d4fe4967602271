"""
A whole back office over a real SQLite database and the demo's keys, and browsers that visit it without a network.

    async with open_world(tmp_path) as world:
        await world.hire("林社工", "list", "open", "export")
        browser = await world.sign_in("林社工")
        handoff_id = await world.send({"name": "王小明"})
        page = await browser.get("/queue")
        answer = await browser.post("/vault/lock", {"words": "…"})     # finds the token of that form by itself
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from bot.office.app import create_office
from bot.office.auth import form_token, hash_token
from bot.office.passwords import Cost
from bot.office.visit import Parts
from bot.pack import Pack, load_pack
from bot.ports import Right, Shown
from bot.settings import Settings
from bot.wiring.checking import find_pack_issues
from bot.wiring.common import prepare
from bot.wiring.office_parts import open_parts
from tests.counting_lines import unmeasured
from tests.desk.sending import Sending
from tests.office.fakes import CHEAP, PROMPT, FakeClock

ORIGIN = "http://127.0.0.1:8081"
EVERY_RIGHT: tuple[Right, ...] = ("list", "open", "export", "audit")
#: What `send` puts into a handoff when nothing else is said: a whole record, so that every page has something to show.
FIELDS: Mapping[str, str] = {
    "name": "王小明",
    "phone_mobile": "+886912345678",
    "county": "臺北市",
    "story": "有人說要把照片傳出去。",
}


@dataclass
class Browser:
    """One member's browser. `post` adds the token that a page of ours would have carried."""

    client: httpx.AsyncClient
    token: str

    @property
    def seat(self) -> str:
        """By what the office knows this sign-in."""
        return hash_token(self.token)

    async def get(self, path: str, **more: object) -> httpx.Response:
        """Fetch a page; redirects are not followed."""
        return await self.client.get(path, **more)  # type: ignore[arg-type]

    async def post(
        self, path: str, fields: Mapping[str, str | list[str]] | None = None, *, token: str | None = None
    ) -> httpx.Response:
        """Post a form as one of our pages would; `token` in place of the right one."""
        form = dict(fields or {}) | {"token": form_token(self.token, path) if token is None else token}
        return await self.client.post(path, data=form, headers={"sec-fetch-site": "same-origin"})


@dataclass
class World:
    """Everything a test of the office may look at or change."""

    parts: Parts
    app: Starlette
    clock: FakeClock
    settings: Settings
    accounts: dict[str, str] = field(default_factory=dict)
    #: At which seat somebody signed in last.
    seats: dict[str, str] = field(default_factory=dict)

    async def hire(self, name: str, *rights: Right) -> str:
        """Make an account; returns its id."""
        await self.parts.staff.add_account(name, "", self.clock())
        account = await self.parts.staff.find_account(name)
        assert account is not None
        await self.parts.staff.set_rights(account.id, frozenset(rights))
        self.accounts[name] = account.id
        return account.id

    async def sign_in(self, name: str, *, source: str = "192.0.2.1") -> Browser:
        """Give somebody a browser in which they have just signed in with a passkey, without going through the page."""
        token = self.parts.new_token()
        account_id = self.accounts[name]
        self.seats[name] = hash_token(token)
        await self.parts.staff.add_session(
            hash_token(token), account_id, self.clock(), method="passkey", shown=Shown(at=self.clock())
        )
        client = self.visit(source)
        client.cookies.set("office", token)
        return Browser(client, token)

    def visit(self, source: str = "192.0.2.1") -> httpx.AsyncClient:
        """Return a browser that nobody has signed in with."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(source, 1))
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"accept-language": "en"})

    async def send(self, fields: Mapping[str, str] = FIELDS) -> str:
        """Send a handoff as the public side does; returns its id."""
        return await Sending(self.settings)._send(fields, self.clock())

    async def ask(self, handoff_id: str, kind: str, words: str = "") -> None:
        """Ask for a handoff to be taken back (`withdraw`) or put right (`correct`)."""
        await Sending(self.settings)._ask(handoff_id, kind, words, self.clock())


@cache
@unmeasured()
def _template() -> Path:
    """A data directory as the first start leaves it: to make its tables takes a second, to copy them none."""
    folder = Path(tempfile.mkdtemp(prefix="frontdoor-office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    prepare(Settings(_env_file=None, data_dir=folder / "var"))  # type: ignore[call-arg]  # no .env
    return folder / "var"


@cache
@unmeasured()
def _load_pack() -> Pack:
    return load_pack()


@cache
@unmeasured()
def _find_issues() -> tuple[object, ...]:
    return tuple(find_pack_issues(_load_pack(), date(2026, 11, 20)))


def _count_issues(pack: Pack, today: date) -> Sequence[object]:
    return _find_issues()


@asynccontextmanager
async def open_world(
    folder: Path, *, database_url: str | None = None, demo: bool = True, cost: Cost = CHEAP
) -> AsyncIterator[World]:
    """Open an office with nobody in it; `database_url` for another database than SQLite in the folder."""
    more = {"database_url": database_url} if database_url else {}
    settings = Settings(_env_file=None, data_dir=folder / "var", **more)  # type: ignore[call-arg,arg-type]  # no .env
    shutil.copytree(_template(), folder / "var", dirs_exist_ok=True)
    prepare(settings)
    clock = FakeClock()
    async with AsyncExitStack() as stack:
        # Reading and checking the whole conversation takes seconds, and is the same for every test.
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr("bot.wiring.office_parts.load_pack", _load_pack)
        patch.setattr("bot.wiring.looking.find_pack_issues", _count_issues)
        parts = await stack.enter_async_context(open_parts(settings, clock=clock))
        app = create_office(parts, demo=demo, origin=ORIGIN, limits=PROMPT, cost=cost)
        yield World(parts, app, clock, settings)


def read_text(page: str) -> str:
    """What stands on a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
