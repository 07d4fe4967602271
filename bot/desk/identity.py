"""
The identities of the desk: the private halves that open handoffs, in files that the public `age` tool reads too.

It must never print one. A file is plain text, or the same text locked with a passphrase by age itself.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyrage import (  # type: ignore[attr-defined]  # compiled, without stubs
    DecryptError,
    IdentityError,
    decrypt,
    passphrase,
    x25519,
)

from bot.core.envelope import fingerprint
from bot.errors import ConfigError, Unreadable

#: What unlocks a file: the passphrase, or somebody to ask for that of this file. None: only plain files are read.
Passphrase = str | Callable[[Path], str] | None

FEWEST_CHARACTERS = 12
_FOLDER = "desk"
_SUFFIX = ".identity"
_DEMO_LINE = "# DEMO"
#: Source: age-encryption.org/v1, and its armor.
_LOCKED = (b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----")
_MOST_BYTES = 65_536
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Identity:
    """A private half. `fingerprint` is that of its public half, as in `recipients.d`. `demo`: it protects nobody."""

    fingerprint: str
    demo: bool
    key: Any = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """An identity just made. `text` goes into a file, whole; `public_key` to whoever adds recipients."""

    public_key: str
    fingerprint: str
    text: str = field(repr=False)


def load_identities(where: Path | Sequence[Path], unlock: Passphrase = None) -> tuple[Identity, ...]:
    """
    Load identities from files, or from `desk/*.identity` of a data directory: several at once, old and new.

    ConfigError names the file: others may read it, a wrong passphrase, or no age X25519 identity.
    """
    paths = find_identities(where) if isinstance(where, Path) and where.is_dir() else where
    files = [paths] if isinstance(paths, Path) else list(paths)
    found = [one for path in files for one in _load(path, unlock)]
    return tuple({one.fingerprint: one for one in found}.values())


def find_identities(data_dir: Path) -> tuple[Path, ...]:
    """Find the identity files of a data directory. ConfigError: there is none."""
    folder = data_dir / _FOLDER
    found = tuple(path for path in sorted(folder.glob(f"*{_SUFFIX}")) if not path.name.startswith("."))
    if not found:
        raise ConfigError(f"{folder}: no identity (*{_SUFFIX}); name the file of yours with --identity")
    return found


def make_identity(now: datetime) -> NewIdentity:
    """Make an identity, in the words that age's own tool writes."""
    key = x25519.Identity.generate()
    public = str(key.to_public())
    made = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return NewIdentity(public, fingerprint(public), f"# created: {made}\n# public key: {public}\n{key}\n")


def lock_identity(text: str, words: str) -> bytes:
    """
    Lock an identity with a passphrase, so that `age -d` opens it; takes a second or more, on purpose.

    ConfigError: the passphrase is too short, or could not be typed on another machine.
    """
    if len(words) < FEWEST_CHARACTERS:
        raise ConfigError(
            f"the passphrase: use {FEWEST_CHARACTERS} characters or more; six words drawn by dice are good"
        )
    if not words.isascii() or not words.isprintable() or words != words.strip():
        raise ConfigError(
            "the passphrase: use what every keyboard has (A-Z a-z 0-9 signs), no space at its ends"
        )
    locked: bytes = passphrase.encrypt(text.encode(), words, armored=True)
    return locked


def decrypt_with(identities: Iterable[Identity], age: bytes) -> bytes:
    """Open an age file with whichever identity fits. Unreadable: none does, or it was altered."""
    try:
        opened: bytes = decrypt(age, [one.key for one in identities])
    except DecryptError:
        raise Unreadable("none of the identities opens it, or it was altered") from None
    return opened


def _load(path: Path, unlock: Passphrase) -> list[Identity]:
    raw = _read(path)
    if raw.startswith(_LOCKED):
        raw = _unlock(path, raw, unlock)
    try:
        lines = [line.strip() for line in raw.decode("utf-8").splitlines() if line.strip()]
        keys = [x25519.Identity.from_str(line) for line in lines if not line.startswith("#")]
    except (UnicodeDecodeError, IdentityError):
        keys = []
    if not keys:
        raise ConfigError(f"{path}: holds no age X25519 identity (AGE-SECRET-KEY-1…); name another file")
    demo = any(line.startswith(_DEMO_LINE) for line in lines)
    return [Identity(fingerprint(str(key.to_public())), demo, key) for key in keys]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode, raw = os.fstat(file.fileno()).st_mode, file.read(_MOST_BYTES)
    except OSError as fault:
        raise ConfigError(
            f"{path}: the identity cannot be read ({fault.strerror}); look at the path"
        ) from None
    if mode & _OTHERS:
        raise ConfigError(f"{path}: others may read this identity; run `chmod 600 {path}`")
    return raw


def _unlock(path: Path, raw: bytes, unlock: Passphrase) -> bytes:
    words = unlock(path) if callable(unlock) else unlock
    if words is None:
        raise ConfigError(f"{path}: is locked with a passphrase; it must be asked for")
    try:
        opened: bytes = passphrase.decrypt(raw, words)
    except DecryptError:
        raise ConfigError(f"{path}: does not open with this passphrase, or is damaged") from None
    return opened
