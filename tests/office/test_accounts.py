"""The pages about accounts, as those who manage them use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.desk.members import DEMO_RIGHTS
from bot.errors import ConfigError
from bot.office.auth import ensure_demo_account
from bot.office.passwords import Passwords
from bot.ports import AuditEntry
from tests.office.fakes import CHEAP, NOON, FakeClock
from tests.office.world import ORIGIN, Browser, World, open_world, read_text

DAY = timedelta(days=1)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """An office with one who manages accounts and one who works."""
    async with open_world(tmp_path) as opened:
        await opened.hire("admin", "accounts")
        await opened.hire("lin", "list", "open")
        yield opened


async def acts(world: World) -> list[AuditEntry]:
    return list(await world.parts.log.read())


async def rights_of(world: World, name: str) -> frozenset[str]:
    account = await world.parts.staff.find_member(world.accounts[name])
    assert account
    return account.rights


async def test_the_intruder_goes_while_the_log_is_down(world: World) -> None:
    """T7: account, session and invitation end at once; nothing is given to anybody, and all is noted afterwards."""
    admin = await world.sign_in("admin")
    await admin.post("/accounts/invite", {"name": "wu", "right": "list"})
    [waiting] = await world.parts.staff.list_invitations(world.clock())
    lin, anchor = world.accounts["lin"], world.settings.data_dir / "desk" / "audit-anchor"
    kept = anchor.rename(anchor.with_name("kept"))
    anchor.mkdir()
    first = await world.sign_in("lin")
    [session] = await world.parts.staff.list_sessions(lin)
    assert (await admin.post(f"/accounts/{lin}/sessions/end", {"session": session.id})).status_code == 303
    assert (await first.get("/me")).status_code == 303
    assert (await admin.post("/accounts/withdraw", {"invitation": waiting.id})).status_code == 303
    assert not await world.parts.staff.list_invitations(world.clock())
    assert (await admin.post(f"/accounts/{lin}/rights", {"right": "list"})).status_code == 303
    assert await rights_of(world, "lin") == {"list"}
    assert (await admin.post(f"/accounts/{lin}/rights", {"right": ["list", "open"]})).status_code == 503
    second = await world.sign_in("lin")
    assert (await admin.post(f"/accounts/{lin}/disable")).status_code == 303
    assert (await second.get("/me")).status_code == 303
    assert (await admin.post(f"/accounts/{lin}/invite-back")).status_code == 503
    anchor.rmdir()
    kept.rename(anchor)
    await world.parts.late.write_waiting()
    assert [line.act for line in await acts(world)] == [
        "account_invited",
        "session_ended",
        "invitation_withdrawn",
        "rights_set",
        "account_disabled",
    ]


async def test_an_administrator_who_signed_in_earlier_puts_somebody_out_while_the_log_is_down(
    world: World,
) -> None:
    """T7: proving again who one is must not stand in the way, and gives nothing by itself."""
    passwords = Passwords(CHEAP, demo=True)
    admin_id = world.accounts["admin"]
    await world.parts.staff.set_password(admin_id, await passwords.hash("Quiet-river-97-boats"))
    admin, lin = await world.sign_in("admin"), world.accounts["lin"]
    (world.settings.data_dir / "desk" / "audit-anchor").mkdir()
    world.clock.pass_by(timedelta(minutes=12))
    asked = await admin.post(f"/accounts/{lin}/disable")
    assert asked.headers["location"].startswith("/prove")
    proved = await admin.post("/prove", {"password": "Quiet-river-97-boats", "to": f"/accounts/{lin}"})
    assert proved.headers["location"] == f"/accounts/{lin}"
    assert (await admin.post(f"/accounts/{lin}/disable")).status_code == 303
    account = await world.parts.staff.find_member(lin)
    assert account
    assert account.disabled_at
    assert (await admin.post("/accounts/invite", {"name": "wu", "right": "list"})).status_code == 503


async def test_the_review_list_says_who_may_what_and_when_they_were_here(world: World) -> None:
    """Checklist: with a warning before an unused account closes, and disabled ones last."""
    admin = await world.sign_in("admin")
    await world.hire("gone", "list")
    await world.parts.staff.disable_account("gone", world.clock())
    page = read_text((await admin.get("/accounts")).text)
    assert "All accounts (3)" in page
    assert page.index(" lin ") < page.index(" gone ")
    assert "See the list Open" in page
    assert "Never" in page
    assert "Disabled 2026-11-20 12:00" in page
    assert "disabled in" not in page
    world.clock.pass_by(75 * DAY)
    again = await world.sign_in("admin")
    page = read_text((await again.get("/accounts")).text)
    assert page.count("Long unused: disabled in 15 days") == 1
    world.clock.pass_by(20 * DAY)
    late = await world.sign_in("admin")
    assert "Long unused: disabled in 0 days" in (await late.get("/accounts")).text


async def test_an_invitation_shows_its_link_once_and_can_be_taken_back(world: World) -> None:
    """The list names the pending one, and no way in."""
    admin = await world.sign_in("admin")
    assert "Account name" in (await admin.get("/accounts/invite")).text
    page = await admin.post("/accounts/invite", {"name": "chen", "right": ["list", "audit"]})
    assert page.status_code == 200
    assert f"{ORIGIN}/join/" in page.text
    assert page.headers["cache-control"] == "no-store"
    waiting = await admin.get("/accounts")
    assert "chen" in waiting.text
    assert "/join/" not in waiting.text
    [one] = await world.parts.staff.list_invitations(world.clock())
    answer = await admin.post("/accounts/withdraw", {"invitation": one.id})
    assert answer.headers["location"] == "/accounts"
    assert "chen" not in (await admin.get("/accounts")).text
    again = await admin.post("/accounts/withdraw", {"invitation": one.id})
    assert again.status_code == 400
    assert "It is gone" in again.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "chen", "right": ["accounts", "open"]}, "cannot go together"),
        ({"name": "chen"}, "Choose at least one"),
        ({"name": "LIN", "right": ["list"]}, "There is such a name"),
        ({"name": "\u202echen", "right": ["list"]}, "1 to 64 characters"),
        ({"name": "", "right": ["list"]}, "1 to 64 characters"),
    ],
)
async def test_what_cannot_be_invited_is_said_in_a_sentence(
    world: World, fields: dict[str, str | list[str]], said: str
) -> None:
    """T6; what was chosen stays chosen."""
    admin = await world.sign_in("admin")
    answer = await admin.post("/accounts/invite", fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert answer.text.count(" checked") == len(fields.get("right", []))
    assert not await world.parts.staff.list_invitations(world.clock())
    assert await acts(world) == []


async def test_rights_are_set_and_count_from_the_next_request(world: World) -> None:
    """T6: noted with the rights given, without a name."""
    admin, lin = await world.sign_in("admin"), await world.sign_in("lin")
    assert (await lin.get("/audit")).status_code == 403
    here = f"/accounts/{world.accounts['lin']}"
    answer = await admin.post(f"{here}/rights", {"right": ["list", "audit"]})
    assert answer.headers["location"] == here
    assert await rights_of(world, "lin") == {"list", "audit"}
    assert (await lin.get("/audit")).status_code == 200
    [line] = [each for each in await acts(world) if each.act == "rights_set"]
    assert (line.actor, line.subject) == (world.accounts["admin"], world.accounts["lin"])
    assert "lin" not in line.detail.replace("list", "")


async def test_refused_rights_stay_as_they_were(world: World) -> None:
    """Mixed, none, one's own, or of the last who manages accounts."""
    admin = await world.sign_in("admin")
    lin, own = f"/accounts/{world.accounts['lin']}", f"/accounts/{world.accounts['admin']}"
    mixed = await admin.post(f"{lin}/rights", {"right": ["accounts", "export"]})
    none = await admin.post(f"{lin}/rights")
    mine = await admin.post(f"{own}/rights", {"right": ["accounts", "audit"]})
    last = await admin.post(f"{own}/disable")
    assert [each.status_code for each in (mixed, none, mine, last)] == [400] * 4
    for answer, said in (
        (mixed, "cannot go together"),
        (none, "Choose at least one"),
        (mine, "Nobody sets their own rights"),
        (last, "the last one who can manage accounts"),
    ):
        assert said in read_text(answer.text.replace("&#34;", '"'))
    assert await rights_of(world, "lin") == {"list", "open"}
    assert await rights_of(world, "admin") == {"accounts"}
    own_page = await admin.get(own)
    assert "Save rights" not in own_page.text
    assert "/invite-back" not in own_page.text


async def test_a_disabled_account_is_out_at_its_next_request(world: World) -> None:
    """T7: session dead, way in shut, what they did stays; a link lets them back in."""
    admin, lin = await world.sign_in("admin"), await world.sign_in("lin")
    here = f"/accounts/{world.accounts['lin']}"
    assert (await lin.get("/me")).status_code == 200
    assert (await admin.post(f"{here}/disable")).headers["location"] == here
    assert (await lin.get("/me")).headers["location"] == "/login"
    assert (await lin.post("/me/sessions/end-others")).headers["location"] == "/login"
    page = read_text((await admin.get(here)).text)
    assert "Disabled" in page
    assert "Enable again" in page
    assert "Disable this account" not in page
    link = await admin.post(f"{here}/invite-back")
    assert "/join/" in link.text
    assert "unlocks nothing" in link.text


async def test_sessions_of_an_account_are_shown_and_ended(world: World) -> None:
    """Those that could still be used; each by itself."""
    admin, lin, other = [await world.sign_in(name) for name in ("admin", "lin", "lin")]
    here = f"/accounts/{world.accounts['lin']}"
    assert (await admin.get(here)).text.count('name="session"') == 2
    newest = (await world.parts.staff.list_sessions(world.accounts["lin"]))[0]
    answer = await admin.post(f"{here}/sessions/end", {"session": newest.id})
    assert answer.headers["location"] == here
    alive = [(await each.get("/me")).status_code for each in (lin, other)]
    assert sorted(alive) == [200, 303]
    world.clock.pass_by(timedelta(minutes=14))
    await admin.get("/accounts")
    world.clock.pass_by(timedelta(minutes=2))
    assert "Not signed in" in (await admin.get(here)).text


async def test_a_page_counts_ways_in_and_shows_none(world: World) -> None:
    """No hash, no key, no secret."""
    await world.parts.staff.set_password(world.accounts["lin"], "$argon2id$canary")
    await world.parts.ways.set_totp(world.accounts["lin"], b"canary", world.clock())
    admin = await world.sign_in("admin")
    page = (await admin.get(f"/accounts/{world.accounts['lin']}")).text
    assert "canary" not in page
    assert "One-time codes" in page
    assert (
        "None: this person cannot sign in" in (await admin.get(f"/accounts/{world.accounts['admin']}")).text
    )


@pytest.mark.parametrize("wanted", ["nobody", "%00", "..%2f..%2fetc", "' OR 1=1 --", "0" * 36, "é" * 36])
async def test_an_account_that_is_not_there_is_not_found(world: World, wanted: str) -> None:
    """Whatever stands in the address."""
    admin = await world.sign_in("admin")
    assert (await admin.get(f"/accounts/{wanted}")).status_code == 404


async def test_steps_for_nobody_end_at_not_found(world: World) -> None:
    admin = await world.sign_in("admin")
    for step in ("rights", "disable", "invite-back"):
        answer = await admin.post(f"/accounts/{'0' * 36}/{step}", {"right": ["list"]})
        assert answer.status_code == 404


@pytest.mark.parametrize("right", ["list", "open", "export", "audit"])
async def test_pages_of_accounts_are_for_those_who_manage_them(world: World, right: str) -> None:
    """T6: every one of them, get and post."""
    await world.hire("curious", right)  # type: ignore[arg-type]  # one of the rights
    browser = await world.sign_in("curious")
    here = f"/accounts/{world.accounts['lin']}"
    answers = [await browser.get(path) for path in ("/accounts", "/accounts/invite", here)]
    answers += [
        await browser.post(path, {"right": ["list"], "name": "x"})
        for path in ("/accounts/invite", "/accounts/withdraw", f"{here}/rights", f"{here}/disable")
    ]
    assert {each.status_code for each in answers} == {403}
    assert await rights_of(world, "lin") == {"list", "open"}


async def test_changes_ask_again_who_is_there(world: World) -> None:
    """T6, step-up: at a desk left open nobody gives rights; nothing happens before."""
    admin = await world.sign_in("admin")
    world.clock.pass_by(timedelta(minutes=11))
    here = f"/accounts/{world.accounts['lin']}"
    assert (await admin.get(here)).status_code == 200
    for path in ("/accounts/invite", f"{here}/rights", f"{here}/disable", f"{here}/invite-back"):
        answer = await admin.post(path, {"right": ["audit"], "name": "chen"})
        assert answer.headers["location"].startswith("/prove")
    assert (await admin.get("/accounts/invite")).headers["location"].startswith("/prove")
    assert await rights_of(world, "lin") == {"list", "open"}
    assert await acts(world) == []


async def test_hostile_names_are_only_text_everywhere(world: World) -> None:
    """T20: in the list, on their own page, in a pending invitation."""
    bad = "<script>alert(1)</script>\"'>"
    await world.hire(bad, "list")
    admin = await world.sign_in("admin")
    await admin.post("/accounts/invite", {"name": "<img src=x onerror=a()>", "right": ["list"]})
    browser: Browser = await world.sign_in(bad)
    pages = [
        (await admin.get("/accounts")).text,
        (await admin.get(f"/accounts/{world.accounts[bad]}")).text,
        (await browser.get("/me")).text,
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)" in page


async def test_the_demo_has_an_account_for_each_kind_of_work(world: World) -> None:
    """All with the printed password; an older one, and rights changed while trying, are put back."""
    passwords = Passwords(CHEAP, demo=True)
    staff = world.parts.staff
    for password in ("first printed", "second printed"):
        await ensure_demo_account(staff, password, clock=world.clock, demo=True, passwords=passwords)
        for name, rights in DEMO_RIGHTS.items():
            account = await staff.find_account(name)
            assert account
            assert account.rights == rights
            assert await passwords.is_right(password, account.password_hash)
            await staff.set_rights(account.id, rights | {"audit"})
    assert {"demo", "demo-admin", "demo-auditor"} == set(DEMO_RIGHTS)
    assert not any("accounts" in each and each & {"open", "export"} for each in DEMO_RIGHTS.values())


async def test_a_disabled_demo_account_stays_disabled(world: World) -> None:
    """Also over a restart."""
    passwords = Passwords(CHEAP, demo=True)
    await ensure_demo_account(world.parts.staff, "p", clock=world.clock, demo=True, passwords=passwords)
    await world.parts.staff.disable_account("demo", world.clock())
    await ensure_demo_account(world.parts.staff, "p", clock=world.clock, demo=True, passwords=passwords)
    assert await world.parts.staff.find_account("demo") is None


async def test_production_makes_no_demo_account(world: World) -> None:
    """The password is printed at the start."""
    with pytest.raises(ConfigError):
        await ensure_demo_account(world.parts.staff, "p", clock=FakeClock(NOON), demo=False)
    assert await world.parts.staff.find_account("demo-admin") is None
