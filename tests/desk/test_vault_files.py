"""The files of vaults: what was damaged, swapped, copied or seen by others opens nothing, and nothing is half written."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.desk.identity import Identity
from bot.desk.vaults.locking import FLOOR, Cost, lock_secret, make_salt, open_secret
from bot.desk.vaults.writing import (
    VaultFile,
    draw_own_key,
    grant_to,
    make_vault,
    open_granted,
    open_own,
    read_vault,
    write_vault,
)
from bot.errors import Unreadable
from bot.keys import files
from bot.keys.vault_files import VaultFiles
from tests.desk.vault_cast import (
    ANNA,
    BEN,
    CHEAP_LOCK,
    NOON,
    OTHER_WORDS,
    SEAT,
    WORDS,
    FakeTime,
    VaultDesk,
    make_identity,
)


@pytest.fixture
def desk(tmp_path: Path) -> VaultDesk:
    return VaultDesk(tmp_path)


def made(account_id: str = ANNA, words: str = WORDS, *grants: Identity) -> VaultFile:
    """A vault with what was granted to it."""
    file = make_vault(account_id, words, own=draw_own_key(), made_at=NOON, cost=CHEAP_LOCK)
    return replace(file, granted=tuple(grant_to(file, one, by=BEN, at=NOON) for one in grants))


# ─── What stands in one ───────────────────────────────────────────────────────


def test_a_vault_is_read_as_it_was_written() -> None:
    """Only public things stand there in clear."""
    identity = make_identity()
    file = made(ANNA, WORDS, identity)
    raw = write_vault(file)
    assert read_vault(raw, ANNA, least=CHEAP_LOCK) == file
    told = json.loads(raw)
    assert set(told) == {"v", "account", "made", "public", "kdf", "locked", "desk"}
    assert told["kdf"]["name"] == "argon2id"
    assert b"SECRET-KEY" not in raw
    own = open_own(file, WORDS)
    assert open_own(file, OTHER_WORDS) is None
    assert [str(one.key) for one in open_granted(file, own)] == [str(identity.key)]


def test_no_byte_of_a_vault_can_be_changed_cut_or_added(desk: VaultDesk) -> None:
    """Each either is no vault any more, or opens with no words, or opens without what was altered."""
    identity = make_identity()
    raw = write_vault(made(ANNA, WORDS, identity))
    for place in range(len(raw)):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert not _opens_otherwise(altered, identity), place
    for length in range(len(raw) - 1):
        with pytest.raises(Unreadable):
            read_vault(raw[:length], ANNA, least=CHEAP_LOCK)


def _opens_otherwise(raw: bytes, identity: Identity) -> bool:
    """Whether it opens to something else than what was put in."""
    try:
        file = read_vault(raw, ANNA, least=CHEAP_LOCK)
    except Unreadable:
        return False
    own = open_own(file, WORDS)
    return own is not None and any(str(one.key) != str(identity.key) for one in open_granted(file, own))


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told | {"v": 2},
        lambda told: told | {"v": None},
        lambda told: told | {"account": BEN},
        lambda told: told | {"account": 7},
        lambda told: told | {"made": "yesterday"},
        lambda told: told | {"public": "age1nonsense"},
        lambda told: told | {"public": "ssh-ed25519 AAAA"},
        lambda told: told | {"locked": "***"},
        lambda told: told | {"desk": [{}]},
        lambda told: told | {"desk": 7},
        lambda told: told | {"kdf": told["kdf"] | {"name": "scrypt"}},
        lambda told: told | {"kdf": told["kdf"] | {"salt": ""}},
        lambda told: told | {"kdf": told["kdf"] | {"m": True}},
        lambda told: told | {"kdf": told["kdf"] | {"m": 2**40}},
        lambda told: told | {"kdf": told["kdf"] | {"t": 10**6}},
        lambda told: told | {"kdf": told["kdf"] | {"p": 0}},
        lambda told: told | {"kdf": told["kdf"] | {"m": 1}},
        lambda _: [],
        lambda _: "text",
    ],
)
def test_what_we_did_not_write_is_no_vault(change: Callable[[Any], Any]) -> None:
    """Another version, account, lock, or a cost that would eat the memory."""
    told = json.loads(write_vault(made()))
    with pytest.raises(Unreadable):
        read_vault(json.dumps(change(told)).encode(), ANNA, least=CHEAP_LOCK)


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"null"])
def test_what_is_no_json_of_ours_is_no_vault(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_vault(raw, ANNA, least=CHEAP_LOCK)


def test_a_vault_with_a_weaker_lock_than_allowed_is_not_believed() -> None:
    """Whoever wrote it so wanted the words to be guessed."""
    with pytest.raises(Unreadable):
        read_vault(write_vault(made()), ANNA, least=FLOOR)


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": BEN},
        {"made_at": NOON + timedelta(seconds=1)},
        {"public_key": str(draw_own_key().to_public())},
        {"cost": Cost(16, 1, 1)},
        {"salt": make_salt()},
        {"locked": b""},
        {"locked": b"short"},
    ],
)
def test_what_stands_in_clear_is_bound_to_the_lock(change: dict[str, Any]) -> None:
    """With anything of it changed the right words open nothing."""
    file = made()
    assert open_own(file, WORDS) is not None
    assert open_own(replace(file, **change), WORDS) is None


def test_another_secret_under_the_same_words_is_not_taken_for_an_identity() -> None:
    """Neither noise nor an identity whose public half is another."""
    file = made()
    told = json.loads(write_vault(replace(file, granted=())))
    head = json.dumps(
        {key: told[key] for key in ("v", "account", "made", "public", "kdf")}, separators=(",", ":")
    )
    for secret in (b"\xff", b"AGE-SECRET-KEY-1", str(draw_own_key()).encode()):
        locked = lock_secret(secret, WORDS, cost=CHEAP_LOCK, salt=file.salt, bound_to=head.encode())
        opened = open_secret(locked, WORDS, cost=CHEAP_LOCK, salt=file.salt, bound_to=head.encode())
        assert opened == secret
        assert open_own(replace(file, locked=locked), WORDS) is None


def test_what_was_granted_is_left_out_when_it_is_not_what_it_says() -> None:
    """Sealed to somebody else, noise inside, or under another's fingerprint."""
    identity, other = make_identity(), make_identity()
    file, strange = made(ANNA, WORDS, identity), made(BEN, WORDS, identity)
    noise = replace(identity, key="no key")
    for bad in (
        strange.granted[0],
        replace(file.granted[0], fingerprint=other.fingerprint),
        grant_to(file, noise, by=BEN, at=NOON),
        replace(file.granted[0], sealed=b""),
    ):
        both = replace(file, granted=(bad, file.granted[0]))
        own = open_own(both, WORDS)
        assert [one.fingerprint for one in open_granted(both, own)] == [identity.fingerprint]


# ─── Where it lies ────────────────────────────────────────────────────────────


async def test_vaults_are_for_the_program_alone(desk: VaultDesk) -> None:
    """0600 in 0700, whatever the umask."""
    before = os.umask(0)
    try:
        await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    finally:
        os.umask(before)
    path = desk.path(ANNA)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
async def test_a_vault_that_others_can_read_is_not_used(desk: VaultDesk, mode: int) -> None:
    """T6: nor one in a folder that others can look into. It says so, and can be removed."""
    await desk.fill(ANNA, make_identity())
    desk.path(ANNA).chmod(mode)
    seen = desk.vaults.look(ANNA, SEAT)
    assert (seen.state, seen.is_sound, desk.vaults.opener(ANNA, SEAT)) == ("locked", False, None)
    assert not await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    desk.path(ANNA).chmod(0o600)
    desk.path(ANNA).parent.chmod(0o750)
    assert not desk.vaults.look(ANNA, SEAT).is_sound
    assert await desk.vaults.change_words(ANNA, WORDS, OTHER_WORDS) == "unsound"
    assert await desk.vaults.remove(ANNA, by=ANNA) is None
    desk.path(ANNA).parent.chmod(0o700)
    assert desk.vaults.state(ANNA, SEAT) == "none"


async def test_what_is_no_plain_file_is_not_used(desk: VaultDesk, tmp_path: Path) -> None:
    """A link, a pipe, a folder, a file without an end."""
    await desk.fill(ANNA, make_identity())
    path = desk.path(ANNA)
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert not desk.vaults.look(ANNA, SEAT).is_sound
    path.unlink()
    os.mkfifo(path, 0o600)
    assert not desk.vaults.look(ANNA, SEAT).is_sound
    path.unlink()
    path.mkdir(0o700)
    assert not desk.vaults.look(ANNA, SEAT).is_sound
    path.rmdir()
    path.write_bytes(bytes(70_000))
    path.chmod(0o600)
    assert not desk.vaults.look(ANNA, SEAT).is_sound


async def test_somebody_elses_file_is_not_used(desk: VaultDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.fill(ANNA, make_identity())
    owner = desk.path(ANNA).stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 7)
    expected = owner == 0  # root's files are everybody's
    assert desk.vaults.look(ANNA, SEAT).is_sound is expected


async def test_a_colleagues_file_under_another_name_opens_nothing(desk: VaultDesk) -> None:
    """T6: a copy of Ben's vault, whose words Ben knows, does not become Anna's; an open vault closes at once."""
    await desk.fill(ANNA, make_identity())
    await desk.fill(BEN, make_identity(), words=OTHER_WORDS)
    desk.path(ANNA).write_bytes(desk.path(BEN).read_bytes())
    assert desk.vaults.opener(ANNA, SEAT) is None
    assert not desk.vaults.look(ANNA, SEAT).is_sound
    assert not await desk.vaults.unlock(ANNA, OTHER_WORDS, seat=SEAT)
    assert desk.vaults.state(BEN, SEAT) == "open"


async def test_an_open_vault_whose_file_goes_or_is_swapped_is_closed(desk: VaultDesk) -> None:
    """And says so in the log at the next look around."""
    await desk.fill(ANNA, make_identity())
    await desk.fill(BEN, make_identity())
    desk.path(ANNA).unlink()
    swapped = make_vault(BEN, WORDS, own=draw_own_key(), made_at=NOON, cost=CHEAP_LOCK)
    desk.shelf.write(BEN, write_vault(swapped))
    desk.vaults.close_due()
    assert desk.vaults.list_open() == ()
    await desk.vaults.write_closed()
    assert [line[3] for line in desk.audit.lines[-2:]] == [{"why": "changed"}] * 2


async def test_granting_stops_when_the_file_is_swapped_meanwhile(desk: VaultDesk) -> None:
    """T6: between the look at the fingerprint and the write."""
    await desk.fill(ANNA, make_identity())
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    code = desk.code(BEN)
    swapped = write_vault(make_vault(BEN, WORDS, own=draw_own_key(), made_at=NOON, cost=CHEAP_LOCK))
    write = desk.audit.write

    async def swap_first(*args: Any, **more: Any) -> None:
        desk.shelf.write(BEN, swapped)
        await write(*args, **more)

    desk.audit.write = swap_first  # type: ignore[method-assign]  # somebody acts in between
    assert await desk.vaults.grant(ANNA, BEN, fingerprint=code, seat=SEAT) == "changed"
    assert desk.path(BEN).read_bytes() == swapped


async def test_granting_stops_when_the_vault_is_removed_meanwhile(desk: VaultDesk) -> None:
    """It is not made again by the grant."""
    await desk.fill(ANNA, make_identity())
    await desk.vaults.set_up(BEN, OTHER_WORDS, seat=SEAT)
    code, write = desk.code(BEN), desk.audit.write

    async def remove_first(*args: Any, **more: Any) -> None:
        desk.shelf.remove(BEN)
        await write(*args, **more)

    desk.audit.write = remove_first  # type: ignore[method-assign]  # somebody acts in between
    assert await desk.vaults.grant(ANNA, BEN, fingerprint=code, seat=SEAT) == "none"
    assert not desk.path(BEN).exists()


@pytest.mark.parametrize("account_id", ["", ".", "..", "../../keys/root", "a/b", "a\x00b", "x" * 65, "甲"])
async def test_an_id_that_is_no_accounts_has_no_vault(desk: VaultDesk, account_id: str) -> None:
    """No path leads out of the folder, and nothing is written."""
    assert desk.vaults.state(account_id, SEAT) == "none"
    assert not await desk.vaults.unlock(account_id, WORDS, seat=SEAT)
    assert await desk.vaults.set_up(account_id, WORDS, seat=SEAT) == "unwritable"
    desk.shelf.remove(account_id)
    assert desk.vaults.list_vaults() == ()


async def test_the_vaults_of_the_folder_are_listed(desk: VaultDesk) -> None:
    """Rests of an editor or of a write that was cut are none."""
    assert desk.vaults.list_vaults() == ()
    await desk.vaults.set_up(BEN, WORDS, seat=SEAT)
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    (desk.path(ANNA).parent / f".{ANNA}.vault.00.part").write_bytes(b"half")
    (desk.path(ANNA).parent / "a b.vault").write_bytes(b"")
    assert [one.account_id for one in desk.vaults.list_vaults()] == [ANNA, BEN]


async def test_a_crash_between_writing_and_naming_leaves_the_old_vault(
    desk: VaultDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every moment there is the old one or the new one; a full disk or a folder of root's is a plain refusal."""
    await desk.fill(ANNA, make_identity())
    before = desk.path(ANNA).read_bytes()

    def crash(_path: Path, _target: Path) -> Path:
        raise OSError(28, "no space left")

    monkeypatch.setattr(Path, "replace", crash)
    assert await desk.vaults.change_words(ANNA, WORDS, OTHER_WORDS) == "unwritable"
    assert await desk.vaults.make_desk_key(ANNA, seat=SEAT) == "unwritable"
    assert await desk.vaults.set_up(BEN, WORDS, seat=SEAT) == "unwritable"
    assert (
        await desk.vaults.import_identity(ANNA, str(desk.make_known().key), WORDS, seat=SEAT) == "unwritable"
    )
    monkeypatch.undo()
    assert desk.path(ANNA).read_bytes() == before
    assert [one.name for one in desk.path(ANNA).parent.iterdir()] == [desk.path(ANNA).name]
    assert desk.vaults.state(ANNA, SEAT) == "open"


async def test_what_cannot_be_removed_is_said(desk: VaultDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is closed all the same."""
    shared = make_identity()
    await desk.fill(ANNA, shared)
    await desk.fill(BEN, shared)

    def refuse(_path: Path) -> None:
        raise PermissionError(13, "not yours")

    monkeypatch.setattr("bot.keys.vault_files.remove", refuse)
    assert await desk.vaults.remove(ANNA, by=ANNA) == "unwritable"
    assert desk.vaults.opener(ANNA, SEAT) is None


def test_an_id_without_a_file_name_is_never_written(tmp_path: Path) -> None:
    shelf = VaultFiles(tmp_path)
    with pytest.raises(FileNotFoundError):
        shelf.write("../x", b"")
    VaultFiles(tmp_path / "nothing").remove(ANNA)
    assert list(tmp_path.iterdir()) == []


def _add_keys(folder: Path, times: int) -> None:
    """Another program, as `frontdoor keys vault` is one."""
    desk = VaultDesk(folder)
    cabinet = desk.vaults._cabinet
    file = cabinet.find_file(ANNA)
    assert isinstance(file, VaultFile)
    for _ in range(times):
        identity = make_identity()
        cabinet._change(
            file,
            lambda there, one=identity: replace(
                there, granted=(*there.granted, grant_to(there, one, by="command", at=NOON))
            ),
        )


async def test_two_programs_that_write_at_once_lose_nothing(desk: VaultDesk) -> None:
    """Each reads what is there, adds to it, and writes it whole, alone."""
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=_add_keys, args=(desk.folder, 10)) for _ in range(2)]
    for one in others:
        one.start()
    for one in others:
        one.join()
    assert [one.exitcode for one in others] == [0, 0]
    assert len(desk.vaults.look(ANNA, SEAT).keys) == 20
    assert await desk.vaults.unlock(ANNA, WORDS, seat=SEAT)
    assert len([key for key in desk.vaults.look(ANNA, SEAT).keys if key.public_key]) == 20


async def test_a_vault_that_somebody_made_meanwhile_stays(desk: VaultDesk) -> None:
    """Between the look whether there is one and the write."""
    await desk.vaults.set_up(ANNA, WORDS, seat=SEAT)
    before = desk.path(ANNA).read_bytes()
    assert await desk.vaults._cabinet.create(made()) == "exists"
    assert desk.path(ANNA).read_bytes() == before


def test_the_write_is_the_one_that_key_files_have() -> None:
    """Synced before it is named, and its name after it: the rule is kept in one place."""
    assert VaultFiles.write.__globals__["replace"] is files.replace
    assert FakeTime()() == NOON
