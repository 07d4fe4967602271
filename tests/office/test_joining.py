"""Joining by a link, as a browser does it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.log import AllowListFormatter
from bot.office.app import create_office
from bot.office.joining import build_members, offer_setup
from bot.office.passwords import Passwords
from bot.office.policies import BASELINE
from tests.office.fakes import CHEAP, PROMPT
from tests.office.world import ORIGIN, World, open_world, read_text

GOOD = "渡船頭五點半有魚可以買回家煮"
#: Passkeys need a name; an address of digits has none.
NAMED = "https://desk.example.org"
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Fetch the page and post its form, as a browser does."""
    token = _TOKEN.findall((await client.get(path)).text)[0]
    form = {"again": fields.get("password", ""), "way": "password"} | fields | {"token": token}
    return await client.post(path, data=form, headers={"sec-fetch-site": "same-origin"})


async def invite(world: World, name: str = "林社工", *rights: str) -> str:
    """Invite somebody, on the page; returns the path of the link."""
    if "admin" not in world.accounts:
        await world.hire("admin", "accounts")
    browser = await world.sign_in("admin")
    page = await browser.post("/accounts/invite", {"name": name, "right": list(rights or ("list", "open"))})
    return path_in(page.text)


def path_in(page: str) -> str:
    found = re.search(re.escape(ORIGIN) + r"(/join/[\w-]+)", page)
    assert found
    return found[1]


async def test_the_first_administrator_comes_in_by_the_link_of_the_terminal(world: World) -> None:
    """Name, password, and the second step next: nothing else opens before it."""
    address = await offer_setup(world.parts, ORIGIN)
    assert address
    async with world.visit() as browser:
        page = await browser.get(address)
        assert "Make the first administrator" in page.text
        answer = await send(browser, address, name="陳主任", password=GOOD)
        assert (answer.status_code, answer.headers["location"]) == (303, "/me")
        me = await browser.get("/me")
        assert "陳主任" in me.text
        assert "One more step" in me.text
        assert "/me/totp" in me.text
        assert (await browser.get("/accounts")).headers["location"] == "/me"
    assert await offer_setup(world.parts, ORIGIN) is None


async def test_nothing_is_offered_while_somebody_manages_accounts(world: World) -> None:
    """And again when nobody does; the one offered before ends."""
    first = await offer_setup(world.parts, ORIGIN)
    second = await offer_setup(world.parts, ORIGIN)
    async with world.visit() as browser:
        assert [(await browser.get(each)).status_code for each in (first, second)] == [404, 200]
    await world.hire("admin", "accounts")
    assert await offer_setup(world.parts, ORIGIN) is None


async def test_an_invited_person_sees_who_invites_and_to_what(world: World) -> None:
    """Before deciding anything; programs that preview the link use nothing up."""
    path = await invite(world)
    async with world.visit() as browser:
        for _ in range(3):
            assert (await browser.head(path)).status_code == 200
            page = read_text((await browser.get(path)).text)
        assert "admin" in page
        assert "林社工" in page
        assert "Open handoffs" in page
        assert "Manage accounts" not in page
        answer = await send(browser, path, password=GOOD, name="somebody else")
        assert answer.headers["location"] == "/me"
    account = await world.parts.staff.find_account("林社工")
    assert account
    assert account.rights == {"list", "open"}
    assert await Passwords(CHEAP, demo=True).is_right(GOOD, account.password_hash)


async def test_a_used_link_is_gone_for_everybody(world: World) -> None:
    """Page and post alike; nobody signs in by it twice."""
    path = await invite(world)
    async with world.visit() as browser, world.visit() as late:
        token = _TOKEN.findall((await late.get(path)).text)[0]
        await send(browser, path, password=GOOD)
        form = {"token": token, "password": GOOD, "again": GOOD, "way": "password"}
        answer = await late.post(path, data=form, headers={"sec-fetch-site": "same-origin"})
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
        assert "office" not in late.cookies
        assert (await late.get(path)).status_code == 404


async def test_of_two_who_press_at_once_one_comes_in(world: World) -> None:
    """T6: the other is told that the link does not work."""
    path = await invite(world)
    async with world.visit() as first, world.visit() as second:
        answers = await asyncio.gather(*(send(each, path, password=GOOD) for each in (first, second)))
    assert sorted(each.status_code for each in answers) == [303, 404]
    assert len([each for each in await world.parts.staff.list_accounts() if each.name == "林社工"]) == 1


@pytest.mark.parametrize(
    "path", ["/join/x", "/join/" + "x" * 43, "/join/%00" + "x" * 43, "/join/" + "<b>" * 20]
)
async def test_every_link_that_does_not_work_answers_the_same(world: World, path: str) -> None:
    """T24: guessed, mistyped, expired or withdrawn: one page, in which nothing of the link stands."""
    good = await invite(world)
    world.clock.pass_by(timedelta(hours=49))
    async with world.visit() as browser:
        expired, guessed = await browser.get(good), await browser.get(path)
        assert expired.status_code == guessed.status_code == 404
        assert read_text(expired.text) == read_text(guessed.text)
        assert "<b>" not in guessed.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "kq9-zz"}, "Too short: 12"),
        ({"password": "x" * 200}, "Too long: 128"),
        ({"password": "林社工林社工林社工林社工林社工"}, "Too easy to guess"),
        ({"password": GOOD, "again": GOOD + "!"}, "not the same"),
        ({}, "Too short"),
    ],
)
async def test_a_password_that_is_not_taken_uses_nothing_up(
    world: World, fields: dict[str, str], said: str
) -> None:
    """The reason is told, what was typed is not repeated."""
    path = await invite(world)
    async with world.visit() as browser:
        answer = await send(browser, path, **fields)
        assert answer.status_code == 400
        assert said in answer.text
        assert all(value not in answer.text for value in fields.values() if value != "林社工" * 5)
        assert (await browser.get(path)).status_code == 200


async def test_a_first_name_that_is_not_taken_is_shown_again(world: World) -> None:
    """With the reason, escaped (T20)."""
    address = await offer_setup(world.parts, ORIGIN)
    assert address
    await world.hire("lin", "list")
    async with world.visit() as browser:
        hostile = await send(browser, address, name='"><script>alert(1)</script>\u202e', password=GOOD)
        assert hostile.status_code == 400
        assert "<script>alert" not in hostile.text
        assert "1 to 64 characters" in hostile.text
        taken = await send(browser, address, name="LIN", password=GOOD)
        assert "There is such a name" in taken.text
        assert 'value="LIN"' in taken.text


async def test_hostile_names_of_inviter_and_invited_are_only_text(world: World) -> None:
    """T20."""
    bad = "<script>alert('x')</script>"
    await world.hire(bad, "accounts")
    browser = await world.sign_in(bad)
    page = await browser.post("/accounts/invite", {"name": "<img src=x onerror=a()>", "right": ["list"]})
    async with world.visit() as guest:
        for text in (page.text, (await guest.get(path_in(page.text))).text):
            assert "<script>alert" not in text
            assert "<img" not in text
            assert "&lt;img src=x" in text


async def test_with_a_passkey_one_joins_without_a_password(world: World) -> None:
    """Signed in at once, and let to nothing but registering it."""
    app = create_office(world.parts, demo=True, origin=NAMED, limits=PROMPT, cost=CHEAP)
    world.app = app
    [path] = re.findall(r"/join/.*", await offer_setup(world.parts, "") or "")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=NAMED) as browser:
        assert 'value="passkey"' in (await browser.get(path)).text
        answer = await send(browser, path, name="chen", password="", way="passkey")
        assert answer.headers["location"] == "/me"
        me = await browser.get("/me")
        assert "/me/passkeys" in me.text
        assert 'class="button plain" href="/me/totp"' not in me.text
    account = await world.parts.staff.find_account("chen")
    assert account
    assert account.password_hash == ""


async def test_where_passkeys_cannot_work_a_password_is_needed(world: World) -> None:
    """Or somebody would join who can never come back."""
    path = await invite(world)
    async with world.visit() as browser:
        assert 'value="passkey"' not in (await browser.get(path)).text
        assert (await send(browser, path, way="passkey", password="")).status_code == 400


async def test_whoever_sets_their_ways_in_anew_sees_what_ends(world: World) -> None:
    """And is signed in afterwards in place of whoever sat there; the rights shown are those of now."""
    await world.hire("admin", "accounts")
    lin = await world.hire("lin", "list", "open")
    boss, old = await world.sign_in("admin"), await world.sign_in("lin")
    path = path_in((await boss.post(f"/accounts/{lin}/invite-back")).text)
    await world.parts.staff.set_rights(lin, frozenset({"audit"}))
    assert (await old.get("/me")).status_code == 200
    page = read_text((await boss.get(path)).text)
    assert "old password, passkeys, one-time codes and agency sign-in end" in page
    assert "your own unlocking words" in page
    assert "Read the audit log" in page
    assert "Open handoffs" not in page
    answer = await send(boss.client, path, password=GOOD)
    assert answer.headers["location"] == "/me"
    assert "lin" in (await boss.get("/me")).text
    assert (await old.get("/me")).headers["location"] == "/login"
    sessions = await world.parts.staff.list_sessions(world.accounts["admin"])
    assert sessions == []


async def test_by_the_baseline_an_old_password_does_not_come_back(world: World) -> None:
    """Not even by a link: one of the last three is none of them."""
    office = create_office(world.parts, demo=True, origin=ORIGIN, limits=PROMPT, cost=CHEAP, rules=BASELINE)
    world.app = office
    await world.hire("admin", "accounts")
    lin = await world.hire("lin", "list")
    boss = await world.sign_in("admin")
    passwords = [f"Quiet-{word}-97-boats" for word in ("river", "ferry", "lemon", "cedar")]
    for password in passwords:
        path = path_in((await boss.post(f"/accounts/{lin}/invite-back")).text)
        async with world.visit() as browser:
            for used in passwords[: passwords.index(password)]:
                answer = await send(browser, path, password=used)
                assert "one of your last 3 passwords" in answer.text
            assert (await send(browser, path, password=password)).status_code == 303
    path = path_in((await boss.post(f"/accounts/{lin}/invite-back")).text)
    async with world.visit() as browser:
        assert "3 kinds" in (await browser.get(path)).text.replace("At least 3 kinds", "3 kinds")
        assert (await send(browser, path, password=passwords[0])).status_code == 303


async def test_a_post_from_elsewhere_uses_nothing_up(world: World) -> None:
    """T23: without our form's token, or from another site."""
    path = await invite(world)
    async with world.visit() as browser:
        page = await browser.get(path)
        form = {"password": GOOD, "again": GOOD, "way": "password"}
        bad = await browser.post(path, data=form | {"token": "0" * 64})
        token = _TOKEN.findall(page.text)[0]
        away = await browser.post(
            path, data=form | {"token": token}, headers={"sec-fetch-site": "cross-site"}
        )
        assert [bad.status_code, away.status_code] == [403, 403]
        assert (await browser.get(path)).status_code == 200


async def test_neither_names_nor_links_are_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """T30: nor do they stand in the audit log or in any address we send a browser to."""
    caplog.set_level(logging.DEBUG, logger="bot")
    path = await invite(world, "秘密的名字")
    async with world.visit() as browser:
        await send(browser, path, password="x")
        answer = await send(browser, path, password=GOOD)
    ours = (each for each in caplog.records if each.name.startswith("bot"))
    told = "".join(AllowListFormatter().format(each) for each in ours) + answer.headers["location"]
    told += "".join(f"{each}" for each in await world.parts.log.read())
    assert "秘密的名字" not in told
    assert path.rpartition("/")[2] not in told
    assert GOOD not in told


async def test_an_invitation_of_somebody_whose_right_was_taken_is_gone(world: World) -> None:
    """T7: what a leaver prepared lets nobody in."""
    await world.hire("second", "accounts")
    path = await invite(world)
    await world.parts.staff.disable_account("admin", world.clock())
    async with world.visit() as browser:
        assert (await browser.get(path)).status_code == 404


async def test_the_use_cases_are_built_from_what_the_office_was_handed(world: World) -> None:
    """Their time is the office's: half an hour from now."""
    link = await build_members(world.parts).open_setup()
    assert link.until == world.clock() + timedelta(minutes=30)


async def test_passkeys_come_first_where_they_are_possible(world: World) -> None:
    """Each way has a form of its own, so that Enter in one never joins by the other."""
    path = await invite(world)
    world.app = create_office(world.parts, demo=True, origin=NAMED, limits=PROMPT, cost=CHEAP)
    async with world.visit() as browser:
        page = (await browser.get(f"{NAMED}{path}")).text
    _, passkey, password = page.split('<form class="sheet"')
    assert 'value="passkey"' in passkey
    assert 'type="password"' not in passkey
    assert 'value="password"' in password
    assert 'value="passkey"' not in password


async def test_an_administrator_beside_others_is_not_called_the_first(world: World) -> None:
    """The host may let one in at any time."""
    link = await build_members(world.parts).open_setup()
    async with world.visit() as browser:
        assert "Make the first administrator" in (await browser.get(f"/join/{link.token}")).text
        await world.hire("admin", "accounts")
        page = (await browser.get(f"/join/{link.token}")).text
    assert "Make an administrator" in page
    assert "first administrator" not in page
