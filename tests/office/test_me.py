"""One's own account: what one sees of it, ending sessions, changing the password."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.office.app import create_office
from bot.office.auth import hash_token
from bot.office.passwords import Passwords
from bot.office.policies import BASELINE
from bot.ports import Passkey, Shown, StaffAccount
from tests.office.conftest import sign_in
from tests.office.fakes import CHEAP, PROMPT
from tests.office.world import ORIGIN, Browser, World, open_world, read_text

DAY = timedelta(days=1)
OLD, NEW = "Quiet-river-97-boats", "Quiet-ferry-97-lemons"
PASSWORDS = Passwords(CHEAP, demo=True)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """An office with one member who has a password, and codes."""
    async with open_world(tmp_path) as opened:
        account_id = await opened.hire("lin", "list", "open")
        await opened.parts.staff.set_password(account_id, await PASSWORDS.hash(OLD), now=opened.clock())
        await opened.parts.ways.set_totp(account_id, b"locked", opened.clock())
        yield opened


def use_baseline(world: World) -> None:
    world.app = create_office(
        world.parts, demo=True, origin=ORIGIN, limits=PROMPT, cost=CHEAP, rules=BASELINE
    )


async def come_in(world: World, name: str = "lin") -> Browser:
    """Give somebody a browser in which they signed in with password and code."""
    token = world.parts.new_token()
    shown = Shown(at=world.clock())
    await world.parts.staff.add_session(hash_token(token), world.accounts[name], world.clock(), shown=shown)
    client = world.visit()
    client.cookies.set("office", token)
    return Browser(client, token)


async def change(browser: Browser, *, present: str = OLD, new: str = NEW, again: str = "") -> tuple[int, str]:
    fields = {"present": present, "password": new, "again": again or new}
    answer = await browser.post("/me/password", fields)
    return answer.status_code, answer.text


async def find(world: World) -> StaffAccount:
    account = await world.parts.staff.find_account("lin")
    assert account
    return account


async def test_my_account_says_in_words_what_i_may_and_how_i_come_in(world: World) -> None:
    """With my passkeys by their labels, and where to change what."""
    for number, label in enumerate(["<b>電話</b>", ""]):
        key = Passkey(f"key-{number}", world.accounts["lin"], b"", 0, label, world.clock())
        await world.parts.ways.add_passkey(key)
    await world.parts.ways.use_passkey("key-0", sign_count=1, now=world.clock())
    browser = await come_in(world)
    page = (await browser.get("/me")).text
    assert "<b>" not in page
    text = read_text(page)
    assert "Open handoffs: only with a reason" in text
    assert "Manage accounts" not in text
    assert "Last used 2026-11-20 12:00" in text
    assert "Unnamed not used yet" in text
    assert "One more step" not in text
    for path in ("/me/passkeys", "/me/password", "/me/totp"):
        assert f'href="{path}"' in page
    assert "/me/agency" not in page


async def test_where_i_am_signed_in_is_shown_and_ended(world: World) -> None:
    """One by one, or all but here; only mine."""
    await world.hire("chen", "list")
    here, there, third, other = [await come_in(world, name) for name in ("lin", "lin", "lin", "chen")]
    page = (await here.get("/me")).text
    assert page.count('name="session"') == 3
    assert page.count("badge good") == 1
    sessions = await world.parts.staff.list_sessions(world.accounts["lin"])
    kept = await world.parts.staff.find_session(hash_token(here.token))
    assert kept
    one = next(each for each in sessions if each.id != kept.id)
    assert (await here.post("/me/sessions/end", {"session": one.id})).headers["location"] == "/me"
    assert sorted([(await each.get("/me")).status_code for each in (there, third)]) == [200, 303]
    assert (await here.post("/me/sessions/end-others")).headers["location"] == "/me"
    assert [(await each.get("/me")).status_code for each in (here, there, third, other)] == [
        200,
        303,
        303,
        200,
    ]
    assert "end-others" not in (await here.get("/me")).text


async def test_nobody_ends_the_session_of_another(world: World) -> None:
    """Whatever id is posted."""
    await world.hire("chen", "list")
    lin, chen = await come_in(world), await come_in(world, "chen")
    [theirs] = await world.parts.staff.list_sessions(world.accounts["chen"])
    await lin.post("/me/sessions/end", {"session": theirs.id})
    await lin.post("/me/sessions/end")
    assert (await chen.get("/me")).status_code == 200
    assert (await lin.get("/me")).status_code == 200


async def test_a_new_password_ends_the_other_sessions_and_is_noted(world: World) -> None:
    """Whoever knew the old one is out; I stay. The vault's words are another thing."""
    here, there = await come_in(world), await come_in(world)
    assert (await change(here))[0] == 303
    assert await PASSWORDS.is_right(NEW, (await find(world)).password_hash)
    assert [(await each.get("/me")).status_code for each in (here, there)] == [200, 303]
    lines = [(each.act, each.actor) for each in await world.parts.log.read()]
    assert lines == [("password_set", world.accounts["lin"])]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"present": "wrong"}, "The present password is not right"),
        ({"new": "kq9-zz"}, "Too short"),
        ({"new": "lin-lin-lin-lin"}, "Too easy to guess"),
        ({"again": "something else"}, "not the same"),
    ],
)
async def test_a_change_that_is_refused_changes_nothing(
    world: World, fields: dict[str, str], said: str
) -> None:
    """And says why, without what was typed."""
    browser, before = await come_in(world), await find(world)
    status, page = await change(browser, **fields)  # type: ignore[arg-type]  # by name
    assert status == 400
    assert said in page
    assert NEW not in page
    assert (await find(world)).password_hash == before.password_hash
    assert not await world.parts.log.read()


async def test_guesses_at_the_present_password_count_as_those_of_signing_in(world: World) -> None:
    """T24: after five the right one is not looked at for a quarter of an hour."""
    browser = await come_in(world)
    for _ in range(5):
        assert (await change(browser, present="wrong"))[0] == 400
    assert (await change(browser))[0] == 400
    world.clock.pass_by(timedelta(minutes=9))
    assert (await change(browser))[0] == 400
    world.clock.pass_by(timedelta(minutes=6))
    fresh = await come_in(world)
    assert (await change(fresh))[0] == 303


async def test_those_guesses_lock_the_source_too_and_leave_a_line(world: World) -> None:
    """T24: whoever sits at an open desk cannot go on at the sign-in page, and the log tells of the lock."""
    browser, chen = await come_in(world), await world.hire("demo-chen", "list")
    await world.parts.staff.set_password(chen, await PASSWORDS.hash(OLD), now=world.clock())
    for _ in range(5):
        assert (await change(browser, present="wrong"))[0] == 400
    assert (await sign_in(world.visit(), "demo-chen", OLD)).status_code == 403
    assert (await sign_in(world.visit("192.0.2.2"), "demo-chen", OLD)).status_code == 303
    lines = [(line.act, line.actor, line.subject) for line in await world.parts.log.read()]
    assert lines[0] == ("locked_out", "office", world.accounts["lin"])


async def test_a_right_present_password_takes_its_try_back(world: World) -> None:
    """T24: an office behind one address can change many passwords in a day."""
    now, new = OLD, NEW
    for _ in range(7):
        assert (await change(await come_in(world), present=now, new=new))[0] == 303
        now, new = new, now


async def test_my_other_sessions_end_while_the_log_is_down(world: World) -> None:
    """T7: the stranger in my account is put out, and the line is written when it can be."""
    here, there = await come_in(world), await come_in(world)
    anchor = world.settings.data_dir / "desk" / "audit-anchor"
    anchor.mkdir()
    assert (await here.post("/me/sessions/end-others")).headers["location"] == "/me"
    assert [(await each.get("/me")).status_code for each in (here, there)] == [200, 303]
    assert (await change(here))[0] == 503
    anchor.rmdir()
    await world.parts.late.write_waiting()
    assert [line.act for line in await world.parts.log.read()] == ["session_ended"]


async def test_whoever_came_in_with_a_passkey_need_not_know_the_old_one(world: World) -> None:
    """They have shown more than a password, and may have forgotten it."""
    browser = await world.sign_in("lin")
    assert 'name="present"' not in (await browser.get("/me/password")).text
    assert (await change(browser, present=""))[0] == 303


async def test_whoever_has_no_password_may_set_one(world: World) -> None:
    world.accounts["chen"] = await world.hire("chen", "list")
    browser = await world.sign_in("chen")
    page = (await browser.get("/me")).text
    assert "Set a password" in page
    assert (await change(browser, present=""))[0] == 303


async def test_changing_a_password_asks_again_who_is_there(world: World) -> None:
    """T6, step-up."""
    browser = await come_in(world)
    world.clock.pass_by(timedelta(minutes=11))
    answer = await browser.post("/me/password", {"present": OLD, "password": NEW, "again": NEW})
    assert answer.headers["location"].startswith("/prove")
    assert await PASSWORDS.is_right(OLD, (await find(world)).password_hash)


async def test_by_the_baseline_an_old_password_opens_only_its_own_change(world: World) -> None:
    """After 90 days: every other page leads there, until it is changed."""
    use_baseline(world)
    world.clock.pass_by(90 * DAY)
    browser = await come_in(world)
    for path in ("/", "/me", "/queue"):
        assert (await browser.get(path)).headers["location"] == "/me/password"
    page = await browser.get("/me/password")
    assert "Your password is 90 days old" in page.text
    assert (await browser.get("/prove")).status_code == 200
    assert (await change(browser))[0] == 303
    assert (await browser.get("/me")).status_code == 200


async def test_by_the_baseline_whoever_has_a_passkey_is_not_stopped(world: World) -> None:
    """A passkey satisfies both profiles."""
    use_baseline(world)
    world.clock.pass_by(90 * DAY)
    browser = await world.sign_in("lin")
    assert (await browser.get("/me")).status_code == 200


async def test_by_the_baseline_a_password_stays_a_day_and_does_not_come_back(world: World) -> None:
    """Not one of the last three, the present one among them."""
    use_baseline(world)
    used = [OLD]
    for number in range(4):
        browser = await come_in(world)
        status, page = await change(browser, present=used[-1], new=f"Quiet-cedar-{number}4-hills")
        assert (status, "less than a day ago" in page) == (400, True)
        world.clock.pass_by(DAY)
        browser = await come_in(world)
        for old in used[-3:]:
            status, page = await change(browser, present=used[-1], new=old)
            assert (status, "one of your last 3" in page) == (400, True)
        assert (await change(browser, present=used[-1], new=f"Quiet-cedar-{number}4-hills"))[0] == 303
        used.append(f"Quiet-cedar-{number}4-hills")
    world.clock.pass_by(DAY)
    assert (await change(await come_in(world), present=used[-1], new=OLD))[0] == 303


async def test_by_the_modern_profile_a_password_is_changed_whenever_one_likes(world: World) -> None:
    """No rotation, no minimum age, no history."""
    browser = await come_in(world)
    assert (await change(browser))[0] == 303
    assert (await change(browser, present=NEW, new=OLD))[0] == 303
    world.clock.pass_by(900 * DAY)
    assert (await (await come_in(world)).get("/me")).status_code == 200
