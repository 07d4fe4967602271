"""
What the office locks with a key of its own host: secrets of one-time codes, and names of outside identities.

A stolen database shows neither. The key lies in `desk/office.key`, never in the database and not in its backups.
"""

from __future__ import annotations

import hmac
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import Unreadable

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class Safe:
    """Locks under the office's key: 32 random bytes."""

    def __init__(self, key: bytes) -> None:
        self._codes = AESGCM(_derive(key, b"one-time codes"))
        self._names = _derive(key, b"outside identities")

    def lock(self, secret: bytes, account_id: str) -> bytes:
        """Lock the secret of an account's one-time codes; it opens for that account only."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._codes.encrypt(nonce, secret, _VERSION + account_id.encode())

    def open(self, locked: bytes, account_id: str) -> bytes:
        """Open what was locked for this account. Unreadable: it was not, or under another key."""
        nonce, rest = locked[1 : 1 + _NONCE_BYTES], locked[1 + _NONCE_BYTES :]
        try:
            return self._codes.decrypt(nonce, rest, locked[:1] + account_id.encode())
        except (InvalidTag, ValueError):
            raise Unreadable("one-time codes: not locked under this office's key") from None

    def name_subject(self, issuer: str, subject: str) -> str:
        """Return the keyed hash under which an outside identity is known."""
        both = json.dumps([issuer, subject]).encode()
        return hmac.new(self._names, both, "sha256").hexdigest()


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"frontdoor office: " + purpose).derive(key)
