"""
T22: whom the two programs ask and what they connect to, all day, is what the operator has set up, and nobody else.

Both run in processes of their own, with a hook beneath every library that writes each connection and each look-up down, in the
programs that they start too. People write addresses wherever words are taken; one of them leads to a server of ours that waits.

    FRONTDOOR_TEST_STRACE=1 python -m pytest tests/end_to_end/test_egress.py

has strace listen instead, beneath libraries that are not Python's and with uvloop, where strace is installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.crypto import RootVault
from bot.keys import read_root
from bot.settings import Settings
from bot.wiring.office import read_demo_password
from tests.desk.test_notices import HookServer, MailServer, running
from tests.end_to_end.handoff_people import NOTICES, SHORT_WAY, arrive_at, fill_page, take_page, tell
from tests.end_to_end.handoff_world import agree
from tests.end_to_end.people import World
from tests.end_to_end.people.world import WEBHOOK_SECRET
from tests.end_to_end.programs import ROOT, Program, run_program
from tests.end_to_end.service import SECRETS, Service
from tests.end_to_end.test_tap_to_desk import Member
from tests.fakes.line_server import FakeLineServer
from tests.fakes.telegram_server import FakeTelegramServer
from tests.office.provider import CLIENT, SECRET, open_provider

OVERHEARD = Path(__file__).parent / "overheard"
STRACE = os.environ.get("FRONTDOOR_TEST_STRACE") == "1"
HOME = "127.0.0.1"
#: A connection, and a message without one, to anywhere but this machine's own files. Source: strace(1).
_TRACED = re.compile(
    r"(?:connect|sendto|sendmsg|sendmmsg)\(.*?sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)"
    r'.*?(?:inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)")'
)
_STARTED = re.compile(r'execve\("([^"]+)".* = 0$')


@dataclass
class Ear:
    """What is heard of one program."""

    file: Path
    connected: set[tuple[str, int]] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    started: set[str] = field(default_factory=set)

    @property
    def through(self) -> list[str]:
        """The command that runs what is listened to."""
        calls = "trace=connect,sendto,sendmsg,sendmmsg,execve"
        return ["strace", "-D", "-f", "-qq", "-o", str(self.file), "-e", calls] if STRACE else []

    @property
    def settings(self) -> dict[str, str]:
        """The settings with which it is listened to."""
        return {} if STRACE else {"PYTHONPATH": f"{OVERHEARD}:{ROOT}", "OVERHEARD": str(self.file)}

    def recall(self) -> None:
        """Read what was heard."""
        if STRACE:
            self.read_calls()
        else:
            self.read_events()

    def read_calls(self) -> None:
        """Read what strace wrote."""
        for line in self.file.read_text(encoding="utf-8").splitlines():
            self._read_call(line)

    def read_events(self) -> None:
        """Read what Python's own hook wrote."""
        for line in self.file.read_text(encoding="utf-8").splitlines():
            self._read_event(*json.loads(line))

    def _read_event(self, event: str, where: Any) -> None:
        if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            is_far = isinstance(where, list)
            self.connected |= {(str(where[0]), int(where[1]))} if is_far else set()
        elif event.startswith("socket."):
            self.asked.add(str(where[0] if isinstance(where, list) else where))
        else:
            self.started.add(str(where))

    def _read_call(self, line: str) -> None:
        for port, four, six in _TRACED.findall(line):
            self.connected.add((four or six, int(port)))
        self.started |= set(_STARTED.findall(line))


@dataclass
class Street:
    """Whom the operator has set up, on this machine; and a trap, which nobody has."""

    line: FakeLineServer
    telegram: FakeTelegramServer
    mail: MailServer = field(default_factory=MailServer)
    hook: HookServer = field(default_factory=HookServer)
    trap: HookServer = field(default_factory=HookServer)
    agency_url: str = ""
    touched: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        return {
            **{key.upper(): value for key, value in SECRETS.items()},
            "LINE_API_BASE": self.line.base_url,
            "TELEGRAM_API_BASE": self.telegram.base_url,
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "FRONTDOOR_SMTP_URL": f"smtp://{HOME}:{self.mail.port}",
            "FRONTDOOR_NOTICE_FROM": "desk@example.org",
            "FRONTDOOR_NOTICE_TO": "on-call@example.org",
            "FRONTDOOR_NOTICE_URL": f"http://{HOME}:{self.hook.port}/notice",
            "FRONTDOOR_NOTICE_SECRET": "n" * 32,
            "FRONTDOOR_OIDC_ISSUER": self.agency_url,
            "FRONTDOOR_OIDC_CLIENT_ID": CLIENT,
            "FRONTDOOR_OIDC_CLIENT_SECRET": SECRET,
        }

    @property
    def addresses(self) -> str:
        """What people write: every shape of an address, each leading to the trap or to nobody."""
        trap = f"{HOME}:{self.trap.port}"
        return (
            f"http://{trap}/a.jpg https://trap.invalid/b www.trap.invalid ftp://trap.invalid/c //{trap}/d"
            f" [看](http://{trap}/e) <img src=http://{trap}/f> http://user@{trap}/g mailto:a@trap.invalid {trap}"
        )


@asynccontextmanager
async def open_street() -> AsyncIterator[Street]:
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(FakeLineServer(patience_s=60))
        telegram = await stack.enter_async_context(FakeTelegramServer())
        street = Street(line, telegram)
        for server in (street.mail, street.hook, street.trap):
            await stack.enter_async_context(running(server))
        street.agency_url = (await stack.enter_async_context(open_provider(lambda: 0.0))).url
        yield street


@asynccontextmanager
async def run(name: str, tmp_path: Path, street: Street, ear: Ear, **settings: str) -> AsyncIterator[Program]:
    """Run a program with everything set up, and listen to it until it ends."""
    how = {**street.settings, **ear.settings, **settings}
    with contextlib.ExitStack() as stack:
        program = await asyncio.to_thread(
            stack.enter_context, run_program(name, tmp_path, through=ear.through, **how)
        )
        yield program
        assert await asyncio.to_thread(program.stop) == 0, program.read()
    ear.recall()


@asynccontextmanager
async def open_world(tmp_path: Path, street: Street, serve: Program) -> AsyncIterator[World]:
    """The people of other tests, in front of a program that runs by itself."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "var")  # type: ignore[call-arg]  # as run_service does
    street.line.webhook_url = f"{serve.url}/line/webhook"
    vault = RootVault(read_root(settings.env, settings.data_dir))
    async with AsyncExitStack() as stack:
        phone = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=60))
        browsers = await stack.enter_async_context(AsyncExitStack())
        service: Any = Service(serve.url, None, settings)  # type: ignore[arg-type]  # it is in another process
        yield World(street.line, street.telegram, service, vault, phone, browsers)


async def tell_addresses(world: World, street: Street) -> None:
    """Write them in the chat of each channel and send files, then put them into every field of the form that takes words."""
    for channel in ("line", "telegram", "web"):
        person = await world.meet(channel)
        await person.arrive()
        await person.hear()
        assert "trap.invalid" not in await tell(person, street.addresses)
        if channel != "web":
            await person.send_picture()
            await person.hear()
    person = await arrive_at(world, "web", SHORT_WAY, NOTICES)
    visitor = await take_page(world, person)
    words = street.addresses
    await fill_page(
        visitor,
        {
            "who": {"name": "林小雨", "birth": "34", "phone_mobile": "0912345678", "may_say": words[:100]},
            "more": {"address": words[:120], "safe_name": words[:60]},
            "what": {"story": words},
        },
    )
    await agree(visitor)


def let_it_wait(database: Path, hours: int) -> None:
    """Let what was sent be older than it is."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute(f"UPDATE handoff SET created_at = created_at - {hours * 3_600_000_000}")  # noqa: S608 - a number


async def work(office: Program, password: str) -> None:
    """Ask the agency, sign in, open what came, and take it out in every format."""
    async with httpx.AsyncClient(base_url=office.url, trust_env=False, timeout=60) as browser:
        member = Member(browser)
        await member.go("/login")
        assert (await member.press("/login/agency")).status_code in {200, 302, 303}
        await member.go("/login")
        await member.follow("/login", name="demo", password=password)
        [path] = set(re.findall(r"/handoffs/[0-9a-f-]{36}", await member.go("/queue")))
        await member.go(path)
        assert "trap.invalid" in await member.follow(f"{path}/open", reason="first_call")
        for fmt in ("pdf", "xlsx", "csv", "json"):
            await take_out(member, path.removeprefix("/handoffs/"), fmt)


async def take_out(member: Member, handoff_id: str, fmt: str) -> None:
    await member.go(f"/exports?id={handoff_id}")
    page = await member.follow("/exports", id=handoff_id, format=fmt, reason="duty")
    for _ in range(600):
        if 'action="/exports/file"' in page:
            break
        await asyncio.sleep(0.05)
        page = await member.go("/exports/progress")
    assert (await member.press("/exports/file")).status_code == 200


async def wait_for_notices(street: Street) -> None:
    async with asyncio.timeout(60):
        while not (street.mail.mails and street.hook.requests):  # noqa: ASYNC110  # the office tells it to nobody else
            await asyncio.sleep(0.05)


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDKs honour proxy variables, and everybody here is on this machine."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, HOME)


async def test_nobody_is_asked_but_whom_the_operator_has_set_up(tmp_path: Path) -> None:
    """T22: with addresses in every field: chats on each channel, a handoff, notices, the agency's sign-in, every export."""
    serve_ear, office_ear = Ear(tmp_path / "serve.heard"), Ear(tmp_path / "office.heard")
    database = tmp_path / "var" / "frontdoor.sqlite3"
    async with open_street() as street:
        async with (
            run("serve", tmp_path, street, serve_ear) as serve,
            open_world(tmp_path, street, serve) as world,
        ):
            await tell_addresses(world, street)
        let_it_wait(database, hours=2)
        password = read_demo_password(Settings(_env_file=None, data_dir=tmp_path / "var"))  # type: ignore[call-arg]  # as above
        async with run("office", tmp_path, street, office_ear) as office:
            await wait_for_notices(street)
            let_it_wait(database, hours=-2)
            await work(office, password)
        allowed = {"serve": [street.line.base_url, street.telegram.base_url], "office": [street.agency_url]}
        ports = {name: {(HOME, httpx.URL(url).port) for url in urls} for name, urls in allowed.items()}
        ports["office"] |= {(HOME, street.mail.port), (HOME, street.hook.port)}
        street.line.assert_clean()
        street.telegram.assert_clean()
        assert street.trap.requests == []
    assert serve_ear.connected == ports["serve"]
    assert office_ear.connected == ports["office"]
    assert serve_ear.asked | office_ear.asked <= {HOME}
    assert serve_ear.started <= {sys.executable}
    assert office_ear.started == {sys.executable}  # the form is printed in a process of its own


def test_each_way_out_is_heard(tmp_path: Path) -> None:
    """T22: names, connections, messages without one, over a loop or not, and from a program that was started."""
    ear = Ear(tmp_path / "heard")
    tries = (
        "import asyncio, contextlib, socket, subprocess, sys, urllib.request\n"
        "quietly = contextlib.suppress(OSError)\n"
        "with quietly: urllib.request.urlopen('http://127.0.0.1:1/')\n"
        "with quietly: asyncio.run(asyncio.open_connection('127.0.0.1', 2))\n"
        "with quietly, socket.socket(type=socket.SOCK_DGRAM) as one: one.sendto(b'x', ('127.0.0.1', 3))\n"
        "with quietly: socket.gethostbyname('name.invalid')\n"
        "child = 'import socket; socket.socket().connect_ex((\"127.0.0.1\", 4))'\n"
        "subprocess.run([sys.executable, '-c', child], check=True)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(OVERHEARD), "OVERHEARD": str(ear.file)}
    subprocess.run([sys.executable, "-c", tries], env=env, check=True)
    ear.read_events()
    assert ear.connected == {(HOME, port) for port in (1, 2, 3, 4)}
    assert {"name.invalid", HOME} == ear.asked
    assert ear.started == {sys.executable}
