"""
What somebody does who wants a social worker to call them: in the chat, on the one-time page, and afterwards.

And the desk beside it: the real commands over the same database, with the identities of the demo.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pypdfium2

from bot.commands.handoffs import Wanted, export_handoffs, set_status, show_requests
from bot.core.model import Session, StateId
from bot.form.review import ShownLine, list_lines
from bot.settings import Settings
from bot.store.sql import open_store
from bot.wiring.talking import _REMEMBERED_S
from tests.end_to_end.people import Person, WebPerson, World
from tests.end_to_end.people.words import label
from tests.end_to_end.service import load_pack_once
from tests.front import filling

Step = tuple[str, str]

#: The way of somebody whose images were spread, to the page that says what will happen.
LONG_WAY: tuple[Step, ...] = (
    ("start", "safe"), ("who", "self"), ("age_now", "adult"), ("age_filmed", "adult"), ("happened", "spread"),
    ("spread_first", "later"), ("takedown_ask", "no"), ("who_did", "known"), ("police_ask", "unsure"),
    ("police_later", "skip"), ("feelings", "ok"), ("worker_ask", "yes"),
)  # fmt: skip
#: The same for somebody who tells nothing.
SHORT_WAY: tuple[Step, ...] = (
    ("start", "safe"), ("who", "other"), ("card", "comfort"), ("comfort", "next"), ("worker_ask", "yes"),
    ("handoff_age", "adult"),
)  # fmt: skip
NOTICES: tuple[Step, ...] = (
    ("handoff_what", "next"), ("notice_1", "next"), ("notice_2", "next"), ("notice_3", "next"),
)  # fmt: skip
CONSENT: tuple[Step, ...] = (("use_contact", "yes"), ("use_special", "yes"), ("use_refer", "no"))

RECEIPT = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")
_LINK = re.compile(r"http://127\.0\.0\.1:\d+(/p/n/[A-Za-z0-9_-]{22,})")
_CHAT_LINE = re.compile(r"^\d+\. (.+?)：\n?(.*)$", re.MULTILINE)
_PAGE_LINE = re.compile(r'<dt>(.*?)</dt>\s*<dd class="value">(.*?)</dd>', re.DOTALL)
_T = TypeVar("_T")


# ─── In the chat ──────────────────────────────────────────────────────────────


async def choose(person: Person, *steps: Step) -> str:
    """Press these buttons, each by its state and its name in the flow; returns what the last one said."""
    heard = ""
    for state, choice in steps:
        heard = await person.go(label(state, choice))
    return heard


async def tell(person: Person, *words: str) -> str:
    """Write these, one after the other; returns what was said to the last."""
    heard = ""
    for each in words:
        await person.write(each)
        heard = await person.hear()
    return heard


async def arrive_at(world: World, channel: str, *ways: Sequence[Step]) -> Person:
    """Let somebody come and walk these ways."""
    person = await world.meet(channel)
    await person.arrive()
    await person.hear()
    for way in ways:
        await choose(person, *way)
    return person


async def fill_in_chat(person: Person, *, name: str, birth: str, phone: str, story: str) -> str:
    """Answer question after question; returns the review."""
    await choose(person, ("handoff_way", "chat"))
    await tell(person, name, birth, phone)
    await choose(
        person,
        ("form_call_time", "evening"), ("form_call_way", "call_first"), ("form_may_say", "only_me"),
        ("form_if_other", "hang_up"), ("form_text_ok", "text_no"), ("form_urgency", "days"),
        ("form_county", "taipei"), ("form_types", "t6"), ("form_types", "done"), ("form_needs", "legal"),
        ("form_needs", "done"),
    )  # fmt: skip
    await tell(person, story)
    return await choose(person, ("form_story", "done"))


async def fill_briefly(person: Person, *, birth: str = "34") -> str:
    """Fill in just what is needed, and see the review."""
    await choose(person, ("handoff_way", "chat"))
    await tell(person, "林小雨", birth, "0912345678")
    skipped = ("call_time", "call_way", "may_say", "if_other", "text_ok", "urgency", "county")
    await choose(person, *((f"form_{each}", "skip") for each in skipped))
    return await choose(person, ("form_types", "done"), ("form_needs", "done"), ("form_story", "skip"))


def read_chat_lines(heard: str) -> list[tuple[str, str]]:
    """Return the lines of the preview: what each is called, and what stands in it."""
    return _CHAT_LINE.findall(heard)


def read_receipt(heard: str) -> str:
    """Return the receipt that was told, once."""
    (receipt,) = set(RECEIPT.findall(heard))
    return str(receipt)


def say_when(state: str, when: str) -> str:
    """Return what a state says under this condition."""
    said = load_pack_once().flow.get_state(StateId(state)).say
    return next(one.text for one in said if one.when == (when,))


async def find_session(world: World, person: Person) -> Session | None:
    """Return what is stored of somebody, opened with the key of the public side."""
    store = open_store(world.service.settings.database, world.vault)
    try:
        stored = await store.look(world.vault.person_key(person.channel, person.user_id))
    finally:
        await store.close()
    return stored.session if stored else None


# ─── On the page ──────────────────────────────────────────────────────────────


def find_link(heard: str) -> str:
    """Return the path of the one-time page that was told."""
    (path,) = set(_LINK.findall(heard))
    return str(path)


async def knock(world: World, path: str, *, person: Person | None = None) -> filling.Person:
    """Look at a link, in the browser of somebody on the web or in a new one; nothing is used up."""
    if isinstance(person, WebPerson):
        browser = person.browser
    else:
        browser = httpx.AsyncClient(base_url=world.service.url, trust_env=False, timeout=60)
        browser.headers.update({"accept-language": "zh-TW", "sec-fetch-site": "same-origin"})
        await world.browsers.enter_async_context(browser)
    visitor = filling.Person(browser, way=path)
    visitor.see(await browser.get(path))
    visitor.seat = visitor.paper.get("seat")
    return visitor


async def open_page(world: World, path: str, *, person: Person | None = None) -> filling.Person:
    """Look at a link and press its button."""
    visitor = await knock(world, path, person=person)
    await visitor.open()
    return visitor


async def take_page(world: World, person: Person) -> filling.Person:
    """Choose the page in the chat, and open it."""
    heard = await choose(person, ("handoff_way", "page"))
    return await open_page(world, find_link(heard), person=person)


async def fill_page(visitor: filling.Person, steps: Mapping[str, Mapping[str, str | Sequence[str]]]) -> None:
    """Fill in step after step until the review."""
    await visitor.press("next")
    for step, told in steps.items():
        assert visitor.step == step
        texts = {f"f_{key}": value for key, value in told.items() if isinstance(value, str)}
        ticks = [(f"f.{key}", one) for key, some in told.items() if not isinstance(some, str) for one in some]
        visitor.fill(*ticks, **texts)
        await visitor.press("next")


def read_page_lines(visitor: filling.Person) -> list[tuple[str, str]]:
    """Return the lines that would be sent, as the page shows them."""
    assert visitor.response is not None
    shown = visitor.response.text.partition('class="lines struck"')[0]
    return [(unescape(dt), unescape(dd)) for dt, dd in _PAGE_LINE.findall(shown)]


def get_status(visitor: filling.Person) -> int:
    assert visitor.response is not None
    return visitor.response.status_code


# ─── What lies there ──────────────────────────────────────────────────────────


async def count_handoffs(world: World) -> int:
    """Count what was sent, from outside."""
    return await world.count("SELECT count(*) FROM handoff")


async def let_pages_age(world: World) -> None:
    """Let a quarter of an hour pass for every page."""
    await _change(world, "UPDATE page_seat SET until = until - 16 * 60 * 1000000")


async def empty_handoffs(world: World) -> None:
    """Take everything away that was ever sent, and every page."""
    tables = ("handoff", "handoff_case", "handoff_request", "consent_record", "consent_text", "page_seat")
    await _change(world, *(f"DELETE FROM {table}" for table in tables))  # noqa: S608 - our own table names


async def _change(world: World, *statements: str) -> None:
    """Change the database behind the program's back."""
    async with _hold(world) as database:
        for statement in statements:
            database.execute(statement)


@contextlib.asynccontextmanager
async def store_is_down(world: World) -> AsyncIterator[None]:
    """Keep the database from being written or read by anybody else."""
    async with _hold(world):
        yield


@contextlib.asynccontextmanager
async def _hold(world: World) -> AsyncIterator[sqlite3.Connection]:
    path = world.service.settings.sqlite_path
    assert path is not None
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as database:
        await _lock(database)
        yield database
        database.execute("COMMIT")


async def _lock(database: sqlite3.Connection) -> None:
    """Lock it as soon as nobody else does; the program runs in this very thread, so nobody may wait in it."""
    async with asyncio.timeout(30):
        while not database.in_transaction:
            with contextlib.suppress(sqlite3.OperationalError):
                database.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def too_few_recipients(data_dir: Path) -> AsyncIterator[None]:
    """Take one of the two away for a while; what is said about it is remembered for a tenth of a second."""
    path = data_dir / "recipients.d" / "recovery.pub"
    aside = path.with_suffix(".aside")
    path.rename(aside)
    try:
        await asyncio.sleep(2 * _REMEMBERED_S)
        yield
    finally:
        aside.rename(path)
        await asyncio.sleep(2 * _REMEMBERED_S)


def list_expected(fields: Mapping[str, str], *, masked: bool) -> list[tuple[str, str]]:
    """Return the lines that these fields make, in Chinese. What a button fills in is not hidden."""
    pack = load_pack_once()
    tapped = {
        value
        for one in pack.flow.states.values()
        for choice in one.choices
        for value in choice.fills.values()
    }
    lines: tuple[ShownLine, ...] = list_lines(
        pack.form, fields, say=lambda _, zh: zh, masked=masked, plain=tapped
    )
    return [(line.label, line.value) for line in lines]


# ─── At the desk ──────────────────────────────────────────────────────────────


@dataclass
class Desk:
    """The desk's commands, run as somebody at a terminal runs them."""

    settings: Settings
    out: Path

    async def export(self, fmt: Any) -> list[bytes]:
        """Export everything; all of it must be readable."""
        folder = self.out / f"{fmt}-{len(list(self.out.glob('*')))}"
        assert (
            await self._run(
                lambda: export_handoffs(self.settings, Wanted(), fmt=fmt, out=folder, identities=[])
            )
            == 0
        )
        return [path.read_bytes() for path in sorted(folder.iterdir())]

    async def read(self) -> list[dict[str, Any]]:
        """Return the handoffs of the JSON export."""
        (raw,) = await self.export("json")
        return list(json.loads(raw)["handoffs"])

    async def read_only(self) -> dict[str, Any]:
        """Return the only one."""
        (one,) = await self.read()
        return one

    async def print(self) -> str:
        """Return the text of the only PDF, without the white space that lines break at."""
        (raw,) = await self.export("pdf")
        document = pypdfium2.PdfDocument(io.BytesIO(raw))
        try:
            pages = [document[number].get_textpage() for number in range(len(document))]
            return squeeze("".join(page.get_text_range() for page in pages))
        finally:
            document.close()

    async def set_status(self, handoff_id: str, status: Any) -> None:
        assert await self._run(lambda: set_status(self.settings, handoff_id[:8], status)) == 0

    async def show_requests(self) -> None:
        assert await self._run(lambda: show_requests(self.settings, identities=[])) == 0

    async def _run(self, command: Callable[[], _T]) -> _T:
        self.out.mkdir(exist_ok=True)
        return await asyncio.to_thread(command)


def squeeze(text: str) -> str:
    """Leave out all white space."""
    return "".join(text.split())
