"""What people write and who they are must be nowhere: not in logs, not in files, not in error pages."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from bot.core.inputs import Arrival, Edited, Picked, Typed
from bot.core.model import Heard, PersonKey, Session, StateId, Step, VisitId
from bot.core.reply import Reply
from bot.ports import Address, Errand, Inbound, Letter, Mail, Stored, Wipe
from tests.end_to_end.service import SECRETS, Service, run_service
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import Fault

USER_ID = "U" + secrets.token_hex(16)
CANARY = f"金絲雀{secrets.token_hex(8)}"
MESSAGE_ID = str(10**17 + secrets.randbelow(10**17))
CODE = re.compile(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b")


async def talk_on_line(line: FakeLineServer) -> None:
    """Say the canary where it is understood, where it is not, and where everything goes wrong."""
    for what in (CANARY, f"我不想活了 {CANARY}", f"真人 {CANARY}", "1", f"{CANARY} 1"):
        await line.send_text(USER_ID, what)
        await line.wait_for_reply(USER_ID)
    message = {"id": MESSAGE_ID, "type": "text", "text": CANARY, "quoteToken": "quote"}
    await line.send_raw([line.make_event(USER_ID, "message", message=message)])
    await line.wait_for_reply(USER_ID)
    line.fail_next(Fault(status=500), Fault(status=401))
    await line.send_text(USER_ID, CANARY)


async def ask_for_a_code(line: FakeLineServer) -> list[str]:
    """Ask for a way to go on elsewhere; returns the code in both ways in which it could be stored."""
    for what in ("更多", "換個地方繼續"):
        await line.send_text(USER_ID, what)
        messages = await line.wait_for_reply(USER_ID)
    (code,) = set(CODE.findall(json.dumps(messages)))
    return [code, code.replace("-", "")]


async def talk_on_the_web(service: Service) -> str:
    """Say the canary on the page, well and badly; returns everything that was answered."""
    async with httpx.AsyncClient(base_url=service.url, headers={"Sec-Fetch-Site": "same-origin"}) as browser:
        answers = [
            await browser.post("/chat/turn", json={"text": CANARY, "visit": "new", "delivery": "d" * 32}),
            await browser.post("/chat/turn", content=f'{{"text": "{CANARY}"'),
            await browser.post("/line/webhook", content=CANARY),
            await browser.get(f"/{CANARY}"),
            await browser.get("/chat"),
        ]
    return "".join(answer.text for answer in answers)


async def test_nothing_that_was_said_is_found_anywhere(
    tmp_path: Path, sqlite_url: str, log_text: pytest.LogCaptureFixture
) -> None:
    """Given talk with a canary in it, neither logs nor any file of ours holds canary, id, code or token."""
    async with FakeLineServer(patience_s=30) as line:
        async with run_service(
            tmp_path / "var", sqlite_url, line_api_base=line.base_url, **SECRETS
        ) as service:
            line.webhook_url = f"{service.url}/line/webhook"
            codes = await ask_for_a_code(line)
            await talk_on_line(line)
            answered = await talk_on_the_web(service)
            found = find_in_files(tmp_path, (CANARY, USER_ID, MESSAGE_ID, *codes))
        tokens = [
            request.json()["replyToken"] for request in line.requests if request.path.endswith("/reply")
        ]
    assert found == []
    assert find_in_files(tmp_path, (CANARY, USER_ID, MESSAGE_ID, *codes, *tokens)) == []
    for secret in (CANARY, USER_ID, MESSAGE_ID, *codes, *tokens, *SECRETS.values()):
        assert secret not in log_text.text
    assert CANARY not in answered


def read_if_there(path: Path) -> bytes:
    """What a file holds; a journal that went meanwhile holds nothing any more."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def find_in_files(folder: Path, secrets_: tuple[str, ...]) -> list[str]:
    """Name the files that hold a secret, whichever way they would be stored."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    wanted = [encoded for secret in secrets_ for encoded in (secret.encode(), secret.encode("utf-16-le"))]
    return [str(path) for path in files if any(each in read_if_there(path) for each in wanted)]


def test_the_search_finds_what_is_there(tmp_path: Path):
    """Otherwise the test above could not fail."""
    database = sqlite3.connect(tmp_path / "leaky.sqlite3")
    database.execute("CREATE TABLE leak (text)")
    database.execute("INSERT INTO leak VALUES (?)", (CANARY,))
    database.commit()
    database.close()
    assert len(find_in_files(tmp_path, (CANARY,))) == 1


def test_repr_hides_what_people_told_us():
    """A debugger's or an exception's `repr` shows no answer, no text, no day, no id and no token."""
    now = datetime.now(UTC)
    day = date(1987, 6, 5)
    session = Session(
        VisitId("v"), 1, StateId("start"), "zh_TW", now, now, answers={"age_now": CANARY},
        trail=(Step(StateId("start"), {"age_now": CANARY}),), veiled=frozenset({CANARY}), tapped=CANARY,
        heard=(Heard(CANARY, StateId("start"), (CANARY,)),),
    )  # fmt: skip
    reply = Reply((CANARY,), (), VisitId("v"), 1, "zh_TW", alt=CANARY)
    address, wipe = Address(USER_ID, CANARY), Wipe((MESSAGE_ID,), reply)
    inbounds = [
        Inbound("line", USER_ID, "event", what, now, reply_to=address, message_id=MESSAGE_ID)
        for what in (Typed(CANARY), Edited(CANARY), Picked(day, VisitId("v"), 1))
    ]
    mail = Mail("line", address, reply, wipe=wipe, final=True)
    letter = Letter("1", PersonKey("p"), "line", address, reply, attempts=1, reached=False, wipe=wipe)
    shown = repr([session, Stored(session, 1), inbounds, mail, letter, wipe, Arrival(message=MESSAGE_ID)])
    shown += repr(Errand("answer_tap", USER_ID))
    assert not [secret for secret in (CANARY, USER_ID, MESSAGE_ID, repr(day)) if secret in shown]
