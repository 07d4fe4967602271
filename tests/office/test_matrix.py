"""
Who may go through which door: every door of the office against every right, alone and together, and against the clock.

The table is written by hand from what staff are for and from SECURITY T6. No line of it is worked out from the code.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import pytest

from bot.errors import AuditDown, StoreDown
from bot.office.app import DOORS
from bot.office.headers import SAFE_HEADERS
from bot.ports import Right
from tests.office.world import Browser, World, open_world

NOBODY = "00000000-0000-4000-8000-000000000000"
NO_RIGHT = "This page is not among your rights"
#: `open to all`: also to somebody who has not signed in. `own`: to every member, because it is about nobody but themselves.
Who = Literal["open to all", "own", "list", "open", "export", "accounts", "audit"]
#: Whether it asks for a fresh proof. `itself`: it does, by its own hand, so that what was chosen is not lost.
Proves = Literal["no", "yes", "itself"]

TABLE: Final[dict[str, tuple[Who, Proves]]] = {
    # How the service is, and how to come in.
    "GET /healthz": ("open to all", "no"),
    "GET /login": ("open to all", "no"),
    "POST /login": ("open to all", "no"),
    "POST /login/code": ("open to all", "no"),
    "POST /login/passkey/begin": ("open to all", "no"),
    "POST /login/passkey": ("open to all", "no"),
    "POST /login/agency": ("open to all", "no"),
    "GET /login/agency/back": ("open to all", "no"),
    "GET /join/{token}": ("open to all", "no"),  # whoever has the link
    "POST /join/{token}": ("open to all", "no"),
    # One's own account. What gives a way in, or keeps another sign-in out, asks who is there; signing out does not.
    "GET /": ("own", "no"),
    "POST /logout": ("own", "no"),
    "GET /prove": ("own", "no"),
    "POST /prove": ("own", "no"),
    "POST /prove/passkey/begin": ("own", "no"),
    "POST /prove/passkey": ("own", "no"),
    "POST /prove/agency": ("own", "no"),
    "POST /prove/code": ("own", "no"),
    "GET /me": ("own", "no"),
    "POST /me/sessions/end": ("own", "no"),  # of an intruder: at once
    "POST /me/sessions/end-others": ("own", "yes"),  # by a thief it would keep the owner out
    "GET /me/password": ("own", "yes"),
    "POST /me/password": ("own", "yes"),
    "GET /me/passkeys": ("own", "yes"),
    "POST /me/passkeys/begin": ("own", "yes"),
    "POST /me/passkeys/add": ("own", "yes"),
    "POST /me/passkeys/remove": ("own", "yes"),
    "GET /me/totp": ("own", "yes"),  # shows a secret
    "POST /me/totp": ("own", "yes"),
    "GET /me/totp/picture.svg": ("own", "yes"),
    "GET /me/agency": ("own", "yes"),
    "POST /me/agency/bind": ("own", "yes"),
    "POST /me/agency/unbind": ("own", "yes"),
    # Whoever manages accounts lets in and puts out, and opens nothing. Ending a session or a link waits for
    # nothing; closing an account, or giving a right, is proved.
    "GET /accounts": ("accounts", "no"),
    "GET /accounts/invite": ("accounts", "yes"),
    "POST /accounts/invite": ("accounts", "yes"),
    "POST /accounts/withdraw": ("accounts", "no"),
    "GET /accounts/{account}": ("accounts", "no"),
    "POST /accounts/{account}/rights": ("accounts", "yes"),
    "POST /accounts/{account}/disable": ("accounts", "yes"),
    "POST /accounts/{account}/invite-back": ("accounts", "yes"),
    "POST /accounts/{account}/sessions/end": ("accounts", "no"),
    # Public halves of keys may be made to wait by whoever manages accounts; what counts is decided by who can open.
    "GET /keys": ("accounts", "no"),
    "POST /keys/add": ("accounts", "yes"),
    "POST /keys/rotate": ("accounts", "yes"),
    "POST /keys/challenge": ("accounts", "yes"),
    "POST /keys/vault/remove": ("accounts", "yes"),
    # The vault is of whoever may open. Its words are a proof by themselves; closing it needs none.
    "GET /vault": ("open", "no"),
    "POST /vault/setup": ("open", "no"),
    "POST /vault/unlock": ("open", "no"),
    "POST /vault/lock": ("open", "no"),
    "POST /vault/answer": ("open", "no"),
    "POST /vault/words": ("open", "yes"),
    "POST /vault/grant": ("open", "yes"),
    "POST /vault/import": ("open", "yes"),
    "POST /vault/key": ("open", "yes"),
    "POST /vault/recover": ("open", "yes"),
    "POST /vault/remove": ("open", "yes"),
    "POST /vault/reseal": ("open", "yes"),
    "POST /vault/confirm": ("open", "yes"),
    "POST /vault/revoke": ("open", "yes"),
    "POST /vault/keep": ("open", "yes"),
    # The list shows what is in clear; to take something over is work of whoever opens it.
    "GET /queue": ("list", "no"),
    "POST /queue/find": ("list", "no"),
    "POST /queue/assign": ("open", "no"),
    # One handoff: all of it is of whoever may open. Seeing it, and ending it, is proved.
    "GET /handoffs/{handoff_id}": ("open", "no"),  # masked until it is opened
    "POST /handoffs/{handoff_id}/open": ("open", "itself"),
    "POST /handoffs/{handoff_id}/shut": ("open", "no"),
    "POST /handoffs/{handoff_id}/status": ("open", "no"),
    "POST /handoffs/{handoff_id}/notes": ("open", "no"),
    "POST /handoffs/{handoff_id}/keep": ("open", "no"),
    "POST /handoffs/{handoff_id}/reply": ("open", "no"),
    "GET /handoffs/{handoff_id}/erase": ("open", "yes"),
    "POST /handoffs/{handoff_id}/erase": ("open", "yes"),
    # Taking out: a right of its own.
    "GET /exports": ("export", "no"),
    "POST /exports": ("export", "itself"),
    "POST /exports/ask": ("export", "no"),  # nothing is opened by asking
    "POST /exports/fetch": ("export", "yes"),
    "GET /exports/approvals": ("export", "yes"),
    "POST /exports/approvals": ("export", "yes"),
    "GET /exports/progress": ("export", "no"),
    "POST /exports/file": ("export", "no"),  # minutes after it was asked for, in the same sign-in
    "POST /exports/cancel": ("export", "no"),
    # The log holds codes and counts; only the auditor reads it, and nobody else.
    "GET /audit": ("audit", "no"),
    "POST /audit/check": ("audit", "no"),
    "POST /audit/csv": ("audit", "no"),
    # Counts without people, and what is erased when.
    "GET /figures": ("list", "no"),
    "GET /figures.csv": ("list", "no"),
    "GET /keeping": ("list", "no"),
}

#: Each right alone, none, and those that go together in real teams. `accounts` never goes with `open` or `export`.
HELD: tuple[tuple[Right, ...], ...] = (
    (), ("list",), ("open",), ("export",), ("accounts",), ("audit",),
    ("list", "open", "export"), ("list", "audit"), ("accounts", "audit"), ("list", "accounts"),
)  # fmt: skip


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


def fill(name: str) -> tuple[str, str]:
    """Method and path of a door, leading to nobody."""
    method, path = name.split()
    return method, re.sub(r"{[^}]+}", NOBODY, path)


async def knock(browser: Browser, name: str) -> httpx.Response:
    """Go to a door as a page of ours would, with a form that is about nobody."""
    method, path = fill(name)
    about = {"id": NOBODY, "account": NOBODY, "session": NOBODY, "format": "csv", "reason": "duty"}
    return await (browser.get(path) if method == "GET" else browser.post(path, about))


def test_every_door_has_one_place_and_its_line_in_the_table() -> None:
    """T6: a right or a proof that is lowered, and a door that nobody thought about, are found here."""
    assert len({(door.method, door.path) for door in DOORS}) == len(DOORS)
    built = {
        f"{door.method} {door.path}": (
            "open to all" if door.is_open else door.right or "own",
            "yes" if door.proves else "no",
        )
        for door in DOORS
    }
    wanted = {name: (who, "yes" if proves == "yes" else "no") for name, (who, proves) in TABLE.items()}
    assert built == wanted


async def test_nobody_comes_in_without_signing_in(world: World) -> None:
    """Each closed door leads to the sign-in, and a post without a session is refused."""
    async with world.visit() as stranger:
        for name, (who, _) in TABLE.items():
            if who == "open to all":
                continue
            method, path = fill(name)
            answer = await stranger.request(method, path)
            expected = (303, "/login") if method == "GET" else (403, None)
            assert (answer.status_code, answer.headers.get("location")) == expected, name


@pytest.mark.parametrize("held", HELD, ids=lambda held: "+".join(held) or "nothing")
async def test_rights_open_their_own_doors_and_no_others(world: World, held: tuple[Right, ...]) -> None:
    """T6: role × endpoint, all of it, GET and POST, refused and allowed."""
    await world.hire("somebody", *held)
    browser = await world.sign_in("somebody")
    for name, (who, _) in sorted(TABLE.items(), key=lambda line: line[0] == "POST /logout"):
        if who == "open to all":
            continue
        answer = await knock(browser, name)
        is_refused = NO_RIGHT in answer.text
        assert is_refused is (who != "own" and who not in held), name
        assert not is_refused or answer.status_code == 403, name
        assert answer.headers.get("location") != "/login" or name == "POST /logout", name
        assert answer.status_code < 500, name


async def test_what_must_be_proved_asks_ten_minutes_after_the_sign_in(world: World) -> None:
    """T6, ASVS 7.5.3: and what need not be does not ask."""
    await world.hire("somebody", "list", "open", "export", "accounts", "audit")
    browser = await world.sign_in("somebody")
    world.clock.pass_by(timedelta(minutes=10))
    for name, (who, proves) in sorted(TABLE.items(), key=lambda line: line[0] == "POST /logout"):
        if who == "open to all":
            continue
        answer = await knock(browser, name)
        asks = answer.headers.get("location", "").startswith("/prove?")
        # Whoever has not come from the agency is sent back to where they are asked.
        assert asks is (proves != "no" or name == "POST /prove/code"), name


# ─── What every answer carries ────────────────────────────────────────────────


def has_headers(answer: httpx.Response) -> bool:
    return SAFE_HEADERS.items() <= dict(answer.headers).items()


async def test_every_door_carries_the_headers(world: World) -> None:
    """T20: pages, redirects, refusals and files, of GET and POST, for a member and for a stranger."""
    await world.hire("somebody", "list", "open", "export", "accounts", "audit")
    browser = await world.sign_in("somebody")
    async with world.visit() as stranger:
        for name in sorted(TABLE, key="POST /logout".__eq__):
            method, path = fill(name)
            assert has_headers(await stranger.request(method, path)), name
            assert has_headers(await knock(browser, name)), name
        for path in ("/nowhere", "/static/office.css", "/static/none", "/login/"):
            for method in ("GET", "POST", "PUT", "OPTIONS"):
                assert has_headers(await stranger.request(method, path)), (method, path)


def fail_with(fault: Exception) -> Callable[..., Awaitable[Any]]:
    async def fail(*_: object, **__: object) -> Any:
        raise fault

    return fail


async def test_every_error_carries_the_headers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """T20: 403, 404, 413, 500 and 503, to GET and to POST."""
    await world.hire("somebody", "list", "open", "export", "audit")
    browser = await world.sign_in("somebody")
    answers = [
        (403, await browser.get("/accounts")),
        (403, await browser.post("/accounts/withdraw")),
        (403, await browser.post("/queue/find", token="wrong")),
        (404, await browser.get("/nowhere")),
        (404, await browser.post("/nowhere")),
        (404, await browser.post("/queue")),
        (413, await browser.post("/queue/find", {"sought": "x" * 200_000})),
    ]
    monkeypatch.setattr(world.parts.audit, "write", fail_with(AuditDown("full")))
    answers += [(503, await browser.get("/audit")), (503, await browser.post("/audit/csv"))]
    for fault, status in ((StoreDown("away"), 503), (RuntimeError("a bug"), 500)):
        monkeypatch.setattr(world.parts.handoffs, "list_handoffs", fail_with(fault))
        monkeypatch.setattr(world.parts.staff, "list_sessions", fail_with(fault))
        answers += [
            (status, await browser.get("/queue")),
            (status, await browser.post("/me/sessions/end", {"session": NOBODY})),
        ]
    for status, answer in answers:
        assert (answer.status_code, has_headers(answer)) == (status, True), answer.request.url
