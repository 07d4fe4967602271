"""The page of one's own vault, as its member uses it, and as somebody else would misuse it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pyrage import encrypt, x25519

from bot.desk.approving import SETTLED_AFTER, Approvers, Bar
from bot.desk.digests import Digests, Reader
from bot.desk.key_changes import Told
from bot.desk.members import Actor, Refused
from bot.desk.vaults import DeskKey
from bot.keys.challenge import make_challenge
from bot.keys.changing import add
from bot.office.joining import build_members
from bot.wiring.watching import close_lost
from tests.office.locked_world import WORDS, LockedWorld, open_locked_world
from tests.office.world import Browser, open_world, read_text

NEW_WORDS = "correct horse battery staple"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[LockedWorld]:
    async with open_locked_world(tmp_path) as opened:
        await opened.hire("林社工", "list", "open")
        await opened.hire("陳社工", "list", "open")
        yield opened


@pytest.fixture
async def lin(world: LockedWorld) -> Browser:
    return await world.sign_in("林社工")


async def page_of(browser: Browser, path: str = "/vault") -> str:
    """What a member reads."""
    answer = await browser.get(path)
    assert answer.status_code == 200
    return read_text(answer.text)


def state_of(world: LockedWorld, name: str = "林社工") -> str:
    return world.parts.vaults.state(world.accounts[name], world.seats.get(name, ""))


async def follow(browser: Browser, answer: httpx.Response) -> str:
    """Read the page that a done post leads to."""
    assert answer.status_code == 303, read_text(answer.text)
    return await page_of(browser, answer.headers["location"])


# ─── A member's day ───────────────────────────────────────────────────────────


async def test_the_first_member_sets_up_imports_and_locks(world: LockedWorld, lin: Browser) -> None:
    """Each page says the state in one sentence and what is next."""
    assert "You have not set up your words yet" in await page_of(lin)
    text = await follow(lin, await lin.post("/vault/setup", {"words": WORDS, "again": WORDS}))
    assert "You are waiting for a colleague" in text
    assert world.parts.vaults.look(world.accounts["林社工"], lin.seat).own_fingerprint in text
    assert "frontdoor keys vault --account 林社工 --identity FILE" in text
    form = {"identity": world.identity_text, "words": WORDS}
    text = await follow(lin, await lin.post("/vault/import", form))
    assert "Unlocked: you can open handoffs" in text
    text = await follow(lin, await lin.post("/vault/lock"))
    assert "Locked: only counts and waiting times" in text
    assert world.log.lines[-1][0] == "vault_locked"
    text = await follow(lin, await lin.post("/vault/unlock", {"words": WORDS}))
    assert "Unlocked: you can open handoffs" in text


async def test_a_colleague_is_granted_by_what_they_read_aloud(world: LockedWorld, lin: Browser) -> None:
    """The giver never sees the code on their own screen; a wrong one grants nothing."""
    await world.fill("林社工")
    chen = await world.sign_in("陳社工")
    other = world.accounts["陳社工"]
    assert "Has not set up words" in await page_of(lin)
    await chen.post("/vault/setup", {"words": NEW_WORDS, "again": NEW_WORDS})
    code = world.parts.vaults.look(other, chen.seat).own_fingerprint
    assert code in await page_of(chen)
    page = await page_of(lin)
    assert code not in page
    assert "Waiting" in page
    wrong = await lin.post("/vault/grant", {"account": other, "fingerprint": "0000 0000 0000 0000"})
    assert wrong.status_code == 400
    assert "The check code does not fit" in read_text(wrong.text)
    assert state_of(world, "陳社工") == "waiting"
    text = await follow(lin, await lin.post("/vault/grant", {"account": other, "fingerprint": code}))
    assert "Granted to your colleague" in text
    assert "Unlocked" in await page_of(chen)


async def test_nobody_is_granted_who_may_not_open(world: LockedWorld, lin: Browser) -> None:
    """T6: neither a stranger, nor one without the right, nor one who was disabled, nor oneself."""
    await world.fill("林社工")
    clerk = await world.hire("張辦事員", "list")
    await world.parts.vaults.set_up(clerk, NEW_WORDS, seat="a seat")
    await world.parts.vaults.set_up(world.accounts["陳社工"], NEW_WORDS, seat="a seat")
    await world.parts.staff.disable_account("陳社工", world.clock())
    for other in (clerk, world.accounts["陳社工"], world.accounts["林社工"], "nobody", ""):
        code = world.parts.vaults.look(other).fingerprint
        answer = await lin.post("/vault/grant", {"account": other, "fingerprint": code})
        assert answer.status_code == 400
    assert state_of(world, "陳社工") == "waiting"
    assert world.parts.vaults.state(clerk, "a seat") == "waiting"
    assert "No other colleague may open" in await page_of(lin)


async def test_words_are_changed_and_a_vault_is_removed(world: LockedWorld, lin: Browser) -> None:
    await world.fill("林社工")
    form = {"words": WORDS, "new": NEW_WORDS, "again": NEW_WORDS}
    differ = await lin.post("/vault/words", form | {"again": "x"})
    assert "The words differ" in read_text(differ.text)
    assert "Your words were changed" in await follow(lin, await lin.post("/vault/words", form))
    await lin.post("/vault/lock")
    await follow(lin, await lin.post("/vault/unlock", {"words": NEW_WORDS}))
    unsure = await lin.post("/vault/remove", {})
    assert (unsure.status_code, state_of(world)) == (400, "open")
    only = await lin.post("/vault/remove", {"sure": "yes"})
    assert (only.status_code, state_of(world)) == (400, "open")
    assert "Grant it to a colleague first" in read_text(only.text)
    await world.fill("陳社工")
    assert "Your vault was removed" in await follow(lin, await lin.post("/vault/remove", {"sure": "yes"}))
    assert state_of(world) == "none"


async def test_wrong_words_are_said_and_then_a_pause(world: LockedWorld, lin: Browser) -> None:
    """T24: with until when; what was typed is never repeated."""
    nothing = await lin.post("/vault/unlock", {"words": WORDS})
    assert "There is no such vault" in read_text(nothing.text)
    await world.fill("林社工")
    await lin.post("/vault/lock")
    answers = [await lin.post("/vault/unlock", {"words": f"{HOSTILE} {n}"}) for n in range(5)]
    assert all(answer.status_code == 400 for answer in answers)
    assert "These are not the words" in read_text(answers[0].text)
    assert "Too many wrong tries" in read_text(answers[4].text)
    assert "alert(1)" not in "".join(answer.text for answer in answers)
    assert "2026-11-20 12:15" in await page_of(lin)


async def test_words_that_differ_or_are_weak_make_nothing(world: LockedWorld, lin: Browser) -> None:
    for form, says in (
        ({"words": WORDS, "again": NEW_WORDS}, "The words differ"),
        ({"words": "short", "again": "short"}, "too short"),
        ({"words": "x" * 300, "again": "x" * 300}, "too long"),
        ({}, "too short"),
    ):
        answer = await lin.post("/vault/setup", form)
        assert (answer.status_code, state_of(world)) == (400, "none")
        assert says in read_text(answer.text)


async def test_a_file_that_is_not_sound_is_said_with_what_to_do(world: LockedWorld, lin: Browser) -> None:
    await world.fill("林社工")
    (path,) = (world.settings.data_dir / "desk" / "vaults").iterdir()
    path.chmod(0o644)
    text = await page_of(lin)
    assert "Your key file is not sound" in text
    assert "Remove my vault" in text
    await follow(lin, await lin.post("/vault/remove", {"sure": "yes"}))
    assert state_of(world) == "none"


# ─── Keys ─────────────────────────────────────────────────────────────────────


async def test_a_new_key_is_made_and_its_challenge_answered(world: LockedWorld, lin: Browser) -> None:
    """The whole rotation from the screens, as far as the desk does it."""
    await world.fill("林社工")
    text = await follow(lin, await lin.post("/vault/key"))
    assert "A new key was made" in text
    made = world.parts.vaults.look(world.accounts["林社工"], lin.seat).keys[-1]
    assert made.public_key in text
    assert "Not a recipient yet" in text
    challenge = make_challenge("desk", made.public_key).text
    answer = await lin.post("/vault/answer", {"challenge": challenge.replace("\n", "\r\n")})
    assert answer.status_code == 200
    assert f"add this key as desk, fingerprint {made.fingerprint}" in read_text(answer.text)


async def test_nothing_but_a_challenge_is_read_out(world: LockedWorld, lin: Browser) -> None:
    """T6: else whoever sends a stolen handoff as a challenge would have it opened."""
    await world.fill("林社工")
    sealed = encrypt(b"secret story", [world.desk_identity.key.to_public()], armored=True).decode()
    for text in (sealed, "nothing", "", HOSTILE):
        answer = await lin.post("/vault/answer", {"challenge": text})
        assert answer.status_code == 400
        assert "Nothing of it is shown" in read_text(answer.text)
        assert "secret story" not in answer.text
        assert "alert(1)" not in answer.text


async def test_an_old_key_says_until_when_it_is_needed(world: LockedWorld, lin: Browser) -> None:
    """Until the last handoff from before has ended; unknown while one was never opened."""
    await world.fill("林社工")
    ring = world.parts.keys
    handoff_id = await world.send()
    vaults, mine = world.parts.vaults, world.accounts["林社工"]
    third = await vaults.make_desk_key(mine, seat=lin.seat)
    assert isinstance(third, DeskKey)
    asked = await ring.rotate(await world.hire("王管理", "accounts"), "desk", third.public_key)
    assert not isinstance(asked, str)
    assert "Waits to be activated" in await page_of(lin)
    opened, whose = vaults.read_challenge(mine, asked.challenge, seat=lin.seat)
    phrase = ring.ring.read_phrase(opened, whose)
    assert phrase is not None
    told = Told("desk", third.fingerprint, phrase.phrase)
    held = vaults.list_held(mine, lin.seat)
    assert await ring.confirm(mine, told, held=held) == "young"
    world.clock.pass_by(SETTLED_AFTER)
    assert await ring.confirm(mine, told, held=held) is None
    lin = await world.sign_in("林社工")
    await lin.post("/vault/unlock", {"words": WORDS})
    text = await page_of(lin)
    assert "so the public host may still use it. Keep it" in text
    world.clock.pass_by(timedelta(hours=2))
    lin = await world.sign_in("林社工")
    await lin.post("/vault/unlock", {"words": WORDS})
    await world.send()  # as the public host does, once the list was carried there
    await lin.get("/queue")
    text = await page_of(lin)
    assert "1 handoffs from before are still here, some never opened" in text
    await world.parts.handoffs.mark_opened(handoff_id, world.clock())
    text = await page_of(lin)
    assert "1 handoffs from before are still here, the last until 2027-02-18 12:00" in text
    await world.parts.handoffs.erase([handoff_id])
    assert "Nothing from before is left" in await page_of(lin)


async def test_everything_is_sealed_anew_from_the_screen(world: LockedWorld, lin: Browser) -> None:
    """T7: with progress; a new recipient can then open what was there before."""
    await world.fill("林社工")
    handoff_id = await world.send()
    text = await follow(lin, await lin.post("/vault/reseal"))
    assert "Sealing anew has begun" in text
    await world.parts.resealing.wait()
    assert "Done: 1 handoffs, 2 seals, 0 left" in await page_of(lin)
    handoff = await world.parts.handoffs.find_handoff(handoff_id)
    assert handoff is not None
    opener = world.parts.vaults.opener(world.accounts["林社工"], lin.seat)
    assert opener is not None
    opener.open(handoff.sealed, purpose="handoff", name=handoff_id, at=handoff.created_at)
    steps = [line[3]["step"] for line in world.log.lines if line[0] == "resealed"]
    assert steps == ["begin", "done"]


async def test_sealing_anew_needs_an_open_vault_and_runs_once(world: LockedWorld, lin: Browser) -> None:
    locked = await lin.post("/vault/reseal")
    assert "Unlock first" in read_text(locked.text)
    await world.fill("林社工")
    await world.send()
    await lin.post("/vault/reseal")
    again = await lin.post("/vault/reseal")
    assert "running already" in read_text(again.text)


async def test_sealing_anew_stops_when_the_vault_closes(world: LockedWorld, lin: Browser) -> None:
    """T7: what is done stays, the rest is left as it lies, and the page says what to do."""
    await world.fill("林社工")
    await world.send()
    vaults, mine = world.parts.vaults, world.accounts["林社工"]
    opener = vaults.opener(mine, lin.seat)
    assert opener is not None
    assert await world.parts.resealing.start(mine, opener, seat=lin.seat)
    vaults.leave(mine, lin.seat)
    await world.parts.resealing.wait()
    assert world.parts.resealing.progress.state == "locked"
    await world.parts.vaults.unlock(mine, WORDS, seat=lin.seat)
    assert "Stopped: the vault was locked" in await page_of(lin)


async def test_recovery_opens_for_now_and_says_so(world: LockedWorld, lin: Browser) -> None:
    """Only after somebody says that they are two."""
    form = {"identity": world.identity_text}
    unsure = await lin.post("/vault/recover", form)
    assert (unsure.status_code, state_of(world)) == (400, "none")
    text = await follow(lin, await lin.post("/vault/recover", form | {"sure": "yes"}))
    assert "Opened with the recovery key; this is in the audit log" in text
    assert world.log.lines[-1][0] == "vault_recovered"
    await lin.post("/vault/lock")
    assert state_of(world) == "none"


# ─── Seats ────────────────────────────────────────────────────────────────────


async def test_a_second_sign_in_of_the_same_member_reads_nothing_without_words(
    world: LockedWorld, lin: Browser
) -> None:
    """T6, T24: phished, or a row put into the database; the first one goes on reading."""
    await world.fill("林社工")
    handoff_id = await world.send()
    other = await world.sign_in("林社工")
    assert "Locked: only counts" in await page_of(other)
    assert 'href="/vault' in (await other.get("/queue")).text
    await other.post(f"/handoffs/{handoff_id}/open", {"reason": "first_call"})
    assert "王小明" not in (await other.get(f"/handoffs/{handoff_id}")).text
    assert "opened" not in world.log.acts
    assert "Unlock first" in read_text((await other.post("/vault/reseal")).text)
    await lin.post(f"/handoffs/{handoff_id}/open", {"reason": "first_call"})
    assert "王小明" in (await lin.get(f"/handoffs/{handoff_id}")).text


async def test_signing_out_closes_here_and_leaves_the_other_computer_open(
    world: LockedWorld, lin: Browser
) -> None:
    """T24: each sign-in has its own; what is open at none is forgotten."""
    await world.fill("林社工")
    other = await world.sign_in("林社工")
    await other.post("/vault/unlock", {"words": WORDS})
    mine = world.accounts["林社工"]
    await lin.post("/logout")
    assert world.parts.vaults.list_seats(mine) == (other.seat,)
    assert "Unlocked" in await page_of(other)
    await other.post("/logout")
    assert world.parts.vaults.list_open() == ()


async def test_ending_the_other_sign_ins_closes_what_is_open_there(world: LockedWorld, lin: Browser) -> None:
    """T24: and this one stays open."""
    other = await world.sign_in("林社工")
    await world.fill("林社工")
    await lin.post("/vault/unlock", {"words": WORDS})
    await lin.post("/me/sessions/end-others")
    assert world.parts.vaults.list_seats(world.accounts["林社工"]) == (lin.seat,)
    assert (await other.get("/vault")).headers["location"] == "/login"


async def test_a_seat_is_told_by_the_cookie_alone(world: LockedWorld, lin: Browser) -> None:
    """T24: a session that is read from the database by its account has none, and its repr shows none."""
    mine = world.accounts["林社工"]
    (listed,) = await world.parts.staff.list_sessions(mine)
    assert listed.seat == ""
    assert await world.parts.staff.list_seats(mine) == {lin.seat}
    assert lin.seat not in repr(replace(listed, seat=lin.seat))
    await world.parts.staff.disable_account("林社工", world.clock())
    assert await world.parts.staff.list_seats(mine) == frozenset()


# ─── Who may not ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    ["words", "grant", "import", "key", "recover", "remove", "reseal", "confirm", "revoke"],
    ids=str,
)
async def test_what_matters_most_needs_a_fresh_proof(world: LockedWorld, lin: Browser, path: str) -> None:
    """T6, step-up: somebody who sits down at an open screen gets no further; nothing is written or changed."""
    await world.fill("林社工")
    world.clock.pass_by(timedelta(minutes=11))
    before = list(world.log.lines)
    answer = await lin.post(f"/vault/{path}", {"sure": "yes"})
    assert (answer.status_code, answer.headers["location"][:7]) == (303, "/prove?")
    assert world.log.lines == before
    page = await page_of(lin)
    assert "Confirm who I am" in page
    assert f'action="/vault/{path}"' not in (await lin.get("/vault")).text


async def test_a_reset_password_opens_no_vault(world: LockedWorld) -> None:
    """SECURITY §5: neither the new password nor the new session; the words alone do."""
    await world.fill("林社工")
    world.parts.vaults.lock(world.accounts["林社工"])
    await world.parts.staff.set_password(world.accounts["林社工"], "a new hash")
    browser = await world.sign_in("林社工")
    assert "Locked" in await page_of(browser)
    assert (await browser.post("/vault/unlock", {"words": "a new hash"})).status_code == 400
    assert state_of(world) == "locked"


@pytest.mark.parametrize("loss", ["disabled", "right"])
async def test_who_loses_the_right_loses_the_key_within_one_look_around(
    world: LockedWorld, lin: Browser, loss: str
) -> None:
    """T7: an account that is disabled, or may not open any more; nobody else is closed."""
    await world.fill("林社工")
    await world.sign_in("陳社工")
    await world.fill("陳社工")
    if loss == "disabled":
        await world.parts.staff.disable_account("林社工", world.clock())
    else:
        await world.parts.staff.set_rights(world.accounts["林社工"], frozenset({"list"}))
    assert (await lin.get("/vault")).status_code in {303, 403}
    await close_lost(world.parts.vaults, world.parts.staff)
    assert world.parts.vaults.opener(world.accounts["林社工"], lin.seat) is None
    assert world.parts.vaults.list_open() == (world.accounts["陳社工"],)
    assert world.log.lines[-1] == ("vault_locked", "office", world.accounts["林社工"], {"why": "right"})


async def test_a_member_named_like_a_script_is_only_a_name(world: LockedWorld, lin: Browser) -> None:
    """T20: names, pasted texts and addresses do nothing on the page."""
    await world.hire(HOSTILE, "list", "open")
    await world.fill("林社工")
    hostile = await world.sign_in(HOSTILE)
    await hostile.post("/vault/setup", {"words": WORDS, "again": WORDS})
    for browser in (lin, hostile):
        for path in ("/vault", f"/vault?done={HOSTILE}", "/vault?done=nonsense"):
            page = (await browser.get(path)).text
            assert "<script>alert" not in page
            assert "<img src=x" not in page
    pasted = await hostile.post("/vault/import", {"identity": HOSTILE, "words": WORDS})
    assert "alert(1)" not in pasted.text.replace("&lt;script&gt;alert(1)", "")


async def test_what_was_pasted_is_never_shown_or_logged(
    world: LockedWorld, lin: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """T30: neither words nor a private key, whether it was right or wrong."""
    await lin.post("/vault/setup", {"words": WORDS, "again": WORDS})
    secret = str(x25519.Identity.generate())
    pages = [
        await lin.post("/vault/import", {"identity": secret, "words": NEW_WORDS}),
        await lin.post("/vault/import", {"identity": f"{secret}x", "words": WORDS}),
        await lin.post("/vault/import", {"identity": secret, "words": WORDS}),
        await lin.post("/vault/recover", {"identity": secret, "sure": "yes"}),
        await lin.get("/vault"),
    ]
    shown = "".join(page.text for page in pages) + caplog.text + repr(world.log.lines)
    assert secret not in shown
    assert WORDS not in shown
    assert NEW_WORDS not in shown


async def test_the_demo_says_that_it_is_always_open(tmp_path: Path) -> None:
    """And offers nothing that would be lost on it."""
    async with open_world(tmp_path) as world:
        await world.hire("demo worker", "list", "open")
        browser = await world.sign_in("demo worker")
        page = await browser.get("/vault")
        assert "The demo needs no words" in read_text(page.text)
        assert 'action="/vault/setup"' not in page.text
        assert 'action="/vault/lock"' not in page.text


# ─── What a dishonest colleague tries ─────────────────────────────────────────


async def test_an_account_with_a_key_of_its_own_making_silences_nothing(world: LockedWorld) -> None:
    """T6: whoever manages accounts can make one, and a vault, and a key; it opens nothing, and is nobody's second person."""
    handoff_id = await world.send()
    puppet_id = await world.hire("假社工", "list", "open", "export")
    world.clock.pass_by(SETTLED_AFTER)
    puppet = await world.sign_in("假社工")
    await follow(puppet, await puppet.post("/vault/setup", {"words": WORDS, "again": WORDS}))
    await puppet.post("/vault/key")
    await puppet.post(f"/handoffs/{handoff_id}/open", {"reason": "first_call"})
    await puppet.post(f"/handoffs/{handoff_id}/status", {"status": "done", "seen": "new"})
    stored = await world.parts.handoffs.find_handoff(handoff_id)
    assert stored is not None
    assert (stored.status, stored.opened_at) == ("new", None)
    assert "opened" not in world.log.acts
    approvers = Approvers(world.parts.staff, world.parts.ways, world.parts.vaults, world.clock)
    assert await approvers.find_bar(puppet_id, puppet.seat) == Bar("locked")
    assert not await approvers.still_counts(puppet_id)
    await world.parts.vaults.grant_these(
        [world.desk_identity],
        puppet_id,
        fingerprint=world.parts.vaults.look(puppet_id).fingerprint,
        by="command",
    )
    assert await approvers.find_bar(puppet_id, puppet.seat) is None
    assert await approvers.find_bar(puppet_id, "") == Bar("locked")
    assert await approvers.still_counts(puppet_id)


async def test_nobody_comes_to_hold_both_hands(world: LockedWorld, lin: Browser) -> None:
    """T6: who goes from opening to managing accounts leaves the vault behind, and comes back to an empty one."""
    await world.fill("林社工")
    mine = world.accounts["林社工"]
    boss = Actor(await world.hire("王管理", "accounts"), frozenset({"accounts"}))
    members = build_members(world.parts)
    assert await members.set_rights(boss, mine, ["accounts"]) is None
    assert world.parts.vaults.list_vaults() == ()
    assert await members.set_rights(boss, mine, ["list", "open"]) is None
    lin = await world.sign_in("林社工")
    assert "There is no such vault" in read_text((await lin.post("/vault/unlock", {"words": WORDS})).text)
    account = await world.parts.staff.find_member(mine)
    assert account is not None
    assert account.opens_since == world.clock()
    await world.fill("林社工")
    world.log.down = True
    assert await members.set_rights(boss, mine, ["list"]) is None  # a log that is down keeps nobody in
    world.log.down = False
    assert len(world.parts.vaults.list_vaults()) == 1
    assert await members.set_rights(boss, mine, ["list", "open"]) is None
    assert world.parts.vaults.list_vaults() == ()


async def test_a_vault_that_cannot_be_put_away_keeps_the_right_from_coming_back(
    world: LockedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T6: as above."""
    mine = await world.hire("趙社工", "list")
    await world.fill("趙社工")
    boss = Actor(await world.hire("王管理", "accounts"), frozenset({"accounts"}))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "not yours")

    monkeypatch.setattr("bot.keys.vault_files.Path.rename", refuse)
    refused = await build_members(world.parts).set_rights(boss, mine, ["list", "open"])
    assert refused == Refused("vault_stays")
    account = await world.parts.staff.find_member(mine)
    assert account is not None
    assert account.rights == {"list"}


# ─── The keys of the public host ──────────────────────────────────────────────


async def test_a_list_that_was_not_carried_is_said_on_every_page(world: LockedWorld, lin: Browser) -> None:
    """T10: the public host goes on sealing to a key that is revoked here; the newest handoff that is read tells it."""
    await world.fill("林社工")
    await world.hire("王管理", "accounts")
    wang, says = await world.sign_in("王管理"), "The public host seals to other keys than this list"
    mine = await world.parts.vaults.make_desk_key(world.accounts["林社工"], seat=lin.seat)
    assert isinstance(mine, DeskKey)
    await world.send()
    await lin.get("/queue")
    assert says not in await page_of(wang, "/keys")
    folder, now = world.settings.data_dir, world.clock()
    assert add(folder, "anna", mine.public_key, now).recipient.state == "pending"
    (folder / "recipients.d" / "anna.pending").rename(folder / "recipients.d" / "anna.pub")
    world.clock.pass_by(timedelta(hours=2))
    (folder / "recipients.d").rename(folder / "there")
    shutil.copytree(folder / "there", folder / "recipients.d")
    (folder / "recipients.d" / "anna.pub").unlink()  # the public host has the list of before
    await world.send()
    shutil.rmtree(folder / "recipients.d")
    (folder / "there").rename(folder / "recipients.d")
    lin = await world.sign_in("林社工")
    await lin.post("/vault/unlock", {"words": WORDS})
    assert says not in await page_of(lin)
    for page in ("/queue", "/vault"):
        assert says in await page_of(lin, page)
    assert says in await page_of(await world.sign_in("王管理"), "/keys")
    assert says in await page_of(await world.sign_in("林社工"), "/queue")  # locked
    await world.send()
    world.clock.pass_by(timedelta(hours=1))
    await world.send()
    lin = await world.sign_in("林社工")
    await lin.post("/vault/unlock", {"words": WORDS})
    assert says not in await page_of(lin, "/queue")


async def test_a_key_that_is_in_no_vault_is_said_until_somebody_keeps_it(
    world: LockedWorld, lin: Browser
) -> None:
    """T10: keys that were made on a page exist nowhere else."""
    await world.fill("林社工")
    await world.hire("王管理", "accounts")
    wang, says = await world.sign_in("王管理"), "of these recipients are in no vault: recovery"
    assert says in await page_of(lin)
    assert says in await page_of(wang, "/keys")
    assert (await lin.post("/vault/keep", {"name": "recovery"})).status_code == 400
    wrong = await lin.post("/vault/keep", {"name": "nobody", "sure": "yes"})
    assert "no such name" in read_text(wrong.text)
    done = await lin.post("/vault/keep", {"name": "recovery", "sure": "yes"})
    assert "is kept elsewhere" in await follow(lin, done)
    assert says not in await page_of(wang, "/keys")
    assert world.log.lines[-1][3]["step"] == "keep"
    assert (await wang.post("/vault/keep", {"name": "desk", "sure": "yes"})).status_code == 403
    chen = await world.sign_in("陳社工")
    refused = await chen.post("/vault/keep", {"name": "desk", "sure": "yes"})
    assert "Unlock first" in read_text(refused.text)


async def test_what_a_colleague_grants_is_read_at_the_next_look_at_the_list(world: LockedWorld) -> None:
    """What could not be read was made of the same bytes; the keys are others by now. It is no swapped list either."""
    handoff_id = await world.send()
    chen_id, seat = world.accounts["陳社工"], (await world.sign_in("陳社工")).seat
    vaults = world.parts.vaults
    assert await vaults.set_up(chen_id, WORDS, seat=seat) is None
    made = await vaults.make_desk_key(chen_id, seat=seat)
    assert isinstance(made, DeskKey)
    (world.settings.data_dir / "recipients.d" / "chen.pub").write_text(f"{made.public_key}\n")
    digests, stored = Digests(), await world.parts.handoffs.list_handoffs()
    reader = Reader(chen_id, seat, vaults, world.parts.form, world.parts.audit, world.clock)
    before = await digests.look(stored, reader)
    assert before is not None
    assert before[handoff_id].is_lost
    assert digests.sealings.differ(world.parts.keys.look())
    code = vaults.look(chen_id).fingerprint
    await vaults.grant_these([world.desk_identity], chen_id, fingerprint=code, by="command")
    after = await digests.look(stored, reader)
    assert after is not None
    assert after[handoff_id].marks == ()
    assert await digests.look(stored, reader) == after
