"""A member's vault: made, unlocked, closed, granted, removed, and what it must never do."""

from __future__ import annotations

import asyncio
import base64
import textwrap
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519

from bot.desk.duplicates import Alike
from bot.desk.shown import Openings
from bot.desk.vaults import DeskKey, StaffVaults
from bot.desk.vaults.locking import FLOOR, Cost
from bot.desk.vaults.words import judge_words, read_words
from bot.errors import AuditDown
from bot.keys.vault_files import VaultFiles
from bot.ports import StaffSession
from bot.ports.keyring import Ring
from tests.desk.vault_cast import (
    ANNA,
    BEN,
    CHEAP_LOCK,
    ELSEWHERE,
    NOON,
    OTHER_WORDS,
    SEAT,
    WORDS,
    FakeAudit,
    FakeTime,
    VaultDesk,
    make_identity,
)
from tests.keys.age_format import lock_quickly


def armor(age: bytes) -> str:
    """An age file as text, with the line ends of a browser's form."""
    lines = textwrap.wrap(base64.b64encode(age).decode(), 64)
    return "\r\n".join(["-----BEGIN AGE ENCRYPTED FILE-----", *lines, "-----END AGE ENCRYPTED FILE-----", ""])


@pytest.fixture
def desk(tmp_path: Path) -> VaultDesk:
    return VaultDesk(tmp_path)


# ─── The member's own vault ───────────────────────────────────────────────────


async def test_a_vault_goes_from_none_to_waiting_to_open_to_locked(desk: VaultDesk) -> None:
    """And opens again with the words alone after the program was started anew."""
    assert desk.vaults.state(ANNA, SEAT) == "none"
    assert await desk.vaults.set_up(ANNA, WORDS, seat=SEAT) is None
    assert desk.vaults.state(ANNA, SEAT) == "waiting"
    assert desk.vaults.opener(ANNA, SEAT) is None
    identity = desk.make_known()
    code = desk.code(ANNA)
    assert await desk.vaults.grant_these([identity], ANNA, fingerprint=code, by="command") is None
    assert (
        desk.vaults.state(ANNA, SEAT) == "open"
    )  # its own key was open already, so no words are asked again
    desk.vaults.lock(ANNA)
    assert desk.vaults.state(ANNA, SEAT) == "locked"
    desk.vaults = desk.start()
    assert desk.vaults.state(ANNA, SEAT) == "locked"
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert desk.vaults.state(ANNA, SEAT) == "open"
    assert desk.vaults.opener(ANNA, SEAT) is not None


async def test_words_are_the_same_words_however_the_keyboard_writes_them(desk: VaultDesk) -> None:
    """NFC or NFD, full-width or several spaces."""
    await desk.fill(ANNA, make_identity(), words="café crème brûlée")
    desk.vaults.lock(ANNA)
    assert await desk.vaults.unlock(
        ANNA, unicodedata.normalize("NFD", " café\u3000crème  brûlée "), seat=SEAT
    )
    desk.vaults.lock(ANNA)
    assert not await desk.vaults.unlock(ANNA, "cafe creme brulee", seat=SEAT)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("a b c d e f", "short"),
        ("x" * 201, "long"),
        ("1212121212121212", "plain"),
        ("   short    x   ", "short"),
        ("六個不相關的詞加起來剛好", None),
    ],
)
def test_words_that_can_be_guessed_are_refused(words: str, why: str | None) -> None:
    assert judge_words(read_words(words)) == why


async def test_a_vault_is_never_made_twice_nor_with_weak_words(desk: VaultDesk) -> None:
    """The second one would have thrown the first away."""
    assert await desk.vaults.set_up(ANNA, "short", seat=SEAT) == "short"
    assert not desk.path(ANNA).exists()
    assert await desk.vaults.set_up(ANNA, WORDS, seat=SEAT) is None
    before = desk.path(ANNA).read_bytes()
    assert await desk.vaults.set_up(ANNA, OTHER_WORDS, seat=SEAT) == "exists"
    both = await asyncio.gather(
        desk.vaults.set_up(BEN, WORDS, seat=SEAT), desk.start().set_up(BEN, OTHER_WORDS, seat=SEAT)
    )
    assert sorted(map(str, both)) == ["None", "exists"]
    assert desk.path(ANNA).read_bytes() == before
    assert desk.audit.acts.count("vault_made") == 3


async def test_five_wrong_tries_make_an_account_wait_and_nobody_else(desk: VaultDesk) -> None:
    """T24: fifteen minutes, in which the right words are not looked at either. The sixth try costs nothing."""
    await desk.fill(ANNA, make_identity())
    await desk.fill(BEN, make_identity())
    desk.vaults.lock(ANNA)
    tries = [desk.vaults.unlock(ANNA, f"wrong words no {n}", seat=SEAT) for n in range(5)]
    assert not any(await asyncio.gather(*tries))
    assert desk.vaults.look(ANNA, SEAT).paused_until == desk.clock() + timedelta(minutes=15)
    assert "locked_out" in desk.audit.acts
    assert not await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    desk.vaults.lock(BEN)
    assert await desk.vaults.unlock(BEN, WORDS, seat=SEAT)
    desk.clock.pass_by(timedelta(minutes=15))
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert desk.vaults.look(ANNA, SEAT).paused_until is None


async def test_right_words_forgive_the_wrong_ones_and_old_ones_are_forgotten(desk: VaultDesk) -> None:
    """Somebody who mistypes now and then is never kept out."""
    await desk.fill(ANNA, make_identity())
    for _ in range(3):
        for _ in range(4):
            assert not await desk.vaults.unlock(ANNA, OTHER_WORDS, seat=SEAT)
        assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    for _ in range(12):
        assert not await desk.vaults.unlock(ANNA, OTHER_WORDS, seat=SEAT)
        desk.clock.pass_by(timedelta(minutes=5))
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)


async def test_unlocking_what_is_not_there_is_a_plain_no(desk: VaultDesk) -> None:
    assert not await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert await desk.vaults.change_words(ANNA, WORDS, OTHER_WORDS) == "none"
    assert await desk.vaults.remove(ANNA, by=ANNA) == "none"
    assert desk.audit.acts == []


async def test_other_words_lock_the_same_vault(desk: VaultDesk) -> None:
    """What was granted stays, the old words open nothing, and the check code is still the same."""
    identity = desk.make_known()
    await desk.fill(ANNA, identity)
    code = desk.code(ANNA)
    assert await desk.vaults.change_words(ANNA, OTHER_WORDS, "another set of words") == "wrong_words"
    assert await desk.vaults.change_words(ANNA, WORDS, "short") == "short"
    assert await desk.vaults.change_words(ANNA, WORDS, OTHER_WORDS) is None
    desk.vaults = desk.start()
    assert not await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert await desk.vaults.unlock(ANNA, OTHER_WORDS, seat=SEAT)
    assert desk.code(ANNA) == code
    assert [key.fingerprint for key in desk.vaults.look(ANNA, SEAT).keys] == [identity.fingerprint]
    assert "vault_words_set" in desk.audit.acts


async def test_a_removed_vault_is_gone_and_closed(desk: VaultDesk) -> None:
    shared = make_identity()
    await desk.fill(ANNA, shared)
    await desk.fill(BEN, shared)
    assert await desk.vaults.remove(ANNA, by=BEN) is None
    assert (desk.vaults.state(ANNA, SEAT), desk.vaults.opener(ANNA, SEAT)) == ("none", None)
    assert desk.audit.lines[-1][:3] == ("vault_removed", BEN, ANNA)


# ─── Closing ──────────────────────────────────────────────────────────────────


async def test_an_open_vault_closes_after_fifteen_minutes_without_use(desk: VaultDesk) -> None:
    """Opening counts as use, looking does not."""
    await desk.fill(ANNA, make_identity())
    for _ in range(3):
        desk.clock.pass_by(timedelta(minutes=14))
        assert desk.vaults.opener(ANNA, SEAT) is not None
    desk.clock.pass_by(timedelta(minutes=14))
    assert desk.vaults.state(ANNA, SEAT) == "open"
    desk.clock.pass_by(timedelta(minutes=1))
    assert desk.vaults.state(ANNA, SEAT) == "locked"
    assert desk.vaults.opener(ANNA, SEAT) is None


async def test_an_open_vault_closes_after_eight_hours_in_any_case(desk: VaultDesk) -> None:
    """Also for somebody who unlocks again and again without locking."""
    await desk.fill(ANNA, make_identity())
    for _ in range(47):
        desk.clock.pass_by(timedelta(minutes=10))
        assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    desk.clock.pass_by(timedelta(minutes=10))
    desk.vaults.close_due()
    assert desk.vaults.list_open() == ()


async def test_what_was_closed_is_written_down_and_never_lost(desk: VaultDesk) -> None:
    """Closing waits for nothing; a log that is down gets the line later, once."""
    await desk.fill(ANNA, make_identity())
    desk.vaults.lock(ANNA)
    desk.vaults.lock(ANNA)
    desk.audit.down = True
    with pytest.raises(AuditDown):
        await desk.vaults.write_closed()
    assert desk.vaults.state(ANNA, SEAT) == "locked"
    desk.audit.down = False
    await desk.vaults.write_closed()
    await desk.vaults.write_closed()
    assert [line for line in desk.audit.lines if line[0] == "vault_locked"] == [
        ("vault_locked", ANNA, ANNA, {"why": "asked"})
    ]


async def test_the_end_of_the_program_closes_everything(desk: VaultDesk) -> None:
    await desk.fill(ANNA, make_identity())
    await desk.fill(BEN, make_identity())
    desk.vaults.close_all()
    await desk.vaults.write_closed()
    assert desk.vaults.list_open() == ()
    assert [line[1:] for line in desk.audit.lines[-2:]] == [
        ("office", who, {"why": "shutdown"}) for who in (ANNA, BEN)
    ]


# ─── Seats ────────────────────────────────────────────────────────────────────


async def test_a_vault_is_open_for_the_sign_in_at_which_the_words_were_typed(desk: VaultDesk) -> None:
    """T6, T24: a second session of the same account, phished or put into the database, reads nothing without them."""
    identity = desk.make_known()
    await desk.fill(ANNA, identity)
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    sealed = pyrage.encrypt(b"told", [identity.key.to_public()], armored=True).decode()
    for seat in (ELSEWHERE, ""):
        assert desk.vaults.state(ANNA, seat) == "locked"
        assert desk.vaults.opener(ANNA, seat) is None
        assert desk.vaults.generation(ANNA, seat) == 0
        assert desk.vaults.list_held(ANNA, seat) == frozenset()
        assert desk.vaults.look(ANNA, seat).own_fingerprint == ""
        assert {key.public_key for key in desk.vaults.look(ANNA, seat).keys} == {""}
        assert desk.vaults.read_challenge(ANNA, sealed, seat=seat) == (b"", frozenset())
        assert await desk.vaults.grant(ANNA, BEN, fingerprint=desk.code(BEN), seat=seat) == "locked"
        assert await desk.vaults.make_desk_key(ANNA, seat=seat) == "locked"
    assert desk.vaults.state(ANNA, SEAT) == "open"
    assert await desk.vaults.unlock(ANNA, WORDS, seat=ELSEWHERE)
    assert desk.vaults.opener(ANNA, ELSEWHERE) is not None


async def test_nothing_is_ever_open_for_an_empty_seat(desk: VaultDesk) -> None:
    """T24: a session that was read from the database by its id has none."""
    await desk.fill(ANNA, make_identity())
    desk.vaults.lock(ANNA)
    assert not await desk.vaults.unlock(ANNA, WORDS, seat="")
    assert desk.vaults.list_open() == ()


async def test_a_seat_that_is_left_is_closed_and_no_other(desk: VaultDesk) -> None:
    """T24: signing out here does not close what a member reads elsewhere, and leaves nothing open here."""
    await desk.fill(ANNA, make_identity())
    await desk.vaults.unlock(ANNA, WORDS, seat=ELSEWHERE)
    desk.vaults.leave(ANNA, SEAT)
    assert [desk.vaults.state(ANNA, seat) for seat in (SEAT, ELSEWHERE)] == ["locked", "open"]
    await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    desk.vaults.leave_others(ANNA, keep=SEAT)
    assert [desk.vaults.state(ANNA, seat) for seat in (SEAT, ELSEWHERE)] == ["open", "locked"]
    await desk.vaults.unlock(ANNA, WORDS, seat=ELSEWHERE)
    desk.vaults.lock(ANNA)
    assert [desk.vaults.state(ANNA, seat) for seat in (SEAT, ELSEWHERE)] == ["locked", "locked"]
    await desk.vaults.write_closed()
    assert desk.audit.acts.count("vault_locked") == 4


async def test_each_seat_has_a_time_of_its_own(desk: VaultDesk) -> None:
    """Work at one keeps the other from nothing."""
    await desk.fill(ANNA, make_identity())
    await desk.vaults.unlock(ANNA, WORDS, seat=ELSEWHERE)
    desk.clock.pass_by(timedelta(minutes=10))
    assert desk.vaults.opener(ANNA, SEAT) is not None
    desk.clock.pass_by(timedelta(minutes=5))
    desk.vaults.close_due()
    assert desk.vaults.list_seats(ANNA) == (SEAT,)


async def test_what_recovery_lent_is_lent_to_one_seat(desk: VaultDesk) -> None:
    """T6, T24: no other sign-in of the same member reads with it."""
    recovery = desk.make_known()
    await desk.fill(ANNA, make_identity())
    await desk.vaults.unlock(ANNA, WORDS, seat=ELSEWHERE)
    await desk.vaults.recover(ANNA, str(recovery.key), seat=SEAT)
    assert desk.vaults.look(ANNA, SEAT).lent == (recovery.fingerprint,)
    assert desk.vaults.look(ANNA, ELSEWHERE).lent == ()
    assert recovery.fingerprint not in desk.vaults.list_held(ANNA, SEAT)
    await desk.vaults.unlock(ANNA, WORDS, seat=ELSEWHERE)
    assert desk.vaults.look(ANNA, ELSEWHERE).lent == ()


@pytest.mark.parametrize("end", ["leave", "lock", "others"])
@pytest.mark.parametrize("way", ["unlock", "import", "recover", "set_up"])
async def test_what_is_being_opened_stays_closed_when_its_member_leaves(
    desk: VaultDesk, monkeypatch: pytest.MonkeyPatch, way: str, end: str
) -> None:
    """T24: the words are looked at for half a second, in which somebody may sign out."""
    identity = desk.make_known()
    if way != "set_up":
        await desk.fill(ANNA, identity)
        desk.vaults.lock(ANNA)
    work = desk.vaults._cabinet.work

    async def work_while_somebody_leaves(does: Callable[[], object]) -> object:
        made = await work(does)
        match end:
            case "leave":
                desk.vaults.leave(ANNA, SEAT)
            case "lock":
                desk.vaults.lock(ANNA)
            case _:
                desk.vaults.leave_others(ANNA, keep=ELSEWHERE)
        return made

    monkeypatch.setattr(desk.vaults._cabinet, "work", work_while_somebody_leaves)
    steps = {
        "unlock": lambda: desk.vaults.unlock(ANNA, WORDS, seat=SEAT),
        "import": lambda: desk.vaults.import_identity(ANNA, str(identity.key), WORDS, seat=SEAT),
        "recover": lambda: desk.vaults.recover(ANNA, str(identity.key), seat=SEAT),
        "set_up": lambda: desk.vaults.set_up(ANNA, WORDS, seat=SEAT),
    }
    assert await steps[way]() in {False, None, "locked"}
    if (
        way != "import"
    ):  # it takes the words after the identity, and these are looked at after the first leaving
        assert desk.vaults.list_open() == ()
    assert desk.vaults.opener(ANNA, SEAT) is None


async def test_time_that_runs_out_meanwhile_does_not_refuse_the_right_words(desk: VaultDesk) -> None:
    """A vault whose time was over, and that nobody has looked at since, opens at the first try."""
    await desk.fill(ANNA, make_identity())
    desk.clock.pass_by(timedelta(minutes=20))
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert desk.vaults.state(ANNA, SEAT) == "open"


async def test_what_was_open_when_the_vault_closed_is_not_open_when_it_opens_again(desk: VaultDesk) -> None:
    """T6, T24: a handoff needs a reason of its own after the words were typed anew; typing them while it is open changes nothing."""
    openings = Openings(desk.vaults, desk.clock)
    member = StaffSession("林社工", NOON, NOON, id="session", account_id=ANNA, seat=SEAT)
    await desk.fill(ANNA, make_identity())
    openings.grant(member, "handoff", Alike())
    await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert openings.find(member, "handoff") is not None
    desk.vaults.lock(ANNA)
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert openings.find(member, "handoff") is None


# ─── Granting ─────────────────────────────────────────────────────────────────


async def test_an_open_vault_grants_to_a_colleague_without_their_words(desk: VaultDesk) -> None:
    """All keys of the giver's vault; typed as it was heard, with or without spaces; the colleague is open at once."""
    old, new = desk.make_known(), desk.make_known()
    await desk.fill(ANNA, old, new)
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    heard = desk.code(BEN).replace(" ", "-").upper()
    assert await desk.vaults.grant(ANNA, BEN, fingerprint=heard, seat=SEAT) is None
    assert desk.vaults.state(BEN, SEAT) == "open"
    assert desk.audit.lines[-1] == ("vault_granted", ANNA, BEN, {"keys": 2})
    desk.vaults = desk.start()
    assert await desk.vaults.unlock(BEN, OTHER_WORDS, seat=SEAT)
    assert {key.fingerprint for key in desk.vaults.look(BEN, SEAT).keys} == {old.fingerprint, new.fingerprint}
    assert {key.by for key in desk.vaults.look(BEN, SEAT).keys} == {ANNA}
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert await desk.vaults.grant(ANNA, BEN, fingerprint=heard, seat=SEAT) is None
    assert len(desk.vaults.look(BEN, SEAT).keys) == 2  # granting again adds nothing twice


async def test_what_is_granted_opens_handoffs(desk: VaultDesk) -> None:
    """The identity that comes out of the colleague's vault is the one that went into the giver's."""
    identity = desk.make_known()
    await desk.fill(ANNA, identity)
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    await desk.vaults.grant(ANNA, BEN, fingerprint=desk.code(BEN), seat=SEAT)
    sealed = pyrage.encrypt(b"told", [identity.key.to_public()], armored=True).decode()
    assert desk.vaults.read_challenge(BEN, f"> {sealed}\r\nregards", seat=SEAT)[0] == b"told"
    assert desk.vaults.read_challenge(BEN, "no age at all", seat=SEAT)[0] == b""
    desk.vaults.lock(BEN)
    assert desk.vaults.read_challenge(BEN, sealed, seat=SEAT) == (b"", frozenset())


async def test_granting_to_a_key_that_was_not_heard_is_refused(desk: VaultDesk) -> None:
    """T6, T10: a vault that somebody put in place of a colleague's gets nothing."""
    await desk.fill(ANNA, make_identity())
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    before = desk.path(BEN).read_bytes()
    for typed in ("", "0000 0000 0000 0000", desk.code(ANNA), desk.code(BEN)[:-1]):
        assert await desk.vaults.grant(ANNA, BEN, fingerprint=typed, seat=SEAT) == "wrong_fingerprint"
    assert desk.path(BEN).read_bytes() == before


async def test_only_an_open_vault_with_keys_grants_and_never_to_itself(desk: VaultDesk) -> None:
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    code = desk.code(BEN)
    assert await desk.vaults.grant(ANNA, BEN, fingerprint=code, seat=SEAT) == "locked"
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    assert await desk.vaults.grant(ANNA, BEN, fingerprint=code, seat=SEAT) == "locked"  # it waits itself
    await desk.vaults.grant_these([desk.make_known()], ANNA, fingerprint=desk.code(ANNA), by="command")
    assert await desk.vaults.grant(ANNA, ANNA, fingerprint=desk.code(ANNA), seat=SEAT) == "yourself"
    assert await desk.vaults.grant(ANNA, "nobody", fingerprint=code, seat=SEAT) == "none"
    desk.vaults.lock(ANNA)
    assert await desk.vaults.grant(ANNA, BEN, fingerprint=code, seat=SEAT) == "locked"
    assert await desk.vaults.grant_these([], BEN, fingerprint="0", by="command") == "wrong_fingerprint"
    assert await desk.vaults.grant_these([], "nobody", fingerprint="0", by="command") == "none"


async def test_the_check_code_is_told_only_after_the_words(desk: VaultDesk) -> None:
    """Whoever swapped the file could else have their own code read out."""
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    told = desk.code(ANNA)
    desk.vaults = desk.start()
    assert desk.code(ANNA) == ""
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert (desk.code(ANNA), desk.vaults.state(ANNA, SEAT)) == (told, "waiting")


async def test_a_new_key_of_the_desk_is_made_in_an_open_vault(desk: VaultDesk) -> None:
    """It is there under its public half, and nothing opens with it that was not sealed to it."""
    assert await desk.vaults.make_desk_key(ANNA, seat=SEAT) == "none"
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    made = await desk.vaults.make_desk_key(ANNA, seat=SEAT)
    assert isinstance(made, DeskKey)
    assert made.public_key.startswith("age1")
    sealed = pyrage.encrypt(b"x", [x25519.Recipient.from_str(made.public_key)], armored=True)
    assert desk.vaults.read_challenge(ANNA, sealed.decode(), seat=SEAT) == (
        b"x",
        frozenset({made.fingerprint}),
    )
    desk.vaults.lock(ANNA)
    assert await desk.vaults.make_desk_key(ANNA, seat=SEAT) == "locked"
    assert [key.public_key for key in desk.vaults.look(ANNA, SEAT).keys] == [""]


# ─── What is pasted ───────────────────────────────────────────────────────────


async def test_a_pasted_identity_fills_the_first_vault(desk: VaultDesk) -> None:
    """Plain, or as age locks it; with the words of the vault, which counts as a try."""
    plain, locked = desk.make_known(), desk.make_known()
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    desk.vaults.lock(ANNA)
    text = f"# created: today\r\n{plain.key}\r\n"
    assert await desk.vaults.import_identity(ANNA, text, OTHER_WORDS, seat=SEAT) == "wrong_words"
    assert await desk.vaults.import_identity(ANNA, text, WORDS, seat=SEAT) is None
    armored = armor(lock_quickly(f"{locked.key}\n".encode(), "six words"))
    assert await desk.vaults.import_identity(ANNA, armored, WORDS, seat=SEAT) == "needs_words"
    assert (
        await desk.vaults.import_identity(ANNA, armored, WORDS, file_words="x", seat=SEAT)
        == "wrong_file_words"
    )
    assert await desk.vaults.import_identity(ANNA, armored, WORDS, file_words="six words", seat=SEAT) is None
    held = {key.fingerprint for key in desk.vaults.look(ANNA, SEAT).keys}
    assert (desk.vaults.state(ANNA, SEAT), held) == ("open", {plain.fingerprint, locked.fingerprint})
    assert str(plain.key) not in desk.path(ANNA).read_text()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no_identity"),
        ("AGE-SECRET-KEY-1NOPE", "no_identity"),
        ("# DEMO this\nAGE-SECRET-KEY-1", "demo_key"),
        ("x" * 100_000, "no_identity"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nxx", "needs_words"),
    ],
)
async def test_what_is_no_identity_of_ours_is_refused(desk: VaultDesk, text: str, why: str) -> None:
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    assert await desk.vaults.import_identity(ANNA, text, WORDS, seat=SEAT) == why
    assert await desk.vaults.recover(ANNA, text, seat=SEAT) == why
    assert desk.vaults.state(ANNA, SEAT) == "waiting"


async def test_nobody_brings_a_key_of_their_own(desk: VaultDesk) -> None:
    """T6, T10: what was never a recipient is taken neither into a vault nor for a while, alone or beside one that is."""
    known, stranger = desk.make_known(), make_identity()
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    for text in (str(stranger.key), f"{known.key}\n{stranger.key}"):
        assert await desk.vaults.import_identity(ANNA, text, WORDS, seat=SEAT) == "stranger"
        assert await desk.vaults.recover(ANNA, text, seat=SEAT) == "stranger"
    assert desk.vaults.state(ANNA, SEAT) == "waiting"
    assert desk.audit.acts == ["vault_made"]


async def test_a_locked_file_with_other_bytes_inside_is_no_identity(desk: VaultDesk) -> None:
    armored = armor(lock_quickly(b"\xff\xfe", "w"))
    assert await desk.vaults.recover(ANNA, armored, file_words="w", seat=SEAT) == "wrong_file_words"


async def test_recovery_opens_until_the_vault_closes_and_is_written_down_loudly(
    desk: VaultDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """Without any vault; it is never kept, never granted on, and the log says who it was."""
    recovery = desk.make_known()
    assert await desk.vaults.recover(ANNA, str(recovery.key), seat=SEAT) is None
    assert desk.vaults.look(ANNA, SEAT).lent == (recovery.fingerprint,)
    assert desk.vaults.state(ANNA, SEAT) == "open"
    assert desk.vaults.opener(ANNA, SEAT) is not None
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    assert await desk.vaults.grant(ANNA, BEN, fingerprint=desk.code(BEN), seat=SEAT) == "locked"
    act, who, whom, detail = desk.audit.lines[0]
    assert (act, who, whom, detail["keys"]) == ("vault_recovered", ANNA, ANNA, 1)
    assert "recovery identity" in caplog.text
    assert not desk.path(ANNA).exists()
    desk.clock.pass_by(timedelta(minutes=15))
    assert desk.vaults.opener(ANNA, SEAT) is None


async def test_recovery_beside_a_vault_keeps_both(desk: VaultDesk) -> None:
    """What was lent stays lent when the member unlocks, and ends with the vault."""
    await desk.fill(ANNA, make_identity())
    recovery = desk.make_known()
    await desk.vaults.recover(ANNA, str(recovery.key), seat=SEAT)
    await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert desk.vaults.look(ANNA, SEAT).lent == (recovery.fingerprint,)
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    await desk.vaults.grant(ANNA, BEN, fingerprint=desk.code(BEN), seat=SEAT)
    assert recovery.fingerprint not in {key.fingerprint for key in desk.vaults.look(BEN, SEAT).keys}
    desk.vaults.lock(ANNA)
    await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert desk.vaults.look(ANNA, SEAT).lent == ()


# ─── The log, the demo, and what never shows ──────────────────────────────────


async def test_nothing_opens_or_changes_when_the_log_is_down(desk: VaultDesk) -> None:
    """SECURITY §1 rule 9: every step is written down first."""
    identity = desk.make_known()
    await desk.fill(ANNA, identity)
    desk.told[identity.fingerprint] = {"kept": True}
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    code = desk.code(BEN)
    before = {path.name: path.read_bytes() for path in desk.path(ANNA).parent.iterdir()}
    desk.vaults = desk.start()
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    desk.audit.down = True
    for step in (
        desk.vaults.set_up("carol", WORDS, seat=SEAT),
        desk.vaults.unlock(BEN, OTHER_WORDS, seat=SEAT),
        desk.vaults.change_words(ANNA, WORDS, OTHER_WORDS),
        desk.vaults.grant(ANNA, BEN, fingerprint=code, seat=SEAT),
        desk.vaults.import_identity(BEN, str(identity.key), OTHER_WORDS, seat=SEAT),
        desk.vaults.make_desk_key(ANNA, seat=SEAT),
        desk.vaults.recover(BEN, str(identity.key), seat=SEAT),
        desk.vaults.remove(ANNA, by=ANNA),
    ):
        with pytest.raises(AuditDown):
            await step
    assert {path.name: path.read_bytes() for path in desk.path(ANNA).parent.iterdir()} == before
    assert desk.vaults.list_open() == (ANNA,)


async def test_the_demo_is_open_without_words(tmp_path: Path) -> None:
    """For everybody who is somebody, and for nobody else."""
    free = make_identity()
    vaults = StaffVaults(
        VaultFiles(tmp_path), (), audit=FakeAudit(), clock=FakeTime(), ring=Ring, free=[free]
    )
    assert vaults.is_free
    assert (vaults.state(ANNA, SEAT), vaults.state("", SEAT)) == ("open", "none")
    assert vaults.opener(ANNA, SEAT) is not None
    assert vaults.opener("", SEAT) is None
    vaults.lock(ANNA)
    assert vaults.state(ANNA, SEAT) == "open"
    sealed = pyrage.encrypt(b"x", [free.key.to_public()], armored=True).decode()
    assert vaults.read_challenge(ANNA, sealed, seat=SEAT)[0] == b"x"


async def test_no_words_and_no_private_half_ever_show(
    desk: VaultDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """T30: not in a repr, the log, the audit log, or the files."""
    identity = desk.make_known()
    await desk.fill(ANNA, identity)
    await desk.vaults.recover(ANNA, str(identity.key), seat=SEAT)
    await desk.vaults.import_identity(ANNA, str(identity.key), WORDS, seat=SEAT)
    await desk.vaults.unlock(ANNA, OTHER_WORDS, seat=SEAT)
    vault = desk.vaults._memory.find(ANNA, SEAT, desk.clock())
    shown = " ".join(
        [
            repr(desk.vaults),
            repr(vault),
            repr(desk.vaults._memory),
            repr(desk.vaults.look(ANNA, SEAT)),
            repr(desk.vaults._cabinet.find_file(ANNA)),
            repr(desk.audit.lines),
            caplog.text,
            desk.path(ANNA).read_text(),
        ]
    )
    assert "SECRET-KEY" not in shown
    assert all(word not in shown for word in WORDS.split())
    assert all(word not in shown for word in OTHER_WORDS.split())


def test_the_cost_of_a_try_is_above_the_floor() -> None:
    """SECURITY §5: Argon2id with at least 64 MiB and three rounds."""
    assert (FLOOR.memory_kib, FLOOR.rounds) == (64 * 1024, 3)
    assert Cost().memory_kib >= FLOOR.memory_kib
    assert Cost().rounds >= FLOOR.rounds
    assert Cost().is_bearable
    assert CHEAP_LOCK.is_bearable
