"""
Who may sign handoffs: Ed25519 keys. The desk knows their public halves and shows nothing that none of them signed.

An old public half stays when a key is renewed, because what it signed is still there. Source: SECURITY §5.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.core.envelope import fingerprint
from bot.errors import ConfigError
from bot.keys.files import PUBLIC_MODE, SECRET_MODE, make_folder, offer, read_secret, replace
from bot.keys.keyfile import Kind, read_folder, refuse_twins, write_key_file, write_moment
from bot.keys.places import SIGN_BYTES, SIGN_KEYS, SIGNERS, Side


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody whose signature counts. `public_key` is 32 bytes; the fingerprint is that of its base64 text."""

    name: str
    public_key: bytes
    fingerprint: str
    demo: bool
    since: datetime | None = None


def write_public(private: bytes) -> str:
    """Write the public half of a signing key as it stands in a file."""
    public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return base64.b64encode(public).decode()


def is_ed25519(key: str) -> bool:
    """Whether this is the base64 text of 32 bytes, in its one spelling."""
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) == SIGN_BYTES and base64.b64encode(raw).decode() == key


KIND = Kind(
    folder=SIGNERS,
    is_key=is_ed25519,
    wants="one public signing key",
    refusal="must hold exactly one public signing key: the base64 text of 32 bytes",
)


def read_signers(data_dir: Path) -> tuple[Signer, ...]:
    """Read `signers.d/*.pub`, by name. ConfigError as with recipients: not sound, twice, or others may change it."""
    found = read_folder(data_dir, KIND, ".pub")
    refuse_twins(found, SIGNERS, "signer")
    return tuple(
        Signer(one.name, base64.b64decode(one.key), fingerprint(one.key), one.demo, one.since)
        for one in found
    )


def read_sign_key(data_dir: Path, side: Side = "front") -> bytes:
    """Read the private signing key of one side, 32 bytes. ConfigError: missing, of another length, readable by others."""
    missing = f"run `frontdoor keys create signer {side}`"
    return read_secret(data_dir / SIGN_KEYS[side], SIGN_BYTES, missing)


def create_signer(data_dir: Path, side: Side, now: datetime, *, renew: bool = False) -> Signer:
    """
    Make a signing key with its public half. `renew`: in place of the one that is there, whose public half stays.

    The public half comes first: cut short, there is one too many, and never a signature that the desk does not know.
    """
    path = data_dir / SIGN_KEYS[side]
    if path.exists() and not renew:
        raise ConfigError(
            f"{SIGN_KEYS[side]}: is there already; --renew makes a new one and keeps the old public half"
        )
    make_folder(data_dir / SIGNERS, 0o755)
    make_folder(path.parent)
    private = Ed25519PrivateKey.generate().private_bytes_raw()
    public = write_public(private)
    name = (
        side
        if not _public_path(data_dir, side).exists()
        else f"{side}-{fingerprint(public).replace(' ', '')}"
    )
    offer(_public_path(data_dir, name), write_key_file(public, {"since": write_moment(now)}), PUBLIC_MODE)
    replace(path, private, SECRET_MODE)
    return next(one for one in read_signers(data_dir) if one.name == name)


def _public_path(data_dir: Path, name: str) -> Path:
    return data_dir / SIGNERS / f"{name}.pub"


def find_unknown_sides(data_dir: Path) -> tuple[Side, ...]:
    """
    Find the sides whose signing key is here without its public half: the desk would take what they sign for forged.

    On a public host of its own the public halves may lie with the desk alone; then compare `frontdoor keys list` there.
    """
    known = {one.public_key for one in read_signers(data_dir)}
    here: list[Side] = [side for side, path in SIGN_KEYS.items() if os.access(data_dir / path, os.R_OK)]
    publics = {side: base64.b64decode(write_public(read_sign_key(data_dir, side))) for side in here}
    return tuple(side for side, public in publics.items() if public not in known)
