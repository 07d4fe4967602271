"""
Every post with a wrong token changes nothing, and with the right one it does what it is for.

Each step sends one valid form three times with a token that is none, and looks at every row and every file; then once with the right
one, which must leave a trace there: so that "nothing changed" can fail.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.office.auth import form_token, hash_token
from bot.office.joining import build_members
from bot.office.passwords import Passwords
from bot.store.database import Conn, Database
from bot.store.engine import make_engine
from bot.store.schema import metadata
from tests.office.fakes import CHEAP
from tests.office.locked_world import WORDS, LockedWorld, open_locked_world
from tests.office.test_keys import Holder
from tests.office.test_matrix import TABLE
from tests.office.test_ways_codes import code_of
from tests.office.world import Browser, World, open_world, read_text

Form = Mapping[str, str | list[str]]
OLD, NEW = "Quiet-river-97-boats", "Quiet-ferry-97-lemons"
PASSWORDS = Passwords(CHEAP, demo=True)
#: Times of the last use move with every look around; they say nothing of what was done.
_RESTLESS = {"staff_session": {"seen_at"}, "staff_account": {"seen_at"}}
#: They leave nothing behind that lies in a row or a file: a challenge, a journey or a file in memory, or an answer alone. What they do is
#: tested where they are; here they are refused.
FLEETING = {
    "POST /login/passkey/begin", "POST /login/passkey", "POST /login/agency", "POST /login/code",
    "POST /prove/passkey/begin", "POST /prove/passkey", "POST /prove/agency", "POST /prove/code",
    "POST /me/passkeys/begin", "POST /me/passkeys/add", "POST /me/passkeys/remove",
    "POST /me/agency/bind", "POST /me/agency/unbind",
    "POST /queue/find", "POST /handoffs/{handoff_id}/shut", "POST /exports/cancel", "POST /audit/check",
    "POST /vault/answer",
}  # fmt: skip
VAULTS_AND_KEYS = {name for name in TABLE if name.startswith(("POST /vault/", "POST /keys/"))}


@dataclass
class Trial:
    """A world, and which doors were tried there."""

    world: World
    database: Database
    tried: set[str]

    async def dump(self) -> dict[str, object]:
        """Every row of every table less what every look around changes, every file, and a log that is kept in memory."""

        async def work(conn: Conn) -> dict[str, object]:
            found: dict[str, object] = {}
            for name, table in metadata.tables.items():
                kept = [column for column in table.c if column.name not in _RESTLESS.get(name, set())]
                found[name] = sorted((tuple(row) for row in await conn.rows(select(*kept))), key=repr)
            return found

        found = await self.database.read(work)
        found["log"] = list(self.world.log.lines) if isinstance(self.world, LockedWorld) else []
        folder = self.world.settings.data_dir
        files = [one for one in folder.rglob("*") if one.is_file() and "sqlite" not in one.name]
        found["files"] = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in files}
        return found

    async def refuse(self, browser: Browser, path: str, form: Form) -> None:
        """T23: no token, one that is none, one of another form, and one of another browser."""
        before = await self.dump()
        others = form_token("another browser's secret, long enough", path)
        for wrong in ("", "0" * 64, form_token(browser.token, "/other"), others):
            answer = await browser.post(path, form, token=wrong)
            assert answer.status_code == 403, path
            assert "This form was not sent from here" in answer.text, path
        assert await self.dump() == before, path

    async def step(self, browser: Browser, door: str, form: Form | None = None, **place: str) -> str:
        """Try a door with wrong tokens, then with the right one; returns the page."""
        path = door.format(**place)
        await self.refuse(browser, path, form or {})
        before = await self.dump()
        answer = await browser.post(path, form)
        assert answer.status_code < 400, (door, read_text(answer.text))
        assert await self.dump() != before, f"{door}: the right token changed nothing either"
        self.tried.add(f"POST {door}")
        return answer.text


@pytest.fixture
async def trial(tmp_path: Path) -> AsyncIterator[Trial]:
    async with open_world(tmp_path) as world:
        world.parts.exporting._moment_s = 60.0  # a busy machine prints slowly
        database = Database(make_engine(world.settings.database))
        yield Trial(world, database, set())
        await database.close()


@pytest.fixture
async def locked_trial(tmp_path: Path) -> AsyncIterator[Trial]:
    async with open_locked_world(tmp_path) as world:
        database = Database(make_engine(world.settings.database))
        yield Trial(world, database, set())
        await database.close()


async def enter_elsewhere(world: World, name: str) -> str:
    """One more sign-in of somebody; returns its id."""
    token = hash_token(world.parts.new_token())
    await world.parts.staff.add_session(token, world.accounts[name], world.clock(), method="passkey")
    found = await world.parts.staff.find_session(token)
    assert found
    return found.id


async def stranger_of(world: World, path: str) -> Browser:
    """A browser that has looked at an open page."""
    client = world.visit()
    await client.get(path)
    return Browser(client, client.cookies["office-form"])


async def test_a_wrong_token_does_nothing_on_any_page_but_vaults_and_keys(trial: Trial) -> None:
    """T23: every mutating door, by somebody with every right there is."""
    world, staff = trial.world, trial.world.parts.staff
    world.clock.pass_by(-timedelta(days=2))  # both have worked here for a while
    await world.hire("all", "list", "open", "export", "accounts", "audit")
    await world.hire("chen", "list", "open", "export")
    await world.hire("lin", "list", "open")
    await staff.set_password(world.accounts["chen"], await PASSWORDS.hash(OLD), now=world.clock())
    world.clock.pass_by(timedelta(days=2))
    browser, chen = await world.sign_in("all"), await world.sign_in("chen")
    await try_own_account(trial, browser, chen)
    await try_accounts(trial, browser)
    await try_cases(trial, browser)
    await try_exports(trial, browser, chen)
    await trial.step(browser, "/audit/csv", {"act": "opened"})
    await trial.step(chen, "/logout")
    for name in FLEETING - VAULTS_AND_KEYS:
        path = name.removeprefix("POST ").format(handoff_id=await world.send())
        visitor = await stranger_of(world, "/login") if TABLE[name][0] == "open to all" else browser
        await trial.refuse(visitor, path, {"sought": "x", "to": "/", "code": "000000"})
    assert trial.tried == {name for name in TABLE if name.startswith("POST")} - FLEETING - VAULTS_AND_KEYS


async def try_own_account(trial: Trial, browser: Browser, chen: Browser) -> None:
    world = trial.world
    visitor = await stranger_of(world, "/login")
    await trial.step(visitor, "/login", {"name": "chen", "password": OLD})
    await trial.step(chen, "/prove", {"password": OLD, "to": "/me"})
    await trial.step(browser, "/me/password", {"password": NEW, "again": NEW})
    await browser.get("/me/totp")
    secret = world.app._office.ways.secrets.look(browser.token)  # type: ignore[attr-defined]  # as the app shows it
    await trial.step(browser, "/me/totp", {"code": code_of(secret, world.clock)})
    await trial.step(browser, "/me/sessions/end", {"session": await enter_elsewhere(world, "all")})
    await enter_elsewhere(world, "all")
    await trial.step(browser, "/me/sessions/end-others")


async def try_accounts(trial: Trial, browser: Browser) -> None:
    world, lin = trial.world, trial.world.accounts["lin"]
    await trial.step(browser, "/accounts/invite", {"name": "wang", "right": ["list"]})
    [invitation] = await world.parts.staff.list_invitations(world.clock())
    await trial.step(browser, "/accounts/withdraw", {"invitation": invitation.id})
    await trial.step(browser, "/accounts/{account}/rights", {"right": ["list"]}, account=lin)
    session = {"session": await enter_elsewhere(world, "lin")}
    await trial.step(browser, "/accounts/{account}/sessions/end", session, account=lin)
    await trial.step(browser, "/accounts/{account}/invite-back", account=lin)
    await trial.step(browser, "/accounts/{account}/disable", account=lin)
    link = await build_members(world.parts).open_setup()
    visitor = await stranger_of(world, f"/join/{link.token}")
    joining = {"name": "chief", "way": "password", "password": NEW, "again": NEW}
    await trial.step(visitor, "/join/{token}", joining, token=link.token)


async def try_cases(trial: Trial, browser: Browser) -> None:
    world, case = trial.world, "/handoffs/{handoff_id}"
    mei = {"handoff_id": await world.send()}
    assign = {"handoff": mei["handoff_id"], "to": world.accounts["all"], "instead_of": ""}
    await trial.step(browser, "/queue/assign", assign)
    await trial.step(browser, f"{case}/open", {"reason": "first_call"}, **mei)
    stored = await world.parts.handoffs.find_handoff(mei["handoff_id"])
    assert stored
    seen = {"seen": stored.status, "seen_requests": "0"}
    await trial.step(browser, f"{case}/status", {"status": "called", **seen}, **mei)
    await trial.step(browser, f"{case}/notes", {"text": "沒接。", "nonce": "n-1"}, **mei)
    await trial.step(browser, f"{case}/reply", {"reply_unit": "本會", "nonce": "n-2", "seen": "0"}, **mei)
    await world.ask(mei["handoff_id"], "withdraw")
    await browser.get(case.format(**mei))
    await trial.step(browser, f"{case}/keep", {"text": "沒有要撤回。", "nonce": "n-3"}, **mei)
    await trial.step(browser, f"{case}/erase", {"short": mei["handoff_id"][:8], "confirmed": "yes"}, **mei)


async def try_exports(trial: Trial, browser: Browser, chen: Browser) -> None:
    world = trial.world
    wanted: Form = {"id": [await world.send()], "format": "csv", "reason": "first_call"}
    await trial.step(browser, "/exports", wanted)
    await trial.step(browser, "/exports/file")
    await trial.step(browser, "/exports/ask", wanted)
    [request] = await world.parts.exports.list_exports(world.clock())
    await trial.step(chen, "/exports/approvals", {"id": request.id})
    await trial.step(browser, "/exports/fetch", {"id": request.id})


async def test_a_wrong_token_does_nothing_to_vaults_and_keys(locked_trial: Trial) -> None:
    """T23, T10: nothing is opened, granted, added or revoked."""
    trial, world = locked_trial, locked_trial.world
    assert isinstance(world, LockedWorld)
    await world.send()
    world.clock.pass_by(-timedelta(days=2))  # all have worked here for a while
    await world.hire("lin", "list", "open")
    await world.hire("chen", "list", "open")
    await world.hire("wang", "accounts")
    world.clock.pass_by(timedelta(days=2))
    lin, chen, wang = [await world.sign_in(name) for name in ("lin", "chen", "wang")]
    words = {"words": WORDS, "again": WORDS}
    await trial.step(lin, "/vault/setup", words)
    await chen.post("/vault/setup", words)
    await trial.step(lin, "/vault/import", {"identity": world.identity_text, "words": WORDS})
    await trial.step(lin, "/vault/key")
    other = world.accounts["chen"]
    code = world.parts.vaults.look(other).fingerprint
    await trial.step(lin, "/vault/grant", {"account": other, "fingerprint": code})
    anna, anew = Holder("anna"), Holder("anna")
    await trial.step(wang, "/keys/add", {"name": "anna", "key": anna.public_key})
    told = anna.answer(await trial.step(wang, "/keys/challenge", {"name": "anna"}))
    await trial.step(lin, "/vault/confirm", told)
    await trial.step(wang, "/keys/rotate", {"name": "anna", "key": anew.public_key})
    named = {"name": "recovery", "sure": "yes"}
    await trial.step(lin, "/vault/keep", named)
    await trial.step(lin, "/vault/revoke", {"name": "anna", "sure": "yes"})
    await trial.step(lin, "/vault/reseal")
    await world.parts.resealing.stop()
    new_words = WORDS + " 河"
    await trial.step(lin, "/vault/words", {"words": WORDS, "new": new_words, "again": new_words})
    await trial.step(lin, "/vault/lock")
    await trial.step(lin, "/vault/unlock", {"words": new_words})
    recovery = (world.settings.data_dir / "desk" / "recovery.identity").read_text("utf-8").splitlines()[-1]
    await trial.step(lin, "/vault/recover", {"identity": recovery, "sure": "yes"})
    await trial.step(lin, "/vault/remove", {"sure": "yes"})
    assert await world.parts.vaults.set_up(world.accounts["lin"], WORDS, seat=world.seats["lin"]) is None
    await lin.post("/vault/import", {"identity": world.identity_text, "words": WORDS})
    await trial.step(wang, "/keys/vault/remove", {"account": other, "sure": "yes"})
    await trial.refuse(lin, "/vault/answer", {"challenge": "x"})
    assert trial.tried == VAULTS_AND_KEYS - FLEETING
