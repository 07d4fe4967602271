"""Which keys of a vault count, how many there may be, and what becomes of a vault that is taken away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pyrage import encrypt, x25519

from bot.desk.vaults import DeskKey
from bot.desk.vaults.removing import ASIDE_FOR
from bot.desk.vaults.writing import MOST_BYTES, MOST_KEYS
from bot.errors import AuditDown, Unreadable
from bot.ports.keyring import Ring
from tests.desk.test_opening import FRONT, PLACE, sealer, signer
from tests.desk.vault_cast import (
    ANNA,
    BEN,
    ELSEWHERE,
    NOON,
    OTHER_WORDS,
    SEAT,
    WORDS,
    VaultDesk,
    make_identity,
)

_HOUR = timedelta(hours=1)


@pytest.fixture
def desk(tmp_path: Path) -> VaultDesk:
    return VaultDesk(tmp_path)


def aside(desk: VaultDesk, account_id: str = ANNA) -> list[Path]:
    return sorted(desk.path(account_id).parent.glob(f"{account_id}.removed-*"))


async def test_a_key_of_ones_own_making_opens_nothing_until_it_is_a_recipients(desk: VaultDesk) -> None:
    """T6: who was granted nothing is not open, and speaks for nobody; a challenge is answered all the same."""
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    made = await desk.vaults.make_desk_key(ANNA, seat=SEAT)
    assert isinstance(made, DeskKey)
    assert (desk.vaults.state(ANNA, SEAT), desk.vaults.opener(ANNA, SEAT)) == ("waiting", None)
    assert desk.vaults.list_held(ANNA, SEAT) == frozenset()
    assert not desk.vaults.holds_active(ANNA, SEAT)
    assert not desk.vaults.holds_active(ANNA)
    sealed = encrypt(b"x", [x25519.Recipient.from_str(made.public_key)], armored=True).decode()
    assert desk.vaults.read_challenge(ANNA, sealed, seat=SEAT) == (b"x", frozenset({made.fingerprint}))
    assert [key.is_known for key in desk.vaults.look(ANNA, SEAT).keys] == [False]
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    granted = await desk.vaults.grant(ANNA, BEN, fingerprint=desk.code(BEN), seat=SEAT)
    assert granted == "locked"
    desk.known.add(made.fingerprint)
    assert desk.vaults.state(ANNA, SEAT) == "open"
    assert desk.vaults.opener(ANNA, SEAT) is not None
    assert desk.vaults.holds_active(ANNA, SEAT)
    assert not desk.vaults.holds_active(ANNA, ELSEWHERE)
    assert desk.vaults.holds_active(ANNA)
    assert desk.vaults.state(ANNA, ELSEWHERE) == "locked"


async def test_only_what_is_a_recipients_is_granted_on(desk: VaultDesk) -> None:
    """T6: a key that waits beside the desk's own stays with who made it, at the pages and at the host."""
    identity = make_identity()
    await desk.fill(ANNA, identity)
    new = await desk.vaults.make_desk_key(ANNA, seat=SEAT)
    assert isinstance(new, DeskKey)
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    assert await desk.vaults.grant(ANNA, BEN, fingerprint=desk.code(BEN), seat=SEAT) is None
    assert [key.fingerprint for key in desk.vaults.look(BEN).keys] == [identity.fingerprint]
    stranger = [make_identity()]
    refused = await desk.vaults.grant_these(stranger, BEN, fingerprint=desk.code(BEN), by="command")
    assert refused == "stranger"


async def test_a_key_counts_for_the_time_in_which_it_was_a_recipients(desk: VaultDesk) -> None:
    """T6: who holds a new key alone says nothing of what came before; who has the old one too can say it."""
    old, new = make_identity(), make_identity()
    await desk.fill(ANNA, new)
    await desk.fill(BEN, old, new)
    desk.told = {
        old.fingerprint: {"state": "revoked", "since": NOON},
        new.fingerprint: {"since": NOON},
    }
    for account_id, before, after in ((ANNA, False, True), (BEN, True, True)):
        assert desk.vaults.holds_active(account_id, SEAT, at=NOON - _HOUR) is before
        assert desk.vaults.holds_active(account_id, SEAT, at=NOON + _HOUR) is after
    desk.told[new.fingerprint] = {"state": "revoked", "since": NOON}
    assert not desk.vaults.holds_active(BEN, SEAT, at=NOON - _HOUR)  # nothing of it is active any more
    assert desk.vaults.state(BEN, SEAT) == "open"  # and it still opens what came before


async def test_each_key_that_is_open_opens_by_itself(desk: VaultDesk) -> None:
    """T10: what was sealed to one is opened by that one alone; a closed vault has none, and it is no use of an open one."""
    first, second = make_identity(), make_identity()
    desk.signers = (signer(FRONT),)
    desk.vaults = desk.start()
    await desk.fill(ANNA, first, second)
    openers = desk.vaults.openers(ANNA, SEAT)
    assert openers.keys() == {first.fingerprint, second.fingerprint}
    sealed = sealer(keys=[first.key, make_identity().key]).seal(b"x", **PLACE)
    assert openers[first.fingerprint].open(sealed, **PLACE) == b"x"
    with pytest.raises(Unreadable):
        openers[second.fingerprint].open(sealed, **PLACE)
    assert desk.vaults.openers(ANNA, ELSEWHERE) == {}


async def test_key_files_that_are_not_sound_lock_nobody_out(
    desk: VaultDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the recipients last said still counts."""
    await desk.fill(ANNA, make_identity())
    monkeypatch.setattr(desk.vaults._known, "_look", lambda: Ring(is_sound=False))
    assert desk.vaults.state(ANNA, SEAT) == "open"


async def test_one_new_key_at_a_time(desk: VaultDesk) -> None:
    """T23: nobody fills a file with keys that nobody knows."""
    await desk.fill(ANNA, make_identity())
    made = await desk.vaults.make_desk_key(ANNA, seat=SEAT)
    assert isinstance(made, DeskKey)
    assert await desk.vaults.make_desk_key(ANNA, seat=SEAT) == "key_waits"
    desk.known.add(made.fingerprint)
    assert isinstance(await desk.vaults.make_desk_key(ANNA, seat=SEAT), DeskKey)


async def test_a_grant_never_makes_a_vault_that_cannot_be_read_again(
    desk: VaultDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T23: too many keys, or too long a file, are refused before anything is written."""
    own = make_identity()
    await desk.fill(BEN, own)
    many = [desk.make_known() for _ in range(MOST_KEYS)]
    before, lines = desk.path(BEN).read_bytes(), len(desk.audit.lines)
    code = desk.code(BEN)
    assert await desk.vaults.grant_these(many, BEN, fingerprint=code, by=ANNA) == "full"
    assert (desk.path(BEN).read_bytes(), len(desk.audit.lines)) == (before, lines)
    assert await desk.vaults.grant_these(many[1:], BEN, fingerprint=code, by=ANNA) is None
    assert len(desk.path(BEN).read_bytes()) < MOST_BYTES
    monkeypatch.setattr("bot.desk.vaults.cabinet.MOST_BYTES", len(desk.path(BEN).read_bytes()))
    assert await desk.vaults.change_words(BEN, WORDS, OTHER_WORDS) is None
    monkeypatch.setattr("bot.desk.vaults.cabinet.MOST_BYTES", len(desk.path(BEN).read_bytes()) - 1)
    assert await desk.vaults.change_words(BEN, OTHER_WORDS, WORDS) == "full"
    assert desk.vaults.look(BEN, SEAT).is_sound


async def test_another_program_that_filled_it_meanwhile_does_not_make_it_too_full(desk: VaultDesk) -> None:
    """T23: the limit is looked at once more while nobody else writes."""
    await desk.fill(BEN, make_identity())
    file = desk.vaults._cabinet.find_file(BEN)
    assert not isinstance(file, str)
    assert file is not None
    many = [make_identity() for _ in range(MOST_KEYS)]
    assert await desk.vaults._cabinet.add(file, many, by="x", now=NOON) == "full"


# ─── Taken away ───────────────────────────────────────────────────────────────


async def test_the_last_vault_that_holds_a_recipients_key_stays(desk: VaultDesk) -> None:
    """T6: neither somebody else nor its member destroys it; a key that is revoked, or kept elsewhere, keeps nothing."""
    identity = make_identity()
    await desk.fill(ANNA, identity)
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    for by in (ANNA, BEN, "an administrator"):
        assert await desk.vaults.remove(ANNA, by=by) == "only_one"
    assert desk.vaults.state(ANNA, SEAT) == "open"
    assert "vault_removed" not in desk.audit.acts
    assert desk.vaults.find_unheld() == ()
    desk.told[identity.fingerprint] = {"kept": True}
    assert await desk.vaults.remove(ANNA, by=ANNA) is None
    assert (desk.path(ANNA).exists(), aside(desk)) == (False, [])
    assert desk.vaults.find_unheld() == ()
    desk.told = {identity.fingerprint: {"name": "desk"}}
    assert desk.vaults.find_unheld() == ("desk",)


async def test_who_comes_second_does_not_remove_the_last(
    desk: VaultDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T6: two vaults that are removed at once; it is looked at again while nobody else writes."""
    identity = make_identity()
    await desk.fill(ANNA, identity)
    await desk.fill(BEN, identity)
    write = desk.audit.write

    async def be_second(*args: str, **more: object) -> None:
        desk.shelf.remove(BEN)
        await write(*args, **more)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(desk.audit, "write", be_second)
    assert await desk.vaults.remove(ANNA, by=ANNA) == "only_one"
    assert desk.path(ANNA).exists()


async def test_somebody_elses_vault_is_set_aside_and_can_be_brought_back(desk: VaultDesk) -> None:
    """T6: for its member it is gone; under its own name again it opens with the words as before."""
    identity = make_identity()
    await desk.fill(ANNA, identity)
    await desk.fill(BEN, identity)
    assert await desk.vaults.remove(ANNA, by="an administrator") is None
    assert desk.vaults.state(ANNA, SEAT) == "none"
    (path,) = aside(desk)
    assert (path.name, path.stat().st_mode & 0o777) == (f"{ANNA}.removed-20261120", 0o600)
    assert desk.audit.lines[-1] == ("vault_removed", "an administrator", ANNA, {"step": "aside"})
    assert [one.account_id for one in desk.vaults.list_vaults()] == [BEN]
    path.rename(desk.path(ANNA))
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert desk.vaults.state(ANNA, SEAT) == "open"


async def test_a_right_that_is_taken_sets_the_vault_aside_whatever_it_holds(desk: VaultDesk) -> None:
    """T6: each keeps a name of its own; a log that is down keeps the file where it is."""
    assert await desk.vaults.set_aside(ANNA, by=BEN) == "none"
    for _ in range(2):
        await desk.fill(ANNA, make_identity())
        assert await desk.vaults.set_aside(ANNA, by=BEN) is None
        assert desk.vaults.opener(ANNA, SEAT) is None
    assert [path.name[-11:] for path in aside(desk)] == ["ed-20261120", "-20261120.2"]
    await desk.fill(ANNA, make_identity())
    desk.audit.down = True
    with pytest.raises(AuditDown):
        await desk.vaults.set_aside(ANNA, by=BEN)
    assert desk.path(ANNA).exists()


async def test_what_nobody_can_look_into_is_set_aside_too(desk: VaultDesk, tmp_path: Path) -> None:
    """Also by its member: a damaged file may be mended, a destroyed one not. A link is moved, not what it leads to."""
    await desk.fill(ANNA, make_identity())
    assert desk.vaults.holds_active(ANNA)
    desk.path(ANNA).chmod(0o644)
    assert not desk.vaults.holds_active(ANNA)
    assert await desk.vaults.remove(ANNA, by=ANNA) is None
    assert [path.stat().st_mode & 0o777 for path in aside(desk)] == [0o600]
    other = tmp_path / "other"
    other.write_bytes(b"")
    other.chmod(0o644)
    desk.path(BEN).symlink_to(other)
    assert await desk.vaults.remove(BEN, by=ANNA) is None
    assert other.stat().st_mode & 0o777 == 0o644
    desk.shelf.set_aside("nobody", NOON.date())
    desk.shelf.set_aside("../x", NOON.date())


async def test_what_was_set_aside_goes_after_ninety_days(desk: VaultDesk) -> None:
    """Noted first, and never the last that holds a recipient's key. A name that we did not write is left alone."""
    shared, only = make_identity(), make_identity()
    await desk.fill(BEN, shared)
    await desk.fill(ANNA, shared)
    await desk.vaults.set_aside(ANNA, by=BEN)
    await desk.fill(ANNA, only)
    await desk.vaults.set_aside(ANNA, by=BEN)
    (desk.path(ANNA).parent / f"{ANNA}.removed-20269999").write_bytes(b"")
    (desk.path(ANNA).parent / f"{ANNA}.removed-tomorrow").write_bytes(b"")
    assert await desk.vaults.drop_old() == 0
    desk.clock.pass_by(ASIDE_FOR - timedelta(days=1))
    assert await desk.vaults.drop_old() == 0
    desk.clock.pass_by(timedelta(days=1))
    assert (await desk.vaults.drop_old(), await desk.vaults.drop_old()) == (1, 0)
    assert len(aside(desk)) == 3
    assert desk.audit.lines[-1] == ("vault_removed", "office", ANNA, {"step": "dropped"})
    desk.known.discard(only.fingerprint)
    desk.clock.pass_by(timedelta(days=1))
    assert await desk.vaults.drop_old() == 1


async def test_what_cannot_be_destroyed_is_not_counted(
    desk: VaultDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    await desk.vaults.set_aside(ANNA, by=BEN)
    desk.clock.pass_by(ASIDE_FOR)

    def refuse(_path: Path) -> None:
        raise PermissionError(13, "not yours")

    monkeypatch.setattr("bot.keys.vault_files.remove", refuse)
    assert await desk.vaults.drop_old() == 0
    (there,) = desk.vaults._cabinet.list_aside()
    aside(desk)[0].unlink()
    assert desk.vaults._cabinet.find_aside(there) == "none"
