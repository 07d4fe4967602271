"""
The file of a back-up: a line that says what it is, a line with the signature, and an age file.

Encrypted to the back-up keys, which open no handoff; signed by the desk, because anybody can encrypt to a public key, and a back-up
brings accounts with it. The time stands outside, to be pruned by, and inside, to be compared.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyrage import encrypt, x25519  # type: ignore[attr-defined]  # compiled, without stubs

from bot.core.envelope import fingerprint
from bot.desk.backups.content import Content, read_content, write_content
from bot.desk.identity import Identity, decrypt_with
from bot.errors import Forged, Unreadable

_FIRST = b"frontdoor-backup/1\n"
_LABEL = b"frontdoor/1 back-up"
_MOST_HEAD = 4096
_WRONG = (KeyError, TypeError, ValueError, AttributeError, binascii.Error)


@dataclass(frozen=True, slots=True)
class SealedBackup:
    """A back-up as it lies there. `signer`: the fingerprint of the public key that its signature fits."""

    made_at: datetime
    signer: str
    age: bytes = field(repr=False)


def seal_backup(content: Content, keys: Iterable[str], sign_key: bytes) -> bytes:
    """
    Write, encrypt and sign a back-up; it is opened and compared before it is given back.

    For that one it is encrypted to a key more, which lives for this moment only. Unreadable: what was sealed does not open,
    so throw it away.
    """
    moment = x25519.Identity.generate()
    recipients = [*(x25519.Recipient.from_str(key) for key in keys), moment.to_public()]
    packed = write_content(content)
    age: bytes = encrypt(packed, recipients)
    key = Ed25519PrivateKey.from_private_bytes(sign_key)
    made_at = _write_time(content.made_at)
    head = {
        "made_at": made_at,
        "signer": _write(key.public_key().public_bytes_raw()),
        "signature": _write(key.sign(_write_statement(made_at, age))),
    }
    raw = _FIRST + json.dumps(head).encode() + b"\n" + age
    if decrypt_with([Identity("", demo=False, key=moment)], read_backup(raw).age) != packed:
        raise Unreadable("the back-up does not say what was put into it")
    return raw


def read_backup(raw: bytes) -> SealedBackup:
    """Read the outside. Unreadable: it is no back-up, or not whole. Forged: it is not as somebody signed it."""
    try:
        if not raw.startswith(_FIRST):
            raise Unreadable("this is no back-up of this program")
        line, ended, age = raw[len(_FIRST) :].partition(b"\n")
        head = json.loads(line if ended and len(line) < _MOST_HEAD else b"")
        public = Ed25519PublicKey.from_public_bytes(_read(head["signer"]))
        made_at = datetime.fromisoformat(head["made_at"])
        public.verify(_read(head["signature"]), _write_statement(head["made_at"], age))
    except InvalidSignature:
        raise Forged("the back-up is not what was signed: altered, or cut off") from None
    except _WRONG:
        raise Unreadable("the head of the back-up cannot be read") from None
    return SealedBackup(made_at, _name(head["signer"]), age)


def read_signer(path: Path) -> str:
    """Read who is said to have signed a file, without looking whether it is so; empty where nobody is. OSError: it cannot be read."""
    with path.open("rb") as file:
        first, line = file.read(len(_FIRST)), file.readline(_MOST_HEAD)
    if first != _FIRST:
        return ""
    try:
        return _name(json.loads(line)["signer"])
    except _WRONG:
        return ""


def open_backup(sealed: SealedBackup, identities: Sequence[Identity], signers: Collection[str]) -> Content:
    """
    Open it. Forged: nobody of `signers` (fingerprints) signed it, so nothing is decrypted; or the times differ.

    Unreadable: none of the identities opens it.
    """
    if sealed.signer not in signers:
        raise Forged("nobody whom we know signed the back-up")
    content = read_content(decrypt_with(identities, sealed.age))
    if content.made_at != sealed.made_at:
        raise Forged("the back-up says two times")
    return content


def _write_statement(made_at: str, age: bytes) -> bytes:
    return b"\n".join((_LABEL, made_at.encode(), hashlib.sha256(age).hexdigest().encode()))


def _write_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _name(public: str) -> str:
    return fingerprint(public)


def _write(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _read(text: Any) -> bytes:
    """Read base64 in its one spelling."""
    raw = base64.b64decode(text, validate=True)
    if _write(raw) != text:
        raise ValueError("an odd spelling")
    return raw
