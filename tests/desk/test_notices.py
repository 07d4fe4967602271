"""
Notices leave over hosts that are not ours: on the wire stand two figures, our own address and fixed sentences.

What is asserted on are the bytes that a mail server and a web server received.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import hmac
import json
import logging
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.notices import SUBJECT, Notices, write_notice
from bot.desk.waiting import Heap, Round, Waiting
from bot.errors import ChannelError, ConfigError
from bot.notices.mail import MailMessenger
from bot.notices.webhook import SIGNATURE, WebhookMessenger
from bot.ports import Notice
from bot.settings import Settings, load_settings
from bot.wiring.alarms import build_messengers
from tests.office.fakes import FakeClock

OFFICE = "https://desk.example.org"
SECRET = "s" * 32
THREE = Waiting(3, timedelta(hours=5, minutes=59), 2)
NOTICE = write_notice(THREE, office=OFFICE)
TEXT = (
    "目前有 3 件轉介還沒有人打開，最久的大約 5 小時。\n"
    f"請登入後台查看：{OFFICE}\n"
    "這封通知不含任何人的資料，請不要回覆。\n"
    "\n"
    "3 waiting to be opened, the oldest for about 5 h.\n"
    f"Open the back office: {OFFICE}\n"
    "This notice holds nobody's data. Please do not answer it.\n"
)


@dataclass
class MailServer:
    """A tiny mail server: it remembers every byte, and answers as it is told to."""

    port: int = 0
    lines: list[bytes] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    refused: bytes = b"nobody refused"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test ESMTP\r\n")
        while line := await reader.readline():
            self.lines.append(line)
            verb = line.split(b" ")[0].strip().upper().decode()
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(body)
            usual = {"EHLO": "250-mail.test\r\n250 AUTH PLAIN", "QUIT": "221 bye", "AUTH": "235 welcome"}
            answer = self.answers.get(verb, usual.get(verb, "250 fine"))
            if verb == "RCPT" and self.refused in line:
                answer = "550 no such box"
            writer.write(f"{answer}\r\n".encode())
            if verb == "QUIT":
                break
        writer.close()


@dataclass
class HookServer:
    """A tiny web server: it remembers every byte of each request, and answers with one status."""

    port: int = 0
    status: int = 204
    requests: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]  # it is always sent
        self.requests.append(head + await reader.readexactly(length))
        writer.write(
            f"HTTP/1.1 {self.status} So\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def running(server: MailServer | HookServer) -> AsyncIterator[None]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        listening.close()
        await listening.wait_closed()


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    server = MailServer()
    async with running(server):
        yield server


@pytest.fixture
async def hook() -> AsyncIterator[HookServer]:
    server = HookServer()
    async with running(server):
        yield server


def messenger_to(mail: MailServer, user: str = "") -> MailMessenger:
    return MailMessenger(
        f"smtp://{user}127.0.0.1:{mail.port}",
        "desk@example.org",
        "on-call@example.org",
        FakeClock(datetime(2026, 11, 20, 4, tzinfo=UTC)),
    )


# ─── On the wire ──────────────────────────────────────────────────────────────


async def test_a_mail_holds_two_figures_and_fixed_sentences(mail: MailServer):
    """R29: and nothing else but what every mail has, not even the name of our host."""
    await messenger_to(mail).send(NOTICE)
    (raw,) = mail.mails
    read = email.message_from_bytes(raw.removesuffix(b".\r\n"), policy=email.policy.default)
    assert read.get_content().replace("\r\n", "\n").rstrip() == TEXT.rstrip()
    assert read["Subject"] == SUBJECT
    assert re.fullmatch(r"<[0-9.]+@example\.org>", read["Message-ID"])
    assert {key: read[key] for key in ("From", "To", "Date", "Auto-Submitted")} == {
        "From": "desk@example.org",
        "To": "on-call@example.org",
        "Date": "Fri, 20 Nov 2026 04:00:00 +0000",
        "Auto-Submitted": "auto-generated",
    }
    technical = {"Message-ID", "Subject", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert set(read.keys()) == technical | {"From", "To", "Date", "Auto-Submitted"}
    commands = b"".join(line for line in mail.lines if not line.startswith(b"AUTH"))
    assert commands.split(b"\r\n")[0] == b"EHLO example.org"


async def test_the_password_is_given_to_the_mail_server(mail: MailServer):
    """As the URL has it, with its signs in percent."""
    await messenger_to(mail, "desk%40example.org:p%3Ass@").send(NOTICE)
    assert any(line.startswith(b"AUTH PLAIN ") for line in mail.lines)
    assert len(mail.mails) == 1


@pytest.mark.parametrize(
    "answers",
    [{"RCPT": "550 no such box"}, {"AUTH": "535 wrong"}, {"DATA": "554 refused"}, {"EHLO": "421 later"}],
)
async def test_a_mail_that_is_refused_is_an_error_without_an_address(
    mail: MailServer, answers: dict[str, str]
):
    """T30."""
    mail.answers = answers
    with pytest.raises(ChannelError) as refused:
        await messenger_to(mail, "user:secret@").send(NOTICE)
    assert not re.search("example|secret|127", str(refused.value))


async def test_a_wrong_address_neither_silences_nor_floods_the_others(mail: MailServer):
    """R29: in an hour of rounds the good address has one mail; the wrong one is asked after ever more seldom."""
    mail.refused = b"gone@"
    wired = settings_with(f"smtp://127.0.0.1:{mail.port}", "gone@example.org,on-call@example.org")
    seconds = [0.0]
    notices = Notices(build_messengers(wired), office=OFFICE, monotonic=lambda: seconds[0])
    for minute in range(60):
        seconds[0] = minute * 60.0
        await notices.tell(Round(THREE, news=minute == 0))
    assert len(mail.mails) == 1
    assert b"To: on-call@example.org\r\n" in mail.mails[0]
    tries = [line for line in mail.lines if line.startswith(b"RCPT TO:<gone@")]
    assert 4 <= len(tries) <= 8


@pytest.mark.parametrize(
    ("url", "wrapped", "begins"),
    [
        ("smtps://user:secret@mail.example.org", True, False),
        ("smtp://mail.example.org", False, True),
        ("smtp://127.0.0.1:2525", False, False),
    ],
)
async def test_tls_is_given_up_on_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, url: str, wrapped: bool, begins: bool
):
    """From the first byte, or begun after the greeting, and required."""
    asked: dict[str, object] = {}

    async def note(*_: object, **given: object) -> tuple[dict[str, object], str]:
        asked.update(given)
        return {}, "fine"

    monkeypatch.setattr("bot.notices.mail.aiosmtplib.send", note)
    trust = ssl.create_default_context()
    await MailMessenger(url, "desk@example.org", "a@example.org", FakeClock(), trust=trust).send(NOTICE)
    assert (asked["use_tls"], asked["start_tls"], asked["tls_context"]) == (wrapped, begins, trust)
    assert asked["port"] == {"smtps://user:secret@mail.example.org": 465, "smtp://mail.example.org": 587}.get(
        url, 2525
    )


async def test_a_webhook_gets_two_figures_and_fixed_sentences_signed(hook: HookServer):
    """R29: what the other side can check is the whole body."""
    await WebhookMessenger(f"http://127.0.0.1:{hook.port}/in?key=abc", SECRET).send(NOTICE)
    head, _, body = hook.requests[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {
        "waiting": 3, "oldest_hours": 5, "requests": 0, "requests_oldest_hours": 0, "office": OFFICE, "text": TEXT,
    }  # fmt: skip
    expected = hmac.new(SECRET.encode(), body, sha256).hexdigest()
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first == "POST /in?key=abc HTTP/1.1"
    assert headers[SIGNATURE] == f"sha256={expected}"
    assert set(headers) == {
        "Host", "Content-Type", "User-Agent", SIGNATURE, "Accept", "Accept-Encoding", "Content-Length",
    }  # fmt: skip
    assert headers["User-Agent"] == "frontdoor"


@pytest.mark.parametrize("status", [302, 400, 403, 500])
async def test_a_webhook_that_refuses_or_sends_us_on_is_an_error(hook: HookServer, status: int):
    """T22: no other address is called than the one that the operator chose."""
    hook.status = status
    with pytest.raises(ChannelError, match=f"refused with {status}"):
        await WebhookMessenger(f"http://127.0.0.1:{hook.port}/in", SECRET).send(NOTICE)
    assert len(hook.requests) == 1


async def test_nobody_at_the_other_end_is_an_error_without_an_address(hook: HookServer, mail: MailServer):
    """T30."""
    for server in (hook, mail):
        async with running(type(server)()) as _:
            pass
    unused = HookServer()
    async with running(unused):
        port = unused.port
    gone = MailServer(port=port)
    for messenger in (WebhookMessenger(f"http://127.0.0.1:{port}/secret", SECRET), messenger_to(gone)):
        with pytest.raises(ChannelError) as silent:
            await messenger.send(NOTICE)
        assert not re.search(r"127|secret|example|\d{3}", str(silent.value))
        assert not re.search("127|secret|example", repr(messenger))


def test_requests_that_nobody_read_have_a_sentence_of_their_own():
    """R29: two more figures, and nothing of what anybody asks for; what is not there is not spoken of."""
    asked = Heap(2, timedelta(hours=4, minutes=1), 2)
    alone = write_notice(Waiting(asked=asked), office=OFFICE)
    assert (alone.waiting, alone.asked, alone.asked_hours) == (0, 2, 4)
    assert alone.text.splitlines()[0] == "目前有 2 個撤回或更正的要求還沒有人看，最久的大約 4 小時。"
    assert (
        alone.text.splitlines()[4]
        == "2 requests to withdraw or correct that nobody has read, the oldest for about 4 h."
    )
    both = write_notice(Waiting(3, timedelta(hours=5), 2, asked), office=OFFICE)
    assert [line in both.text for line in (TEXT.splitlines()[0], *alone.text.splitlines())] == [True] * 8


@given(
    st.integers(min_value=1, max_value=10_000),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)),
)
def test_a_notice_is_the_same_for_everybody_but_for_two_figures(count: int, oldest: timedelta):
    """No id, no county, no urgency, no level could be in it: it is made of these two."""
    notice = write_notice(Waiting(count, oldest, 3), office=OFFICE)
    hours = oldest // timedelta(hours=1)
    assert (notice.waiting, notice.oldest_hours, notice.subject, notice.office) == (
        count,
        hours,
        SUBJECT,
        OFFICE,
    )
    fixed = re.sub(r"\d+", "#", notice.text.replace(OFFICE, ""))
    same = write_notice(Waiting(1, timedelta(hours=1) if hours else timedelta(0), 0), office="")
    assert fixed == re.sub(r"\d+", "#", same.text)


# ─── When ─────────────────────────────────────────────────────────────────────


@dataclass
class Recorder:
    """Keeps what was sent; fails as often as it is told to."""

    name: str = "recorder"
    failures: int = 0
    sent: list[Notice] = field(default_factory=list)

    async def send(self, notice: Notice) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("to desk@example.org")
        self.sent.append(notice)


async def test_news_is_told_once_by_each_way():
    """Rounds without news are silent."""
    one, two = Recorder(), Recorder()
    notices = Notices((one, two), office=OFFICE)
    for news in (True, False, False, True):
        assert await notices.tell(Round(THREE, news))
    assert one.sent == two.sent == [NOTICE, NOTICE]


async def test_a_way_that_fails_is_tried_again_and_keeps_nothing_back(caplog: pytest.LogCaptureFixture):
    """T30: logged by its name, never with an address; the figures are those of the moment."""
    caplog.set_level(logging.INFO)
    bad, good = Recorder("mail", failures=2), Recorder("webhook")
    seconds = [0.0]
    notices = Notices((bad, good), office=OFFICE, monotonic=lambda: seconds[0])
    assert not await notices.tell(Round(THREE, news=True))
    seconds[0] = 60
    assert not await notices.tell(Round(THREE, news=False))
    seconds[0] = 120  # it waits twice as long now
    assert not await notices.tell(Round(THREE, news=False))
    seconds[0] = 180
    assert await notices.tell(Round(Waiting(4, timedelta(0), 0), news=False))
    assert await notices.tell(Round(THREE, news=False))
    assert good.sent == [NOTICE]
    assert [(notice.waiting, notice.oldest_hours) for notice in bad.sent] == [(4, 0)]
    assert "不到 1 小時" in bad.sent[0].text
    assert [record.message for record in caplog.records] == ["notice_failed"]
    assert {record.channel for record in caplog.records} == {"mail"}  # type: ignore[attr-defined]  # ours
    assert "example" not in caplog.text


async def test_news_waits_for_no_way_that_failed():
    """R29: the next level is tried at once, also by a way that waits for its next turn."""
    bad = Recorder(failures=5)
    notices = Notices((bad,), office=OFFICE, monotonic=lambda: 0.0)
    for _ in range(4):
        await notices.tell(Round(THREE, news=False))
    assert bad.failures == 5
    for _ in range(5):
        await notices.tell(Round(THREE, news=True))
    assert await notices.tell(Round(THREE, news=True))
    assert bad.sent == [NOTICE]


async def test_requests_alone_are_told_of():
    """R29."""
    one = Recorder()
    await Notices((one,), office=OFFICE).tell(Round(Waiting(asked=Heap(1, timedelta(0), 1)), news=True))
    assert [notice.asked for notice in one.sent] == [1]


async def test_nothing_is_told_when_nothing_waits_any_more():
    """Somebody was faster than the mail."""
    slow = Recorder(failures=1)
    notices = Notices((slow,), office=OFFICE)
    await notices.tell(Round(THREE, news=True))
    await notices.tell(Round(Waiting(), news=False))
    await notices.tell(Round(THREE, news=False))
    assert slow.sent == []


# ─── Settings ─────────────────────────────────────────────────────────────────


def settings_with(url: str, recipients: str) -> Settings:
    return load_settings(
        _env_file=None,
        FRONTDOOR_SMTP_URL=url,
        FRONTDOOR_NOTICE_FROM="desk@example.org",
        FRONTDOOR_NOTICE_TO=recipients,
    )


MAIL = {
    "FRONTDOOR_SMTP_URL": "smtps://desk:secret@mail.example.org:465",
    "FRONTDOOR_NOTICE_FROM": "desk@example.org",
    "FRONTDOOR_NOTICE_TO": "a@example.org, b@example.org",
}
HOOK = {"FRONTDOOR_NOTICE_URL": "https://hook.example.org/in/abc", "FRONTDOOR_NOTICE_SECRET": SECRET}


def test_notices_are_off_until_they_are_set_up():
    """Nothing leaves by itself."""
    assert build_messengers(load_settings(_env_file=None)) == ()


def test_both_ways_can_be_set_up():
    """And neither shows its secrets."""
    settings = load_settings(_env_file=None, **MAIL, **HOOK)
    *mails, hook = build_messengers(settings)
    assert [mail.recipient for mail in mails if isinstance(mail, MailMessenger)] == [
        "a@example.org",
        "b@example.org",
    ]
    assert [way.name for way in (*mails, hook)] == ["mail 1", "mail 2", "webhook"]
    assert not re.search("desk:secret|in/abc|sss", repr(settings) + repr((*mails, hook)))


@pytest.mark.parametrize(
    "unsafe",
    [
        {**MAIL, "FRONTDOOR_NOTICE_TO": ""},
        {**MAIL, "FRONTDOOR_NOTICE_TO": "nobody"},
        {**MAIL, "FRONTDOOR_NOTICE_FROM": "desk@example.org\r\nBcc: x@example.org"},
        {**MAIL, "FRONTDOOR_SMTP_URL": "http://mail.example.org"},
        {**MAIL, "FRONTDOOR_SMTP_URL": "smtps://mail.example.org:port"},
        {**MAIL, "FRONTDOOR_SMTP_URL": "smtps://"},
        {**HOOK, "FRONTDOOR_NOTICE_SECRET": ""},
        {**HOOK, "FRONTDOOR_NOTICE_SECRET": "short"},
        {**HOOK, "FRONTDOOR_NOTICE_URL": "http://hook.example.org/in"},
        {**HOOK, "FRONTDOOR_NOTICE_URL": "https://hook.example.org:port"},
        {**HOOK, "FRONTDOOR_NOTICE_URL": "ftp://127.0.0.1"},
    ],
)
def test_what_is_unsafe_or_half_set_up_is_refused(unsafe: dict[str, str]):
    """R28: by name, without the value."""
    with pytest.raises(ConfigError, match="FRONTDOOR_") as refused:
        load_settings(_env_file=None, **unsafe)
    assert not re.search("secret@|hook|short|Bcc", str(refused.value))


def test_a_webhook_on_this_machine_needs_no_tls():
    """For a relay of the operator's own."""
    local = HOOK | {"FRONTDOOR_NOTICE_URL": "http://127.0.0.1:9000/in"}
    assert load_settings(_env_file=None, **local).has_notice_webhook
