"""
Changing the recipients: adding, showing that a key opens, activating, revoking.

Every step is one file that appears, is replaced or goes, in an order in which a step cut short leaves fewer recipients,
never one that nobody checked; the same command then finishes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.errors import ConfigError
from bot.keys.challenge import is_right, make_challenge
from bot.keys.files import PUBLIC_MODE, alone, make_folder, offer, remove, replace
from bot.keys.keyfile import KeyFile, read_folder, read_key_file, refuse_name, write_key_file, write_moment
from bot.keys.places import RECIPIENTS
from bot.keys.recipients import (
    KIND,
    SUFFIX,
    Recipient,
    State,
    as_recipient,
    is_x25519,
    list_recipients,
    read_recipients,
)
from bot.ports.handoff import FEWEST_RECIPIENTS

TRIES = 5
#: The note that says which account let a key wait.
BY = "by"
#: The note that says that the private half is kept on paper or in a file.
KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Pending:
    """A key that waits for its holder. `challenge` goes to them."""

    recipient: Recipient
    challenge: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change left: who it was about, whose key it replaced, and how many are active now."""

    recipient: Recipient
    active: int
    replaced: Recipient | None = None


def add(data_dir: Path, name: str, key: str, now: datetime, *, by: str = "") -> Pending:
    """
    Let a new recipient wait. ConfigError: the name or the key is known already, or it is no X25519 key.

    `by`: the account of whoever does it, written down so that somebody else activates; empty: at the host itself.
    """
    with alone(_folder(data_dir)):
        _refuse_known(data_dir, name, key)
        if _path(data_dir, name, "active").exists():
            raise ConfigError(
                f"{RECIPIENTS}/{name}.pub: is active; `frontdoor keys rotate {name}` gives it a new key"
            )
        return _wait(data_dir, name, key, now, by)


def rotate(data_dir: Path, name: str, key: str, now: datetime, *, by: str = "") -> Pending:
    """Let a new key of an active recipient wait; the old one stays until it is activated. ConfigError, `by` as above."""
    with alone(_folder(data_dir)):
        _refuse_known(data_dir, name, key)
        if not _path(data_dir, name, "active").exists():
            raise ConfigError(
                f"{RECIPIENTS}/{name}.pub: is not there; `frontdoor keys add {name}` adds somebody new"
            )
        return _wait(data_dir, name, key, now, by)


def challenge(data_dir: Path, name: str, now: datetime) -> Pending:
    """Make a new challenge for one who waits; the one before is void, and so are its tries."""
    with alone(_folder(data_dir)):
        waiting = _read_pending(data_dir, name)
        return _ask(data_dir, waiting, waiting.since or now)


def try_phrase(data_dir: Path, name: str, phrase: str, *, by: str = "") -> Recipient:
    """
    Say who waits under this name, if the phrase is that of their challenge. Nothing is activated by it.

    ConfigError: a wrong phrase; after five a new challenge is needed. The try is counted before anything is compared.
    Whoever let it wait (`by`, where both did it on the pages) does not try. Source: SECURITY §5, two-person change.
    """
    with alone(_folder(data_dir)):
        waiting = _read_pending(data_dir, name)
        _refuse_same(waiting, by)
        _count_try(data_dir, waiting, phrase)
        return as_recipient(waiting, "pending")


def activate(
    data_dir: Path, name: str, phrase: str, now: datetime, *, by: str = "", is_tried: bool = False
) -> Changed:
    """
    Activate one who waits, if the phrase is that of the challenge. A key of that name from before is revoked.

    ConfigError, `by` as above. `is_tried`: `try_phrase` took the phrase just now, so no other try is counted; it is compared
    all the same, because another key may wait by now.
    """
    with alone(_folder(data_dir)):
        waiting = _read_pending(data_dir, name)
        _refuse_same(waiting, by)
        if is_tried:
            _refuse_wrong(waiting, phrase, _count_left(waiting))
        else:
            _count_try(data_dir, waiting, phrase)
        old = _give_place(data_dir, waiting, now)
        remove(_path(data_dir, name, "pending"))
        return Changed(as_recipient(waiting, "active"), len(read_recipients(data_dir)), old)


def revoke(data_dir: Path, name: str, now: datetime, *, even_so: bool = False) -> Changed:
    """
    Never seal to this name again; one who waits under it goes too.

    ConfigError: nobody is called so, or too few would be left and `even_so` was not said.
    """
    with alone(_folder(data_dir)):
        refuse_name(name)
        path, pending = _path(data_dir, name, "active"), _path(data_dir, name, "pending")
        if not path.exists():
            return _drop(data_dir, name, pending)
        left = [one for one in read_recipients(data_dir) if one.name != name]
        if len(left) < FEWEST_RECIPIENTS and not even_so:
            raise ConfigError(
                f"{RECIPIENTS}: too few would be left to take handoffs ({len(left)}); "
                f"add another first, or say --even-so"
            )
        old = _retire(data_dir, name, now)
        remove(path)
        remove(pending)
        return Changed(old, len(left))


def keep(data_dir: Path, name: str) -> Recipient:
    """Write down that the private half of an active key is kept on paper or in a file. ConfigError: nobody is called so."""
    with alone(_folder(data_dir)):
        refuse_name(name)
        path = _path(data_dir, name, "active")
        if not path.exists():
            raise ConfigError(
                f"{RECIPIENTS}/{name}.pub: nobody of that name is active; see `frontdoor keys list`"
            )
        found = read_key_file(path, KIND)
        replace(
            path, write_key_file(found.key, {**found.notes, KEPT: "elsewhere"}, demo=found.demo), PUBLIC_MODE
        )
        return as_recipient(found, "active")


def _give_place(data_dir: Path, waiting: KeyFile, now: datetime) -> Recipient | None:
    """Make a key the active one of its name; returns the one that was."""
    path, old = _path(data_dir, waiting.name, "active"), None
    if path.exists():
        if read_key_file(path, KIND).key == waiting.key:
            return None  # a step that was cut short had come so far
        old = _retire(data_dir, waiting.name, now)
    replace(path, write_key_file(waiting.key, {"since": write_moment(now)}), PUBLIC_MODE)
    return old


def _wait(data_dir: Path, name: str, key: str, now: datetime, by: str) -> Pending:
    return _ask(data_dir, KeyFile(name, key, notes={BY: by} if by else {}), now)


def _ask(data_dir: Path, waiting: KeyFile, since: datetime) -> Pending:
    asked = make_challenge(waiting.name, waiting.key)
    notes = {"since": write_moment(since), "challenge": asked.phrase_sha256, "tries": str(TRIES)}
    kept = {BY: waiting.notes[BY]} if BY in waiting.notes else {}
    _write_pending(data_dir, waiting, {**notes, **kept})
    return Pending(as_recipient(waiting, "pending"), asked.text)


def _refuse_same(waiting: KeyFile, by: str) -> None:
    if by and waiting.notes.get(BY) == by:
        raise ConfigError(f"{waiting.name}: was added by the same account; another person must activate it")


def _count_try(data_dir: Path, waiting: KeyFile, phrase: str) -> None:
    name, tries = waiting.name, _count_left(waiting)
    if tries < 1 or not waiting.notes.get("challenge"):
        raise ConfigError(
            f"{name}: no try is left; make a new challenge with `frontdoor keys challenge {name}`"
        )
    _write_pending(data_dir, waiting, {**waiting.notes, "tries": str(tries - 1)})
    _refuse_wrong(waiting, phrase, tries - 1)


def _count_left(waiting: KeyFile) -> int:
    told = waiting.notes.get("tries", "")
    return int(told) if told.isdecimal() else 0


def _refuse_wrong(waiting: KeyFile, phrase: str, left: int) -> None:
    if not is_right(phrase, waiting.notes.get("challenge", "")):
        raise ConfigError(
            f"{waiting.name}: that is not the phrase ({left} tries left); the key stays pending"
        )


def _write_pending(data_dir: Path, waiting: KeyFile, notes: dict[str, str]) -> None:
    replace(_path(data_dir, waiting.name, "pending"), write_key_file(waiting.key, notes), PUBLIC_MODE)


def read_waiting(data_dir: Path, name: str) -> KeyFile:
    """Read one who waits, with its notes. ConfigError: nobody of that name waits, or the file is not sound."""
    return _read_pending(data_dir, name)


def _read_pending(data_dir: Path, name: str) -> KeyFile:
    refuse_name(name)
    path = _path(data_dir, name, "pending")
    if not path.exists():
        raise ConfigError(f"{RECIPIENTS}/{path.name}: nobody of that name waits; see `frontdoor keys list`")
    return read_key_file(path, KIND)


def _retire(data_dir: Path, name: str, now: datetime) -> Recipient:
    """Write down that the active key is revoked: from this moment it is not active, whatever else is there."""
    old = read_key_file(_path(data_dir, name, "active"), KIND)
    known = {one.key for one in read_folder(data_dir, KIND, SUFFIX["revoked"])}
    if old.key not in known:
        revoked = write_key_file(old.key, {"since": write_moment(now)}, demo=old.demo)
        offer(_find_free(data_dir, name), revoked, PUBLIC_MODE)
    return as_recipient(old, "revoked")


def _drop(data_dir: Path, name: str, pending: Path) -> Changed:
    if not pending.exists():
        raise ConfigError(
            f"{RECIPIENTS}/{name}.pub: nobody of that name is active; see `frontdoor keys list`"
        )
    dropped = read_key_file(pending, KIND)
    remove(pending)
    return Changed(as_recipient(dropped, "pending"), len(read_recipients(data_dir)))


def _refuse_known(data_dir: Path, name: str, key: str) -> None:
    refuse_name(name)
    if not is_x25519(key):
        raise ConfigError(
            f"{name}: give one age X25519 public key (age1…), no plugin, ssh or post-quantum key"
        )
    if _path(data_dir, name, "pending").exists():
        raise ConfigError(f"{RECIPIENTS}/{name}.pending: waits already; activate it, or revoke it first")
    for one in list_recipients(data_dir):
        if one.public_key == key:
            raise ConfigError(
                f"{name}: the key is known as {one.name} ({one.state}); every recipient needs a new key"
            )


def _find_free(data_dir: Path, name: str) -> Path:
    """A name may have had many keys: NAME.revoked, then NAME.2.revoked and so on."""
    path, number = _path(data_dir, name, "revoked"), 2
    while path.exists():
        path, number = _path(data_dir, f"{name}.{number}", "revoked"), number + 1
    return path


def _path(data_dir: Path, name: str, state: State) -> Path:
    return data_dir / RECIPIENTS / f"{name}{SUFFIX[state]}"


def _folder(data_dir: Path) -> Path:
    """Give the folder of the recipients, made if need be: readable by all, because what is in it is public."""
    folder = data_dir / RECIPIENTS
    make_folder(folder, 0o755)
    return folder
