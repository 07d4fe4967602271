"""
The data directory: where keys lie, who may read them, and what fills an empty one in the demo.

It must never print a key. Production never runs on demo keys: they were made without care.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import RecipientError, x25519  # type: ignore[attr-defined]  # compiled, without stubs

from bot.errors import ConfigError

ROOT_BYTES = 32
ROOT_KEY = Path("keys/root.key")
SIGN_KEY = Path("keys/sign.key")
RECIPIENTS = Path("recipients.d")
MARKER = Path("DEMO")
DEMO_PASSWORD = Path("desk/demo-staff-password")

_DEMO_SAYS = "These keys were made by the demo and lie here unguarded: they protect nobody, and production refuses them."
_DEMO_LINE = "# DEMO"
_DEMO_PEOPLE = ("desk", "recovery")
#: No letters or digits that look alike, because it is read from a screen and typed.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom handoffs are sealed: an age X25519 key. `demo`: it was made by the demo."""

    name: str
    public_key: str
    fingerprint: str
    demo: bool


def fill_demo(data_dir: Path) -> None:
    """
    Give an empty data directory demo keys, two recipients and a staff password.

    Safe to call at every start and by several programs at once: each file appears whole or not at
    all, and the first one stays. A directory with keys but without the marker is somebody's own and
    is left as it is. Call it in the demo environment only.
    """
    if _holds_keys(data_dir) and not (data_dir / MARKER).exists():
        return
    _make_dir(data_dir)
    _offer(data_dir / MARKER, f"{_DEMO_SAYS}\n".encode())  # first, so that no demo key is ever unmarked
    _offer(data_dir / ROOT_KEY, secrets.token_bytes(ROOT_BYTES))
    _offer(data_dir / SIGN_KEY, Ed25519PrivateKey.generate().private_bytes_raw())
    for name in _DEMO_PEOPLE:
        _fill_recipient(data_dir, name)
    _offer(data_dir / DEMO_PASSWORD, f"{_readable_password()}\n".encode())


def read_root(env: str, data_dir: Path) -> bytes:
    """
    Read the root key for `demo` or `production`.

    ConfigError: it is missing, of the wrong length, readable by others, or a demo key in production.
    """
    if env == "production":
        refuse_demo(data_dir)
    path = data_dir / ROOT_KEY
    try:
        with path.open("rb") as file:
            mode, root = os.fstat(file.fileno()).st_mode, file.read(ROOT_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: missing; put these into FRONTDOOR_DATA_DIR: {ROOT_KEY}: {ROOT_BYTES} random bytes, mode 600; "
            f"{RECIPIENTS}/*.pub: one age1… key per file, two files or more"
        ) from None
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read ({fault.strerror}); make it a file of ours") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{path}: others may read it; run `chmod 600 {path}`")
    if len(root) != ROOT_BYTES:
        raise ConfigError(f"{path}: wrong length; it must hold exactly {ROOT_BYTES} random bytes, not text")
    return root


def read_recipients(data_dir: Path) -> tuple[Recipient, ...]:
    """
    Read `recipients.d/*.pub`, by name. None there gives an empty tuple: the caller decides how many
    are enough.

    ConfigError names the file: not exactly one age X25519 key (plugin and ssh keys are refused), a
    key that is there twice, or a file that others may change. Source of the rule: SECURITY T10, T29.
    """
    found = [_read_recipient(path) for path in sorted((data_dir / RECIPIENTS).glob("*.pub"))]
    seen: dict[str, str] = {}
    for one in found:
        other = seen.setdefault(one.public_key, one.name)
        if other != one.name:
            raise ConfigError(
                f"{RECIPIENTS}/{one.name}.pub: same key as {other}.pub; every recipient needs a key of its own"
            )
    return tuple(found)


def refuse_demo(data_dir: Path) -> None:
    """ConfigError when the directory holds what the demo made. Production calls it before anything else."""
    marker = data_dir / MARKER
    if marker.exists():
        raise ConfigError(
            f"{marker}: FRONTDOOR_ENV=production refuses demo keys; point FRONTDOOR_DATA_DIR at a directory of its own"
        )
    for recipient in read_recipients(data_dir):
        if recipient.demo:
            raise ConfigError(
                f"{RECIPIENTS}/{recipient.name}.pub: a demo recipient; replace it by a key that a person guards"
            )


def _read_recipient(path: Path) -> Recipient:
    shown = f"{RECIPIENTS}/{path.name}"
    try:
        mode, text = path.stat().st_mode, path.read_text("utf-8")
    except (OSError, ValueError):
        raise ConfigError(f"{shown}: cannot be read; put one age1… key there, as plain text") from None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(f"{shown}: others may change it; run `chmod 644 {path}`")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    keys = [line for line in lines if not line.startswith("#")]
    if len(keys) != 1 or not _is_x25519(keys[0]):
        raise ConfigError(f"{shown}: must hold exactly one age X25519 key (age1…), no plugin and no ssh key")
    demo = any(line.startswith(_DEMO_LINE) for line in lines)
    return Recipient(path.stem, keys[0], _fingerprint(keys[0]), demo)


def _is_x25519(key: str) -> bool:
    try:
        # Compared, so that a key has one spelling only and its fingerprint is the key's.
        return str(x25519.Recipient.from_str(key)) == key
    except RecipientError:
        return False


def _fingerprint(public_key: str) -> str:
    """16 hex digits in groups of four, short enough to be compared aloud."""
    digits = hashlib.sha256(public_key.encode()).hexdigest()[:16]
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


def _holds_keys(data_dir: Path) -> bool:
    return any((data_dir / part).exists() for part in ("keys", RECIPIENTS, "desk"))


def _fill_recipient(data_dir: Path, name: str) -> None:
    public = data_dir / RECIPIENTS / f"{name}.pub"
    if public.exists():
        return  # its identity may have been taken elsewhere on purpose
    identity = data_dir / "desk" / f"{name}.identity"
    _offer(identity, f"{_DEMO_LINE} {_DEMO_SAYS}\n{x25519.Identity.generate()}\n".encode())
    key = x25519.Identity.from_str(identity.read_text("utf-8").splitlines()[-1]).to_public()
    _offer(public, f"{_DEMO_LINE} {_DEMO_SAYS}\n{key}\n".encode())


def _readable_password() -> str:
    groups = ("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def _make_dir(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _offer(path: Path, content: bytes) -> None:
    """Create a file whole and synced, or leave the one that is there."""
    if path.exists():
        return
    _make_dir(path.parent)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another program was faster: its file counts
            os.link(part, path)
    finally:
        part.unlink()
