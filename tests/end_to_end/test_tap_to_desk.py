"""
From somebody's first tap to the official form on a social worker's screen, through both programs and one database.

The staff member presses what stands on the pages, with the login that the demo prints.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pypdfium2
import pytest

from bot.settings import Settings
from bot.wiring import looking, office_parts
from bot.wiring.office import open_office, read_demo_password
from tests.end_to_end.handoff_people import (
    NOTICES,
    SHORT_WAY,
    arrive_at,
    fill_page,
    say_when,
    squeeze,
    take_page,
    tell,
)
from tests.end_to_end.handoff_world import BRIEFLY, STORY, agree, in_a_hurry
from tests.end_to_end.people import open_world
from tests.end_to_end.service import load_pack_once

__all__ = ["in_a_hurry"]  # a fixture

pytestmark = pytest.mark.usefixtures("in_a_hurry")
_ORIGIN = "http://127.0.0.1:8081"


class _Forms(HTMLParser):
    """The forms of a page: where each goes, and what its hidden and chosen fields hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        here = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((here.get("action", ""), []))
        is_kept = here.get("type") == "hidden" or "checked" in here
        if tag == "input" and self.forms and is_kept and here.get("name"):
            self.forms[-1][1].append((here["name"], here.get("value", "")))


@dataclass
class Member:
    """A social worker's browser."""

    client: httpx.AsyncClient
    page: str = ""

    async def go(self, path: str) -> str:
        """Open a page."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        self.page = answer.text
        return self.page

    async def press(self, action: str, **written: str) -> httpx.Response:
        """Send the form of the page that leads there, with what is written into it."""
        fields = next(fields for to, fields in _Forms(self.page).forms if to == action)
        posted = {**dict(fields), **written}
        answer = await self.client.post(action, data=posted, headers={"sec-fetch-site": "same-origin"})
        self.page = answer.text
        return answer

    async def follow(self, action: str, **written: str) -> str:
        """Send a form and read the page that it leads to."""
        answer = await self.press(action, **written)
        assert answer.status_code == 303, (action, answer.status_code)
        return await self.go(answer.headers["location"])


@asynccontextmanager
async def sign_in(settings: Settings) -> AsyncIterator[Member]:
    """Open the back office over the same database, and sign in with the login that the demo prints."""
    async with open_office(settings) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=_ORIGIN) as client:
            member = Member(client)
            await member.go("/login")
            await member.follow("/login", name="demo", password=read_demo_password(settings))
            yield member


@pytest.fixture(autouse=True)
def quick_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped flows are read once and judged elsewhere."""
    monkeypatch.setattr(office_parts, "load_pack", load_pack_once)
    monkeypatch.setattr(looking, "find_pack_issues", lambda *_: ())


@pytest.mark.parametrize(
    ("channel", "database"),
    [("line", "sqlite_url"), pytest.param("web", "postgres_url", marks=pytest.mark.postgres)],
)
async def test_from_the_first_tap_to_the_form_on_the_screen(
    tmp_path: Path, request: pytest.FixtureRequest, channel: str, database: str
) -> None:
    """Sent by the page; seen in the queue, opened with a reason, called, noted, printed; and the person hears how far it is."""
    async with open_world(tmp_path, request.getfixturevalue(database)) as world:
        person = await arrive_at(world, channel, SHORT_WAY, NOTICES)
        visitor = await take_page(world, person)
        await fill_page(visitor, BRIEFLY)
        receipt = await agree(visitor)
        async with sign_in(world.service.settings) as member:
            await work_on_it(member)
            paper = await print_form(member)
        assert "林小雨" in paper
        assert squeeze(STORY) in paper
        assert say_when("receipt_status", "receipt=working") in (await tell(person, receipt))


async def work_on_it(member: Member) -> None:
    """Find it, open it, call, note."""
    queue = await member.go("/queue")
    assert "林小雨" not in queue
    [path] = set(re.findall(r"/handoffs/[0-9a-f-]{36}", queue))
    masked = await member.go(path)
    assert "林小雨" not in masked
    assert "0912" not in masked
    opened = await member.follow(f"{path}/open", reason="first_call")
    assert "林小雨" in opened
    assert STORY.splitlines()[0] in opened
    await member.follow(f"{path}/status", status="called")
    noted = await member.follow(f"{path}/notes", text="明天下午再打一次。")
    assert "明天下午再打一次。" in noted


async def print_form(member: Member) -> str:
    """Export the one handoff as the city's form; returns its text."""
    queue = await member.go("/queue?tab=all")
    [handoff_id] = set(re.findall(r"/handoffs/([0-9a-f-]{36})", queue))
    await member.go(f"/exports?id={handoff_id}")
    page = await member.follow("/exports", id=handoff_id, format="pdf", reason="duty")
    for _ in range(600):
        if 'action="/exports/file"' in page:
            break
        await asyncio.sleep(0.05)
        page = await member.go("/exports/progress")
    answer = await member.press("/exports/file")
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    text = "".join(sheet.get_textpage().get_text_bounded() for sheet in document)
    assert "demo" in text  # who took it out
    return squeeze(text)
