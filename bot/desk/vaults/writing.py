"""
What stands in a vault's file, and nothing else: canonical JSON, version first.

A member's own age identity, locked with words; its public half in clear; the desk's identities, each sealed by age to
that public half. So whoever grants needs the public half alone. What is in clear is bound to the lock: with another
account id, date, public half or cost the words open nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from pyrage import (  # type: ignore[attr-defined]  # compiled, without stubs
    IdentityError,
    RecipientError,
    encrypt,
    x25519,
)

from bot.core.envelope import fingerprint
from bot.desk.identity import Identity, decrypt_with
from bot.desk.vaults.locking import SALT_BYTES, Cost, lock_secret, make_salt, open_secret
from bot.errors import Unreadable

VERSION: Final = 1
#: No vault of ours is longer, and none that is longer is read: a dozen identities are a few kilobytes.
MOST_BYTES: Final = 65_536
#: Twenty changes of key are five years.
MOST_KEYS: Final = 20
_KDF = "argon2id"
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Granted:
    """An identity of the desk in a vault. `by`: the account that put it there, or `command`."""

    fingerprint: str
    by: str
    at: datetime
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class VaultFile:
    """A vault as it lies on the disk; nothing of it opens without the words. `made_at` is aware UTC, to the second."""

    account_id: str
    made_at: datetime
    public_key: str
    cost: Cost
    salt: bytes = field(repr=False)
    locked: bytes = field(repr=False)
    granted: tuple[Granted, ...] = ()

    @property
    def fingerprint(self) -> str:
        """How the member's own key is called aloud."""
        return fingerprint(self.public_key)

    def has(self, wanted: str) -> bool:
        """Whether it holds the identity of this fingerprint."""
        return any(one.fingerprint == wanted for one in self.granted)


def draw_own_key() -> Any:
    """Draw a member's own age identity."""
    return x25519.Identity.generate()


def make_vault(account_id: str, words: str, *, own: Any, made_at: datetime, cost: Cost) -> VaultFile:
    """Lock a member's own identity with words. Slow on purpose; grants nothing yet."""
    made_at = made_at.astimezone(UTC).replace(microsecond=0)
    file = VaultFile(account_id, made_at, str(own.to_public()), cost, make_salt(), b"")
    locked = lock_secret(str(own).encode(), words, cost=file.cost, salt=file.salt, bound_to=_write_head(file))
    return VaultFile(account_id, made_at, file.public_key, cost, file.salt, locked)


def open_own(file: VaultFile, words: str) -> Any | None:
    """Open the member's own identity. Slow on purpose. None: other words, or something was altered."""
    raw = open_secret(file.locked, words, cost=file.cost, salt=file.salt, bound_to=_write_head(file))
    try:
        own = None if raw is None else x25519.Identity.from_str(raw.decode())
    except (IdentityError, UnicodeDecodeError):  # locked with these words, and yet no identity: not ours
        return None
    # The public half is bound to the lock, and still compared: what is granted must open again.
    return own if own is not None and str(own.to_public()) == file.public_key else None


def grant_to(file: VaultFile, identity: Identity, *, by: str, at: datetime) -> Granted:
    """Seal an identity of the desk to a member."""
    recipient = x25519.Recipient.from_str(file.public_key)
    sealed: bytes = encrypt(str(identity.key).encode(), [recipient])
    return Granted(identity.fingerprint, by, at.astimezone(UTC).replace(microsecond=0), sealed)


def open_granted(file: VaultFile, own: Any) -> tuple[Identity, ...]:
    """Open what was granted; what does not open, or is not what it says, is left out."""
    found = (_open_one(one, Identity(file.fingerprint, demo=False, key=own)) for one in file.granted)
    return tuple(one for one in found if one is not None)


def _open_one(granted: Granted, own: Identity) -> Identity | None:
    try:
        key = x25519.Identity.from_str(decrypt_with([own], granted.sealed).decode())
    except (Unreadable, IdentityError, UnicodeDecodeError):
        return None
    is_named = fingerprint(str(key.to_public())) == granted.fingerprint
    return Identity(granted.fingerprint, demo=False, key=key) if is_named else None


def write_vault(file: VaultFile) -> bytes:
    """Write a vault for its file."""
    granted = [
        {"fingerprint": one.fingerprint, "by": one.by, "at": _moment(one.at), "sealed": _text(one.sealed)}
        for one in file.granted
    ]
    return _write({**_head(file), "locked": _text(file.locked), "desk": granted}) + b"\n"


def read_vault(raw: bytes, account_id: str, *, least: Cost) -> VaultFile:
    """
    Read a vault of this account.

    Unreadable: of another version or account, cut, altered so that it is no vault, or locked with less than `least`.
    """
    try:
        file = _read(json.loads(raw))
    except (ValueError, TypeError, KeyError, RecursionError, RecipientError):
        raise Unreadable("a vault is not whole") from None
    is_dear = file.cost.memory_kib >= least.memory_kib and file.cost.rounds >= least.rounds
    if file.account_id != account_id or not is_dear or not file.cost.is_bearable:
        raise Unreadable("a vault is not this member's, or not ours")
    return file


def _read(told: Any) -> VaultFile:
    kdf = told["kdf"]
    if told["v"] != VERSION or kdf["name"] != _KDF or len(_bytes(kdf["salt"])) != SALT_BYTES:
        raise ValueError("another lock than ours")
    public = str(x25519.Recipient.from_str(told["public"]))
    return VaultFile(
        account_id=_of(str, told["account"]),
        made_at=_read_moment(told["made"]),
        public_key=public,
        cost=Cost(_of(int, kdf["m"]), _of(int, kdf["t"]), _of(int, kdf["p"])),
        salt=_bytes(kdf["salt"]),
        locked=_bytes(told["locked"]),
        granted=tuple(_read_granted(one) for one in told["desk"]),
    )


def _read_granted(told: Any) -> Granted:
    return Granted(
        _of(str, told["fingerprint"]), _of(str, told["by"]), _read_moment(told["at"]), _bytes(told["sealed"])
    )


def _head(file: VaultFile) -> dict[str, Any]:
    cost = file.cost
    kdf = {
        "name": _KDF,
        "m": cost.memory_kib,
        "t": cost.rounds,
        "p": cost.lanes,
        "salt": _text(file.salt),
    }
    return {
        "v": VERSION,
        "account": file.account_id,
        "made": _moment(file.made_at),
        "public": file.public_key,
        "kdf": kdf,
    }


def _write_head(file: VaultFile) -> bytes:
    """Write what the lock is bound to: everything in clear but what is granted, which changes without the words."""
    return _write(_head(file))


def _write(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _of(kind: Callable[..., _Read], value: Any) -> _Read:
    """Refuse what JSON may hold in place of what we wrote: a bool for a number, a list for a word."""
    if type(value) is not kind:
        raise TypeError("another kind of value than ours")
    return value  # type: ignore[no-any-return]  # just compared
