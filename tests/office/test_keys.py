"""The desk's keys on the pages: public things alone, added by one person, made active by one who can read already."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from bot.desk.approving import SETTLED_AFTER
from bot.desk.identity import Identity, decrypt_with
from bot.desk.key_changes import Told
from bot.desk.members import Actor
from bot.errors import AuditDown, ConfigError
from bot.keys import files
from bot.keys.challenge import read_answer
from bot.keys.recipients import read_recipients
from bot.office.joining import build_members
from bot.ports.keyring import Asked
from tests.desk.vault_cast import make_identity
from tests.office.locked_world import WORDS, LockedWorld, open_locked_world
from tests.office.world import Browser, read_text

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
_TEXTAREA = re.compile(r"<textarea[^>]*>([^<]+)</textarea>")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[LockedWorld]:
    async with open_locked_world(tmp_path) as opened:
        await opened.hire("王管理", "accounts")
        await opened.hire("李管理", "accounts")
        await opened.hire("林社工", "list", "open")
        opened.clock.pass_by(SETTLED_AFTER)
        yield opened


@pytest.fixture
async def wang(world: LockedWorld) -> Browser:
    return await world.sign_in("王管理")


def active(world: LockedWorld) -> set[str]:
    return {one.name for one in read_recipients(world.settings.data_dir)}


@pytest.fixture
async def lin(world: LockedWorld) -> Browser:
    """Somebody who can read handoffs: their vault holds the key of an active recipient, and is open."""
    browser = await world.sign_in("林社工")
    await world.fill("林社工")
    return browser


@dataclass
class Holder:
    """Somebody with a key of their own, at another desk; `form` is what they tell by telephone."""

    name: str = "anna"
    identity: Identity = field(default_factory=make_identity)
    form: dict[str, str] = field(default_factory=dict)

    @property
    def public_key(self) -> str:
        return str(self.identity.key.to_public())

    def answer(self, page: str) -> dict[str, str]:
        """Open the challenge of a page."""
        opened = decrypt_with([self.identity], unescape(_TEXTAREA.findall(page)[0]).encode())
        answer = read_answer(opened, {self.identity.fingerprint})
        assert answer is not None
        self.form = {"name": self.name, "code": self.identity.fingerprint, "phrase": answer.phrase}
        return self.form


async def add(browser: Browser, name: str = "anna", path: str = "add") -> dict[str, str]:
    """Let a key wait; returns what its holder tells."""
    holder = Holder(name)
    answer = await browser.post(f"/keys/{path}", {"name": name, "key": holder.public_key})
    assert answer.status_code == 200, read_text(answer.text)
    return holder.answer(answer.text)


async def test_the_page_shows_keys_signers_and_who_can_open(world: LockedWorld, wang: Browser) -> None:
    """And not one secret."""
    await world.sign_in("林社工")
    await world.fill("林社工")
    page = await wang.get("/keys")
    text = read_text(page.text)
    for shown in (
        "Active recipients: 2",
        "desk",
        "recovery",
        "front",
        "林社工",
        "Open now",
        "Not done since",
    ):
        assert shown in text
    for one in (*world.parts.keys.look().recipients, *world.parts.keys.look().signers):
        assert one.fingerprint in text
    assert "this system does not know" in text
    assert "SECRET-KEY-1" not in page.text


async def test_who_can_read_makes_a_key_active_that_another_added(
    world: LockedWorld, wang: Browser, lin: Browser
) -> None:
    """T6, T10: with the fingerprint and the phrase that its holder tells; an administrator has no door for it."""
    told = await add(wang)
    assert active(world) == {"desk", "recovery"}
    assert "Added by 王管理" in read_text((await wang.get("/keys")).text)
    for browser in (wang, await world.sign_in("李管理")):
        assert (await browser.post("/keys/activate", told)).status_code == 404
        assert (await browser.post("/vault/confirm", told)).status_code == 403
        assert (await browser.post("/keys/revoke", {"name": "anna", "sure": "yes"})).status_code == 404
    page = read_text((await lin.get("/vault")).text)
    assert "anna Added by 王管理" in page
    assert told["code"] not in page
    wrong = await lin.post("/vault/confirm", told | {"phrase": "not it"})
    assert "That is not the phrase" in read_text(wrong.text)
    for code in ("", "0000 0000 0000 0000"):
        other = await lin.post("/vault/confirm", told | {"code": code})
        assert "The phrase is right and the fingerprint is not" in read_text(other.text)
    assert active(world) == {"desk", "recovery"}
    typed = {"code": told["code"].replace(" ", "-").upper(), "phrase": f" {told['phrase'].upper()} "}
    right = await lin.post("/vault/confirm", told | typed)
    assert right.headers["location"] == "/vault?done=confirmed"
    assert "Activated at this host. Seal everything anew" in read_text(
        (await lin.get(right.headers["location"])).text
    )
    assert active(world) == {"anna", "desk", "recovery"}
    steps = [line[3]["step"] for line in world.log.lines if line[0] == "recipient_changed"]
    assert steps == ["add", "try", "try", "mismatch", "try", "mismatch", "try", "activate"]
    assert world.log.lines[-1][1] == world.accounts["林社工"]


async def test_an_administrator_with_accounts_of_their_own_making_reads_nothing(
    world: LockedWorld, wang: Browser
) -> None:
    """T6, T10: neither a second administrator nor a member without the desk's key makes a key active, or brings one."""
    holder = Holder()
    added = await wang.post("/keys/add", {"name": "anna", "key": holder.public_key})
    told = holder.answer(added.text)
    await world.hire("假社工", "list", "open")
    puppet = await world.sign_in("假社工")
    await puppet.post("/vault/setup", {"words": WORDS, "again": WORDS})
    await puppet.post("/vault/key")
    world.clock.pass_by(SETTLED_AFTER)
    puppet = await world.sign_in("假社工")
    await puppet.post("/vault/unlock", {"words": WORDS})
    assert world.parts.vaults.look(world.accounts["假社工"], puppet.seat).keys
    refused = await puppet.post("/vault/confirm", told)
    assert (refused.status_code, active(world)) == (400, {"desk", "recovery"})
    assert "must hold the key of an active recipient" in read_text(refused.text)
    own = {"identity": str(holder.identity.key), "words": WORDS, "sure": "yes"}
    for path in ("import", "recover"):
        brought = await puppet.post(f"/vault/{path}", own)
        assert "Nothing was ever sealed to this key" in read_text(brought.text)
    assert (await puppet.post("/vault/confirm", told)).status_code == 400
    assert (await puppet.post("/vault/revoke", {"name": "desk", "sure": "yes"})).status_code == 400
    assert 'action="/vault/confirm"' not in (await puppet.get("/vault")).text
    assert active(world) == {"desk", "recovery"}


@pytest.mark.parametrize("how", ["locked", "elsewhere", "lent"])
async def test_a_key_is_made_active_only_by_who_has_the_desks_key_open_here(
    world: LockedWorld, wang: Browser, how: str
) -> None:
    """T6: not with a vault that is locked, open at another sign-in, or open by a recovery key alone."""
    told = await add(wang)
    lin = await world.sign_in("林社工")
    if how == "lent":
        done = await lin.post("/vault/recover", {"identity": world.identity_text, "sure": "yes"})
        assert done.headers["location"] == "/vault?done=recovered"
    else:
        await world.fill("林社工")
    if how == "locked":
        await lin.post("/vault/lock")
    if how == "elsewhere":
        lin = await world.sign_in("林社工")
    for path, form in (("confirm", told), ("revoke", {"name": "anna", "sure": "yes"})):
        answer = await lin.post(f"/vault/{path}", form)
        assert "Unlock first. Your vault must hold" in read_text(answer.text)
        assert f'action="/vault/{path}"' not in (await lin.get("/vault")).text
    assert active(world) == {"desk", "recovery"}
    assert "anna" in {one.name for one in world.parts.keys.look().recipients}


async def test_who_added_a_key_never_makes_it_active(world: LockedWorld, wang: Browser) -> None:
    """T10: also not when their rights were changed meanwhile, and they were given the desk's key."""
    told = await add(wang)
    await world.parts.staff.set_rights(world.accounts["王管理"], frozenset({"list", "open"}))
    await world.fill("王管理")
    page = (await wang.get("/vault")).text
    assert "You added it" in read_text(page)
    assert 'action="/vault/confirm"' not in page
    own = await wang.post("/vault/confirm", told)
    assert (own.status_code, active(world)) == (400, {"desk", "recovery"})
    assert "another colleague must activate it" in read_text(own.text)


async def test_a_new_challenge_is_needed_after_five_wrong_phrases(
    world: LockedWorld, wang: Browser, lin: Browser
) -> None:
    """A fingerprint that was heard wrongly uses one of them up too."""
    holder = Holder()
    added = await wang.post("/keys/add", {"name": "anna", "key": holder.public_key})
    told = holder.answer(added.text)
    await lin.post("/vault/confirm", told | {"code": "wrong"})
    for _ in range(4):
        await lin.post("/vault/confirm", told | {"phrase": "wrong"})
    spent = await lin.post("/vault/confirm", told)
    assert "Make a new challenge" in read_text(spent.text)
    li = await world.sign_in("李管理")
    fresh = await li.post("/keys/challenge", {"name": "anna"})
    assert (await lin.post("/vault/confirm", holder.answer(fresh.text))).status_code == 303
    assert active(world) == {"anna", "desk", "recovery"}


async def test_a_key_is_replaced_and_the_old_one_revoked(
    world: LockedWorld, wang: Browser, lin: Browser
) -> None:
    before = {one.name: one.fingerprint for one in read_recipients(world.settings.data_dir)}
    told = await add(wang, "desk", "rotate")
    assert {one.name: one.fingerprint for one in read_recipients(world.settings.data_dir)} == before
    await lin.post("/vault/confirm", told)
    now = {one.name: one.fingerprint for one in read_recipients(world.settings.data_dir)}
    assert now.keys() == before.keys()
    assert now["desk"] != before["desk"]
    page = read_text((await wang.get("/keys")).text)
    assert "Revoked" in page
    assert "and 1 old or inactive" in page


async def test_two_must_stay_and_who_waits_can_be_dropped(
    world: LockedWorld, wang: Browser, lin: Browser
) -> None:
    refused = await lin.post("/vault/revoke", {"name": "desk", "sure": "yes"})
    assert "Too few would be left" in read_text(refused.text)
    await add(wang)
    unsure = await lin.post("/vault/revoke", {"name": "anna"})
    assert unsure.status_code == 400
    assert (await lin.post("/vault/revoke", {"name": "anna", "sure": "yes"})).status_code == 303
    assert "pending" not in {one.state for one in world.parts.keys.look().recipients}
    await lin.post("/vault/confirm", await add(wang))
    done = await lin.post("/vault/revoke", {"name": "recovery", "sure": "yes"})
    assert done.headers["location"] == "/vault?done=revoked"
    assert active(world) == {"anna", "desk"}


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("add", {"name": HOSTILE, "key": "x"}, "Names are"),
        ("add", {"name": "anna", "key": HOSTILE}, "no age X25519"),
        ("add", {"name": "anna", "key": "age1yubikey1qwerty"}, "no age X25519"),
        ("add", {"name": "anna", "key": "AGE-SECRET-KEY-1QQQQ"}, "private key"),
        ("add", {}, "Names are"),
        ("rotate", {"name": "desk", "key": ""}, "no age X25519"),
        ("challenge", {"name": "desk"}, "no such name"),
        ("challenge", {"name": HOSTILE}, "Names are"),
    ],
)
async def test_what_cannot_be_done_is_said_and_not_written_down(
    world: LockedWorld, wang: Browser, path: str, form: dict[str, str], says: str
) -> None:
    """T20, T29: nothing of what was typed comes back, into the page or the log."""
    answer = await wang.post(f"/keys/{path}", form)
    assert answer.status_code == 400
    assert says in read_text(answer.text)
    assert "alert(1)" not in answer.text
    assert world.log.lines == []
    assert active(world) == {"desk", "recovery"}


@pytest.mark.parametrize(
    ("path", "form", "says"),
    [
        ("confirm", {"name": "anna", "phrase": "x"}, "no such name"),
        ("confirm", {"name": HOSTILE, "code": HOSTILE, "phrase": HOSTILE}, "Names are"),
        ("confirm", {}, "Names are"),
        ("revoke", {"name": "anna", "sure": "yes"}, "no such name"),
        ("revoke", {"name": "../x", "sure": "yes"}, "Names are"),
        ("revoke", {"name": "desk"}, "tick the box"),
    ],
)
async def test_what_cannot_be_confirmed_is_said_and_not_written_down(
    world: LockedWorld, lin: Browser, path: str, form: dict[str, str], says: str
) -> None:
    """T20: as above."""
    answer = await lin.post(f"/vault/{path}", form)
    assert answer.status_code == 400
    assert says in read_text(answer.text)
    assert "alert(1)" not in answer.text
    assert "recipient_changed" not in world.log.acts
    assert active(world) == {"desk", "recovery"}


async def test_a_name_or_key_that_is_taken_is_refused(world: LockedWorld, wang: Browser) -> None:
    (desk, _) = read_recipients(world.settings.data_dir)
    new = [str(make_identity().key.to_public()) for _ in range(3)]
    for path, name, key, says in (
        ("add", "anna", desk.public_key, "known already"),
        ("add", "desk", new[0], "replace its key instead"),
        ("rotate", "anna", new[0], "no such name"),
    ):
        assert says in read_text((await wang.post(f"/keys/{path}", {"name": name, "key": key})).text)
    await wang.post("/keys/add", {"name": "anna", "key": new[1]})
    again = await wang.post("/keys/add", {"name": "anna", "key": new[2]})
    assert "waits already" in read_text(again.text)


async def test_files_that_belong_to_root_are_changed_on_the_host(
    world: LockedWorld, wang: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain sentence and the command, in place of a fault."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "not yours")

    monkeypatch.setattr(files, "_create", refuse)
    key = str(make_identity().key.to_public())
    answer = await wang.post("/keys/add", {"name": "anna", "key": key})
    assert answer.status_code == 400
    assert "Run this on the host instead" in read_text(answer.text)
    assert "frontdoor keys add" in read_text(answer.text)
    monkeypatch.undo()
    phrase = (await add(wang))["phrase"]
    monkeypatch.setattr(files, "_create", refuse)
    ring = world.parts.keys.ring
    assert ring.try_phrase("anna", phrase, by="x") == "unwritable"
    assert ring.activate("anna", phrase, by="x") == "unwritable"
    assert ring.challenge("anna") == "unwritable"
    monkeypatch.setattr("bot.keys.changing.remove", refuse)
    assert ring.revoke("anna") == "unwritable"


async def test_files_that_are_not_sound_are_said(world: LockedWorld, wang: Browser) -> None:
    """And nothing is changed among them."""
    (world.settings.data_dir / "recipients.d" / "desk.pub").write_text("nonsense")
    text = read_text((await wang.get("/keys")).text)
    assert "A key file on the host is not sound" in text
    assert "frontdoor keys list" in text
    key = str(make_identity().key.to_public())
    answer = await wang.post("/keys/add", {"name": "anna", "key": key})
    assert "not sound. Nothing was done" in read_text(answer.text)


async def test_a_key_that_changes_between_the_look_and_the_step_is_refused(
    world: LockedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules of the commands decide, whatever was looked up before."""
    ring, key = world.parts.keys.ring, str(make_identity().key.to_public())
    assert ring.add("desk", key, by="x") == "unsound"
    assert ring.rotate("nobody", key, by="x") == "unsound"
    assert ring.challenge("nobody") == "unsound"
    assert ring.try_phrase("nobody", "x", by="x") == "missing"
    assert ring.activate("nobody", "x", by="x") == "unsound"
    assert ring.revoke("desk") == "too_few"
    assert isinstance(ring.add("anna", key, by="x"), Asked)
    waiting = world.settings.data_dir / "recipients.d" / "anna.pending"
    waiting.write_text(waiting.read_text().replace("tries: 5", "tries: 1"))
    assert ring.activate("anna", "wrong", by="y") == "wrong_phrase"
    assert ring.try_phrase("anna", "wrong", by="y") == "wrong_phrase"
    assert ring.try_phrase("anna", "wrong", by="y") == "no_tries"
    assert ring.try_phrase("anna", "wrong", by="x") == "same_person"

    def gone(*_: object) -> None:
        raise ConfigError("nobody of that name waits")

    monkeypatch.setattr("bot.wiring.keyring.read_waiting", gone)
    assert ring.why_not("activate", "anna") == "missing"
    assert not ring.look().is_sound


async def test_too_few_recipients_are_said_loudly(world: LockedWorld, wang: Browser) -> None:
    (world.settings.data_dir / "recipients.d" / "desk.pub").unlink()
    text = read_text((await wang.get("/keys")).text)
    assert "Fewer than 2 recipients are active" in text


async def test_the_vault_of_a_leaver_is_marked_and_removed(world: LockedWorld, wang: Browser) -> None:
    """T7: by whoever manages accounts, with a fresh proof; the audit log says who did it."""
    await world.fill("林社工")
    leaver = world.accounts["林社工"]
    await world.parts.staff.disable_account("林社工", world.clock())
    assert "Has no right to open any more" in read_text((await wang.get("/keys")).text)
    only = await wang.post("/keys/vault/remove", {"account": leaver, "sure": "yes"})
    assert "no other vault holds a recipient's key" in unescape(read_text(only.text))
    await world.hire("陳社工", "list", "open")
    await world.fill("陳社工")
    unsure = await wang.post("/keys/vault/remove", {"account": leaver})
    assert unsure.status_code == 400
    done = await wang.post("/keys/vault/remove", {"account": leaver, "sure": "yes"})
    assert done.headers["location"] == "/keys?done=vault_removed"
    assert world.log.lines[-1][:3] == ("vault_removed", world.accounts["王管理"], leaver)
    again = await wang.post("/keys/vault/remove", {"account": "../x", "sure": "yes"})
    assert "no such name" in read_text(again.text)
    assert "林社工" not in read_text((await wang.get("/keys")).text)


async def test_a_vault_that_cannot_be_removed_is_said(
    world: LockedWorld, wang: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.fill("林社工")
    await world.hire("陳社工", "list", "open")
    await world.fill("陳社工")

    def refuse(_path: Path) -> None:
        raise PermissionError(13, "not yours")

    monkeypatch.setattr("bot.keys.vault_files.sync_folder", refuse)
    form = {"account": world.accounts["林社工"], "sure": "yes"}
    assert "cannot be removed" in read_text((await wang.post("/keys/vault/remove", form)).text)


@pytest.mark.parametrize("path", ["add", "rotate", "challenge", "vault/remove"])
async def test_every_change_needs_a_fresh_proof(world: LockedWorld, wang: Browser, path: str) -> None:
    """Step-up: and the page offers no form before it."""
    world.clock.pass_by(timedelta(minutes=11))
    answer = await wang.post(f"/keys/{path}", {"sure": "yes", "name": "desk"})
    assert (answer.status_code, answer.headers["location"][:7]) == (303, "/prove?")
    assert f'action="/keys/{path}"' not in (await wang.get("/keys")).text


async def test_nothing_changes_when_the_log_is_down(world: LockedWorld, wang: Browser) -> None:
    """SECURITY §1 rule 9."""
    told, held = Told(**await add(wang)), {world.desk_identity.fingerprint}
    world.log.down = True
    key = str(make_identity().key.to_public())
    keys = world.parts.keys
    for step in (
        keys.add("x", "ben", key),
        keys.rotate("x", "desk", key),
        keys.challenge("x", "anna"),
        keys.confirm(world.accounts["林社工"], told, held=held),
        keys.revoke("x", "anna", held=held),
    ):
        with pytest.raises(AuditDown):
            await step
    assert {one.name for one in keys.look().recipients if one.state == "pending"} == {"anna"}
    assert active(world) == {"desk", "recovery"}


async def test_a_key_is_active_only_after_the_log_says_so(
    world: LockedWorld, wang: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T32: a log that goes away between the right phrase and the line leaves the key waiting; it is done again later."""
    told, held = Told(**await add(wang)), {world.desk_identity.fingerprint}
    write, keys = world.log.write, world.parts.keys

    async def write_until(act: str, *, detail: dict[str, str | int], **more: str) -> None:
        assert active(world) == {"desk", "recovery"}
        world.log.down = detail["step"] == "activate" and is_away
        await write(act, detail=detail, **more)

    monkeypatch.setattr(world.log, "write", write_until)
    is_away = True
    with pytest.raises(AuditDown):
        await keys.confirm(world.accounts["林社工"], told, held=held)
    assert active(world) == {"desk", "recovery"}
    is_away = False
    assert await keys.confirm(world.accounts["林社工"], told, held=held) is None
    assert active(world) == {"anna", "desk", "recovery"}
    steps = [line[3]["step"] for line in world.log.lines]
    assert steps == ["add", "try", "try", "activate"]


async def test_a_new_account_and_a_new_right_make_nothing_active(
    world: LockedWorld, wang: Browser, lin: Browser
) -> None:
    """T6: for a day neither counts, so that somebody can notice; a key from the host asks for the right alone."""
    told = await add(wang)
    boss = Actor(world.accounts["王管理"], frozenset({"accounts"}))
    members, mine = build_members(world.parts), world.accounts["林社工"]
    await world.hire("新管理", "accounts")
    added = await add(await world.sign_in("新管理"), "ben")
    refused = await lin.post("/vault/confirm", added)
    assert "is younger than 24 hours" in read_text(refused.text)
    assert await members.set_rights(boss, mine, ["list"]) is None
    assert await members.set_rights(boss, mine, ["list", "open"]) is None
    lin = await world.sign_in("林社工")
    await world.fill("林社工")
    refused = await lin.post("/vault/confirm", told)
    assert "is younger than 24 hours" in read_text(refused.text)
    assert active(world) == {"desk", "recovery"}
    held = {world.desk_identity.fingerprint}
    assert await world.parts.keys.confirm("nobody", Told(**told), held=held) == "young"
    world.clock.pass_by(SETTLED_AFTER)
    for each in (told, added):
        assert await world.parts.keys.confirm(mine, Told(**each), held=held) is None
    holder, ring = Holder("carol"), world.parts.keys.ring
    asked = ring.add("carol", holder.public_key, by="")  # at the host
    assert isinstance(asked, Asked)
    told = holder.answer(f"<textarea>{asked.challenge}</textarea>")
    assert await world.parts.keys.confirm(mine, Told(**told), held=held) is None


async def test_a_key_that_replaces_another_says_so_and_where_it_must_be_carried(
    world: LockedWorld, wang: Browser, lin: Browser
) -> None:
    """T10: "desk" looks like a new colleague's and takes the place of the desk's own; here is not everywhere."""
    told = await add(wang, "desk", "rotate")
    page = read_text((await lin.get("/vault")).text)
    assert "This REPLACES the active key desk, which is revoked" in page
    assert told["code"] not in page
    await add(wang)
    assert "REPLACES the active key anna" not in read_text((await lin.get("/vault")).text)
    done = await lin.post("/vault/confirm", told)
    page = read_text((await lin.get(done.headers["location"])).text)
    assert "Carry the list to the public host now" in page
    done = await lin.post("/vault/revoke", {"name": "anna", "sure": "yes"})
    assert "Carry the list" in read_text((await lin.get("/vault?done=revoked")).text)


async def test_a_wrong_fingerprint_without_the_phrase_is_only_wrong(
    world: LockedWorld, wang: Browser, lin: Browser
) -> None:
    """And counts as a try."""
    told = await add(wang)
    wrong = await lin.post("/vault/confirm", told | {"code": "0", "phrase": "x"})
    assert "The fingerprint does not fit" in read_text(wrong.text)
    waiting = (world.settings.data_dir / "recipients.d" / "anna.pending").read_text()
    assert "tries: 4" in waiting


async def test_a_key_that_cannot_be_noted_as_kept_is_said(
    world: LockedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with every other change of the key files."""
    ring = world.parts.keys.ring
    assert ring.keep("nobody") == "missing"
    assert ring.keep("desk") is None
    assert [one.name for one in ring.look().recipients if one.kept] == ["desk"]
    monkeypatch.setattr(
        "bot.wiring.keyring.keep", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no"))
    )
    assert ring.keep("desk") == "unwritable"


async def test_a_key_that_took_the_place_of_the_one_that_was_tried_stays_waiting(
    world: LockedWorld, wang: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T10: between the phrase and the file somebody may have let another key wait under the same name."""
    told, held = Told(**await add(wang)), {world.desk_identity.fingerprint}
    write, keys = world.log.write, world.parts.keys

    async def write_and_swap(act: str, *, detail: dict[str, str | int], **more: str) -> None:
        if detail["step"] == "activate":
            assert keys.ring.revoke("anna") is None
            assert isinstance(keys.ring.add("anna", str(make_identity().key.to_public()), by="y"), Asked)
        await write(act, detail=detail, **more)

    monkeypatch.setattr(world.log, "write", write_and_swap)
    assert await keys.confirm(world.accounts["林社工"], told, held=held) == "wrong_phrase"
    assert active(world) == {"desk", "recovery"}


async def test_who_may_open_handoffs_may_not_change_keys_and_the_other_way_round(world: LockedWorld) -> None:
    """T6: the two rights never meet in one account."""
    lin, wang = await world.sign_in("林社工"), await world.sign_in("王管理")
    assert (await lin.get("/keys")).status_code == 403
    assert (await wang.get("/vault")).status_code == 403
